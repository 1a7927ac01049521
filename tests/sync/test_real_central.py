"""The same client against the real central, over real TLS."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import pytest

from kiosk.domain.vocabulary import EventKind
from kiosk.link import DeviceKeys, Enrolled, LinePolicy, Link
from kiosk.sync.identity import Clocks
from kiosk.sync.outcomes import OutcomeClass, RefusedError
from kiosk.sync.ports import Claimed, ManifestThere
from kiosk.sync.transport import Transport
from kiosk.wire.encoding import b64
from kiosk.wire.keys import PrivateKey
from kiosk.wire.messages import (
    MANIFEST_SIGNATURE_HEADER,
    MANIFEST_TYPE,
    PutAnswer,
    UploadPlace,
)
from kiosk.wire.trust import TrustList
from tests.fakes.memory_outbox import MemoryDevice, MemoryOutbox
from tests.fakes.proxy import proxied
from tests.sync.items import NOW, SCAN, Author
from tests.sync.real_central import RealCentral, real_central

pytestmark = pytest.mark.timeout(60)


@dataclass(slots=True, kw_only=True)
class Kiosk:
    """An enrolled kiosk without a disk."""

    enrolled: Enrolled
    keys: DeviceKeys
    link: Link
    outbox: MemoryOutbox
    memory: MemoryDevice
    author: Author

    def put(self, scan: bytes | None = SCAN) -> Claimed:
        """Queue a new deposit."""
        item = self.author.deposit(scan)
        self.outbox.add(item)
        return item

    def announce(self, item: Claimed) -> UploadPlace:
        """Hand in a manifest alone; return where its scan goes."""
        identity = self.enrolled.identity(self.keys.request)
        transport = Transport(
            url=identity.url,
            ca_pem=identity.ca_pem,
            key=identity.request_key,
            next_sequence=self.memory.next_sequence,
            clocks=Clocks(),
            note=lambda _outcome: None,
        )
        headers = {"Content-Type": MANIFEST_TYPE, MANIFEST_SIGNATURE_HEADER: b64(item.signature)}
        path = f"/v1/deposits/{item.item_id}"
        answer = transport.signed("PUT", path, item.manifest, headers=headers).read(PutAnswer)
        transport.close()
        assert answer.upload is not None
        return answer.upload


def _empty_memory() -> MemoryDevice:
    # Nothing is believed before enrolment, and nothing is asked of it.
    nobody = b64(PrivateKey.generate().public.raw)
    return MemoryDevice(
        TrustList(version=1, issued_at=NOW, acknowledgement_keys=(nobody,), devices=())
    )


def make_kiosk(central: RealCentral) -> Kiosk:
    """Enrol a new kiosk at point C0417."""
    keys = DeviceKeys(request=PrivateKey.generate(), receipt=PrivateKey.generate().public)
    code = central.command("enrol-code", "--point", "C0417", "--name", "Azrou Centre")["code"]
    outbox = MemoryOutbox()
    before = Link(outbox=outbox, memory=_empty_memory(), identity=None, program_version="test")
    enrolled = before.enrol(code, central.url, central.ca_file, lambda: keys)
    memory = MemoryDevice(enrolled.trust)
    link = Link(outbox=outbox, memory=memory, identity=enrolled.identity(keys.request))
    return Kiosk(
        enrolled=enrolled,
        keys=keys,
        link=link,
        outbox=outbox,
        memory=memory,
        author=Author(device=enrolled.device, receipt_key=keys.request),
    )


@pytest.fixture(scope="module")
def central(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealCentral]:
    """Serve one central for this file."""
    with real_central(tmp_path_factory.mktemp("central") / "data") as served:
        yield served


@pytest.fixture
def kiosk(central: RealCentral) -> Iterator[Kiosk]:
    """Enrol a kiosk."""
    one = make_kiosk(central)
    yield one
    one.link.stop()


def test_same_deposit_ten_times_is_one_at_the_central(central: RealCentral, kiosk: Kiosk) -> None:
    before = central.command("stats")["deposits"]
    item = kiosk.author.deposit()
    reports = []
    for _ in range(10):
        kiosk.outbox.add(item)
        reports.append(kiosk.link.sync_once())
    assert [report.sent for report in reports] == [1] + [0] * 9
    assert [report.already_there for report in reports] == [0] + [1] * 9
    assert central.command("stats")["deposits"] == before + 1


def test_bytes_beside_a_dossier_stay_below_three_kilobytes_both_ways(
    central: RealCentral, kiosk: Kiosk
) -> None:
    # Records of TLS, heads and the acknowledgement are counted; two hundred hashes have to show.
    identity = kiosk.enrolled.identity(kiosk.keys.request)
    beside = {}
    with proxied(int(central.url.rpartition(":")[2])) as proxy:
        there = replace(identity, url=f"https://127.0.0.1:{proxy.port}")
        link = Link(outbox=kiosk.outbox, memory=kiosk.memory, identity=there)
        link.fetch_updates()
        for hashed in (10, 200):
            before = proxy.tally.up + proxy.tally.down
            kiosk.outbox.add(kiosk.author.full_deposit(SCAN, hashed_pages=hashed))
            report = link.run_due()
            assert report is not None
            assert report.sent == 1
            beside[hashed] = proxy.tally.up + proxy.tally.down - before - len(SCAN)
        link.stop()
    print(f"beside the payload, by pages that are hashed: {beside}")
    assert proxy.tally.connections == 1
    assert beside[10] <= 3 * 1024 < beside[200]


def test_every_kind_of_event_reaches_the_central(kiosk: Kiosk) -> None:
    deposit, later = kiosk.put(), kiosk.put(None)
    events = [
        (kiosk.author.event(deposit, EventKind.AMENDMENT), deposit),
        (kiosk.author.event(deposit, EventKind.COMPLEMENT, SCAN[:5000]), deposit),
        (kiosk.author.event(deposit, EventKind.CANCELLATION), deposit),
        (kiosk.author.event(later, EventKind.COMPLETION, SCAN[:7000]), later),
    ]
    for event, own in events:
        kiosk.outbox.add(event, deposit_id=own.item_id)
    report = kiosk.link.sync_once()
    assert (report.sent, report.waiting, report.held) == (6, 0, 0)


def test_manifests_of_a_deposit_and_its_events_go_ahead_of_their_scans(
    central: RealCentral, kiosk: Kiosk
) -> None:
    identity = kiosk.enrolled.identity(kiosk.keys.request)
    metered = LinePolicy(is_metered=True)
    link = Link(outbox=kiosk.outbox, memory=kiosk.memory, identity=identity, policy=metered)
    deposit, cancelled = (kiosk.author.deposit() for _ in range(2))
    for one in (deposit, cancelled):
        kiosk.outbox.add(one, made_at=datetime.now(UTC))
    assert link.run_due() is not None
    for event, own in (
        (kiosk.author.event(deposit, EventKind.AMENDMENT), deposit),
        (kiosk.author.event(deposit, EventKind.COMPLEMENT, SCAN[:5000]), deposit),
        (kiosk.author.event(cancelled, EventKind.CANCELLATION), cancelled),
    ):
        is_cancellation = own is cancelled
        kiosk.outbox.add(
            event,
            deposit_id=own.item_id,
            is_cancellation=is_cancellation,
            made_at=datetime.now(UTC),
        )
    blobs = central.command("stats")["blobs"]
    report = link.run_due()
    assert report is not None
    # Amendment and cancellation are whole; the scans of deposit and complement wait.
    assert (report.sent, report.held) == (2, 0)
    assert central.command("stats")["blobs"] == blobs
    report = link.sync_once()
    assert (report.sent, report.waiting, report.held) == (2, 0, 0)
    link.stop()


def test_complement_at_another_point_goes_under_the_number(
    central: RealCentral, kiosk: Kiosk
) -> None:
    deposit = kiosk.put()
    kiosk.link.sync_once()
    other = make_kiosk(central)
    other.outbox.add(
        other.author.event(None, EventKind.COMPLEMENT, SCAN[:3000], number=deposit.receipt_number)
    )
    assert other.link.sync_once().sent == 1
    other.link.stop()


def test_deposit_cancelled_before_it_was_sent_leaves_no_scan(
    central: RealCentral, kiosk: Kiosk
) -> None:
    blobs = central.command("stats")["blobs"]
    item = kiosk.author.deposit()
    kiosk.outbox.add(replace(item, document=None))
    cancellation = kiosk.author.event(item, EventKind.CANCELLATION)
    kiosk.outbox.add(cancellation, deposit_id=item.item_id)
    report = kiosk.link.sync_once()
    assert (report.sent, report.waiting, report.held) == (1, 0, 0)
    assert (item.item_id, ManifestThere()) in kiosk.outbox.settled
    assert central.command("stats")["blobs"] == blobs
    # And once more, as after a restore: now the manifest alone is acknowledged.
    kiosk.outbox.add(replace(item, document=None))
    assert kiosk.link.sync_once().sent == 1


def test_trust_list_with_a_newer_device_comes_with_updates(
    central: RealCentral, kiosk: Kiosk
) -> None:
    known = kiosk.memory.trust_list().version
    make_kiosk(central).link.stop()
    kiosk.link.fetch_updates()
    assert kiosk.memory.trust_list().version > known


def test_status_of_what_arrived_comes_with_updates(kiosk: Kiosk) -> None:
    deposit = kiosk.put()
    kiosk.link.sync_once()
    kiosk.link.fetch_updates()
    told = {one.receipt_number for news in kiosk.memory.applied for one in news.statuses}
    assert deposit.receipt_number in told


def test_used_code_is_refused_to_another_device_and_repeated_to_the_same(
    central: RealCentral,
) -> None:
    code = central.command("enrol-code", "--point", "C0417")["code"]
    link = Link(outbox=MemoryOutbox(), memory=_empty_memory(), identity=None)
    keys = DeviceKeys(request=PrivateKey.generate(), receipt=PrivateKey.generate().public)
    first = link.enrol(code, central.url, central.ca_file, lambda: keys)
    again = link.enrol(code, central.url, central.ca_file, lambda: keys)
    assert first.device == again.device
    other = DeviceKeys(request=PrivateKey.generate(), receipt=PrivateKey.generate().public)
    with pytest.raises(RefusedError):
        link.enrol(code, central.url, central.ca_file, lambda: other)


def test_queue_survives_a_central_that_stops_and_comes_back(
    central: RealCentral, kiosk: Kiosk
) -> None:
    kiosk.put()
    assert kiosk.link.sync_once().sent == 1
    before = central.command("stats")["deposits"]
    central.stop()
    try:
        for _ in range(5):
            kiosk.put()
        report = kiosk.link.sync_once()
    finally:
        central.start()
    assert (report.sent, report.waiting, report.line_failed) == (0, 5, True)
    assert report.failure in (OutcomeClass.CONNECT, OutcomeClass.RESET)
    assert kiosk.link.sync_once().sent == 5
    assert central.command("stats")["deposits"] == before + 5
