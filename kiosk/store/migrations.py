"""The database's schema: numbered steps, append-only, plain SQL, one change each."""

from kiosk.store.sqlite import Database, Migrations

migrations = Migrations("wasl")


@migrations(name="0001_deposits")
def create_deposits(db: Database) -> None:
    """Deposits with their frozen manifests."""
    db.execute(
        """
        CREATE TABLE deposits (
            deposit_id TEXT PRIMARY KEY,
            request_id TEXT NOT NULL UNIQUE,
            receipt_number TEXT NOT NULL UNIQUE,
            epoch TEXT NOT NULL,
            number INTEGER NOT NULL CHECK (number > 0),
            state TEXT NOT NULL CHECK (state IN ('to_scan', 'queued', 'sending', 'acknowledged',
                                                 'purged', 'held', 'cancelled')),
            held_reason TEXT CHECK (held_reason IN ('refused_for_good', 'conflict', 'too_large',
                                                    'bundle_damaged', 'device_revoked')),
            stage TEXT NOT NULL,
            stage_at TEXT NOT NULL,
            kind TEXT NOT NULL,
            created_at TEXT NOT NULL,
            page_count INTEGER NOT NULL CHECK (page_count >= 0),
            size_bytes INTEGER NOT NULL CHECK (size_bytes >= 0),
            document_sha256 BLOB,
            manifest BLOB NOT NULL,
            manifest_sha256 BLOB NOT NULL CHECK (length(manifest_sha256) = 32),
            signature BLOB NOT NULL,
            qr_text TEXT NOT NULL,
            warnings TEXT NOT NULL,
            group_id TEXT,
            person_day BLOB NOT NULL,
            claim BLOB NOT NULL,
            acknowledged_at TEXT,
            acknowledgement BLOB,
            CHECK ((state = 'held') = (held_reason IS NOT NULL)),
            UNIQUE (epoch, number)
        ) STRICT
        """
    )
    db.execute("CREATE INDEX deposits_by_state ON deposits (state)")
    db.execute("CREATE INDEX deposits_by_person_day ON deposits (person_day)")
    db.execute("CREATE INDEX deposits_by_claim ON deposits (claim)")


@migrations(name="0002_events")
def create_events(db: Database) -> None:
    """Signed acts after the receipt; the deposit may be another kiosk's."""
    db.execute(
        """
        CREATE TABLE events (
            event_id TEXT PRIMARY KEY,
            deposit_id TEXT,
            receipt_number TEXT NOT NULL,
            event TEXT NOT NULL CHECK (event IN ('cancellation', 'amendment', 'complement',
                                                 'completion')),
            created_at TEXT NOT NULL,
            page_count INTEGER NOT NULL CHECK (page_count >= 0),
            size_bytes INTEGER NOT NULL CHECK (size_bytes >= 0),
            document_sha256 BLOB,
            manifest BLOB NOT NULL,
            manifest_sha256 BLOB NOT NULL CHECK (length(manifest_sha256) = 32),
            signature BLOB NOT NULL,
            acknowledged_at TEXT,
            acknowledgement BLOB
        ) STRICT
        """
    )
    db.execute("CREATE INDEX events_by_number ON events (receipt_number)")


@migrations(name="0003_outbox")
def create_outbox(db: Database) -> None:
    """What still has to reach the central, oldest first."""
    db.execute(
        """
        CREATE TABLE outbox (
            position INTEGER PRIMARY KEY AUTOINCREMENT,
            item_id TEXT NOT NULL UNIQUE,
            item_kind TEXT NOT NULL CHECK (item_kind IN ('deposit', 'event')),
            deposit_id TEXT,
            receipt_number TEXT NOT NULL,
            state TEXT NOT NULL CHECK (state IN ('queued', 'sending', 'held', 'done')),
            manifest_there INTEGER NOT NULL DEFAULT 0 CHECK (manifest_there IN (0, 1)),
            created_at TEXT NOT NULL,
            attempts INTEGER NOT NULL DEFAULT 0 CHECK (attempts >= 0),
            next_attempt_at TEXT,
            leased_until TEXT,
            last_error TEXT,
            CHECK ((state = 'sending') = (leased_until IS NOT NULL))
        ) STRICT
        """
    )
    db.execute("CREATE INDEX outbox_open ON outbox (position) WHERE state <> 'done'")
    db.execute("CREATE INDEX outbox_by_deposit ON outbox (deposit_id)")


@migrations(name="0004_journal")
def create_journal(db: Database) -> None:
    """The hash-chained log of acts: append-only, no personal data."""
    db.execute(
        """
        CREATE TABLE journal (
            entry INTEGER PRIMARY KEY,
            at TEXT NOT NULL,
            monotonic_ms INTEGER NOT NULL,
            clock TEXT NOT NULL,
            act TEXT NOT NULL,
            receipt_number TEXT NOT NULL,
            agent TEXT NOT NULL,
            reason TEXT NOT NULL,
            previous BLOB NOT NULL CHECK (length(previous) = 32),
            hash BLOB NOT NULL UNIQUE CHECK (length(hash) = 32)
        ) STRICT
        """
    )
    for act in ("UPDATE", "DELETE"):
        db.execute(
            f"CREATE TRIGGER journal_no_{act.lower()} BEFORE {act} ON journal "
            "BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END"
        )


@migrations(name="0005_receipts")
def create_receipt_sequence(db: Database) -> None:
    """The next number of each epoch, and which paper was asked for."""
    db.execute(
        """
        CREATE TABLE receipt_sequence (
            epoch TEXT PRIMARY KEY,
            last INTEGER NOT NULL CHECK (last >= 0)
        ) STRICT
        """
    )
    db.execute(
        """
        CREATE TABLE print_intent (
            id INTEGER PRIMARY KEY,
            receipt_number TEXT NOT NULL,
            created_at TEXT NOT NULL,
            mark TEXT NOT NULL CHECK (mark IN ('', 'duplicata', 'rectifie', 'complement',
                                              'annule')),
            state TEXT NOT NULL CHECK (state IN ('open', 'printed'))
        ) STRICT
        """
    )
    db.execute("CREATE INDEX print_intent_by_number ON print_intent (receipt_number)")


@migrations(name="0006_memory")
def create_memory(db: Database) -> None:
    """What the device remembers of the central, counters, and stages it was told."""
    db.execute("CREATE TABLE memory (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT")
    db.execute("CREATE TABLE counters (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT")
    db.execute(
        """
        CREATE TABLE statuses (
            receipt_number TEXT NOT NULL,
            status TEXT NOT NULL,
            at TEXT NOT NULL,
            detail TEXT NOT NULL,
            PRIMARY KEY (receipt_number, at, status)
        ) STRICT
        """
    )


@migrations(name="0007_journal_no_replace")
def refuse_replaced_entries(db: Database) -> None:
    """REPLACE removes a row without any DELETE trigger: an entry only ever follows the last."""
    db.execute(
        "CREATE TRIGGER journal_no_replace BEFORE INSERT ON journal "
        "WHEN NEW.entry <= (SELECT coalesce(max(entry), 0) FROM journal) "
        "BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END"
    )


@migrations(name="0008_drafts")
def create_drafts(db: Database) -> None:
    """Dossiers being taken: their keys, what was typed, and which page lies in which file."""
    db.execute(
        """
        CREATE TABLE drafts (
            draft_id TEXT PRIMARY KEY,
            key BLOB NOT NULL CHECK (length(key) = 32),
            created_at TEXT NOT NULL,
            origin TEXT NOT NULL CHECK (origin IN ('window', 'command')),
            form TEXT NOT NULL,
            marks TEXT NOT NULL,
            group_id TEXT,
            agent TEXT NOT NULL
        ) STRICT
        """
    )
    db.execute(
        """
        CREATE TABLE draft_pages (
            draft_id TEXT NOT NULL REFERENCES drafts (draft_id) ON DELETE CASCADE,
            page_id INTEGER NOT NULL CHECK (page_id > 0),
            position INTEGER NOT NULL CHECK (position > 0),
            version INTEGER NOT NULL CHECK (version > 0),
            page TEXT NOT NULL,
            PRIMARY KEY (draft_id, page_id)
        ) STRICT
        """
    )


@migrations(name="0010_agents")
def create_agents(db: Database) -> None:
    """Who works at the counter, how often a secret was typed wrong, codes told over the phone."""
    db.execute(
        """
        CREATE TABLE agents (
            name TEXT PRIMARY KEY CHECK (length(name) BETWEEN 2 AND 32),
            role TEXT NOT NULL CHECK (role IN ('agent', 'supervisor', 'technician')),
            pin_hash TEXT NOT NULL CHECK (pin_hash LIKE '$argon2id$%'),
            code_seed BLOB CHECK (length(code_seed) = 20),
            is_disabled INTEGER NOT NULL DEFAULT 0 CHECK (is_disabled IN (0, 1)),
            CHECK ((role = 'supervisor') = (code_seed IS NOT NULL))
        ) STRICT
        """
    )
    db.execute(
        """
        CREATE TABLE wrong_tries (
            agent TEXT NOT NULL REFERENCES agents (name),
            secret TEXT NOT NULL CHECK (secret IN ('pin', 'code')),
            failures INTEGER NOT NULL CHECK (failures > 0),
            wait_ms INTEGER NOT NULL CHECK (wait_ms >= 0),
            since_monotonic_ms INTEGER NOT NULL,
            boot_id TEXT NOT NULL,
            PRIMARY KEY (agent, secret)
        ) STRICT
        """
    )
    db.execute(
        """
        CREATE TABLE code_challenges (
            challenge TEXT PRIMARY KEY CHECK (length(challenge) = 9),
            supervisor TEXT NOT NULL REFERENCES agents (name),
            asked_by TEXT NOT NULL,
            task TEXT NOT NULL CHECK (task IN ('release', 'settings', 'agents')),
            subject TEXT NOT NULL,
            tries_left INTEGER NOT NULL CHECK (tries_left >= 0),
            state TEXT NOT NULL CHECK (state IN ('open', 'used', 'spent')),
            CHECK ((state = 'spent') = (tries_left = 0))
        ) STRICT
        """
    )


@migrations(name="0009_backups")
def create_orphans(db: Database) -> None:
    """Bundles without a deposit: never committed, or forgotten by a restored database."""
    db.execute(
        "CREATE TABLE orphans (name TEXT PRIMARY KEY, receipt_number TEXT NOT NULL,"
        " set_aside_at TEXT NOT NULL) STRICT"
    )
    db.execute(
        """
        CREATE TABLE adopted (
            item_id TEXT PRIMARY KEY,
            receipt_number TEXT NOT NULL,
            manifest_sha256 BLOB NOT NULL CHECK (length(manifest_sha256) = 32),
            size_bytes INTEGER NOT NULL CHECK (size_bytes > 0),
            adopted_at TEXT NOT NULL,
            acknowledged_at TEXT,
            acknowledgement BLOB
        ) STRICT
        """
    )


@migrations(name="0011_retention")
def add_retention(db: Database) -> None:
    """When a deposit's or an event's details were removed, and what still has them."""
    for table in ("deposits", "events"):
        db.execute(f"ALTER TABLE {table} ADD COLUMN minimised_at TEXT")
        db.execute(
            f"CREATE INDEX {table}_with_details ON {table} (acknowledged_at)"
            " WHERE minimised_at IS NULL"
        )
    db.execute("CREATE INDEX events_by_deposit ON events (deposit_id)")


@migrations(name="0013_looks")
def index_looks(db: Database) -> None:
    """Looking at the queue, the day and what waits reads indexes, however much is kept."""
    db.execute("DROP INDEX deposits_by_state")
    db.execute(
        "CREATE INDEX deposits_by_state ON deposits (state, minimised_at, created_at, size_bytes)"
    )
    # Within one value of its columns an index is in order of rowid: the queue's, newest first.
    db.execute(
        "CREATE INDEX deposits_kept ON deposits (minimised_at)"
        " WHERE minimised_at IS NULL AND state <> 'purged'"
    )
    db.execute("CREATE INDEX deposits_by_day ON deposits (created_at, state)")
    db.execute("DROP INDEX outbox_open")
    db.execute(
        "CREATE INDEX outbox_open ON outbox (position, state, next_attempt_at)"
        " WHERE state <> 'done'"
    )
    db.execute(
        "CREATE INDEX print_intent_open ON print_intent (receipt_number) WHERE state = 'open'"
    )


@migrations(name="0014_tally")
def count_states(db: Database) -> None:
    """How many deposits are in each state: counted as they move, not over all there ever were."""
    db.execute(
        "CREATE TABLE tally (state TEXT PRIMARY KEY, deposits INTEGER NOT NULL)"
        " STRICT, WITHOUT ROWID"
    )
    db.execute("INSERT INTO tally SELECT state, count(*) FROM deposits GROUP BY state")
    more = (
        "INSERT INTO tally VALUES (NEW.state, 1)"
        " ON CONFLICT (state) DO UPDATE SET deposits = deposits + 1;"
    )
    less = "UPDATE tally SET deposits = deposits - 1 WHERE state = OLD.state;"
    for name, event, change in (
        ("made", "INSERT", more),
        ("moved", "UPDATE OF state", more + less),
        ("gone", "DELETE", less),
    ):
        db.execute(f"CREATE TRIGGER tally_{name} AFTER {event} ON deposits BEGIN {change} END")
