"""The window's staff over the real desk: whoever signed in stands in every act."""

from dataclasses import replace
from uuid import UUID

import pytest

from kiosk.domain.agents import ForbiddenError, WrongPinError
from kiosk.domain.errors import InvalidInputError
from kiosk.domain.vocabulary import AbandonReason, DepositState
from kiosk.staff import WindowDrafts, WindowOverview, WindowStaff
from kiosk.ui import ports, staff_ports
from tests.desk.counter import FORM, FORM_PAGE, Counter
from tests.desk.staff import AMINA, KARIM, PINS, SALMA, WRONG, Machine
from tests.desk.test_agents import journal, told_code
from tests.desk.test_shifts import hold
from tests.enrolled import EnrolledKiosk


@pytest.fixture
def machine(kiosk: EnrolledKiosk) -> Machine:
    return Machine.staffed(kiosk)


@pytest.fixture
def staff(machine: Machine) -> staff_ports.Staff:
    return WindowStaff(machine.kiosk.desk)


def confirm(counter: Counter, staff: staff_ports.Staff, request: int = 1) -> str:
    """Take a dossier at the window; return its number."""
    assert isinstance(staff, WindowStaff)
    drafts: ports.Drafts = WindowDrafts(counter.desk, staff)
    draft_id = drafts.begin()
    drafts.add_pages(draft_id, FORM_PAGE, lambda _: None)
    form = replace(FORM, amount=f"{request},00")
    made = counter.desk.deposits.confirm(draft_id, form, {}, UUID(int=request), staff.name)
    return made.receipt_number


def test_kiosk_without_agents_is_asked_for_nobody(kiosk: EnrolledKiosk, counter: Counter) -> None:
    staff = WindowStaff(kiosk.desk)
    assert not staff.is_asked()
    confirm(counter, staff)


def test_nothing_is_deposited_before_somebody_signed_in_or_after_the_lock(
    counter: Counter, staff: staff_ports.Staff
) -> None:
    assert staff.is_asked()
    with pytest.raises(ForbiddenError):
        confirm(counter, staff)
    staff.sign_in(AMINA, PINS[AMINA])
    confirm(counter, staff)
    staff.sign_out()
    with pytest.raises(ForbiddenError):
        confirm(counter, staff, 2)
    for act in (staff.close_day, lambda: staff.ask_code(KARIM, "C0417A-000131-39")):
        with pytest.raises(ForbiddenError):
            act()


def test_each_act_names_who_did_it(
    machine: Machine, counter: Counter, staff: staff_ports.Staff
) -> None:
    assert isinstance(staff, WindowStaff)
    staff.sign_in(AMINA, PINS[AMINA])
    number = confirm(counter, staff)
    overview: ports.Overview = WindowOverview(counter.desk, staff)
    overview.paper_came_out(number, True)
    drafts: ports.Drafts = WindowDrafts(counter.desk, staff)
    drafts.drop(drafts.begin(), reason=AbandonReason.CLIENT_TAKES_BACK)
    acts = {(act, agent) for act, agent, _ in journal(machine)}
    assert {("deposited", AMINA), ("printed", AMINA), ("abandoned", AMINA)} <= acts
    assert overview.open_prints() == ()


def test_after_the_hand_over_the_other_agent_works(
    machine: Machine, staff: staff_ports.Staff
) -> None:
    staff.sign_in(AMINA, PINS[AMINA])
    with pytest.raises(WrongPinError):
        staff.hand_over(WRONG, SALMA, PINS[SALMA])
    with pytest.raises(WrongPinError):
        staff.hand_over(PINS[AMINA], SALMA, WRONG)
    with pytest.raises(InvalidInputError):
        staff.hand_over(PINS[AMINA], AMINA, PINS[AMINA])
    assert isinstance(staff, WindowStaff)
    assert staff.name == AMINA
    staff.hand_over(PINS[AMINA], SALMA, PINS[SALMA])
    assert staff.name == SALMA
    assert staff.close_day().deposits == 0
    assert journal(machine)[-1][:2] == ("day_closed", SALMA)


def test_supervisor_releases_beside_the_agent_or_over_the_phone(
    machine: Machine, counter: Counter, staff: staff_ports.Staff
) -> None:
    staff.sign_in(AMINA, PINS[AMINA])
    number = confirm(counter, staff)
    hold(machine.kiosk)
    with pytest.raises(ForbiddenError):
        staff.release(number, SALMA, PINS[SALMA])
    with pytest.raises(WrongPinError):
        staff.release(number, KARIM, WRONG)
    assert staff.release(number, KARIM, PINS[KARIM]) is DepositState.QUEUED
    hold(machine.kiosk)
    code = told_code(machine, staff.ask_code(KARIM, number))
    assert staff.release(number, KARIM, code) is DepositState.QUEUED
    released = [entry for entry in journal(machine) if entry[0] == "released"]
    assert released == [("released", KARIM, ""), ("released", AMINA, f"by_code:{KARIM}")]
