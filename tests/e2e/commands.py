"""Runs kiosk commands as their user does, in this process or in one of their own."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

import main

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = sorted((ROOT / "kiosk" / "samples").glob("*.jpg"))
SAMPLE_PIECES = ("2=ordonnance", "3=facture", "4=codes_barres", "5=resultats")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """What a command printed as JSON, and its exit code."""

    exit_code: int
    fields: dict[str, Any]

    @property
    def error(self) -> str | None:
        """The error's code."""
        error = self.fields.get("error")
        return error["code"] if error else None


def run(*words: object) -> Ran:
    """Run one command with ``--json`` in this process."""
    out = StringIO()
    with redirect_stdout(out):
        exit_code = main.main([*map(str, words), "--json"])
    return _ran(exit_code, out.getvalue())


def run_apart(*words: object, environment: Mapping[str, str], folder: Path = ROOT) -> Ran:
    """Run one command with ``--json`` in a process of its own, from any folder."""
    done = subprocess.run(
        [sys.executable, str(ROOT / "main.py"), *map(str, words), "--json"],
        cwd=folder,
        env=os.environ | dict(environment),
        stdout=subprocess.PIPE,
        text=True,
        timeout=100,
        check=False,
    )
    return _ran(done.returncode, done.stdout)


def _ran(exit_code: int, printed: str) -> Ran:
    lines = printed.splitlines()
    assert len(lines) == 1, f"one JSON object and nothing else, not {printed!r}"
    return Ran(exit_code=exit_code, fields=json.loads(lines[0]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Counter:
    """A data folder and short words for what is done at it."""

    data: Path

    def run(self, *words: object) -> Ran:
        """Run a command on this data folder."""
        return run(*words, "--data", self.data)

    def deposit(self, *words: object, pages: Sequence[Path] = SAMPLES[2:3], **fields: str) -> Ran:
        """Take a dossier about an invented person."""
        values = {
            "immatriculation": "101455262",
            "kind": "maladie",
            "care_date": "2026-11-04",
            "amount": "378.95",
        } | fields
        options = [part for name, value in values.items() for part in (_option(name), value)]
        return self.run("deposit", *options, *words, *(["--pages", *pages] if pages else []))

    def states(self) -> dict[str, str]:
        """Return the state of each deposit by receipt number."""
        rows = self.run("queue").fields["deposits"]
        return {row["receipt_number"]: row["state"] for row in rows}


def _option(name: str) -> str:
    return "--" + name.replace("_", "-")
