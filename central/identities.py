"""age identities: what opens sealed manifests and sealed documents. No device's call needs any."""

from collections.abc import Iterator
from pathlib import Path

import pyrage
from pyrage.x25519 import Identity

from central import keys
from kiosk.domain.errors import UnreadableFileError

Identities = tuple[Identity, ...]
_MAX_IDENTITY_BYTES = 64 * 1024


def read_identities(file: Path) -> Identities:
    """Return the identities in a key file, as ``age-keygen`` writes it.

    Raises:
        UnreadableFileError: It cannot be read, or holds none.
    """
    try:
        with file.open("rb") as source:
            lines = source.read(_MAX_IDENTITY_BYTES).decode("ascii").splitlines()
        found = tuple(_read(lines))
    except (OSError, ValueError, pyrage.IdentityError) as error:
        raise UnreadableFileError("the identity file cannot be read") from error
    if not found:
        raise UnreadableFileError("the identity file holds no age identity")
    return found


def intake_identities(data: Path, file: Path | None) -> Identities:
    """Return what opens sealed manifests: *file*, else the demonstration key where it still lies.

    Nothing when there is neither.

    Raises:
        UnreadableFileError: As :func:`read_identities`.
    """
    if file is not None:
        return read_identities(file)
    demo = keys.demo_folder(data) / "intake.age"
    return read_identities(demo) if demo.is_file() else ()


def _read(lines: list[str]) -> Iterator[Identity]:
    for line in lines:
        if line.strip() and not line.startswith("#"):
            yield Identity.from_str(line.strip())
