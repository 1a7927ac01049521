"""Who the published document says may make a call, and nobody else, may make it."""

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest

from kiosk.wire.encoding import b64
from kiosk.wire.messages import MANIFEST_SIGNATURE_HEADER, ProblemType
from tests.central.client import Client
from tests.central.published import Call, calls, document_of
from tests.central.running import Central, run

PUBLIC = {
    ("GET", "/v1/authority"),  # each proves itself
    ("GET", "/v1/root"),
    ("OPTIONS", "/v1/uploads"),
    ("OPTIONS", "/v1/uploads/{secret}"),
    ("HEAD", "/v1/uploads/{secret}"),  # the path is the secret
    ("PATCH", "/v1/uploads/{secret}"),
    ("POST", "/v1/uploads/{secret}"),
}


@pytest.fixture
def document(client: Client) -> dict[str, Any]:
    return document_of(client)


def _body(call: Call, client: Client) -> bytes:
    if call.template != "/v1/enrolments":
        return b"" if call.method == "GET" else b"{}"
    # Its key is in its body: without one nothing can be looked at.
    keys = {"request_key": client.request_key, "receipt_key": client.receipt_key}
    named = {name: b64(key.public.raw) for name, key in keys.items()}
    return json.dumps(named | {"code": "AAAA-AAAA-AAAA", "program_version": "1"}).encode()


def _let_in_unsigned(document: dict[str, Any], client: Client) -> Iterator[tuple[str, str]]:
    """Yield every call that a device has to sign, and that does not mind when none did."""
    for call in calls(document):
        if not call.is_signed:
            continue
        headers = {MANIFEST_SIGNATURE_HEADER: "x"}
        answer = client.send(call.method, call.target, _body(call, client), headers)
        is_problem = answer.status_code == 401
        if not (is_problem and answer.json()["type"] == ProblemType.SIGNATURE):
            yield call.name


def test_what_nobody_has_to_sign_is_named_here(document: dict[str, Any]) -> None:
    is_open = {one.name for one in calls(document) if not one.is_signed and one.role is None}
    assert is_open == PUBLIC


def test_signed_calls_are_refused_unsigned(document: dict[str, Any], client: Client) -> None:
    assert list(_let_in_unsigned(document, client)) == []
    assert ("POST", "/v1/keys") in {one.name for one in calls(document) if one.is_signed}


def test_call_that_forgets_to_look_would_show(document: dict[str, Any], client: Client) -> None:
    told = copy.deepcopy(document)
    operation = told["paths"]["/v1/root"]["get"]
    operation["security"] = told["paths"]["/v1/updates"]["get"]["security"]
    assert list(_let_in_unsigned(told, client)) == [("GET", "/v1/root")]


def test_token_calls_are_refused_without_a_token_and_with_another_roles(
    document: dict[str, Any], central: Central, client: Client
) -> None:
    made = {
        role: run("token", "make", f"p-{role}", "--role", role, data=central.data)[1]["token"]
        for role in ("reports", "messages")
    }
    asked = [one for one in calls(document) if one.role is not None]
    assert {one.role for one in asked} == {"statuses", "messages", "reports", "metrics"}
    for call in asked:
        other = made["messages" if call.role == "reports" else "reports"]
        for token, status in (("", 401), ("wrong", 401), (other, 403)):
            headers = {"Authorization": f"Bearer {token}"} if token else {}
            answer = client.send(call.method, call.target, _body(call, client), headers)
            assert answer.status_code == status, (call.name, token)
        # A device's signature opens none of them.
        assert client.call(call.method, call.target, _body(call, client)).status_code == 401
