"""Whether scans may be taken from a folder as it is on this machine, its links followed."""

from pathlib import Path
from typing import Final

from kiosk.domain.errors import SourceFault, SourceUnavailableError
from kiosk.domain.scan_folders import misplaced, own_home
from kiosk.domain.scans import DeviceKind

_MARKS: Final = ("store.id", "wasl.db")
"""What lies in each data folder of a kiosk (``kiosk.store.folder``)."""


def why_not(device: str, data: Path | None = None) -> str | None:
    """Return why no scans are taken from the folder of a device's id; None when they may be.

    Args:
        device: Id of any device.
        data: The kiosk's data folder, where known; others are known by what lies in them.
    """
    said = misplaced(device, home=own_home(), data=data)
    kind, _, named = device.partition(":")
    if said is not None or kind != DeviceKind.FOLDER:
        return said
    try:
        folder = Path(named).resolve()
        around = [data.resolve()] if data is not None else []
        around += [one for one in (folder, *folder.parents) if _is_kept_in(one)]
        resolved_home = Path(own_home()).resolve()
    except (OSError, RuntimeError, ValueError):  # a loop of links, a name that no disk takes
        return "that folder cannot be looked at"
    reasons = (
        misplaced(f"{kind}:{folder}", home=resolved_home, data=one) for one in (*around, None)
    )
    return next((reason for reason in reasons if reason is not None), None)


def check_place(device: str) -> None:
    """Refuse to take scans from where something else than scans lies.

    Raises:
        SourceUnavailableError: Why, as DENIED.
    """
    said = why_not(device)
    if said is not None:
        raise SourceUnavailableError(SourceFault.DENIED, said)


def _is_kept_in(folder: Path) -> bool:
    return all((folder / mark).exists() for mark in _MARKS)
