"""Bundles that a kiosk brings for another one, over its own line."""

import hashlib
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from central import registry
from central.schema import items
from kiosk.domain.vocabulary import EventKind
from kiosk.wire.encoding import unb64
from kiosk.wire.messages import ACKNOWLEDGEMENT_HEADER, BUNDLE_TYPE, ProblemType
from tests.central import reading
from tests.central.client import NOW, Client
from tests.central.parcels import Parcel, deposit_parcel, intake_of, parcel
from tests.central.running import Central, run

MakeClient = Callable[[str | None], Client]


def put(carrier: Client, one: Parcel) -> Any:
    return carrier.call("PUT", one.path, one.packed, {"Content-Type": BUNDLE_TYPE})


def hand_over(carrier: Client, one: Parcel) -> dict[str, Any]:
    """Hand over a whole bundle; return what is said of it then."""
    answer = put(carrier, one).json()
    if answer["upload"]:
        place = answer["upload"]
        sent = carrier.patch(place["path"], place["offset"], one.document[place["offset"] :])
        assert sent.status_code == 204, sent.text
        assert put(carrier, one).json()["is_new"] is False
        return {**put(carrier, one).json(), "word": sent.headers[ACKNOWLEDGEMENT_HEADER]}
    return dict(answer)


def refused(response: Any) -> tuple[int, str]:
    return response.status_code, response.json()["type"]


@pytest.fixture
def opening(central: Central) -> Any:
    """Let the session's central open bundles at once, for one test."""
    app = central.app
    kept = app.state.services
    app.state.services = replace(kept, intake=intake_of(central))
    yield central
    app.state.services = kept


def held(central: Central, item_id: object) -> int:
    with central.services.database.reading() as connection:
        condition = items.c.id == item_id
        return connection.scalar(select(func.count()).select_from(items).where(condition)) or 0


def carrier_of(central: Central, item_id: object) -> int | None:
    with central.services.database.reading() as connection:
        condition = items.c.id == item_id
        found: int | None = connection.scalar(select(items.c.carrier_id).where(condition))
        return found


def test_bundle_waits_sealed_until_the_intake_key_opens_it(
    central: Central, enrolled: MakeClient
) -> None:
    author, carrier = enrolled(None), enrolled(None)
    one = deposit_parcel(central, author)
    said = hand_over(carrier, one)
    assert (said["state"], said["kind"], said["acknowledgement"]) == ("pending", "unknown", None)
    # The carrier's proof: about the sealed bundle, nothing its author would take for its own.
    proof = reading.acknowledgement(carrier, central.services.keys.root, said["word"])
    assert proof.item_id != one.item_id
    assert proof.manifest_sha256 == one.path.rpartition("/")[2]
    assert held(central, one.item_id) == 0
    before = run("stats", data=central.data)[1]["deposits"]

    code, opened = run("intake", data=central.data)
    assert (code, opened["refused"]) == (0, 0)
    assert opened["opened"] >= 1
    assert run("stats", data=central.data)[1]["deposits"] == before + opened["opened"]
    said = put(carrier, one).json()
    assert (said["state"], said["kind"], said["is_new"]) == ("held", "deposit", False)
    word = reading.acknowledgement(author, central.services.keys.root, said["acknowledgement"])
    assert (word.item_id, word.manifest_sha256) == (one.item_id, one.frozen.sha256.hex())
    assert carrier_of(central, one.item_id) is not None
    assert author.put_frozen(f"/v1/deposits/{one.item_id}", one.frozen).json()["upload"] is None
    assert run("intake", data=central.data)[1]["opened"] == 0


def test_author_may_come_first_while_its_bundle_waits(
    central: Central, enrolled: MakeClient
) -> None:
    author, carrier = enrolled(None), enrolled(None)
    one = deposit_parcel(central, author)
    hand_over(carrier, one)
    place = author.put_frozen(f"/v1/deposits/{one.item_id}", one.frozen).json()["upload"]
    author.patch(place["path"], 0, one.document)
    assert put(carrier, one).json()["state"] == "held"
    run("intake", data=central.data)
    assert held(central, one.item_id) == 1
    assert carrier_of(central, one.item_id) is None


def test_with_the_intake_key_a_bundle_is_held_at_once(
    opening: Central, enrolled: MakeClient
) -> None:
    author, carrier = enrolled(None), enrolled(None)
    one = deposit_parcel(opening, author, 50_000)
    said = hand_over(carrier, one)
    assert (said["state"], said["kind"]) == ("held", "deposit")
    assert said["acknowledgement"] == said["word"]
    assert carrier_of(opening, one.item_id) is not None
    document = os.urandom(500)
    manifest = author.manifest(None)
    complement = author.event(EventKind.COMPLEMENT, manifest, document)
    event = parcel(opening, author, complement, document)
    assert refused(put(carrier, event)) == (404, ProblemType.UNKNOWN_DEPOSIT)
    assert hand_over(carrier, parcel(opening, author, manifest))["state"] == "held"
    assert hand_over(carrier, event)["kind"] == "event"


def test_bundle_sealed_to_another_key_waits_for_that_one(
    opening: Central, enrolled: MakeClient
) -> None:
    author, carrier = enrolled(None), enrolled(None)
    one = deposit_parcel(opening, author).claiming(sealed_manifest=b"age-encryption.org/v1\n")
    assert hand_over(carrier, one)["state"] == "pending"
    assert run("intake", data=opening.data)[1]["waiting"] >= 1


def test_false_header_beside_the_true_one_does_no_harm(
    central: Central, enrolled: MakeClient
) -> None:
    author, carrier = enrolled(None), enrolled(None)
    true, other = deposit_parcel(central, author), deposit_parcel(central, author)
    false = replace(
        true.claiming(
            document_sha256=other.header.document_sha256, document_bytes=len(other.document)
        ),
        document=other.document,
    )
    assert hand_over(carrier, false)["state"] == "pending"
    assert hand_over(carrier, true)["state"] == "pending"
    said = run("intake", data=central.data)[1]
    assert said["refused"] == 1
    assert put(carrier, true).json()["state"] == "held"
    stored = [blob for blob in central.blobs() if blob.parent.name == str(true.item_id)]
    assert [blob.read_bytes() for blob in stored] == [true.document]


def test_what_nobody_enrolled_signed_is_refused(central: Central, enrolled: MakeClient) -> None:
    author, carrier, stolen = enrolled(None), enrolled(None), enrolled(None)
    stranger = central.client()
    stranger.code = "H9999A"
    one, other = deposit_parcel(central, author), deposit_parcel(central, author)
    gone = deposit_parcel(central, stolen)
    with central.services.database.writing() as connection:
        registry.revoke(connection, stolen.code, NOW)
    for bad in (
        deposit_parcel(central, stranger),
        one.claiming(signature=other.header.signature),
        one.claiming(signature=b"x"),
        gone,
    ):
        # Never "revoked": a carrier must not think that it was shut out itself.
        assert refused(put(carrier, bad)) == (403, ProblemType.NOT_YOURS)
    assert refused(put(stolen, one)) == (403, ProblemType.REVOKED)
    assert put(stranger, one).status_code == 401
    stranger.close()


def test_odd_headers_are_refused(central: Central, enrolled: MakeClient) -> None:
    author, carrier = enrolled(None), enrolled(None)
    one = deposit_parcel(central, author)
    for body in (b"", b"\xa0", b"\xff" * 50, one.packed[:-1], one.packed + b"\0"):
        path = "/v1/bundles/" + hashlib.sha256(body).hexdigest()
        response = carrier.call("PUT", path, body, {"Content-Type": BUNDLE_TYPE})
        assert refused(response) == (400, ProblemType.MALFORMED)
    wrong_path = carrier.call("PUT", "/v1/bundles/" + "0" * 64, one.packed)
    assert refused(wrong_path) == (400, ProblemType.MALFORMED)
    assert put(carrier, one.claiming(receipt_number="C0417A-000001-00")).status_code == 400
    large = carrier.call("PUT", "/v1/bundles/" + "0" * 64, b"x" * 200_000)
    assert refused(large) == (413, ProblemType.TOO_LARGE)


def test_bundle_of_a_device_is_not_read_back(central: Central, enrolled: MakeClient) -> None:
    author, carrier = enrolled(None), enrolled(None)
    one = deposit_parcel(central, author)
    hand_over(carrier, one)
    assert carrier.call("GET", one.path).status_code == 405
    assert unb64(hand_over(carrier, one).get("word", "")) == b""


def test_intake_needs_its_key(tmp_path: Path, central: Central) -> None:
    code, said = run("intake", "--identity", str(tmp_path / "none.age"), data=central.data)
    assert (code, said["error"]["code"]) == (2, "unreadable_file")
