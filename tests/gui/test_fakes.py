"""The fakes behind the window are held to the desk's contract; so is the real desk."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from kiosk.domain.moments import local_date, shown_date
from kiosk.ui.ports import Deposits, Drafts, Overview
from tests.contracts.desk_contract import DeskBench, DeskContract
from tests.fakes.desk import FakeDesk


@dataclass(slots=True, kw_only=True)
class Bench:
    """A desk and files to give it."""

    drafts: Drafts
    deposits: Deposits
    overview: Overview
    page_file: Path
    broken_file: Path
    today: str


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
