"""Heartbeats from a real store to a real central: what is told, kept, and found out."""

import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from kiosk.domain.moments import ClockTrust
from kiosk.domain.receipt_number import parse
from kiosk.link import Link
from kiosk.store import journal
from kiosk.store.database import transaction
from kiosk.store.journal import Act, Entry, Head, JournalBrokenError
from kiosk.store.vitals import StoreVitals
from kiosk.sync.heartbeat import Heart
from kiosk.sync.identity import Clocks
from kiosk.sync.outcomes import ExchangeError, OutcomeClass
from kiosk.sync.transport import Transport
from kiosk.wire.cose import ContentType
from kiosk.wire.heartbeats import HeartbeatWord
from kiosk.wire.trust import sign_statement
from tests.central.running import Central, in_thread, run
from tests.sync.conftest import Rig
from tests.sync.dated import Dated, enrolled_at
from tests.sync.small_central import answering, passing, saying

pytestmark = pytest.mark.timeout(60)


@pytest.fixture(scope="module")
def central(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Central]:
    with in_thread(tmp_path_factory.mktemp("central")) as running:
        yield running


@pytest.fixture
def one(central: Central, tmp_path: Path) -> Iterator[Dated]:
    with enrolled_at(central, tmp_path / "kiosk") as kiosk:
        yield kiosk


def act(one: Dated, what: Act = Act.CONSULTED) -> Head:
    """Add an entry to the journal; return the new head."""
    with transaction(one.store.db) as connection:
        return journal.append(connection, Entry(act=what, clock=one.clock.read()))


def verify(one: Dated) -> Head:
    """Walk the journal as ``journal verify`` does."""
    return journal.verify(one.store.db.conn, one.store.memory.journal_head())


def cut_off(one: Dated, entries: int) -> None:
    """Remove the end of the journal, as who has the database's key can."""
    connection = one.store.db.conn
    connection.execute("DROP TRIGGER journal_no_delete")
    connection.execute("DELETE FROM journal WHERE entry > ?", (entries,))


def device(one: Dated) -> dict[str, object]:
    """Return what the central lists of the device."""
    _, told = run("points", data=one.central.data)
    listed = [each for point in told["points"] for each in point["devices"]]
    found: dict[str, object]
    (found,) = (each for each in listed if each["device"] == one.identity.device)
    return found


def test_run_is_followed_by_a_heartbeat_that_makes_the_clock_believed(one: Dated) -> None:
    assert one.clock.read().trust is ClockTrust.UNVERIFIED
    one.outbox.add(one.author.deposit())
    assert one.link.sync_once().sent == 1
    told = device(one)
    assert (told["version"], told["silent"], told["journal_entries"]) == ("0.1.0", False, 1)
    assert "backup_old" in told["faults"]  # type: ignore[operator]
    assert one.clock.read().trust is ClockTrust.VERIFIED
    assert one.store.memory.journal_head() == verify(one)


def test_head_that_was_confirmed_finds_a_journal_that_was_cut_off(one: Dated) -> None:
    act(one)
    last = act(one)
    one.link.run_heartbeat()
    assert one.store.memory.journal_head() == last
    cut_off(one, last.entries - 1)
    with pytest.raises(JournalBrokenError):
        verify(one)


def test_journal_written_anew_after_the_cut_is_found_at_the_next_heartbeat(one: Dated) -> None:
    act(one)
    held = act(one, Act.PRINTED)
    one.link.run_heartbeat()
    # The kept head goes too: whoever changes the journal can change what lies beside it.
    one.store.db.conn.execute("DELETE FROM memory WHERE name LIKE 'journal_head%'")
    cut_off(one, held.entries - 1)
    for _ in range(3):
        act(one)
    assert verify(one).entries > held.entries
    one.link.run_heartbeat()
    with pytest.raises(JournalBrokenError):
        verify(one)
    act(one)
    one.link.run_heartbeat()
    assert "journal_broken" in device(one)["faults"]  # type: ignore[operator]
    with pytest.raises(JournalBrokenError):
        verify(one)


def test_journal_that_went_back_is_told_at_the_central(one: Dated) -> None:
    held = act(one)
    one.link.run_heartbeat()
    cut_off(one, held.entries - 1)
    one.link.run_heartbeat()
    assert device(one)["journal_faults"] == {"journal_went_back": 1}
    with pytest.raises(JournalBrokenError):
        verify(one)


def test_restored_backup_shows_at_the_central_and_the_journal_goes_on(one: Dated) -> None:
    kept = act(one)
    one.link.run_heartbeat()
    act(one)
    act(one)
    one.link.run_heartbeat()
    # What a restore of the backup taken at *kept* leaves: the older journal and memory.
    cut_off(one, kept.entries)
    with transaction(one.store.db) as connection:
        connection.execute("DELETE FROM memory WHERE name LIKE 'journal_head%'")
    restored = act(one, Act.RESTORED)
    assert restored.entries == kept.entries + 1
    one.link.run_heartbeat()
    assert device(one)["journal_faults"] == {"journal_went_back": 1}
    assert verify(one) == restored == one.store.memory.journal_head()
    # Once: what is cut off after it is found as ever.
    last = act(one)
    one.link.run_heartbeat()
    one.store.db.conn.execute("DELETE FROM journal WHERE entry = ?", (last.entries,))
    one.link.run_heartbeat()
    with pytest.raises(JournalBrokenError):
        verify(one)


def test_restored_backup_whose_journal_is_longer_by_now_shows_at_the_central(one: Dated) -> None:
    kept = act(one)
    one.link.run_heartbeat()
    # All that is remembered beside the journal comes back with the backup, request numbers too.
    connection = one.store.db.conn
    for name in ("memory", "counters"):
        connection.execute(f"CREATE TABLE backup_{name} AS SELECT * FROM {name}")  # noqa: S608
    act(one)
    one.link.run_heartbeat()
    cut_off(one, kept.entries)
    for name in ("memory", "counters"):
        connection.execute(f"DELETE FROM {name}")  # noqa: S608 two names, above
        connection.execute(f"INSERT INTO {name} SELECT * FROM backup_{name}")  # noqa: S608
    act(one, Act.RESTORED)
    for _ in range(3):
        act(one)
    for _ in range(3):
        one.link.run_heartbeat()
        act(one)
    assert device(one)["journal_faults"] == {"journal_forked": 1}
    # At the counter it was a restore, and the journal goes on.
    assert verify(one).entries == kept.entries + 7


def test_counts_are_asked_without_waiting_and_none_without_a_line(one: Dated) -> None:
    item = one.author.deposit()
    one.outbox.add(item)
    one.link.sync_once()
    counts = one.link.ask_counts()
    assert counts is not None
    (own,) = (count for count in counts if count.epoch == one.identity.device)
    number = parse(item.receipt_number).sequence
    assert (own.count, own.highest, own.asked_to) == (1, number, number)
    assert own.holds(number)
    assert not own.holds(number + 1)
    elsewhere = one.relinked(url="https://127.0.0.1:1")
    assert elsewhere.ask_counts() is None
    elsewhere.stop()


class Recorded:
    """A store's vitals that remember what was kept."""

    def __init__(self, one: Dated) -> None:
        self._vitals = StoreVitals(one.store, one.clock.read)
        self.report = self._vitals.report
        self.keep_time = self._vitals.keep_time
        self.kept: list[HeartbeatWord] = []

    def keep(self, told: object, word: HeartbeatWord) -> None:
        self.kept.append(word)


def test_heartbeat_alone_that_fails_fails_no_run(one: Dated, rig: Rig) -> None:
    link = Link(
        outbox=rig.outbox,
        memory=rig.memory,
        identity=rig.identity,
        vitals=Recorded(one),
        clocks=rig.clock.clocks(),
    )
    rig.put(None)
    # The manifest and the updates pass; then the heartbeat meets an error.
    rig.central.faults += [passing, passing, answering(500, "text/plain")]
    report = link.sync_once()
    assert (report.sent, report.waiting, report.line_failed) == (1, 0, False)
    assert [call for call in rig.central.calls if "heartbeats" in call] == ["POST /v1/heartbeats"]
    # Not again at once; minutes later it is.
    link.sync_once()
    assert len([call for call in rig.central.calls if "heartbeats" in call]) == 1
    rig.clock.pass_s(301)
    rig.central.faults += [passing, answering(500, "text/plain")]
    link.sync_once()
    assert len([call for call in rig.central.calls if "heartbeats" in call]) == 2
    link.stop()


@pytest.mark.parametrize("wrong", ["nonce", "device"])
def test_word_on_another_heartbeat_is_not_taken(one: Dated, rig: Rig, wrong: str) -> None:
    vitals = Recorded(one)
    heart = Heart(
        vitals=vitals,
        device=rig.identity.device,
        trust_key=rig.identity.trust_key,
        program_version="0.1.0",
        monotonic=time.monotonic,
    )
    fields = {
        "nonce": "n" * 22,
        "device": rig.identity.device if wrong == "nonce" else "C9999Z",
        "time": datetime.now(UTC) + timedelta(days=3650),
        "epochs": (),
        "journal": {"entries": 1, "hash": "0" * 64},
    }
    word = HeartbeatWord.model_validate(fields)
    signed = sign_statement(word, rig.central.trust_key, ContentType.HEARTBEAT)
    rig.central.faults += [saying({"heartbeat": signed})]
    transport = Transport(
        url=rig.identity.url,
        ca_pem=rig.identity.ca_pem,
        key=rig.identity.request_key,
        next_sequence=rig.memory.next_sequence,
        clocks=Clocks(),
        note=lambda _outcome: None,
    )
    with pytest.raises(ExchangeError) as refused:
        heart.beat(transport)
    transport.close()
    assert refused.value.outcome is OutcomeClass.SERVER_ERROR
    assert vitals.kept == []


def test_schedule_sends_heartbeats(one: Dated) -> None:
    pause = threading.Event()
    one.link.start()
    for _ in range(100):
        if device(one)["silent_for_s"] == 0 and device(one).get("version"):
            break
        pause.wait(0.1)
    one.link.stop()
    assert device(one)["version"] == "0.1.0"
