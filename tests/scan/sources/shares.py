"""A shared folder as a printer fills it, and runs over it that are quickly done."""

import os
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from kiosk.domain.errors import SourceFault, SourceUnavailableError, WaslError
from kiosk.domain.scans import Keeping
from kiosk.scan.sources.folder import FolderSource
from kiosk.scan.sources.folder_hands import Hands
from kiosk.scan.sources.folder_watch import Patience
from tests.scan.sources.scanners import order

QUICK = Patience(still_s=0.03, unsure_s=0.06, unfinished_s=0.12, growing_s=0.5, look_s=0.01)


def put(share: Path, name: str, shade: int = 250) -> Path:
    """Put one page there, as a printer does."""
    file = share / name
    Image.new("L", (200, 280), shade).save(file)
    os.utime(file, (1_000_000 + shade, 1_000_000 + shade))
    return file


def source(
    share: Path,
    *,
    pages: int = 0,
    first: int = 1,
    wait_s: float = 5.0,  # a busy machine may be away for a second
    quiet_s: float = 0.15,
    patience: Patience = QUICK,
    hands: Hands | None = None,
    keeping: Keeping = Keeping.EACH,
    device: str | None = None,
) -> FolderSource:
    asked = replace(order(device or f"folder:{share}", pages=pages), keeping=keeping)
    return FolderSource(
        asked,
        name="three",
        first=first,
        wait_s=wait_s,
        quiet_s=quiet_s,
        patience=patience,
        hands=hands,
    )


def kept(one: FolderSource) -> list[int]:
    """Take everything and keep it; return the numbers."""
    indexes = []
    for frame in one.frames():
        indexes.append(frame.index)
        one.settle(frame.index, frame.refusal)
    return indexes


def ended(
    one: FolderSource, verdict: WaslError | None = None
) -> tuple[list[int], SourceFault | None]:
    """Take everything with one verdict; return the numbers, and why the run ended, if it says."""
    indexes = []
    try:
        for frame in one.frames():
            indexes.append(frame.index)
            one.settle(frame.index, verdict or frame.refusal)
    except SourceUnavailableError as error:
        return indexes, error.fault
    return indexes, None


def nothing_comes(share: Path) -> bool:
    with pytest.raises(SourceUnavailableError) as caught:
        list(source(share, wait_s=0.2).frames())
    return caught.value.fault is SourceFault.NOTHING_CAME


def lying(share: Path) -> list[str]:
    """Return all files of the share, wherever they lie."""
    return sorted(str(file.relative_to(share)) for file in share.rglob("*") if file.is_file())
