"""A database of any earlier step comes up to date with everything that was in it."""

from contextlib import closing

import pytest

from kiosk.store import journal
from kiosk.store.folder import DataFolder
from kiosk.store.journal import Act, Entry
from kiosk.store.migrations import migrations
from kiosk.store.sqlite import Database, sqlite3
from kiosk.store.store import open_for_writing
from tests.database_key import KEY, connect
from tests.enrolled import TestCentral, TestClock
from tests.store.faults import refused_step
from tests.store.items import Clerk

STEPS = [step.name for step in migrations.pending(Database(memory=True))]
_DEPOSIT = (
    "INSERT INTO deposits (deposit_id, request_id, receipt_number, epoch, number, state,"
    " held_reason, stage, stage_at, kind, created_at, page_count, size_bytes, document_sha256,"
    " manifest, manifest_sha256, signature, qr_text, warnings, group_id, person_day, claim,"
    " acknowledged_at, acknowledgement) VALUES ('0190a000-0000-7000-8000-000000000001',"
    " '0190a000-0000-7000-8000-000000000002', 'C0417A-000001-54', 'C0417A', 1, 'queued', NULL,"
    " 'deposited', '2026-11-23T08:00:00.000Z', 'maladie', '2026-11-23T08:00:00.000Z', 1, 10,"
    " zeroblob(32), x'7b7d', zeroblob(32), x'00', 'HTTPS://X/R/A', '[]', NULL, zeroblob(32),"
    " zeroblob(32), NULL, NULL)"
)
_EVENT = (
    "INSERT INTO events (event_id, deposit_id, receipt_number, event, created_at, page_count,"
    " size_bytes, document_sha256, manifest, manifest_sha256, signature, acknowledged_at,"
    " acknowledgement) VALUES ('0190a000-0000-7000-8000-000000000003', NULL, 'C0417A-000001-54',"
    " 'amendment', '2026-11-23T08:00:00.000Z', 0, 0, NULL, x'7b7d', zeroblob(32), x'00', NULL,"
    " NULL)"
)
_OUTBOX = (
    "INSERT INTO outbox (item_id, item_kind, deposit_id, receipt_number, state, created_at)"
    " VALUES ('0190a000-0000-7000-8000-000000000001', 'deposit',"
    " '0190a000-0000-7000-8000-000000000001', 'C0417A-000001-54', 'queued',"
    " '2026-11-23T08:00:00.000Z')"
)
_DRAFT = (
    "INSERT INTO drafts VALUES ('0190a000-0000-7000-8000-000000000004', randomblob(32),"
    " '2026-11-23T08:00:00.000Z', 'window', '{\"amount\":\"10\"}', '{}', NULL, 'technician')"
)
_DRAFT_PAGE = (
    "INSERT INTO draft_pages VALUES ('0190a000-0000-7000-8000-000000000004', 1, 1, 1, '{}')"
)
_ROWS: dict[str, tuple[str, ...]] = {
    "0001_deposits": (_DEPOSIT,),
    "0002_events": (_EVENT,),
    "0003_outbox": (_OUTBOX,),
    "0004_journal": (),
    "0005_receipts": (
        "INSERT INTO receipt_sequence VALUES ('C0417A', 1)",
        "INSERT INTO print_intent VALUES (1, 'C0417A-000001-54', '2026-11-23T08:00:00.000Z', '',"
        " 'open')",
    ),
    "0006_memory": ("INSERT INTO counters VALUES ('act', 1)",),
    "0007_journal_no_replace": (),
    "0008_drafts": (_DRAFT, _DRAFT_PAGE),
    "0010_agents": (
        "INSERT INTO agents VALUES ('amina', 'agent', '$argon2id$v=19$x', NULL, 0)",
        "INSERT INTO wrong_tries VALUES ('amina', 'pin', 4, 60000, 1000, 'boot')",
    ),
    "0009_backups": (
        "INSERT INTO orphans VALUES ('x.wasl', 'C0417A-000001-54', '2026-11-23T08:00:00.000Z')",
        "INSERT INTO adopted VALUES ('0190a000-0000-7000-8000-000000000005', 'C0417A-000001-54',"
        " zeroblob(32), 10, '2026-11-23T08:00:00.000Z', NULL, NULL)",
    ),
    "0011_retention": (
        "UPDATE deposits SET minimised_at = '2026-11-23T08:00:00.000Z'",
        "UPDATE events SET minimised_at = '2026-11-23T08:00:00.000Z'",
    ),
    "0013_looks": (),
    "0014_tally": ("UPDATE deposits SET state = 'acknowledged'",),
}


def make_old(folder: DataFolder, steps: int, clock: TestClock) -> dict[str, int]:
    """Make a database of the first *steps* steps with rows in it; return rows by table."""
    folder.make()
    with closing(connect(folder.database, isolation_level=None)) as connection:
        db = Database(connection)
        if steps < len(STEPS):
            migrations.apply(db, stop_before=STEPS[steps])
        else:
            migrations.apply(db)
        for name in STEPS[:steps]:
            for statement in _ROWS[name]:
                connection.execute(statement)
        if steps >= 4:
            entry = Entry(act=Act.DEPOSITED, clock=clock.read(), receipt_number="C0417A-000001-54")
            journal.append(connection, entry)
        return _counts(connection)


def _counts(connection: sqlite3.Connection) -> dict[str, int]:
    names = connection.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '%sqlite%'"
    ).fetchall()
    return {
        name: connection.execute(f"SELECT count(*) FROM {name}").fetchone()[0]  # noqa: S608
        for (name,) in names
    }


def test_every_step_has_rows_to_carry_over() -> None:
    assert list(_ROWS) == STEPS


@pytest.mark.parametrize("steps", range(len(STEPS) + 1))
def test_database_of_every_earlier_step_comes_up_with_its_rows(
    steps: int, folder: DataFolder, clock: TestClock, central: TestCentral
) -> None:
    before = make_old(folder, steps, clock)
    store = open_for_writing(folder, clock.read, KEY)
    try:
        after = _counts(store.db.conn)
        assert {name: after[name] for name in before} == before
        assert not migrations.pending(store.db)
        journal.verify(store.db.conn)
        store.memory.keep_enrolment(central.enrolment())
        has_agents = "0010_agents" in STEPS[:steps]
        clerk = Clerk(store=store, clock=clock, agent="amina" if has_agents else "technician")
        if steps not in range(1, 5):  # between these a program never stood: no sequence yet
            clerk.deposit()
        counted = store.db.conn.execute("SELECT state, count(*) FROM deposits GROUP BY state")
        told = store.db.conn.execute("SELECT * FROM tally WHERE deposits <> 0 ORDER BY state")
        assert told.fetchall() == counted.fetchall()
    finally:
        store.close()


@pytest.mark.parametrize("refused", [3, 30, 60, 90, 120, 150])
def test_migration_that_fails_goes_on_at_the_next_start(
    refused: int, folder: DataFolder, clock: TestClock
) -> None:
    # The power goes in the middle of an update of the program.
    make_old(folder, 2, clock)
    with closing(connect(folder.database, isolation_level=None)) as connection:
        db = Database(connection)
        with pytest.raises(sqlite3.DatabaseError), refused_step(connection, refused):
            migrations.apply(db)
    store = open_for_writing(folder, clock.read, KEY)
    try:
        assert _counts(store.db.conn)["deposits"] == 1
        assert not migrations.pending(store.db)
    finally:
        store.close()


def test_second_start_migrates_nothing(folder: DataFolder, clock: TestClock) -> None:
    for _ in range(2):
        store = open_for_writing(folder, clock.read, KEY)
        applied = [(step.name, step.applied_at) for step in migrations.applied(store.db)]
        store.close()
    again = open_for_writing(folder, clock.read, KEY)
    assert [(step.name, step.applied_at) for step in migrations.applied(again.db)] == applied
    again.close()
