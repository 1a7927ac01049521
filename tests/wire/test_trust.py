"""Statements that say who may be believed: taken from their signer only."""

from datetime import UTC, datetime

import pyrage
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from kiosk.wire.cose import ContentType, sign
from kiosk.wire.encoding import b64
from kiosk.wire.errors import BadSignatureError, MalformedMessageError, UnknownKeyError
from kiosk.wire.trust import (
    Configuration,
    DeviceKey,
    RootStatement,
    TrustList,
    only,
    open_statement,
    sign_statement,
)
from tests.wire.samples import MORNING, OTHERS, OURS, key_named

ROOT = key_named("root")
RECIPIENTS = [str(pyrage.x25519.Identity.generate().to_public()) for _ in range(3)]
STATEMENT = RootStatement(
    version=1,
    issued_at=MORNING,
    recipients=tuple(RECIPIENTS[:2]),
    intake=RECIPIENTS[2],
    trust_key=b64(OURS.public.raw),
)
LIST = TrustList(
    version=3,
    issued_at=MORNING,
    acknowledgement_keys=(b64(OTHERS.public.raw),),
    devices=(
        DeviceKey(device="C0417A", receipt_key=b64(OURS.public.raw)),
        DeviceKey(device="C0417B", receipt_key=b64(OTHERS.public.raw), revoked=True),
    ),
)
NAMED = (BadSignatureError, MalformedMessageError, UnknownKeyError)
TEXT = sign_statement(STATEMENT, ROOT, ContentType.ROOT_STATEMENT)


def opened(text: str) -> RootStatement:
    return open_statement(RootStatement, text, only(ROOT.public), ContentType.ROOT_STATEMENT)


def test_statement_signed_by_the_pinned_root_is_believed() -> None:
    assert opened(TEXT) == STATEMENT


def test_statement_of_another_key_is_refused() -> None:
    # A compromised central cannot put in sealing recipients of its own.
    with pytest.raises(UnknownKeyError):
        opened(sign_statement(STATEMENT, OURS, ContentType.ROOT_STATEMENT))


def test_statement_for_another_purpose_is_refused() -> None:
    for purpose in set(ContentType) - {ContentType.ROOT_STATEMENT}:
        with pytest.raises(BadSignatureError):
            opened(sign_statement(STATEMENT, ROOT, purpose))


@given(st.integers(0, len(TEXT) - 1), st.sampled_from("ABCabc019-_"))
def test_changed_letter_of_a_statement_is_refused(at: int, letter: str) -> None:
    if TEXT[at] != letter:
        with pytest.raises(NAMED):
            opened(TEXT[:at] + letter + TEXT[at + 1 :])


@given(st.text(st.characters()))
def test_any_text_is_no_statement(text: str) -> None:
    with pytest.raises(NAMED):
        opened(text)


@pytest.mark.parametrize("payload", [b"", b"[]", b"\xff", b"{}", b"[" * 50_000])
def test_well_signed_nonsense_is_malformed(payload: bytes) -> None:
    with pytest.raises(MalformedMessageError):
        opened(b64(sign(payload, ROOT, ContentType.ROOT_STATEMENT)))


def test_field_that_a_newer_central_adds_is_ignored() -> None:
    newer = STATEMENT.model_dump_json().removesuffix("}") + ', "added_later": 1}'
    text = b64(sign(newer.encode("utf-8"), ROOT, ContentType.ROOT_STATEMENT))
    assert opened(text) == STATEMENT


@pytest.mark.parametrize(
    "changes",
    [
        {"recipients": RECIPIENTS[:1]},
        {"recipients": ["age1" + "x" * 57, RECIPIENTS[0]]},
        {"intake": "ssh-ed25519 AAAA"},
        {"trust_key": "short"},
        {"version": 0},
        {"issued_at": datetime(2026, 11, 23)},
    ],
)
def test_statement_past_a_bound_is_none(changes: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        RootStatement.model_validate(STATEMENT.model_dump() | changes)


def test_keys_are_found_by_their_ids_and_no_other() -> None:
    assert LIST.acknowledgement_key(OTHERS.public.key_id) == OTHERS.public
    assert LIST.acknowledgement_key(OURS.public.key_id) is None
    ours, others = LIST.device_of(OURS.public.key_id), LIST.device_of(OTHERS.public.key_id)
    assert ours is not None
    assert (ours.device, ours.revoked, ours.public()) == ("C0417A", False, OURS.public)
    assert others is not None
    assert others.revoked
    assert LIST.device_of(ROOT.public.key_id) is None


def test_configuration_has_the_defaults_of_the_papers() -> None:
    plain = Configuration(version=1, point="C0417", point_name="Azrou Centre")
    assert plain.verify_host == "wasl.invalid"
    assert plain.amount_notice_centimes is None
    assert (plain.retention_scan_days, plain.retention_metadata_days) == (7, 90)
    assert plain.law_notice == ""


@pytest.mark.parametrize(
    "changes",
    [
        {"verify_host": "wasl.invalid/R/x"},
        {"verify_host": "WASL"},
        {"point": "417"},
        {"retention_scan_days": 0},
        {"point_name": "x" * 121},
    ],
)
def test_configuration_past_a_bound_is_none(changes: dict[str, object]) -> None:
    fields = {"version": 1, "point": "C0417", "point_name": "Azrou Centre"}
    with pytest.raises(ValidationError):
        Configuration.model_validate(fields | changes)


def test_time_of_a_statement_keeps_its_zone() -> None:
    assert opened(TEXT).issued_at.astimezone(UTC) == MORNING
