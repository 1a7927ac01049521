"""What a device is told: statuses of its point, trust, configuration, and one receipt's stage."""

import os
from collections.abc import Callable
from uuid import uuid4

from central import registry, statuses, tidings
from kiosk.domain.moments import ClockTrust
from kiosk.domain.receipt_number import parse
from kiosk.domain.vocabulary import Stage
from kiosk.wire.keys import PrivateKey
from kiosk.wire.manifests import DepositManifest
from kiosk.wire.messages import ProblemType
from kiosk.wire.receipt_token import ReceiptClaims, write_qr_text
from tests.central import reading
from tests.central.client import NOW, Client
from tests.central.running import Central

MakeClient = Callable[[str | None], Client]
DOCUMENT = os.urandom(3_000)


def _qr(manifest: DepositManifest, key: PrivateKey) -> str:
    claims = ReceiptClaims(
        receipt_number=parse(manifest.receipt_number),
        deposit_id=manifest.deposit_id,
        created_at=NOW,
        clock_trust=ClockTrust.VERIFIED,
        manifest_sha256=b"m" * 32,
        page_count=1,
        piece_count=1,
    )
    return write_qr_text(claims, key, "wasl.invalid")


def test_point_is_told_of_its_deposits_once_each(central: Central, client: Client) -> None:
    root = central.services.keys.root
    numbers = [client.deposit(os.urandom(100))[0].receipt_number for _ in range(3)]
    told = reading.updates(client, root, "?cursor=0")
    assert [status.receipt_number for status in told.statuses] == numbers
    assert {status.status for status in told.statuses} == {Stage.COPY_RECEIVED}
    assert (told.device, told.previous, told.cursor) == (client.code, 0, 3)
    later = reading.updates(client, root, f"?cursor={told.cursor}")
    assert (later.statuses, later.previous, later.cursor) == ((), 3, 3)


def test_points_hear_nothing_of_each_other(
    central: Central, client: Client, enrolled: MakeClient
) -> None:
    enrolled(None).deposit(DOCUMENT)
    assert reading.updates(client, central.services.keys.root, "?cursor=0").statuses == ()


def test_many_statuses_come_in_pages(central: Central, client: Client) -> None:
    count = tidings.PAGE + 5
    with central.services.database.writing() as connection:
        for _ in range(count):
            statuses.record(
                connection,
                point=client.code[:-1],
                receipt_number="C0417A-000131-39",
                stage=Stage.IN_REVIEW,
                now=NOW,
            )
    root = central.services.keys.root
    first = reading.updates(client, root, "?cursor=0")
    second = reading.updates(client, root, f"?cursor={first.cursor}")
    assert (len(first.statuses), first.more) == (tidings.PAGE, True)
    assert (len(second.statuses), second.more, second.cursor) == (5, False, count)


def test_trust_list_comes_only_when_newer(
    central: Central, client: Client, enrolled: MakeClient
) -> None:
    root = central.services.keys.root
    version = reading.trust_list(client, root).version
    quiet = reading.updates(client, root, f"?cursor=0&trust={version}&config=1")
    assert (quiet.trust_list, quiet.configuration) == (None, None)
    other = enrolled(None)
    told = reading.updates(client, root, f"?cursor=0&trust={version}&config=1")
    newer = reading.trust_list(client, root, told.trust_list)
    assert newer.version > version
    assert newer.device_of(other.receipt_key.public.key_id) is not None


def test_revocation_shows_in_the_trust_list(
    central: Central, client: Client, enrolled: MakeClient
) -> None:
    stolen = enrolled(None)
    with central.services.database.writing() as connection:
        registry.revoke(connection, stolen.code, NOW)
    root = central.services.keys.root
    told = reading.updates(client, root, "?cursor=0")
    entry = reading.trust_list(client, root, told.trust_list).device_of(
        stolen.receipt_key.public.key_id
    )
    assert entry is not None
    assert entry.revoked


def test_renamed_point_gets_a_new_configuration(central: Central, client: Client) -> None:
    root = central.services.keys.root
    central.code(client.code[:-1], "Nouveau nom")
    told = reading.updates(client, root, "?cursor=0&config=1")
    configuration = reading.configuration(client, root, told.configuration)
    assert (configuration.version, configuration.point_name) == (2, "Nouveau nom")


def test_cursor_that_is_none_is_refused(client: Client) -> None:
    for query in ("?cursor=-1", "?cursor=x", "?cursor=99999999999999999999"):
        assert client.call("GET", f"/v1/updates{query}").status_code == 400


def _ask(client: Client, qr_text: str) -> dict[str, object]:
    response = client.call("POST", "/v1/status", b'{"qr_text": "' + qr_text.encode() + b'"}')
    answer: dict[str, object] = response.json()
    return answer


def test_any_kiosk_may_ask_the_stage_of_a_receipt(client: Client, enrolled: MakeClient) -> None:
    manifest, _ = client.deposit(DOCUMENT)
    answer = _ask(enrolled(None), _qr(manifest, client.receipt_key))
    status = answer["status"]
    assert isinstance(status, dict)
    assert (answer["known"], status["status"]) == (True, "copy_received")
    assert manifest.insured.immatriculation not in str(answer)


def test_receipt_the_central_has_not_got_yet_is_unknown(client: Client) -> None:
    manifest = client.manifest(DOCUMENT)
    answer = _ask(client, _qr(manifest, client.receipt_key))
    assert (answer["known"], answer["status"], answer["revoked_device"]) == (False, None, False)


def test_number_reused_for_another_deposit_is_unknown(client: Client) -> None:
    manifest, _ = client.deposit(DOCUMENT)
    other = manifest.model_copy(update={"deposit_id": uuid4()})
    assert _ask(client, _qr(other, client.receipt_key))["known"] is False


def test_receipt_of_a_revoked_device_says_so(
    central: Central, client: Client, enrolled: MakeClient
) -> None:
    stolen = enrolled(None)
    manifest, _ = stolen.deposit(DOCUMENT)
    with central.services.database.writing() as connection:
        registry.revoke(connection, stolen.code, NOW)
    answer = _ask(client, _qr(manifest, stolen.receipt_key))
    assert (answer["known"], answer["revoked_device"]) == (True, True)


def test_forged_receipts_are_refused(client: Client, enrolled: MakeClient) -> None:
    manifest, _ = client.deposit(DOCUMENT)
    right = _qr(manifest, client.receipt_key)
    changed = right[:-20] + ("A" if right[-20] != "A" else "B") + right[-19:]
    forged = [
        changed,
        _qr(manifest, PrivateKey.generate()),
        _qr(manifest, enrolled(None).receipt_key),
        "HTTPS://EXAMPLE.ORG/",
    ]
    for text in forged:
        assert _ask(client, text)["type"] == ProblemType.MALFORMED
