"""A second place that knows the last number shown: a rolled-back database cannot repeat one."""

import json
import os
from pathlib import Path

from kiosk.store.errors import DamagedDatabaseError, named_faults
from kiosk.store.folder import DataFolder

_SIZE = 256


def note(folder: DataFolder, epoch: str, number: int) -> None:
    """Record, durably, that *number* was committed. Called after COMMIT, before it is shown."""
    line = json.dumps({"epoch": epoch, "number": number}).encode("ascii").ljust(_SIZE - 1) + b"\n"
    with named_faults():
        if not folder.high_water.exists():
            # Whole under its name or not there at all: an empty file would refuse every start.
            folder.write(folder.high_water, lambda file: file.write(line))
            return
        # Some file systems write elsewhere what is written in place: that needs room too.
        folder.reserve.finish(lambda: _overwrite(folder.high_water, line))


def _overwrite(file: Path, line: bytes) -> None:
    # One block overwritten in place: shorter than a sector, so it is old or new, never torn.
    handle = os.open(file, os.O_WRONLY)
    try:
        os.pwrite(handle, line, 0) if hasattr(os, "pwrite") else os.write(handle, line)
        os.fsync(handle)
    finally:
        os.close(handle)


def read(folder: DataFolder) -> tuple[str, int] | None:
    """Return the last epoch and number noted; None before the first.

    Raises:
        DamagedDatabaseError: The file is not what :func:`note` wrote.
    """
    with named_faults():
        try:
            content = folder.high_water.read_bytes()[:_SIZE]
        except FileNotFoundError:
            return None
    try:
        fields = json.loads(content)
        return str(fields["epoch"]), int(fields["number"])
    except (ValueError, KeyError, TypeError) as error:
        raise DamagedDatabaseError("the high-water file of receipt numbers is broken") from error
