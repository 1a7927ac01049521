"""What scans can be taken from on this machine."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """A source that ``scan --device ID`` or FILE arguments can use.

    Attributes:
        id: What names it; stable when it is unplugged and plugged in again.
        name: For people; vendor and model of hardware.
        kind: Which source reads it.
        duplex: Whether it scans both sides in one pass.
    """

    id: str
    name: str
    kind: str
    duplex: bool = False


def list_devices() -> tuple[Device, ...]:
    """Return the sources this build can use: the built-in reader of files, and no scanner yet."""
    return (Device(id="files", name="Files", kind="files"),)
