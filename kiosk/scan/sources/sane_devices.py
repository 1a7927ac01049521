"""SANE devices by vendor, model and serial number: a USB address changes with every replug."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from kiosk.domain.errors import SourceFault, SourceUnavailableError
from kiosk.scan.sources import sane_tool

SYSFS: Final = Path("/sys/bus/usb/devices")
_FIELD: Final = "\x1f"
_LISTING: Final = _FIELD.join(("%d", "%v", "%m", "%t")) + "%n"
_MAX_DEVICES: Final = 64
_USB: Final = re.compile(r"libusb:(\d+):(\d+)$")
_SERIAL: Final = re.compile(r"[?&;]serial=([\w.-]+)")
# airscan:e0:Name — the number is that of the discovery, the name is the scanner's own.
_NETWORK: Final = re.compile(r"^airscan:[a-z]\d+:(.+)$")
ANY: Final = "*"
"""In the place of a serial number: one profile for many counters, each with its own scanner."""
_ODD: Final = re.compile(r"[^A-Za-z0-9.]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class SaneDevice:
    """A scanner as SANE lists it now.

    Attributes:
        address: SANE's name, good for this moment only.
        vendor, model: As the driver gives them.
        serial: What tells it from another of its model; empty when the device has none.
    """

    address: str
    vendor: str
    model: str
    serial: str

    @property
    def id(self) -> str:
        """Return what names it for good: ``sane:VENDOR:MODEL:SERIAL``."""
        return ":".join(
            ("sane", *(_plain(part) for part in (self.vendor, self.model, self.serial)))
        )


def list_sane(*, limit_s: float = sane_tool.ASK_LIMIT_S) -> tuple[SaneDevice, ...]:
    """Return the scanners SANE finds now.

    Raises:
        SourceUnavailableError: SANE is not installed, or a driver hangs.
    """
    found = []
    for line in sane_tool.ask(["-f", _LISTING], limit_s=limit_s).splitlines()[:_MAX_DEVICES]:
        fields = line.split(_FIELD)
        if len(fields) == 4:
            address, vendor, model, _ = fields
            serial = serial_of(address)
            found.append(SaneDevice(address=address, vendor=vendor, model=model, serial=serial))
    return tuple(found)


def resolve(device_id: str) -> SaneDevice:
    """Return where the device of *device_id* is now; ``*`` for the serial number takes any.

    Raises:
        SourceUnavailableError: It is not there, or two are alike and neither has a serial number.
    """
    *model, serial = device_id.split(":")
    found = [
        device
        for device in list_sane()
        if device.id == device_id or (serial == ANY and device.id.split(":")[:-1] == model)
    ]
    if not found:
        raise SourceUnavailableError(SourceFault.NOT_FOUND, "that scanner is not connected")
    if len(found) > 1:
        raise SourceUnavailableError(SourceFault.AMBIGUOUS, "two scanners are alike: unplug one")
    return found[0]


def serial_of(address: str, sysfs: Path = SYSFS) -> str:
    """Return what stays the same in an address, or the USB serial number behind it."""
    if usb := _USB.search(address):
        return _usb_serial(int(usb[1]), int(usb[2]), sysfs)
    if given := _SERIAL.search(address):
        return given[1]
    if network := _NETWORK.match(address):
        return network[1]
    return address.partition(":")[2]


def _usb_serial(bus: int, device: int, sysfs: Path) -> str:
    """Read the serial number the kernel knows; many cheap scanners have none."""
    for folder in sorted(sysfs.glob("*")):
        try:
            numbers = [int((folder / name).read_text()) for name in ("busnum", "devnum")]
            if numbers == [bus, device]:
                return (folder / "serial").read_text("utf-8", "replace").strip()
        except (OSError, ValueError):
            continue  # an interface and no device, or one without a serial number
    return ""


def _plain(text: str) -> str:
    return _ODD.sub("-", text).strip("-").lower()
