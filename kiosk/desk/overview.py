"""What waits, and what became of a receipt: never identity or kind of care."""

from collections.abc import Callable, Iterator
from datetime import date, datetime

from kiosk.desk.receipts import Receipts
from kiosk.domain import identifiers
from kiosk.domain.agents import TECHNICIAN
from kiosk.domain.errors import InvalidInputError
from kiosk.domain.moments import ClockReading, bounds_of_day, local_date
from kiosk.domain.views import QUEUE_PAGE, OpenPrint, QueueRow, QueueView, ReceiptStatus
from kiosk.domain.vocabulary import DepositState
from kiosk.domain.words import Words
from kiosk.security.keystore import DeviceKeys
from kiosk.security.lookup import person_and_day
from kiosk.store import deposits as rows
from kiosk.store import memory, messages, prints, queue
from kiosk.store.journal import Act, Entry
from kiosk.store.store import Store

_UNSENT = {DepositState.TO_SCAN, DepositState.QUEUED, DepositState.SENDING}


class Overview:
    """Looks things up. Threads: any."""

    def __init__(
        self,
        store: Store,
        receipts: Receipts,
        keys: DeviceKeys,
        clock: Callable[[], ClockReading],
    ) -> None:
        self._store = store
        self._receipts = receipts
        self._keys = keys
        self._clock = clock

    def queue(self, at_most: int = QUEUE_PAGE, state: DepositState | None = None) -> QueueView:
        """Return what is not purged, or of that what is in one state: totals and newest rows.

        Args:
            at_most: How many rows to bring; see :meth:`each` for all.
            state: Only deposits in that state.
        """
        connection, now = self._store.db.conn, self._clock().utc
        found = queue.totals(connection)
        if state is not None:
            found = {one: total for one, total in found.items() if one is state}
        unsent = [found[one] for one in _UNSENT if one in found]
        waiting = self._store.outbox.waiting()
        return QueueView(
            rows=queue.newest(connection, at_most, state),
            counts={one: found[one].count for one in DepositState if one in found},
            waiting=waiting.waiting,
            oldest_s=_age_s(min((total.oldest for total in unsent), default=None), now),
            waiting_bytes=sum(total.size_bytes for total in unsent),
            next_attempt_at=waiting.next_attempt_at,
            today=queue.of_day(connection, *bounds_of_day(local_date(now))),
            messages=tuple(
                Words(one.text_fr, one.text_ar)
                for one in messages.shown(connection, local_date(now))
            ),
        )

    def each(self, state: DepositState | None = None) -> Iterator[QueueRow]:
        """Yield every deposit not purged, newest first, however many: few are in memory at once.

        Raises:
            StoreError: The database cannot be read.
        """
        return queue.each(self._store.db.conn, state)

    def row(self, receipt_number: str) -> QueueRow | None:
        """Return what the queue says of one number; None when it is not in the queue."""
        return queue.row_of(self._store.db.conn, receipt_number)

    def find(self, text: str, agent: str = "") -> ReceiptStatus:
        """Return the stage of a receipt by its number or QR text, from this kiosk's store.

        *agent* is who asks, for the journal; empty for a command, which asks nobody's PIN.

        Raises:
            NotAReceiptError, BadSignatureError, UnknownKeyError: Not a receipt to be believed.
            UnknownReceiptError: Not a deposit of this kiosk.
        """
        return self._status(self._receipts.number_in(text), agent)

    def find_person(self, immatriculation: str, care_date: date) -> tuple[ReceiptStatus, ...]:
        """Return the receipts of one person's care of one day.

        Raises:
            InvalidInputError: Not an immatriculation.
        """
        judged = identifiers.immatriculation(immatriculation)
        if judged.value is None:
            raise InvalidInputError("immatriculation", str(judged.fault))
        keyed = person_and_day(self._keys.lookup_key, judged.value, care_date)
        found = rows.numbers_by(self._store.db.conn, "person_day", keyed)
        return tuple(self._status(number, "") for number in found)

    def open_prints(self) -> tuple[OpenPrint, ...]:
        """Return receipts whose paper nobody has confirmed, oldest first."""
        return prints.open_prints(self._store.db.conn)

    def paper_came_out(self, receipt_number: str, came_out: bool, agent: str = TECHNICIAN) -> None:
        """Close an open print intent; when it did not come out it stays open to be printed."""
        if came_out:
            self._store.close_prints(receipt_number, Act.PRINTED, self._clock(), agent)

    def _status(self, number: str, agent: str) -> ReceiptStatus:
        stored = self._store.deposit(number)
        told = memory.last_status(self._store.db.conn, number)
        # Told only once it is written down who was asked about, by a command beside a window too.
        self._store.record(
            Entry(act=Act.CONSULTED, clock=self._clock(), receipt_number=number, agent=agent)
        )
        return ReceiptStatus(
            receipt_number=number,
            stage=stored.stage,
            created_at=stored.created_at,
            at=stored.stage_at,
            known_here=True,
            text_fr=told.text_fr if told else "",
            text_ar=told.text_ar if told else "",
            pieces_to_bring=told.pieces_to_bring if told else (),
            reason_codes=told.reason_codes if told else (),
            last_day=told.last_day if told else None,
        )


def _age_s(oldest: datetime | None, now: datetime) -> int | None:
    # A clock set back must not show a negative age.
    return None if oldest is None else max(0, int((now - oldest).total_seconds()))
