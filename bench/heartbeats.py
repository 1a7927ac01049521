"""What counting a letter's numbers costs the central: new, after years, and with an old gap.

``python -m bench.heartbeats``: CPU of :func:`central.numbers.held`, as ratios within one run.
"""

import tempfile
import time
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection

from central import numbers, registry
from central.database import Database, open_sqlite
from central.registry import Device, NewDevice
from central.schema import deposits, items
from kiosk.domain.ids import uuid7
from kiosk.domain.receipt_number import ReceiptNumber
from kiosk.wire.keys import PrivateKey

MANY = 100_000
ROUNDS = 50
NOW = datetime(2026, 11, 25, tzinfo=UTC)


def main() -> None:
    """Print the figures."""
    with tempfile.TemporaryDirectory() as folder:
        database = open_sqlite(Path(folder) / "central.db")
        few = _cpu_ms(database, range(1, 181))
        many = _cpu_ms(database, range(1, MANY + 1))
        gap = _cpu_ms(database, range(2, MANY + 1))
        first = _cpu_ms(database, range(1, MANY + 1), rounds=1)
        database.close()
    print(f"a day of one letter (180 numbers)      {few:8.2f} ms CPU")
    print(f"{MANY:,} numbers, none missing          {many:8.2f} ms CPU  {many / few:.2f}x")
    print(f"{MANY:,} numbers, the first one missing {gap:8.2f} ms CPU  {gap / few:.0f}x")
    print(f"{MANY:,} numbers, counted the first time{first:8.2f} ms CPU")


def _cpu_ms(database: Database, sequences: Iterable[int], rounds: int = ROUNDS) -> float:
    """Return the CPU of one count, ms: the median but for a single round."""
    with database.writing() as connection:
        device = _filled(connection, sequences)
    taken = []
    for _ in range(rounds):
        with database.writing() as connection:
            begun = time.process_time()
            numbers.held(connection, device, {device.code: MANY})
            taken.append((time.process_time() - begun) * 1000)
    return sorted(taken)[len(taken) // 2]


def _filled(connection: Connection, sequences: Iterable[int]) -> Device:
    code, _ = registry.make_code(connection, point="C0417", name="Azrou", now=NOW)
    new = NewDevice(
        request_key=PrivateKey.generate().public,
        receipt_key=PrivateKey.generate().public,
        program_version="bench",
    )
    device, _ = registry.enrol(connection, code, new, NOW)
    rows = [(uuid7(NOW), str(ReceiptNumber(device=device.code, sequence=one))) for one in sequences]
    same = {"kind": "deposit", "author_id": device.id, "manifest": b"", "signature": b""}
    same |= {"manifest_sha256": bytes(32), "received_at": NOW}
    connection.execute(
        items.insert(), [same | {"id": one, "receipt_number": number} for one, number in rows]
    )
    connection.execute(
        deposits.insert(),
        [
            {"id": one, "receipt_number": number, "point": "C0417", "fingerprint": bytes(32)}
            for one, number in rows
        ],
    )
    return device


if __name__ == "__main__":
    main()
