"""The courier: unsent dossiers onto a stick, and sticks of others handed on."""

import sys
from argparse import Namespace

from kiosk.cli.answer import Answer
from kiosk.cli.ports import OpenedKiosk
from kiosk.domain.courier import CourierProgress, check_place


def export(kiosk: OpenedKiosk, options: Namespace) -> Answer:
    """Put everything unsent on a stick."""
    report = kiosk.link.export(check_place(options.folder, options.data), _shown(options))
    fields: dict[str, object] = {
        "deposits": report.deposits,
        "events": report.events,
        "adopted": report.adopted,
        "written": report.written,
        "removed": report.removed,
        "damaged": list(report.damaged),
        "bytes": report.size_bytes,
        "free_bytes": report.free_bytes,
        "folder": report.folder,
    }
    if report.left_here:
        fields["left_here"] = report.left_here
    lines = [
        f"{report.folder}: {report.deposits + report.adopted} dossiers, {report.events} acts,"
        f" {report.size_bytes // 1024} KB; {report.free_bytes // 1024**2} MB are free",
        *(f"left out, its scan is damaged: {number}" for number in report.damaged),
    ]
    if report.left_here:
        lines.append(
            f"a stick takes no more at once: {report.left_here} wait here; export again once the"
            " confirmations of these have been imported"
        )
    return Answer(fields=fields, lines=tuple(lines), exit_code=1 if report.damaged else 0)


def take_in(kiosk: OpenedKiosk, options: Namespace) -> Answer:
    """Take the central's words from a stick, and hand others' dossiers on.

    Exit 1 when something waits for the line, or a word could not be written: the same again may do.
    Exit 2 when a file was refused, each being named.
    """
    report = kiosk.link.take_in(options.folder, _shown(options))
    fields: dict[str, object] = {
        "deposits": report.deposits,
        "new": report.new,
        "already_there": report.already_there,
        "acknowledgements": report.acknowledgements,
    }
    # Others count on the four above; what is out of the ordinary is said beside them.
    if report.events:
        fields["events"] = report.events
    if report.waiting:
        fields["waiting"] = report.waiting
    if report.unwritten:
        fields["unwritten"] = report.unwritten
    if report.refused:
        fields["refused"] = [{"file": name, "reason": why} for name, why in report.refused]
    lines = [
        f"handed on {report.deposits}, {report.new} of them new;"
        f" confirmed here {report.acknowledgements}; waiting {report.waiting}",
        *(f"refused: {name} ({why})" for name, why in report.refused),
    ]
    if report.unwritten:
        lines.append(f"confirmations that could not be written: {report.unwritten}")
    is_stuck = (report.waiting and report.line_failed) or report.unwritten
    exit_code = 1 if is_stuck else 2 if report.refused else 0
    return Answer(fields=fields, lines=tuple(lines), exit_code=exit_code)


def _shown(options: Namespace) -> "Shown":
    return Shown(is_silent=options.json or not sys.stderr.isatty())


class Shown:
    """Progress on a terminal, on stderr."""

    def __init__(self, *, is_silent: bool) -> None:
        self._is_silent = is_silent

    def __call__(self, progress: CourierProgress) -> None:
        """Show how far it is."""
        if not self._is_silent:
            end = "\n" if progress.done == progress.total else ""
            print(f"\r{progress.done} of {progress.total}", end=end, file=sys.stderr, flush=True)
