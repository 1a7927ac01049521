"""From arguments to exit code."""

import sys
from argparse import Namespace
from collections.abc import Callable, Sequence

from kiosk.cli import backups, counter, courier, demo, line, lookup, roster, scanning, upkeep
from kiosk.cli.acting import acting
from kiosk.cli.answer import Answer, print_answer, print_error
from kiosk.cli.parser import parse
from kiosk.cli.ports import OpenedKiosk, OpenKiosk, OpenWindow, RestoreKiosk
from kiosk.domain.errors import WaslError

_Command = Callable[[OpenedKiosk, Namespace], Answer]

WRITING: dict[str, _Command] = {
    "deposit": counter.deposit,
    "complete": counter.complete,
    "cancel": counter.cancel,
    "amend": counter.amend,
    "sync": line.sync,
    "import": courier.take_in,
    "enrol": line.enrol,
    "renew-keys": line.renew_keys,
    "held": roster.held,
    "shift": roster.shift,
    "day": roster.day,
}
READING: dict[str, _Command] = {
    "queue": lookup.queue,
    "find": lookup.find,
    "journal": upkeep.journal,
    "doctor": upkeep.doctor,
    "backup": backups.backup,
    "export": courier.export,
}


def main(
    arguments: Sequence[str],
    *,
    open_kiosk: OpenKiosk,
    open_window: OpenWindow,
    restore_kiosk: RestoreKiosk,
) -> int:
    """Run one command; return the exit code of the contract."""
    as_json = "--json" in arguments
    try:
        options = parse(arguments)
        if options.command == "restore":
            return print_answer(backups.restore(restore_kiosk, options), options.json)
        return _dispatch(options, open_kiosk, open_window)
    except WaslError as error:
        return print_error(error, as_json)
    except BrokenPipeError:
        sys.stderr.close()  # the reader went away; nothing is left to tell it
        return 1
    except KeyboardInterrupt:
        return 130


def _dispatch(options: Namespace, open_kiosk: OpenKiosk, open_window: OpenWindow) -> int:
    name: str = options.command
    if name == "scan":
        return print_answer(scanning.scan(options, open_kiosk), options.json)
    if name == "devices":
        return print_answer(scanning.devices(options, open_kiosk), options.json)
    if name == "demo":
        return demo.demo(options, open_kiosk, open_window)
    if name == "window":
        return open_window(options.data, options.once)
    if name == "agents" and options.act == "code":
        return print_answer(roster.code(options), options.json)
    command, writing = _command(name, options)
    kiosk = open_kiosk(options.data, writing=writing)
    try:
        if writing:
            options.actor = acting(kiosk, options)
        return print_answer(command(kiosk, options), options.json)
    finally:
        kiosk.close()


def _command(name: str, options: Namespace) -> tuple[_Command, bool]:
    if name == "receipt":
        return lookup.receipt, options.act == "print"
    if name == "agents":
        return roster.agents, options.act not in roster.READING_ACTS
    if name in WRITING:
        return WRITING[name], True
    return READING[name], False
