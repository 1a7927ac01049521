"""A kiosk's side of the stick: room, faults of the medium, and words that come back."""

import errno
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import pytest

from kiosk.domain.courier import CourierProgress, Exported, unwatched
from kiosk.domain.errors import (
    NotEnrolledError,
    StickFault,
    StickFullError,
    StickGoneError,
    StickReadOnlyError,
    StickUnreliableError,
)
from kiosk.domain.vocabulary import DepositState, EventKind, HeldReason
from kiosk.link import Identity, Link
from kiosk.store.store import Store
from kiosk.sync import courier_out
from kiosk.sync.ports import Hold
from kiosk.wire import bundles, courier, stick
from kiosk.wire.cose import ContentType
from kiosk.wire.keys import PrivateKey
from kiosk.wire.messages import Acknowledgement
from kiosk.wire.trust import only, sign_statement
from tests.enrolled import DEVICE, NOW, TestCentral
from tests.store.items import SCAN, Clerk
from tests.store.mounts import read_only, small_disk
from tests.sync.authority import make_authority


@dataclass(slots=True, kw_only=True)
class Kiosk:
    """A store, its line to nowhere, and the central whose words it believes."""

    store: Store
    clerk: Clerk
    link: Link
    central: TestCentral
    key: PrivateKey
    identity: Identity

    def word(self, of: UUID, stick_at: Path, **changes: object) -> Path:
        """Put the central's word on an item on the stick; *changes* make it another."""
        parcel = self.store.parcels.find(of)
        assert parcel is not None
        document = parcel.document_sha256
        fields: dict[str, object] = {
            "item_id": of,
            "receipt_number": parcel.receipt_number,
            "manifest_sha256": parcel.manifest_sha256.hex(),
            "document_sha256": document.hex() if document else None,
            "at": NOW,
        }
        signer = changes.pop("signer", self.central.acknowledgement)
        assert isinstance(signer, PrivateKey)
        statement = Acknowledgement.model_validate(fields | changes)
        file = stick_at / courier.FOLDER / courier.acknowledgement_name(of)
        file.parent.mkdir(exist_ok=True)
        file.write_text(sign_statement(statement, signer, ContentType.ACKNOWLEDGEMENT))
        return file

    def state(self, item_id: UUID) -> DepositState:
        return self.clerk.state_of(item_id)


@pytest.fixture
def kiosk(store: Store, clerk: Clerk, central: TestCentral) -> Iterator[Kiosk]:
    key = PrivateKey.generate()
    identity = Identity(
        url="https://127.0.0.1:1",
        ca_pem=make_authority().pem,
        device=DEVICE,
        request_key=key,
        root_key=central.root.public,
        trust_key=central.trust.public,
    )
    link = Link(outbox=store.outbox, memory=store.memory, identity=identity, parcels=store.parcels)
    yield Kiosk(store=store, clerk=clerk, link=link, central=central, key=key, identity=identity)
    link.stop()


def on_stick(place: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in (place / courier.FOLDER).iterdir()}


def test_stick_holds_what_the_spool_does_and_a_signed_list(kiosk: Kiosk, tmp_path: Path) -> None:
    made = [kiosk.clerk.deposit(), kiosk.clerk.deposit(None)]
    event = kiosk.clerk.event(made[0])
    seen: list[CourierProgress] = []
    report = kiosk.link.export(tmp_path, seen.append)
    assert (report.deposits, report.events, report.written) == (2, 1, 3)
    assert [(one.done, one.total) for one in seen] == [(1, 3), (2, 3), (3, 3)]
    assert seen[-1].done_bytes == seen[-1].total_bytes == report.size_bytes
    lying = on_stick(tmp_path)
    listed = courier.open_list(lying[f"{DEVICE}.list"].decode(), only(kiosk.key.public))
    assert [one.item_id for one in listed.bundles] == [*made, event]
    for item in (*made, event):
        assert lying[f"{item}.wasl"] == kiosk.store.spool.path(item).read_bytes()
    assert len(lying) == 4
    (entry,) = kiosk.store.db.conn.execute("SELECT reason FROM journal WHERE act = 'exported'")
    assert entry == ("3",)
    assert kiosk.state(made[0]) is DepositState.QUEUED


def test_scan_that_nobody_wants_stays_here(kiosk: Kiosk, tmp_path: Path) -> None:
    made = kiosk.clerk.deposit()
    kiosk.clerk.event(made, EventKind.CANCELLATION)
    kiosk.link.export(tmp_path)
    header = bundles.check_bundle(tmp_path / courier.FOLDER / f"{made}.wasl")
    assert not header.has_document
    assert SCAN not in on_stick(tmp_path)[f"{made}.wasl"]


def test_damaged_bundle_is_named_and_the_others_go(kiosk: Kiosk, tmp_path: Path) -> None:
    damaged, gone, swapped, good = (kiosk.clerk.deposit() for _ in range(4))
    spool = kiosk.store.spool
    content = bytearray(spool.path(damaged).read_bytes())
    content[-50] ^= 1
    spool.path(damaged).write_bytes(content)
    spool.path(gone).unlink()
    shutil.copy(spool.path(good), spool.path(swapped))
    report = kiosk.link.export(tmp_path)
    numbers = {kiosk.clerk.number_of(item) for item in (damaged, gone, swapped)}
    assert (report.deposits, set(report.damaged)) == (1, numbers)
    assert set(on_stick(tmp_path)) == {f"{good}.wasl", f"{DEVICE}.list"}


def test_what_the_stick_spoiled_is_written_again(kiosk: Kiosk, tmp_path: Path) -> None:
    item = kiosk.clerk.deposit()
    kiosk.link.export(tmp_path)
    file = tmp_path / courier.FOLDER / f"{item}.wasl"
    good = file.read_bytes()
    file.write_bytes(good[:-5])
    assert kiosk.link.export(tmp_path).written == 1
    assert file.read_bytes() == good
    (tmp_path / courier.FOLDER / ".part-x").write_bytes(b"half")
    assert kiosk.link.export(tmp_path).written == 0
    assert ".part-x" not in on_stick(tmp_path)


def test_full_stick_is_told_before_anything_is_written(kiosk: Kiosk, tmp_path: Path) -> None:
    for _ in range(3):
        kiosk.clerk.deposit(b"x" * 200_000)
    with small_disk(tmp_path / "stick", 512) as place:
        with pytest.raises(StickFullError) as told:
            kiosk.link.export(place)
        assert told.value.needed_bytes > told.value.free_bytes > 0
        assert on_stick(place) == {}


def test_stick_that_fills_up_on_the_way_keeps_what_is_whole(tmp_path: Path) -> None:
    # Somebody else writes on it meanwhile, or it told more room than it has.
    with small_disk(tmp_path / "stick", 256) as place:
        stick.write_verified(place / "first", (b"x" * 100_000,))
        with pytest.raises(StickFullError):
            stick.write_verified(place / "second", iter([b"x" * 100_000] * 5))
        assert [file.name for file in place.iterdir()] == ["first"]


def test_read_only_stick_is_told(kiosk: Kiosk, tmp_path: Path) -> None:
    kiosk.clerk.deposit()
    place = tmp_path / "stick"
    place.mkdir()
    with read_only(place), pytest.raises(StickReadOnlyError):
        kiosk.link.export(place)


def test_stick_pulled_out_is_told(kiosk: Kiosk, tmp_path: Path) -> None:
    for _ in range(3):
        kiosk.clerk.deposit()
    place = tmp_path / "stick"

    def pull(_progress: CourierProgress) -> None:
        shutil.rmtree(place)

    with pytest.raises(StickGoneError):
        kiosk.link.export(place, pull)
    with pytest.raises(StickGoneError):
        kiosk.link.export(tmp_path / "never" / "there")
    assert kiosk.link.export(tmp_path / "another").written == 3


@pytest.mark.parametrize(
    ("code", "fault"),
    [
        (errno.ENOSPC, StickFault.FULL),
        (errno.EFBIG, StickFault.FULL),
        (errno.EROFS, StickFault.READ_ONLY),
        (errno.EACCES, StickFault.READ_ONLY),
        (errno.EIO, StickFault.GONE),
        (errno.ENODEV, StickFault.GONE),
    ],
)
def test_each_refusal_of_a_medium_has_a_name(code: int, fault: StickFault) -> None:
    named = (StickFullError, StickReadOnlyError, StickGoneError)
    with pytest.raises(named) as told, stick.stick_faults():
        raise OSError(code, os.strerror(code))
    assert told.value.fault is fault


def test_bytes_that_come_back_otherwise_are_told(tmp_path: Path) -> None:
    target = tmp_path / "bundle"

    def forgetful() -> Iterator[bytes]:
        yield b"a" * 100_000
        yield b"a" * 100_000
        # The medium keeps other bytes than it was given: what was just written is changed below.
        with (tmp_path / ".part-bundle").open("r+b") as medium:
            medium.write(b"b")
        yield b"a" * 1_000_000

    with pytest.raises(StickUnreliableError):
        stick.write_verified(target, forgetful())
    assert list(tmp_path.iterdir()) == []


def test_words_end_what_waits_whatever_its_state(kiosk: Kiosk, tmp_path: Path) -> None:
    queued, held, sending, later = (
        kiosk.clerk.deposit(),
        kiosk.clerk.deposit(),
        kiosk.clerk.deposit(),
        kiosk.clerk.deposit(None),
    )
    outbox = kiosk.store.outbox
    for item in (queued, held, sending):
        claimed = outbox.claim(now=NOW, only_due=False, passed={queued} - {item})
        assert claimed is not None
        if claimed.item_id == held:
            outbox.settle(held, Hold(reason=HeldReason.CONFLICT, error="conflict"))
    for item in (queued, held, sending, later):
        kiosk.word(item, tmp_path)
    report = kiosk.link.take_in(tmp_path)
    assert (report.acknowledgements, report.refused) == (4, ())
    acknowledged = [kiosk.state(item) for item in (queued, held, sending)]
    assert acknowledged == [DepositState.ACKNOWLEDGED] * 3
    assert kiosk.state(later) is DepositState.TO_SCAN
    assert outbox.waiting().waiting == 0
    assert kiosk.link.take_in(tmp_path).acknowledgements == 0


def test_word_on_the_manifest_alone_does_not_end_a_scan(kiosk: Kiosk, tmp_path: Path) -> None:
    item = kiosk.clerk.deposit()
    name = kiosk.word(item, tmp_path, document_sha256=None).name
    assert kiosk.link.take_in(tmp_path).refused == ((name, "word-for-something-else"),)
    assert kiosk.state(item) is DepositState.QUEUED


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"manifest_sha256": "0" * 64}, "word-for-something-else"),
        ({"document_sha256": "0" * 64}, "word-for-something-else"),
        ({"receipt_number": "C0417A-000099-00"}, "word-for-something-else"),
        ({"item_id": UUID(int=1)}, "word-for-something-else"),
        ({"signer": PrivateKey.generate()}, "unknown-key"),
    ],
)
def test_false_words_are_named_and_change_nothing(
    kiosk: Kiosk, tmp_path: Path, changes: dict[str, object], reason: str
) -> None:
    item, other = kiosk.clerk.deposit(), kiosk.clerk.deposit()
    name = kiosk.word(item, tmp_path, **changes).name
    kiosk.word(other, tmp_path)
    report = kiosk.link.take_in(tmp_path)
    assert (report.acknowledgements, report.refused) == (1, ((name, reason),))
    assert kiosk.state(item) is DepositState.QUEUED


@pytest.mark.parametrize("content", [b"", b"x" * 9_000, b"\xff\xfe", b"AAAA", b"!"])
def test_junk_in_place_of_a_word_is_named(kiosk: Kiosk, tmp_path: Path, content: bytes) -> None:
    item = kiosk.clerk.deposit()
    kiosk.word(item, tmp_path).write_bytes(content)
    ((_, reason),) = kiosk.link.take_in(tmp_path).refused
    assert reason in {"unreadable", "bad-word"}
    assert kiosk.state(item) is DepositState.QUEUED


def test_word_by_a_link_is_not_followed(kiosk: Kiosk, tmp_path: Path) -> None:
    item = kiosk.clerk.deposit()
    word = kiosk.word(item, tmp_path)
    word.rename(tmp_path / "elsewhere")
    word.symlink_to(tmp_path / "elsewhere")
    assert kiosk.link.take_in(tmp_path).refused == ((word.name, "not-ours"),)
    assert kiosk.state(item) is DepositState.QUEUED


def test_acknowledged_items_are_taken_off_at_the_next_export(kiosk: Kiosk, tmp_path: Path) -> None:
    item, left = kiosk.clerk.deposit(), kiosk.clerk.deposit()
    kiosk.link.export(tmp_path)
    kiosk.word(item, tmp_path)
    kiosk.link.take_in(tmp_path)
    report = kiosk.link.export(tmp_path)
    assert (report.removed, report.deposits, report.written) == (1, 1, 0)
    assert set(on_stick(tmp_path)) == {f"{left}.wasl", f"{DEVICE}.list"}


def test_what_a_stick_does_not_take_is_told_and_goes_after_its_confirmations(
    kiosk: Kiosk, tmp_path: Path
) -> None:
    damaged = kiosk.clerk.deposit()
    kiosk.store.spool.path(damaged).write_bytes(b"spoiled")
    made = [kiosk.clerk.deposit() for _ in range(3)]

    def export() -> Exported:
        return courier_out.export(
            tmp_path, kiosk.store.parcels, kiosk.identity, NOW, unwatched, most=2
        )

    first = export()
    assert (first.deposits, first.left_here, len(first.damaged)) == (2, 1, 1)
    assert {f"{item}.wasl" for item in made[:2]} < set(on_stick(tmp_path))
    assert export().left_here == 1  # the same ones again: nothing is lost, and it is told
    for item in made[:2]:
        kiosk.word(item, tmp_path)
    kiosk.link.take_in(tmp_path)
    second = export()
    assert (second.deposits, second.removed, second.left_here) == (1, 2, 0)
    assert f"{made[2]}.wasl" in on_stick(tmp_path)


def test_nothing_is_carried_before_enrolment(store: Store, tmp_path: Path) -> None:
    link = Link(outbox=store.outbox, memory=store.memory, identity=None, parcels=store.parcels)
    with pytest.raises(NotEnrolledError):
        link.export(tmp_path)
    with pytest.raises(NotEnrolledError):
        link.take_in(tmp_path)
