"""Hostile bodies: bounded, refused with a problem document, and never an error of the central."""

import asyncio
import json
import os
import socket
import ssl
import time
from contextlib import suppress
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
import requests
from fastapi import Request
from starlette.types import Message

from central import connections
from central.connections import MAX_HEAD_BYTES
from central.errors import ProblemError
from central.http import bodies
from kiosk.wire.encoding import b64
from kiosk.wire.manifests import MAX_MANIFEST_BYTES, freeze
from kiosk.wire.messages import MANIFEST_SIGNATURE_HEADER, PROBLEM_TYPE, ProblemType
from tests.central.client import Client, tus_headers


def _is_problem(response: requests.Response, status: int, kind: str) -> bool:
    body = response.json()
    is_one = response.headers["Content-Type"] == PROBLEM_TYPE and body["status"] == status
    return is_one and response.status_code == status and body["type"] == kind


def test_manifest_over_the_bound_is_refused_before_its_signature(client: Client) -> None:
    body = b" " * (MAX_MANIFEST_BYTES + 1)
    response = client.send("PUT", f"/v1/deposits/{uuid4()}", body)
    assert _is_problem(response, 413, ProblemType.TOO_LARGE)


def test_manifest_without_a_length_is_bounded_too(client: Client) -> None:
    blocks = (b" " * 1000 for _ in range(200))
    response = client.http.put(client.url + f"/v1/deposits/{uuid4()}", data=blocks, timeout=20)
    assert _is_problem(response, 413, ProblemType.TOO_LARGE)


@pytest.mark.parametrize("path", ["/v1/enrolments", "/v1/status"])
def test_small_calls_have_small_bounds(client: Client, path: str) -> None:
    response = client.call("POST", path, b" " * 20_000)
    assert _is_problem(response, 413, ProblemType.TOO_LARGE)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b"{}",
        b"\xff\xfe",
        b'"' + b"a" * 4000 + b'"',
        b"[" * 4000,
        b"1e999999",
        b'{"qr_text": 1}',
        b'{"code": null}',
        b'{"code": "\\ud800AAAAAAAA", "request_key": "", "receipt_key": ""}',
    ],
)
def test_malformed_bodies_are_refused_by_every_call(client: Client, body: bytes) -> None:
    for path in ("/v1/enrolments", "/v1/status"):
        response = client.call("POST", path, body)
        assert _is_problem(response, 400, ProblemType.MALFORMED), path
    signature = {MANIFEST_SIGNATURE_HEADER: "AAAA"}
    for path in (f"/v1/deposits/{uuid4()}", f"/v1/deposits/{uuid4()}/events/{uuid4()}"):
        response = client.call("PUT", path, body, signature)
        assert _is_problem(response, 400, ProblemType.MALFORMED), path


@pytest.mark.parametrize("signature", [None, "", "AAAA", "=", "é", "A" * 1000, b64(os.urandom(99))])
def test_odd_manifest_signatures_are_refused(client: Client, signature: str | None) -> None:
    manifest = client.manifest(None)
    body = freeze(manifest, client.request_key).content
    headers = {} if signature is None else {MANIFEST_SIGNATURE_HEADER: signature}
    path = f"/v1/deposits/{manifest.deposit_id}"
    response = client.call("PUT", path, body, headers)
    kind = response.json()["type"]
    assert (response.status_code, kind) in (
        (400, ProblemType.MALFORMED),
        (403, ProblemType.SIGNATURE),
    )


@pytest.mark.parametrize("path_id", ["x", "C0417A-000131-40", "' OR 1=1 --", "0" * 300])
def test_odd_ids_are_refused(client: Client, path_id: str) -> None:
    body = freeze(client.manifest(None), client.request_key).content
    headers = {MANIFEST_SIGNATURE_HEADER: "AAAA"}
    for path in (f"/v1/deposits/{path_id}", f"/v1/deposits/{path_id}/events/{uuid4()}"):
        if " " in path_id:
            assert client.send("PUT", path, body, headers).status_code == 400
        else:
            response = client.call("PUT", path, body, headers)
            assert _is_problem(response, 400, ProblemType.MALFORMED)


def test_path_that_names_another_deposit_is_refused(client: Client) -> None:
    frozen = freeze(client.manifest(None), client.request_key)
    response = client.put_frozen(f"/v1/deposits/{uuid4()}", frozen)
    assert _is_problem(response, 400, ProblemType.MALFORMED)


def test_unknown_fields_of_a_newer_device_are_ignored_in_calls(client: Client) -> None:
    body = json.dumps({"qr_text": "HTTPS://X.Y/", "surprise": 1}).encode()
    assert client.call("POST", "/v1/status", body).status_code == 422


def test_unknown_paths_and_methods_are_problems(client: Client) -> None:
    assert _is_problem(client.call("GET", "/v1/nothing"), 404, ProblemType.UNKNOWN)
    assert _is_problem(client.call("DELETE", "/v1/updates"), 405, "about:blank")


def _line(client: Client) -> ssl.SSLSocket:
    address = urlsplit(client.url)
    context = ssl.create_default_context(cafile=str(client.ca_file))
    raw = socket.create_connection((address.hostname or "", address.port or 0), timeout=20)
    return context.wrap_socket(raw, server_hostname=address.hostname)


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"\x00" * 100,
        b"GET /v1/updates HTTP/1.1\r\n\r\n",
        b"GET /v1/updates HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        b"POST /v1/status HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
        b"POST /v1/status HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        b"GET http://other.invalid/v1/updates HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET * HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET /\xc3\xa9 HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"y" * 100_000 + b"\r\n\r\n",
    ],
)
def test_odd_requests_never_make_an_error_of_the_central(
    client: Client, request_bytes: bytes
) -> None:
    with _line(client) as line:
        line.sendall(request_bytes)
        answer = line.recv(100)
    assert answer.startswith(b"HTTP/1.1 4")
    assert client.call("GET", "/v1/updates").status_code == 200


def test_body_that_stalls_is_given_up(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    # A phone line that died without a word: nobody tells the server.
    monkeypatch.setattr(bodies, "STALL_S", 0.3)
    begun = time.monotonic()
    with _line(client) as line:
        line.sendall(b"POST /v1/status HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc")
        assert line.recv(100).startswith(b"HTTP/1.1 408")
    assert time.monotonic() - begun < 10


def test_upload_that_stalls_is_given_up_and_kept(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bodies, "STALL_S", 0.3)
    document = os.urandom(100_000)
    place = client.put(client.manifest(document)).json()["upload"]["path"]
    head = f"PATCH {place} HTTP/1.1\r\nHost: a\r\nContent-Length: {len(document)}\r\n"
    fields = "".join(f"{name}: {value}\r\n" for name, value in tus_headers(0).items())
    with _line(client) as line:
        line.sendall(f"{head}{fields}\r\n".encode() + document[:60_000])
        assert line.recv(100).startswith(b"HTTP/1.1 408")
    assert client.head(place).headers["Upload-Offset"] == "60000"
    assert client.patch(place, 60_000, document[60_000:]).status_code == 204


def test_quiet_line_is_looked_at_more_and_more_seldom(monkeypatch: pytest.MonkeyPatch) -> None:
    # A node has thousands of them in hand, and most of the time nothing comes.
    monkeypatch.setattr(bodies, "STALL_S", 0.3)

    async def receive() -> Message:
        await asyncio.Event().wait()
        raise AssertionError("nothing ever comes")

    looks: list[bytes] = []

    async def look() -> None:
        async for block in bodies.blocks(Request({"type": "http"}, receive), quiet_s=0.01):
            looks.append(block)

    with pytest.raises(ProblemError, match="stalled"):
        asyncio.run(look())
    assert looks == [b""] * 4  # after 0.01, 0.03, 0.07 and 0.15 s; at 0.3 s it is refused


def test_head_that_grows_without_end_is_refused(client: Client) -> None:
    with _line(client) as line:
        line.sendall(b"GET / HTTP/1.1\r\nHost: a\r\nX: ")
        with suppress(OSError):  # it hangs up while this is still sending
            for _ in range(MAX_HEAD_BYTES // 1000 + 10):
                line.sendall(b"y" * 1000)
        assert line.recv(100).startswith(b"HTTP/1.1 400")


def test_head_that_never_ends_is_given_up(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    # Many such lines, each fed a letter at times, would fill a node with nothing.
    monkeypatch.setattr(connections, "HEAD_S", 0.3)
    with _line(client) as line:
        line.sendall(b"GET / HTTP/1.1\r\nHo")
        time.sleep(0.1)
        line.sendall(b"st")
        assert line.recv(100) == b""


def test_trailer_adds_nothing_to_a_request(client: Client) -> None:
    body = b'{"qr_text": "HTTPS://X.Y/"}'
    for is_trailer in (False, True):
        signed = client.signed_headers("POST", "/v1/status", body)
        fields = "".join(f"{name}: {value}\r\n" for name, value in signed.items()).encode()
        head, trailer = (b"", fields) if is_trailer else (fields, b"")
        with _line(client) as line:
            line.sendall(
                b"POST /v1/status HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n"
                + head
                + b"\r\n%x\r\n%s\r\n0\r\n%s\r\n" % (len(body), body, trailer)
            )
            answer = line.recv(100)
        assert answer.startswith(b"HTTP/1.1 401" if is_trailer else b"HTTP/1.1 422")


def test_openapi_names_every_call_and_model(client: Client) -> None:
    document = client.http.get(client.url + "/openapi.json", timeout=20).json()
    assert document["openapi"].startswith("3.")
    schemas = document["components"]["schemas"]
    references = set()

    def walk(node: object) -> None:
        if isinstance(node, dict):
            if "$ref" in node:
                references.add(node["$ref"].removeprefix("#/components/schemas/"))
            for value in node.values():
                walk(value)
        elif isinstance(node, list):
            for value in node:
                walk(value)

    walk(document)
    assert references <= set(schemas)
    assert {"DepositManifest", "EventManifest", "PutAnswer", "Problem"} <= references
    put = document["paths"]["/v1/deposits/{deposit_id}"]["put"]
    assert "application/wasl-manifest+json" in put["requestBody"]["content"]
    assert PROBLEM_TYPE in put["responses"]["4XX"]["content"]
    assert "422" not in put["responses"]
