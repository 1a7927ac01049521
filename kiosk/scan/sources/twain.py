"""TWAIN scanners on Windows, through pytwain. Not yet tried on hardware.

Names and constants are those of pytwain 2.3 (``twain.SourceManager``, ``Source.set_capability``,
``dib_to_bm_file``, ``exceptions``) and of the TWAIN 2.5 specification. The library is
loaded when a device is asked for, so that a machine without it loses its TWAIN scanners and
nothing else.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib import import_module
from typing import Any, Final

from kiosk.domain.errors import SourceFault, SourceUnavailableError
from kiosk.domain.scans import ScanOrder
from kiosk.scan.sources.acquire import Ability, AcquiredSource, Settings

_INCHES: Final = 0
_GREY, _RGB = 1, 2
_ALL_PAGES: Final = -1

# Condition codes (TWAIN 2.5, chapter 11) by the names of pytwain's exceptions; it has none for an
# empty feeder, and tells a cancelled transfer then.
_FAULTS: Final = {
    "BadCapability": SourceFault.CANNOT,
    "CapUnsupported": SourceFault.CANNOT,
    "CheckDeviceOnlineError": SourceFault.BROKEN_OFF,
    "DeniedError": SourceFault.DENIED,
    "MaxConnectionsError": SourceFault.BUSY,
    "NoDataSourceError": SourceFault.NOT_FOUND,
    "PaperDoubleFeedError": SourceFault.JAMMED,
    "PaperJam": SourceFault.JAMMED,
    "DSTransferCancelled": SourceFault.NO_PAPER,
}


class PytwainDriver:
    """``acquire.Acquirer`` over pytwain."""

    def __init__(self, library: Any = None) -> None:
        """Remember the library; loaded when first needed if None."""
        self._library = library

    def names(self) -> tuple[str, ...]:
        """Return the names of the TWAIN sources; see ``Acquirer.names``."""
        with self._manager() as (_, manager):
            return tuple(manager.source_list)

    def ability(self, name: str) -> Ability:
        """Return what a source can do; see ``Acquirer.ability``."""
        with self._source(name) as (twain, source):
            has_feeder = self._can(twain, source, "CAP_FEEDERENABLED")
            has_duplex = has_feeder and self._can(twain, source, "CAP_DUPLEXENABLED")
            return Ability(has_feeder=has_feeder, has_duplex=has_duplex)

    def pages(self, name: str, settings: Settings) -> Iterator[bytes]:
        """Yield one BMP a page side; see ``Acquirer.pages``."""
        with self._source(name) as (twain, source):
            self._apply(twain, source, settings)
            source.request_acquire(show_ui=False, modal_ui=False)
            try:
                source.modal_loop()  # until the device says that a page is ready
                more = 1
                while more:
                    handle, more = source.xfer_image_natively()
                    try:
                        yield twain.dib_to_bm_file(handle)
                    finally:
                        twain.global_handle_free(handle)
            finally:
                source.hide_ui()

    def _apply(self, twain: Any, source: Any, settings: Settings) -> None:
        pixel_type = _GREY if settings.is_grey else _RGB
        asked = [
            ("ICAP_UNITS", "TWTY_UINT16", _INCHES),
            ("ICAP_XRESOLUTION", "TWTY_FIX32", float(settings.dpi)),
            ("ICAP_YRESOLUTION", "TWTY_FIX32", float(settings.dpi)),
            ("ICAP_PIXELTYPE", "TWTY_UINT16", pixel_type),
        ]
        if settings.is_fed:
            asked += [
                ("CAP_FEEDERENABLED", "TWTY_BOOL", True),
                ("CAP_AUTOFEED", "TWTY_BOOL", True),
                ("CAP_XFERCOUNT", "TWTY_INT16", _ALL_PAGES),
            ]
        if settings.is_duplex:
            asked.append(("CAP_DUPLEXENABLED", "TWTY_BOOL", True))
        for capability, kind, value in asked:
            # CheckStatus: the device took the nearest value it has.
            with suppress(twain.exceptions.CheckStatus):
                source.set_capability(getattr(twain, capability), getattr(twain, kind), value)

    def _can(self, twain: Any, source: Any, capability: str) -> bool:
        """Tell whether a source knows a capability: one that does not raises."""
        try:
            source.get_capability(getattr(twain, capability))
        except twain.exceptions.TwainError:
            return False
        return True

    @contextmanager
    def _source(self, name: str) -> Iterator[tuple[Any, Any]]:
        with self._manager() as (twain, manager):
            source = manager.open_source(name)
            if source is None:
                raise SourceUnavailableError(SourceFault.NOT_FOUND, "that scanner is not there")
            try:
                yield twain, source
            finally:
                source.close()

    @contextmanager
    def _manager(self) -> Iterator[tuple[Any, Any]]:
        twain = self._loaded()
        try:
            manager = twain.SourceManager(0, ProductName="Wasl")
            try:
                yield twain, manager
            finally:
                manager.close()
        except twain.exceptions.TwainError as error:
            fault = _FAULTS.get(type(error).__name__, SourceFault.BROKEN_OFF)
            raise SourceUnavailableError(
                fault, f"TWAIN stopped with {type(error).__name__}"
            ) from error

    def _loaded(self) -> Any:
        if self._library is None:
            try:
                self._library = import_module("twain")
            except ImportError as error:
                raise SourceUnavailableError(
                    SourceFault.NO_DRIVER, "pytwain is not installed"
                ) from error
        return self._library


class TwainSource(AcquiredSource):
    """The source for ``twain:NAME``."""

    def __init__(self, order: ScanOrder, *, name: str | None = None) -> None:
        super().__init__(order, PytwainDriver(), name=name)
