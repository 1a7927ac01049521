"""Which papers were asked for, so that a crash between COMMIT and printer is seen."""

from datetime import datetime
from enum import StrEnum

from kiosk.domain.moments import parse_rfc3339, rfc3339
from kiosk.domain.views import OpenPrint
from kiosk.store.errors import named_faults
from kiosk.store.sqlite import sqlite3


class Mark(StrEnum):
    """What is printed across a receipt."""

    NONE = ""
    DUPLICATA = "duplicata"
    RECTIFIE = "rectifie"
    COMPLEMENT = "complement"
    ANNULE = "annule"


def intend(
    connection: sqlite3.Connection, receipt_number: str, mark: Mark, created_at: datetime
) -> None:
    """Note, within the caller's transaction, that a paper is about to be printed."""
    connection.execute(
        "INSERT INTO print_intent (receipt_number, created_at, mark, state)"
        " VALUES (?, ?, ?, 'open')",
        (receipt_number, rfc3339(created_at), mark.value),
    )


@named_faults()
def open_intent(connection: sqlite3.Connection, receipt_number: str) -> Mark | None:
    """Return the mark of the oldest paper nobody has confirmed for a number; None if all are."""
    row = connection.execute(
        "SELECT mark FROM print_intent WHERE receipt_number = ? AND state = 'open' ORDER BY id"
        " LIMIT 1",
        (receipt_number,),
    ).fetchone()
    return Mark(row[0]) if row else None


def close(connection: sqlite3.Connection, receipt_number: str) -> None:
    """Note, within the caller's transaction, that the papers of a number came out."""
    connection.execute(
        "UPDATE print_intent SET state = 'printed' WHERE receipt_number = ? AND state = 'open'",
        (receipt_number,),
    )


@named_faults()
def open_prints(connection: sqlite3.Connection) -> tuple[OpenPrint, ...]:
    """Return the receipts whose paper nobody has confirmed, oldest first."""
    rows = connection.execute(
        "SELECT receipt_number, min(created_at) FROM print_intent WHERE state = 'open'"
        " GROUP BY receipt_number ORDER BY min(id)"
    )
    return tuple(
        OpenPrint(receipt_number=number, created_at=parse_rfc3339(at)) for number, at in rows
    )
