"""What a heartbeat says of a real store, and how the clock's drift is kept."""

from datetime import timedelta

import pytest

from kiosk.domain.moments import ClockTrust
from kiosk.store import journal
from kiosk.store.store import Store
from kiosk.store.vitals import StoreVitals
from kiosk.wire.heartbeats import Heartbeat, HeartbeatWord, JournalHead
from tests.enrolled import DEVICE, NOW, TestClock
from tests.store.items import Clerk

NONCE = "n" * 22


@pytest.fixture
def written(store: Store, clerk: Clerk) -> Store:
    """Return a store with two deposits."""
    clerk.deposit()
    clerk.deposit()
    return store


def report(store: Store, clock: TestClock) -> Heartbeat:
    return StoreVitals(store, clock.read).report(nonce=NONCE, version="0.1.0")


def word(told: Heartbeat, before: JournalHead | None = None, **changes: object) -> HeartbeatWord:
    fields = {
        "device": DEVICE,
        "nonce": told.nonce,
        "time": NOW,
        "epochs": (),
        "journal": told.journal,
        "journal_before": before,
    }
    return HeartbeatWord.model_validate(fields | changes)


def test_report_counts_what_waits_and_names_no_person(written: Store, clock: TestClock) -> None:
    told = report(written, clock)
    head = journal.head(written.db.conn)
    assert told.journal == JournalHead(entries=head.entries, hash=head.hash.hex())
    assert sum(told.counts.values()) > 0
    assert told.oldest_s is not None
    assert told.disk is not None
    assert {one.epoch for one in told.issued} == {DEVICE}
    issued = sum(one.highest for one in told.issued)
    (kept,) = written.db.conn.execute("SELECT count(*) FROM deposits").fetchone()
    assert issued == kept
    assert "backup_old" in told.faults
    assert "123456789" not in told.model_dump_json()


def test_clock_set_back_shows_no_negative_age(written: Store, clock: TestClock) -> None:
    clock.now -= timedelta(days=365)
    clock.trust = ClockTrust.UNVERIFIED
    told = report(written, clock)
    assert told.oldest_s == 0
    assert "clock_unverified" in told.faults


def test_word_on_an_overtaken_heartbeat_confirms_no_head(written: Store, clock: TestClock) -> None:
    told = report(written, clock)
    other = JournalHead(entries=told.journal.entries + 5, hash="a" * 64)
    vitals = StoreVitals(written, clock.read)
    vitals.keep(told, word(told, journal=other.model_dump()))
    assert written.memory.journal_head() is None
    vitals.keep(told, word(told))
    kept = written.memory.journal_head()
    assert kept is not None
    assert kept.entries == told.journal.entries


@pytest.mark.parametrize(("entries", "fill"), [(1, "a"), (10_000, "a")])
def test_head_that_is_not_in_the_chain_is_kept_for_good(
    written: Store, clock: TestClock, entries: int, fill: str
) -> None:
    told, vitals = report(written, clock), StoreVitals(written, clock.read)
    vitals.keep(told, word(told, JournalHead(entries=entries, hash=fill * 64)))
    vitals.keep(told, word(told, told.journal))
    with pytest.raises(journal.JournalBrokenError):
        journal.verify(written.db.conn, written.memory.journal_head())
    assert "journal_broken" in report(written, clock).faults


def test_empty_head_is_in_every_chain(written: Store, clock: TestClock) -> None:
    told, vitals = report(written, clock), StoreVitals(written, clock.read)
    vitals.keep(told, word(told, JournalHead(entries=0, hash="0" * 64)))
    assert "journal_broken" not in report(written, clock).faults


def test_drift_is_measured_from_answers_and_begun_anew_when_the_clock_was_set(
    written: Store, clock: TestClock
) -> None:
    memory = written.memory

    def drift(central_days: float, ahead: timedelta) -> float | None:
        central = NOW + timedelta(days=central_days)
        clock.now = central + ahead - timedelta(seconds=1)  # a reading is a second later
        memory.keep_time(central)
        trusted = memory.trusted_time()
        assert trusted is not None
        return trusted.drift_ppm

    assert drift(0, timedelta(0)) is None
    assert drift(0.5, timedelta(seconds=4)) is None
    assert drift(2, timedelta(seconds=16)) == pytest.approx(92.6, abs=0.1)
    assert drift(4, timedelta(seconds=32)) == pytest.approx(92.6, abs=0.1)
    assert drift(5, timedelta(days=-365)) is None
    assert drift(5.1, timedelta(0)) is None
    assert drift(7, timedelta(0)) == pytest.approx(0.0, abs=0.1)
