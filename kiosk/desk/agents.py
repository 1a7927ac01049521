"""Who works at the counter: signing in, lock-out, who may do what, codes told over the phone."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from kiosk.clock import boot_id
from kiosk.domain import agents as rules
from kiosk.domain.agents import (
    BY_CODE,
    UNNAMED,
    Actor,
    Agent,
    ForbiddenError,
    LockedOutError,
    Role,
    Task,
    WrongPinError,
    check_allowed,
)
from kiosk.domain.errors import InvalidInputError
from kiosk.domain.moments import ClockReading
from kiosk.security import codes, pins
from kiosk.store import agents as rows
from kiosk.store import journal
from kiosk.store.agents import Challenge, Secret, StoredAgent, Tries
from kiosk.store.journal import Act, Entry
from kiosk.store.sqlite import sqlite3
from kiosk.store.store import Store

MAX_SUBJECT = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Added:
    """A new agent.

    Attributes:
        agent: As listed.
        seed: Of a supervisor's one-time codes, base32, shown this once; None for other roles.
    """

    agent: Agent
    seed: str | None


class Agents:
    """Signs in, and keeps the list. Threads: any; changes need the folder's writer."""

    def __init__(
        self,
        store: Store,
        clock: Callable[[], ClockReading],
        boot: Callable[[], str] = boot_id,
    ) -> None:
        self._store = store
        self._clock = clock
        self._boot = boot

    def exist(self) -> bool:
        """Tell whether this kiosk has agents, disabled ones too."""
        return rows.exist(self._store.db.conn)

    def has_supervisor(self) -> bool:
        """Tell whether somebody is there who may manage agents."""
        return rows.has_supervisor(self._store.db.conn)

    def listed(self) -> tuple[Agent, ...]:
        """Return every agent by name."""
        return rows.listed(self._store.db.conn)

    def sign_in(self, name: str, pin: str) -> Actor:
        """Return who acts, once name and PIN go together (about 90 ms).

        The try is counted before the PIN is compared: a program that is killed in between gives
        no free one.

        Raises:
            WrongPinError: They do not, or nobody of that name may act.
            LockedOutError: Too many wrong tries; the wait goes on across restarts.
        """
        agent = self._able(name)
        if agent is None:
            pins.spend_time(pin)
            raise WrongPinError("name and PIN do not go together")
        self._take_try(agent.name, Secret.PIN)
        if not pins.is_pin(pin, agent.pin_hash):
            self._note_lock(agent.name, Secret.PIN)
            raise WrongPinError("name and PIN do not go together")
        with self._store.change() as connection:
            rows.forget_tries(connection, agent.name, Secret.PIN)
        return Actor(name=agent.name, role=agent.role)

    def add(self, by: Actor, name: str, role: Role, pin: str) -> Added:
        """Add an agent. A kiosk without a supervisor takes its first from anybody.

        Raises:
            ForbiddenError: Only a supervisor may.
            InvalidInputError: The name or PIN is refused, or the name is taken.
        """
        kept = rules.agent_name(name)
        seed = codes.new_seed() if role is Role.SUPERVISOR else None
        agent = StoredAgent(
            name=kept, role=role, pin_hash=pins.hash_pin(pin), code_seed=seed, is_disabled=False
        )
        with self._store.change() as connection:
            is_first = role is Role.SUPERVISOR and not rows.has_supervisor(connection)
            if not (by == UNNAMED and is_first):
                _check_manages(connection, by)
            rows.insert(connection, agent)
            self._note(connection, Act.AGENT_ADDED, by, kept)
        shown = Agent(name=kept, role=role, is_disabled=False)
        return Added(agent=shown, seed=codes.seed_text(seed) if seed else None)

    def reset_pin(self, by: Actor, name: str, pin: str) -> None:
        """Give an agent another PIN and end their lock-out; anybody may change their own.

        Raises:
            ForbiddenError: Only a supervisor may.
            InvalidInputError: The PIN is refused, or there is no such agent.
        """
        kept, pin_hash = rules.agent_name(name), pins.hash_pin(pin)
        with self._store.change() as connection:
            if kept == by.name:
                rows.check_acts(connection, by.name)
            else:
                _check_manages(connection, by)
            rows.known(connection, kept)
            rows.set_pin(connection, kept, pin_hash)
            self._note(connection, Act.PIN_RESET, by, kept)

    def disable(self, by: Actor, name: str) -> None:
        """Let an agent act no more.

        Raises:
            ForbiddenError: Only a supervisor may.
            InvalidInputError: There is no such agent, or nobody could manage agents any more.
        """
        kept = rules.agent_name(name)
        with self._store.change() as connection:
            _check_manages(connection, by)
            agent = rows.known(connection, kept)
            if agent.role is Role.SUPERVISOR and not rows.has_supervisor(connection, besides=kept):
                raise InvalidInputError("agent", "the last supervisor stays")
            rows.disable(connection, kept)
            self._note(connection, Act.AGENT_DISABLED, by, kept)

    def challenge(self, by: Actor, supervisor: str, task: Task, subject: str) -> str:
        """Return a challenge to read to a supervisor over the phone; the one before is void.

        Args:
            by: Who asks, signed in.
            supervisor: Who will answer.
            task: What it would allow.
            subject: On what: a receipt number, an agent's name; the code holds for nothing else.

        Raises:
            ForbiddenError: A task that takes no code, or nobody of that name gives codes.
        """
        if task not in BY_CODE:
            raise ForbiddenError("no code allows this")
        if len(subject) > MAX_SUBJECT:
            raise InvalidInputError("subject", f"has at most {MAX_SUBJECT} characters")
        giver = self._supervisor(supervisor)
        new = Challenge(
            challenge=codes.new_challenge(task),
            supervisor=giver.name,
            asked_by=by.name,
            task=task,
            subject=subject,
            tries_left=codes.TRIES,
        )
        with self._store.change() as connection:
            rows.show_challenge(connection, new)
            self._note(connection, Act.CODE_ASKED, by, f"{task}:{giver.name}")
        return new.challenge

    def allow(self, by: Actor, supervisor: str, code: str, task: Task, subject: str) -> Actor:
        """Return *by* with the right to one act that a supervisor's code allows, once.

        Raises:
            WrongPinError: Not the code of the challenge last shown for exactly this.
            LockedOutError: Too many wrong codes.
            ForbiddenError: Nobody of that name gives codes.
        """
        giver = self._supervisor(supervisor)
        self._take_try(giver.name, Secret.CODE)
        with self._store.change() as connection:
            shown = rows.open_challenge(connection, giver.name)
            if shown is not None:
                rows.take_try(connection, shown.challenge)
        is_for_this = shown is not None and (shown.asked_by, shown.task, shown.subject) == (
            by.name,
            task,
            subject,
        )
        if shown is None or not codes.is_code(giver.code_seed or b"", shown.challenge, code):
            self._note_lock(giver.name, Secret.CODE)
            raise WrongPinError("this is not the code for the challenge")
        if not is_for_this:
            raise WrongPinError("the code allows something else")
        with self._store.change() as connection:
            rows.use_challenge(connection, shown.challenge)
            rows.forget_tries(connection, giver.name, Secret.CODE)
        return replace(by, by=giver.name)

    def _able(self, name: str) -> StoredAgent | None:
        try:
            agent = rows.find(self._store.db.conn, rules.agent_name(name))
        except InvalidInputError:
            return None
        return None if agent is None or agent.is_disabled else agent

    def _supervisor(self, name: str) -> StoredAgent:
        agent = self._able(name)
        if agent is None or agent.role is not Role.SUPERVISOR:
            raise ForbiddenError("no supervisor of that name gives codes")
        return agent

    def _take_try(self, name: str, secret: Secret) -> None:
        now, boot = self._clock().monotonic_ms, self._boot()
        with self._store.change() as connection:
            before = rows.tries(connection, name, secret)
            left_ms = _left_ms(before, now, boot)
            if left_ms > 0:
                raise LockedOutError(-(-left_ms // 1000))
            failures = (before.failures if before else 0) + 1
            tries = Tries(
                failures=failures,
                wait_ms=rules.wait_after_ms(failures),
                since_monotonic_ms=now,
                boot_id=boot,
            )
            rows.keep_tries(connection, name, secret, tries)

    def _note_lock(self, name: str, secret: Secret) -> None:
        with self._store.change() as connection:
            tries = rows.tries(connection, name, secret)
            if tries is not None and tries.wait_ms:
                entry = Entry(
                    act=Act.LOCKED_OUT, clock=self._clock(), agent=name, reason=secret.value
                )
                journal.append(connection, entry)

    def _note(self, connection: sqlite3.Connection, act: Act, by: Actor, about: str) -> None:
        reason = f"{about} by_code:{by.by}" if by.by else about
        entry = Entry(act=act, clock=self._clock(), agent=by.name, reason=reason)
        journal.append(connection, entry)


def _left_ms(tries: Tries | None, now_monotonic_ms: int, boot: str) -> int:
    if tries is None:
        return 0
    passed = rules.waited_ms(
        tries.since_monotonic_ms, now_monotonic_ms, is_same_boot=tries.boot_id == boot
    )
    return max(0, tries.wait_ms - passed)


def _check_manages(connection: sqlite3.Connection, by: Actor) -> None:
    # Within the transaction: another window may have added the first agent, or disabled this one.
    rows.check_acts(connection, by.name)
    check_allowed(by, Task.AGENTS)


def answer_challenge(seed: str, challenge: str) -> tuple[Task, str]:
    """Return what a challenge asks for and the code that allows it: the supervisor's side.

    Raises:
        InvalidInputError: Not a seed, or not a challenge.
    """
    kept, task = codes.read_challenge(challenge)
    return task, codes.code_for(codes.read_seed(seed), kept)
