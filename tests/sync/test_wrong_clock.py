"""A kiosk whose clock is a year off still reaches the central, and nobody else."""

import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from kiosk.domain.moments import ClockTrust
from kiosk.sync.central_clock import LONGEST_ASKING_S, CentralClock
from kiosk.sync.identity import Clocks
from kiosk.sync.outcomes import ExchangeError, OutcomeClass
from kiosk.sync.transport import Transport
from kiosk.wire.cose import ContentType
from kiosk.wire.heartbeats import TimeWord
from kiosk.wire.keys import PrivateKey
from kiosk.wire.trust import sign_statement
from tests.sync.authority import Authority, make_authority
from tests.sync.conftest import Clock, Rig
from tests.sync.dated import Dated, dated
from tests.sync.small_central import saying

YEAR = 365
pytestmark = pytest.mark.timeout(60)


def transport(one: Dated) -> Transport:
    """Return a line that knows no other time than this machine's."""
    return Transport(
        url=one.identity.url,
        ca_pem=one.identity.ca_pem,
        key=one.identity.request_key,
        next_sequence=one.store.memory.next_sequence,
        clocks=Clocks(),
        note=lambda _outcome: None,
    )


@pytest.mark.parametrize("days", [YEAR, -YEAR], ids=["kiosk a year back", "kiosk a year on"])
def test_everything_arrives_though_the_certificate_looks_out_of_date(
    authority: Authority, tmp_path: Path, days: int
) -> None:
    context = authority.server(tmp_path, from_day=days - 10, to_day=days + 10)
    away = timedelta(days=days)
    with dated(tmp_path, away=away, context=context, ca_pem=authority.pem) as one:
        # Without the central's time nothing goes: else this test would prove nothing.
        bare = transport(one)
        with pytest.raises(ExchangeError) as refused:
            bare.signed("GET", "/v1/updates?cursor=0")
        bare.close()
        assert refused.value.outcome is OutcomeClass.CLOCK_WRONG
        for _ in range(3):
            one.outbox.add(one.author.deposit())
        report = one.link.sync_once()
        assert (report.sent, report.waiting, report.failure) == (3, 0, None)
        trusted = one.store.memory.trusted_time()
        assert trusted is not None
        assert abs(trusted.central - datetime.now(UTC) - away) < timedelta(seconds=60)
        # What this machine's clock says is still not believed.
        assert one.clock.read().trust is ClockTrust.UNVERIFIED
        assert one.link.ask_counts() is not None
        assert one.link.state().online


def test_wrong_chain_is_refused_whatever_the_clock(authority: Authority, tmp_path: Path) -> None:
    context = authority.server(tmp_path, from_day=YEAR - 10, to_day=YEAR + 10)
    away, other = timedelta(days=YEAR), make_authority()
    with dated(tmp_path, away=away, context=context, ca_pem=other.pem) as one:
        with pytest.raises(ExchangeError) as refused:
            one.link.fetch_updates()
        assert refused.value.outcome is OutcomeClass.CERTIFICATE_WRONG
        assert one.link.ask_counts() is None
        assert one.store.memory.trusted_time() is None


def test_certificate_out_of_date_by_the_central_too_is_refused(
    authority: Authority, tmp_path: Path
) -> None:
    context = authority.server(tmp_path, from_day=-30, to_day=-20)
    with dated(tmp_path, context=context, ca_pem=authority.pem) as one:
        with pytest.raises(ExchangeError) as refused:
            one.link.fetch_updates()
        assert refused.value.outcome is OutcomeClass.CERTIFICATE_WRONG


def test_time_of_another_key_is_not_believed(authority: Authority, tmp_path: Path) -> None:
    context = authority.server(tmp_path, from_day=YEAR - 10, to_day=YEAR + 10)
    away = timedelta(days=YEAR)
    with dated(tmp_path, away=away, context=context, ca_pem=authority.pem) as one:
        link = one.relinked(trust_key=PrivateKey.generate().public)
        with pytest.raises(ExchangeError) as refused:
            link.fetch_updates()
        link.stop()
        assert refused.value.outcome is OutcomeClass.CLOCK_WRONG
        assert one.store.memory.trusted_time() is None


class Asking:
    """The central's clock over the small central's line, and what it kept."""

    def __init__(self, rig: Rig) -> None:
        self.kept: list[datetime] = []
        self.clock = CentralClock(
            connect=lambda: Transport(
                url=rig.identity.url,
                ca_pem=rig.identity.ca_pem,
                key=rig.identity.request_key,
                next_sequence=rig.memory.next_sequence,
                clocks=Clocks(),
                note=lambda _outcome: None,
            ),
            trust_key=rig.identity.trust_key,
            clocks=rig.clock.clocks(),
            keep_time=self.kept.append,
        )


def test_time_of_another_question_is_not_believed(rig: Rig) -> None:
    asking = Asking(rig)
    word = TimeWord(nonce="n" * 22, time=datetime(2020, 1, 1, tzinfo=UTC))
    signed = sign_statement(word, rig.central.trust_key, ContentType.TIME)
    rig.central.faults += [saying({"time": signed})]
    with pytest.raises(ExchangeError) as refused:
        asking.clock.ask()
    assert refused.value.outcome is OutcomeClass.SERVER_ERROR
    assert asking.kept == []


def test_time_that_was_long_on_its_way_is_not_believed(rig: Rig) -> None:
    asking = Asking(rig)

    def slow(call: object) -> bool:
        rig.clock.monotonic_s += LONGEST_ASKING_S + 1
        return saying({"time": "x"})(call)  # type: ignore[arg-type]

    rig.central.faults += [slow]
    with pytest.raises(ExchangeError) as refused:
        asking.clock.ask()
    assert refused.value.outcome is OutcomeClass.TIMEOUT


def test_dates_are_checked_by_the_centrals_time_as_it_passes(
    authority: Authority, tmp_path: Path
) -> None:
    with dated(tmp_path) as one:
        clock = Clock()
        by_central = CentralClock(
            connect=lambda: transport(one),
            trust_key=one.identity.trust_key,
            clocks=clock.clocks(),
            keep_time=lambda _central: None,
        )
        certificate = authority.certificate.public_bytes(Encoding.DER)
        with pytest.raises(ssl.SSLCertVerificationError):
            by_central.check_dates(certificate)
        by_central.ask()
        by_central.check_dates(certificate)
        for days, code in ((1001, 10), (-2002, 9)):
            clock.monotonic_s += timedelta(days=days).total_seconds()
            with pytest.raises(ssl.SSLCertVerificationError) as refused:
                by_central.check_dates(certificate)
            assert refused.value.verify_code == code
        with pytest.raises(ssl.SSLCertVerificationError):
            by_central.check_dates(b"no certificate")
