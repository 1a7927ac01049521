"""Keyed hashes by which a deposit is found without keeping who it is about in an index."""

import hashlib
import hmac
from datetime import date


def person_and_day(lookup_key: bytes, immatriculation: str, care_date: date) -> bytes:
    """Return 32 bytes that stand for one person's care of one day."""
    return _keyed(lookup_key, "person-day", immatriculation, care_date.isoformat())


def same_claim(
    lookup_key: bytes, immatriculation: str, care_date: date, kind: str, amount_centimes: int
) -> bytes:
    """Return 32 bytes that two deposits of the same claim share."""
    parts = (immatriculation, care_date.isoformat(), kind, str(amount_centimes))
    return _keyed(lookup_key, "claim", *parts)


def _keyed(key: bytes, *parts: str) -> bytes:
    return hmac.digest(key, "\x1f".join(parts).encode("utf-8"), hashlib.sha256)
