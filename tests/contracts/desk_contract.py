"""What every desk behind the window must do. Subclass it once per desk."""

import shutil
import threading
from pathlib import Path
from typing import Protocol
from uuid import UUID, uuid4

import pytest
from PIL import Image

from kiosk.domain import receipt_number
from kiosk.domain.errors import (
    ErrorCode,
    InvalidInputError,
    UnknownReceiptError,
    UnreadableFileError,
)
from kiosk.domain.form import DepositForm
from kiosk.domain.page import Outline, Spot
from kiosk.domain.views import Deposited, DraftPage, FrameView, PageFault
from kiosk.domain.vocabulary import (
    AbandonReason,
    DepositState,
    DossierKind,
    PieceKind,
    ProblemKind,
    Stage,
)
from kiosk.ui.ports import Deposits, Drafts, Overview

_JPEG = b"\xff\xd8\xff"
_PNG = b"\x89PNG\r\n\x1a\n"


class DeskBench(Protocol):
    """A desk under test, its device enrolled, and files to give it.

    ``page_file`` is an image of one page; ``broken_file`` a JPEG cut short; ``today`` the desk's
    day in Casablanca as ``dd/mm/yyyy``.
    """

    drafts: Drafts
    deposits: Deposits
    overview: Overview
    page_file: Path
    broken_file: Path
    today: str


def right_form(bench: DeskBench) -> DepositForm:
    """Return a form that no desk refuses."""
    return DepositForm(
        immatriculation="123456785",
        kind=DossierKind.MALADIE,
        care_date=bench.today,
        amount="845,50",
    )


def taken(bench: DeskBench, draft_id: UUID, file: Path) -> list[DraftPage | PageFault]:
    """Add a file and return what was told of it."""
    told: list[DraftPage | PageFault] = []
    bench.drafts.add_pages(draft_id, file, told.append)
    return told


def page_of(bench: DeskBench, draft_id: UUID) -> DraftPage:
    """Add the good file and return its page."""
    (page,) = taken(bench, draft_id, bench.page_file)
    assert isinstance(page, DraftPage)
    return page


def deposited(bench: DeskBench, request_id: UUID | None = None) -> Deposited:
    """Make a deposit of one page."""
    draft_id = bench.drafts.begin()
    page_of(bench, draft_id)
    return bench.deposits.confirm(draft_id, right_form(bench), {}, request_id or uuid4())


def _inset(frame: FrameView, left: float, top: float) -> Outline:
    """Return a rectangle within a picture, by shares of its sides from every edge."""
    x, y = frame.width_px * left, frame.height_px * top
    return Outline(
        Spot(x, y),
        Spot(frame.width_px - x, y),
        Spot(frame.width_px - x, frame.height_px - y),
        Spot(x, frame.height_px - y),
    )


class DeskContract:
    """A deposit happens once, whole, and is never lost by a refusal."""

    def test_enrolled_desk_knows_who_it_is(self, bench: DeskBench) -> None:
        identity = bench.deposits.identity()
        assert identity is not None
        assert receipt_number.is_device_code(identity.device)
        assert identity.device.startswith(identity.point)

    def test_each_draft_has_its_own_id(self, bench: DeskBench) -> None:
        assert bench.drafts.begin() != bench.drafts.begin()

    def test_page_comes_with_pictures_for_the_screen(self, bench: DeskBench) -> None:
        page = page_of(bench, bench.drafts.begin())
        assert page.preview_jpeg.startswith(_JPEG)
        assert page.thumbnail_jpeg.startswith(_JPEG)
        assert len(page.thumbnail_jpeg) < len(page.preview_jpeg)
        assert page.page.source == str(bench.page_file)

    def test_damaged_file_is_a_fault_and_the_draft_goes_on(self, bench: DeskBench) -> None:
        draft_id = bench.drafts.begin()
        (fault,) = taken(bench, draft_id, bench.broken_file)
        assert isinstance(fault, PageFault)
        assert fault.code is ErrorCode.UNREADABLE_FILE
        assert page_of(bench, draft_id).page_id

    def test_page_ids_stay_when_a_page_before_goes(self, bench: DeskBench) -> None:
        draft_id = bench.drafts.begin()
        first, second = page_of(bench, draft_id), page_of(bench, draft_id)
        bench.drafts.drop(draft_id, first.page_id)
        assert bench.drafts.change_page(draft_id, second.page_id, keep=True).page_id == (
            second.page_id
        )

    def test_quarter_turn_goes_clockwise_and_four_come_round(self, bench: DeskBench) -> None:
        draft_id = bench.drafts.begin()
        page = page_of(bench, draft_id)
        turned = bench.drafts.change_page(draft_id, page.page_id, quarter_turns=1)
        assert (turned.page.rotated_deg - page.page.rotated_deg) % 360 == 90
        again = bench.drafts.change_page(draft_id, page.page_id, quarter_turns=3)
        assert (turned.page.width_px, turned.page.height_px) == (
            page.page.height_px,
            page.page.width_px,
        )
        assert again.page.width_px == page.page.width_px

    def test_kept_page_is_noted_and_can_be_taken_back(self, bench: DeskBench) -> None:
        draft_id = bench.drafts.begin()
        page = page_of(bench, draft_id)
        assert bench.drafts.change_page(draft_id, page.page_id, keep=True).page.original_is_so
        kept = bench.drafts.change_page(draft_id, page.page_id, keep=False)
        assert not kept.page.original_is_so

    def test_whole_picture_of_a_page_can_be_seen(self, bench: DeskBench) -> None:
        draft_id = bench.drafts.begin()
        page = page_of(bench, draft_id)
        frame = bench.drafts.frame(draft_id, page.page_id)
        assert frame.jpeg.startswith(_JPEG)
        with Image.open(bench.page_file) as picture:
            assert (frame.width_px, frame.height_px) == picture.size
        with pytest.raises(InvalidInputError):
            bench.drafts.frame(draft_id, page.page_id + 7)

    def test_page_is_cut_out_by_the_corners_that_were_set(self, bench: DeskBench) -> None:
        draft_id = bench.drafts.begin()
        first, second = page_of(bench, draft_id), page_of(bench, draft_id)
        frame = bench.drafts.frame(draft_id, first.page_id)
        corners = _inset(frame, 0.1, 0.3)
        placed = bench.drafts.place_page(draft_id, first.page_id, corners)
        assert placed.page_id == first.page_id
        assert placed.page.outline is not None
        for wanted, found in zip(sorted(corners), sorted(placed.page.outline), strict=True):
            assert found == pytest.approx(wanted, abs=1.5)
        assert placed.page.outline_confidence == 1.0
        kinds = [problem.kind for problem in placed.page.problems]
        assert ProblemKind.OUTLINE_UNCERTAIN not in kinds
        assert placed.preview_jpeg != first.preview_jpeg
        assert list(bench.drafts.resume(draft_id)) == [placed, second]

    def test_corners_of_no_sheet_are_refused(self, bench: DeskBench) -> None:
        draft_id = bench.drafts.begin()
        page = page_of(bench, draft_id)
        corners = _inset(bench.drafts.frame(draft_id, page.page_id), 0.1, 0.1)
        crossed = corners._replace(top_left=corners.top_right, top_right=corners.top_left)
        with pytest.raises(InvalidInputError):
            bench.drafts.place_page(draft_id, page.page_id, crossed)
        assert list(bench.drafts.resume(draft_id)) == [page]

    def test_picture_that_is_gone_is_named_and_the_page_stays(
        self, bench: DeskBench, tmp_path: Path
    ) -> None:
        file = tmp_path / "moved away.jpg"
        shutil.copyfile(bench.page_file, file)
        draft_id = bench.drafts.begin()
        (page,) = taken(bench, draft_id, file)
        assert isinstance(page, DraftPage)
        corners = _inset(bench.drafts.frame(draft_id, page.page_id), 0.1, 0.1)
        file.unlink()
        with pytest.raises(UnreadableFileError):
            bench.drafts.frame(draft_id, page.page_id)
        with pytest.raises(UnreadableFileError):
            bench.drafts.place_page(draft_id, page.page_id, corners)
        assert list(bench.drafts.resume(draft_id)) == [page]

    def test_noted_draft_is_found_with_words_marks_and_pages(self, bench: DeskBench) -> None:
        draft_id = bench.drafts.begin()
        page = page_of(bench, draft_id)
        form, marks = right_form(bench), {page.page_id: PieceKind.FACTURE}
        bench.drafts.note(draft_id, form, marks)
        (found,) = bench.drafts.open_drafts()
        assert (found.draft_id, found.page_count) == (draft_id, 1)
        assert (found.form, dict(found.marks)) == (form, marks)
        assert list(bench.drafts.resume(draft_id)) == [page]

    def test_resumed_draft_is_deposited_and_found_no_more(self, bench: DeskBench) -> None:
        draft_id = bench.drafts.begin()
        page_of(bench, draft_id)
        list(bench.drafts.resume(draft_id))
        page_of(bench, draft_id)
        answer = bench.deposits.confirm(draft_id, right_form(bench), {}, uuid4())
        bench.drafts.tidy()
        assert answer.page_count == 2
        assert bench.drafts.open_drafts() == ()
        with pytest.raises(InvalidInputError):
            bench.drafts.resume(draft_id)

    def test_page_taken_again_keeps_id_and_place(self, bench: DeskBench) -> None:
        draft_id = bench.drafts.begin()
        first, second = page_of(bench, draft_id), page_of(bench, draft_id)
        told: list[DraftPage | PageFault] = []
        bench.drafts.replace_page(draft_id, first.page_id, bench.page_file, told.append)
        (again,) = told
        assert isinstance(again, DraftPage)
        assert again.page_id == first.page_id
        pages = [one for one in bench.drafts.resume(draft_id) if isinstance(one, DraftPage)]
        assert [one.page_id for one in pages] == [first.page_id, second.page_id]
        bench.drafts.replace_page(draft_id, first.page_id, bench.broken_file, told.append)
        assert isinstance(told[1], PageFault)
        assert len(list(bench.drafts.resume(draft_id))) == 2
        with pytest.raises(InvalidInputError):
            bench.drafts.replace_page(draft_id, 99, bench.page_file, told.append)

    def test_page_that_was_removed_is_put_back_where_it_was(self, bench: DeskBench) -> None:
        draft_id = bench.drafts.begin()
        first, second = page_of(bench, draft_id), page_of(bench, draft_id)
        with pytest.raises(InvalidInputError):
            bench.drafts.put_back(draft_id)
        bench.drafts.drop(draft_id, first.page_id)
        assert bench.drafts.put_back(draft_id) == first
        assert list(bench.drafts.resume(draft_id)) == [first, second]
        with pytest.raises(InvalidInputError):
            bench.drafts.put_back(draft_id)  # once

    def test_stopped_import_takes_nothing_more(self, bench: DeskBench) -> None:
        draft_id = bench.drafts.begin()
        page = page_of(bench, draft_id)
        told: list[DraftPage | PageFault] = []
        stop = threading.Event()
        stop.set()
        bench.drafts.add_pages(draft_id, bench.page_file, told.append, stop=stop)
        bench.drafts.replace_page(draft_id, page.page_id, bench.page_file, told.append, stop=stop)
        assert told == []
        assert list(bench.drafts.resume(draft_id)) == [page]

    def test_abandoned_draft_takes_nothing_any_more(self, bench: DeskBench) -> None:
        draft_id = bench.drafts.begin()
        bench.drafts.drop(draft_id, reason=AbandonReason.ENTERED_BY_MISTAKE)
        assert bench.drafts.open_drafts() == ()
        with pytest.raises(InvalidInputError):
            bench.drafts.note(draft_id, right_form(bench), {})
        with pytest.raises(InvalidInputError):
            bench.drafts.drop(draft_id)

    def test_same_request_makes_one_deposit(self, bench: DeskBench) -> None:
        request_id = uuid4()
        draft_id = bench.drafts.begin()
        page_of(bench, draft_id)
        form = right_form(bench)
        first = bench.deposits.confirm(draft_id, form, {}, request_id)
        again = bench.deposits.confirm(draft_id, form, {}, request_id)
        assert again.receipt_number == first.receipt_number
        assert again.deposit_id == first.deposit_id
        assert len(bench.overview.queue().rows) == 1

    def test_refused_form_leaves_the_draft_to_try_again(self, bench: DeskBench) -> None:
        draft_id, request_id = bench.drafts.begin(), uuid4()
        page_of(bench, draft_id)
        wrong = DepositForm(immatriculation="12345678", care_date=bench.today, amount="1")
        with pytest.raises(InvalidInputError) as refused:
            bench.deposits.confirm(draft_id, wrong, {}, request_id)
        assert refused.value.field == "immatriculation"
        assert not bench.overview.queue().rows
        answer = bench.deposits.confirm(draft_id, right_form(bench), {}, request_id)
        assert answer.page_count == 1

    def test_draft_without_pages_is_refused(self, bench: DeskBench) -> None:
        draft_id = bench.drafts.begin()
        with pytest.raises(InvalidInputError):
            bench.deposits.confirm(draft_id, right_form(bench), {}, uuid4())

    def test_mark_on_a_page_that_went_is_refused(self, bench: DeskBench) -> None:
        draft_id = bench.drafts.begin()
        page = page_of(bench, draft_id)
        marks = {page.page_id + 7: PieceKind.FACTURE}
        with pytest.raises(InvalidInputError):
            bench.deposits.confirm(draft_id, right_form(bench), marks, uuid4())

    def test_receipts_are_numbered_without_a_gap(self, bench: DeskBench) -> None:
        numbers = [receipt_number.parse(deposited(bench).receipt_number) for _ in range(3)]
        sequences = [number.sequence for number in numbers]
        assert sequences == list(range(sequences[0], sequences[0] + 3))

    def test_deposit_waits_in_the_queue_newest_first(self, bench: DeskBench) -> None:
        first, second = deposited(bench), deposited(bench)
        queue = bench.overview.queue()
        assert [row.receipt_number for row in queue.rows] == [
            second.receipt_number,
            first.receipt_number,
        ]
        assert queue.counts == {DepositState.QUEUED: 2}
        assert queue.waiting == 2
        assert queue.oldest_s is not None
        assert queue.waiting_bytes > 0

    def test_print_stays_open_until_the_paper_was_seen(self, bench: DeskBench) -> None:
        number = deposited(bench).receipt_number
        assert [one.receipt_number for one in bench.overview.open_prints()] == [number]
        bench.overview.paper_came_out(number, False)
        assert len(bench.overview.open_prints()) == 1
        bench.overview.paper_came_out(number, True)
        assert bench.overview.open_prints() == ()

    def test_receipt_is_drawn_without_printing(self, bench: DeskBench) -> None:
        number = deposited(bench).receipt_number
        picture = bench.deposits.picture(number)
        assert picture.png.startswith(_PNG)
        assert picture.receipt_number == number
        assert len(bench.overview.open_prints()) == 1

    def test_found_receipt_tells_its_stage(self, bench: DeskBench) -> None:
        number = deposited(bench).receipt_number
        found = bench.overview.find(number)
        assert found.stage is Stage.DEPOSITED
        assert found.known_here

    def test_unknown_receipt_is_named(self, bench: DeskBench) -> None:
        device = deposited(bench).receipt_number[:6]
        stranger = str(receipt_number.ReceiptNumber(device=device, sequence=999_999))
        with pytest.raises(UnknownReceiptError):
            bench.overview.find(stranger)
        with pytest.raises(UnknownReceiptError):
            bench.deposits.picture(stranger)
