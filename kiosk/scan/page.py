"""The page pipeline: a frame in, a page out. Pure, and used in the capture child process."""

from dataclasses import dataclass, replace
from typing import Final

import cv2
import numpy as np

from kiosk.domain.page import Code, Outline, Page, Problem, Region, Spot
from kiosk.domain.vocabulary import ProblemKind
from kiosk.scan import rectify
from kiosk.scan.codes import ReadCode, read_codes
from kiosk.scan.compress import compress_page
from kiosk.scan.cutoff import find_cut
from kiosk.scan.decode import decode_image
from kiosk.scan.deskew import measure_skew
from kiosk.scan.edges import measure_sharpness
from kiosk.scan.faint_edges import find_faint_edges
from kiosk.scan.fingerprint import fingerprint
from kiosk.scan.fingers import SIDE as FINGERS_SIDE
from kiosk.scan.fingers import find_fingers
from kiosk.scan.flat import FlatPage, lay_page
from kiosk.scan.inkprint import pack, print_of
from kiosk.scan.judge import judge_page
from kiosk.scan.onepage import write_one_page
from kiosk.scan.orient import PLAIN_SHARE, WORK_SIDE, find_turns, turn_votes
from kiosk.scan.outline import CONFIDENCE_GATE, find_outline
from kiosk.scan.outline import WORK_SIDE as OUTLINE_SIDE
from kiosk.scan.picture import Floats, Picture, Pixels
from kiosk.scan.preview import PREVIEW_SIDE_PX, preview_jpegs, preview_of
from kiosk.scan.processed import ProcessedPage
from kiosk.scan.rectify import Sheet
from kiosk.scan.shrink import Halvings
from kiosk.scan.sources.base import Media, RawFrame
from kiosk.scan.whole import SIDE as WHOLE_SIDE
from kiosk.scan.whole import is_whole_page

_MM_AN_INCH: Final = 25.4
_MIN_SKEW_DEG: Final = 0.05
_GLANCED_TEXT_PX: Final = 20.0
_LEANS_DEG: Final = (0.0, -3.0, 3.0, -6.0, 6.0)
"""Tried where writing does not stand plainly without the measured one; it bears half as much."""


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


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Laid:
    """A page laid flat, before it is known which way up it is read.

    Attributes:
        to_sheet: 3x3 homography from picture pixels to the sheet.
        sheet: Its size and resolution.
        corners: (4, 2) in picture pixels; None when the whole frame is taken.
        skew_deg: How far it leaned, clockwise.
        glance: The sheet small and grey, where it was looked at already.
    """

    to_sheet: Floats
    sheet: Sheet
    corners: Floats | None = None
    skew_deg: float = 0.0
    glance: Pixels | None = None


class Seen:
    """A picture, and what the stages that only look need of it: smaller, and in grey."""

    def __init__(self, picture: Picture) -> None:
        """Begin with the decoded frame."""
        self.picture = picture
        self.colour = Halvings(picture.pixels)
        grey = picture.grey
        if grey is None:
            grey = cv2.cvtColor(picture.pixels, cv2.COLOR_BGR2GRAY)
        self.grey = Halvings(grey)

    def small(self, side_px: int) -> Picture:
        """Return the picture as small as it may be when *side_px* of its longer side matter."""
        return replace(self.picture, pixels=self.colour.down_to(side_px)[0])


def decode_frame(frame: RawFrame) -> Picture:
    """Return the frame's pixels.

    Raises:
        UnreadableFileError: Damaged, cut short, or not an image.
        FileTooLargeError: Above the bounds.
        EncryptedPdfError: A password is asked for.
    """
    if frame.media is Media.PDF:
        # Loaded when first needed: the bindings of pdfium hold 5 MB that a child may never use.
        from kiosk.scan.render import decode_pdf_page

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
    seen = Seen(picture)
    place = _placed(seen, quarter_turns, corners)
    return _finished(seen, place, flat_page(seen, place), source, index)


def flat_page(seen: Seen, place: Placement) -> FlatPage:
    """Return the page as *place* lays it flat."""
    colour = seen.colour if seen.picture.grey is None else None
    return lay_page(colour, seen.grey, place.to_page, place.sheet)


def place_page(
    picture: Picture, *, quarter_turns: int | None = None, corners: Floats | None = None
) -> Placement:
    """Find the page in the picture, how it leans and which way up it is.

    What a person has said, *quarter_turns* or *corners*, is taken and not looked for.
    """
    return _placed(Seen(picture), quarter_turns, corners)


def _placed(seen: Seen, quarter_turns: int | None, corners: Floats | None) -> Placement:
    picture = seen.picture
    confidence, uncertain, is_whole = 1.0, False, False
    if corners is None:
        is_whole = is_whole_page(seen.small(WHOLE_SIDE))
    if corners is None and not is_whole:
        small, factor = seen.colour.down_to(OUTLINE_SIDE)
        found = find_outline(small)
        confidence = found.confidence if found else 0.0
        if found and confidence >= CONFIDENCE_GATE:
            corners = (found.corners + 0.5) * factor - 0.5
        else:
            uncertain = True
    if corners is None:
        laid = _laid_whole(seen, is_uncertain=uncertain)
        if is_whole and not picture.is_rendered:
            laid = _without_lid(seen, laid)
    else:
        laid = _laid_by(corners, picture)
    turns = quarter_turns
    if turns is None:
        turns = _turns_to_upright(_glance(seen, laid) if laid.glance is None else laid.glance)
    turn, upright = rectify.matrix_of_quarter_turns(turns, laid.sheet)
    return Placement(
        to_page=turn @ laid.to_sheet,
        sheet=upright,
        corners=None if laid.corners is None else np.roll(laid.corners, turns, 0),
        confidence=confidence,
        skew_deg=round(laid.skew_deg, 2),
        turns=turns % 4,
        is_uncertain=uncertain,
    )


def _laid_by(corners: Floats, picture: Picture) -> _Laid:
    """Return how a page with known corners lies.

    The paper's own edges are surer than its lines: those bend with the paper, or stand askew.
    """
    height, width = picture.pixels.shape[:2]
    sheet = rectify.shape_of_photograph(corners, (width, height), picture.dpi)
    return _Laid(
        to_sheet=rectify.matrix_to_sheet(corners, sheet),
        sheet=sheet,
        corners=corners,
        skew_deg=_lean_of(corners),
    )


def _laid_whole(seen: Seen, *, is_uncertain: bool) -> _Laid:
    """Return how the whole frame lies, set level by its writing."""
    height, width = seen.picture.pixels.shape[:2]
    sheet = rectify.shape_of_scan(width, height, seen.picture.dpi)
    to_sheet = np.diag([sheet.width_px / width, sheet.height_px / height, 1.0])
    laid = _Laid(to_sheet=to_sheet, sheet=sheet)
    glance = _glance(seen, laid)
    skew = measure_skew(glance)
    if is_uncertain:
        skew = _plainest(seen, laid, skew)
    if abs(skew) < _MIN_SKEW_DEG:
        return replace(laid, glance=glance)
    laid = replace(laid, to_sheet=rectify.matrix_of_skew(skew, sheet) @ to_sheet, skew_deg=skew)
    return replace(laid, glance=_glance(seen, laid))


def _without_lid(seen: Seen, whole: _Laid) -> _Laid:
    """Return how the page alone lies, where its edges show on a lid as light as paper."""
    if whole.glance is None:
        return whole
    scale = whole.sheet.scale_to(WORK_SIDE)
    found = find_faint_edges(whole.glance, whole.sheet.dpi * scale / _MM_AN_INCH)
    if found is None:
        return whole
    to_picture = np.linalg.inv(rectify.matrix_to_glance(whole.to_sheet, scale))
    corners = cv2.perspectiveTransform(found[None], to_picture)[0]
    # A scanner sees no perspective: the paper keeps its own aspect, to the pixel.
    across, down = (
        np.linalg.norm(corners[1] - corners[0]),
        np.linalg.norm(corners[3] - corners[0]),
    )
    sheet = rectify.shape_of_scan(round(float(across)), round(float(down)), seen.picture.dpi)
    left, top = np.maximum(found.min(0).astype(int), 0)
    right, bottom = found.max(0).astype(int) + 1
    return _Laid(
        to_sheet=rectify.matrix_to_sheet(corners, sheet),
        sheet=sheet,
        corners=corners,
        skew_deg=_lean_of(corners),
        glance=np.ascontiguousarray(whole.glance[top:bottom, left:right]),
    )


def _glance(seen: Seen, laid: _Laid) -> Pixels:
    """Return the flat page small and grey, for the stages that only look."""
    scale = laid.sheet.scale_to(WORK_SIDE)
    return rectify.glance_at(seen.grey, laid.to_sheet, laid.sheet, scale)


def _plainest(seen: Seen, laid: _Laid, measured: float) -> float:
    """Return the skew without which writing stands plainly, whichever way up.

    Of a photograph that is taken whole, the measured one may be that of a chequered cloth.
    """
    best, skew = 0.0, measured
    for lean in (measured, *_LEANS_DEG):
        straight = rectify.matrix_of_skew(lean, laid.sheet) @ laid.to_sheet
        votes, weight = turn_votes(_glance(seen, replace(laid, to_sheet=straight)))
        plainness = float(votes.max()) / max(weight, 1.0)
        if plainness > best:
            best, skew = plainness, lean
        if plainness > PLAIN_SHARE:
            break
    return skew


def _turns_to_upright(straight: Pixels) -> int:
    turns = find_turns(straight)
    # What is too blurred to be read says nothing about which way up it is.
    if turns and measure_sharpness(straight, _GLANCED_TEXT_PX) == 0.0:
        return 0
    return turns


def _lean_of(corners: Floats) -> float:
    """Return how far the top edge leans from the nearest quarter turn, clockwise degrees."""
    across = corners[1] - corners[0]
    lean = float(np.degrees(np.arctan2(across[1], across[0])))
    return (lean + 45.0) % 90.0 - 45.0


def _finished(
    seen: Seen, place: Placement, flat: FlatPage, source: str, index: int
) -> ProcessedPage:
    """Judge, read and compress the flat page."""
    picture, sheet = seen.picture, place.sheet
    verdict = judge_page(flat.grey, sheet.dpi)
    problems = list(verdict.problems)
    if place.is_uncertain:
        problems.append(Problem(kind=ProblemKind.OUTLINE_UNCERTAIN))
    cut = _cut_of(seen, place) or _under_fingers(seen, place)
    if cut is not None:
        problems.append(Problem(kind=ProblemKind.CUT_OFF, region=cut))
    is_blank = any(problem.kind is ProblemKind.BLANK for problem in problems)
    codes = read_codes(flat.grey)
    compressed = compress_page(flat, sheet.dpi, is_blank=is_blank)
    pdf = write_one_page(compressed, sheet.dpi)
    shown = preview_of(compressed, PREVIEW_SIDE_PX)
    preview, thumbnail = preview_jpegs(shown)
    ink = print_of(shown)
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
        fingerprint=fingerprint(ink),
        problems=tuple(problems),
        codes=tuple(_in_source(code, place, picture) for code in codes),
        size_bytes=len(pdf),
    )
    return ProcessedPage(
        page=page,
        pdf=pdf,
        preview_jpeg=preview,
        thumbnail_jpeg=thumbnail,
        ink=pack(ink),
    )


def _cut_of(seen: Seen, place: Placement) -> Region | None:
    small, factor = seen.colour.down_to(OUTLINE_SIDE)
    corners = None if place.corners is None else (place.corners + 0.5) / factor - 0.5
    return find_cut(small, corners, is_uncertain=place.is_uncertain, turns=place.turns)


def _under_fingers(seen: Seen, place: Placement) -> Region | None:
    if place.corners is None or seen.picture.grey is not None:
        return None  # only what is photographed in colour is held by a hand that shows
    scale = place.sheet.scale_to(FINGERS_SIDE)
    return find_fingers(rectify.glance_at(seen.colour, place.to_page, place.sheet, scale))


def _in_source(code: ReadCode, place: Placement, picture: Picture) -> Code:
    back = np.linalg.inv(place.to_page)
    corners = np.c_[code.corners, np.ones(4)] @ back.T
    spots = corners[:, :2] / corners[:, 2:] * picture.reduction
    return Code(format=code.format, text=code.text, outline=_outline(spots))


def _outline(corners: Floats) -> Outline:
    return Outline(*(Spot(round(float(x), 1), round(float(y), 1)) for x, y in corners))
