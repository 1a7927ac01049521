"""Drafts found again at the next start: pages, order, words and marks; and what is left of none."""

from dataclasses import replace
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from kiosk.desk.open_draft import OpenDraft
from kiosk.domain.errors import ErrorCode, InvalidInputError, UnreadableFileError
from kiosk.domain.views import DraftPage, PageFault
from kiosk.domain.vocabulary import AbandonReason, PieceKind, ProblemKind
from kiosk.scan.capture import CaptureProcess
from kiosk.security.draft_key import DraftKey
from kiosk.store.draft_rows import StoredPage
from kiosk.store.drafts import DraftPages
from kiosk.store.store import Store, open_for_writing
from tests.desk.counter import FORM, FORM_PAGE, ORDONNANCE, PERSONAL, SAMPLES, Counter
from tests.enrolled import EnrolledKiosk, make_desk

FACTURE = SAMPLES / "3-facture.jpg"
MARKS = {1: PieceKind.FEUILLE_DE_SOINS, 2: PieceKind.ORDONNANCE}


def restarted(kiosk: EnrolledKiosk, capture: CaptureProcess) -> Counter:
    """Return the agent at the same kiosk after the program ended, however it did."""
    kiosk.store.close()
    store = open_for_writing(kiosk.folder, kiosk.clock.read, kiosk.keys.database_key)
    kiosk.store = store
    kiosk.desk = make_desk(store, capture, kiosk.keys, kiosk.clock.read, kiosk.clock.utc)
    return Counter(kiosk)


def resumed(counter: Counter, draft_id: UUID) -> list[DraftPage | PageFault]:
    return list(counter.desk.drafts.resume(draft_id))


def key_of(store: Store, draft_id: UUID) -> bytes:
    key, _ = store.drafts.load(draft_id)
    return key


def files(counter: Counter) -> list[Path]:
    return [file for file in counter.kiosk.folder.root.rglob("*") if file.is_file()]


def test_draft_is_found_with_its_pages_words_and_marks(
    counter: Counter, capture: CaptureProcess
) -> None:
    draft_id = counter.draft(FORM_PAGE, ORDONNANCE)
    before = [page for page in resumed(counter, draft_id) if isinstance(page, DraftPage)]
    group = uuid4()
    counter.desk.drafts.note(draft_id, replace(FORM, group_id=group), MARKS)
    counter = restarted(counter.kiosk, capture)
    (found,) = counter.desk.drafts.open_drafts()
    assert (found.draft_id, found.page_count) == (draft_id, 2)
    assert found.form == replace(FORM, group_id=group)
    assert found.marks == MARKS
    assert resumed(counter, draft_id) == before
    assert len(before) == 2
    answer = counter.desk.deposits.confirm(draft_id, found.form, found.marks, uuid4())
    assert answer.page_count == 2
    assert counter.desk.drafts.open_drafts() == ()


def test_resumed_draft_goes_on_with_new_ids(counter: Counter, capture: CaptureProcess) -> None:
    draft_id = counter.draft(FORM_PAGE, ORDONNANCE)
    counter = restarted(counter.kiosk, capture)
    resumed(counter, draft_id)
    (added,) = counter.add(draft_id, FACTURE)
    assert isinstance(added, DraftPage)
    assert added.page_id == 3
    turned = counter.desk.drafts.change_page(draft_id, 1, quarter_turns=1, keep=True)
    assert turned.page.original_is_so
    counter = restarted(counter.kiosk, capture)
    pages = resumed(counter, draft_id)
    assert pages[0] == turned
    assert [page.page_id for page in pages if isinstance(page, DraftPage)] == [1, 2, 3]


def test_page_taken_again_keeps_its_place_and_its_mark(
    counter: Counter, capture: CaptureProcess
) -> None:
    draft_id = counter.draft(FORM_PAGE, ORDONNANCE)
    told: list[DraftPage | PageFault] = []
    counter.desk.drafts.replace_page(draft_id, 1, FACTURE, told.append)
    (again,) = told
    assert isinstance(again, DraftPage)
    assert (again.page_id, again.page.source) == (1, str(FACTURE))
    sources = [page.source for page in counter.desk.drafts.pages(draft_id).values()]
    assert sources == [str(FACTURE), str(ORDONNANCE)]
    assert counter.desk.drafts.marks_by_number(draft_id, MARKS) == MARKS
    (folder,) = counter.kiosk.folder.drafts.iterdir()
    assert sorted(file.name for file in folder.iterdir()) == ["1.2", "2.1"]
    counter = restarted(counter.kiosk, capture)
    assert resumed(counter, draft_id)[0] == again


def test_page_taken_again_in_vain_stays(counter: Counter, tmp_path: Path) -> None:
    (tmp_path / "broken.jpg").write_bytes(FORM_PAGE.read_bytes()[:2000])
    draft_id = counter.draft(FORM_PAGE)
    told: list[DraftPage | PageFault] = []
    counter.desk.drafts.replace_page(draft_id, 1, tmp_path / "broken.jpg", told.append)
    assert [type(one) for one in told] == [PageFault]
    assert [page.source for page in counter.desk.drafts.pages(draft_id).values()] == [
        str(FORM_PAGE)
    ]
    with pytest.raises(InvalidInputError):
        counter.desk.drafts.replace_page(draft_id, 9, FACTURE, told.append)


@pytest.mark.parametrize("damage", ["gone", "changed", "cut", "empty", "swapped"])
def test_damaged_page_is_told_and_the_others_go_on(
    counter: Counter, capture: CaptureProcess, damage: str
) -> None:
    draft_id = counter.draft(FORM_PAGE, ORDONNANCE, FACTURE)
    file = counter.kiosk.folder.drafts / str(draft_id) / "2.1"
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    made: dict[str, bytes] = {
        "changed": bytes(content),
        "cut": file.read_bytes()[:500],
        "empty": b"",
        "swapped": file.with_name("1.1").read_bytes(),
    }
    if damage == "gone":
        file.unlink()
    else:
        file.write_bytes(made[damage])
    counter = restarted(counter.kiosk, capture)
    first, lost, third = resumed(counter, draft_id)
    assert isinstance(first, DraftPage)
    assert isinstance(third, DraftPage)
    assert isinstance(lost, PageFault)
    assert (lost.code, lost.index, lost.source) == (
        ErrorCode.UNREADABLE_FILE,
        2,
        str(ORDONNANCE),
    )
    assert list(counter.desk.drafts.pages(draft_id)) == [1, 3]
    (added,) = counter.add(draft_id, ORDONNANCE)
    assert isinstance(added, DraftPage)
    assert added.page_id == 4
    assert counter.desk.deposits.confirm(draft_id, FORM, {}, uuid4()).page_count == 3


def test_draft_that_was_not_read_back_to_its_end_is_not_deposited_with_a_page_missing(
    counter: Counter, capture: CaptureProcess
) -> None:
    draft_id = counter.draft(FORM_PAGE, ORDONNANCE)
    (counter.kiosk.folder.drafts / str(draft_id) / "2.1").write_bytes(b"damaged")
    counter = restarted(counter.kiosk, capture)
    next(iter(counter.desk.drafts.resume(draft_id)))
    with pytest.raises(UnreadableFileError):
        counter.desk.deposits.confirm(draft_id, FORM, {}, uuid4())
    assert len(counter.desk.overview.queue().rows) == 0


def test_two_drafts_do_not_mix(counter: Counter, capture: CaptureProcess) -> None:
    first, second = counter.draft(FORM_PAGE), counter.draft(ORDONNANCE, FACTURE)
    counter.desk.drafts.note(second, FORM, {1: PieceKind.ORDONNANCE})
    counter = restarted(counter.kiosk, capture)
    found = counter.desk.drafts.open_drafts()
    assert [(one.draft_id, one.page_count) for one in found] == [(first, 1), (second, 2)]
    resumed(counter, second)
    counter.desk.deposits.confirm(second, FORM, found[1].marks, uuid4())
    (left,) = counter.desk.drafts.open_drafts()
    assert left.draft_id == first
    (page,) = resumed(counter, first)
    assert isinstance(page, DraftPage)
    assert page.page.source == str(FORM_PAGE)


def test_draft_is_deposited_once_whatever_the_request_says(counter: Counter) -> None:
    # Its files come back after a power cut, and somebody still had its key in memory.
    draft_id = counter.draft(FORM_PAGE)
    folder = counter.kiosk.folder.drafts / str(draft_id)
    kept = {file.name: file.read_bytes() for file in folder.iterdir()}
    key = key_of(counter.kiosk.store, draft_id)
    page = counter.desk.drafts.pages(draft_id)[1]
    counter.desk.deposits.confirm(draft_id, FORM, {}, uuid4())
    counter.desk.drafts.tidy()
    folder.mkdir()
    for name, content in kept.items():
        (folder / name).write_bytes(content)
    rows = (StoredPage(page_id=1, position=1, version=1, page=page),)
    pages = DraftPages(counter.kiosk.folder, draft_id, DraftKey(draft_id, key))
    counter.desk.drafts._open[draft_id] = OpenDraft.of_rows(pages, rows)
    with pytest.raises(InvalidInputError) as refused:
        counter.desk.deposits.confirm(draft_id, FORM, {}, uuid4())
    assert refused.value.field == "draft"
    assert len(counter.desk.overview.queue().rows) == 1


def test_abandoned_draft_is_journalled_with_its_reason_and_nothing_personal(
    counter: Counter, capture: CaptureProcess
) -> None:
    draft_id = counter.draft(FORM_PAGE)
    counter.desk.drafts.note(draft_id, FORM, {})
    counter = restarted(counter.kiosk, capture)
    counter.desk.drafts.drop(draft_id, reason=AbandonReason.ENTERED_BY_MISTAKE, agent="amina")
    assert list(counter.kiosk.folder.drafts.iterdir()) == []
    row = counter.kiosk.store.db.conn.execute(
        "SELECT act, receipt_number, agent, reason FROM journal ORDER BY entry DESC LIMIT 1"
    ).fetchone()
    assert row == ("abandoned", "", "amina", "entered_by_mistake")
    with pytest.raises(InvalidInputError):
        counter.desk.drafts.resume(draft_id)
    with pytest.raises(InvalidInputError):
        counter.desk.drafts.note(draft_id, FORM, {})
    with pytest.raises(InvalidInputError):
        counter.desk.drafts.drop(draft_id)


@pytest.mark.parametrize("ending", ["confirmed", "abandoned"])
def test_key_is_in_no_file_once_the_draft_has_ended(counter: Counter, ending: str) -> None:
    # The database itself is decrypted first: whoever has this PC's keystore too finds nothing.
    draft_id = counter.draft(FORM_PAGE)
    counter.desk.drafts.note(draft_id, FORM, {1: PieceKind.FEUILLE_DE_SOINS})
    store = counter.kiosk.store
    key = key_of(store, draft_id)
    page = counter.kiosk.folder.drafts / str(draft_id) / "1.1"
    closed = page.read_bytes()
    assert DraftKey(draft_id, key).open(closed, "1.1")
    assert holds(counter, key)
    if ending == "confirmed":
        counter.desk.deposits.confirm(draft_id, FORM, {}, uuid4())
        counter.desk.drafts.tidy()
    else:
        counter.desk.drafts.drop(draft_id)
    assert not holds(counter, key)
    assert not page.exists()
    assert counter.kiosk.folder.database.with_name("wasl.db-wal").stat().st_size == 0
    for file in files(counter):
        assert key not in file.read_bytes()
    for table in ("drafts", "draft_pages"):
        rows = store.db.conn.execute(f"SELECT * FROM {table}").fetchall()  # noqa: S608
        assert rows == []


def holds(counter: Counter, key: bytes) -> bool:
    """Tell whether the decrypted pages of the database, free ones too, hold *key*."""
    connection = counter.kiosk.store.db.conn
    plain = counter.kiosk.folder.root.parent / "plain.db"
    plain.unlink(missing_ok=True)
    connection.execute(f"ATTACH DATABASE '{plain}' AS plain KEY ''")
    try:
        connection.execute("SELECT sqlcipher_export('plain')")
    finally:
        connection.execute("DETACH DATABASE plain")
    return key in plain.read_bytes()


def test_nothing_can_be_read_in_the_folder_of_an_open_draft(counter: Counter) -> None:
    draft_id = counter.draft(FORM_PAGE, ORDONNANCE)
    counter.desk.drafts.note(draft_id, FORM, MARKS)
    key = key_of(counter.kiosk.store, draft_id)
    said = [word.encode() for word in (*PERSONAL, "feuille_de_soins", FORM_PAGE.name, "preview")]
    for file in files(counter):
        content = file.read_bytes()
        assert not any(word in content for word in (*said, b"%PDF", b"\xff\xd8\xff\xe0", key))


def test_draft_of_a_killed_command_is_gone_at_the_next_start(
    counter: Counter, capture: CaptureProcess
) -> None:
    window = counter.draft(FORM_PAGE)
    command = counter.desk.drafts.begin(for_command=True)
    counter.add(command, FORM_PAGE)
    assert [one.draft_id for one in counter.desk.drafts.open_drafts()] == [window]
    counter = restarted(counter.kiosk, capture)
    assert [one.draft_id for one in counter.desk.drafts.open_drafts()] == [window]
    assert [entry.name for entry in counter.kiosk.folder.drafts.iterdir()] == [str(window)]
    with pytest.raises(InvalidInputError):
        counter.desk.drafts.resume(command)


def test_closing_leaves_the_window_its_drafts_and_ends_those_of_commands(
    counter: Counter, capture: CaptureProcess
) -> None:
    window, empty = counter.draft(FORM_PAGE), counter.desk.drafts.begin()
    counter.desk.drafts.begin(for_command=True)
    counter.desk.drafts.close()
    assert {entry.name for entry in counter.kiosk.folder.drafts.iterdir()} == {
        str(window),
        str(empty),
    }
    counter = restarted(counter.kiosk, capture)
    assert [one.draft_id for one in counter.desk.drafts.open_drafts()] == [window]
    assert [entry.name for entry in counter.kiosk.folder.drafts.iterdir()] == [str(window)]


def test_words_of_another_version_leave_the_pages(
    counter: Counter, capture: CaptureProcess
) -> None:
    draft_id = counter.draft(FORM_PAGE, ORDONNANCE)
    connection = counter.kiosk.store.db.conn
    connection.execute("UPDATE drafts SET form = '{\"kind\":\"unheard_of\"}', marks = '[]'")
    connection.execute("UPDATE draft_pages SET page = '{}' WHERE page_id = 2")
    counter = restarted(counter.kiosk, capture)
    (found,) = counter.desk.drafts.open_drafts()
    assert found.form.immatriculation == ""
    assert found.marks == {}
    first, second = resumed(counter, draft_id)
    assert isinstance(first, DraftPage)
    assert isinstance(second, PageFault)


def test_page_taken_again_after_a_restart_is_told(
    counter: Counter, capture: CaptureProcess
) -> None:
    draft_id = counter.draft(FORM_PAGE)
    counter = restarted(counter.kiosk, capture)
    resumed(counter, draft_id)
    (again,) = counter.add(draft_id, FORM_PAGE)
    assert isinstance(again, DraftPage)
    assert ProblemKind.DUPLICATE_PAGE in [problem.kind for problem in again.page.problems]
