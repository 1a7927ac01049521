"""The arrows between folders are held: each contract catches what it is there for."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
LINT = (
    "from importlinter.cli import lint_imports;"
    "raise SystemExit(lint_imports(no_cache=True, is_debug_mode=False))"
)
# Where a line is added, the line, and the contract that must break.
WRONG = [
    ("kiosk/domain/__init__.py", "import kiosk.wire", "Arrows point one way"),
    ("kiosk/scan/__init__.py", "import kiosk.papers", "Arrows point one way"),
    ("kiosk/sync/__init__.py", "import kiosk.security", "Arrows point one way"),
    ("kiosk/ui/__init__.py", "import kiosk.store", "The window and the commands"),
    ("kiosk/ui/__init__.py", "import kiosk.scan", "Desk alone knows"),
    ("kiosk/store/__init__.py", "import kiosk.sync", "Link alone knows"),
    ("kiosk/sync/__init__.py", "import printers.base", "Printers are known by their port"),
    ("printers/__init__.py", "import kiosk.domain", "Printers import nothing"),
    ("central/__init__.py", "import kiosk.store", "The central knows"),
    ("kiosk/sync/__init__.py", "import fastapi", "A kiosk carries no central"),
    ("kiosk/__init__.py", "def late() -> None:\n    import central", "A kiosk carries no central"),
    ("kiosk/scan/__init__.py", "import PySide6.QtGui", "Qt is for"),
    ("kiosk/sync/__init__.py", "import sqlite3", "SQL is the store's"),
    ("kiosk/ui/__init__.py", "import numpy", "The window loads nothing heavy"),
    ("kiosk/domain/__init__.py", "import requests", "The domain is pure"),
]


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of the three packages and the contracts."""
    copy = tmp_path_factory.mktemp("tree")
    shutil.copy(ROOT / "pyproject.toml", copy)
    for package in ("kiosk", "printers", "central"):
        skip = shutil.ignore_patterns("__pycache__", "samples", "*.ts", "*.qm")
        shutil.copytree(ROOT / package, copy / package, ignore=skip)
    return copy


def lint(tree: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", LINT], cwd=tree, capture_output=True, text=True, check=False
    )


def test_arrows_point_where_they_should(tree: Path) -> None:
    said = lint(tree)
    assert said.returncode == 0, said.stdout + said.stderr


@pytest.mark.parametrize(("file", "line", "contract"), WRONG)
def test_wrong_import_breaks_its_contract(tree: Path, file: str, line: str, contract: str) -> None:
    spoiled = tree / file
    whole = spoiled.read_text(encoding="utf-8")
    spoiled.write_text(f"{whole}\n{line}\n", encoding="utf-8")
    try:
        said = lint(tree)
    finally:
        spoiled.write_text(whole, encoding="utf-8")
    broken = [text for text in said.stdout.splitlines() if " BROKEN" in text]
    assert said.returncode == 1, said.stdout + said.stderr
    assert any(text.startswith(contract) for text in broken), broken
