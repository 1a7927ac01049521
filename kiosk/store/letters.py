"""Which letters restored kiosks have taken: two restores of one backup must not share one.

A letter is noted, durably and before it is used, in every place that outlives the data folder:
beside the backup, in the backup, and in the keystore's folder.
"""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from uuid import UUID

from kiosk.durable import write_durable

_LINE = re.compile(r"([A-Z][0-9]{4}[A-Z]) ([0-9a-f-]{36})")
_MAX_BYTES = 64 * 1024


def path_in(folder: Path, store_id: UUID) -> Path:
    """Return the file in *folder* that notes the letters of one store."""
    return folder / f"wasl-{store_id.hex[:8]}.letters"


def taken(files: Sequence[Path]) -> dict[str, UUID]:
    """Return the letters taken, as codes, each with the restore that took it.

    Raises:
        OSError: A file is there and cannot be read: what it says must not be guessed.
    """
    found: dict[str, UUID] = {}
    for file in files:
        try:
            with file.open("rb") as source:
                text = source.read(_MAX_BYTES).decode("ascii", "replace")
        except FileNotFoundError:
            continue
        found |= {code: UUID(by) for code, by in _LINE.findall(text)}
    return found


def note(files: Sequence[Path], code: str, restore_id: UUID) -> None:
    """Note in every file that a restore took a letter; an entry that is there stays.

    Raises:
        OSError: One of them cannot be written: the letter must not be used.
    """
    for file in files:
        known = taken([file])
        if code not in known:
            _write(file, known | {code: restore_id})


def _write(file: Path, letters: Mapping[str, UUID]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    content = "".join(f"{code} {by}\n" for code, by in letters.items()).encode("ascii")
    write_durable(file, lambda target: target.write(content))
