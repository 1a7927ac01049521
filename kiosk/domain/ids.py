"""Identifiers made here once and never assigned by anybody else."""

import secrets
from datetime import UTC, datetime, timedelta
from uuid import UUID

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def uuid7(now: datetime) -> UUID:
    """Return a UUIDv7 (RFC 9562, section 5.7): 48 bits of *now* in ms, 74 random bits.

    The time in it only helps indexes; nothing reads an order or a date out of it.
    """
    # Counted, not by timestamp(): a float of that size loses the last millisecond.
    now_ms = (now - _EPOCH) // timedelta(milliseconds=1) & (2**48 - 1)
    value = now_ms << 80 | secrets.randbits(80)
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    return UUID(int=value)
