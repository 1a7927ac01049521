"""New keys of a device: signed by the old one, proven by the new one, and the old one out."""

from collections.abc import Callable
from typing import Any

from kiosk.domain.ids import uuid7
from kiosk.domain.moments import ClockTrust
from kiosk.domain.receipt_number import ReceiptNumber
from kiosk.wire.cose import ContentType
from kiosk.wire.encoding import b64
from kiosk.wire.keys import PrivateKey
from kiosk.wire.manifests import freeze
from kiosk.wire.messages import KeyChange, NewKeys, ProblemType
from kiosk.wire.receipt_token import ReceiptClaims, write_qr_text
from kiosk.wire.trust import sign_statement
from tests.central import reading
from tests.central.client import NOW, Client
from tests.central.running import Central

MakeClient = Callable[[str | None], Client]


def change(
    client: Client, request: PrivateKey, receipt: PrivateKey, *, signer: PrivateKey | None = None
) -> KeyChange:
    told = NewKeys(
        device=client.code,
        request_key=b64(request.public.raw),
        receipt_key=b64(receipt.public.raw),
    )
    proof = sign_statement(told, signer or request, ContentType.NEW_KEYS)
    return KeyChange(request_key=told.request_key, receipt_key=told.receipt_key, proof=proof)


def ask(client: Client, wanted: KeyChange) -> Any:
    return client.call("POST", "/v1/keys", wanted.model_dump_json().encode())


def receipt_of(client: Client, key: PrivateKey) -> bytes:
    claims = ReceiptClaims(
        receipt_number=ReceiptNumber(device=client.code, sequence=77),
        deposit_id=uuid7(NOW),
        created_at=NOW,
        clock_trust=ClockTrust.VERIFIED,
        manifest_sha256=bytes(32),
        page_count=1,
        piece_count=1,
    )
    text = write_qr_text(claims, key, "wasl.invalid")
    return f'{{"qr_text": "{text}"}}'.encode()


def test_old_key_is_out_and_what_it_signed_stays_good(central: Central, client: Client) -> None:
    request, receipt = PrivateKey.generate(), PrivateKey.generate()
    old_request, old_receipt = client.request_key, client.receipt_key
    frozen_before = client.manifest(None)
    answered = ask(client, change(client, request, receipt))
    assert (answered.status_code, answered.json()) == (200, {"device": client.code})
    assert client.call("GET", "/v1/updates").status_code == 401

    client.request_key = request
    assert client.put(frozen_before, freeze(frozen_before, old_request)).status_code == 200
    assert client.put(client.manifest(None)).status_code == 200
    for key in (old_receipt, receipt):
        asked = client.call("POST", "/v1/status", receipt_of(client, key))
        assert (asked.status_code, asked.json()["known"]) == (200, False)
    signed = reading.updates(client, central.services.keys.root, "?cursor=0").trust_list
    listed = reading.trust_list(client, central.services.keys.root, signed)
    for key in (old_receipt, receipt):
        found = listed.device_of(key.public.key_id)
        assert found is not None
        assert found.device == client.code
    # Asked again, as after an answer that was lost: nothing changes.
    assert ask(client, change(client, request, receipt)).status_code == 200


def test_keys_that_are_not_proven_or_known_already_are_refused(
    client: Client, enrolled: MakeClient
) -> None:
    other = enrolled(None)
    request, receipt = PrivateKey.generate(), PrivateKey.generate()
    stranger = PrivateKey.generate()
    not_proven = [
        change(client, request, receipt, signer=stranger),
        change(client, request, receipt, signer=client.request_key),
        change(client, request, request),
        change(other, request, receipt),
    ]
    for wanted in not_proven:
        refused = ask(client, wanted)
        assert (refused.status_code, refused.json()["type"]) == (403, ProblemType.SIGNATURE)
    known = change(client, request, other.receipt_key)
    assert ask(client, known).json()["type"] == ProblemType.CONFLICT
    unsigned = client.send("POST", "/v1/keys", not_proven[0].model_dump_json().encode())
    assert unsigned.status_code == 401
    assert client.call("GET", "/v1/updates").status_code == 200


def test_former_key_of_one_device_signs_nothing_of_another(
    client: Client, enrolled: MakeClient
) -> None:
    other = enrolled(None)
    before = other.request_key
    new = PrivateKey.generate()
    assert ask(other, change(other, new, PrivateKey.generate())).status_code == 200
    manifest = client.manifest(None)
    refused = client.put(manifest, freeze(manifest, before))
    assert (refused.status_code, refused.json()["type"]) == (403, ProblemType.SIGNATURE)
