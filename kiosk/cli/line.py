"""The line: enrol, send, watch."""

import signal
import threading
from argparse import Namespace
from types import FrameType

from kiosk.cli.answer import Answer
from kiosk.cli.ports import OpenedKiosk
from kiosk.link import RunReport


def enrol(kiosk: OpenedKiosk, options: Namespace) -> Answer:
    """Make this device known to the central."""
    enrolled = kiosk.enrol(options.code, options.central, options.ca)
    fields = {
        "device": enrolled.device,
        "point": enrolled.point,
        "reserve_letter": enrolled.reserve_letter,
    }
    return Answer(fields=fields, lines=(f"enrolled as {enrolled.device}",))


def renew_keys(kiosk: OpenedKiosk, _options: Namespace) -> Answer:
    """Give this device new signing keys; what the old ones signed stays good."""
    ids = kiosk.renew_keys()
    lines = ("new keys are in use; take a backup: older ones hold the keys of before",)
    return Answer(fields=dict(ids), lines=lines)


def sync(kiosk: OpenedKiosk, options: Namespace) -> Answer:
    """Send what waits, fetch what is new; with ``--watch`` until a signal says stop."""
    if options.watch:
        return _watch(kiosk, options)
    report = kiosk.link.sync_once()
    kiosk.keep_house()
    return _report(report)


def _watch(kiosk: OpenedKiosk, options: Namespace) -> Answer:
    stop = threading.Event()
    last: list[RunReport] = []

    def asked_to_stop(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    def each(report: RunReport) -> None:
        last[:] = [report]
        # What only waits for its next try was told when it failed.
        if not options.json and (report.sent or report.held or report.failure):
            print(_words(report), flush=True)

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, asked_to_stop)
    kiosk.link.watch(each, stop)
    return _report(last[0]) if last else _report(kiosk.link.sync_once())


def _report(report: RunReport) -> Answer:
    fields = {
        "sent": report.sent,
        "already_there": report.already_there,
        "held": report.held,
        "waiting": report.waiting,
        "bytes_sent": report.bytes_sent,
        "elapsed_ms": report.elapsed_ms,
    }
    return Answer(
        fields=fields,
        lines=(_words(report),),
        exit_code=1 if _failed(report) else 0,
    )


def _failed(report: RunReport) -> bool:
    return report.line_failed or report.updates_failed


def _words(report: RunReport) -> str:
    words = f"sent {report.sent}, waiting {report.waiting}, held {report.held}"
    if report.updates_failed:
        words += ", what is new did not come"
    if not _failed(report):
        return words
    # Nothing failed in this run: what failed before it may not be tried yet.
    return f"{words}, line: {report.failure or 'what failed before waits for its time'}"
