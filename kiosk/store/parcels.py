"""What a courier may carry for this kiosk: unsent items, and bundles a restore adopted."""

from collections.abc import Callable
from uuid import UUID

from kiosk.domain.moments import ClockReading, rfc3339
from kiosk.store import journal, outbox_rows
from kiosk.store.database import transaction
from kiosk.store.errors import named_faults
from kiosk.store.journal import Act
from kiosk.store.outbox import Connections, SqliteOutbox
from kiosk.store.spool import Spool
from kiosk.store.sqlite import sqlite3
from kiosk.sync.ports import Delivered, ItemKind, Parcel
from kiosk.wire.bundles import read_header
from kiosk.wire.errors import DamagedBundleError

_ITEMS = """
    SELECT o.item_id, o.item_kind, o.receipt_number, o.state = 'done' AS is_delivered,
           coalesce(d.manifest_sha256, e.manifest_sha256) AS manifest_sha256,
           coalesce(d.document_sha256, e.document_sha256) AS document_sha256
    FROM outbox o
    LEFT JOIN deposits d ON o.item_kind = 'deposit' AND d.deposit_id = o.item_id
    LEFT JOIN events e ON o.item_kind = 'event' AND e.event_id = o.item_id
    WHERE {which} ORDER BY o.position
"""
_ADOPTED = """
    SELECT item_id, receipt_number, manifest_sha256, acknowledged_at IS NOT NULL FROM adopted
    WHERE {which} ORDER BY receipt_number, item_id
"""


class SqliteParcels:
    """The tables as a courier sees them (``sync.ports.Parcels``)."""

    def __init__(
        self,
        connections: Connections,
        spool: Spool,
        outbox: SqliteOutbox,
        clock: Callable[[], ClockReading],
    ) -> None:
        self._connections = connections
        self._spool = spool
        self._outbox = outbox
        self._clock = clock

    @named_faults()
    def outgoing(self) -> list[Parcel]:
        """Return what the central has not acknowledged yet, in the order it is to be taken in."""
        connection = self._connections.db.conn
        return [
            *(
                self._own(row)
                for row in connection.execute(_ITEMS.format(which="o.state <> 'done'"))
            ),
            *self._adopted("acknowledged_at IS NULL"),
        ]

    @named_faults()
    def find(self, item_id: UUID) -> Parcel | None:
        """Return one of this kiosk's own items; None when it is another's or gone."""
        connection = self._connections.db.conn
        row = connection.execute(_ITEMS.format(which="o.item_id = ?"), (str(item_id),)).fetchone()
        if row is not None:
            return self._own(row)
        return next(iter(self._adopted("item_id = ?", str(item_id))), None)

    def accept(self, item_id: UUID, word: Delivered) -> None:
        """Settle an item by the central's verified word, whatever state it is in."""
        self._outbox.settle(item_id, word)
        with transaction(self._connections.db) as connection:
            changed = connection.execute(
                "UPDATE adopted SET acknowledged_at = ?, acknowledgement = ?"
                " WHERE item_id = ? AND acknowledged_at IS NULL",
                (rfc3339(word.acknowledgement.at), word.signed, str(item_id)),
            ).rowcount
            if changed:
                self._note(connection, Act.ACKNOWLEDGED, word.acknowledgement.receipt_number)

    def note_export(self, count: int) -> None:
        """Journal that so many items were put on a stick."""
        with transaction(self._connections.db) as connection:
            self._note(connection, Act.EXPORTED, "", str(count))

    def _note(
        self, connection: sqlite3.Connection, act: Act, number: str, reason: str = "courier"
    ) -> None:
        entry = journal.Entry(act=act, clock=self._clock(), receipt_number=number, reason=reason)
        journal.append(connection, entry)

    def _own(self, row: sqlite3.Row) -> Parcel:
        item, kind, number, is_delivered, manifest, document = row
        item_id = UUID(item)
        is_replaced = kind == "deposit" and outbox_rows.is_replaced(self._connections.db.conn, item)
        return Parcel(
            item_id=item_id,
            kind=ItemKind(kind),
            receipt_number=number,
            bundle=self._spool.path(item_id),
            manifest_sha256=manifest,
            document_sha256=document,
            wants_document=document is not None and not is_replaced,
            is_delivered=bool(is_delivered),
        )

    def _adopted(self, which: str, *values: str) -> list[Parcel]:
        found = []
        rows = self._connections.db.conn.execute(_ADOPTED.format(which=which), values)
        for item, number, manifest, is_delivered in rows:
            item_id = UUID(item)
            document = self._document_of(item_id)
            found.append(
                Parcel(
                    item_id=item_id,
                    kind=None,  # it stands in the manifest, which can no longer be read here
                    receipt_number=number,
                    bundle=self._spool.path(item_id),
                    manifest_sha256=manifest,
                    document_sha256=document,
                    wants_document=document is not None,
                    is_delivered=bool(is_delivered),
                )
            )
        return found

    def _document_of(self, item_id: UUID) -> bytes | None:
        try:
            header, _start = read_header(self._spool.path(item_id))
        except (OSError, DamagedBundleError):
            return None
        return header.document_sha256 or None
