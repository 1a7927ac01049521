"""A system's vault at keyring's own port: encrypted in a file, as small as that of Windows."""

import json
import os
from pathlib import Path
from typing import ClassVar

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from keyring import errors
from keyring.backend import KeyringBackend
from keyring.compat import properties

from kiosk.wire.encoding import b64, unb64


class SystemFault(Exception):
    """What Windows raises through keyring: none of keyring's errors."""


class FileVault(KeyringBackend):
    """Keeps secrets in *file*, encrypted under the account's own.

    Attributes:
        file: Set as a property of keyring.
        fault: Which trouble the system is in: one of ``FAULTS``, or a call that is "forgotten".
    """

    FAULTS: ClassVar[dict[str, Exception]] = {
        "locked": errors.KeyringLocked("The keychain is locked"),
        "denied": errors.KeyringLocked("Keychain Access Denied"),
        "gone": errors.InitError("No such service"),
        "none": errors.NoKeyringError("No recommended backend was available"),
        "refused": errors.PasswordSetError("Unknown Error"),
        "system": SystemFault("(1312, 'CredWrite', 'A specified logon session does not exist')"),
    }
    account_secret: ClassVar[bytes] = os.urandom(32)
    file: str = ""
    fault: str = ""

    @properties.classproperty
    def priority(cls) -> float:
        """Never chosen by keyring itself."""
        return -1

    def get_password(self, service: str, username: str) -> str | None:
        """Return a secret."""
        self._fail()
        kept = self._all().get(f"{username}@{service}")
        if kept is None:
            return None
        raw = unb64(kept)
        try:
            opened = self._cipher().decrypt(raw[:12], raw[12:], service.encode())
        except InvalidTag as error:
            raise errors.KeyringError("Can't get password") from error
        return opened.decode("utf-16-le")

    def set_password(self, service: str, username: str, password: str) -> None:
        """Keep a secret; one that is too large for Windows is refused as there."""
        self._fail()
        if self.fault == "forgotten":
            return
        encoded, nonce = password.encode("utf-16-le"), os.urandom(12)
        if len(encoded) > 2560:
            raise SystemFault("(1783, 'CredWrite', 'The stub received bad data')")
        sealed = nonce + self._cipher().encrypt(nonce, encoded, service.encode())
        kept = self._all() | {f"{username}@{service}": b64(sealed)}
        Path(self.file).write_text(json.dumps(kept))

    def _all(self) -> dict[str, str]:
        file = Path(self.file)
        return json.loads(file.read_text()) if file.exists() else {}

    def _cipher(self) -> ChaCha20Poly1305:
        return ChaCha20Poly1305(self.account_secret)

    def _fail(self) -> None:
        if self.fault in self.FAULTS:
            raise self.FAULTS[self.fault]
