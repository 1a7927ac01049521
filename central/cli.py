"""The central's commands."""

import argparse
import json
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, NoReturn

import platformdirs

from central import office_parser
from central.arguments import number
from central.commands.answer import Answer
from central.limits import Limits
from central.logs import log_to_stderr
from central.opening import world_errors
from kiosk.domain.errors import InvalidInputError, WaslError, exit_code

DATA_VARIABLE = "WASL_CENTRAL_DATA"
DATABASE_VARIABLE = "WASL_CENTRAL_DATABASE"
"""A URL with a password belongs here: a command line is seen by every process."""
BLOBS_VARIABLE = "WASL_CENTRAL_BLOBS"
# The system would silently take 70000 for 4464.
_port = number(int, 0, 65_535)
_count = number(int, 1, 2**62 - 1)
_rate = number(float, 0.01, 1e6)
_hours = number(int, 0, 24 * 366)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    wants_json = "--json" in arguments
    # Whatever is made here holds people's data or keys.
    os.umask(0o077)
    try:
        options = _parser().parse_args(arguments)
        log_to_stderr()
        with world_errors():
            # Each command loads what it needs: counting needs no web server.
            answer = import_module(f"central.commands.{options.command}").run(options)
    except WaslError as error:
        return _fail(error, wants_json=wants_json)
    if not isinstance(answer, Answer):
        answer = Answer(fields=answer or {})
    _say(answer, wants_json=wants_json)
    return answer.exit_code


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise InvalidInputError("arguments", message)


def _parser() -> argparse.ArgumentParser:
    common = _Parser(add_help=False)
    common.add_argument("--data", type=Path, default=_default_data(), metavar="DIR")
    common.add_argument(
        "--database",
        default=os.environ.get(DATABASE_VARIABLE),
        metavar="URL",
        help="postgresql://…; default: a file in DIR",
    )
    common.add_argument(
        "--blobs",
        default=os.environ.get(BLOBS_VARIABLE),
        metavar="PATH|s3://BUCKET/PREFIX",
        help="where sealed documents rest; default: in DIR",
    )
    common.add_argument("--json", action="store_true", help="one JSON object on stdout")
    parser = _Parser(prog="central", description="The reference central.")
    verbs = parser.add_subparsers(required=True, metavar="COMMAND", parser_class=_Parser)

    serve = verbs.add_parser("serve", parents=[common], help="serve until SIGTERM")
    serve.add_argument("--host", default="127.0.0.1")
    serve.add_argument("--port", type=_port, default=0, help="0 takes a free one")
    serve.add_argument(
        "--intake-identity",
        type=Path,
        metavar="KEYFILE",
        help="age identity that opens what couriers bring at once; without it that waits, sealed",
    )
    serve.add_argument(
        "--metrics-port", type=_port, metavar="N", help="figures for Prometheus on 127.0.0.1"
    )
    serve.add_argument(
        "--adapter", metavar="folder:PATH", help="let accepted dossiers leave to there, by itself"
    )
    default = Limits()
    for name, kind, what in (
        ("device_rate", _rate, "requests a second of one device, on this node"),
        ("device_burst", _count, "requests of one device before that counts"),
        ("device_at_once", _count, "requests of one device worked on at the same moment"),
        ("items_a_day", _count, "deposits and events of one device a day, on all nodes"),
        ("bytes_a_day", _count, "bytes that these may name"),
        ("in_work", _count, "requests this node has in hand before it answers 503"),
    ):
        flag = f"--{name.replace('_', '-')}"
        standard = getattr(default, name)
        serve.add_argument(
            flag, type=kind, default=standard, metavar="N", help=f"{what}; {standard} by default"
        )
    serve.set_defaults(command="serve")

    code = verbs.add_parser("enrol-code", parents=[common], help="make a one-time code")
    code.add_argument("--point", required=True, metavar="C0417")
    code.add_argument("--name", help="the point's name")
    code.add_argument("--url", metavar="URL", help="where kiosks reach it: gives a QR's text too")
    code.set_defaults(command="enrol_code")

    revoke = verbs.add_parser("revoke", parents=[common], help="shut a device out")
    revoke.add_argument("device", metavar="C0417A")
    revoke.set_defaults(command="revoke")

    rotate = verbs.add_parser("rotate-key", parents=[common], help="make a new key")
    rotate.add_argument("key", choices=["acknowledgement"])
    rotate.set_defaults(command="rotate_key")

    _add_root(verbs, common)
    stick = verbs.add_parser("import", parents=[common], help="take in a courier's stick")
    stick.add_argument("place", type=Path, metavar="DIR")
    stick.set_defaults(command="import_stick")
    intake = verbs.add_parser("intake", parents=[common], help="open what was carried here sealed")
    intake.set_defaults(command="intake")
    for one in (stick, intake):
        one.add_argument("--identity", type=Path, metavar="KEYFILE", help="intake age identity")

    stats = verbs.add_parser("stats", parents=[common], help="count what is held")
    stats.set_defaults(command="stats")

    points = verbs.add_parser("points", parents=[common], help="list devices, silent ones told")
    points.add_argument("--silent-after-hours", type=_hours, default=24, metavar="N")
    points.add_argument("--network", metavar="C")
    points.set_defaults(command="points")

    office_parser.add(verbs, common)

    export = verbs.add_parser(
        "export-dossiers", parents=[common], help="write accepted dossiers to a folder"
    )
    export.add_argument("out", type=Path, metavar="DIR")
    export.add_argument("--identity", type=Path, metavar="KEYFILE", help="age identity file")
    export.set_defaults(command="export_dossiers")
    return parser


def _add_root(verbs: Any, common: argparse.ArgumentParser) -> None:
    root = verbs.add_parser("root", help="what the offline root says next: keys, recipients, TLS")
    acts = root.add_subparsers(required=True, metavar="ACT")
    draft = acts.add_parser("draft", parents=[common], help="write it down, to be signed")
    draft.add_argument("file", type=Path, metavar="DRAFT.json")
    draft.add_argument("--new-trust-key", action="store_true", help="a new key, made here")
    draft.add_argument("--new-authority", action="store_true", help="a new TLS CA, made here")
    draft.add_argument("--authorities", nargs="+", type=Path, metavar="CERTIFICATE.pem")
    draft.add_argument("--root-key", type=Path, metavar="PUBLIC.pem", help="signs what comes after")
    for name, what in (
        ("recipients", "who opens scans, all of them"),
        ("recovery", "those of them who open lost devices' backups"),
    ):
        draft.add_argument(f"--{name}", nargs="+", metavar="AGE", help=what)
    draft.add_argument("--intake", metavar="AGE", help="who opens manifests that couriers bring")
    sign = acts.add_parser("sign", help="sign a draft, where the root's key is; needs no central")
    sign.add_argument("draft", type=Path, metavar="DRAFT.json")
    sign.add_argument("file", type=Path, metavar="SIGNED.txt")
    sign.add_argument("--key", type=Path, required=True, metavar="ROOT.key")
    sign.add_argument("--json", action="store_true", help="one JSON object on stdout")
    adopt = acts.add_parser("adopt", parents=[common], help="go by it, from the next serve on")
    adopt.add_argument("file", type=Path, metavar="SIGNED.txt")
    for one, act in ((draft, "draft"), (sign, "sign"), (adopt, "adopt")):
        one.set_defaults(command="root", act=act)


def _default_data() -> Path:
    given = os.environ.get(DATA_VARIABLE)
    return Path(given) if given else Path(platformdirs.user_data_dir("wasl-central", False))


def _say(answer: Answer, *, wants_json: bool) -> None:
    if answer.text is not None:
        print(answer.text, end="", flush=True)
    elif wants_json and answer.fields:
        print(json.dumps(answer.fields, ensure_ascii=False), flush=True)
    elif not wants_json:
        for name, value in answer.fields.items():
            _say_field(name, value)


def _say_field(name: str, value: Any) -> None:
    if isinstance(value, dict):
        lines = [f"{key}: {_words(one)}" for key, one in value.items()]
    elif isinstance(value, list):
        lines = [_words(one) for one in value]
    else:
        print(f"{name}: {_words(value)}", flush=True)
        return
    print("\n  ".join([f"{name}:", *lines]), flush=True)


def _words(value: Any, between: str = " ") -> str:
    if isinstance(value, dict) and value:
        return between.join(f"{key}={_words(one, ',')}" for key, one in value.items())
    return "-" if value in (None, "", {}) else str(value)


def _fail(error: WaslError, *, wants_json: bool) -> int:
    code = error.code
    if wants_json:
        print(json.dumps({"error": {"code": code.value, "message": str(error)}}), flush=True)
    else:
        print(f"central: {error} ({code.value})", file=sys.stderr)
    return exit_code(code)
