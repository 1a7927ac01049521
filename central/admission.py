"""Who is calling: the signature, the nonce and the sequence of a device's request."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import Connection, delete

from central import registry
from central.database import insert_once
from central.errors import ProblemError
from central.limits import over_quota
from central.registry import Device, HandedIn
from central.schema import nonces
from central.services import Services
from kiosk.wire.http_signatures import VerifiedRequest
from kiosk.wire.messages import ProblemType

WINDOW = 1000
"""How far a request may lie behind the newest: parallel calls arrive in any order."""
_MAX_NONCE = 64
_SWEEP = 64
"""Every how many requests the nonces that no longer matter are cleared away."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedCall:
    """A request whose signature holds, and its body."""

    who: VerifiedRequest
    body: bytes


@contextmanager
def admitted(
    services: Services, who: VerifiedRequest, *, items: int = 0, size_bytes: int = 0
) -> Iterator[tuple[Connection, Device]]:
    """Yield a transaction and the calling device, once its request is known to be new.

    The request counts as handing in *items*, whose documents have *size_bytes*, until
    :func:`charge` is told whether they were new.

    Raises:
        ProblemError: Revoked, or a nonce or sequence seen before.
    """
    use = HandedIn(day=services.now().toordinal(), items=items, size_bytes=size_bytes)
    with services.turnstile.passing(who.key_id), services.database.writing() as connection:
        yield connection, _admit(connection, who, use)


def charge(
    services: Services, connection: Connection, device: Device, *, is_new: bool, size_bytes: int
) -> None:
    """Let the item that :func:`admitted` counted count, if it is new: a repeated one does not.

    Raises:
        ProblemError: It is more than the device may hand in on a day (429).
    """
    limits = services.limits
    if not is_new:
        # Whose answers get lost asks again, and is to be answered whatever it has handed in.
        registry.give_back(connection, device, size_bytes)
    elif device.used_items > limits.items_a_day or device.used_bytes > limits.bytes_a_day:
        raise over_quota()


def remember(services: Services, who: VerifiedRequest) -> None:
    """Keep the nonce of a refused call, whose own transaction kept nothing; it may be there.

    No row of the device is locked: who sends much that is refused waits for nobody's place.
    """
    with services.database.writing() as connection:
        device = registry.by_request_key(connection, who.key_id)
        # A device that is shut out stays so, and may not fill the table.
        if device is not None and not device.is_revoked and len(who.nonce) <= _MAX_NONCE:
            insert_once(connection, nonces, _row(device, who))


def _row(device: Device, who: VerifiedRequest) -> dict[str, object]:
    return {"device_id": device.id, "nonce": who.nonce, "sequence": who.sequence}


def _admit(connection: Connection, who: VerifiedRequest, use: HandedIn) -> Device:
    device = registry.calling(connection, who.key_id, who.sequence, use)
    if device is None:
        raise ProblemError(401, ProblemType.SIGNATURE, "the request's signature is refused")
    if device.is_revoked:
        raise ProblemError(403, ProblemType.REVOKED, "this device has been revoked")
    floor = device.highest_sequence - WINDOW
    is_new = len(who.nonce) <= _MAX_NONCE and who.sequence > floor
    if not is_new or not insert_once(connection, nonces, _row(device, who)):
        raise ProblemError(
            409,
            ProblemType.STALE_SEQUENCE,
            "this request was seen before, or is too old",
            sequence=device.highest_sequence,
        )
    if who.sequence % _SWEEP == 0:
        # Those below the floor are refused by their sequence, so when they go is of no account.
        connection.execute(
            delete(nonces).where(nonces.c.device_id == device.id, nonces.c.sequence <= floor)
        )
    return device
