"""What the pipeline hands back for a frame: a page, or why there is none."""

from dataclasses import dataclass

from kiosk.domain.errors import WaslError
from kiosk.domain.page import Page


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessedPage:
    """A page after the pipeline.

    Attributes:
        page: Its geometry, problems and codes.
        pdf: A PDF of one page that holds the compressed page.
        preview_jpeg: For the screen, at most 1200 px long; drawn from the compressed page.
        thumbnail_jpeg: For lists, at most 240 px long.
        frame: The encoded frame it was cut from, where a person may have to cut it out anew and
            could not find it again; else empty.
        file_pages: How many pages the file has that it came from; 0: not known.
        ink: Where its ink lies (``kiosk.scan.inkprint``), to know the page when it comes again;
            empty where that is too much to keep.
    """

    page: Page
    pdf: bytes
    preview_jpeg: bytes
    thumbnail_jpeg: bytes
    frame: bytes = b""
    file_pages: int = 0
    ink: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameFault:
    """A frame that became no page; the others go on.

    Attributes:
        source: The source, exactly as given.
        index: Position within the source, counted from 1.
        error: ``UnreadableFileError``, ``FileTooLargeError`` or ``EncryptedPdfError``.
    """

    source: str
    index: int
    error: WaslError
