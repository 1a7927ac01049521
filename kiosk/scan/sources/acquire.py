"""The port to a vendor's scanning library on Windows, and the source that drives it.

Whatever library is behind it gives encoded pictures; what it cannot do it says by a named fault.
"""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Protocol

from PIL import Image, UnidentifiedImageError

from kiosk.domain.errors import SourceFault, SourceUnavailableError, WaslError
from kiosk.domain.scans import Colour, Feed, ScanOrder
from kiosk.scan.limits import MAX_CONTAINER_BYTES, MAX_PAGES, MAX_PIXELS
from kiosk.scan.sources.base import RawFrame
from kiosk.scan.sources.collate import numbering

_FORMATS: Final = ("BMP", "DIB", "JPEG", "PNG", "TIFF")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ability:
    """What a device can do."""

    has_feeder: bool
    has_duplex: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How one run is to be scanned, within what the device can do."""

    dpi: int
    is_grey: bool
    is_fed: bool
    is_duplex: bool


class Acquirer(Protocol):
    """A vendor's scanning library. Used from one thread, in the capture child process."""

    def names(self) -> tuple[str, ...]:
        """Return the names of the devices there are now.

        Raises:
            SourceUnavailableError: The library is not installed.
        """

    def ability(self, name: str) -> Ability:
        """Return what a device can do.

        Raises:
            SourceUnavailableError: It is not there.
        """

    def pages(self, name: str, settings: Settings) -> Iterator[bytes]:
        """Yield one encoded picture a page side, as the device gives them.

        Raises:
            SourceUnavailableError: It gives no page, or no more.
        """


class AcquiredSource:
    """The page sides that a device behind an ``Acquirer`` gives."""

    def __init__(self, order: ScanOrder, acquirer: Acquirer, *, name: str | None = None) -> None:
        """Take an order; the device is looked for when frames are asked for."""
        self._order = order
        self._device = order.profile.device.partition(":")[2]
        self._name = order.profile.device if name is None else name
        self._acquirer = acquirer
        self._running: Iterator[bytes] | None = None
        self._sheets_to_turn = 0

    @property
    def backs_left(self) -> int:
        """Sheets to be turned over and scanned again: the device sees one side."""
        return self._sheets_to_turn

    def frames(self, *, first: int = 1) -> Iterator[RawFrame]:
        """Yield one frame a page side; see ``Source.frames``."""
        if self._device not in self._acquirer.names():
            raise SourceUnavailableError(SourceFault.NOT_FOUND, "that scanner is not connected")
        settings = self._settings(self._acquirer.ability(self._device))
        wants_both = self._order.profile.duplex and settings.is_fed
        by_hand = wants_both and not settings.is_duplex
        most = min(self._order.pages or MAX_PAGES, MAX_PAGES) if settings.is_fed else 1
        self.close()
        self._running = self._acquirer.pages(self._device, settings)
        taken = 0
        for content in self._running:
            taken += 1
            index = numbering(taken, by_hand=by_hand, backs_of=self._order.backs_of)
            if index >= first:
                yield RawFrame(source=self._name, index=index, content=_as_tiff(content))
            if taken >= most:
                break
        self.close()
        self._end(taken, by_hand=by_hand)

    def settle(self, index: int, error: WaslError | None) -> None:
        """Do nothing: the paper is still there."""

    def close(self) -> None:
        """End the run; a second call does nothing."""
        running, self._running = self._running, None
        end = getattr(running, "close", None)  # a generator lets its device go when it is closed
        if end is not None:
            end()

    def _end(self, taken: int, *, by_hand: bool) -> None:
        if not taken:
            raise SourceUnavailableError(SourceFault.NO_PAPER, "the scanner gave no page")
        if by_hand and not self._order.backs_of:
            self._sheets_to_turn = taken
        if taken < self._order.backs_of:
            raise SourceUnavailableError(
                SourceFault.BACKS_MISSING, f"{taken} backs of {self._order.backs_of} sheets"
            )

    def _settings(self, ability: Ability) -> Settings:
        profile = self._order.profile
        if profile.feed is Feed.FEEDER and not ability.has_feeder:
            raise SourceUnavailableError(SourceFault.CANNOT, "this scanner has no feeder")
        is_fed = ability.has_feeder and profile.feed is not Feed.FLATBED
        return Settings(
            dpi=profile.dpi,
            is_grey=profile.colour is Colour.GREY,
            is_fed=is_fed,
            is_duplex=is_fed and profile.duplex and ability.has_duplex,
        )


def _as_tiff(content: bytes) -> bytes:
    """Return a picture in a format that the pipeline decodes, with its resolution.

    Raises:
        SourceUnavailableError: It is no picture, or beyond all bounds: a driver that is broken.
    """
    if len(content) > MAX_CONTAINER_BYTES:
        raise SourceUnavailableError(SourceFault.CANNOT, "a page beyond all bounds")
    try:
        with Image.open(io.BytesIO(content), formats=_FORMATS) as image:
            if image.format not in ("BMP", "DIB"):
                return content
            if image.width * image.height > MAX_PIXELS:
                raise SourceUnavailableError(SourceFault.CANNOT, "a page beyond all bounds")
            out = io.BytesIO()
            image.save(out, "TIFF", dpi=image.info.get("dpi", (0, 0)))
            return out.getvalue()
    except (UnidentifiedImageError, OSError, ValueError) as error:
        raise SourceUnavailableError(
            SourceFault.BROKEN_OFF, "the driver gave something that is no picture"
        ) from error
