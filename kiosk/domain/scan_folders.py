"""Where a folder for scans may lie: everything in it is taken away, or put into quarantine."""

import ntpath
import os.path
import posixpath
from pathlib import PurePath, PurePosixPath, PureWindowsPath

from kiosk.domain.scans import DeviceKind, kind_of


def own_home() -> PurePath:
    """Return the home of whoever runs this, as the system names it; ``~`` where there is none."""
    return PurePath(os.path.expanduser("~"))  # noqa: PTH111 - Path.home() raises there


def misplaced(
    device: str, *, home: PurePath | None = None, data: PurePath | None = None
) -> str | None:
    """Return why no scans are taken from where a device's id points; None when they may be.

    Links are not followed: nothing is looked at. Other devices than folders lie nowhere.

    Args:
        device: As ``folder:PATH``; the path is whole, of whatever system.
        home: The home of whoever runs the kiosk, where known.
        data: A kiosk's data folder, where known.
    """
    if kind_of(device) is not DeviceKind.FOLDER:
        return None
    named = device.partition(":")[2]
    if not named.strip():
        return "no folder is named"
    folder = _whole(named)
    if folder is None:
        return "a scan folder is named by its whole path"
    # The root of a share is what a printer is often given; that of a disk is the machine.
    if folder == folder.parent and not folder.drive.startswith("\\\\"):
        return "the root of a disk is no scan folder"
    if home is not None and folder == _whole(str(home)):
        return "a home is no scan folder"
    kept = None if data is None else _whole(str(data))
    if kept is not None and (folder == kept or kept in folder.parents):
        return "the data folder of a kiosk is no scan folder"
    return None


def _whole(path: str) -> PurePath | None:
    """Return an absolute path without dots; None when it is relative."""
    if PurePosixPath(path).is_absolute():
        # POSIX leaves it open what two slashes mean, and normpath leaves them.
        return PurePosixPath("/" + posixpath.normpath(path).lstrip("/"))
    if PureWindowsPath(path).is_absolute():
        return PureWindowsPath(ntpath.normpath(path))
    return None
