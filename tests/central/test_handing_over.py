"""Accepted dossiers leave for the insurer's own system once each, whatever dies on the way."""

import hashlib
import io
import json
import os
import shutil
import signal
import tempfile
import threading
import time
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO

import psycopg
import pytest

from central import opening
from central.adapter import Adapter, Parcel, default_place, open_adapter
from central.adapter_folder import FolderAdapter
from central.database import Database
from central.errors import TurnLostError, TurnTakenError
from central.handing_over import hand_over, waiting
from central.opening import Place
from central.services import Services
from kiosk.domain.errors import InvalidInputError
from kiosk.domain.vocabulary import EventKind
from kiosk.wire.cose import ContentType, verify
from kiosk.wire.encoding import unb64
from kiosk.wire.manifests import read_deposit
from kiosk.wire.trust import only
from tests.central.client import Client
from tests.central.conftest import new_point
from tests.central.running import Central, in_thread, run
from tests.contracts.adapter_contract import AdapterContract
from tests.fakes.memory_adapter import MemoryAdapter


class TestFolderAdapter(AdapterContract):
    """The contract, on a real folder."""

    @pytest.fixture
    def adapter(self, tmp_path: Path) -> Adapter:
        self._folder = tmp_path / "out"
        return open_adapter(f"folder:{self._folder}")

    def arrived(self, adapter: Adapter) -> dict[str, bytes]:
        del adapter
        return {file.name: file.read_bytes() for file in (self._folder / "new").iterdir()}

    def take_all(self, adapter: Adapter) -> None:
        del adapter
        for file in (self._folder / "new").iterdir():
            file.rename(self._folder / "taken" / file.name)


class TestMemoryAdapter(AdapterContract):
    """The contract, on the fake."""

    @pytest.fixture
    def adapter(self) -> Adapter:
        return MemoryAdapter()

    def arrived(self, adapter: Adapter) -> dict[str, bytes]:
        assert isinstance(adapter, MemoryAdapter)
        return dict(adapter.new)

    def take_all(self, adapter: Adapter) -> None:
        assert isinstance(adapter, MemoryAdapter)
        adapter.taken |= adapter.new
        adapter.new.clear()


@pytest.fixture(params=["sqlite", "postgresql"])
def own(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Central]:
    is_shared = request.param == "postgresql"
    url = request.getfixturevalue("empty_database") if is_shared else None
    with in_thread(Place(data=tmp_path / "central", database=url)) as running:
        yield running


@pytest.fixture
def device(own: Central) -> Iterator[Client]:
    client = own.client()
    assert client.enrol(own.code(new_point())).ok
    yield client
    client.close()


def _read(content: bytes) -> tuple[dict[str, Any], bytes, bytes | None]:
    with zipfile.ZipFile(io.BytesIO(content)) as bundle:
        text = bundle.read("dossier.json")
        signature = bundle.read("dossier.json.cose")
        names = bundle.namelist()
        document = bundle.read("document.pdf.age") if "document.pdf.age" in names else None
    return json.loads(text) | {"_text": text}, signature, document


def test_what_is_accepted_leaves_signed_and_in_order(own: Central, device: Client) -> None:
    document = os.urandom(400_000)
    manifest, word = device.deposit(document)
    device.put_event(device.event(EventKind.AMENDMENT, manifest, immatriculation="987654321"))
    device.put(device.manifest(os.urandom(50)))  # not accepted: its scan has not come
    adapter = MemoryAdapter()
    done = hand_over(own.services, adapter)
    assert (done.delivered, done.failed, done.waiting) == (2, 0, 0)
    assert [name.split(".")[1] for name in adapter.order] == ["deposit", "amendment"]
    dossier, signature, held = _read(adapter.new[adapter.order[0]])
    assert held == document
    assert (dossier["state"], dossier["acknowledgement"]) == ("accepted", word)
    assert dossier["document_sha256"] == hashlib.sha256(document).hexdigest()
    assert read_deposit(unb64(dossier["manifest"])) == manifest
    key = own.services.keys.acknowledgement.public
    digest = hashlib.sha256(dossier["_text"]).digest()
    assert verify(signature, only(key), ContentType.DOSSIER) == digest
    assert hand_over(own.services, adapter).delivered == 0


def test_cancelled_ones_are_told_and_their_scan_stays(own: Central, device: Client) -> None:
    before, _ = device.deposit(os.urandom(50))
    adapter = MemoryAdapter()
    hand_over(own.services, adapter)
    after, _ = device.deposit(os.urandom(50))
    for manifest in (before, after):
        device.put_event(device.event(EventKind.CANCELLATION, manifest))
    assert hand_over(own.services, adapter).delivered == 3
    told = {name: _read(content) for name, content in adapter.new.items()}
    of_after = [name for name in told if name.startswith(after.receipt_number)]
    assert {told[name][0]["state"] for name in of_after} == {"cancelled"}
    assert {told[name][2] for name in of_after} == {None}
    ends = [name for name in told if ".cancellation." in name]
    assert len(ends) == 2


def test_one_that_fails_waits_and_holds_up_none(own: Central, device: Client) -> None:
    refused = device.deposit(os.urandom(50))[0]
    lost = device.deposit(os.urandom(50))[0]
    device.deposit(os.urandom(50))
    adapter = MemoryAdapter()
    adapter.refusals = {f"{refused.receipt_number}.deposit.{refused.deposit_id}.zip"}
    blob = next(one for one in own.blobs() if one.parent.name == str(lost.deposit_id))
    away = blob.rename(blob.with_name("away"))
    done = hand_over(own.services, adapter)
    assert (done.delivered, done.failed, done.waiting) == (1, 2, 2)
    away.rename(blob)
    assert hand_over(own.services, adapter).delivered == 2
    assert len(adapter.new) == 3


class DyingAdapter(FolderAdapter):
    """Kills its process at the n-th parcel: before, in the middle of, or after its delivery."""

    def __init__(self, folder: Path, at: int, when: str) -> None:
        super().__init__(folder)
        self._at, self._when, self._count = at, when, 0

    def deliver(self, parcel: Parcel) -> None:
        """Deliver, or die."""
        self._count += 1
        if self._count < self._at:
            super().deliver(parcel)
            return
        if self._when == "after":
            super().deliver(parcel)
        elif self._when == "within":
            super().deliver(replace(parcel, write=lambda out: self._half(out, parcel)))
        self.end()

    def end(self) -> None:
        """Die."""
        os.kill(os.getpid(), signal.SIGKILL)

    def _half(self, out: Any, parcel: Parcel) -> None:
        whole = io.BytesIO()
        parcel.write(whole)
        out.write(whole.getvalue()[: len(whole.getvalue()) // 2])
        out.flush()
        self.end()


def _in_child(act: Callable[[], object]) -> int:
    child = os.fork()
    if not child:
        try:
            act()
        finally:
            os._exit(0)
    return os.waitpid(child, 0)[1]


def _fill(place: Place) -> None:
    with in_thread(place) as central:
        client = central.client()
        client.enrol(central.code(new_point()))
        for _ in range(5):
            client.deposit(os.urandom(2000))
        client.close()


@pytest.fixture
def filled(tmp_path: Path) -> Path:
    """Return the data of a central that holds five deposits and serves no more."""
    _fill(Place(data=tmp_path / "central"))
    return tmp_path / "central"


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """Return where a central holds five deposits, and serves no more."""
    is_shared = request.param == "postgresql"
    url = request.getfixturevalue("empty_database") if is_shared else None
    made = Place(data=tmp_path / "central", database=url)
    _fill(made)
    return made


def _killed_hand_over(data: Path, out: Path, at: int, when: str) -> None:
    def act() -> None:
        place = Place(data=data)
        database = opening.existing(place)
        hand_over(opening.services(place, database), DyingAdapter(out, at, when))

    assert os.WTERMSIG(_in_child(act)) == signal.SIGKILL


@pytest.mark.parametrize("when", ["before", "within", "after"])
def test_killed_between_delivery_and_mark_delivers_once(
    filled: Path, tmp_path: Path, when: str
) -> None:
    for at in (1, 3, 5):
        data, out = tmp_path / f"data{at}", tmp_path / f"out{at}"
        shutil.copytree(filled, data)
        _killed_hand_over(data, out, at, when)
        seen = {one.name for one in (out / "new").glob("[!.]*")}
        # The other side takes what it sees, before the central comes back.
        for name in seen:
            (out / "new" / name).rename(out / "taken" / name)
        code, said = run("hand-over", "--adapter", f"folder:{out}", data=data)
        assert (code, said["waiting"], said["failed"]) == (0, 0, 0)
        new = {one.name for one in (out / "new").glob("[!.]*")}
        assert (len(seen | new), seen & new) == (5, set())
        for file in [*(out / "new").glob("[!.]*"), *(out / "taken").iterdir()]:
            assert _read(file.read_bytes())[2] is not None


def test_adapter_that_forgets_what_was_taken_is_caught(filled: Path, tmp_path: Path) -> None:
    # The same play with a folder that looks into new/ alone: the check above must tell it.
    out = tmp_path / "out"
    _killed_hand_over(filled, out, 3, "after")
    seen = {one.name for one in (out / "new").glob("[!.]*")}
    for name in seen:
        (out / "new" / name).unlink()
    run("hand-over", "--adapter", f"folder:{out}", data=filled)
    assert seen & {one.name for one in (out / "new").glob("[!.]*")}


def test_adapters_are_named_by_scheme(tmp_path: Path) -> None:
    assert default_place(tmp_path) == f"folder:{tmp_path / 'handed-over'}"
    for wrong in ("", "folder:", "ftp://host", "memory"):
        with pytest.raises(InvalidInputError):
            open_adapter(wrong)


def test_wait_is_counted(own: Central, device: Client) -> None:
    device.deposit(os.urandom(10))
    assert waiting(own.services.database) == 1


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
    _fill(place)
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
