"""Who works at a counter: names, roles, what each may do, and how long wrong tries wait."""

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from kiosk.domain.errors import ErrorCode, InvalidInputError, WaslError

TECHNICIAN: Final = "technician"
"""Who acts at the command line while a data folder has no agents; no agent can take that name."""


class Role(StrEnum):
    """What somebody is at the counter."""

    AGENT = "agent"
    SUPERVISOR = "supervisor"
    TECHNICIAN = "technician"


class Task(StrEnum):
    """What may be asked of a person at the counter."""

    DEPOSIT = "deposit"
    SHIFT = "shift"
    SEND = "send"
    UPKEEP = "upkeep"
    RELEASE = "release"
    SETTINGS = "settings"
    AGENTS = "agents"


_EVERYBODY = frozenset(Role)
_COUNTER = frozenset({Role.AGENT, Role.SUPERVISOR})
MAY: Final[dict[Task, frozenset[Role]]] = {
    Task.DEPOSIT: _COUNTER,
    Task.SHIFT: _COUNTER,
    Task.SEND: _EVERYBODY,
    Task.UPKEEP: frozenset({Role.SUPERVISOR, Role.TECHNICIAN}),
    Task.RELEASE: frozenset({Role.SUPERVISOR}),
    Task.SETTINGS: frozenset({Role.SUPERVISOR}),
    Task.AGENTS: frozenset({Role.SUPERVISOR}),
}
BY_CODE: Final = frozenset({Task.RELEASE, Task.SETTINGS, Task.AGENTS})
"""Tasks that a supervisor who is not there may allow by a one-time code."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who acts, once that is known.

    Attributes:
        name: As it stands in journal and manifests.
        role: What they may do; None at a kiosk without agents, where everything is allowed.
        by: The supervisor whose one-time code allowed this one act; empty for one's own right.
    """

    name: str
    role: Role | None
    by: str = ""


UNNAMED: Final = Actor(name=TECHNICIAN, role=None)
"""Who acts where there are no agents yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Agent:
    """One agent as listed."""

    name: str
    role: Role
    is_disabled: bool


class WrongPinError(WaslError):
    """Name and PIN, or a one-time code, do not go together."""

    code = ErrorCode.WRONG_PIN


class LockedOutError(WaslError):
    """Too many wrong tries: the next one is looked at when the wait is over.

    Attributes:
        wait_s: Seconds still to wait.
    """

    code = ErrorCode.LOCKED_OUT

    def __init__(self, wait_s: int) -> None:
        super().__init__(f"too many wrong tries: wait {wait_s} s, or ask a supervisor")
        self.wait_s = wait_s


class ForbiddenError(WaslError):
    """This person may not do that."""

    code = ErrorCode.FORBIDDEN


_NAME = re.compile(r"[^\W_][\w.-]{1,31}")


def agent_name(text: str) -> str:
    """Return the name as kept: NFC, lower-case.

    Raises:
        InvalidInputError: Not 2 to 32 letters, digits, points or dashes; or the technician's.
    """
    name = unicodedata.normalize("NFC", text.strip()).casefold()
    if not _NAME.fullmatch(name):
        raise InvalidInputError("agent", "a name has 2 to 32 letters, digits, points or dashes")
    if name == TECHNICIAN:
        raise InvalidInputError("agent", "this name stands for a kiosk without agents")
    return name


def check_allowed(actor: Actor, task: Task) -> None:
    """Refuse a task that is not this person's.

    Raises:
        ForbiddenError: It is not.
    """
    if actor.role is None or actor.role in MAY[task]:
        return
    if actor.by and task in BY_CODE:
        return
    if task in BY_CODE:
        raise ForbiddenError("this asks for a supervisor: present, or by a one-time code")
    raise ForbiddenError(f"a {actor.role} may not do this")


FREE_TRIES: Final = 3
_FIRST_WAIT_MS: Final = 30_000
_LONGEST_WAIT_MS: Final = 4 * 3600 * 1000


def wait_after_ms(failures: int) -> int:
    """Return how long to wait after that many wrong tries in a row: 0, then 30 s, doubling, 4 h.

    Guessing one of the 10,000 PINs of four digits takes over two years of uninterrupted tries at
    the even chance.
    """
    if failures < FREE_TRIES:
        return 0
    return int(min(_FIRST_WAIT_MS << min(failures - FREE_TRIES, 20), _LONGEST_WAIT_MS))


def waited_ms(since_monotonic_ms: int, now_monotonic_ms: int, *, is_same_boot: bool) -> int:
    """Return how much of a wait has surely passed, whatever the wall clock says.

    Within one boot the monotonic clock tells. After a restart it has begun again: what it shows
    has passed since the start, so at least that much since the wrong try.
    """
    if is_same_boot and now_monotonic_ms >= since_monotonic_ms:
        return now_monotonic_ms - since_monotonic_ms
    return now_monotonic_ms
