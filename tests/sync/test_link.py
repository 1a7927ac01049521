"""The line as plain calls: one run at a time, clean stops, and how the line is."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from kiosk.domain.errors import InvalidInputError, NotAReceiptError, NotEnrolledError
from kiosk.link import Link
from kiosk.sync.engine import RunReport
from kiosk.sync.line import LineState
from kiosk.sync.outcomes import ExchangeError, OutcomeClass
from kiosk.sync.ports import Delivered
from tests.sync.conftest import QUICK, Rig
from tests.sync.items import NOW, SCAN
from tests.sync.small_central import Call, passing, resetting, saying

QR_TEXT = "HTTPS://WASL.INVALID/R/" + "A" * 100


def test_before_enrolment_nothing_else_works(rig: Rig) -> None:
    link = Link(outbox=rig.outbox, memory=rig.memory, identity=None)
    for call in (link.sync_once, link.fetch_updates, lambda: link.ask_status(QR_TEXT)):
        with pytest.raises(NotEnrolledError):
            call()
    assert link.run_due() is None
    assert link.state() == LineState()
    link.adopt(rig.identity)
    rig.put(None)
    assert link.sync_once().sent == 1
    link.stop()


def test_state_of_the_line_follows_the_last_exchange(rig: Rig) -> None:
    rig.put(None)
    rig.link.sync_once()
    assert rig.link.state() == LineState(
        online=True, last_exchange_at=NOW, last_outcome=OutcomeClass.DELIVERED
    )
    rig.clock.pass_s(60)
    rig.central.faults += [resetting]
    with pytest.raises(ExchangeError):
        rig.link.fetch_updates()
    assert rig.link.state() == LineState(
        online=False, last_exchange_at=NOW, last_outcome=OutcomeClass.RESET
    )


def test_refusal_of_the_central_still_means_the_line_is_up(rig: Rig) -> None:
    item = rig.put(None)
    rig.central.manifests[str(item.item_id)] = b"other bytes"
    rig.link.sync_once()
    assert rig.link.state().online is True


def test_text_that_is_no_receipt_is_not_asked(rig: Rig) -> None:
    with pytest.raises(NotAReceiptError):
        rig.link.ask_status("HTTPS://ELSEWHERE.INVALID/x")
    assert not rig.central.calls


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:8443",
        "127.0.0.1",
        "https://",
        "https://host/path",
        "https://user@host",
        "https://host:99999",
        "https://" + "a" * 400,
    ],
)
def test_address_that_is_no_https_origin_is_refused(rig: Rig, url: str) -> None:
    with pytest.raises(InvalidInputError):
        rig.relinked(url=url)


def test_authorities_that_are_none_are_refused(rig: Rig) -> None:
    with pytest.raises(InvalidInputError):
        rig.relinked(ca_pem="not PEM")


class Gate:
    """Keeps a call at the central waiting until it is opened."""

    def __init__(self) -> None:
        self.reached = threading.Event()
        self.opened = threading.Event()

    def __call__(self, call: Call) -> bool:
        self.reached.set()
        self.opened.wait(5)
        return False


@pytest.fixture
def slow(rig: Rig) -> Link:
    """Return a link that waits long enough for a gate."""
    return rig.relinked(replace(QUICK, read_s=5.0))


def test_second_run_waits_and_finds_nothing_left(rig: Rig, slow: Link) -> None:
    rig.put(None)
    gate, reports = Gate(), list[RunReport]()
    rig.central.faults += [gate]
    threads = [threading.Thread(target=lambda: reports.append(slow.sync_once())) for _ in range(2)]
    for thread in threads:
        thread.start()
    assert gate.reached.wait(5)
    assert slow.run_due() is None
    gate.opened.set()
    for thread in threads:
        thread.join(5)
    assert sorted(report.sent for report in reports) == [0, 1]
    assert len([one for one in rig.central.calls if one.startswith("PUT")]) == 1


def test_question_does_not_wait_for_a_run(rig: Rig, slow: Link) -> None:
    rig.put(None)
    gate = Gate()
    rig.central.faults += [gate]
    run = threading.Thread(target=slow.sync_once)
    run.start()
    assert gate.reached.wait(5)
    rig.central.faults += [saying(_KNOWN)]
    assert slow.ask_status(QR_TEXT).known
    gate.opened.set()
    run.join(5)
    assert not run.is_alive()


_KNOWN: dict[str, object] = {"receipt_number": "C0417A-000131-39", "known": True}


def test_schedule_sends_what_is_due_and_stops_clean(rig: Rig) -> None:
    before = set(threading.enumerate())
    sent = threading.Event()
    rig.put(None)
    rig.link.start(on_report=lambda report: sent.set() if report.sent else None)
    assert sent.wait(5)
    rig.link.stop()
    names = {thread.name for thread in set(threading.enumerate()) - before}
    assert not [name for name in names if "APScheduler" in name or "clock-watch" in name]


def test_window_may_have_its_own_worker_do_the_work(rig: Rig) -> None:
    asked = threading.Event()
    rig.put(None)
    rig.link.start(when_sync=asked.set, when_updates=lambda: None)
    assert asked.wait(5)
    rig.link.stop()
    assert not rig.central.calls
    report = rig.link.run_due()
    assert report is not None
    assert report.sent == 1


def test_schedule_keeps_house_and_takes_backups_at_once(rig: Rig) -> None:
    kept, backed_up = threading.Event(), threading.Event()
    rig.link.start(
        when_sync=lambda: None,
        when_updates=lambda: None,
        keep_house=kept.set,
        back_up=backed_up.set,
    )
    assert kept.wait(5)
    assert backed_up.wait(5)
    rig.link.stop()


def test_first_run_after_the_start_tries_what_is_not_due(rig: Rig) -> None:
    # Next attempts may have been written by a clock that was wrong.
    rig.put(None)
    rig.central.faults += [resetting]
    rig.link.sync_once()
    report = rig.link.run_due()
    assert report is not None
    assert report.waiting == 1  # not due yet
    rig.link.start(when_sync=lambda: None, when_updates=lambda: None)
    report = rig.link.run_due()
    assert report is not None
    assert report.sent == 1


def test_stop_in_the_middle_of_an_upload_loses_nothing(rig: Rig) -> None:
    item = rig.author.deposit(SCAN)
    assert item.document is not None
    reading, go_on = threading.Event(), threading.Event()

    def read(_offset: int) -> Iterator[bytes]:
        yield SCAN[:100_000]
        reading.set()
        go_on.wait(5)
        yield SCAN[100_000:]

    rig.outbox.add(replace(item, document=replace(item.document, read=read)))
    link = rig.relinked(replace(QUICK, read_s=5.0))
    run = threading.Thread(target=link.sync_once)
    run.start()
    assert reading.wait(5)
    stop = threading.Thread(target=link.stop)
    stop.start()
    while not link._stopping.is_set():
        threading.Event().wait(0.01)
    go_on.set()
    run.join(5)
    stop.join(5)
    assert rig.outbox.state_of(item.item_id) == "queued"
    assert rig.outbox.waiting().next_attempt_at == NOW
    assert link.sync_once().sent == 1
    assert bytes(rig.central.documents[str(item.item_id)]) == SCAN


def test_watching_goes_on_until_told_to_stop(rig: Rig) -> None:
    stop, reports = threading.Event(), list[RunReport]()

    def each(report: RunReport) -> None:
        reports.append(report)
        rig.put(None)
        if len(reports) == 3:
            stop.set()

    rig.put(None)
    rig.link.watch(each, stop, every_s=0.01)
    assert [report.sent for report in reports] == [1, 1, 1]


def test_watching_tries_all_again_when_the_clock_was_set_back(rig: Rig) -> None:
    stop, reports = threading.Event(), list[RunReport]()
    rig.put(None)
    rig.central.faults += [passing, resetting, passing]
    rig.link.fetch_updates()

    def each(report: RunReport) -> None:
        reports.append(report)
        if len(reports) == 2:
            assert report.sent == 0  # not due
            rig.clock.now -= timedelta(days=365)
        if len(reports) == 3:
            stop.set()

    rig.link.watch(each, stop, every_s=0.01)
    assert reports[2].sent == 1


def test_delivered_words_are_kept_as_received(rig: Rig) -> None:
    item = rig.put()
    rig.link.sync_once()
    outcome = rig.delivered()[item.item_id]
    assert isinstance(outcome, Delivered)
    assert outcome.signed[0] == 0xD2  # a tagged COSE_Sign1
