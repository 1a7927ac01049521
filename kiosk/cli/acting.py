"""Who acts at the command line: the agent named, with a PIN that is never an argument."""

import getpass
import os
import sys
from argparse import Namespace

from kiosk.cli.ports import OpenedKiosk
from kiosk.domain.agents import UNNAMED, Actor, ForbiddenError, Task, WrongPinError, check_allowed

PIN, PIN_OF_TAKER, NEW_PIN, CODE, SEED = (
    "KIOSK_PIN",
    "KIOSK_PIN_TO",
    "KIOSK_NEW_PIN",
    "KIOSK_CODE",
    "KIOSK_SEED",
)
_MAX_TYPED = 256

TASKS: dict[str, Task] = {
    "deposit": Task.DEPOSIT,
    "complete": Task.DEPOSIT,
    "cancel": Task.DEPOSIT,
    "amend": Task.DEPOSIT,
    "receipt": Task.DEPOSIT,
    "sync": Task.SEND,
    "export": Task.SEND,
    "import": Task.SEND,
    "held": Task.RELEASE,
    "shift": Task.SHIFT,
    "day": Task.SHIFT,
    "agents": Task.AGENTS,
}
"""What each changing command asks of a person; those not named here are upkeep."""


def acting(kiosk: OpenedKiosk, options: Namespace) -> Actor:
    """Return who acts, signed in by ``--agent`` and PIN; the technician where there are no agents.

    Sending needs nobody: it changes nothing that an agent answers for, and runs by itself.

    Raises:
        ForbiddenError: Nobody was named, or this person may not do that.
        WrongPinError, LockedOutError: Name and PIN do not go together, or too often did not.
    """
    task = TASKS.get(options.command, Task.UPKEEP)
    name: str | None = options.agent
    if name is None:
        is_free = task is Task.SEND or _makes_the_first(kiosk, options)
        if is_free or not kiosk.desk.agents.exist():
            return UNNAMED
        raise ForbiddenError("this kiosk has agents: name one with --agent")
    actor = kiosk.desk.agents.sign_in(name, typed(PIN, f"PIN of {name}"))
    if task is not Task.AGENTS and not _has_code(options):
        check_allowed(actor, task)
    return actor


def allowed_by_code(kiosk: OpenedKiosk, options: Namespace, task: Task, subject: str) -> Actor:
    """Return the actor, with the right that ``--supervisor`` gave by a one-time code, if any.

    Raises:
        WrongPinError, LockedOutError, ForbiddenError: The code allows nothing.
    """
    actor: Actor = options.actor
    if not _has_code(options):
        return actor
    told = typed(CODE, f"code told by {options.supervisor}")
    return kiosk.desk.agents.allow(actor, options.supervisor, told, task, subject)


def typed(variable: str, words: str) -> str:
    """Return a secret from the environment, else a line of standard input.

    Raises:
        WrongPinError: Neither has one.
    """
    told = os.environ.get(variable)
    told = (_line(words) if told is None else told).strip()
    if not told:
        raise WrongPinError(f"it is given in {variable} or on standard input")
    return told[:_MAX_TYPED]


def _line(words: str) -> str:
    if sys.stdin is None:
        return ""
    try:
        if sys.stdin.isatty():
            return getpass.getpass(f"{words}: ")
        return sys.stdin.readline(_MAX_TYPED)
    except (OSError, EOFError, ValueError):  # closed, ended, or not a text
        return ""


def _makes_the_first(kiosk: OpenedKiosk, options: Namespace) -> bool:
    # Without a supervisor there is nobody who could let the first one in; the desk asks again.
    is_adding = options.command == "agents" and options.act == "add"
    return is_adding and not kiosk.desk.agents.has_supervisor()


def _has_code(options: Namespace) -> bool:
    return bool(getattr(options, "supervisor", None))
