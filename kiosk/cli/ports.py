"""What the commands work on: an opened kiosk, as the composition root makes it."""

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from kiosk.desk import Desk
from kiosk.desk.backups import Restored
from kiosk.link import Enrolled, Link
from kiosk.settings import Settings


class OpenedKiosk(Protocol):
    """One opened data folder."""

    @property
    def settings(self) -> Settings:
        """What a technician and the central have set."""

    @property
    def desk(self) -> Desk:
        """The counter."""

    @property
    def link(self) -> Link:
        """The line."""

    def enrol(self, code: str, url: str, ca_file: Path | None) -> Enrolled:
        """Enrol and keep the answer."""

    def renew_keys(self) -> dict[str, str]:
        """Give this device new signing keys; return their ids."""

    def keep_house(self) -> None:
        """Remove what retention no longer lets lie here."""

    def close(self) -> None:
        """Give everything back."""


class OpenKiosk(Protocol):
    """Opens a data folder (``kiosk.app.open_kiosk``)."""

    def __call__(self, data: Path, *, writing: bool) -> OpenedKiosk:
        """Open *data*, as its one writer or beside it."""


class RestoreKiosk(Protocol):
    """Puts a backup in place (``kiosk.app.restore_kiosk``)."""

    def __call__(
        self, data: Path, place: Path, *, identity: Path | None, lost: Path | None
    ) -> Restored:
        """Restore the backup in *place* into the empty folder *data*."""


OpenWindow = Callable[[Path, bool], int]
"""Shows the window on a data folder until it is closed (``True``: until its first paint)."""
