"""Room on the disk: a reserve for what is under way, and no new dossier that could not be ended."""

import os
import shutil
from collections.abc import Callable
from datetime import timedelta

from kiosk.domain.moments import ClockReading, parse_rfc3339, rfc3339
from kiosk.domain.views import DiskState
from kiosk.store.errors import DiskFullError, named_faults
from kiosk.store.folder import DataFolder
from kiosk.store.outbox import Connections

LEAST_BYTES = 128 * 1024 * 1024
"""Room without which no dossier is begun: the largest one, as a draft and again as a bundle."""
_LEAST_SHARE = 8
_WINDOW = timedelta(days=7)
_MOST_ROWS = 5_000
_ROW_BYTES = 8 * 1024
_COUNTED_FOR_MS = 10 * 60 * 1000


class DiskGuard:
    """Watches the data folder's disk. Threads: any.

    Who writes makes room by ``folder.reserve``; here it is made anew, and intake stopped before
    it is needed: at an eighth of a small disk.
    """

    def __init__(
        self, folder: DataFolder, connections: Connections, clock: Callable[[], ClockReading]
    ) -> None:
        self._folder = folder
        self._connections = connections
        self._clock = clock
        self._counted: tuple[int, int] | None = None

    def stock_up(self) -> bool:
        """Make the reserve where it is missing and there is room for it; tell whether it stands.

        Raises:
            ReadOnlyError: The folder cannot be written.
        """
        reserve = self._folder.reserve
        if reserve.stands():
            return True
        try:
            with named_faults():
                usage = shutil.disk_usage(self._folder.root)
                if usage.free < reserve.wanted() + self._least(usage.total):
                    return False
                reserve.make()
        except DiskFullError:
            reserve.release()
            return False
        return True

    def check_room(self) -> None:
        """Refuse to begin a dossier that the disk might not hold to its end.

        Raises:
            DiskFullError: Too little room; what was begun can still be ended.
            ReadOnlyError: The folder cannot be written.
        """
        with named_faults():
            usage = shutil.disk_usage(self._folder.root)
        if usage.free < self._least(usage.total):
            raise DiskFullError("too little room on the disk to begin a dossier")
        if self._folder.reserve.was_needed:
            self.stock_up()  # room is back: what is begun now may need it again

    def state(self) -> DiskState:
        """Return how the disk is: room left, days until it is full, whether it can be written.

        Raises:
            StoreError: The database cannot be read.
        """
        with named_faults():
            usage = shutil.disk_usage(self._folder.root)
        room = max(0, usage.free - self._least(usage.total))
        daily = self._bytes_a_day()
        return DiskState(
            free_bytes=usage.free,
            days_left=room // daily if daily > 0 else None,
            takes_dossiers=room > 0,
            is_writable=os.access(self._folder.root, os.W_OK),
        )

    def _least(self, total: int) -> int:
        return min(LEAST_BYTES, total // _LEAST_SHARE)

    def _bytes_a_day(self) -> int:
        # The window asks every few seconds; what a day adds changes slowly.
        now_ms = self._clock().monotonic_ms
        if self._counted is None or not 0 <= now_ms - self._counted[0] < _COUNTED_FOR_MS:
            self._counted = now_ms, self._count_bytes_a_day()
        return self._counted[1]

    def _count_bytes_a_day(self) -> int:
        """Return what a day adds, net of what retention takes away, from the last seven days."""
        since = self._clock().utc - _WINDOW
        with named_faults():
            connection = self._connections.db.conn
            rows = connection.execute(
                "SELECT created_at, size_bytes FROM deposits ORDER BY rowid DESC LIMIT ?",
                (_MOST_ROWS,),
            ).fetchall()
            (gone,) = connection.execute(
                "SELECT coalesce(sum(d.size_bytes), 0) FROM (SELECT receipt_number, at, act"
                " FROM journal ORDER BY entry DESC LIMIT ?) j"
                " JOIN deposits d ON d.receipt_number = j.receipt_number"
                " WHERE j.act = 'scan_removed' AND j.at >= ?",
                (_MOST_ROWS, rfc3339(since)),
            ).fetchone()
        recent = [(at, size) for at, size in rows if at >= rfc3339(since)]
        if not recent:
            return 0
        oldest = min(parse_rfc3339(at) for at, _size in recent)
        days = max(1.0, (self._clock().utc - oldest) / timedelta(days=1))
        came = sum(size + _ROW_BYTES for _at, size in recent)
        return int((came - gone) / days)
