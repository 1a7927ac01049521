"""What the device remembers: its enrolment, its counters, the central's last words."""

import json
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from kiosk.clock import boot_id
from kiosk.domain.drift import Compared, drift_ppm, is_one_run
from kiosk.domain.moments import ClockReading, TrustedTime, parse_rfc3339, rfc3339
from kiosk.store import deposits, feed_place, heads, journal, messages, recalls
from kiosk.store.database import transaction
from kiosk.store.enrolment import (
    Enrolment,
    change_enrolment,
    keep_enrolment,
    read_enrolment,
    renew,
    shut_out,
)
from kiosk.store.errors import NumbersUsedUpError, named_faults
from kiosk.store.journal import Act
from kiosk.store.kept_texts import read, write
from kiosk.store.outbox import Connections
from kiosk.store.sqlite import sqlite3
from kiosk.sync.ports import Told
from kiosk.wire.encoding import b64, unb64
from kiosk.wire.heartbeats import EpochHeld
from kiosk.wire.keys import PublicKey
from kiosk.wire.messages import StatusUpdate, Updates
from kiosk.wire.succession import Root
from kiosk.wire.trust import TrustList

_COUNTED_FOR_SURE = timedelta(minutes=10)
"""What was acknowledged so long before it was counted is counted, whatever node's clock said so."""
EPOCH = "epoch"
"""Name of what says which letter numbers go on under; absent while no restore has happened."""


_FORMER_KEYS = "former_request_keys"


def former_request_keys(connection: sqlite3.Connection) -> tuple[PublicKey, ...]:
    """Return the keys that this device signed manifests with before it was given new ones."""
    kept = json.loads(read(connection, _FORMER_KEYS) or "[]")
    return tuple(PublicKey(unb64(text)) for text in kept)


class SqliteMemory:
    """The device's memory in the database (``sync.ports.DeviceMemory``)."""

    def __init__(self, connections: Connections, clock: Callable[[], ClockReading]) -> None:
        self._connections = connections
        self._clock = clock

    def enrolment(self) -> Enrolment:
        """Return the enrolment.

        Raises:
            NotEnrolledError: There is none yet.
        """
        return read_enrolment(self._connections.db.conn)

    def keep_enrolment(self, enrolment: Enrolment) -> None:
        """Keep an enrolment and open its epoch of receipt numbers."""
        with transaction(self._connections.db) as connection:
            keep_enrolment(connection, enrolment)
            connection.execute(
                "INSERT OR IGNORE INTO receipt_sequence VALUES (?, 0)", (enrolment.device,)
            )
            entry = journal.Entry(act=Act.ENROLLED, clock=self._clock(), reason=enrolment.device)
            journal.append(connection, entry)

    def epoch_or_none(self) -> str | None:
        """Return the code receipts are numbered under; None when a restore found no letter left.

        Raises:
            NotEnrolledError: There is no device yet.
        """
        enrolment = self.enrolment()
        kept = read(self._connections.db.conn, EPOCH)
        return enrolment.device if kept is None else kept or None

    def epoch(self) -> str:
        """Return the code receipts are numbered under.

        Raises:
            NotEnrolledError: There is no device yet.
            NumbersUsedUpError: A restore found no letter left.
        """
        epoch = self.epoch_or_none()
        if epoch is None:
            raise NumbersUsedUpError("this restored device has no letter left to number under")
        return epoch

    def key_generation(self) -> int:
        """Return how often this device's keys were renewed."""
        return int(read(self._connections.db.conn, "key_generation") or 0)

    def keep_key_generation(self, generation: int, former: PublicKey) -> None:
        """Use the keys of that generation from the next start on; *former* signed so far."""
        with transaction(self._connections.db) as connection:
            signed = [b64(key.raw) for key in former_request_keys(connection)]
            kept = list(dict.fromkeys([*signed, b64(former.raw)]))
            write(connection, _FORMER_KEYS, json.dumps(kept))
            write(connection, "key_generation", str(generation))
            journal.append(connection, journal.Entry(act=Act.KEYS_RENEWED, clock=self._clock()))

    def next_sequence(self, at_least: int = 1) -> int:
        """Return a request sequence never used before, and not below *at_least*."""
        with transaction(self._connections.db) as connection:
            row = connection.execute(
                "INSERT INTO counters VALUES ('request', ?1) ON CONFLICT (name) DO UPDATE"
                " SET value = max(value + 1, ?1) RETURNING value",
                (at_least,),
            ).fetchone()
        return int(row[0])

    def told(self) -> Told:
        """Return how far updates have been taken in, and the proof that came with it."""
        return feed_place.read(self._connections.db.conn)

    def apply(self, updates: Updates, trust: TrustList | None, signed: str) -> None:
        """Take in verified updates in one transaction; a cursor behind or replayed changes nothing.

        *trust* None, or not newer than the list kept, leaves that list: an old one, however well
        signed, would bring back keys that were withdrawn. So it is with the configuration.

        *signed* is not kept: the statements inside it carry signatures of their own.
        """
        with transaction(self._connections.db) as connection:
            cursor = feed_place.read(connection).cursor
            if updates.previous != cursor or updates.cursor < cursor:
                return
            for status in updates.statuses:
                keep_status(connection, status)
            recalls.of_deposits(connection, map(str, updates.recalls), self._clock)
            if updates.recalled_since is not None:
                recalls.since(connection, updates.recalled_since, self._clock)
            messages.take_in(connection, updates.messages)
            shut_out(connection, updates.revoked)
            renew(connection, updates.trust_list, updates.configuration, trust)
            feed_place.move(connection, updates)
            write(connection, "last_exchange_at", rfc3339(updates.time))
            self._note_time(connection, updates.time)

    def trust_list(self) -> TrustList:
        """Return the newest verified trust list."""
        return self.enrolment().trust()

    def root(self) -> Root:
        """Return the offline root's newest word (``sync.ports.Roots``)."""
        return self.enrolment().word()

    def keep_root(self, root: Root) -> None:
        """Believe *root*, which follows from the one kept; one that is not newer changes nothing.

        List and configuration stay as they are, and believed, until the new trust key's own come.
        """
        with transaction(self._connections.db) as connection:
            kept = read_enrolment(connection)
            if root.statement.version <= kept.root().version:
                return
            new = {"root_statement": root.signed, "root_key": b64(root.key.raw)}
            if root.trust_key != kept.trust_key() and not kept.statements_by:
                new["statements_by"] = b64(kept.trust_key().raw)
            if root.ca_pem:
                new["ca_pem"] = root.ca_pem
            change_enrolment(connection, new)

    def is_list_former(self) -> bool:
        """Tell whether list and configuration are by a trust key that has a successor by now."""
        return bool(self.enrolment().statements_by)

    def keep_time(self, central: datetime) -> None:
        """Remember the central's time beside this machine's clocks."""
        with transaction(self._connections.db) as connection:
            self._note_time(connection, central)

    def _note_time(self, connection: sqlite3.Connection, central: datetime) -> None:
        now = self._clock()
        value = {
            "central": rfc3339(central),
            "wall": rfc3339(now.utc),
            "monotonic_ms": now.monotonic_ms,
            "boot_id": boot_id(),
            "drift_ppm": _measure_drift(connection, Compared(central=central, wall=now.utc)),
        }
        write(connection, "trusted_time", json.dumps(value))

    def last_exchange_at(self) -> datetime | None:
        """Return the central's time at the last exchange that brought updates; None before."""
        text = read(self._connections.db.conn, "last_exchange_at")
        return parse_rfc3339(text) if text else None

    def trusted_time(self) -> TrustedTime | None:
        """Return the last signed time; None before the first."""
        text = read(self._connections.db.conn, "trusted_time")
        if text is None:
            return None
        value = json.loads(text)
        return TrustedTime(
            central=parse_rfc3339(value["central"]),
            wall=parse_rfc3339(value["wall"]),
            monotonic_ms=value["monotonic_ms"],
            boot_id=value["boot_id"],
            drift_ppm=value.get("drift_ppm"),
        )

    def keep_word(
        self,
        confirmed: journal.Head | None,
        before: journal.Head | None,
        central: datetime,
        epochs: Sequence[EpochHeld] = (),
    ) -> None:
        """Remember what the central said to a heartbeat: heads (``store.heads``) and its time.

        *epochs* is what it holds: what it misses although it acknowledged it is sent again.
        """
        with transaction(self._connections.db) as connection:
            heads.take_in(connection, confirmed, before)
            recalls.missing(connection, epochs, central - _COUNTED_FOR_SURE, self._clock)
            self._note_time(connection, central)

    def journal_head(self) -> journal.Head | None:
        """Return the head that the journal must pass through; None before the central told any."""
        return heads.to_pass_through(self._connections.db.conn)


def _measure_drift(connection: sqlite3.Connection, now: Compared) -> float | None:
    text = read(connection, "drift_begun")
    if text is not None:
        value = json.loads(text)
        begun = Compared(central=parse_rfc3339(value["central"]), wall=parse_rfc3339(value["wall"]))
        if is_one_run(begun, now):
            return drift_ppm(begun, now)
    value = {"central": rfc3339(now.central), "wall": rfc3339(now.wall)}
    write(connection, "drift_begun", json.dumps(value))
    return None


def reserve_code(connection: sqlite3.Connection) -> str | None:
    """Return the code that a restore may number under; None when there is no reserve letter.

    Raises:
        NotEnrolledError: There is no device yet.
    """
    kept = read_enrolment(connection)
    return kept.device[:-1] + kept.reserve_letter if kept.reserve_letter else None


def take_reserve(connection: sqlite3.Connection, is_free: bool) -> str | None:
    """Number under the reserve letter from now on, within the caller's transaction.

    Returns the new code. None when there is no reserve letter, or when it is not free: then no
    number can be given out before a new letter comes.
    """
    code = (reserve_code(connection) if is_free else None) or ""
    change_enrolment(connection, {"reserve_letter": ""})
    write(connection, EPOCH, code)
    if code:
        # Not OR IGNORE: a letter that was numbered under before must not be begun again.
        connection.execute("INSERT INTO receipt_sequence VALUES (?, 0)", (code,))
    return code or None


def keep_status(connection: sqlite3.Connection, status: StatusUpdate) -> None:
    """Keep a stage the central told; the same word twice is one row."""
    at = rfc3339(status.at)
    connection.execute(
        "INSERT OR IGNORE INTO statuses VALUES (?, ?, ?, ?)",
        (status.receipt_number, status.status.value, at, status.model_dump_json()),
    )
    deposits.set_stage(connection, status.receipt_number, status.status, at)


@named_faults()
def last_status(connection: sqlite3.Connection, receipt_number: str) -> StatusUpdate | None:
    """Return the newest stage the central told of a number."""
    row = connection.execute(
        "SELECT detail FROM statuses WHERE receipt_number = ? ORDER BY at DESC, rowid DESC LIMIT 1",
        (receipt_number,),
    ).fetchone()
    return StatusUpdate.model_validate_json(row[0]) if row else None
