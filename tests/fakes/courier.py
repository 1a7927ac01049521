"""A courier's stick in memory."""

from pathlib import Path

from kiosk.domain.courier import CourierProgress, Exported, Imported, OnProgress
from kiosk.domain.errors import WaslError


class FakeCourier:
    """A stick that takes what is put on it.

    Attributes:
        faults: Errors that the next calls raise, one each.
        exported: What the next export reports; ``imported`` the same.
        places: Where was copied to or from.
    """

    def __init__(self) -> None:
        self.faults: list[WaslError] = []
        self.places: list[tuple[str, Path]] = []
        self.exported = Exported(
            deposits=12,
            events=1,
            adopted=0,
            written=13,
            removed=0,
            damaged=(),
            size_bytes=1_900_000,
            free_bytes=7_000_000_000,
            folder="wasl-courier",
        )
        self.imported = Imported(
            deposits=3,
            events=0,
            new=3,
            already_there=0,
            acknowledgements=12,
            waiting=0,
            unwritten=0,
            refused=(),
            line_failed=False,
        )

    def export(self, place: Path, on_progress: OnProgress) -> Exported:
        """Report, unless told to fail."""
        self._work("export", place, on_progress)
        return self.exported

    def take_in(self, place: Path, on_progress: OnProgress) -> Imported:
        """Report, unless told to fail."""
        self._work("take_in", place, on_progress)
        return self.imported

    def _work(self, act: str, place: Path, on_progress: OnProgress) -> None:
        self.places.append((act, place))
        on_progress(CourierProgress(done=1, total=2, done_bytes=1, total_bytes=2))
        if self.faults:
            raise self.faults.pop(0)
