"""A disk full to its last byte: what was begun is ended on the reserve, or named and kept."""

from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from kiosk.domain.vocabulary import DepositState, PieceKind
from kiosk.scan.capture import CaptureProcess
from kiosk.store import journal
from kiosk.store.errors import DiskFullError
from kiosk.store.journal import Act, Entry
from kiosk.store.store import open_for_writing
from kiosk.ui.i18n.faults import error_words
from tests.contracts.outbox_contract import acknowledged, claim
from tests.desk.counter import FORM, FORM_PAGE, ORDONNANCE, Counter
from tests.enrolled import TestCentral, make_desk, make_kiosk
from tests.store.mounts import small_disk
from tests.store.test_guard import fill_disk


class Point(Counter):
    """A counter on a small disk of its own, with a dossier in each state made beforehand."""

    def __init__(self, root: Path, capture: CaptureProcess, central: TestCentral) -> None:
        printer = f"pdf:{root.parent.parent / 'receipt.pdf'}"  # on another disk
        super().__init__(make_kiosk(root, capture, central=central, printer=printer))
        self.sent = self.deposit().receipt_number
        self.to_scan = self.receive().receipt_number
        self.open_draft = self.draft(FORM_PAGE)
        self.pages = self.draft(ORDONNANCE)
        self.store = self.kiosk.store
        assert self.store.guard.stock_up()

    def last_act(self) -> str:
        """Return the last act of the journal."""
        row = self.store.db.conn.execute("SELECT act FROM journal ORDER BY entry DESC LIMIT 1")
        return str(row.fetchone()[0])


@pytest.fixture
def point(tmp_path: Path, capture: CaptureProcess, central: TestCentral) -> Iterator[Point]:
    with small_disk(tmp_path / "disk", 24 * 1024) as disk:
        made = Point(disk / "data", capture, central)
        yield made
        made.kiosk.close()


def confirm(point: Point) -> None:
    answer = point.desk.deposits.confirm(point.open_draft, FORM, {}, uuid4())
    assert point.store.spool.path(answer.deposit_id).exists()


def receive(point: Point) -> None:
    assert point.receive().state is DepositState.TO_SCAN


def cancel(point: Point) -> None:
    point.desk.events.cancel(point.sent, "Le client reprend son dossier.")
    assert point.store.deposit(point.sent).state is DepositState.CANCELLED


def amend(point: Point) -> None:
    point.desk.events.amend(point.sent, "123456785", "Chiffre mal lu.")
    assert point.last_act() == "amended"


def complement(point: Point) -> None:
    done = point.desk.events.complement(point.sent, point.pages, {1: PieceKind.ORDONNANCE})
    assert point.store.spool.path(done.event_id).exists()


def complete(point: Point) -> None:
    point.desk.events.complete(point.to_scan, point.pages, {1: PieceKind.FEUILLE_DE_SOINS})
    assert point.store.deposit(point.to_scan).state is DepositState.QUEUED


def keep_page(point: Point) -> None:
    assert len(point.add(point.open_draft, ORDONNANCE)) == 1
    assert len(point.desk.drafts.pages(point.open_draft)) == 2


def note_words(point: Point) -> None:
    point.desk.drafts.note(point.open_draft, FORM, {1: PieceKind.FACTURE})
    found = {one.draft_id: one for one in point.desk.drafts.open_drafts()}
    assert found[point.open_draft].form.immatriculation == FORM.immatriculation


def abandon(point: Point) -> None:
    point.desk.drafts.drop(point.open_draft)
    assert point.last_act() == "abandoned"


def acknowledge(point: Point) -> None:
    item = claim(point.store.outbox)
    point.store.outbox.settle(item.item_id, acknowledged(item))
    assert point.store.deposit(item.receipt_number).state is DepositState.ACKNOWLEDGED


def print_receipt(point: Point) -> None:
    point.desk.papers.print_receipt(point.sent)
    point.desk.overview.paper_came_out(point.sent, True)
    assert point.sent not in [one.receipt_number for one in point.desk.overview.open_prints()]


def write_journal(point: Point) -> None:
    point.store.record(Entry(act=Act.CONSULTED, clock=point.kiosk.clock.read()))
    assert point.last_act() == "consulted"


ACTS: list[Callable[[Point], None]] = [
    confirm,
    receive,
    cancel,
    amend,
    complement,
    complete,
    keep_page,
    note_words,
    abandon,
    acknowledge,
    print_receipt,
    write_journal,
]


@pytest.mark.parametrize("act", ACTS, ids=lambda act: act.__name__)
def test_act_is_ended_on_the_reserve(point: Point, act: Callable[[Point], None]) -> None:
    stranger = fill_disk(point.store.folder.root)
    act(point)
    assert not point.store.folder.reserve.room()
    journal.verify(point.store.db.conn, None)
    # Room comes back: the next dossier is begun, and the reserve stands again.
    stranger.unlink()
    point.draft(FORM_PAGE)
    assert point.store.folder.reserve.stands()


@pytest.mark.parametrize("act", ACTS, ids=lambda act: act.__name__)
def test_act_without_a_reserve_is_named_and_loses_nothing(
    point: Point, act: Callable[[Point], None]
) -> None:
    drafts = open_drafts(point)
    point.store.folder.reserve.release()
    stranger = fill_disk(point.store.folder.root)
    try:
        act(point)  # a page of the log written before may hold it all
    except DiskFullError as error:
        words = error_words(error)
        assert "disque" in words.fr.lower()
        assert "القرص" in words.ar
        assert open_drafts(point) == drafts
        stranger.unlink()
        act(point)
    journal.verify(point.store.db.conn, None)


def test_kiosk_starts_again_on_a_full_disk_and_ends_what_was_begun(
    point: Point, capture: CaptureProcess
) -> None:
    kiosk = point.kiosk
    kiosk.close()
    fill_disk(kiosk.folder.root)
    store = open_for_writing(kiosk.folder, kiosk.clock.read, kiosk.keys.database_key)
    desk = make_desk(store, capture, kiosk.keys, kiosk.clock.read, kiosk.clock.utc)
    assert len(list(desk.drafts.resume(point.open_draft))) == 1
    answer = desk.deposits.confirm(point.open_draft, FORM, {}, uuid4())
    assert store.deposit(answer.receipt_number).state is DepositState.QUEUED
    store.close()


def test_new_dossier_is_refused_with_advice_before_the_reserve_is_touched(point: Point) -> None:
    fill_disk(point.store.folder.root)
    with pytest.raises(DiskFullError) as refused:
        point.desk.drafts.begin()
    assert error_words(refused.value).ar
    assert point.store.folder.reserve.stands()


def open_drafts(point: Point) -> list[tuple[UUID, int]]:
    return [(one.draft_id, one.page_count) for one in point.desk.drafts.open_drafts()]
