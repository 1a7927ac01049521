"""What waits, and what became of a receipt."""

from datetime import date, timedelta

import pytest

from kiosk.domain.errors import InvalidInputError, UnknownReceiptError
from kiosk.domain.receipt_number import ReceiptNumber
from kiosk.domain.vocabulary import DepositState, PieceKind, Stage
from kiosk.store.store import open_for_reading
from kiosk.wire.messages import StatusUpdate, Updates
from tests.desk.counter import FORM_PAGE, Counter
from tests.desk.test_events import send_all
from tests.enrolled import make_desk


def test_queue_counts_what_waits(counter: Counter) -> None:
    empty = counter.desk.overview.queue()
    assert (empty.rows, empty.counts, empty.waiting, empty.oldest_s) == ((), {}, 0, None)
    first = counter.deposit()
    counter.kiosk.clock.now += timedelta(hours=2)
    counter.receive()
    view = counter.desk.overview.queue()
    assert view.counts == {DepositState.QUEUED: 1, DepositState.TO_SCAN: 1}
    assert (view.waiting, view.waiting_bytes) == (2, first.size_bytes)
    assert view.oldest_s is not None
    assert 7200 <= view.oldest_s < 7300
    assert [row.state for row in view.rows] == [DepositState.TO_SCAN, DepositState.QUEUED]
    only = counter.desk.overview.queue(state=DepositState.QUEUED)
    assert [row.receipt_number for row in only.rows] == [first.receipt_number]


def test_acknowledged_deposits_wait_no_more(counter: Counter) -> None:
    counter.deposit()
    send_all(counter.kiosk)
    view = counter.desk.overview.queue()
    assert (view.counts, view.waiting, view.oldest_s) == ({DepositState.ACKNOWLEDGED: 1}, 0, None)


def test_age_is_never_negative(counter: Counter) -> None:
    counter.deposit()
    counter.kiosk.clock.now -= timedelta(days=365)
    assert counter.desk.overview.queue().oldest_s == 0


def test_receipt_is_found_by_number_text_and_person(counter: Counter) -> None:
    answer, overview = counter.deposit(), counter.desk.overview
    by_number, by_text = overview.find(answer.receipt_number), overview.find(answer.receipt_qr)
    (by_person,) = overview.find_person("101455262", date(2026, 11, 20))
    assert by_number == by_text == by_person
    assert (by_number.stage, by_number.known_here) == (Stage.DEPOSITED, True)
    assert overview.find_person("101455262", date(2026, 11, 19)) == ()
    with pytest.raises(InvalidInputError):
        overview.find_person("12345678", date(2026, 11, 20))
    with pytest.raises(UnknownReceiptError):
        overview.find(str(ReceiptNumber(device="B0001A", sequence=7)))


def test_consultation_is_journalled_beside_the_writer_too(counter: Counter) -> None:
    answer, kiosk = counter.deposit(), counter.kiosk
    counter.desk.overview.find(answer.receipt_number, "amina")
    reader = open_for_reading(kiosk.folder, kiosk.clock.read, kiosk.keys.database_key)
    try:
        desk = make_desk(reader, None, kiosk.keys, kiosk.clock.read, kiosk.clock.utc)  # type: ignore[arg-type]
        assert desk.overview.find(answer.receipt_number).stage is Stage.DEPOSITED
    finally:
        reader.close()
    agents = "SELECT agent FROM journal WHERE act = 'consulted' ORDER BY entry"
    assert kiosk.store.db.conn.execute(agents).fetchall() == [("amina",), ("",)]
    counter.deposit(amount="12,00")
    assert counter.desk.inspection.verify_journal().entries == 5


def test_word_of_the_central_is_shown_with_what_to_bring(counter: Counter) -> None:
    answer, kiosk = counter.deposit(), counter.kiosk
    status = StatusUpdate(
        receipt_number=answer.receipt_number,
        status=Stage.RETURNED,
        at=kiosk.clock.now + timedelta(days=1),
        text_fr="Ordonnance manquante",
        text_ar="الوصفة ناقصة",
        pieces_to_bring=(PieceKind.ORDONNANCE,),
    )
    updates = Updates(
        device="C0417A", previous=0, cursor=1, time=kiosk.clock.now, statuses=(status,)
    )
    kiosk.store.memory.apply(updates, None, "signed")
    found = counter.desk.overview.find(answer.receipt_number)
    assert (found.stage, found.text_fr, found.text_ar) == (
        Stage.RETURNED,
        "Ordonnance manquante",
        "الوصفة ناقصة",
    )
    assert found.pieces_to_bring == (PieceKind.ORDONNANCE,)


def test_group_of_dossiers_is_several_deposits(counter: Counter) -> None:
    counter.deposit(FORM_PAGE)
    counter.deposit(FORM_PAGE, amount="12,00")
    assert len(counter.desk.overview.find_person("101455262", date(2026, 11, 20))) == 2
