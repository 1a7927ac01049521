"""A data folder that does not open is told on the screen, not on stderr alone."""

import os
import subprocess
import sys
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QDialogButtonBox, QLabel
from pytestqt.qtbot import QtBot

from kiosk.store.errors import AnotherWriterError
from kiosk.ui.i18n.faults import error_words
from kiosk.ui.refused import RefusedDialog

ROOT = Path(__file__).resolve().parents[2]


def test_both_languages_are_shown_and_a_key_ends_it(qtbot: QtBot) -> None:
    words = error_words(AnotherWriterError("another program works on this data folder"))
    dialog = RefusedDialog(words)
    qtbot.addWidget(dialog)
    dialog.show()
    shown = [label.text() for label in dialog.findChildren(QLabel)]
    assert shown[0] == words.fr
    assert shown[1].endswith(words.ar)
    box = dialog.findChild(QDialogButtonBox)
    assert box is not None
    button = box.button(QDialogButtonBox.StandardButton.Ok)
    with qtbot.waitSignal(dialog.accepted, timeout=5_000):
        QTest.keyClick(button, Qt.Key.Key_Space)


def test_folder_that_cannot_be_made_ends_with_its_code_where_nobody_looks(tmp_path: Path) -> None:
    (tmp_path / "data").write_bytes(b"a file, where the folder should be")
    environment = os.environ | {
        "KIOSK_KEYS": str(tmp_path / "keys"),
        "QT_QPA_PLATFORM": "offscreen",
    }
    done = subprocess.run(
        [sys.executable, "main.py", "window", "--data", str(tmp_path / "data")],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.startswith("read_only: ")
