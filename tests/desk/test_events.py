"""What happens to a deposit after its receipt: signed, under its number, whole or not at all."""

import io
from datetime import date
from uuid import uuid4

import pikepdf
import pyrage
import pytest

from kiosk.domain.errors import (
    InvalidInputError,
    NotAReceiptError,
    NotCancellableError,
    UnknownReceiptError,
)
from kiosk.domain.receipt_number import ReceiptNumber
from kiosk.domain.vocabulary import DepositState, EventKind, HeldReason, PieceKind, Stage
from kiosk.store import deposits, prints
from kiosk.store.database import transaction
from kiosk.store.errors import StoreError
from kiosk.sync.ports import Hold
from kiosk.wire.bundles import read_document
from kiosk.wire.encoding import b64
from kiosk.wire.errors import BadSignatureError, UnknownKeyError
from kiosk.wire.manifests import read_event
from kiosk.wire.trust import DeviceKey
from tests.contracts.outbox_contract import acknowledged, claim
from tests.desk.conftest import MakeKiosk
from tests.desk.counter import FORM_PAGE, ORDONNANCE, Counter
from tests.enrolled import EnrolledKiosk
from tests.store.faults import refused_step

OF_ANOTHER = str(ReceiptNumber(device="B0001A", sequence=7))


def send_all(kiosk: EnrolledKiosk) -> int:
    """Settle every waiting row as delivered; return how many there were."""
    sent = 0
    while item := kiosk.store.outbox.claim(now=kiosk.clock.now, only_due=False, passed=()):
        kiosk.store.outbox.settle(item.item_id, acknowledged(item))
        sent += 1
    return sent


def test_cancellation_is_signed_journalled_and_ends_the_deposit(counter: Counter) -> None:
    number = counter.deposit().receipt_number
    said = counter.desk.events.cancel(number, " Le client reprend son dossier. ", "n.alami")
    assert (said.receipt_number, said.event, said.state) == (
        number,
        "cancellation",
        DepositState.CANCELLED,
    )
    store = counter.kiosk.store
    (content,) = deposits.event_manifests(store.db.conn, number, EventKind.CANCELLATION)
    manifest = read_event(content)
    assert (manifest.reason, manifest.agent) == ("Le client reprend son dossier.", "n.alami")
    assert manifest.sequence == 2
    assert store.deposit(number).stage is Stage.CANCELLED
    last = store.db.conn.execute(
        "SELECT act, receipt_number, agent, reason FROM journal ORDER BY entry DESC LIMIT 1"
    ).fetchone()
    assert last == ("cancelled", number, "n.alami", "")


def test_second_cancellation_is_refused(counter: Counter) -> None:
    number = counter.deposit().receipt_number
    counter.desk.events.cancel(number, "erreur")
    with pytest.raises(NotCancellableError):
        counter.desk.events.cancel(number, "erreur")


@pytest.mark.parametrize("stage", [Stage.SETTLED, Stage.PAID])
def test_settled_deposit_is_not_cancelled(counter: Counter, stage: Stage) -> None:
    number = counter.deposit().receipt_number
    with transaction(counter.kiosk.store.db) as connection:
        deposits.set_stage(connection, number, stage, "2026-11-24T00:00:00.000Z")
    with pytest.raises(NotCancellableError):
        counter.desk.events.cancel(number, "erreur")


@pytest.mark.parametrize("reason", ["", "   ", "x" * 501])
def test_cancellation_without_a_reason_is_refused(counter: Counter, reason: str) -> None:
    number = counter.deposit().receipt_number
    with pytest.raises(InvalidInputError):
        counter.desk.events.cancel(number, reason)
    assert counter.kiosk.store.deposit(number).state is DepositState.QUEUED


def test_deposit_cancelled_before_it_was_sent_sends_no_scan(counter: Counter) -> None:
    answer = counter.deposit()
    counter.desk.events.cancel(answer.receipt_number, "erreur")
    item = claim(counter.kiosk.store.outbox, counter.kiosk.clock.now)
    assert (item.item_id, item.document) == (answer.deposit_id, None)


def test_deposit_cancelled_after_its_acknowledgement_sends_the_event(counter: Counter) -> None:
    number = counter.deposit().receipt_number
    assert send_all(counter.kiosk) == 1
    said = counter.desk.events.cancel(number, "erreur")
    item = claim(counter.kiosk.store.outbox, counter.kiosk.clock.now)
    assert item.item_id == said.event_id


def test_receipt_nobody_knows_is_told(counter: Counter) -> None:
    with pytest.raises(UnknownReceiptError):
        counter.desk.events.cancel(OF_ANOTHER, "erreur")
    with pytest.raises(NotAReceiptError):
        counter.desk.events.cancel("hello", "erreur")


def test_amended_deposit_is_found_by_its_new_number(counter: Counter) -> None:
    number = counter.deposit().receipt_number
    said = counter.desk.events.amend(number, "123 456 785", "chiffres inversés")
    assert (said.event, said.state) == ("amendment", DepositState.QUEUED)
    care_date, overview = date(2026, 11, 20), counter.desk.overview
    assert [one.receipt_number for one in overview.find_person("123456785", care_date)] == [number]
    assert overview.find_person("101455262", care_date) == ()
    (content,) = deposits.event_manifests(counter.kiosk.store.db.conn, number, EventKind.AMENDMENT)
    assert read_event(content).immatriculation == "123456785"


def test_amendment_to_a_refused_number_is_refused(counter: Counter) -> None:
    number = counter.deposit().receipt_number
    with pytest.raises(InvalidInputError):
        counter.desk.events.amend(number, "12345678", "erreur")


def test_cancelled_deposit_takes_nothing_more(counter: Counter) -> None:
    number = counter.deposit().receipt_number
    counter.desk.events.cancel(number, "erreur")
    events, draft_id = counter.desk.events, counter.draft(ORDONNANCE)
    with pytest.raises(InvalidInputError):
        events.amend(number, "123456785", "erreur")
    with pytest.raises(InvalidInputError):
        events.complement(number, draft_id, {})
    with pytest.raises(InvalidInputError):
        events.complete(number, draft_id, {})
    assert len(counter.desk.drafts.pages(draft_id)) == 1


def test_complement_of_a_deposit_of_this_kiosk(counter: Counter) -> None:
    answer = counter.deposit()
    said = counter.desk.events.complement(
        answer.receipt_number, counter.draft(ORDONNANCE), {1: PieceKind.ORDONNANCE}
    )
    store, central = counter.kiosk.store, counter.kiosk.central
    sealed = b"".join(read_document(store.spool.path(said.event_id)))
    with pikepdf.open(io.BytesIO(pyrage.decrypt(sealed, [central.operations]))) as pdf:
        assert str(pdf.docinfo["/Subject"]) == str(said.event_id)
        assert len(pdf.pages) == 1
    (content,) = deposits.event_manifests(
        store.db.conn, answer.receipt_number, EventKind.COMPLEMENT
    )
    manifest = read_event(content)
    assert (manifest.deposit_id, manifest.pieces[0].kind) == (answer.deposit_id, "ordonnance")
    counter.desk.drafts.tidy()
    assert list(counter.kiosk.folder.drafts.iterdir()) == []


def test_complement_of_another_kiosks_receipt_by_number(counter: Counter) -> None:
    number = OF_ANOTHER
    said = counter.desk.events.complement(number, counter.draft(ORDONNANCE), {})
    assert (said.receipt_number, said.state) == (number, None)
    store = counter.kiosk.store
    assert prints.open_prints(store.db.conn) == ()
    item = claim(store.outbox, counter.kiosk.clock.now)
    assert (item.item_id, item.path_id) == (said.event_id, number)


def test_complement_of_another_kiosks_receipt_by_its_qr(make: MakeKiosk) -> None:
    there, here = Counter(make("there", device="B0001A")), Counter(make("here"))
    answer = there.deposit()
    with pytest.raises(UnknownKeyError):
        here.desk.events.complement(answer.receipt_qr, here.draft(ORDONNANCE), {})
    key = b64(there.kiosk.keys.receipt_key.public.raw)
    known = (DeviceKey(device="B0001A", receipt_key=key),)
    here.kiosk.store.memory.keep_enrolment(here.kiosk.central.enrolment(devices=known))
    said = here.desk.events.complement(answer.receipt_qr, here.draft(ORDONNANCE), {})
    assert (said.receipt_number, said.state) == (answer.receipt_number, None)
    item = claim(here.kiosk.store.outbox, here.kiosk.clock.now)
    assert item.path_id == str(answer.deposit_id)
    changed = answer.receipt_qr[:-2] + ("A" if answer.receipt_qr[-2] != "A" else "B") + "A"
    with pytest.raises((BadSignatureError, NotAReceiptError)):
        here.desk.events.complement(changed, here.draft(ORDONNANCE), {})


@pytest.mark.parametrize("is_sent_before", [False, True])
def test_scan_later_is_completed_under_its_number(counter: Counter, is_sent_before: bool) -> None:
    answer = counter.receive()
    if is_sent_before:
        assert send_all(counter.kiosk) == 1
    said = counter.desk.events.complete(
        answer.receipt_number, counter.draft(FORM_PAGE, ORDONNANCE), {2: PieceKind.ORDONNANCE}
    )
    assert (said.receipt_number, said.state) == (answer.receipt_number, DepositState.QUEUED)
    assert send_all(counter.kiosk) == (1 if is_sent_before else 2)
    stored = counter.kiosk.store.deposit(answer.receipt_number)
    assert (stored.state, stored.page_count) == (DepositState.ACKNOWLEDGED, 2)


def test_complete_deposit_is_not_completed_again(counter: Counter) -> None:
    number, draft_id = counter.deposit().receipt_number, counter.draft(ORDONNANCE)
    with pytest.raises(InvalidInputError):
        counter.desk.events.complete(number, draft_id, {})


def test_damaged_bundle_is_scanned_anew(counter: Counter) -> None:
    answer, outbox = counter.deposit(), counter.kiosk.store.outbox
    item = claim(outbox, counter.kiosk.clock.now)
    outbox.settle(item.item_id, Hold(reason=HeldReason.BUNDLE_DAMAGED, error="bundle_damaged"))
    said = counter.desk.events.complete(answer.receipt_number, counter.draft(FORM_PAGE), {})
    assert said.state is DepositState.QUEUED


@pytest.mark.parametrize("step", [2, 20, 45])
def test_event_that_fails_leaves_the_deposit_and_the_draft(counter: Counter, step: int) -> None:
    answer, draft_id = counter.receive(), counter.draft(FORM_PAGE)
    connection = counter.kiosk.store.db.conn
    with refused_step(connection, step), pytest.raises(StoreError):
        counter.desk.events.complete(answer.receipt_number, draft_id, {})
    assert counter.kiosk.store.deposit(answer.receipt_number).state is DepositState.TO_SCAN
    assert len(counter.desk.drafts.pages(draft_id)) == 1
    counter.desk.events.complete(answer.receipt_number, draft_id, {})


def test_event_of_an_unknown_draft_is_refused(counter: Counter) -> None:
    number = counter.receive().receipt_number
    with pytest.raises(InvalidInputError):
        counter.desk.events.complete(number, uuid4(), {})
