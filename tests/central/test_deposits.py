"""A deposit's manifest: however often and however much at once, it is there once."""

import os
import threading
from collections.abc import Callable

from sqlalchemy import func, select

from central import duplicates
from central.schema import deposits, items
from kiosk.domain.receipt_number import ReceiptNumber
from kiosk.wire.keys import PrivateKey
from kiosk.wire.manifests import DepositManifest, freeze
from kiosk.wire.messages import ProblemType
from tests.central import reading
from tests.central.client import Client
from tests.central.conftest import new_point
from tests.central.running import Central

MakeClient = Callable[[str | None], Client]
DOCUMENT = os.urandom(50_000)


def _count(central: Central, number: str) -> int:
    with central.services.database.reading() as connection:
        condition = items.c.receipt_number == number
        return connection.scalar(select(func.count()).select_from(items).where(condition)) or 0


def test_deposit_sent_ten_times_is_there_once(central: Central, client: Client) -> None:
    manifest, first = client.deposit(DOCUMENT)
    frozen = freeze(manifest, client.request_key)
    for _ in range(9):
        assert client.put(manifest, frozen).json() == {"upload": None, "acknowledgement": first}
    assert _count(central, manifest.receipt_number) == 1
    stored = [blob for blob in central.blobs() if blob.parent.name == str(manifest.deposit_id)]
    assert [blob.read_bytes() for blob in stored] == [DOCUMENT]


def test_deposit_sent_ten_times_at_once_is_there_once(central: Central, client: Client) -> None:
    manifest = client.manifest(DOCUMENT)
    frozen = freeze(manifest, client.request_key)
    places: list[object] = []

    def send() -> None:
        places.append(client.put(manifest, frozen).json()["upload"])

    threads = [threading.Thread(target=send) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(places) == 10
    assert all(place == places[0] for place in places)
    assert _count(central, manifest.receipt_number) == 1


def test_acknowledgement_names_manifest_and_document(central: Central, client: Client) -> None:
    manifest, text = client.deposit(DOCUMENT)
    said = reading.acknowledgement(client, central.services.keys.root, text)
    assert said.item_id == manifest.deposit_id
    assert said.receipt_number == manifest.receipt_number
    assert said.manifest_sha256 == freeze(manifest, client.request_key).sha256.hex()
    assert manifest.document is not None
    assert said.document_sha256 == manifest.document.sha256


def test_deposit_to_scan_later_is_acknowledged_without_document(
    central: Central, client: Client
) -> None:
    answer = client.put(client.manifest(None)).json()
    assert answer["upload"] is None
    root = central.services.keys.root
    assert reading.acknowledgement(client, root, answer["acknowledgement"]).document_sha256 is None


def test_other_bytes_under_the_same_id_conflict(client: Client) -> None:
    manifest, _ = client.deposit(DOCUMENT)
    changed = manifest.model_copy(update={"amount_centimes": 99})
    refused = client.put(changed)
    assert (refused.status_code, refused.json()["type"]) == (409, ProblemType.CONFLICT)


def test_same_number_under_another_id_conflicts(client: Client) -> None:
    client.deposit(DOCUMENT, number=7)
    refused = client.put(client.manifest(DOCUMENT, number=7))
    assert (refused.status_code, refused.json()["type"]) == (409, ProblemType.CONFLICT)


def test_refused_deposit_leaves_nothing(central: Central, client: Client) -> None:
    client.deposit(DOCUMENT, number=8)
    refused = client.manifest(DOCUMENT, number=8)
    client.put(refused)
    with central.services.database.reading() as connection:
        ids = set(connection.scalars(select(items.c.id)))
        assert refused.deposit_id not in ids
        assert ids >= set(connection.scalars(select(deposits.c.id)))


def test_number_of_another_devices_range_is_refused(client: Client, enrolled: MakeClient) -> None:
    other = enrolled(None)
    number = str(ReceiptNumber(device=other.code, sequence=1))
    refused = client.put(client.manifest(DOCUMENT, receipt_number=number))
    assert (refused.status_code, refused.json()["type"]) == (403, ProblemType.NOT_YOURS)


def test_number_of_the_reserve_epoch_is_taken(client: Client) -> None:
    reserve = client.code[:-1] + client.reserve_letter
    number = str(ReceiptNumber(device=reserve, sequence=1))
    answer = client.put(client.manifest(DOCUMENT, device=reserve, receipt_number=number))
    assert answer.status_code == 200


def test_number_whose_check_digits_do_not_hold_is_refused(client: Client) -> None:
    manifest = client.manifest(DOCUMENT)
    right = manifest.receipt_number
    wrong = right[:-1] + str((int(right[-1]) + 1) % 10)
    refused = client.put(manifest.model_copy(update={"receipt_number": wrong}))
    assert (refused.status_code, refused.json()["type"]) == (400, ProblemType.MALFORMED)


def test_manifest_signed_by_another_key_is_refused(client: Client) -> None:
    manifest = client.manifest(DOCUMENT)
    refused = client.put(manifest, freeze(manifest, PrivateKey.generate()))
    assert (refused.status_code, refused.json()["type"]) == (403, ProblemType.SIGNATURE)


def test_manifest_of_another_device_is_refused_unless_it_signed_it(
    client: Client, enrolled: MakeClient
) -> None:
    other = enrolled(None)
    stolen = other.manifest(DOCUMENT)
    assert client.put(stolen).json()["type"] == ProblemType.SIGNATURE


def test_carrier_is_recorded_and_the_author_stays(central: Central, enrolled: MakeClient) -> None:
    author, carrier = enrolled(None), enrolled(None)
    manifest = author.manifest(None)
    assert carrier.put(manifest, freeze(manifest, author.request_key)).status_code == 200
    with central.services.database.reading() as connection:
        row = connection.execute(select(items).where(items.c.id == manifest.deposit_id)).one()
        assert row.carrier_id is not None
        assert row.carrier_id != row.author_id
    own = freeze(manifest, author.request_key)
    assert author.put(manifest, own).json()["acknowledgement"] is not None


def test_same_dossier_at_two_points_is_flagged_and_not_refused(central: Central) -> None:
    def flagged() -> int:
        with central.services.database.reading() as connection:
            return duplicates.count(connection)

    before = flagged()
    made = []
    for _ in range(2):
        client = central.client()
        client.enrol(central.code(new_point()))
        made.append(client.deposit(os.urandom(100), amount_centimes=777_777))
        client.close()
    assert len(made) == 2
    assert flagged() == before + 1


def test_unknown_field_in_a_manifest_is_passed_over(client: Client) -> None:
    class Newer(DepositManifest):
        surprise: str = "x"

    manifest = client.manifest(None)
    newer = Newer(**manifest.model_dump())
    taken = client.put(newer)
    assert (taken.status_code, taken.json()["upload"]) == (200, None)
    assert client.put(newer).text == taken.text
    assert client.put(manifest).status_code == 409  # other bytes under the same id
