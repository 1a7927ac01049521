"""``central status import``."""

import argparse

from central import opening
from central.commands.answer import Answer
from central.commands.place import place_of
from central.office import RECORDED, UNCHANGED, Verdict, take
from central.office_csv import read_file

_SHOWN = 1000
"""Refused lines that are named; all of them are counted."""


def run(options: argparse.Namespace) -> Answer:
    """Take in a file of the back office, line by line; exit 2 when a line was refused.

    Raises:
        WaslError: There is no central in the data folder, or the file cannot be read.
    """
    database = opening.existing(place_of(options))
    counts = {RECORDED: 0, UNCHANGED: 0}
    refused: list[Verdict] = []
    refusals = 0
    try:
        for verdict in take(
            database,
            read_file(options.file),
            said_by="file",
            now=opening.now(),
            answer_days=options.answer_days,
        ):
            if not verdict.is_refused:
                counts[verdict.outcome] += 1
                continue
            refusals += 1
            if len(refused) < _SHOWN:
                refused.append(verdict)
    finally:
        database.close()
    fields = {
        "lines": sum(counts.values()) + refusals,
        **counts,
        "refused": [_entry(verdict) for verdict in refused],
        "refused_count": refusals,
    }
    return Answer(fields=fields, exit_code=2 if refusals else 0)


def _entry(verdict: Verdict) -> dict[str, object]:
    return {
        "line": verdict.place,
        "receipt": verdict.receipt,
        "reason": verdict.outcome,
        "current": verdict.current.value if verdict.current else None,
    }
