"""Taking a file out of a shared folder: in hand by one rename, then removed or put aside."""

import contextlib
import logging
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from kiosk.domain.errors import SourceFault, SourceUnavailableError, WaslError
from kiosk.scan.sources.folder_moves import moved, moved_with_words
from kiosk.scan.sources.folder_words import reason_of

IN_HAND: Final = ".wasl-en-cours"
QUARANTINE: Final = "wasl-quarantaine"
_NUMBERED: Final = re.compile(r"(\d{6})~(.+)", re.DOTALL)
_MAX_NAME_CHARS: Final = 120
_log = logging.getLogger(__name__)


class Hands:
    """Moves files of one folder. Each file's name in hand begins with its first page's number."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._in_hand = folder / IN_HAND
        self._quarantine = folder / QUARANTINE

    def held(self) -> Iterator[tuple[Path, int]]:
        """Yield the files a former run left in hand, in their order, with their numbers."""
        if not self._in_hand.is_dir():
            return
        for file in sorted(self._in_hand.iterdir()):
            if (match := _NUMBERED.fullmatch(file.name)) and not file.is_symlink():
                yield file, int(match[1])

    def renumbered(self, file: Path, number: int) -> Path:
        """Return a file in hand under another number.

        Raises:
            SourceUnavailableError: It is gone, or the folder cannot be written.
        """
        wanted = self._in_hand / f"{number:06d}~{_name_of(file)}"
        try:
            file.lstat()  # it may have been taken away since it was listed
            return file if file == wanted else moved(file, wanted)
        except OSError as error:
            raise _broken_off(error) from error

    def take(self, file: Path, number: int) -> Path | None:
        """Return a file in hand; None when somebody else holds it, and it comes again.

        Raises:
            SourceUnavailableError: The folder cannot be written.
        """
        try:
            self._in_hand.mkdir(exist_ok=True)
            name = file.name[-_MAX_NAME_CHARS:]
            return moved(file, self._in_hand / f"{number:06d}~{name}")
        except FileNotFoundError:
            return None  # taken away again
        except PermissionError as error:
            if self._is_writable():
                return None  # still open elsewhere: Windows refuses to rename it
            raise SourceUnavailableError(
                SourceFault.DENIED, "the scan folder cannot be written"
            ) from error
        except OSError as error:
            raise _broken_off(error) from error

    def remove(self, file: Path) -> None:
        """Remove a file whose pages are all kept. One that does not go is offered again."""
        try:
            file.unlink(missing_ok=True)
        except OSError as error:
            _log.warning("a file that is kept cannot be removed: %s", error.strerror)

    def put_aside(self, file: Path, error: WaslError) -> None:
        """Move a file to quarantine, with the reason in a text file beside it."""
        try:
            self._quarantine.mkdir(exist_ok=True)
            moved_with_words(file, self._quarantine / _name_of(file), reason_of(error))
        except OSError as failure:
            _log.warning("a file stays in hand: %s", failure.strerror)

    def _is_writable(self) -> bool:
        probe = self._in_hand / ".probe"
        with contextlib.suppress(OSError):
            probe.touch()
            probe.unlink()
            return True
        return False


def _broken_off(error: OSError) -> SourceUnavailableError:
    return SourceUnavailableError(
        SourceFault.BROKEN_OFF, f"a file cannot be taken ({error.strerror})"
    )


def _name_of(file: Path) -> str:
    """Return the name a file in hand came under."""
    match = _NUMBERED.fullmatch(file.name)
    return match[2] if match else file.name
