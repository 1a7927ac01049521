"""``central report``."""

import argparse
from datetime import timedelta

from central import opening, report, tokens
from central.commands.answer import Answer
from central.commands.place import place_of
from central.report import Period
from central.report_forms import as_csv, as_json
from kiosk.domain.errors import InvalidInputError
from kiosk.domain.moments import local_date, parse_day

_DAYS = 30


def run(options: argparse.Namespace) -> Answer:
    """Report on the deposits of some days: the last 30 unless told otherwise.

    Raises:
        InvalidInputError: No central in the data folder, no such days or network, or both of
            ``--csv`` and ``--json``.
    """
    if options.csv and options.json:
        raise InvalidInputError("arguments", "--csv or --json, not both")
    tokens.check_network(options.network)
    last = parse_day(options.to, "to") if options.to else local_date(opening.now())
    first = parse_day(options.first, "from") if options.first else last - timedelta(days=_DAYS - 1)
    period = Period(first=first, last=last, network=options.network)
    database = opening.existing(place_of(options))
    try:
        with database.reading() as connection:
            made = report.make(connection, period)
    finally:
        database.close()
    return Answer(fields=as_json(made), text=as_csv(made) if options.csv else None)
