"""Whatever the wall clock says, deposits go on in order, and what is not sure is said."""

import unicodedata
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pypdfium2 as pdfium
import pytest

from kiosk.clock import boot_id
from kiosk.domain.moments import (
    ClockReading,
    ClockTrust,
    TrustedTime,
    judge_clock,
    passed_for_sure,
    shown_time,
)
from kiosk.papers.wording import TIME_NOT_VERIFIED
from kiosk.wire.manifests import DepositManifest, read_deposit
from tests.desk.counter import Counter
from tests.enrolled import NOW, EnrolledKiosk, TestClock

YEAR = timedelta(days=365)
# Morocco goes back to UTC for Ramadan on 15 February 2026 at 03:00 and forward on 22 March at
# 02:00 (tzdata 2026): the hour from 02:00 to 03:00 comes twice.
REPEATED = datetime(2026, 2, 15, 1, 30, tzinfo=UTC)


class JudgedClock(TestClock):
    """A clock judged as the kiosk's is, against what the central told."""

    __test__ = False
    kiosk: EnrolledKiosk | None = None
    off = timedelta(0)

    def read(self) -> ClockReading:
        """Return the wall clock, however wrong, and how far it is believed."""
        true = super().read()
        trusted = self.kiosk.store.memory.trusted_time() if self.kiosk else None
        wall = true.utc + self.off
        trust = judge_clock(wall, true.monotonic_ms, boot_id(), trusted)
        return ClockReading(utc=wall, monotonic_ms=true.monotonic_ms, trust=trust)


def manifests(counter: Counter) -> list[DepositManifest]:
    rows = counter.kiosk.store.db.conn.execute("SELECT manifest FROM deposits ORDER BY rowid")
    return [read_deposit(row[0]) for row in rows]


@pytest.mark.parametrize("off", [-YEAR, YEAR, timedelta(days=-1), timedelta(days=365 * 60)])
def test_deposits_go_on_and_keep_their_order(counter: Counter, off: timedelta) -> None:
    kiosk = counter.kiosk
    before = counter.deposit(care_date="2025-06-01")
    kiosk.clock.now += off
    kiosk.clock.trust = ClockTrust.UNVERIFIED
    during = counter.deposit(care_date="2025-06-01")
    kiosk.clock.now -= off
    kiosk.clock.trust = ClockTrust.VERIFIED
    after = counter.deposit(care_date="2025-06-01")
    made = manifests(counter)
    assert [one.receipt_number for one in made] == [
        answer.receipt_number for answer in (before, during, after)
    ]
    assert [one.sequence for one in made] == [1, 2, 3]
    assert [one.clock.trust for one in made] == ["verified", "unverified", "verified"]
    assert "clock_untrusted" in during.warnings
    assert "clock_untrusted" not in before.warnings + after.warnings
    ticks = [one.clock.monotonic_ms for one in made]
    assert ticks == sorted(ticks)


@pytest.mark.parametrize(
    ("off", "trust"),
    [
        (timedelta(0), ClockTrust.VERIFIED),
        (timedelta(minutes=4), ClockTrust.VERIFIED),
        (timedelta(minutes=6), ClockTrust.UNVERIFIED),
        (-YEAR, ClockTrust.UNVERIFIED),
        (YEAR, ClockTrust.UNVERIFIED),
    ],
)
def test_clock_is_judged_by_what_the_central_told(
    kiosk: EnrolledKiosk, off: timedelta, trust: ClockTrust
) -> None:
    kiosk.store.memory.keep_time(kiosk.clock.now + timedelta(seconds=1))
    clock = JudgedClock(now=kiosk.clock.now, monotonic_ms=kiosk.clock.monotonic_ms)
    clock.kiosk, clock.off = kiosk, off
    assert clock.read().trust is trust


def test_repeated_hour_of_ramadan_keeps_its_order(counter: Counter) -> None:
    counter.kiosk.clock.now = REPEATED
    first = counter.deposit(care_date="2026-01-20")
    counter.kiosk.clock.now = REPEATED + timedelta(hours=1)
    second = counter.deposit(care_date="2026-01-20")
    one, two = manifests(counter)
    assert (one.receipt_number, two.receipt_number) == (first.receipt_number, second.receipt_number)
    # The same minute on the wall in Casablanca, an hour apart in truth.
    assert shown_time(one.clock.utc) == shown_time(two.clock.utc) == "15/02/2026 02:30"
    assert two.clock.utc - one.clock.utc >= timedelta(minutes=59)
    assert one.sequence < two.sequence


def printed_text(counter: Counter, number: str) -> str:
    with closing(pdfium.PdfDocument(counter.desk.papers.picture(number).pdf)) as paper:
        text = " ".join(page.get_textpage().get_text_range() for page in paper)
    return unicodedata.normalize("NFKC", text)  # «fi» may be one letter on paper


def test_receipt_says_on_paper_that_its_time_is_not_verified(counter: Counter) -> None:
    sure = counter.deposit().receipt_number
    counter.kiosk.clock.trust = ClockTrust.UNVERIFIED
    doubtful = counter.deposit().receipt_number
    counter.kiosk.clock.trust = ClockTrust.VERIFIED  # a later print says what was known then
    said = set(TIME_NOT_VERIFIED.fr.split())  # beside Arabic, their order is the reader's guess
    assert said <= set(printed_text(counter, doubtful).split())
    assert not said & set(printed_text(counter, sure).split())


def test_day_of_the_counter_follows_the_bundled_rules_of_morocco() -> None:
    # tzdata 2026f: UTC+1 until September 2026, UTC from then on. An older one ends the day early.
    assert shown_time(datetime(2026, 8, 1, 23, 30, tzinfo=UTC)) == "02/08/2026 00:30"
    assert shown_time(datetime(2026, 11, 25, 23, 30, tzinfo=UTC)) == "25/11/2026 23:30"


def test_act_carries_sequence_both_clocks_and_trust_in_journal_too(counter: Counter) -> None:
    counter.kiosk.clock.trust = ClockTrust.UNVERIFIED
    number = counter.deposit().receipt_number
    (manifest,) = manifests(counter)
    row = counter.kiosk.store.db.conn.execute(
        "SELECT at, monotonic_ms, clock FROM journal WHERE receipt_number = ?", (number,)
    ).fetchone()
    assert row[0].startswith(manifest.clock.utc.isoformat()[:19])
    assert row[1:] == (manifest.clock.monotonic_ms, "unverified")


def test_time_that_has_surely_passed_does_not_hear_the_wall_clock() -> None:
    told = TrustedTime(central=NOW, wall=NOW + YEAR, monotonic_ms=5_000, boot_id="this")
    assert passed_for_sure(65_000, "this", told) == NOW + timedelta(minutes=1)
    assert passed_for_sure(65_000, "another", told) == NOW
    assert passed_for_sure(1, "this", told) == NOW
    assert passed_for_sure(1, "this", None) is None
