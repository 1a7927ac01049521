"""What the central signs for devices: trust list, configuration, updates, counts, the time."""

from datetime import datetime

from sqlalchemy import Connection, select

from central import proofs, restored, scan_profiles, tidings
from central.database import TRUST_COUNTER
from central.keys import ServingKeys
from central.restored import Claim
from central.schema import counters, devices, epochs, former_keys, points
from kiosk.wire.cose import ContentType
from kiosk.wire.encoding import b64
from kiosk.wire.heartbeats import HeartbeatWord, TimeWord
from kiosk.wire.messages import Updates, UpdatesAnswer
from kiosk.wire.trust import Configuration, DeviceKey, TrustList, sign_statement


def trust_version(connection: Connection) -> int:
    """Return the version of the trust list as it would be made now."""
    condition = counters.c.name == TRUST_COUNTER
    return connection.scalar(select(counters.c.value).where(condition)) or 1


def trust_list(connection: Connection, keys: ServingKeys, now: datetime) -> str:
    """Return the signed trust list: a device's code comes before its reserve code."""
    rows = connection.execute(
        select(epochs.c.code, devices.c.receipt_key, devices.c.revoked_at)
        .join(devices, devices.c.id == epochs.c.device_id)
        .order_by(epochs.c.is_reserve, epochs.c.code)
    ).all()
    # Receipts that a device signed with a key it had before are as good as ever.
    former = connection.execute(
        select(devices.c.code, former_keys.c.key.label("receipt_key"), devices.c.revoked_at)
        .join(devices, devices.c.id == former_keys.c.device_id)
        .where(former_keys.c.kind == "receipt")
        .order_by(former_keys.c.replaced_at, former_keys.c.key_id)
    ).all()
    statement = TrustList(
        version=trust_version(connection),
        issued_at=now,
        acknowledgement_keys=tuple(
            b64(key.raw) for key in (keys.acknowledgement.public, *keys.former)
        ),
        devices=tuple(
            DeviceKey(
                device=row.code,
                receipt_key=b64(row.receipt_key),
                revoked=row.revoked_at is not None,
            )
            for row in (*rows, *former)
        ),
    )
    return sign_statement(statement, keys.trust, ContentType.TRUST_LIST)


def configuration(connection: Connection, keys: ServingKeys, point: str) -> str:
    """Return a point's signed configuration."""
    row = connection.execute(select(points).where(points.c.code == point)).one()
    # After the version: what is set in between comes under a number that is told once more.
    chosen = scan_profiles.of_point(connection, point)
    statement = Configuration(
        version=row.configuration_version,
        point=point,
        point_name=row.name,
        profiles=chosen.profiles,
        profiles_locked=chosen.is_locked,
    )
    return sign_statement(statement, keys.trust, ContentType.CONFIGURATION)


def updates(
    connection: Connection,
    keys: ServingKeys,
    claim: Claim,
    *,
    trust: int,
    config: int,
    now: datetime,
) -> UpdatesAnswer:
    """Return what is new for a device: statuses after its cursor, statements newer than it has.

    Raises:
        UnprovenError: Its cursor lies ahead, and nothing proves it.
    """
    device, cursor = claim.device, claim.cursor
    restored.notice(connection, claim, keys.trust, now)
    told = tidings.since(connection, device.point, cursor)
    condition = points.c.code == device.point
    current = connection.scalar(select(points.c.configuration_version).where(condition)) or 1
    is_old = trust_version(connection) > trust
    statement = Updates(
        device=device.code,
        previous=cursor,
        cursor=told.cursor,
        time=now,
        statuses=told.statuses,
        recalls=told.recalls,
        recalled_since=told.recalled_since,
        messages=told.messages,
        trust_list=trust_list(connection, keys, now) if is_old else None,
        configuration=(configuration(connection, keys, device.point) if current > config else None),
        root_version=keys.words[-1].statement.version,
        cursor_proof=proofs.of_cursor(keys.trust, device.code, told.cursor),
        more=told.has_more,
    )
    return UpdatesAnswer(updates=sign_statement(statement, keys.trust, ContentType.UPDATES))


def heartbeat(keys: ServingKeys, word: HeartbeatWord) -> str:
    """Return the signed word on a heartbeat."""
    return sign_statement(word, keys.trust, ContentType.HEARTBEAT)


def signed_time(keys: ServingKeys, nonce: str, now: datetime) -> str:
    """Return the signed time for whoever asked with *nonce*."""
    return sign_statement(TimeWord(nonce=nonce, time=now), keys.trust, ContentType.TIME)
