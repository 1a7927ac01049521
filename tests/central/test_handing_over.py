"""Accepted dossiers leave for the insurer's own system once each, whatever dies on the way."""

import hashlib
import io
import json
import os
import shutil
import signal
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from central import opening
from central.adapter import Adapter, default_place, open_adapter
from central.handing_over import hand_over, waiting
from central.opening import Place
from kiosk.domain.errors import InvalidInputError
from kiosk.domain.vocabulary import EventKind
from kiosk.wire.cose import ContentType, verify
from kiosk.wire.encoding import unb64
from kiosk.wire.manifests import read_deposit
from kiosk.wire.trust import only
from tests.central.client import Client
from tests.central.leaving import DyingAdapter, fill
from tests.central.running import Central, run
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


def _in_child(act: Callable[[], object]) -> int:
    child = os.fork()
    if not child:
        try:
            act()
        finally:
            os._exit(0)
    return os.waitpid(child, 0)[1]


@pytest.fixture
def filled(tmp_path: Path) -> Path:
    """Return the data of a central that holds five deposits and serves no more."""
    fill(Place(data=tmp_path / "central"))
    return tmp_path / "central"


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
