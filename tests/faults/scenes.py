"""The scenes that are cut short: what lies there before, and what an agent then does."""

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, replace
from uuid import UUID, uuid4

from kiosk.domain.vocabulary import PieceKind
from kiosk.store.journal import Act
from kiosk.store.migrations import migrations
from kiosk.store.sqlite import Database, sqlite3
from tests.faults import line, upkeep
from tests.faults.counter import Counter
from tests.faults.person import CORRECTED, EARLIER, REASON, typed


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """One thing that happens at a kiosk.

    Attributes:
        before: Makes what lies on the disk, durably, before it begins.
        play: What happens.
        is_start: The start-up itself is in question: *play* opens the store.
    """

    before: Callable[[Counter], None]
    play: Callable[[Counter], None]
    is_start: bool = False


def _enrolled(counter: Counter) -> None:
    counter.open()
    counter.enrol()


def _nothing(_counter: Counter) -> None:
    """Leave the disk as it came."""


def _first_start(counter: Counter) -> None:
    counter.open()
    counter.enrol()
    counter.take()


def _second_deposits(counter: Counter) -> None:
    counter.take()
    counter.take(pages=2)


def _checkpoints(counter: Counter) -> None:
    # SQLite checkpoints after a commit that leaves this many pages in the log; then begins it anew.
    counter.store.db.conn.execute("PRAGMA wal_autocheckpoint = 8")
    for _ in range(3):
        counter.take()


def _evening(counter: Counter) -> None:
    counter.take()
    counter.close()
    counter.open()
    counter.take()


def _pages_then_confirm(counter: Counter) -> None:
    draft = counter.draft(pages=3)
    counter.drop_page(draft)
    counter.add_page(draft)
    counter.confirm(draft)


def _abandon(counter: Counter) -> None:
    counter.abandon(counter.draft(pages=2))
    counter.take()


def _with_draft(counter: Counter) -> None:
    upkeep.with_deposits(counter)
    draft = counter.draft(pages=2)
    counter.note(draft, replace(typed(), amount=EARLIER))


def _resume(counter: Counter) -> None:
    counter.open()
    (found,) = counter.desk.drafts.open_drafts()
    draft = found.draft_id
    for page in counter.desk.drafts.resume(draft):
        counter.heard(draft, page)
    counter.tell({"what": "noted", "draft": str(draft), "amount": found.form.amount})
    counter.add_page(draft)
    counter.replace_page(draft)
    counter.note(draft, typed())
    counter.confirm(draft)


def _cancel(counter: Counter) -> None:
    counter.cancel(counter.number())
    counter.take()


def _amend(counter: Counter) -> None:
    number = counter.number()
    counter.after_receipt(lambda: counter.desk.events.amend(number, CORRECTED, REASON))


def _complement(counter: Counter) -> None:
    number, draft = counter.number(), counter.draft()
    marks = counter.marks(draft, PieceKind.RESULTATS)
    with counter.ending(draft):
        counter.after_receipt(lambda: counter.desk.events.complement(number, draft, marks, REASON))


def _scan_later(counter: Counter) -> None:
    number, draft = counter.receive(), counter.draft(pages=2)
    marks = counter.marks(draft)
    with counter.ending(draft):
        counter.after_receipt(lambda: counter.desk.events.complete(number, draft, marks))


def _print(counter: Counter) -> None:
    number = counter.take()
    reading = counter.clock.read()
    counter.attempt(lambda: counter.store.close_prints(number, Act.PRINTED, reading))
    counter.tell({"what": "printed", "number": number})


def _with_orphans(counter: Counter) -> None:
    upkeep.with_deposits(counter)
    kept = next(iter(sorted(counter.folder.spool.glob("*.wasl"))))
    for _ in range(2):
        kept.with_name(f"{uuid4()}.wasl").write_bytes(kept.read_bytes())
    (counter.folder.spool / f"{UUID(int=7)}.wasl.part").write_bytes(b"half a bundle")


def _start_and_take(counter: Counter) -> None:
    counter.open()
    counter.take()


def _with_previous_schema(counter: Counter) -> None:
    """Put all rows into a database that lacks the last step."""
    upkeep.with_deposits(counter)
    counter.close()
    new = counter.folder.database
    old = new.with_name("old.db")
    steps = [step.name for step in migrations.pending(Database(memory=True))]
    key = f"x'{counter.keys.database_key.hex()}'"
    with closing(sqlite3.connect(old, isolation_level=None)) as connection:
        connection.execute(f'PRAGMA key = "{key}"')
        made = Database(connection)
        migrations.apply(made, stop_before=steps[-1])
        connection.execute("ATTACH ? AS theirs KEY ?", (str(new), key))
        for table in made.table_names():
            if "migrations" in table or table.startswith("sqlite_"):
                continue
            columns = ", ".join(column.name for column in made.table(table).columns)
            connection.execute(
                f"INSERT INTO main.{table} ({columns}) SELECT {columns} FROM theirs.{table}"  # noqa: S608
            )
        connection.execute("DETACH theirs")
    old.replace(new)


SCENES: dict[str, Scene] = {
    "first_start": Scene(before=_nothing, play=_first_start, is_start=True),
    "first_deposit": Scene(before=_enrolled, play=lambda counter: _ignore(counter.take())),
    "nth_deposit": Scene(before=upkeep.with_deposits, play=_second_deposits),
    "checkpoint_between": Scene(before=upkeep.with_deposits, play=_checkpoints),
    "evening_and_morning": Scene(before=upkeep.with_deposits, play=_evening),
    "pages_then_confirm": Scene(before=_enrolled, play=_pages_then_confirm),
    "draft_resumed": Scene(before=_with_draft, play=_resume, is_start=True),
    "draft_abandoned": Scene(before=_enrolled, play=_abandon),
    "cancel": Scene(before=upkeep.with_deposits, play=_cancel),
    "amend": Scene(before=upkeep.with_deposits, play=_amend),
    "complement": Scene(before=upkeep.with_deposits, play=_complement),
    "scan_later": Scene(before=_enrolled, play=_scan_later),
    "delivered": Scene(before=upkeep.with_deposits, play=line.deliver),
    "line_fails": Scene(before=upkeep.with_deposits, play=line.line_fails),
    "central_recalls": Scene(before=upkeep.with_deposits, play=line.hear_the_central),
    "receipt_printed": Scene(before=_enrolled, play=_print),
    "orphans_at_start": Scene(before=_with_orphans, play=_start_and_take, is_start=True),
    "migration": Scene(before=_with_previous_schema, play=_start_and_take, is_start=True),
    "first_backup": Scene(before=upkeep.with_deposits, play=upkeep.back_up),
    "next_backup": Scene(before=upkeep.with_backup, play=upkeep.back_up),
    "restore": Scene(before=upkeep.with_lost_pc, play=upkeep.restore, is_start=True),
    "purge": Scene(before=upkeep.with_much_delivered, play=upkeep.purge),
}


def _ignore(_answer: object) -> None:
    """Take an answer that nobody needs."""
