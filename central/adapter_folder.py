"""Parcels as files in a folder: ``new/`` is filled here, and emptied into ``taken/`` over there."""

import time
from pathlib import Path

from central.adapter import Parcel
from central.files import make_private, replacing, sync_folder

_STALE_S = 24 * 3600


class FolderAdapter:
    """Delivers into a folder that another system looks into.

    That system takes a parcel by renaming it from ``new/`` to ``taken/``: a file in either was
    delivered. Names that begin with a dot are not whole and not for it.
    """

    def __init__(self, folder: Path) -> None:
        self._new = make_private(folder / "new")
        self._taken = make_private(folder / "taken")
        self._sweep()

    def deliver(self, parcel: Parcel) -> None:
        """See :class:`central.adapter.Adapter`: written beside, fsynced, renamed, fsynced."""
        target = self._new / parcel.name
        # Looked for where it goes first: it may be taken between the two looks.
        if target.exists() or (self._taken / parcel.name).exists():
            # Perhaps renamed by a process that died before it could sync the name.
            sync_folder(self._new)
            return
        with replacing(target) as out:
            parcel.write(out)

    def _sweep(self) -> None:
        # What a process that was killed left half written; another node's is younger.
        for half in self._new.glob(".*.new"):
            if time.time() - half.stat().st_mtime > _STALE_S:
                half.unlink(missing_ok=True)


def open_adapter(place: str) -> FolderAdapter:
    """Return the adapter of the folder *place*."""
    return FolderAdapter(Path(place))
