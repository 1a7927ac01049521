"""What the central signs for devices: configuration, updates, counts, the time."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from central import proofs, restored, scan_profiles, tidings
from central.keys import ServingKeys
from central.restored import Claim
from central.schema import points
from central.trust_lists import TrustLists
from kiosk.wire.cose import ContentType
from kiosk.wire.heartbeats import HeartbeatWord, TimeWord
from kiosk.wire.messages import Updates, UpdatesAnswer
from kiosk.wire.trust import Configuration, sign_statement


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Which versions a device says that it has, and whether it fetches lists itself."""

    trust: int
    config: int
    in_parts: bool


def updates(
    connection: Connection,
    keys: ServingKeys,
    claim: Claim,
    *,
    lists: TrustLists,
    asked: Asked,
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
    listed = lists.newer(connection, keys, asked.trust)
    statement = Updates(
        device=device.code,
        previous=cursor,
        cursor=told.cursor,
        time=now,
        statuses=told.statuses,
        recalls=told.recalls,
        recalled_since=told.recalled_since,
        messages=told.messages,
        trust_list=listed.signed if listed and not asked.in_parts else None,
        configuration=(
            configuration(connection, keys, device.point) if current > asked.config else None
        ),
        root_version=keys.words[-1].statement.version,
        cursor_proof=proofs.of_cursor(keys.trust, device.code, told.cursor),
        trust_version=listed.version if listed and asked.in_parts else None,
        revoked=listed.revoked_since(asked.trust) if listed and asked.in_parts else (),
        more=told.has_more,
    )
    return UpdatesAnswer(updates=sign_statement(statement, keys.trust, ContentType.UPDATES))


def heartbeat(keys: ServingKeys, word: HeartbeatWord) -> str:
    """Return the signed word on a heartbeat."""
    return sign_statement(word, keys.trust, ContentType.HEARTBEAT)


def signed_time(keys: ServingKeys, nonce: str, now: datetime) -> str:
    """Return the signed time for whoever asked with *nonce*."""
    return sign_statement(TimeWord(nonce=nonce, time=now), keys.trust, ContentType.TIME)
