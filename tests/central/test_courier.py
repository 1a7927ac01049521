"""A courier's stick at the central: what is on it is taken in once, and none of it is believed."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from uuid import UUID

import pytest

from central import registry
from central.courier import Reception, Taken
from central.intake import Refusal
from kiosk.domain.errors import NoCourierError, StickGoneError
from kiosk.domain.vocabulary import EventKind
from kiosk.wire import courier, stick
from kiosk.wire.courier import Carried, CourierList, ListedBundle
from kiosk.wire.keys import PrivateKey
from kiosk.wire.manifests import freeze
from tests.central import reading
from tests.central.client import NOW, Client
from tests.central.parcels import Parcel, deposit_parcel, intake_of, parcel
from tests.central.running import Central, run

MakeClient = Callable[[str | None], Client]


def take(central: Central, place: Path) -> Taken:
    return Reception(central.services, intake_of(central), stick.look(place)).take_in()


def counts(taken: Taken) -> tuple[int, int, int]:
    return taken.deposits, taken.new, taken.already_there


def spoil(file: Path, at: int = -40) -> None:
    content = bytearray(file.read_bytes())
    content[at] ^= 1
    file.write_bytes(content)


def test_stick_is_taken_in_once_and_words_lie_on_it(
    central: Central, client: Client, tmp_path: Path
) -> None:
    made = [deposit_parcel(central, client) for _ in range(3)]
    for one in made:
        one.put(tmp_path)
    assert counts(take(central, tmp_path)) == (3, 3, 0)
    assert counts(take(central, tmp_path)) == (3, 0, 3)
    for one in made:
        word_file = tmp_path / courier.FOLDER / courier.acknowledgement_name(one.item_id)
        word = reading.acknowledgement(client, central.services.keys.root, word_file.read_text())
        assert (word.item_id, word.manifest_sha256) == (one.item_id, one.frozen.sha256.hex())
        stored = [blob for blob in central.blobs() if blob.parent.name == str(one.item_id)]
        assert [blob.read_bytes() for blob in stored] == [one.document]
    # The same over the line: the word that is on the stick, and nothing to send.
    again = client.put_frozen(f"/v1/deposits/{made[0].item_id}", made[0].frozen).json()
    on_stick = tmp_path / courier.FOLDER / courier.acknowledgement_name(made[0].item_id)
    assert (again["upload"], again["acknowledgement"]) == (None, on_stick.read_text())


def test_upload_cut_half_way_is_completed_by_the_stick(
    central: Central, client: Client, tmp_path: Path
) -> None:
    one = deposit_parcel(central, client, 200_000)
    path = f"/v1/deposits/{one.item_id}"
    place = client.put_frozen(path, one.frozen).json()["upload"]["path"]
    client.patch(place, 0, one.document[:70_000])
    one.put(tmp_path)
    assert counts(take(central, tmp_path)) == (1, 0, 1)
    assert client.head(place).headers["Upload-Offset"] == "200000"
    late = client.patch(place, 70_000, one.document[70_000:])
    assert late.status_code == 409
    assert client.put_frozen(path, one.frozen).json()["acknowledgement"]
    assert not list((central.data / "staging").glob(f"{one.item_id}*"))


def test_events_travel_and_come_after_their_deposits(
    central: Central, client: Client, enrolled: MakeClient, tmp_path: Path
) -> None:
    manifest = client.manifest(b"x" * 100)
    cancellation = client.event(EventKind.CANCELLATION, manifest)
    # Named so that the event is met first, and without the scan that nobody wants any more.
    cancellation = cancellation.model_copy(update={"event_id": UUID(int=1)})
    bare = parcel(central, client, manifest)
    parcel(central, client, cancellation).put(tmp_path)
    bare.put(tmp_path)
    helper = enrolled(None)
    pages = os.urandom(3_000)
    other = client.manifest(None)
    complement = helper.event(EventKind.COMPLEMENT, other, pages)
    parcel(central, helper, complement, pages).put(tmp_path)
    parcel(central, client, other).put(tmp_path)
    taken = take(central, tmp_path)
    assert (taken.deposits, taken.events, taken.refused) == (2, 2, ())
    again = take(central, tmp_path)
    assert (again.new, again.events, again.refused) == (0, 2, ())
    word = tmp_path / courier.FOLDER / courier.acknowledgement_name(manifest.deposit_id)
    said = reading.acknowledgement(client, central.services.keys.root, word.read_text())
    assert said.document_sha256 is None


def _tampered_document(one: Parcel, place: Path, _other: Parcel) -> None:
    spoil(one.put(place))


def _tampered_header(one: Parcel, place: Path, _other: Parcel) -> None:
    spoil(one.put(place), 60)


def _truncated(one: Parcel, place: Path, _other: Parcel) -> None:
    file = one.put(place)
    file.write_bytes(file.read_bytes()[:-1])


def _empty(one: Parcel, place: Path, _other: Parcel) -> None:
    one.put(place).write_bytes(b"")


def _longer(one: Parcel, place: Path, _other: Parcel) -> None:
    file = one.put(place)
    file.write_bytes(file.read_bytes() + b"\0")


def _swapped(one: Parcel, place: Path, other: Parcel) -> None:
    other.put(place, f"{one.item_id}.wasl")


def _link(one: Parcel, place: Path, other: Parcel) -> None:
    target = other.put(place / "elsewhere")
    (place / courier.FOLDER).mkdir(exist_ok=True)
    (place / courier.FOLDER / f"{one.item_id}.wasl").symlink_to(target)


def _folder(one: Parcel, place: Path, _other: Parcel) -> None:
    (place / courier.FOLDER / f"{one.item_id}.wasl").mkdir(parents=True)


def _pipe(one: Parcel, place: Path, _other: Parcel) -> None:
    (place / courier.FOLDER).mkdir(exist_ok=True)
    os.mkfifo(place / courier.FOLDER / f"{one.item_id}.wasl")


def _huge(one: Parcel, place: Path, _other: Parcel) -> None:
    with one.put(place).open("r+b") as file:
        file.truncate(10**10)  # a hole: nothing of it is on the disk


def _another_document(one: Parcel, place: Path, other: Parcel) -> None:
    changed = one.claiming(
        document_sha256=other.header.document_sha256, document_bytes=len(other.document)
    )
    Parcel(
        item_id=one.item_id, header=changed.header, document=other.document, frozen=one.frozen
    ).put(place)


def _another_number(one: Parcel, place: Path, other: Parcel) -> None:
    one.claiming(receipt_number=other.header.receipt_number).put(place)


def _another_manifest(one: Parcel, place: Path, other: Parcel) -> None:
    one.claiming(sealed_manifest=other.header.sealed_manifest).put(place)


def _unsealed(one: Parcel, place: Path, _other: Parcel) -> None:
    one.claiming(sealed_manifest=one.frozen.content).put(place)


def _another_signature(one: Parcel, place: Path, other: Parcel) -> None:
    one.claiming(signature=other.header.signature).put(place)


def _junk_signature(one: Parcel, place: Path, _other: Parcel) -> None:
    one.claiming(signature=os.urandom(100)).put(place)


SPOILED = [
    *(_tampered_document, _tampered_header, _truncated, _empty, _longer, _swapped, _link, _folder),
    *(_pipe, _huge, _another_document, _another_number, _another_manifest, _unsealed),
    *(_another_signature, _junk_signature),
]


@pytest.mark.parametrize("way", SPOILED, ids=lambda way: way.__name__.strip("_"))
def test_spoiled_bundle_is_named_and_the_others_go_on(
    central: Central,
    client: Client,
    tmp_path: Path,
    way: Callable[[Parcel, Path, Parcel], None],
) -> None:
    spoiled, good = deposit_parcel(central, client), deposit_parcel(central, client)
    way(spoiled, tmp_path, good)
    good.put(tmp_path)
    taken = take(central, tmp_path)
    assert counts(taken) == (1, 1, 0)
    assert [name for name, _ in taken.refused] == [f"{spoiled.item_id}.wasl"]
    # Nothing of it is kept: its author's own call is its first.
    answer = client.put_frozen(f"/v1/deposits/{spoiled.item_id}", spoiled.frozen).json()
    assert answer["upload"]["offset"] == 0


def test_bundles_of_strangers_and_of_the_revoked_are_refused(
    central: Central, client: Client, enrolled: MakeClient, tmp_path: Path
) -> None:
    stranger, stolen = central.client(), enrolled(None)
    stranger.code = "H9999A"
    strange, gone = deposit_parcel(central, stranger), deposit_parcel(central, stolen)
    forged_by = PrivateKey.generate()
    manifest = client.manifest(None)
    forged = parcel(central, client, manifest).claiming(
        signature=freeze(manifest, forged_by).signature
    )
    with central.services.database.writing() as connection:
        registry.revoke(connection, stolen.code, NOW)
    for one in (strange, gone, forged, deposit_parcel(central, client)):
        one.put(tmp_path)
    taken = take(central, tmp_path)
    assert counts(taken) == (1, 1, 0)
    assert dict(taken.refused) == {
        f"{strange.item_id}.wasl": Refusal.UNKNOWN_DEVICE,
        f"{gone.item_id}.wasl": "device-revoked",
        f"{forged.item_id}.wasl": "signature-refused",
    }
    stranger.close()


def test_names_that_are_none_of_ours_are_told_and_not_followed(
    central: Central, client: Client, tmp_path: Path
) -> None:
    deposit_parcel(central, client).put(tmp_path)
    folder = tmp_path / courier.FOLDER
    for name in ("AUTORUN.INF", "..wasl", "x" * 200 + ".wasl", "%2e%2e.ack", "é.list"):
        (folder / name).write_bytes(b"x")
    taken = take(central, tmp_path)
    assert counts(taken) == (1, 1, 0)
    assert len(taken.refused) == 5
    assert all(len(name) <= 60 for name, _ in taken.refused)


def test_what_a_list_names_and_the_stick_lacks_is_told(
    central: Central, client: Client, tmp_path: Path
) -> None:
    there, lost = deposit_parcel(central, client), deposit_parcel(central, client)
    there.put(tmp_path)
    listed = CourierList(
        device=client.code,
        written_at=NOW,
        bundles=tuple(
            ListedBundle(item_id=one.item_id, kind=Carried.DEPOSIT, size_bytes=1, sha256="0" * 64)
            for one in (there, lost)
        ),
    )
    file = tmp_path / courier.FOLDER / courier.list_name(client.code)
    file.write_text(courier.sign_list(listed, client.request_key))
    assert take(central, tmp_path).refused == ((f"{lost.item_id}.wasl", "missing"),)
    file.write_text(courier.sign_list(listed, PrivateKey.generate()))
    assert take(central, tmp_path).refused == ((file.name, "list-refused"),)


def test_words_that_the_stick_does_not_take_cost_nothing(
    central: Central, client: Client, tmp_path: Path
) -> None:
    one = deposit_parcel(central, client)
    one.put(tmp_path)
    (tmp_path / courier.FOLDER / courier.acknowledgement_name(one.item_id)).mkdir()
    taken = take(central, tmp_path)
    assert (counts(taken), taken.unwritten) == ((1, 1, 0), 1)
    code, said = run("import", str(tmp_path), data=central.data)
    assert (code, said["unwritten"]) == (1, 1)


def test_nothing_of_ours_and_nothing_at_all(tmp_path: Path) -> None:
    with pytest.raises(NoCourierError):
        stick.look(tmp_path)
    with pytest.raises(StickGoneError):
        stick.look(tmp_path / "gone")
    (tmp_path / "real").mkdir()
    (tmp_path / courier.FOLDER).symlink_to(tmp_path / "real")
    with pytest.raises(NoCourierError):
        stick.look(tmp_path)


def test_command_needs_an_intake_key_and_says_what_became(
    central: Central, client: Client, tmp_path: Path
) -> None:
    spoil(deposit_parcel(central, client).put(tmp_path))
    good = deposit_parcel(central, client)
    good.put(tmp_path)
    key = central.data / "demo-keys" / "intake.age"
    code, said = run("import", str(tmp_path), "--identity", str(key), data=central.data)
    assert (code, said["deposits"], said["new"]) == (2, 1, 1)
    assert [one["reason"] for one in said["refused"]] == ["damaged"]
    wrong = central.data / "demo-keys" / "operations.age"
    code, said = run("import", str(tmp_path), "--identity", str(wrong), data=central.data)
    assert (code, said["deposits"]) == (2, 0)
    assert Refusal.SEALED_FOR_OTHERS in json.dumps(said)
    hidden = key.rename(key.with_suffix(".hidden"))
    try:
        code, said = run("import", str(tmp_path), data=central.data)
    finally:
        hidden.rename(key)
    assert (code, said["error"]["code"]) == (1, "wrong_key")
