"""Scanners that Windows knows, by the names their drivers give."""

import logging
import sys
from typing import Final

from kiosk.domain.errors import SourceUnavailableError
from kiosk.domain.scans import DeviceKind

_log = logging.getLogger(__name__)
_MAX_DEVICES: Final = 32


def list_windows(system: str = sys.platform) -> tuple[tuple[DeviceKind, str], ...]:
    """Return kind and name of every TWAIN and WIA scanner; none on other systems."""
    if system != "win32":
        return ()
    # Loaded where they can be there only.
    from kiosk.scan.sources.twain import PytwainDriver
    from kiosk.scan.sources.wia import WiaAutomation

    found: list[tuple[DeviceKind, str]] = []
    drivers = ((DeviceKind.TWAIN, PytwainDriver()), (DeviceKind.WIA, WiaAutomation()))
    for kind, driver in drivers:
        try:
            found += [(kind, name) for name in driver.names()[:_MAX_DEVICES]]
        except SourceUnavailableError as error:
            _log.info("no %s scanners: %s", kind, error)
    return tuple(found)
