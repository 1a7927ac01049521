"""A real store in a folder of the test, enrolled without a network."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.store.folder import DataFolder
from kiosk.store.store import Store, open_for_writing
from tests.database_key import KEY
from tests.enrolled import TestCentral, TestClock
from tests.store.items import Clerk
from tests.store.shop import Shop


@pytest.fixture
def clock() -> TestClock:
    return TestClock()


@pytest.fixture(scope="session")
def central() -> TestCentral:
    return TestCentral()


@pytest.fixture
def folder(tmp_path: Path) -> DataFolder:
    return DataFolder(tmp_path / "data")


@pytest.fixture
def store(folder: DataFolder, clock: TestClock, central: TestCentral) -> Iterator[Store]:
    opened = open_for_writing(folder, clock.read, KEY)
    opened.memory.keep_enrolment(central.enrolment())
    yield opened
    opened.close()


@pytest.fixture
def clerk(store: Store, clock: TestClock) -> Clerk:
    return Clerk(store=store, clock=clock)


@pytest.fixture
def shop(tmp_path: Path, central: TestCentral) -> Iterator[Shop]:
    made = Shop(root=tmp_path, central=central)
    made.found()
    yield made
    made.close()
