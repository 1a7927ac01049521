"""A page turned by a person loses nothing, however often it is turned."""

import io
from dataclasses import replace

import cv2
import numpy as np
import pikepdf
import pytest

from kiosk.domain.errors import UnreadableFileError
from kiosk.domain.page import Outline, Problem, Region, Spot
from kiosk.domain.vocabulary import ProblemKind
from kiosk.scan.page import process_picture
from kiosk.scan.picture import Picture, Pixels
from kiosk.scan.processed import ProcessedPage
from kiosk.scan.render import decode_pdf_page
from kiosk.scan.turn import turn_page
from tests.paper import Sample


@pytest.fixture(scope="module")
def first(vignettes: Sample) -> ProcessedPage:
    small = cv2.resize(vignettes.image, None, fx=0.7, fy=0.7, interpolation=cv2.INTER_AREA)
    processed = process_picture(Picture(pixels=np.asarray(small, np.uint8)), source="v", index=3)
    glare = Problem(
        kind=ProblemKind.GLARE, region=Region(left=0.1, top=0.2, right=0.4, bottom=0.25)
    )
    page = replace(processed.page, problems=(glare,), original_is_so=True)
    return replace(processed, page=page)


def shown(pdf: bytes) -> Pixels:
    return decode_pdf_page(pdf).pixels


@pytest.mark.parametrize("turns", [1, 2, 3])
def test_pixels_are_turned_exactly(first: ProcessedPage, turns: int) -> None:
    turned = turn_page(first.page, first.pdf, quarter_turns=turns)
    before, after = np.rot90(shown(first.pdf), -turns), shown(turned.pdf)
    assert after.shape == before.shape
    # The viewer scales, the bytes do not; a finer mask may end half a pixel beside the grid.
    size = (after.shape[1] // 3, after.shape[0] // 3)
    small = [
        cv2.resize(np.ascontiguousarray(seen), size, interpolation=cv2.INTER_AREA).astype(int)
        for seen in (before, after)
    ]
    assert np.abs(small[0] - small[1]).mean() < 1.0
    own = (first.page.width_px, first.page.height_px)
    wanted = own if turns == 2 else own[::-1]
    assert (turned.page.width_px, turned.page.height_px) == wanted


@pytest.mark.parametrize("steps", [(1, 3), (2, 2), (1, 1, 1, 1), (3, 2, 3)])
def test_turns_that_make_a_whole_one_give_the_first_page(
    first: ProcessedPage, steps: tuple[int, ...]
) -> None:
    page, pdf = first.page, first.pdf
    for turns in steps:
        turned = turn_page(page, pdf, quarter_turns=turns)
        page, pdf = turned.page, turned.pdf
    assert np.array_equal(shown(pdf), shown(first.pdf))
    assert page.rotated_deg == first.page.rotated_deg
    assert page.outline == first.page.outline
    assert page.problems == first.page.problems


def test_images_are_not_packed_again(first: ProcessedPage) -> None:
    turned = turn_page(first.page, first.pdf, quarter_turns=1)
    assert images_of(turned.pdf) == images_of(first.pdf)


def images_of(pdf: bytes) -> dict[str, bytes]:
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        named = opened.pages[0].Resources.XObject
        return {name: image.read_raw_bytes() for name, image in named.items()}


def test_turns_add_up(first: ProcessedPage) -> None:
    page, pdf, degrees = first.page, first.pdf, []
    for _ in range(4):
        turned = turn_page(page, pdf, quarter_turns=1)
        page, pdf = turned.page, turned.pdf
        degrees.append((page.rotated_deg - first.page.rotated_deg) % 360)
    assert degrees == [90, 180, 270, 0]


def test_what_was_said_of_a_page_stays(first: ProcessedPage) -> None:
    turned = turn_page(first.page, first.pdf, quarter_turns=1).page
    assert turned.codes == first.page.codes
    assert turned.original_is_so
    assert (turned.source, turned.index, turned.dpi) == ("v", 3, first.page.dpi)
    assert turned.size_bytes == len(turn_page(first.page, first.pdf, quarter_turns=1).pdf)


def test_problem_turns_with_its_page(first: ProcessedPage) -> None:
    (glare,) = turn_page(first.page, first.pdf, quarter_turns=1).page.problems
    assert glare.region == Region(left=0.75, top=0.1, right=0.8, bottom=0.4)


def test_outline_begins_where_reading_begins(first: ProcessedPage) -> None:
    outline = Outline(Spot(1, 1), Spot(99, 2), Spot(98, 140), Spot(2, 139))
    page = replace(first.page, outline=outline)
    turned = turn_page(page, first.pdf, quarter_turns=1).page.outline
    assert turned is not None
    assert turned.top_left == outline.bottom_left
    assert turned.top_right == outline.top_left


def test_preview_is_turned_too(first: ProcessedPage) -> None:
    turned = turn_page(first.page, first.pdf, quarter_turns=1)
    preview, before = (
        cv2.imdecode(np.frombuffer(p.preview_jpeg, np.uint8), cv2.IMREAD_GRAYSCALE)
        for p in (turned, first)
    )
    assert preview is not None
    assert before is not None
    expected = cv2.resize(np.rot90(before, -1), (preview.shape[1], preview.shape[0]))
    assert np.abs(preview.astype(int) - expected).mean() < 6


def test_what_is_no_page_is_not_turned(first: ProcessedPage) -> None:
    with pytest.raises(UnreadableFileError):
        turn_page(first.page, b"not a page", quarter_turns=1)
