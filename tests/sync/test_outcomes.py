"""Each class of outcome by the real event it stands for, and what becomes of the row."""

import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest

from kiosk.domain.errors import ErrorCode
from kiosk.sync.connection import Timeouts
from kiosk.sync.engine import RunReport
from kiosk.sync.faults import answer_fault
from kiosk.sync.outcomes import (
    RULES,
    ExchangeError,
    Next,
    OutcomeClass,
    exchange_error,
)
from kiosk.sync.said import BY_OUTCOME
from kiosk.ui.i18n.troubles import OUTCOME
from kiosk.wire.messages import ProblemType
from tests.sync.authority import Authority, make_authority
from tests.sync.conftest import QUICK, Rig
from tests.sync.items import NOW
from tests.sync.small_central import (
    Call,
    answering,
    cut_after,
    passing,
    refusing,
    resetting,
    serving,
)

PORTAL = b"<html><body>Bienvenue au WiFi, acceptez les conditions</body></html>"


def silence(call: Call) -> bool:
    """Read the call and never answer."""
    call.read_body()
    call.connection.settimeout(5)
    return call.rfile.read(1) == b""


def half_an_answer(call: Call) -> bool:
    """Promise more bytes than come."""
    call.read_body()
    call.send_response(200)
    call.send_header("Content-Type", "application/json")
    call.send_header("Content-Length", "500")
    call.end_headers()
    call.wfile.write(b'{"acknow')
    return True


LEFT_ALONE = answering(429, "text/plain", headers={"Retry-After": "120"})
MALFORMED = refusing(400, ProblemType.MALFORMED)
BROKEN_CALLS: list[tuple[OutcomeClass, Callable[[Call], bool]]] = [
    (OutcomeClass.RESET, resetting),
    (OutcomeClass.RESET, half_an_answer),
    (OutcomeClass.TIMEOUT, silence),
    (OutcomeClass.TIMEOUT, refusing(408, "about:blank")),
    (OutcomeClass.CAPTIVE_PORTAL, answering(200, "text/html; charset=utf-8", PORTAL)),
    (OutcomeClass.CAPTIVE_PORTAL, answering(302, "text/html", headers={"Location": "https://x"})),
    (OutcomeClass.CAPTIVE_PORTAL, answering(511, "text/html", PORTAL)),
    (OutcomeClass.SERVER_ERROR, answering(500, "text/plain", b"oops")),
    (OutcomeClass.SERVER_ERROR, answering(502, "text/html", b"<html>nginx</html>")),
    (OutcomeClass.SERVER_ERROR, answering(404, "text/html", b"<html>nginx</html>")),
    (OutcomeClass.SERVER_ERROR, answering(200, "application/json", b"x" * 2_000_000)),
    (OutcomeClass.SERVER_ERROR, refusing(404, ProblemType.UNKNOWN_DEPOSIT)),
    (OutcomeClass.RATE_LIMITED, LEFT_ALONE),
    (OutcomeClass.RATE_LIMITED, answering(503, "text/plain", headers={"Retry-After": "7"})),
    (OutcomeClass.CONFLICT, refusing(409, ProblemType.CONFLICT)),
    (OutcomeClass.TOO_LARGE, refusing(413, ProblemType.TOO_LARGE)),
    (OutcomeClass.TOO_LARGE, answering(413, "text/html", b"<html>nginx</html>")),
    (OutcomeClass.REFUSED_FOR_GOOD, MALFORMED),
    (OutcomeClass.REFUSED_FOR_GOOD, refusing(403, ProblemType.NOT_YOURS)),
    (OutcomeClass.SIGNATURE_REFUSED, refusing(401, ProblemType.SIGNATURE)),
    (OutcomeClass.REVOKED, refusing(403, ProblemType.REVOKED)),
]


@pytest.mark.parametrize(
    ("outcome", "broken"), BROKEN_CALLS, ids=lambda one: getattr(one, "value", "")
)
def test_broken_call_gets_its_class_and_the_others_go_on(
    rig: Rig, outcome: OutcomeClass, broken: Callable[[Call], bool]
) -> None:
    first, second = rig.put(None), rig.put(None)
    rig.central.faults += [broken]
    if broken is MALFORMED:
        rig.central.faults += [broken]  # and once more as it is: an old central knows no packed one
    report = rig.link.sync_once()
    rule = RULES[outcome]
    assert rig.outbox.error_of(first.item_id) == outcome.value
    assert rig.outbox.state_of(first.item_id) == ("held" if rule.next is Next.HOLD else "queued")
    if broken is not LEFT_ALONE:
        assert rig.outbox.state_of(second.item_id) == "done"
        assert (report.sent, report.waiting + report.held) == (1, 1)
    assert report.line_failed is (rule.next is Next.RETRY)


@dataclass(frozen=True, slots=True)
class BadLine:
    """A place that is no central, and what meeting it is called."""

    outcome: OutcomeClass
    report: RunReport


def meet(rig: Rig, outcome: OutcomeClass, timeouts: Timeouts = QUICK, **changes: str) -> BadLine:
    """Sync against a bad line."""
    item = rig.put(None)
    report = rig.relinked(timeouts, **changes).sync_once()
    assert (report.sent, report.held, report.waiting) == (0, 0, 1)
    assert report.line_failed
    assert rig.outbox.error_of(item.item_id) == outcome.value
    return BadLine(outcome, report)


@contextmanager
def listening(serve: Callable[[socket.socket], None]) -> Iterator[str]:
    """Accept connections on loopback and let *serve* have each."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        kept: list[socket.socket] = []

        def accept() -> None:
            while True:
                try:
                    peer, _ = listener.accept()
                except OSError:
                    return
                kept.append(peer)
                serve(peer)

        thread = threading.Thread(target=accept)
        thread.start()
        try:
            yield f"https://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join()
            for peer in kept:
                peer.close()


def test_closed_port_is_connect(rig: Rig) -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    meet(rig, OutcomeClass.CONNECT, url=f"https://127.0.0.1:{port}")


def test_name_nobody_knows_is_dns(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    # The resolver of the machine the tests run on may be slow or helpful: it is not asked.
    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    meet(rig, OutcomeClass.DNS, url="https://central.invalid")


def test_black_hole_behind_an_open_port_is_connect(rig: Rig) -> None:
    # Boxes of mobile networks accept any connection; then the handshake never comes.
    quick = replace(QUICK, connect_s=0.2)
    with listening(lambda _peer: None) as url:
        assert meet(rig, OutcomeClass.CONNECT, quick, url=url).report.elapsed_ms < 1000


def test_full_backlog_is_connect(rig: Rig) -> None:
    # A SYN that is never answered, as behind a firewall that drops.
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        port = full.getsockname()[1]
        fillers = [socket.socket() for _ in range(3)]
        for filler in fillers:
            filler.setblocking(False)
            filler.connect_ex(("127.0.0.1", port))
        try:
            quick = replace(QUICK, connect_s=0.2)
            meet(rig, OutcomeClass.CONNECT, quick, url=f"https://127.0.0.1:{port}")
        finally:
            for filler in fillers:
                filler.close()


def test_plain_http_portal_on_the_port_is_captive_portal(rig: Rig) -> None:
    def portal(peer: socket.socket) -> None:
        peer.recv(4096)
        peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n" + PORTAL)

    with listening(portal) as url:
        meet(rig, OutcomeClass.CAPTIVE_PORTAL, url=url)


def test_line_cut_in_the_handshake_is_reset(rig: Rig) -> None:
    def cut(peer: socket.socket) -> None:
        peer.recv(10)
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        peer.close()

    with listening(cut) as url:
        meet(rig, OutcomeClass.RESET, url=url)


def test_certificate_of_another_authority_is_certificate_wrong(
    rig: Rig, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    other = make_authority()
    # An environment that vouches for the server must not replace the pin.
    vouching = tmp_path / "vouching.pem"
    vouching.write_text(rig.identity.ca_pem)
    for name in ("REQUESTS_CA_BUNDLE", "SSL_CERT_FILE", "CURL_CA_BUNDLE"):
        monkeypatch.setenv(name, str(vouching))
    meet(rig, OutcomeClass.CERTIFICATE_WRONG, ca_pem=other.pem)
    assert not rig.central.calls


def test_certificate_for_another_name_is_certificate_wrong(
    rig: Rig, authority: Authority, tmp_path: Path
) -> None:
    (tmp_path / "other").mkdir()
    with serving(rig.central, authority.server(tmp_path / "other", host="127.0.0.9")) as url:
        meet(rig, OutcomeClass.CERTIFICATE_WRONG, url=url)


def test_old_tls_is_certificate_wrong(rig: Rig, authority: Authority, tmp_path: Path) -> None:
    (tmp_path / "old").mkdir()
    context = authority.server(tmp_path / "old")
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    with serving(rig.central, context) as url:
        meet(rig, OutcomeClass.CERTIFICATE_WRONG, url=url)


@pytest.mark.parametrize(("from_day", "to_day"), [(5, 10), (-10, -5)])
def test_certificate_outside_its_days_is_clock_wrong(
    rig: Rig, authority: Authority, tmp_path: Path, from_day: int, to_day: int
) -> None:
    # Seen from a kiosk whose clock was set back, or forward.
    (tmp_path / "off").mkdir()
    context = authority.server(tmp_path / "off", from_day=from_day, to_day=to_day)
    with serving(rig.central, context) as url:
        meet(rig, OutcomeClass.CLOCK_WRONG, url=url)


def test_answer_that_trickles_is_given_up(rig: Rig) -> None:
    def trickle(call: Call) -> bool:
        call.read_body()
        call.send_response(200)
        call.send_header("Content-Type", "application/json")
        call.send_header("Content-Length", "50")
        call.end_headers()
        with suppress(OSError):
            for _ in range(40):
                call.wfile.write(b" ")
                rig.clock.pass_s(1)
                gap.wait(0.01)
        return True

    item, gap = rig.put(None), threading.Event()
    rig.central.faults += [trickle]
    rig.link.sync_once()
    assert rig.outbox.error_of(item.item_id) == "timeout"


def test_every_class_has_a_rule_and_words() -> None:
    assert set(RULES) == set(OutcomeClass)
    for outcome in OutcomeClass:
        words = OUTCOME[outcome.value]
        assert words.fr
        assert words.ar
        assert BY_OUTCOME[outcome.value]
    assert all((rule.next is Next.HOLD) == (rule.held is not None) for rule in RULES.values())


def test_every_class_is_met_in_this_file_or_with_the_uploads() -> None:
    here = {outcome for outcome, _ in BROKEN_CALLS} | {
        *(OutcomeClass.CONNECT, OutcomeClass.DNS, OutcomeClass.CAPTIVE_PORTAL),
        *(OutcomeClass.CERTIFICATE_WRONG, OutcomeClass.CLOCK_WRONG),
    }
    uploads = {OutcomeClass.DELIVERED, OutcomeClass.ALREADY_THERE, OutcomeClass.LOCAL_IO}
    assert here | uploads == set(OutcomeClass)


@pytest.mark.parametrize(
    ("outcome", "code"),
    [
        (OutcomeClass.DNS, ErrorCode.OFFLINE),
        (OutcomeClass.CERTIFICATE_WRONG, ErrorCode.TLS),
        (OutcomeClass.CLOCK_WRONG, ErrorCode.TLS),
        (OutcomeClass.REVOKED, ErrorCode.REVOKED),
        (OutcomeClass.CONFLICT, ErrorCode.REFUSED),
    ],
)
def test_commands_end_with_the_code_of_the_contract(outcome: OutcomeClass, code: ErrorCode) -> None:
    error = exchange_error(outcome, "why")
    assert isinstance(error, ExchangeError)
    assert error.code is code


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("120", 120.0),
        ("Mon, 23 Nov 2026 09:05:00 GMT", 300.0),
        ("Mon, 23 Nov 2026 08:00:00 GMT", 0.0),
        ("99999999999999999999999999", 3600.0),
        ("soon", None),
        ("-5", None),
    ],
)
def test_retry_after_is_read_against_the_centrals_own_clock(
    text: str, seconds: float | None
) -> None:
    headers = {"Retry-After": text, "Date": "Mon, 23 Nov 2026 09:00:00 GMT"}
    error = answer_fault(429, headers, b"")
    assert error is not None
    assert error.retry_after_s == seconds


def test_retry_after_is_kept_to_for_all_that_waits(rig: Rig) -> None:
    items = [rig.put(None) for _ in range(3)]
    rig.central.faults += [LEFT_ALONE]
    rig.link.sync_once()
    assert len(rig.central.calls) == 1
    assert rig.outbox.waiting().next_attempt_at >= NOW + timedelta(seconds=120)  # type: ignore[operator]
    again = rig.link.sync_once()
    # Nothing was tried, and what failed before still waits for that: it is said.
    assert (again.waiting, again.line_failed, again.failure) == (len(items), True, None)
    assert not [call for call in rig.central.calls[1:] if call.startswith("PUT")]
    rig.clock.pass_s(160)
    assert rig.link.sync_once().sent == len(items)


_FULL = {"Retry-After": "5", "Connection": "close"}
UNAVAILABLE = answering(503, "text/plain", headers=_FULL)


def test_document_that_the_store_refuses_alone_lets_the_others_through(rig: Rig) -> None:
    items = [rig.put() for _ in range(4)]
    rig.central.faults += [passing, UNAVAILABLE]  # its manifest, then its bytes
    report = rig.link.sync_once()
    assert (report.sent, report.waiting, report.line_failed) == (3, 1, True)
    assert rig.outbox.error_of(items[0].item_id) == "rate_limited"
    rig.clock.pass_s(60)
    assert rig.link.sync_once().sent == 1


def test_central_that_cannot_now_is_asked_for_two_and_no_more(rig: Rig) -> None:
    items = [rig.put(None) for _ in range(6)]
    rig.central.faults += [UNAVAILABLE] * 6
    report = rig.link.sync_once()
    assert (report.sent, report.waiting) == (0, 6)
    assert len(rig.central.calls) == 2
    # All of them keep to what the central asked for.
    rig.link.sync_once()
    assert {rig.outbox.error_of(item.item_id) for item in items} == {"rate_limited"}
    assert len([call for call in rig.central.calls if call.startswith("PUT")]) == 2


def test_line_that_is_down_is_not_hammered(rig: Rig) -> None:
    accepted = []

    def refuse(peer: socket.socket) -> None:
        accepted.append(peer)

    for _ in range(20):
        rig.put(None)
    with listening(refuse) as url:
        link = rig.relinked(replace(QUICK, connect_s=0.1), url=url)
        report = link.sync_once()
    assert len(accepted) == 2
    assert (report.waiting, report.held, report.line_failed) == (20, 0, True)
    assert link.state().online is False


def test_one_poison_deposit_never_holds_up_the_others(rig: Rig) -> None:
    items = [rig.put() for _ in range(4)]
    poison = str(items[1].item_id)
    rig.central.manifests[poison] = b"other bytes under the same id"
    report = rig.link.sync_once()
    assert (report.sent, report.held, report.waiting) == (3, 1, 0)
    assert rig.outbox.state_of(items[1].item_id) == "held"


def test_cut_upload_of_the_first_lets_the_second_through(rig: Rig) -> None:
    first, second = rig.put(), rig.put()
    rig.central.faults += [passing, cut_after(0)]
    report = rig.link.sync_once()
    assert rig.outbox.state_of(second.item_id) == "done"
    assert rig.outbox.error_of(first.item_id) == "reset"
    assert report.line_failed
