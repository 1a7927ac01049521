"""Releasing what is held, handing a shift over, closing the day."""

from collections.abc import Callable, Collection
from datetime import datetime, time, timedelta

from kiosk.desk.receipts import Receipts
from kiosk.domain.agents import UNNAMED, Actor, Task, check_allowed
from kiosk.domain.counting import EpochCount, compare
from kiosk.domain.errors import InvalidInputError
from kiosk.domain.moments import CASABLANCA, ClockReading, ClockTrust, local_date
from kiosk.domain.shifts import DayClosed, ShiftCounts
from kiosk.domain.vocabulary import DepositState
from kiosk.store import agents as agent_rows
from kiosk.store import journal, tally
from kiosk.store.journal import Act, Entry
from kiosk.store.store import Store


class Shifts:
    """What is done with the counter as a whole. Threads: any."""

    def __init__(self, store: Store, receipts: Receipts, clock: Callable[[], ClockReading]) -> None:
        self._store = store
        self._receipts = receipts
        self._clock = clock

    def release(self, by: Actor, receipt: str) -> DepositState:
        """Send a held deposit again, at once; return its state.

        Raises:
            ForbiddenError: This asks for a supervisor, present or by a code.
            UnknownReceiptError: Not a deposit of this kiosk.
            InvalidInputError: Nothing of it is held.
        """
        check_allowed(by, Task.RELEASE)
        number = self._receipts.number_in(receipt)
        reason = f"by_code:{by.by}" if by.by else ""
        return self._store.release(number, self._clock(), by.name, reason)

    def counts(self) -> ShiftCounts:
        """Count what lies at the counter."""
        return tally.at_the_counter(self._store.db.conn)

    def hand_over(self, giver: Actor, taker: Actor) -> ShiftCounts:
        """Note that one agent handed the counter to another; both have signed in for it.

        Raises:
            InvalidInputError: It takes two agents.
            ForbiddenError: One of them does not work at the counter.
        """
        if UNNAMED in (giver, taker) or giver.name == taker.name:
            raise InvalidInputError("to", "a shift is handed over from one agent to another")
        for actor in (giver, taker):
            check_allowed(actor, Task.SHIFT)
        with self._store.change() as connection:
            counts = tally.at_the_counter(connection)
            said = _in_words(counts)
            for act, actor, other in (
                (Act.SHIFT_HANDED_OVER, giver, f"to:{taker.name}"),
                (Act.SHIFT_TAKEN_OVER, taker, f"from:{giver.name}"),
            ):
                agent_rows.check_acts(connection, actor.name)
                entry = Entry(
                    act=act, clock=self._clock(), agent=actor.name, reason=f"{other} {said}"
                )
                journal.append(connection, entry)
        return counts

    def close_day(self, by: Actor, counts: Collection[EpochCount] | None = None) -> DayClosed:
        """Count the day and note it; closing twice counts twice and changes nothing.

        Args:
            by: Who closes it.
            counts: What the central counts just now; None when it could not be asked.

        Raises:
            ForbiddenError: Not somebody of the counter.
        """
        check_allowed(by, Task.SHIFT)
        clock = self._clock()
        day = local_date(clock.utc)
        begins = datetime.combine(day, time(), CASABLANCA)
        ends = datetime.combine(day + timedelta(days=1), time(), CASABLANCA)
        with self._store.change() as connection:
            agent_rows.check_acts(connection, by.name)
            made, cancelled = tally.of_day(connection, begins, ends)
            central = None
            if counts is not None:
                central = compare(tally.numbers_of_day(connection, begins, ends), counts)
            closed = DayClosed(
                day=day,
                is_clock_trusted=clock.trust is ClockTrust.VERIFIED,
                deposits=made,
                cancelled=cancelled,
                now=tally.at_the_counter(connection),
                central=central,
                without_acknowledgement=tally.without_acknowledgement(connection),
            )
            reason = f"deposits:{made} cancelled:{cancelled} {_in_words(closed.now)}"
            if central is not None:
                reason += f" central:{central.of_day} missing:{central.missing_count}"
            entry = Entry(act=Act.DAY_CLOSED, clock=clock, agent=by.name, reason=reason)
            journal.append(connection, entry)
        return closed


def _in_words(counts: ShiftCounts) -> str:
    return f"papers:{counts.papers_in_hand} to_scan:{counts.to_scan} unsent:{counts.unsent}"
