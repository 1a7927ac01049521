"""The keys devices sign their requests with, remembered by each node.

A key's id is made from the key, so what an id stands for never changes. Whether its device may
still call is not remembered: it is looked at in the transaction of every call.
"""

from central import registry
from central.database import Database
from kiosk.wire.keys import PublicKey


class RequestKeys:
    """Keys by their id; safe to share between threads."""

    def __init__(self, database: Database) -> None:
        self._database = database
        # Only keys of enrolled devices get in, so there are never more than those.
        self._known: dict[bytes, PublicKey] = {}

    def known(self, key_id: bytes) -> PublicKey | None:
        """Return the key if this node has met it; asks nobody."""
        return self._known.get(key_id)

    def find(self, key_id: bytes) -> PublicKey | None:
        """Return the key if a device is enrolled with it."""
        key = self._known.get(key_id)
        if key is None:
            with self._database.glancing() as connection:
                device = registry.by_request_key(connection, key_id)
            if device is not None:
                key = self._known[key_id] = device.request_key
        return key
