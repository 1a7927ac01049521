"""The settings of the counter: read, and changed with a supervisor's leave, in one place."""

import os
from collections.abc import Callable, Mapping
from pathlib import Path

from kiosk.domain.agents import Actor, Task, check_allowed
from kiosk.domain.counter_settings import CounterSettings, OpeningLanguage, PaperName
from kiosk.domain.errors import InvalidInputError
from kiosk.domain.moments import ClockReading
from kiosk.settings import Settings, changed_text, read_settings
from kiosk.store import agents as agent_rows
from kiosk.store import journal
from kiosk.store.journal import Act, Entry
from kiosk.store.store import Store
from printers.base import PrinterError, open_printer


class SettingsFile:
    """``kiosk.toml`` of the data folder. Threads: any; changes hold from the next start on."""

    def __init__(self, store: Store, clock: Callable[[], ClockReading]) -> None:
        self._store = store
        self._clock = clock

    def read(self) -> CounterSettings:
        """Return what holds at the next start, the environment on top.

        Raises:
            InvalidInputError: The file cannot be used.
        """
        return _shown(read_settings(self._store.folder.settings))

    def change(self, by: Actor, new: CounterSettings) -> tuple[str, ...]:
        """Write what is another than before, durably, and journal its names; return them.

        Raises:
            ForbiddenError: This asks for a supervisor, present or by a code.
            InvalidInputError: A value is refused (``field`` names it), or the environment stands
                above it: nothing was changed.
            StoreError: Nothing was changed.
        """
        check_allowed(by, Task.SETTINGS)
        changes = new.changed_from(self.read())
        self._check(changes)
        if not changes:
            return ()
        text = changed_text(self._store.folder.settings, changes).encode("utf-8")
        names = tuple(changes)
        reason = ",".join(names) + (f" by_code:{by.by}" if by.by else "")
        with self._store.change() as connection:
            agent_rows.check_acts(connection, by.name)
            # Names, not values: a folder's name may be a person's.
            entry = Entry(
                act=Act.SETTINGS_CHANGED, clock=self._clock(), agent=by.name, reason=reason
            )
            journal.append(connection, entry)
            # Last before COMMIT: a file that is refused takes the entry back.
            self._store.folder.write(self._store.folder.settings, lambda file: file.write(text))
        return names

    def _check(self, changes: Mapping[str, str | int]) -> None:
        for name, value in changes.items():
            if f"KIOSK_{name.upper()}" in os.environ:
                raise InvalidInputError(name, "is set by the environment")
            if name == "printer" and value:
                try:
                    open_printer(str(value)).close()
                except PrinterError as error:
                    raise InvalidInputError(name, "is not a printer's address") from error
            if name.startswith("backup_") and value:
                self._check_folder(name, Path(str(value)))

    def _check_folder(self, name: str, folder: Path) -> None:
        if not folder.is_absolute() or "\0" in str(folder):
            raise InvalidInputError(name, "is not the whole path of a folder")
        if folder.resolve().is_relative_to(self._store.folder.root.resolve()):
            raise InvalidInputError(name, "lies in the data folder: a backup there dies with it")


def _shown(settings: Settings) -> CounterSettings:
    return CounterSettings(
        printer=settings.printer,
        paper=PaperName(settings.paper),
        language=OpeningLanguage(settings.language),
        lock_minutes=settings.lock_minutes,
        backup_folder=settings.backup_folder,
        backup_second_folder=settings.backup_second_folder,
    )
