"""The fake desk behind the window is held to the desk's contract."""

from pathlib import Path

import pytest

from kiosk.domain.moments import local_date, shown_date
from tests.contracts.desk_contract import DeskBench, DeskContract
from tests.fakes.desk import FakeDesk
from tests.gui.bench import Bench


class TestFakeDesk(DeskContract):
    """The fake does what a desk does."""

    @pytest.fixture
    def bench(self, sheets: dict[str, Path]) -> DeskBench:
        desk = FakeDesk()
        return Bench(
            drafts=desk,
            deposits=desk,
            overview=desk,
            page_file=sheets["feuille"],
            broken_file=sheets["truncated"],
            today=shown_date(local_date(desk.now)),
        )
