"""Who may call: every way a request can be other than what its device signed."""

import os
import secrets
import ssl
from collections.abc import Callable, Iterator
from http.client import HTTPSConnection
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
import requests

from central import items, registry
from central.admission import WINDOW
from kiosk.domain.vocabulary import EventKind
from kiosk.wire.encoding import b64
from kiosk.wire.manifests import freeze
from kiosk.wire.messages import MANIFEST_SIGNATURE_HEADER, ProblemType
from tests.central.client import NOW, TIMEOUT_S, Client, tus_headers
from tests.central.running import Central

MakeClient = Callable[[str | None], Client]
UPDATES = "/v1/updates?cursor=0"
ITEM = "01a2093b-1584-7295-898b-e0aa29a07075"  # the same in every process that collects


def _refused(response: requests.Response) -> bool:
    return (response.status_code, response.json()["type"]) == (401, ProblemType.SIGNATURE)


def _raw(client: Client, target: str, headers: dict[str, str]) -> int:
    """Send a target exactly as written, which ``requests`` would tidy; return the status."""
    context = ssl.create_default_context(cafile=str(client.ca_file))
    line = HTTPSConnection(urlsplit(client.url).netloc, context=context, timeout=TIMEOUT_S)
    line.request("GET", target, headers=headers)
    status = line.getresponse().status
    line.close()
    return status


def test_unknown_device_is_refused(central: Central) -> None:
    stranger = central.client()
    assert _refused(stranger.call("GET", UPDATES))
    stranger.close()


def test_changed_body_is_refused(client: Client) -> None:
    frozen = freeze(client.manifest(None), client.request_key)
    path = f"/v1/deposits/{uuid4()}"
    headers = client.signed_headers("PUT", path, frozen.content)
    headers[MANIFEST_SIGNATURE_HEADER] = b64(frozen.signature)
    changed = frozen.content.replace(b"Samira", b"Nadiaa")
    assert _refused(client.send("PUT", path, changed, headers))


def test_changed_body_with_its_own_digest_is_refused(client: Client) -> None:
    path = "/v1/status"
    headers = client.signed_headers("POST", path, b"{}")
    other = client.signed_headers("POST", path, b'{"a": 1}')
    headers["Content-Digest"] = other["Content-Digest"]
    assert _refused(client.send("POST", path, b'{"a": 1}', headers))


def test_changed_path_query_or_method_is_refused(client: Client) -> None:
    headers = client.signed_headers("GET", UPDATES, b"")
    for method, path in (
        ("GET", "/v1/updates?cursor=1"),
        ("GET", "/v1/updates"),
        ("GET", "/v1/updates?cursor=0&cursor=1"),
        ("POST", "/v1/status"),
        ("PUT", f"/v1/deposits/{ITEM}"),
    ):
        sent = headers | {MANIFEST_SIGNATURE_HEADER: "x"}
        assert _refused(client.send(method, path, b"", sent)), path
    assert client.send("GET", UPDATES, b"", headers).status_code == 200


@pytest.mark.parametrize(
    "target",
    [
        "/v1/%75pdates",
        "/v1//updates",
        "/v1/up%2564ates",
        "/v1/x/../updates",
        "/v1/updates/",
        f"/v1/deposits/{ITEM}/",
        "//v1",
    ],
)
def test_path_written_in_another_way_is_never_served(client: Client, target: str) -> None:
    signed_as_sent = client.signed_headers("GET", target, b"")
    assert _raw(client, target, signed_as_sent) == (404 if "/../" in target else 400)
    signed_as_meant = client.signed_headers("GET", "/v1/updates", b"")
    assert _raw(client, target, signed_as_meant) in (400, 401, 404)


@pytest.mark.parametrize(
    "spelled",
    [str.upper, lambda text: text.replace("-", ""), lambda text: f"urn:uuid:{text}"],
    ids=["capitals", "no dashes", "urn"],
)
def test_id_written_in_another_way_is_refused(
    client: Client, spelled: Callable[[str], str]
) -> None:
    # Signed so by the device itself: a deposit has one path, whoever asks for it.
    deposit = client.manifest(None)
    frozen = freeze(deposit, client.request_key)
    path = f"/v1/deposits/{spelled(str(deposit.deposit_id))}"
    assert client.put_frozen(path, frozen).status_code == 400
    assert client.put(deposit, frozen).ok
    event = client.event(EventKind.CANCELLATION, deposit)
    for place in (spelled(str(deposit.deposit_id)), deposit.receipt_number.lower()):
        assert client.put_event(event, place).status_code == 400
    frozen = freeze(event, client.request_key)
    path = f"/v1/deposits/{deposit.deposit_id}/events/{spelled(str(event.event_id))}"
    assert client.put_frozen(path, frozen).status_code == 400
    assert client.put_event(event, deposit.receipt_number).ok


def test_proxy_form_of_a_target_is_never_served_as_another(client: Client) -> None:
    for target in ("http://other.invalid/v1/updates", client.url + "/v1/updates"):
        headers = client.signed_headers("GET", "/v1/status", b"")
        assert _raw(client, target, headers) in (400, 401, 404)


@pytest.mark.parametrize(
    "header",
    [
        {"X-HTTP-Method-Override": "DELETE"},
        {"X-Original-URL": "/v1/status", "X-Rewrite-URL": "/v1/status"},
        {"X-Forwarded-Host": "evil.invalid", "X-Forwarded-Prefix": "/v2"},
    ],
)
def test_headers_that_claim_another_request_change_nothing(
    client: Client, header: dict[str, str]
) -> None:
    assert client.call("GET", UPDATES, b"", header).status_code == 200


@pytest.mark.parametrize(
    "name", ["Signature", "Signature-Input", "Content-Digest", "Wasl-Sequence"]
)
def test_each_header_of_the_signature_is_needed_as_it_was(client: Client, name: str) -> None:
    signed = client.signed_headers("GET", UPDATES, b"")
    without = {key: value for key, value in signed.items() if key != name}
    assert _refused(client.send("GET", UPDATES, b"", without))
    assert _refused(client.send("GET", UPDATES, b"", signed | {name: "1"}))
    assert _refused(client.send("GET", UPDATES, b"", signed | {name: ""}))


def test_signature_that_covers_too_little_is_refused(client: Client) -> None:
    signed = client.signed_headers("GET", UPDATES, b"")
    signed["Signature-Input"] = signed["Signature-Input"].replace('"@query" ', "")
    assert _refused(client.send("GET", UPDATES, b"", signed))


@pytest.mark.parametrize(
    "parameters",
    [
        'wasl=();tag="wasl-1"',
        'wasl=("@method");created=99999999999999;keyid="zz";tag="wasl-1"',
        'wasl=("@method");created=1;keyid=1;tag="wasl-1"',
        'wasl=("@method" "@method");created=1;keyid="00";tag="wasl-1"',
        "wasl=1",
        "\xff",
        "wasl=(" + '"a" ' * 2000 + ")",
    ],
)
def test_odd_signature_inputs_are_refused_and_break_nothing(
    client: Client, parameters: str
) -> None:
    headers = client.signed_headers("GET", UPDATES, b"")
    headers["Signature-Input"] = parameters
    assert _refused(client.send("GET", UPDATES, b"", headers))


def test_replayed_request_is_refused(client: Client) -> None:
    headers = client.signed_headers("GET", UPDATES, b"")
    assert client.send("GET", UPDATES, b"", headers).status_code == 200
    again = client.send("GET", UPDATES, b"", headers)
    assert (again.status_code, again.json()["type"]) == (409, ProblemType.STALE_SEQUENCE)


def test_request_too_far_behind_is_refused_and_told_where_to_go_on(client: Client) -> None:
    high = 50_000
    newest = client.signed_headers("GET", UPDATES, b"", sequence=high)
    assert client.send("GET", UPDATES, b"", newest).status_code == 200
    old = client.signed_headers("GET", UPDATES, b"", sequence=high - WINDOW)
    refused = client.send("GET", UPDATES, b"", old)
    assert (refused.status_code, refused.json()["type"]) == (409, ProblemType.STALE_SEQUENCE)
    assert refused.json()["sequence"] == high
    late = client.signed_headers("GET", UPDATES, b"", sequence=high - WINDOW + 1)
    assert client.send("GET", UPDATES, b"", late).status_code == 200


def test_revoked_device_is_shut_out_within_one_exchange(
    central: Central, enrolled: MakeClient
) -> None:
    stolen, carrier = enrolled(None), enrolled(None)
    manifest = stolen.manifest(os.urandom(10))
    assert stolen.put(manifest).status_code == 200
    with central.services.database.writing() as connection:
        registry.revoke(connection, stolen.code, NOW)
    calls = [
        stolen.call("GET", UPDATES),
        stolen.put(manifest),
        stolen.call("POST", "/v1/status", b'{"qr_text": "x"}'),
        carrier.put(manifest, freeze(manifest, stolen.request_key)),
    ]
    for response in calls:
        assert (response.status_code, response.json()["type"]) == (403, ProblemType.REVOKED)


def test_device_revoked_in_the_middle_of_its_upload_gets_no_acknowledgement(
    central: Central, client: Client
) -> None:
    document = os.urandom(300_000)
    manifest = client.manifest(document)
    place = client.put(manifest).json()["upload"]["path"]

    class Body:
        def __len__(self) -> int:
            return len(document)

        def __iter__(self) -> Iterator[bytes]:
            yield document[:200_000]
            with central.services.database.writing() as connection:
                registry.revoke(connection, client.code, NOW)
            yield document[200_000:]

    response = client.http.patch(
        client.url + place, data=Body(), headers=tus_headers(0), timeout=TIMEOUT_S
    )
    assert (response.status_code, response.json()["type"]) == (403, ProblemType.REVOKED)
    assert client.head(place).status_code == 403
    with central.services.database.reading() as connection:
        assert items.by_id(connection, manifest.deposit_id).acknowledgement is None


def test_deposit_and_event_of_another_device_need_its_own_signature(
    client: Client, enrolled: MakeClient
) -> None:
    author, other = enrolled(None), enrolled(None)
    manifest = author.manifest(None)
    assert author.put(manifest).status_code == 200
    event = author.event(EventKind.CANCELLATION, manifest)
    # Signed by whoever brings it, or by a third: only the author's own signature counts.
    for signer in (client, other):
        frozen = freeze(event, signer.request_key)
        path = f"/v1/deposits/{manifest.deposit_id}/events/{event.event_id}"
        refused = client.put_frozen(path, frozen)
        assert (refused.status_code, refused.json()["type"]) == (403, ProblemType.SIGNATURE)
    own = client.event(EventKind.CANCELLATION, manifest)
    refused = client.put_event(own)
    assert (refused.status_code, refused.json()["type"]) == (403, ProblemType.NOT_YOURS)


def test_nonce_that_was_seen_is_refused_under_another_sequence(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(secrets, "token_bytes", lambda size: b"n" * size)
    assert client.call("GET", UPDATES).status_code == 200
    again = client.call("GET", UPDATES)
    assert (again.status_code, again.json()["type"]) == (409, ProblemType.STALE_SEQUENCE)


def test_signature_of_another_enrolled_device_is_not_enough(
    client: Client, enrolled: MakeClient
) -> None:
    other = enrolled(None)
    headers = client.signed_headers("GET", UPDATES, b"")
    mine, theirs = client.request_key.public.key_id.hex(), other.request_key.public.key_id.hex()
    headers["Signature-Input"] = headers["Signature-Input"].replace(mine, theirs)
    assert _refused(client.send("GET", UPDATES, b"", headers))


def test_nothing_reads_a_dossier_back(client: Client) -> None:
    manifest, _ = client.deposit(os.urandom(100))
    for path in (f"/v1/deposits/{manifest.deposit_id}", "/v1/deposits", "/v1/uploads"):
        assert client.call("GET", path).status_code in (404, 405)
