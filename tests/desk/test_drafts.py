"""Dossiers being taken: pages come, turn, go, and leave nothing behind."""

from pathlib import Path
from uuid import uuid4

import pytest
from PIL import Image

from kiosk.domain.errors import ErrorCode, InvalidInputError, PageLimit
from kiosk.domain.views import DraftPage, PageFault
from kiosk.domain.vocabulary import PieceKind, ProblemKind
from tests.desk.counter import FORM_PAGE, ORDONNANCE, Counter


def test_pages_are_told_as_they_are_kept(counter: Counter) -> None:
    draft_id = counter.draft()
    (first,) = counter.add(draft_id, FORM_PAGE)
    assert isinstance(first, DraftPage)
    assert (first.page_id, first.page.source) == (1, str(FORM_PAGE))
    assert first.preview_jpeg.startswith(b"\xff\xd8")
    assert list(counter.desk.drafts.pages(draft_id)) == [1]


def test_same_page_twice_is_told(counter: Counter) -> None:
    draft_id = counter.draft(FORM_PAGE)
    (second,) = counter.add(draft_id, FORM_PAGE)
    assert isinstance(second, DraftPage)
    assert ProblemKind.DUPLICATE_PAGE in [problem.kind for problem in second.page.problems]
    (third,) = counter.add(draft_id, ORDONNANCE)
    assert isinstance(third, DraftPage)
    assert ProblemKind.DUPLICATE_PAGE not in [problem.kind for problem in third.page.problems]


def test_page_that_goes_leaves_the_others_their_ids(counter: Counter) -> None:
    draft_id, drafts = counter.draft(FORM_PAGE, ORDONNANCE), counter.desk.drafts
    drafts.drop(draft_id, 1)
    counter.add(draft_id, FORM_PAGE)
    assert list(drafts.pages(draft_id)) == [2, 3]
    assert drafts.marks_by_number(draft_id, {3: PieceKind.FACTURE}) == {2: PieceKind.FACTURE}
    assert len(list(drafts.pdfs(draft_id))) == 2
    with pytest.raises(InvalidInputError):
        drafts.drop(draft_id, 1)


def test_page_turns_and_is_kept_as_it_is(counter: Counter) -> None:
    draft_id, drafts = counter.draft(ORDONNANCE), counter.desk.drafts
    before = drafts.pages(draft_id)[1]
    turned = drafts.change_page(draft_id, 1, quarter_turns=1)
    assert before.width_px < before.height_px
    assert turned.page.width_px > turned.page.height_px
    kept = drafts.change_page(draft_id, 1, keep=True)
    assert kept.page.original_is_so
    assert kept.preview_jpeg == turned.preview_jpeg
    whole = drafts.change_page(draft_id, 1, quarter_turns=4)
    assert whole.page == kept.page
    again = drafts.change_page(draft_id, 1, quarter_turns=3)
    assert again.page.original_is_so
    assert (again.page.rotated_deg, again.page.codes) == (before.rotated_deg, before.codes)
    with pytest.raises(InvalidInputError):
        drafts.change_page(draft_id, 9, keep=True)


def test_file_that_cannot_be_read_is_a_fault_and_others_go_on(
    counter: Counter, tmp_path: Path
) -> None:
    (tmp_path / "broken.jpg").write_bytes(FORM_PAGE.read_bytes()[:2000])
    draft_id = counter.draft()
    (fault,) = counter.add(draft_id, tmp_path / "broken.jpg")
    assert isinstance(fault, PageFault)
    assert (fault.code, fault.index) == (ErrorCode.UNREADABLE_FILE, fault.index)
    counter.add(draft_id, FORM_PAGE)
    assert len(counter.desk.drafts.pages(draft_id)) == 1


def test_page_too_many_is_refused(counter: Counter, monkeypatch: pytest.MonkeyPatch) -> None:
    # Two hundred pages take too long to scan: the limit is lowered instead.
    monkeypatch.setattr("kiosk.desk.drafts.MAX_PAGES", 1)
    draft_id = counter.draft(FORM_PAGE)
    (fault,) = counter.add(draft_id, ORDONNANCE)
    assert isinstance(fault, PageFault)
    assert (fault.code, fault.limit) == (ErrorCode.FILE_TOO_LARGE, PageLimit.DOSSIER)
    assert len(counter.desk.drafts.pages(draft_id)) == 1


def test_abandoned_draft_is_gone(counter: Counter) -> None:
    draft_id = counter.draft(FORM_PAGE)
    counter.desk.drafts.drop(draft_id)
    assert list(counter.kiosk.folder.drafts.iterdir()) == []
    for call in (counter.desk.drafts.pages, counter.desk.drafts.drop):
        with pytest.raises(InvalidInputError):
            call(draft_id)
    with pytest.raises(InvalidInputError):
        counter.add(uuid4(), FORM_PAGE)


def test_blank_pages_are_not_called_duplicates(counter: Counter, tmp_path: Path) -> None:
    blank = tmp_path / "blank.png"
    Image.new("L", (1654, 2339), 248).save(blank, dpi=(200, 200))
    draft_id = counter.draft(blank)
    (second,) = counter.add(draft_id, blank)
    assert isinstance(second, DraftPage)
    assert [problem.kind for problem in second.page.problems].count(ProblemKind.BLANK) == 1
    assert ProblemKind.DUPLICATE_PAGE not in [problem.kind for problem in second.page.problems]
