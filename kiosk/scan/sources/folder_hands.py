"""Taking a file out of a shared folder: in hand by one rename, then removed or put aside."""

import errno
import logging
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from uuid import uuid4

from kiosk.domain.errors import SourceFault, SourceUnavailableError, WaslError
from kiosk.scan.sources.folder_moves import moved, moved_with_words, short
from kiosk.scan.sources.folder_state import content_of, is_in_use
from kiosk.scan.sources.folder_words import reason_of

IN_HAND: Final = ".wasl-en-cours"
QUARANTINE: Final = "wasl-quarantaine"
_NUMBERED: Final = re.compile(r"(\d{6})~(.+)", re.DOTALL)
_log = logging.getLogger(__name__)


class Hands:
    """Moves files of one folder. Each file's name in hand begins with its first page's number.

    Attributes:
        went_back: How many files were written while they were read, and are in the folder again.
        trouble: What went wrong first with a single file: it keeps no other from being taken, and
            is told when the run has ended.
    """

    def __init__(self, folder: Path) -> None:
        self.went_back = 0
        self.trouble: SourceUnavailableError | None = None
        self._folder = folder
        self._in_hand = folder / IN_HAND
        self._quarantine = folder / QUARANTINE

    def held(self) -> Iterator[tuple[Path, int]]:
        """Yield the files a former run left in hand, in their order, with their numbers.

        Raises:
            SourceUnavailableError: They cannot be listed.
        """
        if not self._in_hand.is_dir():
            return
        try:
            files = sorted(self._in_hand.iterdir())
        except OSError as error:
            said = "what is in hand cannot be listed"
            raise SourceUnavailableError(SourceFault.DENIED, said) from error
        for file in files:
            if (match := _NUMBERED.fullmatch(file.name)) and not file.is_symlink():
                yield file, int(match[1])

    def renumbered(self, file: Path, number: int) -> Path | None:
        """Return a file in hand under another number; None when it cannot be had."""
        wanted = self._in_hand / f"{number:06d}~{_name_of(file)}"
        try:
            file.lstat()  # it may have been taken away since it was listed
            return file if file == wanted else moved(file, wanted)
        except FileNotFoundError:
            self._note(SourceFault.BROKEN_OFF, "a file in hand is gone")
        except OSError as error:
            self._note_left(error)
        return None

    def take(self, file: Path, number: int) -> Path | None:
        """Return a file in hand; None when it cannot be taken, and stays where it is.

        Raises:
            SourceUnavailableError: The folder cannot be written, so no file can.
        """
        try:
            self._in_hand.mkdir(exist_ok=True)
            return moved(file, self._in_hand / f"{number:06d}~{short(file.name)}")
        except FileNotFoundError:
            return None  # taken away again
        except OSError as error:
            self._refuse_unwritable(error)
            if sys.platform != "win32" or not isinstance(error, PermissionError):
                self._note_left(error)
            return None  # on Windows it may be open elsewhere, and is tried again

    def put_back(self, file: Path) -> None:
        """Let a file in hand be offered again, under a name that no printer gives."""
        wanted = self._folder / f"{uuid4().hex[:8]}-{short(_name_of(file))}"
        try:
            moved(file, wanted)
            self.went_back += 1
        except FileNotFoundError:
            _log.warning("a file in hand was taken away")  # nothing of it is left to be taken
        except OSError as error:
            self._note_left(error)

    def remove(self, file: Path, as_read: bytes | None) -> None:
        """Remove a file whose pages are all kept, if it holds what it held when it was read.

        Whoever had it open when it was taken may go on writing: then it is offered again, since
        what came after is in none of its pages. One that does not go is offered again too.

        Args:
            file: In hand.
            as_read: SHA-256 of its content before its pages were counted, where it could be had.
        """
        if as_read is None or content_of(file) != as_read or is_in_use(file):
            _log.warning("a file was written while it was read: it is taken again")
            self.put_back(file)
            return
        try:
            file.unlink(missing_ok=True)
        except OSError as error:
            self._note_left(error)

    def put_aside(self, file: Path, error: WaslError) -> None:
        """Move a file to quarantine, with the reason in a text file beside it."""
        try:
            self._quarantine.mkdir(exist_ok=True)
            moved_with_words(file, self._quarantine / _name_of(file), reason_of(error))
        except OSError as failure:
            self._note_left(failure)

    def _note_left(self, error: OSError) -> None:
        self._note(
            SourceFault.FILES_LEFT, f"a file stays in the scan folder ({error.strerror or error})"
        )

    def _note(self, fault: SourceFault, message: str) -> None:
        _log.warning("%s", message)
        self.trouble = self.trouble or SourceUnavailableError(fault, message)

    def _refuse_unwritable(self, cause: OSError) -> None:
        """Tell a folder into which nothing can be written from one file that cannot be moved."""
        probe = self._in_hand / ".probe"
        try:
            probe.touch()
            probe.unlink()
        except FileNotFoundError:
            return  # the folder is gone: who looks into it next says so
        except OSError as error:
            fault = SourceFault.BROKEN_OFF
            if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
                fault = SourceFault.DENIED
            raise SourceUnavailableError(fault, "the scan folder cannot be written") from cause


class TiedHands(Hands):
    """Moves and removes nothing: nobody keeps the pages that are read."""

    def renumbered(self, file: Path, number: int) -> Path:
        """Return the file as it is."""
        return file

    def take(self, file: Path, number: int) -> Path:
        """Return the file where it lies."""
        return file

    def put_back(self, file: Path) -> None:
        """Leave it: it never left."""

    def remove(self, file: Path, as_read: bytes | None) -> None:
        """Leave it."""

    def put_aside(self, file: Path, error: WaslError) -> None:
        """Leave it; the answer says what is wrong with it."""


def _name_of(file: Path) -> str:
    """Return the name a file in hand came under."""
    match = _NUMBERED.fullmatch(file.name)
    return match[2] if match else file.name
