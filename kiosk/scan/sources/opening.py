"""Which source reads which device; a source whose library is missing breaks only itself."""

from importlib import import_module
from pathlib import Path
from typing import Final

from kiosk.domain.errors import SourceFault, SourceUnavailableError
from kiosk.domain.scans import DeviceKind, ScanOrder, kind_of
from kiosk.scan.sources.base import Source
from kiosk.scan.sources.files import FilesSource

SOURCES: Final[dict[DeviceKind, str]] = {
    DeviceKind.FOLDER: "kiosk.scan.sources.folder:FolderSource",
    DeviceKind.SANE: "kiosk.scan.sources.sane:SaneSource",
    DeviceKind.CAMERA: "kiosk.scan.sources.camera:CameraSource",
    DeviceKind.TWAIN: "kiosk.scan.sources.twain:TwainSource",
    DeviceKind.WIA: "kiosk.scan.sources.wia:WiaSource",
}


def open_file(path: Path, name: str) -> Source:
    """Return the source of a file's pages."""
    return FilesSource(path, name=name)


def open_device(order: ScanOrder, *, first: int = 1) -> Source:
    """Return the source that fulfils *order*; nothing is opened yet.

    Args:
        order: Device and how.
        first: Number of the first frame when a run goes on, where the source cannot know.

    Raises:
        SourceUnavailableError: Nothing reads such a device, or not on this machine.
    """
    kind = kind_of(order.profile.device)
    if kind not in SOURCES:
        raise SourceUnavailableError(SourceFault.NOT_FOUND, "no source reads that device")
    module, _, name = SOURCES[kind].partition(":")
    try:
        make = getattr(import_module(module), name)
    except ImportError as error:
        raise SourceUnavailableError(
            SourceFault.NO_DRIVER, f"the library of {kind} devices is not installed"
        ) from error
    source: Source = make(order, first=first) if kind is DeviceKind.FOLDER else make(order)
    return source
