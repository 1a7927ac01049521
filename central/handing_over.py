"""Lets acknowledged items leave through an adapter: each exactly once, whoever dies in between.

One process of all nodes has its turn at a time: two that deliver the same parcel would each find
it missing, and the other system may take the first before the second comes. The parcel is
delivered, then its row goes. A death in between delivers the same name again, which changes nothing
there.
"""

import threading
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from typing import Any, BinaryIO
from uuid import UUID

import structlog
from sqlalchemy import delete, func, select, tuple_

from central import parcels
from central.adapter import Adapter, AdapterError, Parcel
from central.database import Database
from central.errors import TurnTakenError
from central.rounds import in_rounds
from central.schema import items, outgoing
from central.services import Services
from central.turns import StillMine, turn

EVERY_S = 30.0
TURN = "hand-over"
_AT_ONCE = 100
log = structlog.get_logger("central")


@dataclass(frozen=True, slots=True, kw_only=True)
class HandedOver:
    """What one round did, and what it leaves for the next."""

    delivered: int
    failed: int
    waiting: int


def hand_over(
    services: Services, adapter: Adapter, stopping: threading.Event | None = None
) -> HandedOver:
    """Offer everything that waits, oldest first; what fails waits for the next round.

    One that fails, because its document cannot be read or the other side refuses it, holds up
    none of the others.

    Raises:
        TurnTakenError: Another process hands over now; nothing was done.
        TurnLostError: The database ended this one's turn: what was not noted is offered again.
    """
    delivered, failed, last = 0, 0, None
    with turn(services.database, TURN) as still_mine:
        while stopping is None or not stopping.is_set():
            lot = _next(services.database, last)
            if not lot:
                break
            last = lot[-1]
            done = [row.id for row in lot if _deliver(services, adapter, row.id, still_mine)]
            with services.database.writing() as connection:
                connection.execute(delete(outgoing).where(outgoing.c.item_id.in_(done)))
            delivered += len(done)
            failed += len(lot) - len(done)
    return HandedOver(delivered=delivered, failed=failed, waiting=waiting(services.database))


def waiting(database: Database) -> int:
    """Count what has still to leave."""
    with database.reading() as connection:
        return connection.scalar(select(func.count()).select_from(outgoing)) or 0


def handing_over(
    services: Services, adapter: Adapter, every_s: float = EVERY_S
) -> AbstractContextManager[None]:
    """Hand over in a thread of its own, every *every_s*, until the block ends."""

    def act(stopping: threading.Event) -> None:
        try:
            hand_over(services, adapter, stopping)
        except TurnTakenError:
            log.info("handed_over_elsewhere")

    return in_rounds("hand-over", act, every_s=every_s, failed="not_handed_over")


def _next(database: Database, last: Any) -> list[Any]:
    # By when they came, so that a deposit goes before what happened to it.
    place = tuple_(items.c.received_at, items.c.id)
    asked = select(items.c.id, items.c.received_at).join(outgoing, outgoing.c.item_id == items.c.id)
    if last is not None:
        asked = asked.where(place > tuple_(last.received_at, last.id))
    with database.reading() as connection:
        ordered = asked.order_by(items.c.received_at, items.c.id).limit(_AT_ONCE)
        return list(connection.execute(ordered).all())


def _deliver(services: Services, adapter: Adapter, item_id: UUID, still_mine: StillMine) -> bool:
    try:
        with services.database.reading() as connection:
            key = services.keys.acknowledgement
            parcel = parcels.make(connection, item_id, services.blobs, key)
        adapter.deliver(_kept_back(parcel, still_mine))
    except (AdapterError, OSError) as error:
        # The id names no person; the error's text may name a place.
        log.warning("parcel_refused", item=str(item_id), error=type(error).__name__)
        return False
    return True


def _kept_back(parcel: Parcel, still_mine: StillMine) -> Parcel:
    """Return *parcel*, which at its last byte is given up where the turn was lost meanwhile."""

    def write(out: BinaryIO) -> None:
        parcel.write(out)
        still_mine()

    return replace(parcel, write=write)
