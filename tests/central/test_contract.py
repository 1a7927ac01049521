"""The published document against the running central: no error of the central, no broken word.

Every call is made as the document describes it and as it does not, signed by an enrolled device
and unsigned. ``./dev fuzz`` makes many more of them.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import CHECKS, load_all_checks

from central.limits import Limits, Turnstile
from central.services import Services
from tests.central.client import TIMEOUT_S
from tests.central.described_calls import Caller
from tests.central.running import in_thread

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
    ("GET", "/v1/trust"),
    ("POST", "/v1/status"),
    ("POST", "/v1/heartbeats"),
    ("GET", "/v1/time"),
    ("POST", "/v1/keys"),
    ("GET", "/v1/authority"),
    ("GET", "/v1/root"),
    ("PUT", "/v1/bundles/{header_sha256}"),
    ("POST", "/backoffice/v1/statuses"),
    ("POST", "/backoffice/v1/messages"),
    ("GET", "/backoffice/v1/report"),
    ("GET", "/backoffice/v1/points"),
    ("GET", "/backoffice/v1/duplicates"),
    ("GET", "/metrics"),
    ("OPTIONS", "/v1/uploads"),
    ("OPTIONS", "/v1/uploads/{secret}"),
    ("HEAD", "/v1/uploads/{secret}"),
    ("PATCH", "/v1/uploads/{secret}"),
    ("POST", "/v1/uploads/{secret}"),
]
EXAMPLES = settings().max_examples // 4


@schemathesis.serializer(
    "application/offset+octet-stream",
    "application/wasl-bundle-header",
    "application/wasl-manifest+zlib",
)
def _as_it_is(_context: Any, value: Any) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode()


def _without_bounds(services: Services) -> Services:
    # One device makes all the calls: told to wait, it would try nothing else.
    limits = Limits(device_rate=1e6, device_burst=10**9, items_a_day=10**9, bytes_a_day=10**15)
    return replace(services, limits=limits, turnstile=Turnstile(limits))


@pytest.fixture(scope="module")
def caller(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Caller]:
    data = Path(tmp_path_factory.mktemp("contract"))
    with in_thread(data, _without_bounds) as central:
        device = central.client()
        assert device.enrol(central.code("A9990")).ok
        yield Caller.make(central, device)
        device.close()


@pytest.fixture(scope="module")
def schema(caller: Caller) -> Any:
    document = caller.device.send("GET", "/openapi.json").json()
    # Whose calls are let in is tried in test_published. Signatures and tokens made up here would
    # answer most calls with 401 and take the place of those that hold.
    for operations in document["paths"].values():
        for operation in operations.values():
            del operation["security"]
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


@pytest.mark.hypothesis
@pytest.mark.parametrize(("method", "path"), OPERATIONS, ids=lambda value: value.strip("/"))
def test_answers_are_those_the_document_names(
    caller: Caller, schema: Any, method: str, path: str
) -> None:
    operation = schema[path][method]
    cases = st.one_of(*(operation.as_strategy(generation_mode=mode) for mode in GenerationMode))
    seen: Counter[int] = Counter()

    @settings(max_examples=EXAMPLES)
    @given(cases, st.booleans(), st.booleans())
    def call(case: Any, is_signed: bool, is_ours: bool) -> None:
        made = caller.request(case, is_signed=is_signed, is_ours=is_ours)
        http = caller.device.http
        response = http.send(made, timeout=TIMEOUT_S, verify=str(caller.device.ca_file))
        seen[response.status_code] += 1
        case.validate_response(response, checks=CHECKED)

    call()
    print(method, path, dict(seen))
    assert max(seen) < 500
    assert 429 not in seen
