"""Open drafts in the database: key, words, and which page lies in which file."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from kiosk.domain.errors import InvalidInputError
from kiosk.domain.form import DepositForm
from kiosk.domain.moments import ClockReading, parse_rfc3339, rfc3339
from kiosk.domain.page import Page
from kiosk.domain.views import FoundDraft
from kiosk.domain.vocabulary import AbandonReason, PieceKind
from kiosk.store import agents, journal
from kiosk.store import draft_texts as texts
from kiosk.store.database import transaction
from kiosk.store.drafts import file_name
from kiosk.store.errors import named_faults
from kiosk.store.journal import Act, Entry
from kiosk.store.outbox import Connections
from kiosk.store.sqlite import sqlite3


class Origin(StrEnum):
    """Who takes the dossier. A command's draft ends with it: the command can be repeated."""

    WINDOW = "window"
    COMMAND = "command"


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredPage:
    """Where a page lies. ``page`` is None when its row cannot be read."""

    page_id: int
    position: int
    version: int
    page: Page | None


class SqliteDrafts:
    """Rows of open drafts. Threads: any.

    A draft's key lies here only, and goes in the same transaction as the draft: after a crash
    either the draft stands and nothing came of it, or the deposit stands and no key does.
    """

    def __init__(self, connections: Connections, clock: Callable[[], ClockReading]) -> None:
        self._connections = connections
        self._clock = clock

    def add(
        self, draft_id: UUID, key: bytes, created_at: datetime, origin: Origin, agent: str
    ) -> None:
        """Open a draft. Its folder is there already."""
        with transaction(self._connections.db) as connection:
            connection.execute(
                "INSERT INTO drafts VALUES (?, ?, ?, ?, '', '{}', NULL, ?)",
                (str(draft_id), key, rfc3339(created_at), origin.value, agent),
            )

    def note(self, draft_id: UUID, form: DepositForm, marks: Mapping[int, PieceKind]) -> None:
        """Keep what was typed and how pages are marked.

        Raises:
            InvalidInputError: There is no such draft.
        """
        group_id = str(form.group_id) if form.group_id else None
        words = texts.write_form(replace(form, group_id=None))
        with transaction(self._connections.db) as connection:
            changed = connection.execute(
                "UPDATE drafts SET form = ?, marks = ?, group_id = ? WHERE draft_id = ?",
                (words, texts.write_marks(marks), group_id, str(draft_id)),
            ).rowcount
            _one(changed)

    def put_page(self, draft_id: UUID, page: StoredPage) -> None:
        """Let a page's row point to its newest file, which is durable already.

        Raises:
            InvalidInputError: There is no such draft.
        """
        if page.page is None:
            raise AssertionError("a page that is kept has been read")
        with transaction(self._connections.db) as connection:
            changed = connection.execute(
                "INSERT INTO draft_pages SELECT draft_id, ?, ?, ?, ? FROM drafts"
                " WHERE draft_id = ? ON CONFLICT (draft_id, page_id) DO UPDATE"
                " SET version = excluded.version, page = excluded.page",
                (
                    page.page_id,
                    page.position,
                    page.version,
                    texts.write_page(page.page),
                    str(draft_id),
                ),
            ).rowcount
            _one(changed)

    def remove_page(self, draft_id: UUID, page_id: int) -> None:
        """Drop a page's row."""
        with transaction(self._connections.db) as connection:
            connection.execute(
                "DELETE FROM draft_pages WHERE draft_id = ? AND page_id = ?",
                (str(draft_id), page_id),
            )

    def abandon(self, draft_id: UUID, reason: AbandonReason, agent: str) -> None:
        """Delete a draft and its key, and say so in the journal; *agent* is empty for a command.

        Raises:
            ForbiddenError: The agent may not act.
            InvalidInputError: There is no such draft.
        """
        with transaction(self._connections.db) as connection:
            if agent:
                agents.check_acts(connection, agent)
            delete(connection, draft_id)
            entry = Entry(act=Act.ABANDONED, clock=self._clock(), agent=agent, reason=reason.value)
            journal.append(connection, entry)

    def end_commands(self) -> int:
        """Delete drafts that a killed command left, and those nothing was put in.

        A command can be repeated under its request id. Returns how many were a command's.
        """
        with transaction(self._connections.db) as connection:
            connection.execute(
                "DELETE FROM drafts WHERE form = '' AND NOT EXISTS"
                " (SELECT 1 FROM draft_pages WHERE draft_pages.draft_id = drafts.draft_id)"
            )
            ended = connection.execute("DELETE FROM drafts WHERE origin = 'command'").rowcount
            for _ in range(ended):
                reason = AbandonReason.COMMAND_ENDED.value
                entry = Entry(act=Act.ABANDONED, clock=self._clock(), reason=reason)
                journal.append(connection, entry)
        return int(ended)

    @named_faults()
    def found(self) -> tuple[FoundDraft, ...]:
        """Return the window's drafts, oldest first."""
        rows = self._connections.db.conn.execute(
            "SELECT draft_id, created_at, form, marks, group_id,"
            " (SELECT count(*) FROM draft_pages WHERE draft_pages.draft_id = drafts.draft_id)"
            " FROM drafts WHERE origin = 'window' ORDER BY created_at, draft_id"
        ).fetchall()
        return tuple(
            FoundDraft(
                draft_id=UUID(draft_id),
                created_at=parse_rfc3339(created_at),
                page_count=count,
                form=replace(texts.read_form(form), group_id=UUID(group) if group else None),
                marks=texts.read_marks(marks),
            )
            for draft_id, created_at, form, marks, group, count in rows
        )

    @named_faults()
    def load(self, draft_id: UUID) -> tuple[bytes, tuple[StoredPage, ...]]:
        """Return a draft's key and its pages in order.

        Raises:
            InvalidInputError: There is no such draft.
        """
        connection = self._connections.db.conn
        row = connection.execute(
            "SELECT key FROM drafts WHERE draft_id = ?", (str(draft_id),)
        ).fetchone()
        if row is None:
            raise InvalidInputError("draft", "there is no such draft")
        pages = connection.execute(
            "SELECT page_id, position, version, page FROM draft_pages WHERE draft_id = ?"
            " ORDER BY position, page_id",
            (str(draft_id),),
        ).fetchall()
        return row[0], tuple(
            StoredPage(
                page_id=page_id, position=position, version=version, page=texts.read_page(text)
            )
            for page_id, position, version, text in pages
        )

    @named_faults()
    def files(self) -> dict[str, set[str]]:
        """Return the names of the files that rows refer to, by draft id."""
        connection = self._connections.db.conn
        known: dict[str, set[str]] = {
            draft_id: set() for (draft_id,) in connection.execute("SELECT draft_id FROM drafts")
        }
        rows = connection.execute("SELECT draft_id, page_id, version FROM draft_pages")
        for draft_id, page_id, version in rows.fetchall():
            known[draft_id].add(file_name(page_id, version))
        return known


def delete(connection: sqlite3.Connection, draft_id: UUID) -> None:
    """Delete a draft and its key within the caller's transaction.

    Raises:
        InvalidInputError: It is gone already: whatever the caller makes of it was made before,
            or the draft was abandoned.
    """
    _one(connection.execute("DELETE FROM drafts WHERE draft_id = ?", (str(draft_id),)).rowcount)


def _one(changed: int) -> None:
    if changed != 1:
        raise InvalidInputError("draft", "there is no such draft")
