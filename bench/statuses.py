"""What a national day of the back office's words costs, and the report over it.

``python -m bench.statuses [--many 110000]``: CPU and peak memory of one process on SQLite, beside a
day a tenth as large, and beside as many bare inserts of the same statuses.
"""

import argparse
import resource
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection

from central import feed, office, report, tidings
from central.database import Database, open_sqlite
from central.office_csv import read_file
from central.report import Period
from central.schema import deposits, devices, epochs, items, points, statuses
from kiosk.domain.ids import uuid7
from kiosk.domain.receipt_number import ReceiptNumber
from kiosk.domain.vocabulary import Stage
from kiosk.wire.messages import StatusUpdate

A_NATIONAL_DAY = 110_000
POINTS = 2155
NOW = datetime(2026, 11, 25, 20, tzinfo=UTC)
DAY = date(2026, 11, 25)


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--many", type=int, default=A_NATIONAL_DAY)
    many = parser.parse_args().many
    few = _day(many // 10)
    whole = _day(many)
    print(f"{'':34}{many // 10:>10,}{many:>10,}")
    for name in few:
        print(f"{name:34}{few[name]:10.3f}{whole[name]:10.3f}  {whole[name] / few[name]:.2f}x")
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"peak memory of it all: {peak_mb:.0f} MB")


def _day(count: int) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as folder:
        database = open_sqlite(Path(folder) / "central.db")
        with database.writing() as connection:
            numbers = _fill(connection, count)
        file = Path(folder) / "words.csv"
        file.write_text("".join(f"{number},in_review,,2026-11-25\n" for number in numbers))
        figures = {
            "import, ms of CPU a line": _each(count, lambda: _import(database, file)),
            "the same again, ms a line": _each(count, lambda: _import(database, file)),
            "bare inserts, ms a line": _each(count, lambda: _bare(database, numbers)),
            "one point's new statuses, ms": _each(1, lambda: _ask(database)),
            "report of the day, s": _each(1, lambda: _report(database)) / 1000,
        }
        database.close()
    return figures


def _each(count: int, act: Callable[[], object]) -> float:
    begun = time.process_time()
    act()
    return (time.process_time() - begun) * 1000 / count


def _import(database: Database, file: Path) -> None:
    taken = office.take(database, read_file(file), said_by="bench", now=NOW)
    assert not any(verdict.is_refused for verdict in taken)  # noqa: S101 the bench's own check


def _bare(database: Database, numbers: list[str]) -> None:
    """Insert the same statuses with nothing looked at, in lots as the import does."""
    with database.writing() as connection:
        for number in numbers:
            point = number[:5]
            told = StatusUpdate(receipt_number=number, status=Stage.SETTLED, at=NOW)
            connection.execute(
                statuses.insert().values(
                    point=point,
                    cursor=feed.next_place(connection, point),
                    receipt_number=number,
                    stage=told.status.value,
                    update_json=told.model_dump_json(),
                )
            )


def _ask(database: Database) -> None:
    with database.reading() as connection:
        assert tidings.since(connection, "C0001", 0).statuses  # noqa: S101 the bench's own check


def _report(database: Database) -> None:
    with database.reading() as connection:
        made = report.make(connection, Period(first=DAY, last=DAY))
    assert made.deposits  # noqa: S101 the bench's own check


def _fill(connection: Connection, count: int) -> list[str]:
    codes = [f"C{point:04d}" for point in range(1, POINTS + 1)]
    same = {"name": "", "configuration_version": 1, "cursor": 0}
    connection.execute(points.insert(), [same | {"code": code} for code in codes])
    key = (b"%032d" % 0, b"%08d" % 0)
    connection.execute(
        devices.insert().values(
            id=1,
            code="C0001A",
            point="C0001",
            request_key=key[0],
            request_key_id=key[1],
            receipt_key=key[0],
            receipt_key_id=key[1],
            program_version="bench",
            enrolled_at=NOW,
            highest_sequence=0,
        )
    )
    connection.execute(
        epochs.insert().values(code="C0001A", point="C0001", device_id=1, is_reserve=0)
    )
    rows = [_row(codes[place % POINTS], place // POINTS + 1, place) for place in range(count)]
    item = {"kind": "deposit", "author_id": 1, "manifest": b"", "signature": b""}
    item |= {"manifest_sha256": bytes(32), "received_at": NOW}
    for lot in _lots(rows):
        pairs = [{"id": one["id"], "receipt_number": one["receipt_number"]} for one in lot]
        connection.execute(items.insert(), [item | pair for pair in pairs])
        connection.execute(deposits.insert(), lot)
    for row in rows:
        _copy(connection, str(row["receipt_number"]))
    return [str(row["receipt_number"]) for row in rows]


def _row(point: str, sequence: int, place: int) -> dict[str, object]:
    return {
        "id": uuid7(NOW),
        "receipt_number": str(ReceiptNumber(device=f"{point}A", sequence=sequence)),
        "point": point,
        "fingerprint": bytes(32),
        "deposited_at": NOW - timedelta(seconds=place % 40_000),
    }


def _copy(connection: Connection, number: str) -> None:
    told = StatusUpdate(receipt_number=number, status=Stage.COPY_RECEIVED, at=NOW)
    connection.execute(
        statuses.insert().values(
            point=number[:5],
            cursor=feed.next_place(connection, number[:5]),
            receipt_number=number,
            stage=told.status.value,
            update_json=told.model_dump_json(),
        )
    )


def _lots(rows: list[dict[str, object]]) -> Iterator[list[dict[str, object]]]:
    for start in range(0, len(rows), 5000):
        yield rows[start : start + 5000]


if __name__ == "__main__":
    main()
