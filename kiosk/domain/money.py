"""Amounts: integer centimes of dirham inside, «1 234,50 DH» for people."""

import re

from kiosk.domain.errors import InvalidInputError

MAX_CENTIMES = 100_000_000_00
NBSP = "\u00a0"
_AMOUNT = re.compile(r"([0-9]{1,9})(?:[.,]([0-9]{1,2}))?")


def parse(text: str) -> int:
    """Read an amount in dirhams («845.50», «1 234,5», «845 DH») into centimes.

    Raises:
        InvalidInputError: Not an amount, zero, or above 100 million dirhams.
    """
    compact = re.sub(r"\s+", "", text[:40]).upper()
    match = _AMOUNT.fullmatch(compact.removesuffix("DHS").removesuffix("DH").removesuffix("MAD"))
    if match is None or len(text) > 40:
        raise InvalidInputError("amount", "not an amount in dirhams")
    centimes = int(match[1]) * 100 + int((match[2] or "").ljust(2, "0"))
    if not 0 < centimes <= MAX_CENTIMES:
        raise InvalidInputError("amount", "must be above zero and at most 100 million dirhams")
    return centimes


def shown(centimes: int) -> str:
    """Return «1 234,50 DH».

    No-break spaces keep the groups in order in right-to-left text (a plain space swaps them).
    """
    dirhams, rest = divmod(centimes, 100)
    return f"{dirhams:,}".replace(",", NBSP) + f",{rest:02d}{NBSP}DH"
