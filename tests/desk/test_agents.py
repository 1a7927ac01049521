"""Signing in, the lock-out that nothing shortens, roles, and codes told over the phone."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

import pytest

from kiosk.desk.agents import Agents, answer_challenge
from kiosk.domain.agents import (
    UNNAMED,
    Actor,
    ForbiddenError,
    LockedOutError,
    Role,
    Task,
    WrongPinError,
)
from kiosk.domain.errors import InvalidInputError
from kiosk.security import pins
from kiosk.store import agents as rows
from kiosk.store.agents import Secret
from tests.desk.staff import AMINA, KARIM, PINS, SALMA, TAREK, WRONG, Machine
from tests.enrolled import EnrolledKiosk

NUMBER = "C0417A-000001-54"


@pytest.fixture
def machine(kiosk: EnrolledKiosk) -> Machine:
    return Machine.staffed(kiosk)


def journal(machine: Machine) -> list[tuple[str, str, str]]:
    """Return act, agent and reason of every entry."""
    found = machine.kiosk.store.db.conn.execute("SELECT act, agent, reason FROM journal")
    return [tuple(row) for row in found]


def lock(machine: Machine, name: str = AMINA, wrong: int = 3) -> None:
    """Type wrong PINs until the next one has to wait."""
    for _ in range(wrong):
        with pytest.raises(WrongPinError):
            machine.sign_in(name, WRONG)


def test_name_and_pin_let_an_agent_in(machine: Machine) -> None:
    for name, role in (
        (AMINA, Role.AGENT),
        (KARIM, Role.SUPERVISOR),
        (TAREK, Role.TECHNICIAN),
    ):
        actor = machine.sign_in(name)
        assert (actor.name, actor.role) == (name, role)
    assert machine.agents.sign_in(" AMINA ", PINS[AMINA]).name == AMINA


@pytest.mark.parametrize("name", ["nobody", "technician", "", "a b", "x" * 5_000, "'; --"])
def test_name_that_is_not_there_is_refused_like_a_wrong_pin(machine: Machine, name: str) -> None:
    with pytest.raises(WrongPinError) as unknown:
        machine.agents.sign_in(name, PINS[AMINA])
    with pytest.raises(WrongPinError) as wrong:
        machine.sign_in(AMINA, WRONG)
    assert str(unknown.value) == str(wrong.value)


def test_three_wrong_pins_lock_out_even_the_right_one(machine: Machine) -> None:
    lock(machine)
    with pytest.raises(LockedOutError) as refused:
        machine.sign_in(AMINA)
    assert 0 < refused.value.wait_s <= 30
    assert ("locked_out", AMINA, "pin") in journal(machine)
    assert machine.sign_in(SALMA).name == SALMA


def test_wait_doubles_with_each_further_wrong_pin(machine: Machine) -> None:
    lock(machine)
    for expected_s in (30, 60, 120, 240):
        with pytest.raises(LockedOutError) as refused:
            machine.sign_in(AMINA)
        assert expected_s - 15 <= refused.value.wait_s <= expected_s
        machine.wait(expected_s)
        with pytest.raises(WrongPinError):
            machine.sign_in(AMINA, WRONG)


def test_looking_while_locked_makes_no_wait_longer(machine: Machine) -> None:
    lock(machine)
    for _ in range(5):
        with pytest.raises(LockedOutError):
            machine.sign_in(AMINA)
    machine.wait(30)
    assert machine.sign_in(AMINA).name == AMINA


def test_right_pin_forgets_the_wrong_ones(machine: Machine) -> None:
    lock(machine, wrong=2)
    machine.sign_in(AMINA)
    lock(machine, wrong=2)
    machine.sign_in(AMINA)


def test_lock_out_survives_a_restart_of_the_program(machine: Machine) -> None:
    lock(machine)
    machine.restart_program()
    with pytest.raises(LockedOutError):
        machine.sign_in(AMINA)
    machine.wait(30)
    machine.sign_in(AMINA)


def test_lock_out_survives_a_restart_of_the_machine(machine: Machine) -> None:
    machine.kiosk.clock.monotonic_ms = 50_000_000
    lock(machine)
    machine.restart_machine("boot-2")
    with pytest.raises(LockedOutError):
        machine.sign_in(AMINA)
    machine.wait(30)
    machine.sign_in(AMINA)


def test_time_since_the_start_counts_after_a_restart(machine: Machine) -> None:
    machine.kiosk.clock.monotonic_ms = 50_000_000
    lock(machine)
    machine.restart_machine("boot-2", up_for_s=60)
    machine.sign_in(AMINA)


@pytest.mark.parametrize("boot", ["boot-2", ""])
def test_failures_count_on_across_restarts(machine: Machine, boot: str) -> None:
    lock(machine, wrong=2)
    machine.restart_machine(boot)
    lock(machine, wrong=1)
    with pytest.raises(LockedOutError):
        machine.sign_in(AMINA)


@pytest.mark.parametrize(
    "jump",
    [timedelta(days=-365), timedelta(days=365), timedelta(hours=1), timedelta(hours=-1)],
)
def test_setting_the_wall_clock_changes_no_wait(machine: Machine, jump: timedelta) -> None:
    lock(machine)
    machine.set_wall_clock(jump)
    with pytest.raises(LockedOutError) as refused:
        machine.sign_in(AMINA)
    assert refused.value.wait_s <= 30
    machine.restart_program()
    machine.set_wall_clock(-2 * jump)
    with pytest.raises(LockedOutError):
        machine.sign_in(AMINA)
    machine.wait(30)
    machine.sign_in(AMINA)


def test_program_killed_while_it_compares_gives_no_free_try(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A guesser that ends the program once the answer is not immediate."""

    def killed(_pin: str, _kept: str) -> bool:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(pins, "is_pin", killed)
        for _ in range(3):
            with pytest.raises(KeyboardInterrupt):
                machine.sign_in(AMINA, WRONG)
            machine.restart_program()
    with pytest.raises(LockedOutError):
        machine.sign_in(AMINA)


class InMemoryOnly(Agents):
    """The broken variant: wrong tries are forgotten with the program."""

    def sign_in(self, name: str, pin: str) -> Actor:
        """Sign in, and leave nothing of a wrong try on disk."""
        try:
            return super().sign_in(name, pin)
        except WrongPinError:
            with self._store.change() as connection:
                rows.forget_tries(connection, name, Secret.PIN)
            raise


def guesses_taken(machine: Machine, agents: Callable[[], Agents], tries: int = 12) -> int:
    """Guess and restart the program each time; return how many guesses were compared."""
    taken = 0
    for _ in range(tries):
        with suppress(LockedOutError):
            try:
                agents().sign_in(AMINA, WRONG)
            except WrongPinError:
                taken += 1
        machine.restart_program()
    return taken


def test_restarting_gives_no_further_guess_and_a_lock_out_in_memory_is_caught(
    machine: Machine,
) -> None:
    assert guesses_taken(machine, lambda: machine.agents) == 3
    with machine.kiosk.store.change() as connection:
        rows.forget_tries(connection, AMINA, Secret.PIN)
    broken = guesses_taken(
        machine, lambda: InMemoryOnly(machine.kiosk.store, machine.kiosk.clock.read)
    )
    assert broken == 12, "the check must tell a lock-out that a restart forgets"


def test_pin_is_nowhere_in_the_clear(
    machine: Machine, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    pin, wrong = "71830495", "60318274"  # long enough not to stand anywhere by chance
    machine.agents.reset_pin(machine.sign_in(AMINA), AMINA, pin)
    machine.sign_in(AMINA, pin)
    for _ in range(3):
        with pytest.raises(WrongPinError) as refused:
            machine.sign_in(AMINA, wrong)
        assert wrong not in str(refused.value)
    connection = machine.kiosk.store.db.conn
    tables = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall()
    kept = [
        row
        for (table,) in tables
        for row in connection.execute(f"SELECT * FROM {table}").fetchall()  # noqa: S608
    ]
    files = [one.read_bytes() for one in machine.kiosk.folder.root.rglob("*") if one.is_file()]
    said = capfd.readouterr()
    for secret in (pin, wrong):
        assert secret not in repr(kept)
        assert not any(secret.encode() in content for content in files)
        assert secret not in caplog.text + said.out + said.err


def test_first_agent_is_added_by_whoever_sets_the_kiosk_up(kiosk: EnrolledKiosk) -> None:
    agents = kiosk.desk.agents
    assert not agents.exist()
    added = agents.add(UNNAMED, KARIM, Role.SUPERVISOR, PINS[KARIM])
    assert added.seed is not None
    assert agents.exist()
    with pytest.raises(ForbiddenError):
        agents.add(UNNAMED, AMINA, Role.AGENT, PINS[AMINA])
    with pytest.raises(ForbiddenError):
        agents.add(UNNAMED, SALMA, Role.SUPERVISOR, PINS[SALMA])
    with pytest.raises(ForbiddenError):
        agents.disable(UNNAMED, KARIM)
    with pytest.raises(ForbiddenError):
        agents.reset_pin(UNNAMED, KARIM, PINS[AMINA])


def test_kiosk_with_agents_but_no_supervisor_takes_its_first_one(kiosk: EnrolledKiosk) -> None:
    agents = kiosk.desk.agents
    agents.add(UNNAMED, AMINA, Role.AGENT, PINS[AMINA])
    with pytest.raises(ForbiddenError):
        agents.add(UNNAMED, SALMA, Role.AGENT, PINS[SALMA])
    agents.add(UNNAMED, KARIM, Role.SUPERVISOR, PINS[KARIM])


@pytest.mark.parametrize("name", [AMINA, TAREK])
def test_only_a_supervisor_manages_agents(machine: Machine, name: str) -> None:
    actor = machine.sign_in(name)
    with pytest.raises(ForbiddenError):
        machine.agents.add(actor, "new", Role.AGENT, "3917")
    with pytest.raises(ForbiddenError):
        machine.agents.disable(actor, SALMA)
    with pytest.raises(ForbiddenError):
        machine.agents.reset_pin(actor, SALMA, "3917")
    machine.agents.reset_pin(actor, name, "3917")
    assert machine.sign_in(name, "3917").name == name


def test_reset_pin_ends_the_lock_out_and_the_old_pin(machine: Machine) -> None:
    lock(machine)
    machine.agents.reset_pin(machine.sign_in(KARIM), AMINA, "3917")
    with pytest.raises(WrongPinError):
        machine.sign_in(AMINA)
    assert machine.sign_in(AMINA, "3917").name == AMINA
    assert ("pin_reset", KARIM, AMINA) in journal(machine)


def test_disabled_agent_acts_no_more_not_even_signed_in(machine: Machine) -> None:
    salma, karim = machine.sign_in(SALMA), machine.sign_in(KARIM)
    machine.agents.disable(karim, SALMA)
    with pytest.raises(WrongPinError):
        machine.sign_in(SALMA)
    with pytest.raises(ForbiddenError):
        machine.kiosk.desk.shifts.close_day(salma)
    with pytest.raises(InvalidInputError):
        machine.agents.add(karim, SALMA, Role.AGENT, PINS[SALMA])
    with pytest.raises(InvalidInputError):
        machine.agents.disable(karim, KARIM)
    assert [one.name for one in machine.agents.listed() if one.is_disabled] == [SALMA]


def told_code(machine: Machine, challenge: str) -> str:
    """Return what the supervisor reads back, computed from the seed on paper."""
    return answer_challenge(machine.seed, challenge)[1]


def test_code_told_over_the_phone_allows_one_act_once(machine: Machine) -> None:
    amina = machine.sign_in(AMINA)
    shown = machine.agents.challenge(amina, KARIM, Task.RELEASE, NUMBER)
    code = told_code(machine, shown)
    allowed = machine.agents.allow(amina, KARIM, code, Task.RELEASE, NUMBER)
    assert (allowed.name, allowed.by) == (AMINA, KARIM)
    with pytest.raises(WrongPinError):
        machine.agents.allow(amina, KARIM, code, Task.RELEASE, NUMBER)
    assert ("code_asked", AMINA, f"release:{KARIM}") in journal(machine)


@pytest.mark.parametrize(
    ("task", "subject", "name"),
    [
        (Task.RELEASE, "C0417A-000002-51", AMINA),
        (Task.AGENTS, NUMBER, AMINA),
        (Task.RELEASE, NUMBER, SALMA),
    ],
)
def test_code_allows_nothing_but_what_was_asked(
    machine: Machine, task: Task, subject: str, name: str
) -> None:
    amina = machine.sign_in(AMINA)
    shown = machine.agents.challenge(amina, KARIM, Task.RELEASE, NUMBER)
    other = machine.sign_in(name)
    with pytest.raises(WrongPinError):
        machine.agents.allow(other, KARIM, told_code(machine, shown), task, subject)


def test_challenge_takes_three_tries(machine: Machine) -> None:
    amina = machine.sign_in(AMINA)
    shown = machine.agents.challenge(amina, KARIM, Task.RELEASE, NUMBER)
    for _ in range(3):
        with pytest.raises(WrongPinError):
            machine.agents.allow(amina, KARIM, "00000000", Task.RELEASE, NUMBER)
    machine.wait(60)
    with pytest.raises(WrongPinError):
        machine.agents.allow(amina, KARIM, told_code(machine, shown), Task.RELEASE, NUMBER)


def test_new_challenges_give_no_more_guesses(machine: Machine) -> None:
    amina = machine.sign_in(AMINA)
    compared = 0
    for _ in range(8):
        machine.agents.challenge(amina, KARIM, Task.RELEASE, NUMBER)
        machine.restart_program()
        with suppress(LockedOutError):
            try:
                machine.agents.allow(amina, KARIM, "00000000", Task.RELEASE, NUMBER)
            except WrongPinError:
                compared += 1
    assert compared == 3
    assert machine.sign_in(KARIM).name == KARIM, "codes guessed wrong lock no PIN"


def test_a_later_challenge_makes_the_earlier_one_worthless(machine: Machine) -> None:
    amina = machine.sign_in(AMINA)
    first = machine.agents.challenge(amina, KARIM, Task.RELEASE, NUMBER)
    second = machine.agents.challenge(amina, KARIM, Task.RELEASE, NUMBER)
    with pytest.raises(WrongPinError):
        machine.agents.allow(amina, KARIM, told_code(machine, first), Task.RELEASE, NUMBER)
    machine.agents.allow(amina, KARIM, told_code(machine, second), Task.RELEASE, NUMBER)


def test_only_a_supervisor_gives_codes(machine: Machine) -> None:
    amina = machine.sign_in(AMINA)
    for name in (SALMA, TAREK, "nobody"):
        with pytest.raises(ForbiddenError):
            machine.agents.challenge(amina, name, Task.RELEASE, NUMBER)
    with pytest.raises(ForbiddenError):
        machine.agents.challenge(amina, KARIM, Task.DEPOSIT, NUMBER)


def test_only_supervisor_who_forgot_the_pin_is_let_in_by_a_code(machine: Machine) -> None:
    lock(machine, KARIM)
    amina = machine.sign_in(AMINA)
    shown = machine.agents.challenge(amina, KARIM, Task.AGENTS, KARIM)
    allowed = machine.agents.allow(amina, KARIM, told_code(machine, shown), Task.AGENTS, KARIM)
    machine.agents.reset_pin(allowed, KARIM, "3917")
    assert machine.sign_in(KARIM, "3917").role is Role.SUPERVISOR
    assert ("pin_reset", AMINA, f"{KARIM} by_code:{KARIM}") in journal(machine)


def test_forged_actor_of_a_kiosk_with_agents_is_refused_by_the_store(machine: Machine) -> None:
    forged = replace(UNNAMED, name="ghost")
    with pytest.raises(ForbiddenError):
        machine.kiosk.desk.shifts.close_day(forged)
    with pytest.raises(ForbiddenError):
        machine.kiosk.desk.shifts.close_day(UNNAMED)
