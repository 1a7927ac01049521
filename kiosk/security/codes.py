"""One-time codes told over the phone: a challenge read out, a code read back, no network.

The kiosk shows a challenge (a letter for the task, eight digits). The supervisor's side computes
HMAC-SHA256 over it under the seed that was shown when the supervisor was added, and cuts it to
eight digits as RFC 4226 section 5.3 does. A challenge is used once and takes three tries.
"""

import base64
import binascii
import hashlib
import hmac
import secrets
from typing import Final

from kiosk.domain.agents import Task
from kiosk.domain.errors import InvalidInputError

SEED_BYTES: Final = 20
TRIES: Final = 3
_DIGITS: Final = 8
_CONTEXT: Final = b"wasl-one-time-code-1\x1f"
TASK_LETTER: Final = {Task.RELEASE: "R", Task.SETTINGS: "S", Task.AGENTS: "A"}


def new_seed() -> bytes:
    """Return the secret that a supervisor's side and the kiosk share, 20 bytes."""
    return secrets.token_bytes(SEED_BYTES)


def seed_text(seed: bytes) -> str:
    """Return a seed as it is written down: base32 in groups of four."""
    text = base64.b32encode(seed).decode("ascii")
    return " ".join(text[at : at + 4] for at in range(0, len(text), 4))


def read_seed(text: str) -> bytes:
    """Return the seed that was written down.

    Raises:
        InvalidInputError: Not a seed.
    """
    try:
        seed = base64.b32decode("".join(text.split()).upper()[:64])
    except (binascii.Error, ValueError) as error:
        raise InvalidInputError("seed", "is not a seed of ours") from error
    if len(seed) != SEED_BYTES:
        raise InvalidInputError("seed", "is not a seed of ours")
    return seed


def new_challenge(task: Task) -> str:
    """Return a challenge never to be guessed ahead: ``R48217730``."""
    return TASK_LETTER[task] + f"{secrets.randbelow(10**_DIGITS):0{_DIGITS}d}"


def read_challenge(text: str) -> tuple[str, Task]:
    """Return a challenge as kept, and the task it asks for, from what was read out.

    Raises:
        InvalidInputError: Not a challenge.
    """
    kept = "".join(text.split()).upper()
    tasks = {letter: task for task, letter in TASK_LETTER.items()}
    digits = kept[1:]
    if kept[:1] not in tasks or len(digits) != _DIGITS or not (kept.isascii() and digits.isdigit()):
        raise InvalidInputError("challenge", "is one letter and eight digits")
    return kept, tasks[kept[0]]


def code_for(seed: bytes, challenge: str) -> str:
    """Return the eight digits that answer a challenge."""
    digest = hmac.digest(seed, _CONTEXT + challenge.encode("ascii"), hashlib.sha256)
    at = digest[-1] & 0x0F
    number = int.from_bytes(digest[at : at + 4], "big") & 0x7FFF_FFFF
    return f"{number % 10**_DIGITS:0{_DIGITS}d}"


def is_code(seed: bytes, challenge: str, told: str) -> bool:
    """Tell whether *told* answers the challenge; spaces in it do not matter."""
    kept = "".join(told.split()).encode("utf-8", "replace")
    return hmac.compare_digest(code_for(seed, challenge).encode("ascii"), kept)
