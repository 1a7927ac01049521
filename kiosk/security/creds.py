"""Device keys bound to this machine by systemd-creds: to its TPM, or to the host's own secret."""

import contextlib
import shutil
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal
from uuid import UUID

from kiosk.durable import create_durable, make_durable
from kiosk.security.errors import WrongKeyError
from kiosk.security.keystore import DeviceKeys, FileKeystore, read_keys, write_keys

_TIMEOUT_S = 30.0
_MAX_BYTES = 256 * 1024


class CredsKeystore:
    """One encrypted credential a data folder, which only this machine opens.

    Args:
        folder: Where the credentials lie; never the data folder.
        program: Path of ``systemd-creds``.
        bound_to: ``tpm2``, or ``host``: that secret lies on the same disk, so it does not survive
            theft of the whole disk.
    """

    def __init__(
        self, folder: Path, program: str, bound_to: Literal["tpm2", "host"] = "tpm2"
    ) -> None:
        self._folder = folder
        self._program = program
        self._bound_to = bound_to

    def load(self, store_id: UUID) -> DeviceKeys:
        """Return the keys of a data folder.

        Raises:
            WrongKeyError: No credential, another machine's, or one that is damaged.
        """
        path = self._path(store_id)
        if not path.exists():
            raise WrongKeyError("there is no key for this data folder in the keystore")
        opened = self._run(("decrypt", f"--name={path.stem}", str(path), "-"), b"")
        return read_keys(opened, store_id)

    def save(self, keys: DeviceKeys) -> None:
        """Write a new credential durably; an existing one is never replaced.

        Raises:
            WrongKeyError: It cannot be made or written.
        """
        path = self._path(keys.store_id)
        sealed = self._run(
            ("encrypt", f"--with-key={self._bound_to}", f"--name={path.stem}", "-", "-"),
            write_keys(keys),
        )
        try:
            make_durable(self._folder)
            create_durable(path, sealed)
        except OSError as error:
            raise WrongKeyError(f"the keystore cannot be written ({error.strerror})") from error

    def _path(self, store_id: UUID) -> Path:
        return self._folder / f"{store_id}.cred"

    def _run(self, arguments: Sequence[str], given: bytes) -> bytes:
        # Keys go through pipes alone: arguments can be read by every program of the machine.
        try:
            ran = subprocess.run(  # noqa: S603 a fixed program, arguments of our own
                (self._program, *arguments),
                input=given,
                capture_output=True,
                timeout=_TIMEOUT_S,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise WrongKeyError("the keystore does not answer") from error
        if ran.returncode != 0 or not 0 < len(ran.stdout) <= _MAX_BYTES:
            raise WrongKeyError("the keystore is locked, or is another machine's")
        return ran.stdout


def find_tpm() -> str | None:
    """Return the path of ``systemd-creds`` if it can bind keys to a TPM; else None."""
    program = shutil.which("systemd-creds")
    if program is None:
        return None
    try:
        ran = subprocess.run(  # noqa: S603 found on the system's path
            (program, "has-tpm2", "--quiet"),
            capture_output=True,
            timeout=_TIMEOUT_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return program if ran.returncode == 0 else None


class MachineKeystore:
    """Binds new keys to the TPM where there is one, and keeps them in a 0600 file elsewhere."""

    def __init__(self, folder: Path, find: Callable[[], str | None] = find_tpm) -> None:
        self._folder = folder
        self._file = FileKeystore(folder)
        self._find = find

    def load(self, store_id: UUID) -> DeviceKeys:
        """Return the keys of a data folder, from where they were kept.

        Raises:
            WrongKeyError: There are none here, or they cannot be opened.
        """
        if not (self._folder / f"{store_id}.cred").exists():
            return self._file.load(store_id)
        program = shutil.which("systemd-creds")
        if program is None:
            raise WrongKeyError("the keys are bound to this machine, and systemd-creds is gone")
        return CredsKeystore(self._folder, program).load(store_id)

    def save(self, keys: DeviceKeys) -> None:
        """Keep new keys; a TPM that this account may not use is as good as none.

        Raises:
            WrongKeyError: The folder cannot be written.
        """
        program = self._find()
        if program is not None:
            with contextlib.suppress(WrongKeyError):
                CredsKeystore(self._folder, program).save(keys)
                return
        self._file.save(keys)
