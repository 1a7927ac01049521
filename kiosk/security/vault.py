"""Device keys in the system's own vault: Credential Manager of Windows, Keychain of macOS."""

import importlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID

from kiosk.security.errors import WrongKeyError
from kiosk.security.keystore import DeviceKeys, read_keys, write_keys

MAX_SECRET_BYTES = 2560
"""What a Windows credential holds (CRED_MAX_CREDENTIAL_BLOB_SIZE, wincred.h), in UTF-16."""
_USER = "device-keys"


class Vault(Protocol):
    """The part of ``keyring.backend.KeyringBackend`` that is needed here."""

    def get_password(self, service: str, username: str) -> str | None:
        """Return a secret; None: there is none of that name."""

    def set_password(self, service: str, username: str, password: str) -> None:
        """Keep a secret, in the place of one of the same name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VaultKind:
    """How ``keyring`` reaches one system's vault.

    Attributes:
        module: Of keyring, loaded only where keys are read or written.
        name: The class in it.
        faults: What it raises beside keyring's own errors, as ``module:class``.
        properties: Set on it before use.
    """

    module: str
    name: str
    faults: tuple[str, ...] = ()
    properties: tuple[tuple[str, str], ...] = ()


VAULTS: dict[str, VaultKind] = {
    "win32": VaultKind(
        module="keyring.backends.Windows",
        name="WinVaultKeyring",
        # keyring lets the system's own error through; pywin32-ctypes names it.
        faults=("win32ctypes.pywin32.pywintypes:error",),
        # keyring's choice, "enterprise", would carry the keys to other machines of the domain.
        properties=(("persist", "local machine"),),
    ),
    "darwin": VaultKind(module="keyring.backends.macOS", name="Keyring"),
}
"""By ``sys.platform``. Named here, not chosen by keyring: its configuration and environment could
put a back-end without encryption in the place of the system's."""


class VaultKeystore:
    """One secret a data folder in the vault of the account that runs the kiosk."""

    def __init__(self, kind: VaultKind) -> None:
        self._kind = kind

    def load(self, store_id: UUID) -> DeviceKeys:
        """Return the keys of a data folder.

        Raises:
            WrongKeyError: None there, damaged, or the vault is locked, gone or refuses.
        """
        kept = self._read(store_id)
        if kept is None:
            raise WrongKeyError("there is no key for this data folder in the keystore")
        return read_keys(kept.encode("utf-8", "replace"), store_id)

    def save(self, keys: DeviceKeys) -> None:
        """Keep new keys, and see that they can be read again; none is ever replaced.

        Raises:
            WrongKeyError: There are some already, or the vault is locked, gone or refuses.
        """
        secret = write_keys(keys).decode("ascii")
        if len(secret.encode("utf-16")) > MAX_SECRET_BYTES:
            raise WrongKeyError("the keystore cannot be written (more than it holds)")
        if self._read(keys.store_id) is not None:
            raise WrongKeyError("the keystore cannot be written (it has keys of that folder)")
        with _opened(self._kind) as vault:
            vault.set_password(_service(keys.store_id), _USER, secret)
        # A vault that only says yes would cost the whole data folder at the next start.
        if self._read(keys.store_id) != secret:
            raise WrongKeyError("the keystore cannot be written (it kept something else)")

    def _read(self, store_id: UUID) -> str | None:
        with _opened(self._kind) as vault:
            return vault.get_password(_service(store_id), _USER)


@contextmanager
def _opened(kind: VaultKind) -> Iterator[Vault]:
    try:
        errors = importlib.import_module("keyring.errors")
        own = tuple(_find(*fault.split(":")) for fault in kind.faults)
        back_end = _find(kind.module, kind.name)
        _ = back_end.priority  # keyring's way to ask: raises where that system is not under it
        vault: Vault = back_end()
    except (ImportError, AttributeError, RuntimeError) as error:
        raise WrongKeyError("the system's keystore is not there") from error
    for name, value in kind.properties:
        setattr(vault, name, value)
    try:
        yield vault
    except errors.KeyringLocked as error:
        raise WrongKeyError("the keystore is locked, or denies this program its keys") from error
    except (errors.InitError, errors.NoKeyringError) as error:
        raise WrongKeyError("the system's keystore is not there") from error
    except (errors.KeyringError, OSError, UnicodeError, *own) as error:
        raise WrongKeyError(f"the keystore refused ({type(error).__name__})") from error


def _find(module: str, name: str) -> Any:
    return getattr(importlib.import_module(module), name)


def _service(store_id: UUID) -> str:
    # One name a folder: Windows keeps two users of one name in an order of its own.
    return f"wasl/{store_id}"
