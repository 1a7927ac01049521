"""What could not be taken: the last few, until something new is asked for."""

from typing import Final

from PySide6.QtCore import Slot

from kiosk.domain.words import Words
from kiosk.ui.i18n.shown import joined
from kiosk.ui.i18n.tongue import Tongue
from kiosk.ui.widgets.said import NO_WORDS, SaidLabel

_SHOWN: Final = 3


class FaultNotice(SaidLabel):
    """Hidden while there is nothing to say."""

    def __init__(self, tongue: Tongue) -> None:
        super().__init__(tongue, role="notice", wrap=True)
        self._faults: list[Words] = []
        self._show()

    @Slot(object)
    def add(self, words: Words) -> None:
        """Say one more; what is said already is not said twice."""
        others = [one for one in self._faults if one != words]
        self._faults = [*others, words][-_SHOWN:]
        self._show()

    def forget(self) -> None:
        """Say nothing any more."""
        self._faults = []
        self._show()

    def _show(self) -> None:
        self.tell(joined(*self._faults, by="\n") if self._faults else NO_WORDS, "wrong")
        self.setVisible(bool(self._faults) and self.parent() is not None)
