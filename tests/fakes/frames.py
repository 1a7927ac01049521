"""Pages cut out of their pictures by given corners, without the page pipeline."""

from dataclasses import replace

from PIL import Image

from kiosk.domain.errors import InvalidInputError, UnreadableFileError
from kiosk.domain.page import Outline
from kiosk.domain.views import DraftPage, FrameView
from kiosk.domain.vocabulary import ProblemKind
from tests.fakes.papers import jpeg

_SETTLED = (ProblemKind.OUTLINE_UNCERTAIN, ProblemKind.CUT_OFF)


def frame_of(page: DraftPage) -> FrameView:
    """Return the whole picture that a page came from."""
    picture = _picture_of(page)
    return FrameView(jpeg=jpeg(picture, 1200), width_px=picture.width, height_px=picture.height)


def cut_out(known: DraftPage, outline: Outline) -> DraftPage:
    """Return a page cut out of its picture; its edges are doubtful no more."""
    if not outline.is_sheet():
        raise InvalidInputError("outline", "not a sheet")
    wide = max(abs(outline.top_right.x - outline.top_left.x), 1)
    high = max(abs(outline.bottom_left.y - outline.top_left.y), 1)
    corners = (outline.top_left, outline.bottom_left, outline.bottom_right, outline.top_right)
    quad = tuple(value for spot in corners for value in spot)
    size = round(wide), round(high)
    cut = _picture_of(known).transform(size, Image.Transform.QUAD, quad)
    page = replace(
        known.page,
        outline=outline,
        outline_confidence=1.0,
        width_px=cut.width,
        height_px=cut.height,
        problems=tuple(one for one in known.page.problems if one.kind not in _SETTLED),
    )
    return DraftPage(
        page_id=known.page_id,
        page=page,
        preview_jpeg=jpeg(cut, 1200),
        thumbnail_jpeg=jpeg(cut, 160),
    )


def _picture_of(page: DraftPage) -> Image.Image:
    try:
        with Image.open(page.page.source) as opened:
            return opened.convert("RGB")
    except (OSError, ValueError) as error:
        raise UnreadableFileError("not there any more") from error
