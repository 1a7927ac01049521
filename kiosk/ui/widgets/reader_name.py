"""What a screen reader calls a control that carries no words of its own."""

from PySide6.QtCore import QObject, Slot
from PySide6.QtWidgets import QWidget

from kiosk.domain.words import Words
from kiosk.ui.i18n.tongue import Tongue


class ReaderName(QObject):
    """Names a control in the language of the moment; lives as long as the control."""

    def __init__(self, control: QWidget, tongue: Tongue, name: Words) -> None:
        super().__init__(control)
        self._control, self._tongue, self._name = control, tongue, name
        tongue.changed.connect(self._say)
        self._say()

    @Slot()
    def _say(self) -> None:
        self._control.setAccessibleName(self._tongue.say(self._name))
