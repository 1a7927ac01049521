"""Bodies of the calls: newer fields are ignored, and nothing past a bound is taken."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from kiosk.domain.vocabulary import PieceKind, Stage
from kiosk.wire.encoding import b64
from kiosk.wire.messages import (
    Acknowledgement,
    EnrolmentAnswer,
    EnrolmentRequest,
    Problem,
    PutAnswer,
    StatusAnswer,
    StatusQuestion,
    StatusUpdate,
    Updates,
    UpdatesAnswer,
    UploadPlace,
)
from tests.wire.samples import DEPOSIT_ID, MORNING, NUMBER, OURS

KEY = b64(OURS.public.raw)
STATUS: dict[str, Any] = {
    "receipt_number": str(NUMBER),
    "status": "returned",
    "at": "2026-11-23T09:30:05Z",
    "pieces_to_bring": ["ordonnance"],
    "last_day": "2027-01-10",
}
GOOD: list[tuple[type[BaseModel], dict[str, Any]]] = [
    (Problem, {"type": "urn:wasl:conflict", "status": 409}),
    (
        EnrolmentRequest,
        {"code": "ABCD2345", "request_key": KEY, "receipt_key": KEY, "program_version": "0.1.0"},
    ),
    (
        EnrolmentAnswer,
        {
            "device": "C0417A",
            "reserve_letter": "B",
            "root_statement": "x",
            "trust_list": "x",
            "configuration": "x",
            "time": "2026-11-23T09:30:05Z",
        },
    ),
    (UploadPlace, {"path": "/v1/uploads/" + "a" * 43, "offset": 0}),
    (PutAnswer, {"acknowledgement": "x"}),
    (
        Acknowledgement,
        {
            "item_id": str(DEPOSIT_ID),
            "receipt_number": str(NUMBER),
            "manifest_sha256": "ab" * 32,
            "document_sha256": None,
            "at": "2026-11-23T09:30:05Z",
        },
    ),
    (StatusUpdate, STATUS),
    (
        Updates,
        {
            "device": "C0417A",
            "previous": 0,
            "cursor": 4,
            "time": "2026-11-23T09:30:05Z",
            "statuses": [STATUS],
            "recalls": [str(DEPOSIT_ID)],
        },
    ),
    (UpdatesAnswer, {"updates": "x"}),
    (StatusQuestion, {"qr_text": "HTTPS://WASL.INVALID/R/A"}),
    (StatusAnswer, {"receipt_number": str(NUMBER), "known": True, "status": STATUS}),
]
IDS = [model.__name__ for model, _ in GOOD]


@pytest.mark.parametrize(("model", "fields"), GOOD, ids=IDS)
def test_message_survives_the_line_and_ignores_what_is_newer(
    model: type[BaseModel], fields: dict[str, Any]
) -> None:
    message = model.model_validate(fields | {"added_by_a_newer_side": [1]})
    assert model.model_validate_json(message.model_dump_json()) == message
    assert "added_by_a_newer_side" not in message.model_dump()


def test_status_update_is_read_with_its_words() -> None:
    read = StatusUpdate.model_validate(STATUS)
    assert (read.status, read.at) == (Stage.RETURNED, MORNING)
    assert read.pieces_to_bring == (PieceKind.ORDONNANCE,)


@pytest.mark.parametrize(
    ("model", "changes"),
    [
        (EnrolmentRequest, {"code": "short"}),
        (EnrolmentRequest, {"code": "x" * 65}),
        (EnrolmentRequest, {"request_key": KEY + "A"}),
        (EnrolmentAnswer, {"reserve_letter": "O"}),
        (EnrolmentAnswer, {"reserve_letter": "AB"}),
        (EnrolmentAnswer, {"device": "C0417"}),
        (EnrolmentAnswer, {"time": "2026-11-23T09:30:05"}),
        (UploadPlace, {"path": "https://elsewhere.example/v1/uploads/" + "a" * 43}),
        (UploadPlace, {"path": "/v1/uploads/../../" + "a" * 43}),
        (UploadPlace, {"path": "/v1/uploads/short"}),
        (UploadPlace, {"path": "/v1/uploads/" + "a" * 43 + "\n"}),
        (UploadPlace, {"offset": -1}),
        (Acknowledgement, {"manifest_sha256": "ab" * 31}),
        (Acknowledgement, {"item_id": "7"}),
        (StatusUpdate, {"status": "lost in thought"}),
        (StatusUpdate, {"text_fr": "x" * 1001}),
        (StatusUpdate, {"reason_codes": ["x"] * 21}),
        (Updates, {"cursor": -1}),
        (Updates, {"statuses": [STATUS] * 1001}),
        (StatusQuestion, {"qr_text": "x" * 1025}),
    ],
)
def test_message_past_a_bound_is_none(model: type[BaseModel], changes: dict[str, Any]) -> None:
    fields = dict(GOOD)[model]
    with pytest.raises(ValidationError):
        model.model_validate(fields | changes)


@given(st.sampled_from(GOOD), st.binary(max_size=60))
def test_any_bytes_are_a_message_or_told(
    one: tuple[type[BaseModel], dict[str, Any]], raw: bytes
) -> None:
    model, _ = one
    try:
        read: object = model.model_validate_json(raw)
    except ValidationError:
        return
    assert isinstance(read, model)
