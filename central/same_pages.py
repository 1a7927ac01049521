"""The same pages deposited again for one person, though date or sum are given otherwise.

A page is known by a perceptual hash of 256 bits of where its ink lies (``page_hashes`` of the
manifest). Taken again at another counter it differs in 9 of them in the median, and the same form
filled in anew in 12, other papers of a kind in up to 80, so that one page tells little and only
deposits of one person are compared, all of their pages together. A person looks at what is found.
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from typing import Final
from uuid import UUID

from sqlalchemy import Connection, bindparam, select, update

from central.schema import deposits
from kiosk.domain.page_hash import BYTES, bits_apart, turned
from kiosk.wire.encoding import unb64

_MOST_BITS: Final = 20
"""Bits that a page may count for: one that is new, or that is held badly, is no more than that."""
_NEAR_BITS: Final = (8.0, 12.0, 13.0, 14.5)
"""Bits by which the pages of a dossier may differ in the mean: of one page, two, three, of more.

Chosen on seeds from 71,000 and 72,000, so that 1 to 2 of 100 other dossiers of the same kinds of
paper are noted (``bench.duplicates``).
"""
_PAGES: Final = 24
_DEPOSITS: Final = 20
"""Pages of a deposit, and newest deposits of a person, that are compared: the cost is bounded."""


def person_of(immatriculation: str) -> bytes:
    """Return what all deposits of one person have in common, 16 bytes."""
    return hashlib.sha256(f"person|{immatriculation}".encode("ascii")).digest()[:16]


def packed(page_hashes: Iterable[str]) -> bytes | None:
    """Return the hashes of a manifest as they are kept, None where there are none."""
    return b"".join(unb64(one) for one in page_hashes) or None


KEPT: Final = (
    select(deposits.c.id, deposits.c.page_hashes)
    .where(
        deposits.c.person == bindparam("person"),
        deposits.c.id != bindparam("new"),
        deposits.c.page_hashes.is_not(None),
        deposits.c.cancelled_at.is_(None),
    )
    .order_by(deposits.c.deposited_at.desc())
    .limit(_DEPOSITS)
)
"""The newest deposits of a *person* but for the *new* one; of no person, which is NULL, none."""


def found(
    connection: Connection, deposit_id: UUID, *, person: bytes, page_hashes: bytes
) -> Iterator[UUID]:
    """Yield the deposits of a person that hold the same pages as a new one."""
    kept = connection.execute(KEPT, {"person": person, "new": deposit_id}).all()
    return among([(row.id, row.page_hashes) for row in kept], page_hashes)


def among(kept: Sequence[tuple[UUID, bytes]], page_hashes: bytes) -> Iterator[UUID]:
    """Yield those of *kept*, each with its hashes, that hold the same pages."""
    if kept:
        mine = [turned(page) for page in _pages(page_hashes)]
        yield from (one for one, hashes in kept if are_same(mine, _pages(hashes)))


def put(
    connection: Connection, deposit_id: UUID, *, person: bytes, page_hashes: bytes | None
) -> None:
    """Keep whose a deposit is, and its pages' hashes."""
    values = {"person": person, "page_hashes": page_hashes}
    connection.execute(update(deposits).where(deposits.c.id == deposit_id).values(values))


def are_same(one: Sequence[tuple[int, ...]], other: Sequence[int]) -> bool:
    """Tell whether two dossiers hold the same pages.

    Args:
        one: For each page its hash, turned by each quarter (``turned``).
        other: For each page its hash.
    """
    if not one or not other:
        return False
    nearest = [min(bits_apart(turns, page) for page in other) for turns in one]
    if len(other) < len(one):
        nearest = [min(bits_apart(turns, page) for turns in one) for page in other]
    counted = [min(bits, _MOST_BITS) for bits in nearest]
    return sum(counted) <= _NEAR_BITS[min(len(counted), len(_NEAR_BITS)) - 1] * len(counted)


def _pages(page_hashes: bytes) -> list[int]:
    kept = page_hashes[: _PAGES * BYTES]
    return [int.from_bytes(kept[at : at + BYTES]) for at in range(0, len(kept), BYTES)]
