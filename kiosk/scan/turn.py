"""Turns a stored page by quarters, without touching what is kept of it."""

import io
from dataclasses import replace
from typing import Final

import pikepdf

from kiosk.domain.errors import UnreadableFileError
from kiosk.domain.page import Outline, Page, Problem, Region
from kiosk.scan.fingerprint import fingerprint
from kiosk.scan.inkprint import pack, print_of
from kiosk.scan.preview import preview_jpegs
from kiosk.scan.processed import ProcessedPage

_QUARTER_DEG: Final = 90


def turn_page(page: Page, pdf: bytes, *, quarter_turns: int) -> ProcessedPage:
    """Return a stored page turned clockwise by *quarter_turns* from how it is stored.

    The PDF only says how it is to be shown, so its images stay as they were, byte for byte, and
    turns that add up to a whole one give the first PDF again. Problems and codes stay; what was
    measured is not measured anew.

    Raises:
        UnreadableFileError: *pdf* is not a page of ours.
    """
    turns = quarter_turns % 4
    turned = _turned_pdf(pdf, turns)
    # Loaded when first needed: the bindings of pdfium hold 5 MB that a child may never use.
    from kiosk.scan.render import decode_pdf_page

    shown = decode_pdf_page(turned).pixels
    preview, thumbnail = preview_jpegs(shown)
    ink = print_of(shown)
    return ProcessedPage(
        page=replace(_turned_page(page, turns, len(turned)), fingerprint=fingerprint(ink)),
        pdf=turned,
        preview_jpeg=preview,
        thumbnail_jpeg=thumbnail,
        ink=pack(ink),
    )


def _turned_pdf(pdf: bytes, turns: int) -> bytes:
    try:
        with pikepdf.open(io.BytesIO(pdf)) as stored:
            if len(stored.pages) != 1:
                raise UnreadableFileError("a stored page is a PDF of one page")
            sheet = stored.pages[0].obj
            degrees = (int(sheet.get("/Rotate", 0)) + turns * _QUARTER_DEG) % 360
            if degrees:
                sheet.Rotate = degrees
            elif "/Rotate" in sheet:
                del sheet.Rotate
            file = io.BytesIO()
            stored.save(file, deterministic_id=True, compress_streams=True)
            return file.getvalue()
    except (pikepdf.PdfError, TypeError, ValueError) as error:
        raise UnreadableFileError("a stored page is no PDF") from error


def _turned_page(page: Page, turns: int, size_bytes: int) -> Page:
    is_across = turns % 2 == 1
    return replace(
        page,
        width_px=page.height_px if is_across else page.width_px,
        height_px=page.width_px if is_across else page.height_px,
        outline=None if page.outline is None else _read_from(page.outline, turns),
        rotated_deg=(page.rotated_deg + turns * _QUARTER_DEG) % 360,
        problems=tuple(
            Problem(kind=problem.kind, region=_turned_region(problem.region, turns))
            for problem in page.problems
        ),
        size_bytes=size_bytes,
    )


def _read_from(outline: Outline, turns: int) -> Outline:
    """Return the corners from the one that is now the top-left of what is read."""
    start = -turns % 4
    return Outline(*outline[start:], *outline[:start])


def _turned_region(region: Region, turns: int) -> Region:
    for _ in range(turns):
        region = Region(
            left=round(1 - region.bottom, 3),
            top=region.left,
            right=round(1 - region.top, 3),
            bottom=region.right,
        )
    return region
