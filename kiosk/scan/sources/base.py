"""The port every source of frames fulfils."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Protocol, runtime_checkable

from kiosk.domain.errors import WaslError


class Media(StrEnum):
    """How the content of a frame is encoded."""

    IMAGE = "image"
    PDF = "pdf"


@dataclass(frozen=True, slots=True, kw_only=True)
class RawFrame:
    """One undecoded page side: cheap to hold, nothing in it has been believed yet.

    Attributes:
        source: Where it came from, exactly as given (a path or a device id).
        index: Position within the source, counted from 1.
        content: The encoded file, or where it lies.
        media: What the content is; an image may hold several pages (TIFF).
        page: Which page of the content, counted from 0.
        refusal: Why there is no page in it, when the source knows already.
        file_pages: How many pages the file has that it is from; 0: not known.
    """

    source: str
    index: int
    content: bytes | Path
    media: Media = Media.IMAGE
    page: int = 0
    refusal: WaslError | None = None
    file_pages: int = 0


class Source(Protocol):
    """Something that hands in page sides: a file, a folder, a scanner, a camera.

    Used from one thread, in the capture child process.
    """

    def frames(self, *, first: int = 1) -> Iterator[RawFrame]:
        """Yield the frames in order, beginning with the one numbered *first*.

        Nothing is decoded here, so a damaged page is found when that frame is decoded and the
        others go on.

        Raises:
            UnreadableFileError: There is no page to be had.
            FileTooLargeError: More bytes or pages than a dossier can have.
            EncryptedPdfError: A password is asked for.
            DeviceUnavailableError: The device cannot be used now, or no longer; what it yielded
                before stands.
        """

    def settle(self, index: int, error: WaslError | None) -> None:
        """Hear what became of a frame: its page is kept (None), or why there is none.

        Whoever calls it has made the page durable, or will have by ``LetsGo.all_kept`` where the
        order says so. Until then a source removes nothing.
        """

    def close(self) -> None:
        """Let the file or device go; a second call does nothing."""


@runtime_checkable
class LetsGo(Protocol):
    """A source that lets nothing go before all pages of a run are kept, when so ordered."""

    def all_kept(self, pages: Collection[int]) -> None:
        """Hear which frames are durable; the source may be closed by then.

        Args:
            pages: Their numbers, those too that another process took before it was brought down.

        Raises:
            SourceUnavailableError: Something stays that should have gone.
        """


@runtime_checkable
class TurnsStack(Protocol):
    """A source that takes fronts first, and backs in a run of their own."""

    @property
    def backs_left(self) -> int:
        """Sheets whose backs are still to be scanned, once the frames have ended."""
