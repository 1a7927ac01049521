"""The trust list and the parts of a newer one, in the database (``sync.ports.TrustLists``)."""

import json
from dataclasses import asdict

from kiosk.store.database import transaction
from kiosk.store.enrolment import read_enrolment, renew
from kiosk.store.kept_texts import read, write
from kiosk.store.outbox import Connections
from kiosk.sync.ports import Parts
from kiosk.wire.trust import TrustList
from kiosk.wire.trust_parts import Entry

_PARTS = "trust_parts"


class SqliteTrustLists:
    """Keeps what has come of a newer list, so that a cut costs one part."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    def list_entries(self) -> tuple[Entry, ...]:
        """Return the entries of the list kept."""
        return read_enrolment(self._connections.db.conn).entries()

    def parts(self) -> Parts | None:
        """Return what has come of a newer list; None: nothing."""
        text = read(self._connections.db.conn, _PARTS)
        if not text:
            return None
        fields = json.loads(text)
        return Parts(**fields | {"devices": tuple(fields["devices"])})

    def keep_parts(self, parts: Parts | None) -> None:
        """Keep what has come of a newer list; None: nothing."""
        with transaction(self._connections.db) as connection:
            write(connection, _PARTS, json.dumps(asdict(parts)) if parts else "")

    def keep_list(self, signed: str, trust: TrustList, configuration: str | None) -> None:
        """Believe a verified list where it is newer than the one kept, and forget its parts."""
        with transaction(self._connections.db) as connection:
            renew(connection, signed, configuration, trust)
            write(connection, _PARTS, "")
