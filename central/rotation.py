"""A device's new keys in place of its old ones; what the old ones signed stays good."""

from datetime import datetime

from sqlalchemy import Connection, select, update

from central import registry
from central.database import insert_once
from central.errors import ProblemError
from central.registry import Device
from central.schema import devices, former_keys
from kiosk.wire.cose import ContentType
from kiosk.wire.errors import BadSignatureError, MalformedMessageError, UnknownKeyError
from kiosk.wire.keys import PublicKey
from kiosk.wire.messages import KeyChange, NewKeys, ProblemType
from kiosk.wire.trust import only, open_statement

MAX_FORMER = 50
"""Changes of one device, ever: each key that was in use stays listed."""


def rotate(connection: Connection, device: Device, change: KeyChange, now: datetime) -> None:
    """Give *device* the new keys; the same ones again change nothing.

    Raises:
        ProblemError: The new request key did not sign them, one is known already, or there were
            too many changes.
    """
    request_key = registry.public_key(change.request_key)
    receipt_key = registry.public_key(change.receipt_key)
    told = NewKeys(
        device=device.code, request_key=change.request_key, receipt_key=change.receipt_key
    )
    if request_key == receipt_key or _proven(change.proof, request_key) != told:
        detail = "the new keys are not signed by the new request key"
        raise ProblemError(403, ProblemType.SIGNATURE, detail)
    if (device.request_key, device.receipt_key) == (request_key, receipt_key):
        return
    if any(_is_known(connection, key) for key in (request_key, receipt_key)):
        raise ProblemError(409, ProblemType.CONFLICT, "one of these keys is known already")
    if len(of_device(connection, device.id)) >= 2 * MAX_FORMER:
        raise ProblemError(409, ProblemType.CONFLICT, "too many changes of this device's keys")
    for kind, key in (("request", device.request_key), ("receipt", device.receipt_key)):
        row = {"key_id": key.key_id, "device_id": device.id, "kind": kind, "key": key.raw}
        insert_once(connection, former_keys, row | {"replaced_at": now})
    connection.execute(
        update(devices)
        .where(devices.c.id == device.id)
        .values(
            request_key=request_key.raw,
            request_key_id=request_key.key_id,
            receipt_key=receipt_key.raw,
            receipt_key_id=receipt_key.key_id,
        )
    )
    registry.bump_trust(connection, now, device.id)


def of_device(connection: Connection, device_id: int) -> list[bytes]:
    """Return the ids of the keys a device had before."""
    condition = former_keys.c.device_id == device_id
    return list(connection.scalars(select(former_keys.c.key_id).where(condition)))


def signer(connection: Connection, key_id: bytes, kind: str) -> tuple[Device, PublicKey] | None:
    """Return whose key that is, now or before, and the key; None: nobody's.

    *kind* is "request" (manifests) or "receipt". For what was signed once and lasts: a request of
    today is believed by the key of today alone.
    """
    find = registry.by_request_key if kind == "request" else registry.by_receipt_key
    device = find(connection, key_id)
    if device is not None:
        return device, device.request_key if kind == "request" else device.receipt_key
    row = connection.execute(
        select(former_keys.c.device_id, former_keys.c.key).where(
            former_keys.c.key_id == key_id, former_keys.c.kind == kind
        )
    ).one_or_none()
    if row is None:
        return None
    return registry.by_id(connection, row.device_id), PublicKey(row.key)


def _proven(proof: str, key: PublicKey) -> NewKeys | None:
    try:
        return open_statement(NewKeys, proof, only(key), ContentType.NEW_KEYS)
    except (BadSignatureError, UnknownKeyError, MalformedMessageError):
        return None


def _is_known(connection: Connection, key: PublicKey) -> bool:
    return any(signer(connection, key.key_id, kind) for kind in ("request", "receipt"))
