"""The commands by which the back office and the operators speak to the points and hear of them."""

import argparse
from pathlib import Path
from typing import Any

from central.arguments import number
from central.office_words import ANSWER_DAYS
from central.tokens import Role

_days = number(int, 1, 3660)


def add(verbs: Any, common: argparse.ArgumentParser) -> None:
    """Add them to the central's commands."""
    _add_status(verbs, common)
    _add_tokens(verbs, common)
    message = verbs.add_parser("message", parents=[common], help="tell the points' agents")
    message.add_argument("--fr", required=True, metavar="TEXT")
    message.add_argument("--ar", required=True, metavar="TEXT")
    message.add_argument("--days", type=_days, default=7, metavar="N", help="how long it is shown")
    message.add_argument("--network", metavar="C")
    message.add_argument("--point", metavar="C0417")
    message.set_defaults(command="message")

    _add_profiles(verbs, common)
    report = verbs.add_parser("report", parents=[common], help="what came in and became of it")
    report.add_argument("--from", dest="first", metavar="D")
    report.add_argument("--to", metavar="D")
    report.add_argument("--network", metavar="C")
    report.add_argument("--csv", action="store_true")
    report.set_defaults(command="report")

    duplicates = verbs.add_parser(
        "duplicates", parents=[common], help="list deposits that seem to repeat another"
    )
    duplicates.add_argument("--network", metavar="C")
    duplicates.add_argument("--most", type=_days, default=500, metavar="N")
    duplicates.set_defaults(command="duplicates")

    leave = verbs.add_parser(
        "hand-over", parents=[common], help="let accepted dossiers leave for the insurer's system"
    )
    leave.add_argument("--adapter", metavar="folder:PATH", help="default: a folder in DIR")
    leave.set_defaults(command="hand_over")

    recall = verbs.add_parser(
        "recall", parents=[common], help="ask for what was lost, after restoring a backup"
    )
    recall.add_argument("--since", metavar="TIME", help="default: what the backup knows last")
    recall.set_defaults(command="recall")


def _add_status(verbs: Any, common: argparse.ArgumentParser) -> None:
    status = verbs.add_parser("status", help="what the back office says of deposits")
    acts = status.add_subparsers(required=True, metavar="ACT")
    taken = acts.add_parser("import", parents=[common], help="take in a CSV file")
    taken.add_argument("file", type=Path, metavar="FILE.csv")
    taken.add_argument("--answer-days", type=_days, default=ANSWER_DAYS, metavar="N")
    taken.set_defaults(command="status_import")


def _add_profiles(verbs: Any, common: argparse.ArgumentParser) -> None:
    profiles = verbs.add_parser(
        "profiles", help="ways of scanning that kiosks are told, and the lock"
    )
    acts = profiles.add_subparsers(required=True, metavar="ACT")
    put = acts.add_parser(
        "set", parents=[common], help="[[profiles]] and profiles_locked of a file"
    )
    put.add_argument("file", type=Path, metavar="FILE.toml")
    clear = acts.add_parser("clear", parents=[common], help="what is set wider holds again")
    show = acts.add_parser(
        "show", parents=[common], help="all that is set, or what holds for a point"
    )
    for one, act in ((put, "set"), (clear, "clear"), (show, "show")):
        scope = one.add_mutually_exclusive_group(required=one is not show)
        scope.add_argument("--all", action="store_true", help="every point")
        scope.add_argument("--network", metavar="C", help="in place of what is set for all")
        scope.add_argument("--point", metavar="C0417", help="in place of what is set wider")
        one.set_defaults(command="profiles", act=act)


def _add_tokens(verbs: Any, common: argparse.ArgumentParser) -> None:
    token = verbs.add_parser("token", help="who may call the back office's interface")
    acts = token.add_subparsers(required=True, metavar="ACT")
    make = acts.add_parser("make", parents=[common], help="shown this once")
    make.add_argument("name", metavar="NAME")
    make.add_argument("--role", required=True, choices=[role.value for role in Role])
    make.add_argument("--network", metavar="C", help="sees this network's points only")
    make.add_argument("--days", type=_days, default=365, metavar="N")
    make.set_defaults(command="tokens", act="make")
    acts.add_parser("list", parents=[common]).set_defaults(command="tokens", act="list")
    revoke = acts.add_parser("revoke", parents=[common])
    revoke.add_argument("name", metavar="NAME")
    revoke.set_defaults(command="tokens", act="revoke")
