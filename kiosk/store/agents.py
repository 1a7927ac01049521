"""Agents, their wrong tries and the challenges shown, as rows; the caller holds the transaction."""

from dataclasses import dataclass
from enum import StrEnum

from kiosk.domain.agents import Agent, ForbiddenError, Role, Task
from kiosk.domain.errors import InvalidInputError
from kiosk.store.errors import named_faults
from kiosk.store.sqlite import sqlite3


class Secret(StrEnum):
    """What was typed wrong."""

    PIN = "pin"
    CODE = "code"


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredAgent:
    """An agent as kept; ``code_seed`` is a supervisor's, 20 bytes."""

    name: str
    role: Role
    pin_hash: str
    code_seed: bytes | None
    is_disabled: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Tries:
    """Wrong tries in a row, and the wait they brought, on the monotonic clock of one boot."""

    failures: int
    wait_ms: int
    since_monotonic_ms: int
    boot_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Challenge:
    """A challenge that was shown, and the one act it would allow."""

    challenge: str
    supervisor: str
    asked_by: str
    task: Task
    subject: str
    tries_left: int


@named_faults()
def exist(connection: sqlite3.Connection) -> bool:
    """Tell whether there is any agent, disabled ones too."""
    return connection.execute("SELECT 1 FROM agents LIMIT 1").fetchone() is not None


@named_faults()
def listed(connection: sqlite3.Connection) -> tuple[Agent, ...]:
    """Return every agent by name."""
    rows = connection.execute("SELECT name, role, is_disabled FROM agents ORDER BY name")
    return tuple(Agent(name=row[0], role=Role(row[1]), is_disabled=bool(row[2])) for row in rows)


@named_faults()
def find(connection: sqlite3.Connection, name: str) -> StoredAgent | None:
    """Return an agent; None when there is none of that name."""
    row = connection.execute(
        "SELECT name, role, pin_hash, code_seed, is_disabled FROM agents WHERE name = ?", (name,)
    ).fetchone()
    if row is None:
        return None
    return StoredAgent(
        name=row[0],
        role=Role(row[1]),
        pin_hash=row[2],
        code_seed=row[3],
        is_disabled=bool(row[4]),
    )


def known(connection: sqlite3.Connection, name: str) -> StoredAgent:
    """Return an agent.

    Raises:
        InvalidInputError: There is none of that name.
    """
    agent = find(connection, name)
    if agent is None:
        raise InvalidInputError("agent", "there is no agent of that name")
    return agent


@named_faults()
def has_supervisor(connection: sqlite3.Connection, besides: str = "") -> bool:
    """Tell whether a supervisor who is not disabled is there, besides one name."""
    row = connection.execute(
        "SELECT 1 FROM agents WHERE role = 'supervisor' AND is_disabled = 0 AND name <> ?",
        (besides,),
    ).fetchone()
    return row is not None


def check_acts(connection: sqlite3.Connection, name: str) -> None:
    """Refuse an act in the name of nobody who may act, within the transaction that commits it.

    Raises:
        ForbiddenError: There are agents, and *name* is none of them or disabled.
    """
    if not exist(connection):
        return
    agent = find(connection, name)
    if agent is None or agent.is_disabled:
        raise ForbiddenError("no agent of that name may act here")


def insert(connection: sqlite3.Connection, agent: StoredAgent) -> None:
    """Add an agent.

    Raises:
        InvalidInputError: The name is taken, by a disabled agent perhaps.
    """
    if find(connection, agent.name) is not None:
        raise InvalidInputError("agent", "this name is taken")
    connection.execute(
        "INSERT INTO agents VALUES (?, ?, ?, ?, ?)",
        (agent.name, agent.role.value, agent.pin_hash, agent.code_seed, int(agent.is_disabled)),
    )


def set_pin(connection: sqlite3.Connection, name: str, pin_hash: str) -> None:
    """Give an agent another PIN; wrong tries with the one before are forgotten."""
    connection.execute("UPDATE agents SET pin_hash = ? WHERE name = ?", (pin_hash, name))
    forget_tries(connection, name, Secret.PIN)


def disable(connection: sqlite3.Connection, name: str) -> None:
    """Let an agent act no more; the name stays taken, because the journal names it."""
    connection.execute("UPDATE agents SET is_disabled = 1 WHERE name = ?", (name,))


@named_faults()
def tries(connection: sqlite3.Connection, name: str, secret: Secret) -> Tries | None:
    """Return the wrong tries in a row; None when the last one was right."""
    row = connection.execute(
        "SELECT failures, wait_ms, since_monotonic_ms, boot_id FROM wrong_tries"
        " WHERE agent = ? AND secret = ?",
        (name, secret.value),
    ).fetchone()
    if row is None:
        return None
    return Tries(failures=row[0], wait_ms=row[1], since_monotonic_ms=row[2], boot_id=row[3])


def keep_tries(connection: sqlite3.Connection, name: str, secret: Secret, now: Tries) -> None:
    """Note one more wrong try."""
    connection.execute(
        "INSERT INTO wrong_tries VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (agent, secret)"
        " DO UPDATE SET failures = ?3, wait_ms = ?4, since_monotonic_ms = ?5, boot_id = ?6",
        (name, secret.value, now.failures, now.wait_ms, now.since_monotonic_ms, now.boot_id),
    )


def forget_tries(connection: sqlite3.Connection, name: str, secret: Secret) -> None:
    """Forget wrong tries: a right one came."""
    connection.execute(
        "DELETE FROM wrong_tries WHERE agent = ? AND secret = ?", (name, secret.value)
    )


def show_challenge(connection: sqlite3.Connection, new: Challenge) -> None:
    """Keep a challenge; those still open for the same supervisor are worth nothing any more."""
    connection.execute(
        "UPDATE code_challenges SET state = 'spent', tries_left = 0"
        " WHERE supervisor = ? AND state = 'open'",
        (new.supervisor,),
    )
    connection.execute(
        "INSERT INTO code_challenges VALUES (?, ?, ?, ?, ?, ?, 'open')",
        (
            *(new.challenge, new.supervisor, new.asked_by),
            *(new.task.value, new.subject, new.tries_left),
        ),
    )


def open_challenge(connection: sqlite3.Connection, supervisor: str) -> Challenge | None:
    """Return the challenge a supervisor may still answer."""
    row = connection.execute(
        "SELECT challenge, supervisor, asked_by, task, subject, tries_left"
        " FROM code_challenges WHERE supervisor = ? AND state = 'open'",
        (supervisor,),
    ).fetchone()
    if row is None:
        return None
    return Challenge(
        challenge=row[0],
        supervisor=row[1],
        asked_by=row[2],
        task=Task(row[3]),
        subject=row[4],
        tries_left=row[5],
    )


def take_try(connection: sqlite3.Connection, challenge: str) -> None:
    """Take one try off a challenge, before the code is compared; the last one spends it."""
    connection.execute(
        "UPDATE code_challenges SET tries_left = tries_left - 1,"
        " state = CASE tries_left WHEN 1 THEN 'spent' ELSE state END WHERE challenge = ?",
        (challenge,),
    )


def use_challenge(connection: sqlite3.Connection, challenge: str) -> None:
    """Note that a challenge was answered: it answers no more."""
    connection.execute(
        "UPDATE code_challenges SET state = 'used', tries_left = max(tries_left, 1)"
        " WHERE challenge = ?",
        (challenge,),
    )
