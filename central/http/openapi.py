"""The published OpenAPI document, completed with what FastAPI cannot see."""

from typing import Any

from fastapi import FastAPI
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from central.http.office import MESSAGES, STATUSES, NewMessage, StatusWords
from central.http.security import SCHEMES
from kiosk.wire.heartbeats import Heartbeat
from kiosk.wire.manifests import DepositManifest, EventManifest
from kiosk.wire.messages import (
    DEPOSITS,
    ENROLMENTS,
    HEARTBEATS,
    KEYS,
    MANIFEST_TYPE,
    PACKED_MANIFEST_TYPE,
    PROBLEM_TYPE,
    STATUS,
    EnrolmentRequest,
    KeyChange,
    Problem,
    StatusQuestion,
)

_SCHEMAS = "#/components/schemas/"
# Bodies are read raw, because a signature is over bytes; the models they must fit are these.
_BODIES: dict[tuple[str, str], tuple[str, type[BaseModel]]] = {
    (ENROLMENTS, "post"): ("application/json", EnrolmentRequest),
    (KEYS, "post"): ("application/json", KeyChange),
    (STATUS, "post"): ("application/json", StatusQuestion),
    (HEARTBEATS, "post"): ("application/json", Heartbeat),
    (DEPOSITS + "/{deposit_id}", "put"): (MANIFEST_TYPE, DepositManifest),
    (DEPOSITS + "/{path_id}/events/{event_id}", "put"): (MANIFEST_TYPE, EventManifest),
    (STATUSES, "post"): ("application/json", StatusWords),
    (MESSAGES, "post"): ("application/json", NewMessage),
}
_PACKED = {"type": "string", "format": "binary", "description": "The other, packed by zlib"}
_MODELS: list[type[BaseModel]] = [Problem, *(model for _, model in _BODIES.values())]


def describe(app: FastAPI) -> None:
    """Make *app* publish bodies read raw, and its refusals as problem documents."""
    describe_routes = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            _complete(describe_routes())
        return describe_routes()

    app.openapi = openapi  # type: ignore[method-assign]  # the way FastAPI documents


def _complete(document: dict[str, Any]) -> None:
    _, schemas = models_json_schema(
        [(model, "validation") for model in _MODELS], ref_template=_SCHEMAS + "{model}"
    )
    kept = document["components"]["schemas"]
    # What FastAPI would answer to bad parameters; here that is a problem document too.
    kept.pop("HTTPValidationError", None)
    kept.pop("ValidationError", None)
    kept.update(schemas["$defs"])
    for (path, method), (media_type, model) in _BODIES.items():
        content: dict[str, Any] = {media_type: {"schema": {"$ref": _SCHEMAS + model.__name__}}}
        if media_type == MANIFEST_TYPE:
            content[PACKED_MANIFEST_TYPE] = {"schema": _PACKED}
        body = {"required": True, "content": content}
        document["paths"][path][method]["requestBody"] = body
    refused = {
        "description": "Refused; `type` tells why",
        "content": {PROBLEM_TYPE: {"schema": {"$ref": _SCHEMAS + Problem.__name__}}},
    }
    document["components"]["securitySchemes"] = SCHEMES
    for operations in document["paths"].values():
        for operation in operations.values():
            operation.setdefault("security", [])  # said, not left out: anybody may call
            operation["responses"].pop("422", None)
            operation["responses"] |= {"4XX": refused, "503": refused}
