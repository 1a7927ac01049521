"""What the device remembers, on real SQLite."""

from dataclasses import replace
from datetime import timedelta

import pytest

from kiosk.domain.errors import NotEnrolledError
from kiosk.domain.vocabulary import Stage
from kiosk.store import kept_texts, memory
from kiosk.store.database import transaction
from kiosk.store.folder import DataFolder
from kiosk.store.memory import SqliteMemory
from kiosk.store.store import Store, open_for_writing
from kiosk.sync.ports import DeviceMemory, Told
from kiosk.wire.cose import ContentType
from kiosk.wire.errors import MalformedMessageError
from kiosk.wire.messages import StatusUpdate, Updates
from kiosk.wire.trust import TrustList, sign_statement
from tests.contracts.memory_contract import DeviceMemoryContract
from tests.database_key import KEY
from tests.enrolled import DEVICE, NOW, TestCentral, TestClock
from tests.store.items import Clerk


class SigningMemory:
    """Puts the trust list into the updates, signed, as it comes from the central."""

    def __init__(self, kept: SqliteMemory, central: TestCentral) -> None:
        self._kept = kept
        self._central = central

    def next_sequence(self, at_least: int = 1) -> int:
        return self._kept.next_sequence(at_least)

    def told(self) -> Told:
        return self._kept.told()

    def apply(self, updates: Updates, trust: TrustList | None, signed: str) -> None:
        if trust is not None:
            text = sign_statement(trust, self._central.trust, ContentType.TRUST_LIST)
            updates = updates.model_copy(update={"trust_list": text})
        self._kept.apply(updates, trust, signed)

    def trust_list(self) -> TrustList:
        return self._kept.trust_list()


class TestSqliteMemory(DeviceMemoryContract):
    """The port's contract."""

    @pytest.fixture
    def memory(self, folder: DataFolder, clock: TestClock, central: TestCentral) -> DeviceMemory:
        store = open_for_writing(folder, clock.read, KEY)
        enrolment = central.enrolment()
        first = sign_statement(self.first_trust(), central.trust, ContentType.TRUST_LIST)
        store.memory.keep_enrolment(replace(enrolment, trust_list=first))
        return SigningMemory(store.memory, central)


def updates(store: Store, ahead: int = 1, **fields: object) -> Updates:
    """Return the next updates at a store's cursor."""
    cursor = store.memory.told().cursor
    plain = {"device": DEVICE, "previous": cursor, "cursor": cursor + ahead, "time": NOW}
    return Updates.model_validate(plain | fields)


def told(number: str, stage: Stage, minutes: int = 0, text: str = "") -> StatusUpdate:
    """Return the central's word about one deposit."""
    at = NOW + timedelta(minutes=minutes)
    return StatusUpdate(receipt_number=number, status=stage, at=at, text_fr=text)


def test_unenrolled_device_says_so(folder: DataFolder, clock: TestClock) -> None:
    store = open_for_writing(folder, clock.read, KEY)
    try:
        with pytest.raises(NotEnrolledError):
            store.memory.enrolment()
        assert store.memory.trusted_time() is None
        with pytest.raises(NotEnrolledError):
            store.memory.apply(updates(store, trust_list="x"), None, "signed")
        assert store.memory.told().cursor == 0
    finally:
        store.close()


def test_enrolment_comes_back_as_it_was_kept(store: Store, central: TestCentral) -> None:
    kept = store.memory.enrolment()
    assert kept.device == DEVICE
    assert kept.root().intake == str(central.intake.to_public())
    assert kept.trust_key() == central.trust.public
    assert kept.configured().point_name == "Azrou Centre"


def test_older_trust_list_is_never_kept(store: Store, central: TestCentral) -> None:
    newer, older = central.trust_list(5), central.trust_list(4)
    list_of = store.memory.enrolment().trust().model_copy
    store.memory.apply(updates(store, trust_list=newer), list_of(update={"version": 5}), "")
    store.memory.apply(updates(store, trust_list=older), list_of(update={"version": 4}), "")
    assert store.memory.trust_list().version == 5
    # Sync says None for a list it does not want kept.
    store.memory.apply(updates(store, trust_list=central.trust_list(9)), None, "")
    assert store.memory.trust_list().version == 5


def test_newer_configuration_is_kept_and_an_older_one_is_not(
    store: Store, central: TestCentral
) -> None:
    for version, name in ((3, "Azrou Médina"), (2, "Azrou Gare")):
        text = central.configuration(version, name)
        store.memory.apply(updates(store, configuration=text), None, "")
    assert store.memory.enrolment().configured().point_name == "Azrou Médina"


def test_cursor_never_goes_back(store: Store) -> None:
    store.memory.apply(updates(store, 7), None, "")
    store.memory.apply(updates(store, -3), None, "")
    assert store.memory.told().cursor == 7


def test_signed_time_is_remembered(store: Store, clock: TestClock) -> None:
    store.memory.keep_time(NOW)
    kept = store.memory.trusted_time()
    assert kept is not None
    assert (kept.central, kept.wall, kept.monotonic_ms) == (NOW, clock.now, clock.monotonic_ms)


def test_newest_status_stands_whatever_order_they_came_in(clerk: Clerk) -> None:
    store, number = clerk.store, clerk.number_of(clerk.deposit())
    for status in (
        told(number, Stage.IN_REVIEW, 20, "en cours"),
        told(number, Stage.COPY_RECEIVED, 10, "reçu"),
        told(number, Stage.IN_REVIEW, 20, "en cours"),
    ):
        store.memory.apply(updates(store, statuses=(status,)), None, "")
    stored = store.deposit(number)
    assert (stored.stage, stored.stage_at) == (Stage.IN_REVIEW, NOW + timedelta(minutes=20))
    last = memory.last_status(store.db.conn, number)
    assert last is not None
    assert last.text_fr == "en cours"
    assert store.db.conn.execute("SELECT count(*) FROM statuses").fetchone() == (2,)


def test_status_of_a_deposit_of_another_kiosk_is_kept(store: Store) -> None:
    number = "B0001A-000001-85"
    store.memory.apply(updates(store, statuses=(told(number, Stage.PAID),)), None, "")
    assert memory.last_status(store.db.conn, number) is not None
    assert memory.last_status(store.db.conn, "B0001A-000002-82") is None


def test_updates_that_fail_leave_no_half(clerk: Clerk) -> None:
    store, number = clerk.store, clerk.number_of(clerk.deposit())
    status = told(number, Stage.PAID)
    broken = updates(store, statuses=(status,), configuration="not signed")
    with pytest.raises(MalformedMessageError):
        store.memory.apply(broken, None, "")
    assert store.deposit(number).stage is Stage.DEPOSITED
    assert store.memory.told().cursor == 0


def test_remembered_text_is_replaced(store: Store) -> None:
    with transaction(store.db) as connection:
        kept_texts.write(connection, "name", "one")
        kept_texts.write(connection, "name", "two")
    assert kept_texts.read(store.db.conn, "name") == "two"
