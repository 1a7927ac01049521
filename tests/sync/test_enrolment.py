"""Enrolment believes only what leads back to the pinned root."""

import contextlib
import hashlib
import time
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from kiosk.domain.errors import InvalidInputError, WaslError
from kiosk.link import DeviceKeys, Enrolled, Link
from kiosk.sync.authority import fetch_authority
from kiosk.sync.outcomes import ExchangeError, OutcomeClass, RefusedError, TlsError
from kiosk.sync.pinned import read_pinned
from kiosk.sync.said import BY_OUTCOME, BY_PROBLEM
from kiosk.wire.cose import ContentType
from kiosk.wire.encoding import b64
from kiosk.wire.errors import BadSignatureError, MalformedMessageError, UnknownKeyError
from kiosk.wire.keys import PrivateKey, PublicKey
from kiosk.wire.messages import ProblemType
from kiosk.wire.trust import Configuration, RootStatement, sign_statement
from tests.sync.authority import make_authority
from tests.sync.conftest import QUICK, Rig
from tests.sync.items import NOW
from tests.sync.small_central import Call, Fault, refusing, saying

CODE = "1Y6J-GQC1-KR25-X6Q8"


def key_pem(key: PublicKey) -> str:
    """Return a key as PEM."""
    return (
        Ed25519PublicKey.from_public_bytes(key.raw)
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        .decode("ascii")
    )


def recipient(seed: str) -> str:
    """Return something of an age recipient's shape."""
    return "age1" + hashlib.sha256(seed.encode()).hexdigest()[:58]


@dataclass(slots=True)
class Office:
    """The offline root, what it signed, and a link that wants to enrol."""

    rig: Rig
    root: PrivateKey
    keys: DeviceKeys
    folder: Path
    recipients: tuple[str, ...] = (recipient("operations"), recipient("recovery"))
    keys_made: int = 0

    def ca_file(self, root: PublicKey | None = None, ca_pem: str = "") -> Path:
        """Write a ca.pem."""
        file = self.folder / "ca.pem"
        file.write_text((ca_pem or self.rig.identity.ca_pem) + key_pem(root or self.root.public))
        return file

    def make_keys(self) -> DeviceKeys:
        """Return the device's keys, made durable."""
        self.keys_made += 1
        return self.keys

    def answer(self, **changes: object) -> Fault:
        """Return a call's answer: an enrolment, with parts replaced."""
        central = self.rig.central
        root = RootStatement(
            version=1,
            issued_at=NOW,
            recipients=self.recipients,
            intake=recipient("intake"),
            trust_key=b64(central.trust_key.public.raw),
        )
        settings = Configuration(version=1, point="C0417", point_name="Azrou Centre")
        content: dict[str, object] = {
            "device": "C0417A",
            "reserve_letter": "B",
            "root_statement": sign_statement(root, self.root, ContentType.ROOT_STATEMENT),
            "trust_list": sign_statement(
                central.trust_list(), central.trust_key, ContentType.TRUST_LIST
            ),
            "configuration": sign_statement(settings, central.trust_key, ContentType.CONFIGURATION),
            "time": NOW.isoformat(),
        }

        return saying(content | changes)

    def enrol(self, ca_file: Path | None = None, code: str = CODE) -> Enrolled:
        """Enrol over the small central."""
        link = Link(outbox=self.rig.outbox, memory=self.rig.memory, identity=None, timeouts=QUICK)
        return link.enrol(
            code, self.rig.identity.url + "/", ca_file or self.ca_file(), self.make_keys
        )


@pytest.fixture
def office(rig: Rig, tmp_path: Path) -> Office:
    """Return a root and a device's new keys."""
    keys = DeviceKeys(request=rig.identity.request_key, receipt=PrivateKey.generate().public)
    return Office(rig, PrivateKey.generate(), keys, tmp_path)


def test_enrolment_gives_everything_the_store_keeps(office: Office) -> None:
    office.rig.central.faults += [office.answer()]
    enrolled = office.enrol()
    assert (enrolled.device, enrolled.reserve_letter, enrolled.point) == ("C0417A", "B", "C0417")
    assert enrolled.url == office.rig.identity.url
    assert enrolled.ca_pem.count("BEGIN CERTIFICATE") == 1
    assert "PUBLIC KEY" not in enrolled.ca_pem
    assert enrolled.root_key == office.root.public
    assert enrolled.root.recipients == office.recipients
    assert enrolled.trust == office.rig.central.trust_list()
    assert enrolled.settings.point_name == "Azrou Centre"
    assert enrolled.central_time == NOW
    identity = enrolled.identity(office.keys.request)
    assert identity.trust_key == office.rig.central.trust_key.public
    link = Link(outbox=office.rig.outbox, memory=office.rig.memory, identity=identity)
    office.rig.put(None)
    assert link.sync_once().sent == 1
    link.stop()


def test_root_of_somebody_else_is_not_believed(office: Office) -> None:
    # A compromised central that wants recipients of its own.
    office.rig.central.faults += [office.answer()]
    with pytest.raises(UnknownKeyError):
        office.enrol(office.ca_file(PrivateKey.generate().public))


def test_trust_list_of_a_key_the_root_does_not_name_is_not_believed(office: Office) -> None:
    central = office.rig.central
    forged = sign_statement(central.trust_list(), PrivateKey.generate(), ContentType.TRUST_LIST)
    central.faults += [office.answer(trust_list=forged)]
    with pytest.raises(UnknownKeyError):
        office.enrol()


def test_statement_signed_for_another_purpose_is_not_believed(office: Office) -> None:
    central = office.rig.central
    other = sign_statement(central.trust_list(), central.trust_key, ContentType.UPDATES)
    central.faults += [office.answer(trust_list=other)]
    with pytest.raises(BadSignatureError):
        office.enrol()


def test_one_recipient_twice_is_fewer_than_two(office: Office) -> None:
    office.recipients = (recipient("operations"),) * 2
    office.rig.central.faults += [office.answer()]
    with pytest.raises(MalformedMessageError):
        office.enrol()


@pytest.mark.parametrize(
    "change",
    [{"device": "B0001A"}, {"device": "C0417AA"}, {"reserve_letter": "A"}, {"time": "today"}],
)
def test_answer_that_contradicts_itself_is_refused(
    office: Office, change: dict[str, object]
) -> None:
    office.rig.central.faults += [office.answer(**change)]
    with pytest.raises(WaslError):
        office.enrol()


def test_used_code_is_refused_by_name(office: Office) -> None:
    office.rig.central.faults += [refusing(403, ProblemType.BAD_CODE)]
    with pytest.raises(RefusedError, match="mistyped, used already or too old") as refused:
        office.enrol()
    assert "urn:" not in str(refused.value)


def test_point_without_a_letter_left_is_told_so(office: Office) -> None:
    office.rig.central.faults += [refusing(409, ProblemType.POINT_FULL)]
    with pytest.raises(RefusedError, match="no device letter left for this point"):
        office.enrol()


@pytest.mark.parametrize("status", [400, 403, 413, 429, 500])
def test_refusal_is_a_sentence_with_advice(office: Office, status: int) -> None:
    office.rig.central.faults += [refusing(status, "urn:wasl:never-heard-of")]
    with pytest.raises(ExchangeError, match=rf"^the central .+: .+ \(HTTP {status}\)$"):
        office.enrol()


def test_every_outcome_and_every_word_of_the_central_is_said() -> None:
    assert set(BY_OUTCOME) == {outcome.value for outcome in OutcomeClass}
    known = {value for name, value in vars(ProblemType).items() if name.isupper()}
    assert set(BY_PROBLEM) <= known
    for sentence in (*BY_OUTCOME.values(), *BY_PROBLEM.values()):
        assert "urn:" not in sentence
        assert "_" not in sentence


def test_central_of_another_authority_is_a_tls_error(office: Office) -> None:
    with pytest.raises(TlsError):
        office.enrol(office.ca_file(ca_pem=make_authority().pem))


@pytest.mark.parametrize("code", ["", "short", "x" * 65, "code\nwith lines", "صندوق-وصل"])
def test_code_that_cannot_be_one_makes_no_keys(office: Office, code: str) -> None:
    with pytest.raises(InvalidInputError):
        office.enrol(code=code)
    assert office.keys_made == 0
    assert not office.rig.central.calls


def test_typed_code_without_a_file_says_what_is_needed(office: Office) -> None:
    link = Link(outbox=office.rig.outbox, memory=office.rig.memory, identity=None)
    with pytest.raises(InvalidInputError, match="--ca FILE"):
        link.enrol(CODE, office.rig.identity.url, None, office.make_keys)
    assert office.keys_made == 0


def _rsa_pem() -> str:
    key = rsa.generate_private_key(65537, 2048).public_key()
    return key.public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    ).decode("ascii")


@pytest.mark.parametrize(
    "content",
    [
        "",
        "only text",
        key_pem(PrivateKey(b"1" * 32).public),
        make_authority().pem,
        make_authority().pem + key_pem(PrivateKey(b"1" * 32).public) * 2,
        make_authority().pem + _rsa_pem(),
        "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
        + key_pem(PrivateKey(b"1" * 32).public),
        make_authority().pem + key_pem(PrivateKey(b"1" * 32).public) + "x" * 300_000,
        "é",
    ],
    ids=["empty", "text", "no CA", "no key", "two keys", "RSA", "broken", "huge", "not ASCII"],
)
def test_file_that_pins_nothing_is_refused(tmp_path: Path, content: str) -> None:
    file = tmp_path / "ca.pem"
    file.write_text(content, encoding="utf-8")
    with pytest.raises(InvalidInputError):
        read_pinned(file)


def test_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError):
        read_pinned(tmp_path / "absent.pem")


def test_authority_that_comes_too_slowly_is_a_slow_line_and_no_stranger(rig: Rig) -> None:
    def drip(call: Call) -> bool:
        call.send_response(200)
        call.end_headers()
        with contextlib.suppress(OSError):  # the reader has gone
            for _ in range(1_000):
                call.wfile.write(b"x")
                time.sleep(0.02)
        return True

    rig.central.faults.append(drip)
    with pytest.raises(ExchangeError) as failed:
        fetch_authority(rig.identity.url, bytes(32), replace(QUICK, answer_s=0.1))
    assert failed.value.outcome is OutcomeClass.TIMEOUT
