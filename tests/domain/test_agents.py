"""Names, roles, and how long wrong tries wait."""

import pytest

from kiosk.domain.agents import (
    MAY,
    UNNAMED,
    Actor,
    ForbiddenError,
    Role,
    Task,
    agent_name,
    check_allowed,
    wait_after_ms,
    waited_ms,
)
from kiosk.domain.errors import InvalidInputError

_HOUR_MS = 3600 * 1000


@pytest.mark.parametrize(
    ("typed", "kept"), [(" Amina ", "amina"), ("k.idrissi-2", "k.idrissi-2"), ("أمينة", "أمينة")]
)
def test_name_is_kept_in_one_way(typed: str, kept: str) -> None:
    assert agent_name(typed) == kept


@pytest.mark.parametrize(
    "typed", ["", "a", "technician", "Technician", "a" * 33, "a b", "-a", "ab\ncd", "a\x00b", "a;b"]
)
def test_name_that_could_mislead_is_refused(typed: str) -> None:
    with pytest.raises(InvalidInputError):
        agent_name(typed)


def test_every_task_is_somebodys() -> None:
    assert set(MAY) == set(Task)
    assert all(Role.SUPERVISOR in roles for roles in MAY.values())


@pytest.mark.parametrize("task", [Task.RELEASE, Task.SETTINGS, Task.AGENTS])
@pytest.mark.parametrize("role", [Role.AGENT, Role.TECHNICIAN])
def test_what_needs_a_supervisor_is_refused_to_others(task: Task, role: Role) -> None:
    with pytest.raises(ForbiddenError):
        check_allowed(Actor(name="amina", role=role), task)
    check_allowed(Actor(name="amina", role=role, by="karim"), task)
    check_allowed(Actor(name="karim", role=Role.SUPERVISOR), task)


def test_a_code_allows_nothing_that_takes_no_code() -> None:
    with pytest.raises(ForbiddenError):
        check_allowed(Actor(name="amina", role=Role.TECHNICIAN, by="karim"), Task.DEPOSIT)


def test_nobody_is_asked_where_there_are_no_agents() -> None:
    for task in Task:
        check_allowed(UNNAMED, task)


def test_waits_grow_and_end_at_four_hours() -> None:
    waits = [wait_after_ms(failures) for failures in range(40)]
    assert waits[:6] == [0, 0, 0, 30_000, 60_000, 120_000]
    assert waits == sorted(waits)
    assert waits[-1] == 4 * _HOUR_MS
    assert wait_after_ms(10**9) == 4 * _HOUR_MS


def test_guessing_half_of_four_digits_takes_over_two_years() -> None:
    tries = sum(wait_after_ms(failures) for failures in range(1, 5_001))
    assert tries > 2 * 365 * 24 * _HOUR_MS


def test_a_wait_counts_the_time_since_the_start_after_a_restart() -> None:
    assert waited_ms(5_000, 65_000, is_same_boot=True) == 60_000
    assert waited_ms(9_000_000, 20_000, is_same_boot=False) == 20_000
    assert waited_ms(9_000_000, 20_000, is_same_boot=True) == 20_000
