"""The settings that may be changed at the counter."""

import hashlib
from dataclasses import asdict, astuple, dataclass
from enum import StrEnum

LEAST_LOCK_MINUTES = 1
MOST_LOCK_MINUTES = 60


class PaperName(StrEnum):
    """Papers a receipt can be drawn for."""

    ROLL_80 = "80mm"
    ROLL_58 = "58mm"
    A5 = "a5"
    A4 = "a4"


class OpeningLanguage(StrEnum):
    """In which language the window opens."""

    FRENCH = "fr"
    ARABIC = "ar"


@dataclass(frozen=True, slots=True, kw_only=True)
class CounterSettings:
    """What stands in the settings file and may be changed beside a supervisor.

    Attributes:
        printer: Address of the printer, as ``escpos://HOST:9100``; empty: none.
        paper: What lies in it.
        language: Of the window when it opens.
        lock_minutes: How long nothing may be touched before whoever works signs in again.
        backup_folder: Where backups go each hour; empty: nowhere.
        backup_second_folder: A second place for them; empty: none.
    """

    printer: str
    paper: PaperName
    language: OpeningLanguage
    lock_minutes: int
    backup_folder: str
    backup_second_folder: str

    def fingerprint(self) -> str:
        """Return 32 digits that stand for these values and no others: a code is asked for them."""
        text = "\x1f".join(map(str, astuple(self)))
        return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:32]

    def changed_from(self, before: "CounterSettings") -> dict[str, str | int]:
        """Return the settings that are others than *before*, with their values for the file."""
        old = asdict(before)
        return {
            name: str(value) if isinstance(value, str) else value
            for name, value in asdict(self).items()
            if value != old[name]
        }
