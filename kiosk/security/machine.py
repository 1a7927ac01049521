"""Which keystore this machine has: the one place that knows."""

import sys
from pathlib import Path

from kiosk.security.creds import MachineKeystore
from kiosk.security.keystore import FileKeystore, Keystore
from kiosk.security.vault import VAULTS, VaultKeystore


def keystore_of(folder: Path, *, is_named: bool, system: str = sys.platform) -> Keystore:
    """Return where the keys of this machine's data folders lie.

    Windows and macOS: the account's vault. Linux: bound to the TPM where there is one, else a
    0600 file.

    Args:
        folder: For keys that lie in files.
        is_named: That folder was asked for (``KIOSK_KEYS``): then the keys lie there on every
            system.
        system: As ``sys.platform`` has it.
    """
    if system not in VAULTS:
        return MachineKeystore(folder)
    return FileKeystore(folder) if is_named else VaultKeystore(VAULTS[system])
