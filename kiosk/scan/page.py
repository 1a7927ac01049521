"""The page pipeline: a frame in, a page out. Pure, and used in the capture child process."""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from kiosk.domain.page import Code, Outline, Page, Problem, Spot
from kiosk.domain.vocabulary import ProblemKind
from kiosk.scan import rectify
from kiosk.scan.codes import ReadCode, read_codes
from kiosk.scan.compress import compress_page
from kiosk.scan.cutoff import find_cut
from kiosk.scan.decode import decode_image
from kiosk.scan.deskew import measure_skew
from kiosk.scan.fingerprint import fingerprint
from kiosk.scan.judge import judge_page, measure_sharpness
from kiosk.scan.onepage import write_one_page
from kiosk.scan.orient import find_turns
from kiosk.scan.outline import CONFIDENCE_GATE, find_outline
from kiosk.scan.picture import Floats, Picture, Pixels
from kiosk.scan.preview import PREVIEW_SIDE_PX, preview_jpegs, preview_of
from kiosk.scan.processed import ProcessedPage
from kiosk.scan.rectify import Sheet
from kiosk.scan.render import decode_pdf_page
from kiosk.scan.sources.base import Media, RawFrame
from kiosk.scan.whole import is_whole_page

_MIN_SKEW_DEG: Final = 0.05
_GLANCED_TEXT_PX: Final = 20.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Placement:
    """Where the page lies in its picture, and the one warp that lays it flat and upright.

    Attributes:
        to_page: 3x3 homography from picture pixels to page pixels.
        sheet: Size and resolution of the page.
        corners: (4, 2) in picture pixels, as the page is read; None when the whole frame is taken.
        confidence: 0–1.
        skew_deg: Skew taken out, clockwise.
        turns: Quarter turns applied, clockwise.
        is_uncertain: A page was looked for and not surely found.
    """

    to_page: Floats
    sheet: Sheet
    corners: Floats | None
    confidence: float
    skew_deg: float
    turns: int
    is_uncertain: bool


def decode_frame(frame: RawFrame) -> Picture:
    """Return the frame's pixels.

    Raises:
        UnreadableFileError: Damaged, cut short, or not an image.
        FileTooLargeError: Above the bounds.
        EncryptedPdfError: A password is asked for.
    """
    if frame.media is Media.PDF:
        return decode_pdf_page(frame.content, page=frame.page)
    return decode_image(frame.content, page=frame.page)


def process_frame(frame: RawFrame, *, quarter_turns: int | None = None) -> ProcessedPage:
    """Decode a frame and run every stage on it; see ``process_picture``."""
    picture = decode_frame(frame)
    return process_picture(
        picture, source=frame.source, index=frame.index, quarter_turns=quarter_turns
    )


def process_picture(
    picture: Picture,
    *,
    source: str,
    index: int,
    quarter_turns: int | None = None,
    corners: Floats | None = None,
) -> ProcessedPage:
    """Return the page a picture shows.

    Args:
        picture: The decoded frame.
        source: Goes into the page as it is.
        index: The same.
        quarter_turns: Clockwise turns that set it upright, when a person has said so; found by
            looking at the text when None.
        corners: (4, 2) in picture pixels, clockwise, when a person has set them; looked for when
            None.
    """
    place = place_page(picture, quarter_turns=quarter_turns, corners=corners)
    flat = rectify.lay_flat(picture.pixels, place.to_page, place.sheet)
    return _finished(picture, place, flat, source, index)


def place_page(
    picture: Picture, *, quarter_turns: int | None = None, corners: Floats | None = None
) -> Placement:
    """Find the page in the picture, how it leans and which way up it is.

    What a person has said, *quarter_turns* or *corners*, is taken and not looked for.
    """
    pixels = picture.pixels
    height, width = pixels.shape[:2]
    confidence, uncertain = 1.0, False
    if corners is None and not is_whole_page(picture):
        found = find_outline(pixels)
        confidence = found.confidence if found else 0.0
        if found and confidence >= CONFIDENCE_GATE:
            corners = found.corners
        else:
            uncertain = True
    if corners is None:
        sheet = rectify.shape_of_scan(width, height, picture.dpi)
        scale = np.diag([sheet.width_px / width, sheet.height_px / height, 1.0])
        to_sheet, lean = scale, 0.0
    else:
        sheet = rectify.shape_of_photograph(corners, (width, height), picture.dpi)
        to_sheet = rectify.matrix_to_sheet(corners, sheet)
        lean = _lean_of(corners)
    # The paper's own edges are surer than its lines: those bend with the paper, or stand askew.
    skew = measure_skew(_glance(pixels, to_sheet, sheet)) if corners is None else 0.0
    if abs(skew) >= _MIN_SKEW_DEG:
        to_sheet = rectify.matrix_of_skew(-skew, sheet) @ to_sheet
    turns = quarter_turns
    if turns is None:
        straight = cv2.cvtColor(_glance(pixels, to_sheet, sheet), cv2.COLOR_BGR2GRAY)
        # What is too blurred to be read says nothing about which way up it is.
        is_hopeless = measure_sharpness(straight, _GLANCED_TEXT_PX) == 0.0
        turns = 0 if is_hopeless else find_turns(straight)
    turn, upright = rectify.matrix_of_quarter_turns(turns, sheet)
    return Placement(
        to_page=turn @ to_sheet,
        sheet=upright,
        corners=None if corners is None else np.roll(corners, turns, 0),
        confidence=confidence,
        skew_deg=round(lean + skew, 2),
        turns=turns % 4,
        is_uncertain=uncertain,
    )


def _glance(pixels: Pixels, to_sheet: Floats, sheet: Sheet) -> Pixels:
    """Return the flat page small, for the stages that only look."""
    shrink = min(1.0, 1300 / max(sheet.width_px, sheet.height_px))
    small = Sheet(
        width_px=round(sheet.width_px * shrink),
        height_px=round(sheet.height_px * shrink),
        dpi=max(1, round(sheet.dpi * shrink)),
    )
    scale = np.diag([small.width_px / sheet.width_px, small.height_px / sheet.height_px, 1.0])
    return rectify.lay_flat(pixels, scale @ to_sheet, small)


def _lean_of(corners: Floats) -> float:
    """Return how far the top edge leans from the nearest quarter turn, clockwise degrees."""
    across = corners[1] - corners[0]
    lean = float(np.degrees(np.arctan2(across[1], across[0])))
    return (lean + 45.0) % 90.0 - 45.0


def _finished(
    picture: Picture, place: Placement, flat: Pixels, source: str, index: int
) -> ProcessedPage:
    """Judge, read and compress the flat page."""
    sheet = place.sheet
    verdict = judge_page(flat, sheet.dpi)
    problems = list(verdict.problems)
    if place.is_uncertain:
        problems.append(Problem(kind=ProblemKind.OUTLINE_UNCERTAIN))
    cut = find_cut(
        picture.pixels, place.corners, is_uncertain=place.is_uncertain, turns=place.turns
    )
    if cut is not None:
        problems.append(Problem(kind=ProblemKind.CUT_OFF, region=cut))
    is_blank = any(problem.kind is ProblemKind.BLANK for problem in problems)
    codes = read_codes(flat)
    compressed = compress_page(flat, sheet.dpi, is_blank=is_blank)
    pdf = write_one_page(compressed, sheet.dpi)
    preview, thumbnail = preview_jpegs(preview_of(compressed, PREVIEW_SIDE_PX))
    page = Page(
        source=source,
        index=index,
        width_px=sheet.width_px,
        height_px=sheet.height_px,
        dpi=sheet.dpi,
        outline=None if place.corners is None else _outline(place.corners * picture.reduction),
        outline_confidence=round(place.confidence, 3),
        skew_deg=place.skew_deg,
        rotated_deg=place.turns * 90,
        sharpness=round(verdict.sharpness, 3),
        ink_ratio=round(verdict.ink_ratio, 6),
        fingerprint=fingerprint(flat),
        problems=tuple(problems),
        codes=tuple(_in_source(code, place, picture) for code in codes),
        size_bytes=len(pdf),
    )
    return ProcessedPage(
        page=page,
        pdf=pdf,
        preview_jpeg=preview,
        thumbnail_jpeg=thumbnail,
    )


def _in_source(code: ReadCode, place: Placement, picture: Picture) -> Code:
    back = np.linalg.inv(place.to_page)
    corners = np.c_[code.corners, np.ones(4)] @ back.T
    spots = corners[:, :2] / corners[:, 2:] * picture.reduction
    return Code(format=code.format, text=code.text, outline=_outline(spots))


def _outline(corners: Floats) -> Outline:
    return Outline(*(Spot(round(float(x), 1), round(float(y), 1)) for x, y in corners))
