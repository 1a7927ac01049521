"""A kiosk whose trust list comes in parts: over cuts, from another base, forged, rolled back."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import uuid4

import pytest

from kiosk.domain.vocabulary import Stage
from kiosk.link import Link
from kiosk.store.folder import DataFolder
from kiosk.store.store import Store, open_for_writing
from kiosk.sync.identity import Clocks, Identity
from kiosk.sync.list_parts import ListFetcher
from kiosk.sync.outcomes import ExchangeError
from kiosk.sync.ports import Parts
from kiosk.sync.transport import Transport
from kiosk.wire.cose import ContentType
from kiosk.wire.encoding import b64
from kiosk.wire.keys import PrivateKey
from kiosk.wire.messages import StatusUpdate, Updates
from kiosk.wire.succession import read_root
from kiosk.wire.trust import Configuration, TrustList, sign_statement
from kiosk.wire.trust_parts import ListPart, list_payload, pack_part, put_in
from tests.database_key import KEY
from tests.enrolled import DEVICE, NOW, TestCentral, TestClock
from tests.lists import SmallLists
from tests.sync.authority import Authority
from tests.sync.conftest import QUICK
from tests.sync.small_central import SmallCentral, resetting, serving

HELD = 6
"""Devices in the list that the kiosk begins with."""


@dataclass(slots=True, kw_only=True)
class Counter:
    """A kiosk with a real store, linked to a small central that tells its list in parts."""

    central: SmallCentral
    lists: SmallLists
    signer: TestCentral
    store: Store
    identity: Identity
    link: Link

    def listed(self) -> str:
        """Return the list kept, as signed."""
        return self.store.memory.enrolment().trust_list

    def relink(self, key: PrivateKey | None = None) -> None:
        """Start anew on the same store, by another trust key where one is given."""
        self.link.stop()
        if key is not None:
            self.identity = replace(self.identity, trust_key=key.public)
            self.central.trust_key = key
        self.link = _link(self.store, self.identity)

    def asked(self) -> list[str]:
        """Return which parts were asked for so far, and forget them."""
        found = [call.partition("after=")[2] for call in self.central.calls if "after=" in call]
        self.central.calls.clear()
        return found


def _link(store: Store, identity: Identity) -> Link:
    return Link(
        outbox=store.outbox,
        memory=store.memory,
        lists=store.lists,
        roots=store.memory,
        identity=identity,
        timeouts=QUICK,
    )


@pytest.fixture
def counter(authority: Authority, tmp_path: Path) -> Iterator[Counter]:
    """Return a kiosk that holds the list of a small central as it is now."""
    signer, request_key, clock = TestCentral(), PrivateKey.generate(), TestClock()
    lists = SmallLists(trust_key=signer.trust)
    for number in range(HELD):
        lists.put(f"C{number:04d}A")
    central = SmallCentral(request_key.public, DEVICE)
    central.trust_key, central.lists = signer.trust, lists
    central.updates = lambda cursor: news(central, cursor)
    folder = DataFolder(tmp_path / "kiosk")
    folder.make()
    folder.keep_id(uuid4(), KEY)
    store = open_for_writing(folder, clock.read, KEY)
    store.memory.keep_enrolment(replace(signer.enrolment(), trust_list=b64(lists.signed())))
    with serving(central, authority.server(tmp_path)) as url:
        identity = Identity(
            url=url,
            ca_pem=authority.pem,
            device=DEVICE,
            request_key=request_key,
            root_key=signer.root.public,
            trust_key=signer.trust.public,
        )
        one = Counter(
            central=central,
            lists=lists,
            signer=signer,
            store=store,
            identity=identity,
            link=_link(store, identity),
        )
        yield one
        one.link.stop()
    store.close()


def news(central: SmallCentral, cursor: int, **more: object) -> Updates:
    """Return updates that tell the version of the list and one status."""
    assert central.lists is not None
    status = StatusUpdate(receipt_number="C0417A-000131-39", status=Stage.IN_REVIEW, at=NOW)
    fields: dict[str, object] = {
        "device": central.device,
        "previous": cursor,
        "cursor": cursor + 1,
        "time": NOW,
        "statuses": (status,),
        "trust_version": central.lists.version,
    }
    return Updates.model_validate(fields | more)


def test_one_enrolment_costs_one_part(counter: Counter) -> None:
    version = counter.lists.version
    counter.lists.put("C0100A")
    counter.link.fetch_updates()
    assert counter.listed() == b64(counter.lists.signed())
    assert counter.asked() == [str(version)]
    counter.link.fetch_updates()
    assert counter.asked() == []


def test_kiosk_that_was_away_gets_one_difference(counter: Counter) -> None:
    version = counter.lists.version
    for number in range(100, 105):
        counter.lists.put(f"C{number:04d}A")
    counter.lists.revoke("C0001A")
    counter.link.fetch_updates()
    assert counter.listed() == b64(counter.lists.signed())
    assert counter.asked() == [str(version), str(version + 2), str(version + 4)]


def test_line_that_is_cut_costs_one_part(counter: Counter) -> None:
    version = counter.lists.version
    for number in range(100, 106):
        counter.lists.put(f"C{number:04d}A")
    old = counter.listed()
    # Updates and a part arrive; the next part is cut. So it goes on, from start to start.
    counter.central.faults += [_passing, _passing, resetting]
    with pytest.raises(ExchangeError):
        counter.link.fetch_updates()
    assert counter.listed() == old
    counter.relink()
    counter.lists.put("C0200A")  # somebody enrols meanwhile
    counter.link.fetch_updates()
    assert counter.listed() == b64(counter.lists.signed())
    told = counter.asked()
    assert told == [str(version + ahead) for ahead in (0, 2, 2, 4, 6)]


def _passing(_call: object) -> bool:
    return False


def test_statuses_and_revocations_do_not_wait_for_the_list(counter: Counter) -> None:
    counter.lists.revoke("C0001A")
    told = ("C0001A", "C0001B")
    counter.central.updates = lambda cursor: news(counter.central, cursor, revoked=told)
    counter.central.faults += [_passing, resetting]
    with pytest.raises(ExchangeError):
        counter.link.fetch_updates()
    assert counter.store.memory.told().cursor == 1
    listed = counter.store.memory.trust_list()
    assert {one.device for one in listed.devices if one.revoked} == set(told)
    counter.central.updates = lambda cursor: news(counter.central, cursor)
    counter.link.fetch_updates()
    assert counter.listed() == b64(counter.lists.signed())
    listed = counter.store.memory.trust_list()
    assert {one.device for one in listed.devices if one.revoked} == set(told)


def test_restored_central_that_forgot_a_device_is_followed_by_the_whole_list(
    counter: Counter,
) -> None:
    version = counter.lists.version
    counter.lists.forget("C0003A")
    counter.link.fetch_updates()
    assert counter.listed() == b64(counter.lists.signed())
    assert counter.asked() == [str(version), "0", "3", "6"]


def test_forged_part_gives_no_list_and_the_whole_is_asked_for_once(counter: Counter) -> None:
    old, version = counter.listed(), counter.lists.version
    counter.lists.put("C0100A")
    counter.central.part = lambda after: pack_part(forged(counter.lists.part(after)))
    with pytest.raises(ExchangeError):
        counter.link.fetch_updates()
    assert counter.listed() == old
    assert counter.store.lists.parts() is None
    asked = counter.asked()
    assert (asked[0], asked[1], len(asked)) == (str(version), "0", 1 + 4)
    counter.central.part = None
    counter.link.fetch_updates()
    assert counter.listed() == b64(counter.lists.signed())


def forged(part: ListPart) -> ListPart:
    """Return a part in which the last device has a key of somebody's own."""
    own = {**part.devices[-1], "receipt_key": b64(PrivateKey.generate().public.raw)}
    return part.model_copy(update={"devices": (*part.devices[:-1], own)})


class Credulous(ListFetcher):
    """Takes what the parts give for what was signed."""

    def _whole(self, parts: Parts, last: ListPart) -> tuple[str, TrustList]:
        held = self._lists.list_entries() if parts.base else ()
        payload = list_payload(last.head or {}, put_in(held, parts.devices))
        return "x", TrustList.model_validate_json(payload)


@contextmanager
def fetching(
    counter: Counter, kind: type[ListFetcher] = ListFetcher, *, most_parts: int = 400
) -> Iterator[ListFetcher]:
    """Yield a fetcher of that kind, with a line of its own."""
    transport = Transport(
        url=counter.identity.url,
        ca_pem=counter.identity.ca_pem,
        key=counter.identity.request_key,
        next_sequence=counter.store.memory.next_sequence,
        clocks=Clocks(),
        note=lambda _outcome: None,
        timeouts=QUICK,
    )
    yield kind(
        transport=transport,
        lists=counter.store.lists,
        trust_key=counter.identity.trust_key,
        stopping=threading.Event(),
        most_parts=most_parts,
    )
    transport.close()


def takes_a_forged_list(counter: Counter, kind: type[ListFetcher]) -> bool:
    """Tell whether a fetcher of that kind takes a list with a key of somebody's own."""
    old = counter.listed()
    counter.central.part = lambda after: pack_part(forged(counter.lists.part(after)))
    with fetching(counter, kind) as fetcher, suppress(ExchangeError):
        fetcher.fetch(counter.store.memory.trust_list().version, None)
    return counter.listed() != old


def test_fetcher_that_believes_unsigned_lists_is_caught(counter: Counter) -> None:
    counter.lists.put("C0100A")
    assert not takes_a_forged_list(counter, ListFetcher)
    assert takes_a_forged_list(counter, Credulous)


def test_parts_without_an_end_are_not_followed_for_ever(counter: Counter) -> None:
    version, old = counter.lists.version, counter.listed()
    counter.lists.put("C0100A")
    one = counter.lists.part(version).model_copy(update={"head": None, "signature": None})
    counter.central.part = lambda after: pack_part(
        one.model_copy(update={"after": after, "upto": after + 1})
    )
    with fetching(counter, most_parts=5) as fetcher, pytest.raises(ExchangeError):
        fetcher.fetch(version, None)
    assert len(counter.asked()) == 10
    assert (counter.listed(), counter.store.lists.parts()) == (old, None)


def test_fetcher_stops_between_two_parts_when_the_program_closes(counter: Counter) -> None:
    version, old = counter.lists.version, counter.listed()
    for number in range(100, 105):
        counter.lists.put(f"C{number:04d}A")
    with fetching(counter) as fetcher:
        stopping = fetcher._stopping

        def closing(after: int) -> bytes:
            stopping.set()
            return counter.lists.packed(after)

        counter.central.part = closing
        fetcher.fetch(version, None)
    begun = counter.store.lists.parts()
    assert begun is not None
    assert (begun.after, counter.listed()) == (version + 2, old)


def test_old_list_that_was_once_signed_does_not_come_back(counter: Counter) -> None:
    counter.lists.put("C0100A")
    old = counter.lists.as_it_is()
    counter.lists.revoke("C0100A")
    counter.link.fetch_updates()
    newest = counter.listed()
    # The parts of before, well signed, to a kiosk that was told of a newer list.
    counter.lists.version += 1
    counter.central.part = lambda after: pack_part(_all_of(old, after))
    counter.link.fetch_updates()
    assert counter.listed() == newest


def _all_of(lists: SmallLists, after: int) -> ListPart:
    copy = lists.as_it_is()
    copy.at_once = 1000
    return copy.part(0).model_copy(update={"after": after})


@pytest.mark.parametrize(
    "change",
    [{"after": 1}, {"upto": 1}, {"devices": ()}],
    ids=["another question's", "no way on", "nothing in it"],
)
def test_part_that_leads_nowhere_is_not_asked_for_ever(
    counter: Counter, change: dict[str, object]
) -> None:
    old = counter.listed()
    for number in range(100, 106):
        counter.lists.put(f"C{number:04d}A")
    counter.central.part = lambda after: pack_part(
        counter.lists.part(after).model_copy(update=change)
    )
    with pytest.raises(ExchangeError):
        counter.link.fetch_updates()
    assert counter.listed() == old
    assert len(counter.asked()) <= 3


def test_central_of_before_sends_the_list_whole_and_is_asked_for_no_parts(
    counter: Counter,
) -> None:
    counter.lists.put("C0100A")
    signed = b64(counter.lists.signed())
    counter.central.updates = lambda cursor: news(
        counter.central, cursor, trust_version=None, trust_list=signed
    )
    counter.link.fetch_updates()
    assert counter.listed() == signed
    assert counter.asked() == []


def test_new_trust_keys_list_and_configuration_are_taken_at_once(counter: Counter) -> None:
    new = PrivateKey.generate()
    kept = counter.store.memory.root()
    statement = kept.statement.model_copy(update={"version": 2, "trust_key": b64(new.public.raw)})
    word = sign_statement(statement, counter.signer.root, ContentType.ROOT_STATEMENT)
    counter.store.memory.keep_root(read_root(word, counter.signer.root.public))
    counter.lists.trust_key = new
    settings = Configuration(version=9, point="C0417", point_name="Nouveau nom")
    signed = sign_statement(settings, new, ContentType.CONFIGURATION)
    counter.central.updates = lambda cursor: news(
        counter.central, cursor, configuration=signed, root_version=2
    )
    counter.relink(new)
    counter.central.faults += [_passing, _passing, resetting]
    with pytest.raises(ExchangeError):
        counter.link.fetch_updates()
    assert counter.store.memory.is_list_former()
    counter.link.fetch_updates()
    assert counter.listed() == b64(counter.lists.signed())
    assert not counter.store.memory.is_list_former()
    assert counter.store.memory.enrolment().configured().version == 9
    assert all("trust=0&config=0" in one for one in counter.central.calls if "updates" in one)
    assert counter.asked() == ["0", "3", "3", "5"]
