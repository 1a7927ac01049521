"""Releasing what is held, hand-over between two agents, and the clôture."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from kiosk.domain.agents import UNNAMED, Actor, ForbiddenError, Role, Task
from kiosk.domain.counting import CentralCount, EpochCount
from kiosk.domain.errors import InvalidInputError, UnknownReceiptError
from kiosk.domain.moments import CASABLANCA
from kiosk.domain.receipt_number import ReceiptNumber
from kiosk.domain.vocabulary import DepositState, EventKind, HeldReason, PieceKind
from kiosk.store import deposits as rows
from kiosk.sync.ports import Hold
from kiosk.wire.manifests import read_deposit, read_event
from tests.desk.counter import FORM, FORM_PAGE, Counter
from tests.desk.staff import AMINA, KARIM, SALMA, TAREK, Machine
from tests.desk.test_agents import journal, told_code
from tests.enrolled import EnrolledKiosk


@pytest.fixture
def machine(kiosk: EnrolledKiosk) -> Machine:
    return Machine.staffed(kiosk)


def deposit(counter: Counter, agent: str, **typed: str) -> str:
    """Make a deposit in an agent's name; return its number."""
    draft_id = counter.draft(FORM_PAGE)
    request = UUID(int=counter.desk.overview.queue().kept + 1)
    form = replace(FORM, **typed)  # type: ignore[arg-type]
    return counter.desk.deposits.confirm(draft_id, form, {}, request, agent).receipt_number


def hold(kiosk: EnrolledKiosk) -> None:
    """Let the central refuse the oldest deposit for good."""
    outbox, now = kiosk.store.outbox, kiosk.clock.now
    claimed = outbox.claim(now=now, only_due=False, passed=())
    assert claimed is not None
    outbox.settle(claimed.item_id, Hold(reason=HeldReason.REFUSED_FOR_GOOD, error="refused"))


def test_deposit_carries_the_agent_in_manifest_and_journal(
    machine: Machine, counter: Counter
) -> None:
    number = deposit(counter, AMINA)
    stored = machine.kiosk.store.deposit(number)
    assert read_deposit(stored.manifest).agent == AMINA
    counter.desk.events.cancel(number, "taken back", SALMA)
    (manifest,) = rows.event_manifests(machine.kiosk.store.db.conn, number, EventKind.CANCELLATION)
    assert read_event(manifest).agent == SALMA
    acts = journal(machine)
    assert ("deposited", AMINA, "") in acts
    assert ("cancelled", SALMA, "") in acts


@pytest.mark.parametrize("agent", ["technician", "nobody"])
def test_no_deposit_in_the_name_of_nobody_once_there_are_agents(
    machine: Machine, counter: Counter, agent: str
) -> None:
    with pytest.raises(ForbiddenError):
        deposit(counter, agent)
    assert counter.desk.overview.queue().rows == ()


def test_supervisor_releases_what_is_held_and_it_is_due_at_once(
    machine: Machine, counter: Counter
) -> None:
    number = deposit(counter, AMINA)
    hold(machine.kiosk)
    assert counter.desk.shifts.counts().held == 1
    karim = machine.sign_in(KARIM)
    assert counter.desk.shifts.release(karim, number) is DepositState.QUEUED
    assert ("released", KARIM, "") in journal(machine)
    outbox = machine.kiosk.store.outbox
    claimed = outbox.claim(now=machine.kiosk.clock.now, only_due=True, passed=())
    assert claimed is not None
    assert claimed.receipt_number == number


def test_agent_releases_only_with_a_code(machine: Machine, counter: Counter) -> None:
    number = deposit(counter, AMINA)
    hold(machine.kiosk)
    amina = machine.sign_in(AMINA)
    with pytest.raises(ForbiddenError):
        counter.desk.shifts.release(amina, number)
    assert machine.kiosk.store.deposit(number).state is DepositState.HELD
    shown = machine.agents.challenge(amina, KARIM, Task.RELEASE, number)
    allowed = machine.agents.allow(amina, KARIM, told_code(machine, shown), Task.RELEASE, number)
    assert counter.desk.shifts.release(allowed, number) is DepositState.QUEUED
    assert ("released", AMINA, f"by_code:{KARIM}") in journal(machine)


def test_release_of_what_is_not_held_is_refused(machine: Machine, counter: Counter) -> None:
    number, karim = deposit(counter, AMINA), machine.sign_in(KARIM)
    with pytest.raises(InvalidInputError):
        counter.desk.shifts.release(karim, number)
    with pytest.raises(UnknownReceiptError):
        counter.desk.shifts.release(karim, str(ReceiptNumber(device="C0417A", sequence=2)))
    assert not [entry for entry in journal(machine) if entry[0] == "released"]


def test_cancellation_lets_its_held_deposit_go_on(machine: Machine, counter: Counter) -> None:
    number = deposit(counter, AMINA)
    hold(machine.kiosk)
    recorded = counter.desk.events.cancel(number, "taken back", AMINA)
    assert recorded.state is DepositState.CANCELLED
    waiting = machine.kiosk.store.outbox.waiting()
    assert (waiting.waiting, waiting.held) == (2, 0)


def test_two_agents_hand_the_counter_over(machine: Machine, counter: Counter) -> None:
    deposit(counter, AMINA)
    cancelled = deposit(counter, AMINA, amount="12,00")
    counter.desk.events.cancel(cancelled, "taken back", AMINA)
    counter.desk.deposits.receive(
        replace(FORM, amount="9,00"), [(PieceKind.FEUILLE_DE_SOINS, 1)], UUID(int=99), AMINA
    )
    counts = counter.desk.shifts.hand_over(machine.sign_in(AMINA), machine.sign_in(SALMA))
    assert (counts.papers_in_hand, counts.to_scan, counts.unsent, counts.held) == (2, 1, 1, 0)
    said = "papers:2 to_scan:1 unsent:1"
    assert journal(machine)[-2:] == [
        ("shift_handed_over", AMINA, f"to:{SALMA} {said}"),
        ("shift_taken_over", SALMA, f"from:{AMINA} {said}"),
    ]


def test_hand_over_takes_two_agents_of_the_counter(machine: Machine, counter: Counter) -> None:
    amina, tarek = machine.sign_in(AMINA), machine.sign_in(TAREK)
    for giver, taker in ((amina, amina), (UNNAMED, amina), (amina, UNNAMED)):
        with pytest.raises(InvalidInputError):
            counter.desk.shifts.hand_over(giver, taker)
    for giver, taker in (
        (amina, tarek),
        (amina, Actor(name="ghost", role=Role.AGENT)),
    ):
        with pytest.raises(ForbiddenError):
            counter.desk.shifts.hand_over(giver, taker)
    assert not [entry for entry in journal(machine) if entry[0].startswith("shift")]


def test_day_is_closed_with_what_the_central_has_not_said(
    machine: Machine, counter: Counter
) -> None:
    first = deposit(counter, AMINA)
    second = deposit(counter, SALMA, amount="12,00")
    counter.desk.events.cancel(second, "taken back", AMINA)
    closed = counter.desk.shifts.close_day(machine.sign_in(AMINA))
    assert (closed.deposits, closed.cancelled) == (2, 1)
    assert closed.day.isoformat() == "2026-11-23"
    assert closed.is_clock_trusted
    assert closed.central is None
    assert closed.without_acknowledgement == (first, second)
    assert closed.now.papers_in_hand == 1
    last = journal(machine)[-1]
    assert last == (
        "day_closed",
        AMINA,
        "deposits:2 cancelled:1 papers:1 to_scan:0 unsent:1",
    )


def test_day_is_closed_beside_the_central_count(machine: Machine, counter: Counter) -> None:
    first = deposit(counter, AMINA)
    second = deposit(counter, SALMA, amount="12,00")
    count = EpochCount(epoch="C0417A", highest=1, count=1, asked_to=2, missing=((2, 2),))
    closed = counter.desk.shifts.close_day(machine.sign_in(AMINA), [count])
    assert closed.central == CentralCount(of_day=1, missing_count=1, missing=(second,))
    assert closed.without_acknowledgement == (first, second)
    reason = "deposits:2 cancelled:0 papers:2 to_scan:0 unsent:2 central:1 missing:1"
    assert journal(machine)[-1] == ("day_closed", AMINA, reason)


def test_day_begins_at_midnight_in_casablanca(machine: Machine, counter: Counter) -> None:
    midnight = datetime(2026, 11, 24, tzinfo=CASABLANCA).astimezone(UTC)
    machine.kiosk.clock.now = midnight - timedelta(minutes=1)
    deposit(counter, AMINA)
    machine.kiosk.clock.now = midnight + timedelta(minutes=1)
    deposit(counter, AMINA, amount="12,00")
    closed = counter.desk.shifts.close_day(machine.sign_in(AMINA))
    assert (closed.day.isoformat(), closed.deposits) == ("2026-11-24", 1)
    assert closed.now.papers_in_hand == 2
    assert len(closed.without_acknowledgement) == 2


def test_number_without_acknowledgement_is_missed_whatever_the_clock_said(
    machine: Machine, counter: Counter
) -> None:
    number = deposit(counter, AMINA)
    machine.set_wall_clock(timedelta(days=365))
    closed = counter.desk.shifts.close_day(machine.sign_in(AMINA))
    assert closed.deposits == 0
    assert closed.without_acknowledgement == (number,)


def test_kiosk_without_agents_closes_its_day_as_before(counter: Counter) -> None:
    number = counter.deposit().receipt_number
    closed = counter.desk.shifts.close_day(UNNAMED)
    assert closed.without_acknowledgement == (number,)
