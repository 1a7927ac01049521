"""The source that reads files: JPEG, PNG, WebP, TIFF with many pages, PDF."""

from collections.abc import Iterator
from pathlib import Path

from kiosk.domain.errors import (
    FileTooLargeError,
    PageLimit,
    TooManyPagesError,
    UnreadableFileError,
    WaslError,
)
from kiosk.scan.decode import count_image_pages
from kiosk.scan.limits import MAX_CONTAINER_BYTES, MAX_IMAGE_BYTES, MAX_PAGES
from kiosk.scan.sources.base import Media, RawFrame

_PDF_HEADER_WITHIN = 1024
_TIFF_MARKS = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")


class FilesSource:
    """The pages of one file."""

    def __init__(self, path: Path, *, name: str | None = None) -> None:
        """Point at *path*; nothing is opened yet.

        Args:
            path: The file.
            name: What the frames give as their source; the path itself when None.
        """
        self._path = path
        self._name = str(path) if name is None else name

    def frames(self, *, first: int = 1) -> Iterator[RawFrame]:
        """Yield one frame a page; see ``Source.frames``."""
        media, pages = _inspect(self._path)
        if pages > MAX_PAGES:
            raise TooManyPagesError(PageLimit.FILE, f"{pages} pages, at most {MAX_PAGES} are taken")
        for index in range(first, pages + 1):
            yield RawFrame(
                source=self._name,
                index=index,
                content=self._path,
                media=media,
                page=index - 1,
                file_pages=pages,
            )

    def settle(self, index: int, error: WaslError | None) -> None:
        """Do nothing: the files stay whose they are."""

    def close(self) -> None:
        """Do nothing: no file stays open between two frames."""


def _inspect(path: Path) -> tuple[Media, int]:
    """Return what *path* holds and how many pages, judged by content and never by suffix."""
    try:
        if not path.is_file():  # a FIFO or a device would block for ever
            raise UnreadableFileError("not a file, or it is not there")
        size = path.stat().st_size
        with path.open("rb") as file:
            start = file.read(_PDF_HEADER_WITHIN)
    except OSError as error:
        raise UnreadableFileError(f"cannot be read: {error.strerror}") from error
    if not start:
        raise UnreadableFileError("the file is empty")
    if b"%PDF-" in start:
        _refuse_above(MAX_CONTAINER_BYTES, size)
        # Loaded when first needed: the bindings of pdfium hold 5 MB that a child may never use.
        from kiosk.scan.render import count_pdf_pages

        return Media.PDF, count_pdf_pages(path)
    is_tiff = start[:4] in _TIFF_MARKS
    _refuse_above(MAX_CONTAINER_BYTES if is_tiff else MAX_IMAGE_BYTES, size)
    return Media.IMAGE, count_image_pages(path) if is_tiff else 1


def _refuse_above(limit: int, size: int) -> None:
    if size > limit:
        raise FileTooLargeError(f"{size} bytes, at most {limit} are taken")
