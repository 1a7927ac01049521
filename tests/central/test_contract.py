"""The published document against the running central: no error of the central, no broken word.

Every call is made as the document describes it and as it does not, signed by an enrolled device
and unsigned. ``./dev fuzz`` makes many more of them.
"""

import hashlib
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import CHECKS, load_all_checks

from kiosk.wire.http_signatures import HttpRequest, sign_request
from tests.central.client import NOW, TIMEOUT_S, Client
from tests.central.running import Central

load_all_checks()
CHECKED = CHECKS.get_by_names(
    [
        "not_a_server_error",
        "status_code_conformance",
        "content_type_conformance",
        "response_headers_conformance",
        "response_schema_conformance",
        "negative_data_rejection",
    ]
)
OPERATIONS = [
    ("POST", "/v1/enrolments"),
    ("PUT", "/v1/deposits/{deposit_id}"),
    ("PUT", "/v1/deposits/{path_id}/events/{event_id}"),
    ("GET", "/v1/updates"),
    ("POST", "/v1/status"),
    ("POST", "/v1/heartbeats"),
    ("GET", "/v1/time"),
    ("POST", "/v1/keys"),
    ("GET", "/v1/authority"),
    ("PUT", "/v1/bundles/{header_sha256}"),
    ("POST", "/backoffice/v1/statuses"),
    ("POST", "/backoffice/v1/messages"),
    ("GET", "/backoffice/v1/report"),
    ("GET", "/backoffice/v1/points"),
    ("GET", "/backoffice/v1/duplicates"),
    ("OPTIONS", "/v1/uploads"),
    ("OPTIONS", "/v1/uploads/{secret}"),
    ("HEAD", "/v1/uploads/{secret}"),
    ("PATCH", "/v1/uploads/{secret}"),
    ("POST", "/v1/uploads/{secret}"),
]
DOCUMENT = b"sealed" * 1000
EXAMPLES = settings().max_examples // 4


@schemathesis.serializer("application/offset+octet-stream", "application/wasl-bundle-header")
def _as_it_is(_context: Any, value: Any) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode()


@pytest.fixture(scope="module")
def device(central: Central) -> Iterator[Client]:
    client = central.client()
    assert client.enrol(central.code("A9990")).ok
    yield client
    client.close()


@pytest.fixture(scope="module")
def schema(device: Client) -> Any:
    document = device.http.get(device.url + "/openapi.json", timeout=TIMEOUT_S).json()
    schema = schemathesis.openapi.from_dict(document)
    # These refuse as well, each for a reason of its own.
    rejection = schema.config.checks.negative_data_rejection
    further = ["408", "410", "412", "413", "423", "460"]
    rejection.expected_statuses = [*rejection.expected_statuses, *further]
    return schema


def test_every_operation_of_the_document_is_tried(schema: Any) -> None:
    named = [(one.method.upper(), one.path) for one in map(_ok, schema.get_all_operations())]
    assert sorted(named) == sorted(OPERATIONS)


def _ok(result: Any) -> Any:
    return result.ok()


def _prepared(device: Client, case: Any, *, is_signed: bool) -> requests.PreparedRequest:
    asked = case.as_transport_kwargs(base_url=device.url)
    fields = ("method", "url", "headers", "params", "json", "data", "files", "cookies")
    made = device.http.prepare_request(
        requests.Request(**{name: asked[name] for name in fields if name in asked})
    )
    if is_signed:
        body = made.body if isinstance(made.body, bytes) else (made.body or "").encode()
        signed = HttpRequest(method=made.method or "", url=made.url or "", headers={})
        sign_request(
            signed,
            key=device.request_key,
            sequence=next(device._sequence),
            body_sha256=hashlib.sha256(body).digest(),
            created=NOW,
        )
        made.headers.update(signed.headers)
    return made


def _made_ours(device: Client, case: Any) -> None:
    """Let a made-up call be about the caller's own things, so that it gets further."""
    if isinstance(case.body, dict) and "device" in case.body:
        case.body["device"] = device.code
        for name in ("deposit_id", "event_id"):
            if name in case.path_parameters and name in case.body:
                case.path_parameters[name] = case.body[name]
    if "secret" in case.path_parameters:
        place = device.put(device.manifest(DOCUMENT)).json()["upload"]["path"]
        case.path_parameters["secret"] = place.rpartition("/")[2]


@pytest.mark.hypothesis
@pytest.mark.parametrize(("method", "path"), OPERATIONS, ids=lambda value: value.strip("/"))
def test_answers_are_those_the_document_names(
    device: Client, schema: Any, method: str, path: str
) -> None:
    operation = schema[path][method]
    cases = st.one_of(*(operation.as_strategy(generation_mode=mode) for mode in GenerationMode))
    seen: Counter[int] = Counter()

    @settings(max_examples=EXAMPLES)
    @given(cases, st.booleans(), st.booleans())
    def call(case: Any, is_signed: bool, is_ours: bool) -> None:
        if is_ours:
            _made_ours(device, case)
        made = _prepared(device, case, is_signed=is_signed)
        response = device.http.send(made, timeout=TIMEOUT_S, verify=str(device.ca_file))
        seen[response.status_code] += 1
        case.validate_response(response, checks=CHECKED)

    call()
    assert max(seen) < 500
