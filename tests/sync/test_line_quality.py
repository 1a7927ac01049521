"""On a poor line manifests go before all scans; on one that costs money scans wait."""

from datetime import timedelta

import pytest

from kiosk.link import Link
from kiosk.sync.quality import LinePolicy, LineQuality, Order, order
from kiosk.wire.messages import ProblemType
from tests.sync.conftest import Rig
from tests.sync.items import NOW, SCAN
from tests.sync.small_central import Call, cut_after, passing, refusing, resetting

DAY = timedelta(hours=24)


def verbs(rig: Rig) -> str:
    """Return the calls that carry deposits: M a manifest, S a scan, ? a question about one."""
    letters = {"PUT": "M", "PATCH": "S", "HEAD": "?"}
    return "".join(letters.get(call.split()[0], "") for call in rig.central.calls)


@pytest.fixture
def metered(rig: Rig) -> Link:
    """Return a link on a line that is paid for by the byte."""
    return rig.with_policy(LinePolicy(is_metered=True))


@pytest.mark.parametrize(
    ("quality", "is_poor"),
    [
        (LineQuality(), False),
        (LineQuality(goodput_bytes_per_s=1e6, answer_s=0.05), False),
        (LineQuality(goodput_bytes_per_s=8_000.0), True),
        (LineQuality(answer_s=2.0), True),
        (LineQuality(failed=0.25), False),
        (LineQuality(failed=0.375), True),
    ],
)
def test_line_is_poor_by_what_it_showed(quality: LineQuality, is_poor: bool) -> None:
    assert quality.is_poor is is_poor
    assert order(quality, LinePolicy(), NOW) == Order(manifests_first=is_poor)


def test_scans_wait_on_lines_that_cost_money_or_take_minutes_as_set() -> None:
    slow, metered = LineQuality(goodput_bytes_per_s=1_000.0), LinePolicy(is_metered=True)
    waiting = Order(manifests_first=True, made_before=NOW - DAY)
    assert order(slow, LinePolicy(), NOW) == waiting
    assert order(LineQuality(), metered, NOW) == waiting
    assert order(LineQuality(), metered, NOW, is_asked_for=True) == Order(manifests_first=True)
    at_once = LinePolicy(is_metered=True, scans_wait=timedelta(0))
    assert order(slow, at_once, NOW) == Order(manifests_first=True)


def test_good_line_takes_each_dossier_whole(rig: Rig) -> None:
    for _ in range(3):
        rig.put()
    assert rig.link.sync_once().sent == 3
    assert verbs(rig) == "MSMSMS"
    assert not rig.link.quality().is_poor


def test_poor_line_takes_all_manifests_before_the_first_scan(rig: Rig) -> None:
    items = [rig.put() for _ in range(3)]
    rig.central.faults += [resetting] * 3
    for _ in range(3):
        rig.link.run_updates()
    assert rig.link.quality().is_poor
    assert rig.link.sync_once().sent == 3
    # Still two calls each, oldest first: where its scan goes is remembered.
    assert verbs(rig) == "MMMSSS"
    assert list(rig.delivered()) == [item.item_id for item in items]


def test_manifest_made_while_a_scan_goes_is_the_next_to_go(rig: Rig, metered: Link) -> None:
    for _ in range(2):
        rig.put()

    def another(_call: Call) -> bool:
        rig.put()
        return False

    rig.central.faults += [passing, passing, another]
    assert metered.sync_once().sent == 3
    assert verbs(rig) == "MMSMSS"


def test_dossier_without_a_scan_is_done_with_its_manifest(rig: Rig, metered: Link) -> None:
    rig.put(None)
    report = metered.run_due()
    assert report is not None
    assert (report.sent, report.waiting) == (1, 0)


def test_scans_wait_on_a_metered_line_until_they_are_old(rig: Rig, metered: Link) -> None:
    items = [rig.put() for _ in range(2)]
    report = metered.run_due()
    assert report is not None
    assert (report.sent, report.waiting, report.line_failed) == (0, 2, False)
    assert verbs(rig) == "MM"
    rig.clock.pass_s(23 * 3600)
    metered.run_due()
    assert verbs(rig) == "MM"
    rig.clock.pass_s(2 * 3600)
    report = metered.run_due()
    assert report is not None
    assert report.sent == 2
    assert verbs(rig) == "MMSS"
    assert list(rig.delivered()) == [item.item_id for item in items]


def test_what_a_person_asks_for_goes_on_a_metered_line_too(rig: Rig, metered: Link) -> None:
    rig.put()
    metered.run_due()
    assert metered.sync_once().sent == 1


def test_clock_set_back_a_year_does_not_make_scans_wait_a_year(rig: Rig, metered: Link) -> None:
    rig.put()
    rig.clock.now -= timedelta(days=365)
    report = metered.run_due()
    assert report is not None
    assert report.sent == 1


def test_manifest_that_is_cut_is_tried_again_after_the_others(rig: Rig, metered: Link) -> None:
    first, second = rig.put(), rig.put()
    rig.central.faults += [resetting]
    assert metered.sync_once().sent == 1
    assert verbs(rig) == "MMS"
    assert metered.sync_once().sent == 1
    assert list(rig.delivered()) == [second.item_id, first.item_id]


def test_scan_that_is_cut_goes_on_at_its_byte(rig: Rig, metered: Link) -> None:
    rig.put()
    rig.put()
    rig.central.faults += [passing, passing, cut_after(40_000)]
    assert metered.sync_once().sent == 2
    assert verbs(rig) == "MMS?SS"
    assert sum(map(len, rig.central.documents.values())) == 2 * len(SCAN)


def test_place_is_asked_for_again_after_a_restart(rig: Rig, metered: Link) -> None:
    rig.put()
    metered.run_due()
    metered.stop()
    assert rig.relinked().sync_once().sent == 1
    assert verbs(rig) == "MMS"


def test_place_the_central_no_longer_knows_is_asked_for_again(rig: Rig, metered: Link) -> None:
    rig.put()
    metered.run_due()
    rig.central.faults += [refusing(404, ProblemType.UNKNOWN)]
    assert metered.sync_once().sent == 1
    assert verbs(rig) == "MSMS"
