"""Where the last backup lies: known without the database, for when that is what is damaged."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from kiosk.domain.moments import parse_rfc3339, rfc3339
from kiosk.store.errors import DamagedDatabaseError
from kiosk.store.folder import DataFolder

_FILE = "last-backup.json"
_MAX_BYTES = 16 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class LastBackup:
    """A backup that was whole when it was written."""

    path: Path
    created_at: datetime


def note(folder: DataFolder, backup: LastBackup) -> None:
    """Remember *backup* as the last one."""
    fields = {"path": str(backup.path), "created_at": rfc3339(backup.created_at)}
    content = json.dumps(fields).encode("utf-8")
    folder.write(folder.root / _FILE, lambda file: file.write(content))


def read(folder: DataFolder) -> LastBackup | None:
    """Return the last backup; None when none was ever taken, or the note of it is broken."""
    try:
        fields = json.loads((folder.root / _FILE).read_bytes()[:_MAX_BYTES])
        at = parse_rfc3339(str(fields["created_at"]))
        return LastBackup(path=Path(str(fields["path"])), created_at=at)
    except (OSError, ValueError, KeyError, TypeError):
        return None


@contextmanager
def named_when_damaged(folder: DataFolder) -> Iterator[None]:
    """Let a damaged database's error say from where it can be restored."""
    try:
        yield
    except DamagedDatabaseError as error:
        backup = read(folder)
        if backup is None:
            raise
        advice = f"restore the backup of {rfc3339(backup.created_at)} in {backup.path}"
        raise type(error)(f"{error}; {advice}") from error
