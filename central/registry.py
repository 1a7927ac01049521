"""Points, one-time codes, devices and the letters they number under."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    BindParameter,
    Case,
    Column,
    Connection,
    Exists,
    Row,
    bindparam,
    case,
    exists,
    select,
    update,
)

from central.database import TRUST_COUNTER, TRUST_TIME, insert_once
from central.errors import ProblemError
from central.schema import counters, devices, enrolment_codes, epochs, points
from kiosk.domain.errors import InvalidInputError
from kiosk.domain.receipt_number import EPOCH_LETTERS, is_point_code
from kiosk.wire.encoding import unb64
from kiosk.wire.errors import MalformedMessageError
from kiosk.wire.keys import PublicKey
from kiosk.wire.messages import ProblemType

CODE_LIFE = timedelta(days=7)
# Crockford's alphabet: nothing in it is mistaken for something else when read aloud or typed.
_CODE_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_CODE_GROUPS, _CODE_GROUP = 4, 4  # 16 letters of 5 bits: 80 bits
_READ_AS = str.maketrans("OIL", "011", "- ")  # as typed by people


def _used(column: Column[int], more: Any, anew: Any) -> Case[int]:
    """Count on within a day; an older request than the newest day's counts with that day."""
    return case((devices.c.used_day >= bindparam("day"), column + more), else_=anew)


_HIGHEST = devices.c.highest_sequence
# What every call asks is put together once: that costs as much as to send it.
_CALLING = (
    update(devices)
    .where(devices.c.request_key_id == bindparam("key_id"))
    .values(
        highest_sequence=case((bindparam("seen") > _HIGHEST, bindparam("seen")), else_=_HIGHEST),
        used_day=_used(devices.c.used_day, 0, bindparam("day")),
        used_items=_used(devices.c.used_items, bindparam("items"), bindparam("items")),
        used_bytes=_used(devices.c.used_bytes, bindparam("bytes"), bindparam("bytes")),
    )
    .returning(*devices.c)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """An enrolled device."""

    id: int
    code: str
    point: str
    request_key: PublicKey
    receipt_key: PublicKey
    is_revoked: bool
    highest_sequence: int
    used_items: int
    used_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HandedIn:
    """What a call adds to the use of its device on a UTC day, counted from year 1."""

    day: int
    items: int = 0
    size_bytes: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class NewDevice:
    """What a device tells of itself when it enrols."""

    request_key: PublicKey
    receipt_key: PublicKey
    program_version: str


def make_code(
    connection: Connection, *, point: str, name: str | None, now: datetime
) -> tuple[str, datetime]:
    """Return a new one-time code for *point* and when it expires. Only its hash is kept.

    Raises:
        InvalidInputError: The point is not one.
    """
    if not is_point_code(point):
        raise InvalidInputError("point", "not a point's code (network letter, 4 digits)")
    if name is not None and len(name) > 120:
        raise InvalidInputError("name", "longer than 120 characters")
    _have_point(connection, point, name)
    letters = "".join(secrets.choice(_CODE_ALPHABET) for _ in range(_CODE_GROUPS * _CODE_GROUP))
    code = "-".join(
        letters[start : start + _CODE_GROUP] for start in range(0, len(letters), _CODE_GROUP)
    )
    expires_at = now + CODE_LIFE
    connection.execute(
        enrolment_codes.insert().values(
            code_sha256=_code_hash(code), point=point, made_at=now, expires_at=expires_at
        )
    )
    return code, expires_at


def enrol(connection: Connection, code: str, new: NewDevice, now: datetime) -> tuple[Device, str]:
    """Trade *code* for a device code; return the device and its reserve letter.

    The same keys may repeat the same code: an answer can get lost.

    Raises:
        ProblemError: The code is unknown, used or expired; a key is known already; the point
            has no letter left.
    """
    table = enrolment_codes
    found = connection.execute(
        select(table).where(table.c.code_sha256 == _code_hash(code)).with_for_update()
    ).one_or_none()
    if found is None:
        raise ProblemError(403, ProblemType.BAD_CODE, "this enrolment code is not known")
    if found.device_id is not None:
        return _enrolled_before(connection, found.device_id, new)
    if found.expires_at < now:
        raise ProblemError(403, ProblemType.BAD_CODE, "this enrolment code has expired")
    device_id, reserve = _add_device(connection, found.point, new, now)
    connection.execute(
        update(table).where(table.c.code_sha256 == found.code_sha256).values(device_id=device_id)
    )
    bump_trust(connection, now, device_id)
    device = by_id(connection, device_id)
    return device, reserve


def by_id(connection: Connection, device_id: int) -> Device:
    """Return an enrolled device."""
    return _device(connection.execute(select(devices).where(devices.c.id == device_id)).one())


def calling(
    connection: Connection, key_id: bytes, sequence: int, handed_in: HandedIn
) -> Device | None:
    """Return the device that signs requests with that key: sequence and use counted up.

    Its row is locked until the transaction ends, so parallel calls of one device see each other.
    """
    counted = {
        "key_id": key_id,
        "seen": sequence,
        "day": handed_in.day,
        "items": handed_in.items,
        "bytes": handed_in.size_bytes,
    }
    row = connection.execute(_CALLING, counted).one_or_none()
    return None if row is None else _device(row)


def give_back(connection: Connection, device: Device, size_bytes: int) -> None:
    """Count one item of *size_bytes* less, which this transaction has counted."""
    connection.execute(
        update(devices)
        .where(devices.c.id == device.id)
        .values(used_items=devices.c.used_items - 1, used_bytes=devices.c.used_bytes - size_bytes)
    )


def by_request_key(connection: Connection, key_id: bytes) -> Device | None:
    """Return the device that signs requests with that key."""
    return _maybe(connection, devices.c.request_key_id == key_id)


def by_receipt_key(connection: Connection, key_id: bytes) -> Device | None:
    """Return the device that signs receipts with that key."""
    return _maybe(connection, devices.c.receipt_key_id == key_id)


def by_code(connection: Connection, code: str) -> Device | None:
    """Return the device that numbers under *code*, its reserve letter included."""
    owner = select(epochs.c.device_id).where(epochs.c.code == code).scalar_subquery()
    return _maybe(connection, devices.c.id == owner)


def revoke(connection: Connection, device: str, now: datetime) -> datetime:
    """Shut the device of that code out and return since when; what it delivered stays.

    Raises:
        InvalidInputError: No such device.
    """
    changed = connection.scalar(
        update(devices)
        .where(devices.c.code == device, devices.c.revoked_at.is_(None))
        .values(revoked_at=now)
        .returning(devices.c.id)
    )
    if changed is not None:
        bump_trust(connection, now, changed)
    since: datetime | None = connection.scalar(
        select(devices.c.revoked_at).where(devices.c.code == device)
    )
    if since is None:
        raise InvalidInputError("device", "is not enrolled")
    return since


def _have_point(connection: Connection, point: str, name: str | None) -> None:
    row = {"code": point, "name": name or "", "configuration_version": 1, "cursor": 0}
    if insert_once(connection, points, row) or name is None:
        return
    connection.execute(
        update(points)
        .where(points.c.code == point, points.c.name != name)
        .values(name=name, configuration_version=points.c.configuration_version + 1)
    )


def _add_device(
    connection: Connection, point: str, new: NewDevice, now: datetime
) -> tuple[int, str]:
    # The point's row is locked, so that two devices never draw the same letter.
    connection.execute(select(points.c.code).where(points.c.code == point).with_for_update())
    taken = set(connection.scalars(select(epochs.c.code).where(epochs.c.point == point)))
    free = [letter for letter in EPOCH_LETTERS if point + letter not in taken][:2]
    if len(free) < 2:
        raise ProblemError(409, ProblemType.POINT_FULL, "this point has no device letters left")
    row = {
        "code": point + free[0],
        "point": point,
        "request_key": new.request_key.raw,
        "request_key_id": new.request_key.key_id,
        "receipt_key": new.receipt_key.raw,
        "receipt_key_id": new.receipt_key.key_id,
        "program_version": new.program_version,
        "enrolled_at": now,
        "highest_sequence": 0,
    }
    if not insert_once(connection, devices, row):
        raise ProblemError(409, ProblemType.CONFLICT, "one of these keys is enrolled already")
    device_id = connection.scalar(select(devices.c.id).where(devices.c.code == row["code"]))
    assert device_id is not None  # noqa: S101 it was inserted two lines above
    for letter, is_reserve in zip(free, (0, 1), strict=True):
        connection.execute(
            epochs.insert().values(
                code=point + letter, point=point, device_id=device_id, is_reserve=is_reserve
            )
        )
    return device_id, free[1]


def _enrolled_before(connection: Connection, device_id: int, new: NewDevice) -> tuple[Device, str]:
    device = by_id(connection, device_id)
    if device.request_key != new.request_key or device.receipt_key != new.receipt_key:
        raise ProblemError(403, ProblemType.BAD_CODE, "this enrolment code has been used")
    if device.is_revoked:
        raise ProblemError(403, ProblemType.REVOKED, "this device has been revoked")
    reserve = connection.scalar(
        select(epochs.c.code).where(epochs.c.device_id == device_id, epochs.c.is_reserve == 1)
    )
    assert reserve is not None  # noqa: S101 every device is given one with its code
    return device, reserve[-1]


def is_revoked(device_id: int | BindParameter[int]) -> Exists:
    """Return the condition that a device is shut out, for use in another statement."""
    return exists().where(devices.c.id == device_id, devices.c.revoked_at.is_not(None))


def public_key(text: str) -> PublicKey:
    """Return the key that a device tells of itself, as base64url.

    Raises:
        ProblemError: It is none.
    """
    try:
        return PublicKey(unb64(text))
    except (MalformedMessageError, ValueError) as error:
        raise ProblemError(400, ProblemType.MALFORMED, "not a public key") from error


def bump_trust(connection: Connection, now: datetime, device_id: int | None = None) -> None:
    """Let every device fetch the trust list again: what of that device stands in it has changed.

    None: not of any device, but beside them. Who changes it waits for who did before, so that a
    version is seen only with all that came up to it.
    """
    by_name = update(counters).where(counters.c.name == bindparam("which"))
    version = connection.scalar(
        by_name.values(value=counters.c.value + 1).returning(counters.c.value),
        {"which": TRUST_COUNTER},
    )
    now_ms = int(now.timestamp() * 1000)
    connection.execute(by_name.values(value=now_ms), {"which": TRUST_TIME})
    if device_id is not None:
        connection.execute(
            update(devices).where(devices.c.id == device_id).values(trust_version=version)
        )


def _maybe(connection: Connection, condition: Any) -> Device | None:
    row = connection.execute(select(devices).where(condition)).one_or_none()
    return None if row is None else _device(row)


def _device(row: Row[Any]) -> Device:
    return Device(
        id=row.id,
        code=row.code,
        point=row.point,
        request_key=PublicKey(row.request_key),
        receipt_key=PublicKey(row.receipt_key),
        is_revoked=row.revoked_at is not None,
        highest_sequence=row.highest_sequence,
        used_items=row.used_items,
        used_bytes=row.used_bytes,
    )


def _code_hash(code: str) -> bytes:
    # 80 random bits need no slow hash.
    return hashlib.sha256(code.upper().translate(_READ_AS).encode("utf-8")).digest()
