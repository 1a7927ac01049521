"""Signed events after the receipt, under the same number."""

import os
from collections.abc import Callable

from sqlalchemy import select

from central.schema import deposits, items
from kiosk.domain.vocabulary import EventKind, Stage
from kiosk.wire.manifests import DepositManifest
from kiosk.wire.messages import ACKNOWLEDGEMENT_HEADER, ProblemType
from tests.central import reading
from tests.central.client import Client
from tests.central.running import Central

MakeClient = Callable[[str | None], Client]
DOCUMENT = os.urandom(5_000)
OTHER = os.urandom(6_000)


def _stages(central: Central, client: Client) -> list[tuple[str, Stage]]:
    told = reading.updates(client, central.services.keys.root, "?cursor=0")
    return [(status.receipt_number, status.status) for status in told.statuses]


def _complete(client: Client, manifest: DepositManifest) -> str:
    event = client.event(EventKind.COMPLETION, manifest, OTHER)
    place = client.put_event(event).json()["upload"]
    return client.patch(place["path"], 0, OTHER).headers[ACKNOWLEDGEMENT_HEADER]


def test_cancellation_before_the_scan_frees_the_deposit(central: Central, client: Client) -> None:
    manifest = client.manifest(DOCUMENT)
    client.put(manifest)
    event = client.event(EventKind.CANCELLATION, manifest)
    said = client.put_event(event).json()["acknowledgement"]
    root = central.services.keys.root
    assert reading.acknowledgement(client, root, said).item_id == event.event_id
    freed = client.put(manifest).json()["acknowledgement"]
    assert reading.acknowledgement(client, root, freed).document_sha256 is None
    assert _stages(central, client) == [(manifest.receipt_number, Stage.CANCELLED)]


def test_cancellation_after_the_scan_keeps_the_first_acknowledgement(
    central: Central, client: Client
) -> None:
    manifest, said = client.deposit(DOCUMENT)
    client.put_event(client.event(EventKind.CANCELLATION, manifest))
    assert client.put(manifest).json()["acknowledgement"] == said
    stages = [stage for _, stage in _stages(central, client)]
    assert stages == [Stage.COPY_RECEIVED, Stage.CANCELLED]


def test_event_sent_ten_times_acts_once(central: Central, client: Client) -> None:
    manifest, _ = client.deposit(DOCUMENT)
    event = client.event(EventKind.CANCELLATION, manifest)
    answers = {client.put_event(event).text for _ in range(10)}
    assert len(answers) == 1
    assert len(_stages(central, client)) == 2


def test_second_cancellation_is_kept_and_tells_nothing_new(
    central: Central, client: Client
) -> None:
    manifest, _ = client.deposit(DOCUMENT)
    for _ in range(2):
        event = client.event(EventKind.CANCELLATION, manifest)
        assert client.put_event(event).status_code == 200
    assert len(_stages(central, client)) == 2


def test_other_bytes_under_an_events_id_conflict(client: Client) -> None:
    manifest, _ = client.deposit(DOCUMENT)
    event = client.event(EventKind.CANCELLATION, manifest)
    client.put_event(event)
    refused = client.put_event(event.model_copy(update={"reason": "another"}))
    assert (refused.status_code, refused.json()["type"]) == (409, ProblemType.CONFLICT)
    reused = client.event(EventKind.CANCELLATION, manifest, event_id=manifest.deposit_id)
    assert client.put_event(reused).json()["type"] == ProblemType.CONFLICT


def test_amendment_reaches_the_central_under_the_same_number(
    central: Central, client: Client
) -> None:
    manifest, _ = client.deposit(DOCUMENT)
    event = client.event(EventKind.AMENDMENT, manifest, immatriculation="987654321")
    assert client.put_event(event).json()["acknowledgement"] is not None
    with central.services.database.reading() as connection:
        condition = items.c.id == event.event_id
        number = connection.scalar(select(items.c.receipt_number).where(condition))
    assert number == manifest.receipt_number


def test_complement_comes_from_any_point_by_number_alone(
    central: Central, client: Client, enrolled: MakeClient
) -> None:
    manifest, _ = client.deposit(DOCUMENT)
    other = enrolled(None)
    event = other.event(EventKind.COMPLEMENT, manifest, OTHER, deposit_id=None)
    place = other.put_event(event, manifest.receipt_number).json()["upload"]
    said = other.patch(place["path"], 0, OTHER).headers[ACKNOWLEDGEMENT_HEADER]
    assert event.document is not None
    read = reading.acknowledgement(other, central.services.keys.root, said)
    assert (read.item_id, read.document_sha256) == (event.event_id, event.document.sha256)
    stored = [blob for blob in central.blobs() if blob.parent.name == str(event.event_id)]
    assert [blob.read_bytes() for blob in stored] == [OTHER]


def test_other_points_may_not_cancel_amend_or_complete(
    client: Client, enrolled: MakeClient
) -> None:
    manifest, _ = client.deposit(DOCUMENT)
    other = enrolled(None)
    tries = [
        other.event(EventKind.CANCELLATION, manifest),
        other.event(EventKind.AMENDMENT, manifest, immatriculation="987654321"),
        other.event(EventKind.COMPLETION, manifest, OTHER),
    ]
    for event in tries:
        refused = other.put_event(event)
        assert (refused.status_code, refused.json()["type"]) == (403, ProblemType.NOT_YOURS)


def test_another_device_of_the_point_may_cancel(client: Client, enrolled: MakeClient) -> None:
    manifest, _ = client.deposit(DOCUMENT)
    colleague = enrolled(client.code[:-1])
    event = colleague.event(EventKind.CANCELLATION, manifest)
    assert colleague.put_event(event).status_code == 200


def test_completion_brings_the_copy_of_a_deposit_scanned_later(
    central: Central, client: Client
) -> None:
    manifest = client.manifest(None)
    client.put(manifest)
    assert _stages(central, client) == []
    _complete(client, manifest)
    assert _stages(central, client) == [(manifest.receipt_number, Stage.COPY_RECEIVED)]


def test_completion_replaces_a_scan_that_was_lost_on_the_way(
    central: Central, client: Client
) -> None:
    manifest = client.manifest(DOCUMENT)
    client.put(manifest)
    _complete(client, manifest)
    freed = client.put(manifest).json()["acknowledgement"]
    read = reading.acknowledgement(client, central.services.keys.root, freed)
    assert read.document_sha256 is None
    with central.services.database.reading() as connection:
        row = connection.execute(select(deposits).where(deposits.c.id == manifest.deposit_id)).one()
    assert row.completed_by is not None
    assert _stages(central, client) == [(manifest.receipt_number, Stage.COPY_RECEIVED)]


def test_event_before_its_deposit_is_told_to_come_again(client: Client) -> None:
    manifest = client.manifest(None)
    event = client.event(EventKind.CANCELLATION, manifest)
    refused = client.put_event(event)
    assert (refused.status_code, refused.json()["type"]) == (404, ProblemType.UNKNOWN_DEPOSIT)
    client.put(manifest)
    assert client.put_event(event).status_code == 200


def test_event_that_names_another_deposit_is_refused(client: Client) -> None:
    manifest, _ = client.deposit(DOCUMENT)
    other, _ = client.deposit(OTHER)
    event = client.event(EventKind.CANCELLATION, manifest)
    assert client.put_event(event, other.deposit_id).status_code == 400
    assert client.put_event(event, other.receipt_number).status_code == 400


def test_documents_come_with_complements_and_completions_only(client: Client) -> None:
    manifest, _ = client.deposit(DOCUMENT)
    wrong = [
        client.event(EventKind.COMPLEMENT, manifest),
        client.event(EventKind.COMPLETION, manifest),
        client.event(EventKind.CANCELLATION, manifest, OTHER),
        client.event(EventKind.AMENDMENT, manifest),
        client.event(EventKind.CANCELLATION, manifest, immatriculation="987654321"),
    ]
    for event in wrong:
        assert client.put_event(event).json()["type"] == ProblemType.MALFORMED
