"""One process at a time hands over, and its turn ends with it."""

import os
import signal
import tempfile
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

import psycopg
import pytest

from central import opening
from central.adapter import Parcel
from central.adapter_folder import FolderAdapter
from central.database import Database
from central.errors import TurnLostError, TurnTakenError
from central.handing_over import hand_over, waiting
from central.opening import Place
from central.services import Services
from tests.central.client import Client
from tests.central.leaving import DyingAdapter, fill
from tests.central.running import Central, run


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """Return where a central holds five deposits, and serves no more."""
    is_shared = request.param == "postgresql"
    url = request.getfixturevalue("empty_database") if is_shared else None
    made = Place(data=tmp_path / "central", database=url)
    fill(made)
    return made


class StoppedAdapter(FolderAdapter):
    """Stops in the middle of its first parcel until it is let go on."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.is_within, self.may_go_on = threading.Event(), threading.Event()

    def deliver(self, parcel: Parcel) -> None:
        """Deliver, with a stop before the last byte."""

        def write(out: BinaryIO) -> None:
            self.is_within.set()
            assert self.may_go_on.wait(20)
            parcel.write(out)

        super().deliver(replace(parcel, write=write))


class TurnsOfItsOwn(Database):
    """A database by which nobody ever waits for another: each turn is another one."""

    @property
    def file(self) -> Path:
        return Path(tempfile.mkdtemp()) / "central.db"


def _taken(out: Path) -> list[str]:
    """Let the other system take what is there, and return it."""
    names = [one.name for one in (out / "new").glob("[!.]*")]
    for name in names:
        (out / "new" / name).replace(out / "taken" / name)
    return names


def _two_at_once(services: Services, out: Path) -> tuple[list[str], bool]:
    """Hand over by two, one of whom stands still; return what was taken, and if one was sent off.

    The other system takes what it sees as soon as the second is done.
    """
    slow = StoppedAdapter(out)
    first = threading.Thread(target=hand_over, args=(services, slow))
    first.start()
    assert slow.is_within.wait(20)
    was_sent_off = False
    try:
        hand_over(services, FolderAdapter(out))
    except TurnTakenError:
        was_sent_off = True
    arrived = _taken(out)
    slow.may_go_on.set()
    first.join()
    return arrived + _taken(out), was_sent_off


def test_two_that_hand_over_at_once_deliver_once(
    own: Central, device: Client, tmp_path: Path
) -> None:
    for _ in range(3):
        device.deposit(os.urandom(50))
    arrived, was_sent_off = _two_at_once(own.services, tmp_path / "out")
    assert was_sent_off
    assert (len(arrived), len(set(arrived))) == (3, 3)
    assert waiting(own.services.database) == 0


def test_two_without_turns_would_show(own: Central, device: Client, tmp_path: Path) -> None:
    device.deposit(os.urandom(50))
    blind = TurnsOfItsOwn(own.services.database._engine)
    arrived, was_sent_off = _two_at_once(replace(own.services, database=blind), tmp_path / "out")
    assert not was_sent_off
    assert (len(arrived), len(set(arrived))) == (2, 1)


def test_turn_ends_with_its_process_wherever_that_is_killed(place: Place, tmp_path: Path) -> None:
    out, arrived = tmp_path / "out", list[str]()
    for when in ("before", "within", "after"):
        told, tells = os.pipe()
        child = os.fork()
        if not child:
            try:
                database = opening.existing(place)
                hand_over(opening.services(place, database), HaltingAdapter(out, when, tells))
            finally:
                os._exit(0)
        assert os.read(told, 1) == b"x"
        arrived += _taken(out)
        code, said = run("hand-over", "--adapter", f"folder:{out}", *_named(place), data=place.data)
        assert (code, said["error"]["code"]) == (1, "another_writer")
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        os.close(told)
        os.close(tells)
        arrived += _taken(out)
    last = time.monotonic() + 20
    while run("hand-over", "--adapter", f"folder:{out}", *_named(place), data=place.data)[0]:
        assert time.monotonic() < last  # a server notices a moment later that nobody is there
    arrived += _taken(out)
    assert (len(arrived), len(set(arrived))) == (5, 5)


def _named(place: Place) -> tuple[str, ...]:
    return ("--database", place.database) if place.database else ()


class HaltingAdapter(DyingAdapter):
    """Halts at its second parcel, says so, and is killed there."""

    def __init__(self, folder: Path, when: str, tells: int) -> None:
        super().__init__(folder, 2, when)
        self._tells = tells

    def end(self) -> None:
        """Say that it is there, and wait for the end."""
        os.write(self._tells, b"x")
        signal.pause()


def test_turn_that_the_database_ended_delivers_no_more(empty_database: str, tmp_path: Path) -> None:
    # A server that restarts or fails over lets go of its locks, and who held one still goes on.
    place = Place(data=tmp_path / "central", database=empty_database)
    fill(place)
    database = opening.existing(place)
    services, out = opening.services(place, database), tmp_path / "out"
    slow = StoppedAdapter(out)
    lost: list[BaseException] = []

    def first() -> None:
        try:
            hand_over(services, slow)
        except TurnLostError as error:
            lost.append(error)

    thread = threading.Thread(target=first)
    thread.start()
    assert slow.is_within.wait(20)
    with psycopg.connect(empty_database, autocommit=True) as other:
        other.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'"
            " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
        )
    assert run("hand-over", "--adapter", f"folder:{out}", *_named(place), data=place.data)[0] == 0
    arrived = _taken(out)
    slow.may_go_on.set()
    thread.join()
    assert len(lost) == 1
    arrived += _taken(out)
    assert (len(arrived), len(set(arrived))) == (5, 5)
    database.close()
