"""The counter's settings in memory: the window's settings port without a file."""

from kiosk.domain.agents import ForbiddenError, WrongPinError
from kiosk.domain.counter_settings import CounterSettings, OpeningLanguage, PaperName
from kiosk.domain.errors import InvalidInputError, WaslError

FIRST = CounterSettings(
    printer="",
    paper=PaperName.ROLL_80,
    language=OpeningLanguage.FRENCH,
    lock_minutes=4,
    backup_folder="",
    backup_second_folder="",
)
CODE = "13572468"


class FakeSettings:
    """One supervisor, karim; a code of eight digits is right after a challenge for the same values.

    Attributes:
        faults: Errors that the next calls raise, one each.
        kept: What stands in the file.
    """

    def __init__(self) -> None:
        self.pins = {"karim": "90213"}
        self.faults: list[WaslError] = []
        self.kept = FIRST
        self._asked_for: tuple[str, CounterSettings] | None = None

    def read(self) -> CounterSettings:
        """Return what is kept."""
        self._fail()
        return self.kept

    def ask_code(self, supervisor: str, new: CounterSettings) -> str:
        """Return a challenge."""
        if supervisor not in self.pins:
            raise ForbiddenError("no supervisor of that name")
        self._asked_for = (supervisor, new)
        return "S48217730"

    def change(self, new: CounterSettings, supervisor: str, secret: str) -> tuple[str, ...]:
        """Keep other settings."""
        self._fail()
        if secret == CODE and self._asked_for == (supervisor, new):
            self._asked_for = None
        elif self.pins.get(supervisor) != secret:
            raise WrongPinError("no")
        changed = new.changed_from(self.kept)
        if new.printer and not new.printer.startswith(("pdf:", "memory:", "escpos:")):
            raise InvalidInputError("printer", "is not a printer's address")
        for name in ("backup_folder", "backup_second_folder"):
            if changed.get(name) and not str(changed[name]).startswith("/"):
                raise InvalidInputError(name, "is not a whole path")
        if not 1 <= new.lock_minutes <= 60:
            raise InvalidInputError("lock_minutes", "1 to 60")
        self.kept = new
        return tuple(changed)

    def _fail(self) -> None:
        if self.faults:
            raise self.faults.pop(0)
