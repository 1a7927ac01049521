"""The back office's file of statuses: receipt, status, reason codes, date; a word a line."""

import csv
import re
from collections.abc import Iterator
from pathlib import Path

from central.office_words import Fault, RawWord
from kiosk.domain.errors import FileTooLargeError, InvalidInputError, UnreadableFileError

MAX_BYTES = 32 * 1024 * 1024
"""A national day is 110,000 dossiers: some 8 MB."""
_PLAIN = ("receipt", "status", "reasons", "at", "pieces", "last_day")
_NAMES = {
    "receipt": ("receipt", "receipt_number", "number", "recepisse"),
    "status": ("status", "stage", "statut"),
    "reasons": ("reason_codes", "reasons", "reason", "codes", "motifs"),
    "at": ("date", "at", "day", "jour"),
    "pieces": ("pieces", "pieces_to_bring"),
    "last_day": ("last_day", "deadline"),
}
_LINE_ENDS = re.compile(r"\r\n|\n|\r")
_BY_NAME = {name: field for field, names in _NAMES.items() for name in names}


def read_file(file: Path) -> Iterator[RawWord]:
    """Yield the words of *file*; ``place`` is the line's number. Empty lines say nothing.

    A word is one line: a line whose quotes do not close on it is yielded with its fault, and the
    next one is read for itself, so that one stray quote swallows no other's word.

    The first line may name the columns (:data:`_NAMES`; the others are not looked at); else they
    are receipt, status, reason codes, date, and where there is more, pieces and last day. Columns
    are parted by commas or semicolons, reason codes by spaces, commas, semicolons, bars or plus
    signs.

    Raises:
        UnreadableFileError: It cannot be read, or is no text in UTF-8.
        FileTooLargeError: Larger than :data:`MAX_BYTES`.
        InvalidInputError: A column that is needed has no name.
    """
    lines = _LINE_ENDS.split(_text(file))
    first = next(filter(str.strip, lines), "")
    delimiter = ";" if first.count(";") > first.count(",") else ","
    columns: tuple[str, ...] | None = None
    for place, line in enumerate(lines, 1):
        try:
            row = next(csv.reader((line,), delimiter=delimiter, strict=True), [])
        except csv.Error:
            receipt = line.partition(delimiter)[0]
            yield RawWord(place=place, receipt=receipt, status="", at="", fault=Fault.BAD_LINE)
            continue
        if not any(cell.strip() for cell in row):
            continue
        if columns is None:
            columns = _named(row)
            if columns is not None:
                continue
            columns = _PLAIN
        yield _word(place, row, columns)


def _text(file: Path) -> str:
    try:
        with file.open("rb") as source:
            content = source.read(MAX_BYTES + 1)
    except OSError as error:
        raise UnreadableFileError("the file cannot be read") from error
    if len(content) > MAX_BYTES:
        raise FileTooLargeError(f"the file is larger than {MAX_BYTES // 1024 // 1024} MB")
    try:
        # A spreadsheet may put a mark at the beginning.
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UnreadableFileError("the file is no text in UTF-8") from error


def _named(row: list[str]) -> tuple[str, ...] | None:
    names = ["_".join(cell.strip().lower().split()) for cell in row]
    columns = tuple(_BY_NAME.get(name, "") for name in names)
    if "receipt" not in columns:
        return None
    missing = [field for field in ("status", "at") if field not in columns]
    if missing:
        raise InvalidInputError("columns", f"no column is named {' or '.join(missing)}")
    return columns


def _word(place: int, row: list[str], columns: tuple[str, ...]) -> RawWord:
    cells = {name: cell for name, cell in zip(columns, row, strict=False) if name}
    return RawWord(
        place=place,
        receipt=cells.get("receipt", ""),
        status=cells.get("status", ""),
        at=cells.get("at", ""),
        reasons=cells.get("reasons", ""),
        pieces=cells.get("pieces", ""),
        last_day=cells.get("last_day", ""),
    )
