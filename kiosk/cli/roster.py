"""Agents, hand-over, clôture, and what a supervisor releases."""

import os
from argparse import Namespace

from kiosk.cli.acting import (
    NEW_PIN,
    PIN,
    PIN_OF_TAKER,
    SEED,
    allowed_by_code,
    typed,
)
from kiosk.cli.answer import Answer
from kiosk.cli.ports import OpenedKiosk
from kiosk.desk.agents import answer_challenge
from kiosk.domain.agents import UNNAMED, Role, Task, agent_name
from kiosk.domain.errors import InvalidInputError
from kiosk.domain.shifts import DayClosed, ShiftCounts

READING_ACTS = frozenset({"list"})
MAX_LISTED = 500
"""Numbers named in one answer; the count beside them is of all."""


def agents(kiosk: OpenedKiosk, options: Namespace) -> Answer:
    """Add, list, reset, disable; or show a challenge for a one-time code."""
    acts = {
        "add": _add,
        "list": _list,
        "reset-pin": _reset_pin,
        "disable": _disable,
        "challenge": _challenge,
    }
    return acts[options.act](kiosk, options)


def code(options: Namespace) -> Answer:
    """Compute the code that answers a challenge: the supervisor's side, without a data folder."""
    task, told = answer_challenge(typed(SEED, "seed"), options.name)
    return Answer(fields={"allows": task.value, "code": told}, lines=(f"{told}  allows: {task}",))


def held(kiosk: OpenedKiosk, options: Namespace) -> Answer:
    """Send a held deposit again."""
    number = kiosk.desk.receipts.number_in(options.receipt)
    actor = allowed_by_code(kiosk, options, Task.RELEASE, number)
    state = kiosk.desk.shifts.release(actor, number)
    return Answer(
        fields={"receipt_number": number, "state": state.value}, lines=(f"{number}  {state}",)
    )


def shift(kiosk: OpenedKiosk, options: Namespace) -> Answer:
    """Hand the counter over; both agents give their PIN."""
    if options.actor == UNNAMED or not options.to:
        raise InvalidInputError("to", "a shift is handed over with --agent NAME and --to NAME")
    taker = kiosk.desk.agents.sign_in(options.to, typed(PIN_OF_TAKER, f"PIN of {options.to}"))
    counts = kiosk.desk.shifts.hand_over(options.actor, taker)
    fields: dict[str, object] = {"from": options.actor.name, "to": taker.name}
    return Answer(
        fields=fields | _counts(counts),
        lines=(f"{options.actor.name} → {taker.name}", _said(counts)),
    )


def day(kiosk: OpenedKiosk, options: Namespace) -> Answer:
    """Close the day."""
    closed = kiosk.desk.shifts.close_day(options.actor, kiosk.link.ask_counts())
    missing, central = closed.without_acknowledgement, closed.central
    fields: dict[str, object] = {
        "day": closed.day.isoformat(),
        "clock": "verified" if closed.is_clock_trusted else "unverified",
        "deposits": closed.deposits,
        "cancelled": closed.cancelled,
        **_counts(closed.now),
        "central": central.of_day if central else None,
        "missing": list(central.missing) if central else None,
        "missing_count": central.missing_count if central else None,
        "without_acknowledgement": list(missing[:MAX_LISTED]),
        "without_acknowledgement_count": len(missing),
    }
    return Answer(fields=fields, lines=_day_lines(closed))


def _add(kiosk: OpenedKiosk, options: Namespace) -> Answer:
    desk = kiosk.desk.agents
    is_first = not any(one.role is Role.SUPERVISOR and not one.is_disabled for one in desk.listed())
    role = Role(options.role) if options.role else Role.SUPERVISOR if is_first else Role.AGENT
    actor = allowed_by_code(kiosk, options, Task.AGENTS, options.name)
    added = desk.add(actor, options.name, role, _new_pin(options))
    fields = {"agent": added.agent.name, "role": added.agent.role.value, "seed": added.seed}
    lines = [f"{added.agent.name}  {added.agent.role}"]
    if added.seed:
        lines.append(f"  seed of one-time codes, shown this once: {added.seed}")
    return Answer(fields=fields, lines=tuple(lines))


def _list(kiosk: OpenedKiosk, _options: Namespace) -> Answer:
    listed = kiosk.desk.agents.listed()
    return Answer(
        fields={
            "agents": [
                {"agent": one.name, "role": one.role.value, "disabled": one.is_disabled}
                for one in listed
            ]
        },
        lines=tuple(
            f"{one.name}  {one.role}{'  disabled' if one.is_disabled else ''}" for one in listed
        ),
    )


def _reset_pin(kiosk: OpenedKiosk, options: Namespace) -> Answer:
    name = agent_name(options.name)
    actor = allowed_by_code(kiosk, options, Task.AGENTS, name)
    kiosk.desk.agents.reset_pin(actor, name, _new_pin(options))
    return Answer(fields={"agent": name, "reset": True}, lines=(f"{name}  reset",))


def _disable(kiosk: OpenedKiosk, options: Namespace) -> Answer:
    name = agent_name(options.name)
    actor = allowed_by_code(kiosk, options, Task.AGENTS, name)
    kiosk.desk.agents.disable(actor, name)
    return Answer(fields={"agent": name, "disabled": True}, lines=(f"{name}  disabled",))


def _challenge(kiosk: OpenedKiosk, options: Namespace) -> Answer:
    if not options.supervisor or not options.task:
        raise InvalidInputError("arguments", "--supervisor and --task are needed")
    task = Task(options.task)
    is_receipt = task is Task.RELEASE
    subject = (
        kiosk.desk.receipts.number_in(options.name) if is_receipt else agent_name(options.name)
    )
    shown = kiosk.desk.agents.challenge(options.actor, options.supervisor, task, subject)
    fields = {"challenge": shown, "supervisor": options.supervisor, "allows": task.value}
    return Answer(fields=fields, lines=(f"{shown[0]} {shown[1:5]} {shown[5:]}",))


def _new_pin(options: Namespace) -> str:
    if options.actor == UNNAMED and NEW_PIN not in os.environ and PIN in os.environ:
        return os.environ[PIN]  # nobody's PIN was asked for: this one can only be the new one
    return typed(NEW_PIN, f"new PIN of {options.name}")


def _counts(counts: ShiftCounts) -> dict[str, object]:
    return {
        "papers_in_hand": counts.papers_in_hand,
        "to_scan": counts.to_scan,
        "unsent": counts.unsent,
        "held": counts.held,
    }


def _said(counts: ShiftCounts) -> str:
    return (
        f"papers in hand {counts.papers_in_hand}, to scan {counts.to_scan}, "
        f"unsent {counts.unsent}, held {counts.held}"
    )


def _day_lines(closed: DayClosed) -> tuple[str, ...]:
    missing = closed.without_acknowledgement
    lines = [
        f"{closed.day.isoformat()}  deposits {closed.deposits}, cancelled {closed.cancelled}",
        _said(closed.now),
    ]
    if missing:
        lines.append(f"no acknowledgement held for {len(missing)}: {_named(missing)}")
    lines.append(_central_line(closed))
    return tuple(lines)


def _central_line(closed: DayClosed) -> str:
    central = closed.central
    if central is None:
        return "the central could not be asked for its count"
    line = f"the central counts {central.of_day} of {closed.deposits}"
    if not central.missing_count:
        return f"{line}; it misses none"
    return f"{line}; it misses {central.missing_count}: {_named(central.missing)}"


def _named(numbers: tuple[str, ...]) -> str:
    more = len(numbers) - 10
    return ", ".join(numbers[:10]) + (f" and {more} more" if more > 0 else "")
