"""What scans can be taken from on this machine."""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from kiosk.domain.errors import SourceUnavailableError
from kiosk.domain.scans import DeviceKind, ScanProfile, kind_of
from kiosk.scan.sources.camera_devices import list_cameras
from kiosk.scan.sources.sane_devices import list_sane
from kiosk.scan.sources.windows_devices import list_windows

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """A source that ``scan --device ID`` or FILE arguments can use.

    Attributes:
        id: What names it; stable when it is unplugged and plugged in again.
        name: For people; vendor and model of hardware, or what a profile is called.
        kind: Which source reads it.
        duplex: Whether a profile scans both sides with it.
        profile: Whether it is a profile of ``kiosk.toml``; ``device`` is then what it uses.
        device: Id of the device behind it.
    """

    id: str
    name: str
    kind: str
    duplex: bool = False
    profile: bool = False
    device: str = ""


def list_devices(profiles: Sequence[ScanProfile] = ()) -> tuple[Device, ...]:
    """Return the profiles, the reader of files, and every scanner and camera found now.

    A driver that is missing or hangs costs its own devices only, and is logged.
    """
    named = [
        Device(
            id=profile.name,
            name=profile.name,
            kind=str(kind_of(profile.device) or ""),
            duplex=profile.duplex,
            profile=True,
            device=profile.device,
        )
        for profile in profiles
    ]
    files = Device(id="files", name="Files", kind=str(DeviceKind.FILES))
    return (*named, files, *_scanners(), *_cameras(), *_of_windows())


def _scanners() -> Iterator[Device]:
    try:
        for one in list_sane():
            yield Device(id=one.id, name=f"{one.vendor} {one.model}", kind=str(DeviceKind.SANE))
    except SourceUnavailableError as error:
        _log.info("no SANE scanners: %s", error)


def _cameras() -> Iterator[Device]:
    for name, title in list_cameras():
        yield Device(id=name, name=title, kind=str(DeviceKind.CAMERA))


def _of_windows() -> Iterator[Device]:
    for kind, title in list_windows():
        yield Device(id=f"{kind}:{title}", name=title, kind=str(kind))
