"""The same dossier deposited twice: seen and noted, never refused.

Two deposits are taken for the same dossier when person, care date and sum agree, whatever kind of
dossier an agent chose, when their sealed documents are the same bytes, or when they are of one
person and hold the same pages (``central.same_pages``).
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import (
    Connection,
    LargeBinary,
    Select,
    bindparam,
    cast,
    distinct,
    func,
    literal_column,
    select,
    union_all,
    update,
)

from central import one_by_one, same_pages
from central.database import insert_once
from central.items import manifest_of
from central.schema import deposits, duplicates, items
from kiosk.domain.moments import rfc3339
from kiosk.wire.manifests import DepositManifest, read_deposit

REASONS: Final = ("same_facts", "same_document", "same_pages")
_mine, _earlier = deposits.alias("mine"), deposits.alias("earlier")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """A deposit that repeats an earlier one.

    ``reason``: ``same_facts``, ``same_document`` or ``same_pages``.
    """

    receipt_number: str
    earlier_number: str
    deposited_at: datetime
    earlier_at: datetime
    reason: str

    @property
    def is_cross_point(self) -> bool:
        """Tell whether two points took it."""
        return self.receipt_number[:5] != self.earlier_number[:5]

    def as_json(self, network: str | None = None) -> dict[str, Any]:
        """Return two numbers, and nothing about a person.

        Who sees a *network* alone learns that its deposit repeats another network's, or is
        repeated there, and neither number nor time of that one.
        """
        number, at = _seen(self.receipt_number, self.deposited_at, network)
        earlier, earlier_at = _seen(self.earlier_number, self.earlier_at, network)
        return {
            "receipt_number": number,
            "earlier": earlier,
            "deposited_at": at,
            "earlier_at": earlier_at,
            "reason": self.reason,
            "cross_point": self.is_cross_point,
        }


def _seen(number: str, at: datetime, network: str | None) -> tuple[str, str] | tuple[None, None]:
    is_seen = network is None or number.startswith(network)
    return (number, rfc3339(at)) if is_seen else (None, None)


def fingerprint(manifest: DepositManifest, immatriculation: str) -> bytes:
    """Return what the same dossier of that person has in common, at whatever point."""
    parts = (immatriculation, manifest.care_date.isoformat(), str(manifest.amount_centimes))
    return hashlib.sha256("|".join(parts).encode("ascii")).digest()


def correct(connection: Connection, deposit_id: UUID, immatriculation: str) -> None:
    """Compare a deposit again once an amendment has said whose it is.

    What was noted by the wrong number is forgotten: it was about somebody else.
    """
    person = same_pages.person_of(immatriculation)
    one_by_one.hold(connection, person, _person(connection, deposit_id))
    facts = fingerprint(read_deposit(manifest_of(connection, deposit_id)), immatriculation)
    connection.execute(
        update(deposits).where(deposits.c.id == deposit_id).values(fingerprint=facts)
    )
    is_side = (duplicates.c.deposit_id == deposit_id) | (duplicates.c.earlier_id == deposit_id)
    is_of_person = duplicates.c.reason.in_(("same_facts", "same_pages"))
    connection.execute(duplicates.delete().where(is_side, is_of_person))
    document = select(items.c.document_sha256).where(items.c.id == deposit_id)
    told = Told(fingerprint=facts, document_sha256=connection.scalar(document))
    flag(connection, deposit_id, told)
    pages = connection.scalar(select(deposits.c.page_hashes).where(deposits.c.id == deposit_id))
    _compare(connection, deposit_id, person, pages)


def complete(connection: Connection, deposit_id: UUID, page_hashes: bytes | None) -> None:
    """Compare a deposit by the pages that came after it, or in the place of its own."""
    if page_hashes is None:
        return
    person = _person(connection, deposit_id)
    one_by_one.hold(connection, person)
    _compare(connection, deposit_id, person, page_hashes)


def _person(connection: Connection, deposit_id: UUID) -> bytes:
    noted = connection.scalar(select(deposits.c.person).where(deposits.c.id == deposit_id))
    if noted is not None:
        return bytes(noted)
    manifest = read_deposit(manifest_of(connection, deposit_id))
    return same_pages.person_of(manifest.insured.immatriculation)


def _compare(
    connection: Connection, deposit_id: UUID, person: bytes, page_hashes: bytes | None
) -> None:
    same_pages.put(connection, deposit_id, person=person, page_hashes=page_hashes)
    if page_hashes is not None:
        flag_pages(connection, deposit_id, person=person, page_hashes=page_hashes)


def flag_pages(
    connection: Connection, deposit_id: UUID, *, person: bytes, page_hashes: bytes
) -> None:
    """Note every earlier deposit of the person that holds the same pages."""
    found = same_pages.found(connection, deposit_id, person=person, page_hashes=page_hashes)
    _note(connection, deposit_id, [(earlier_id, "same_pages") for earlier_id in found])


_OTHERS = (deposits.c.id != bindparam("new"), deposits.c.cancelled_at.is_(None))
_NO_HASHES = cast(None, LargeBinary)
_KEPT = same_pages.KEPT.subquery()
_EARLIER = union_all(
    select(
        deposits.c.id,
        literal_column("'same_facts'").label("reason"),
        _NO_HASHES.label("page_hashes"),
    ).where(deposits.c.fingerprint == bindparam("fingerprint"), *_OTHERS),
    select(deposits.c.id, literal_column("'same_document'"), _NO_HASHES)
    .join(items, items.c.id == deposits.c.id)
    .where(items.c.document_sha256 == bindparam("sha256"), *_OTHERS),
    select(_KEPT.c.id, literal_column("'same_pages'"), _KEPT.c.page_hashes),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a deposit is compared by; where there is no document or hash, nothing has the same."""

    fingerprint: bytes
    document_sha256: bytes | None
    person: bytes | None = None
    page_hashes: bytes | None = None


def flag(connection: Connection, deposit_id: UUID, told: Told) -> None:
    """Note every earlier deposit that has the new one's document, pages, or person, date and sum.

    All is asked in one statement: each costs a node more than what it finds.
    """
    asked = {
        "new": deposit_id,
        "fingerprint": told.fingerprint,
        "sha256": told.document_sha256,
        # NULL equals nothing.
        "person": None if told.page_hashes is None else told.person,
    }
    found: dict[str, list[tuple[UUID, bytes]]] = {}
    for row in connection.execute(_EARLIER, asked):
        found.setdefault(row.reason, []).append((row.id, row.page_hashes))
    # The same facts are told before the same document, and both before the same pages.
    for reason in ("same_facts", "same_document"):
        _note(connection, deposit_id, [(one, reason) for one, _ in found.get(reason, ())])
    same = same_pages.among(found.get("same_pages", ()), told.page_hashes or b"")
    _note(connection, deposit_id, [(one, "same_pages") for one in same])


def _note(connection: Connection, deposit_id: UUID, found: list[tuple[UUID, str]]) -> None:
    for earlier_id, reason in found:
        row = {"deposit_id": deposit_id, "earlier_id": earlier_id, "reason": reason}
        insert_once(connection, duplicates, row)


def count(connection: Connection) -> int:
    """Count the deposits noted as repeating an earlier one, neither being cancelled."""
    counted = _standing(select(func.count(distinct(duplicates.c.deposit_id))))
    return connection.scalar(counted) or 0


def by_reason(connection: Connection) -> dict[str, int]:
    """Count the noted pairs by why they were noted, neither deposit being cancelled."""
    counted = _standing(select(duplicates.c.reason, func.count())).group_by(duplicates.c.reason)
    found = dict.fromkeys(REASONS, 0)
    return found | {reason: pairs for reason, pairs in connection.execute(counted)}


def listed(connection: Connection, *, network: str | None, most: int) -> list[Pair]:
    """Return the newest pairs, those of which *network* took at least one where it is given."""
    asked = _standing(
        select(
            _mine.c.receipt_number,
            _earlier.c.receipt_number.label("earlier_number"),
            _mine.c.deposited_at,
            _earlier.c.deposited_at.label("earlier_at"),
            duplicates.c.reason,
        )
    )
    if network is not None:
        mine, earlier = _mine.c.point.startswith(network), _earlier.c.point.startswith(network)
        asked = asked.where(mine | earlier)
    rows = connection.execute(asked.order_by(_mine.c.deposited_at.desc()).limit(most))
    return [
        Pair(
            receipt_number=row.receipt_number,
            earlier_number=row.earlier_number,
            deposited_at=row.deposited_at,
            earlier_at=row.earlier_at,
            reason=row.reason,
        )
        for row in rows
    ]


def _standing(asked: Select[Any]) -> Select[Any]:
    return (
        asked.select_from(duplicates)
        .join(_mine, _mine.c.id == duplicates.c.deposit_id)
        .join(_earlier, _earlier.c.id == duplicates.c.earlier_id)
        .where(_mine.c.cancelled_at.is_(None), _earlier.c.cancelled_at.is_(None))
    )
