"""Cameras plugged into this machine, by names that stay when they are unplugged."""

from pathlib import Path
from typing import Final

BY_ID: Final = Path("/dev/v4l/by-id")
_PICTURES: Final = "-index0"
"""A camera's further nodes carry no pictures but what is known about them."""


def list_cameras(folder: Path = BY_ID) -> tuple[tuple[str, str], ...]:
    """Return id and title of each camera; udev's names hold vendor, model and serial number.

    Elsewhere than on Linux a camera is named by its number: ``camera:0``.
    """
    found = sorted(folder.glob(f"*{_PICTURES}")) if folder.is_dir() else []
    return tuple((f"camera:{link}", _title(link.name)) for link in found)


def _title(name: str) -> str:
    return name.removeprefix("usb-").removesuffix(_PICTURES).replace("_", " ")
