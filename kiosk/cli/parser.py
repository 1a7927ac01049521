"""The commands and their arguments, as the contract has them."""

import argparse
import re
from collections.abc import Callable, Sequence
from enum import StrEnum
from importlib.util import find_spec
from pathlib import Path
from typing import NoReturn
from uuid import UUID

from kiosk.domain.agents import BY_CODE, Role
from kiosk.domain.errors import InvalidInputError
from kiosk.domain.vocabulary import Beneficiary, Depositor, DepositState, DossierKind, IdType
from kiosk.settings import Places

_Add = Callable[[str, str], argparse.ArgumentParser]


_UNKNOWN = re.compile("unrecognized arguments")


class _Parser(argparse.ArgumentParser):
    """Refuses by raising, so that ``--json`` holds for wrong use too."""

    def error(self, message: str) -> NoReturn:
        # A value typed in the wrong place may name a person: only option names are repeated.
        if _UNKNOWN.match(message):
            options = " ".join(word for word in message.split() if word[:2] == "--")
            message = f"{options or 'something'} is not known here, see {self.prog} --help"
        raise InvalidInputError("arguments", message)


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of every command there is."""
    common = _Parser(add_help=False)
    common.add_argument("--data", type=Path, default=None, help="data folder (KIOSK_DATA)")
    common.add_argument("--json", action="store_true", help="one JSON object on stdout")
    common.add_argument("--agent", metavar="NAME", help="who acts, where something changes")
    parser = _Parser(
        allow_abbrev=False,
        prog="kiosk",
        description="Wasl, the deposit kiosk of the AMO. Without COMMAND the window opens.",
        epilog="kiosk COMMAND --help tells its options. Exit codes: 0 done, 1 the world said no"
        " (device, network, disk), 2 wrong use or refused input, 3 verification failed.",
    )
    parser.set_defaults(json=False, data=None, agent=None)
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")

    def command(name: str, words: str) -> argparse.ArgumentParser:
        return commands.add_parser(
            name, help=words, description=words, parents=[common], allow_abbrev=False
        )

    _window(command("window", "open the window"))
    if find_spec("central") is not None:  # an installed kiosk does not carry the central
        _demo(command("demo", "show the main job"))
        commands.add_parser("central", help="the reference central (central --help)")
    _scan(command("scan", "scan files or what a device gives, into pages judged one by one"))
    command("devices", "list what scans can be taken from")
    _deposit(command("deposit", "take one whole dossier"))
    _events(command)
    _look_up(command)
    _line(command)
    _receipt(command("receipt", "show, print or verify a receipt"))
    _journal(command("journal", "check the chained log"))
    command("doctor", "check that everything is in order")
    _backups(command)
    _roster(command)
    return parser


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """Read the command line; ``--data`` falls back to ``KIOSK_DATA`` and the platform's folder.

    Raises:
        InvalidInputError: Wrong use.
    """
    options = build_parser().parse_args(list(arguments))
    options.command = options.command or "window"
    options.data = options.data or Places().data
    if options.command == "window" and not hasattr(options, "once"):
        options.once = False
    return options


def _window(window: argparse.ArgumentParser) -> None:
    window.add_argument("--once", action="store_true", help="exit after the first paint")


def _demo(demo: argparse.ArgumentParser) -> None:
    demo.add_argument("--out", type=Path, help="where everything is put (default: a new folder)")
    demo.add_argument("--window", action="store_true", help="open the window on it at the end")


def _scan(scan: argparse.ArgumentParser) -> None:
    scan.add_argument("files", nargs="*", metavar="FILE", help="JPEG, PNG, WebP, TIFF or PDF")
    scan.add_argument("--device", metavar="ID", help="a profile or device, as devices lists them")
    scan.add_argument("--duplex", action="store_true", help="both sides, with --device")
    scan.add_argument("--pages", type=int, metavar="N", help="at most so many, with --device")
    scan.add_argument("--out", type=Path, help="folder for dossier.pdf; without it none is written")
    scan.add_argument("--no-pdf", action="store_true", help="only look, write no PDF")


def _deposit(deposit: argparse.ArgumentParser) -> None:
    add = deposit.add_argument
    add("--immatriculation", default="", metavar="N", help="9 digits of the CNSS card")
    add("--id-type", choices=_values(IdType), default=IdType.NONE, type=str)
    add("--id-number", default="", metavar="X")
    add("--phone", default="", metavar="P", help="a mobile, 06 or 07")
    add(
        "--beneficiary",
        choices=_values(Beneficiary),
        default=Beneficiary.SELF,
        type=str,
    )
    add("--depositor", choices=_values(Depositor), default=Depositor.SELF, type=str)
    add("--kind", choices=_values(DossierKind), type=str)
    add("--care-date", default="", metavar="YYYY-MM-DD", help="of the first act")
    add("--end-date", default="", metavar="YYYY-MM-DD", help="of a treatment that went on")
    add("--amount", default="", metavar="845.50", help="declared, in dirhams")
    _pages(deposit, required=False)
    add("--scan-later", action="store_true", help="count the pieces now, scan later")
    add(
        "--pieces",
        nargs="+",
        action="extend",
        default=[],
        metavar="KIND=COUNT",
        help="with --scan-later, as ordonnance=2",
    )
    add("--group", type=UUID, metavar="UUID", help="ties dossiers handed in together")
    add("--request-id", type=UUID, metavar="UUID", help="the same again makes no second deposit")
    add("--printer", metavar="ADDRESS", help="pdf:FILE, memory: or escpos://HOST:9100")
    add("--reason", default="", metavar="TEXT", help="why, in spite of a warning")
    add("--complement-of", metavar="RECEIPT", help="add pages to a returned dossier")


def _values(words: type[StrEnum]) -> list[str]:
    return [word.value for word in words]


def _pages(parser: argparse.ArgumentParser, *, required: bool) -> None:
    parser.add_argument(
        "--pages",
        nargs="+",
        action="extend",
        default=[],
        metavar="FILE",
        required=required,
        help="images or PDF, in order",
    )
    parser.add_argument(
        "--piece",
        action="append",
        default=[],
        metavar="N=KIND",
        help="page N, from 1, begins a piece, as 2=ordonnance; it may be given again",
    )


def _events(command: _Add) -> None:
    complete = command("complete", "bring the scan of a deposit taken without one")
    complete.add_argument("receipt", metavar="RECEIPT")
    _pages(complete, required=True)
    cancel = command("cancel", "cancel a deposit: the person takes the originals back")
    cancel.add_argument("receipt", metavar="RECEIPT")
    cancel.add_argument("--reason", required=True, metavar="TEXT")
    amend = command("amend", "correct a wrong immatriculation")
    amend.add_argument("receipt", metavar="RECEIPT")
    amend.add_argument("--immatriculation", required=True, metavar="N")
    amend.add_argument("--reason", required=True, metavar="TEXT")


def _look_up(command: _Add) -> None:
    queue = command("queue", "list every deposit not purged")
    queue.add_argument("--state", choices=_values(DepositState), type=str)
    find = command("find", "tell the stage of a receipt")
    find.add_argument("receipt", nargs="?", metavar="RECEIPT-OR-QR-TEXT")
    find.add_argument("--immatriculation", metavar="N")
    find.add_argument("--care-date", metavar="YYYY-MM-DD")


def _line(command: _Add) -> None:
    sync = command("sync", "send what waits, fetch what is new")
    how = sync.add_mutually_exclusive_group()
    how.add_argument("--once", action="store_true", help="try every waiting row once (default)")
    how.add_argument("--watch", action="store_true", help="go on until stopped")
    command("renew-keys", "give this device new signing keys")
    for name, words in (
        ("export", "put what is unsent on a courier's stick"),
        ("import", "take a courier's stick: confirmations, and others' dossiers"),
    ):
        command(name, words).add_argument("folder", type=Path, metavar="DIR")
    enrol = command("enrol", "make this device known to the central")
    enrol.add_argument("code", metavar="CODE", help="as typed, or the text of its QR")
    enrol.add_argument("--central", default="", metavar="URL", help="for a typed code")
    enrol.add_argument("--ca", type=Path, metavar="FILE", help="the central's ca.pem")


def _receipt(receipt: argparse.ArgumentParser) -> None:
    receipt.add_argument("act", choices=["show", "print", "verify"])
    receipt.add_argument("receipt", metavar="NUMBER-OR-TEXT-OR-IMAGE")
    receipt.add_argument("--printer", metavar="ADDRESS", help="for print: pdf:FILE or escpos://…")


def _roster(command: _Add) -> None:
    agents = command("agents", "who works here")
    acts = ["add", "list", "reset-pin", "disable", "challenge", "code"]
    agents.add_argument("act", choices=acts)
    agents.add_argument("name", nargs="?", default="", metavar="NAME|RECEIPT|CHALLENGE")
    agents.add_argument("--role", choices=_values(Role), type=str, help="for add")
    agents.add_argument("--task", choices=sorted(BY_CODE), type=str, help="for challenge")
    held = command("held", "send a held deposit again")
    held.add_argument("act", choices=["release"])
    held.add_argument("receipt", metavar="RECEIPT")
    for one in (agents, held):
        one.add_argument("--supervisor", metavar="NAME", help="who tells a one-time code")
    shift = command("shift", "hand the counter over to another agent")
    shift.add_argument("act", choices=["handover"])
    shift.add_argument("--to", default="", metavar="NAME", help="the agent who takes over")
    day = command("day", "close the day")
    day.add_argument("act", choices=["close"])


def _backups(command: _Add) -> None:
    backup = command("backup", "write an encrypted copy of everything to a folder or stick")
    backup.add_argument("folder", type=Path, metavar="DIR")
    restore = command("restore", "put a backup in place, in an empty data folder")
    restore.add_argument("folder", type=Path, metavar="DIR", help="a backup, or their folder")
    restore.add_argument("--identity", type=Path, metavar="KEYFILE", help="recovery age identity")
    restore.add_argument("--spool", type=Path, metavar="OLD", help="a given-up data folder")


def _journal(journal: argparse.ArgumentParser) -> None:
    journal.add_argument("act", choices=["verify"])
