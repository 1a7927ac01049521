"""Who is calling: the signature, the nonce and the sequence of a device's request."""

from dataclasses import dataclass

from sqlalchemy import Connection, delete, select, update

from central import registry
from central.database import insert_once
from central.errors import ProblemError
from central.registry import Device
from central.schema import devices, nonces
from kiosk.wire.http_signatures import VerifiedRequest
from kiosk.wire.messages import ProblemType

WINDOW = 1000
"""How far a request may lie behind the newest: parallel calls arrive in any order."""
_MAX_NONCE = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedCall:
    """A request whose signature holds, and its body."""

    who: VerifiedRequest
    body: bytes


def admit(connection: Connection, who: VerifiedRequest) -> Device:
    """Return the calling device once, in this transaction, its request is known to be new.

    Raises:
        ProblemError: Revoked, or a nonce or sequence seen before.
    """
    # Locked where the database can, so that parallel calls of one device see each other.
    connection.execute(
        select(devices.c.id).where(devices.c.request_key_id == who.key_id).with_for_update()
    )
    device = registry.by_request_key(connection, who.key_id)
    if device is None:
        raise ProblemError(401, ProblemType.SIGNATURE, "the request's signature is refused")
    if device.is_revoked:
        raise ProblemError(403, ProblemType.REVOKED, "this device has been revoked")
    floor = device.highest_sequence - WINDOW
    row = {"device_id": device.id, "nonce": who.nonce, "sequence": who.sequence}
    is_new = len(who.nonce) <= _MAX_NONCE and who.sequence > floor
    if not is_new or not insert_once(connection, nonces, row):
        raise ProblemError(
            409,
            ProblemType.STALE_SEQUENCE,
            "this request was seen before, or is too old",
            sequence=device.highest_sequence,
        )
    if who.sequence > device.highest_sequence:
        connection.execute(
            update(devices).where(devices.c.id == device.id).values(highest_sequence=who.sequence)
        )
        connection.execute(
            delete(nonces).where(
                nonces.c.device_id == device.id, nonces.c.sequence <= who.sequence - WINDOW
            )
        )
    return device
