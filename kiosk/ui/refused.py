"""What is shown when the data folder does not open: no window would leave the agent guessing."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QVBoxLayout

from kiosk.domain.errors import WaslError
from kiosk.domain.words import Words
from kiosk.ui.i18n.faults import error_words
from kiosk.ui.i18n.tongue import Language, Tongue
from kiosk.ui.run import application
from kiosk.ui.widgets.said import SaidLabel

_WIDTH_PX = 520
_UNSEEN = {"offscreen", "minimal"}


class RefusedDialog(QDialog):
    """Says in both languages what is wrong and the one next thing: settings may not be readable."""

    def __init__(self, words: Words) -> None:
        super().__init__()
        self.setWindowTitle("Wasl — وصل")
        self.setMinimumWidth(_WIDTH_PX)
        column = QVBoxLayout(self)
        for language in Language:
            label = SaidLabel(Tongue(language, parent=self), words, role="strong", wrap=True)
            label.setLayoutDirection(
                Qt.LayoutDirection.RightToLeft
                if language is Language.ARABIC
                else Qt.LayoutDirection.LeftToRight
            )
            column.addWidget(label)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok)
        buttons.accepted.connect(self.accept)
        column.addWidget(buttons)


def show_refused(error: WaslError, *, once: bool) -> None:
    """Show why the kiosk does not open until it is read (with *once*: painted).

    Where there is no display nothing is waited for: nobody could close it.
    """
    application()
    dialog = RefusedDialog(error_words(error))
    if once or QGuiApplication.platformName() in _UNSEEN:
        dialog.grab()
        return
    dialog.exec()
