"""Agents' PINs: which are refused, and how they are kept and compared."""

from itertools import pairwise
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from kiosk.domain.errors import InvalidInputError

# RFC 9106's Argon2id at the least cost OWASP's Password Storage sheet allows: 19 MiB, 2 passes,
# 1 lane. On a two-core machine 90 ms, and an old shop PC has 4 GB for everything.
_HASHER: Final = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
_SHORTEST, _LONGEST = 4, 8
_DIGITS: Final = "0123456789"


def hash_pin(pin: str) -> str:
    """Return the PIN's Argon2id hash in its text form, with cost and salt in it (about 90 ms).

    Raises:
        InvalidInputError: Not 4 to 8 digits, or one that everybody tries first.
    """
    check_pin(pin)
    return _HASHER.hash(pin)


def is_pin(pin: str, kept: str) -> bool:
    """Tell whether a PIN is the one whose hash was kept; takes as long for any PIN."""
    try:
        return _HASHER.verify(kept, pin[: _LONGEST * 2])
    except (VerificationError, InvalidHashError):
        return False


def spend_time(pin: str) -> None:
    """Take as long as comparing would: a name that is not there must answer no sooner."""
    is_pin(pin, _NOBODY)


def check_pin(pin: str) -> None:
    """Refuse what is no PIN, or no secret.

    Raises:
        InvalidInputError: Not 4 to 8 digits; one digit repeated; a run up or down; a group
            repeated; a year of birth.
    """
    if not _SHORTEST <= len(pin) <= _LONGEST or not (pin.isascii() and pin.isdecimal()):
        raise InvalidInputError("pin", "a PIN has 4 to 8 digits")
    if _is_trivial(pin):
        raise InvalidInputError("pin", "this PIN is one that everybody tries first")


def _is_trivial(pin: str) -> bool:
    steps = {(int(after) - int(before)) % 10 for before, after in pairwise(pin)}
    is_run = steps in ({0}, {1}, {9})
    half = len(pin) // 2
    is_repeated = any(
        len(pin) % part == 0 and pin == pin[:part] * (len(pin) // part)
        for part in range(1, half + 1)
    )
    is_year = len(pin) == 4 and 1930 <= int(pin) <= 2039
    return is_run or is_repeated or is_year


_NOBODY: Final = (
    "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5aXN0aGVyZSEh$"
    "S3Fkb2VzIG5vdCBtYXRjaCBhbnkgUElOIGF0IGFsbC4"
)
"""A hash of the same cost that no PIN has."""
