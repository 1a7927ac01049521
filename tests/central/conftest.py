"""A central for the session, and new devices at points of their own."""

import itertools
import secrets
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from central.opening import Place
from tests.central import outside
from tests.central.client import Client
from tests.central.outside import ObjectStore
from tests.central.running import Central, in_thread, log_to_nobody

_points = itertools.count(1)


@pytest.fixture(autouse=True)
def _logs_of_commands_end_with_their_test() -> Iterator[None]:
    # A command lets its log go to stderr, which is closed with its test; the central goes on.
    yield
    log_to_nobody()


def new_point() -> str:
    """Return the code of a point no test has used."""
    return f"C{next(_points):04d}"


@pytest.fixture(scope="session")
def central(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Central]:
    with in_thread(Path(tmp_path_factory.mktemp("central"))) as running:
        yield running


@pytest.fixture
def enrolled(central: Central) -> Iterator[Callable[[str | None], Client]]:
    """Return a maker of enrolled devices, at a given point or a new one."""
    made: list[Client] = []

    def make(point: str | None = None) -> Client:
        client = central.client()
        made.append(client)
        response = client.enrol(central.code(point or new_point()))
        assert response.status_code == 200, response.text
        return client

    yield make
    for client in made:
        client.close()


@pytest.fixture
def client(enrolled: Callable[[str | None], Client]) -> Client:
    return enrolled(None)


@pytest.fixture(scope="session")
def postgresql_url() -> Iterator[str]:
    with outside.postgresql() as url:
        yield url


@pytest.fixture
def empty_database(postgresql_url: str) -> str:
    """Return the URL of a PostgreSQL database with nothing in it."""
    return _new_database(postgresql_url)


@pytest.fixture(scope="module")
def module_database(postgresql_url: str) -> str:
    """Return the URL of such a database for the tests of one file."""
    return _new_database(postgresql_url)


@pytest.fixture(params=["sqlite", "postgresql"])
def own(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Central]:
    """Serve a central of this test's own, once on each database."""
    is_shared = request.param == "postgresql"
    url = request.getfixturevalue("empty_database") if is_shared else None
    with in_thread(Place(data=tmp_path / "central", database=url)) as running:
        yield running


@pytest.fixture
def device(own: Central) -> Iterator[Client]:
    """Return an enrolled device of that central."""
    client = own.client()
    assert client.enrol(own.code(new_point())).ok
    yield client
    client.close()


@pytest.fixture(scope="session")
def shared_central(
    postgresql_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Central]:
    """Serve a central on PostgreSQL for the session."""
    data = tmp_path_factory.mktemp("shared") / "central"
    with in_thread(Place(data=data, database=_new_database(postgresql_url))) as running:
        yield running


def _new_database(postgresql_url: str) -> str:
    name = f"wasl_{secrets.token_hex(6)}"
    with psycopg.connect(postgresql_url, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    return postgresql_url.replace("/postgres?", f"/{name}?")


@pytest.fixture(scope="session")
def object_store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ObjectStore]:
    with (
        outside.object_store(tmp_path_factory.mktemp("s3")) as store,
        pytest.MonkeyPatch.context() as patch,
    ):
        for name, value in store.environment.items():
            patch.setenv(name, value)
        yield store
