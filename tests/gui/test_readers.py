"""A screen reader finds words, in both languages, at everything the focus can go to."""

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit, QPushButton, QWidget

from kiosk.ui.i18n.tongue import Language
from tests.gui.conftest import Opener
from tests.gui.driver import Driver, Key


def nameless(agent: Driver) -> list[str]:
    """Return what can have the focus now and has no name."""
    found = []
    for control in agent.window.findChildren(QWidget):
        can_focus = control.isVisible() and control.focusPolicy() != Qt.FocusPolicy.NoFocus
        says = control.text() if isinstance(control, QPushButton) else ""
        if can_focus and not (control.accessibleName() or says):
            found.append(type(control).__name__)
    return found


@pytest.mark.parametrize("language", list(Language))
def test_everything_with_the_focus_has_a_name(
    open_window: Opener, sheets: dict[str, Path], language: Language
) -> None:
    agent = open_window(language=language)
    pages = agent.deposit.pages
    assert nameless(agent) == []
    agent.fill_insured()
    agent.import_file(sheets["blurred"])
    assert nameless(agent) == []
    assert pages.list.accessibleDescription()  # the page, and how good it is
    agent.press(Key.Key_F4)
    assert nameless(agent) == []
    agent.press(Key.Key_Escape)
    agent.type("a")
    agent.wait(pages.corners.isVisible)
    assert nameless(agent) == []
    agent.press(Key.Key_Escape, Key.Key_F12)
    assert nameless(agent) == []
    agent.press(Key.Key_Right, Key.Key_F12)
    agent.wait(agent.deposit.receipt.isVisible)
    agent.press(Key.Key_F6)
    assert nameless(agent) == []


def test_names_change_with_the_language(agent: Driver) -> None:
    field = agent.deposit.insured.form.fields["immatriculation"].control
    before = field.accessibleName()
    agent.press(Key.Key_L, modifier=Qt.KeyboardModifier.ControlModifier)
    assert field.accessibleName() not in ("", before)


def test_control_without_a_name_is_found(agent: Driver) -> None:
    QLineEdit(agent.window).show()
    assert nameless(agent) == ["QLineEdit"]
