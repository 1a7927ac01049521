"""Every point's devices as their last heartbeat showed them, the silent ones above all."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, func, select

from central.schema import cursor_claims, devices, heartbeats, journal_faults, points
from kiosk.domain.moments import rfc3339
from kiosk.domain.vocabulary import DepositState
from kiosk.wire.heartbeats import Heartbeat

_TO_SEND = (DepositState.TO_SCAN, DepositState.QUEUED, DepositState.SENDING)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceState:
    """One device.

    Attributes:
        report: Its last heartbeat; None before the first.
        silent_for: Since the last heartbeat, or since enrolment when there was none.
        journal_faults: How often each kind of contradiction was found, ever.
        is_ahead: It claims, without proof, to have been told more than is known here.
    """

    code: str
    is_revoked: bool
    heartbeat_at: datetime | None
    silent_for: timedelta
    report: Heartbeat | None
    journal_faults: dict[str, int]
    is_ahead: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PointState:
    """One point and its devices, by code."""

    code: str
    name: str
    devices: tuple[DeviceState, ...]


def of_points(
    connection: Connection, now: datetime, network: str | None = None
) -> tuple[PointState, ...]:
    """Return every point, or every one of a network, in order of code."""
    faults: dict[int, Counter[str]] = {}
    table = journal_faults
    counted = select(table.c.device_id, table.c.kind, func.count().label("times"))
    for row in connection.execute(counted.group_by(table.c.device_id, table.c.kind)):
        faults.setdefault(row.device_id, Counter())[row.kind] = row.times
    found: dict[str, list[DeviceState]] = {}
    # A claim that the point's cursor has passed, after a recall say, is none any more.
    is_ahead = (cursor_claims.c.cursor > points.c.cursor).label("is_ahead")
    asked = select(devices, heartbeats.c.received_at, heartbeats.c.report_json, is_ahead)
    for row in connection.execute(
        asked.join(points, points.c.code == devices.c.point)
        .outerjoin(heartbeats, heartbeats.c.device_id == devices.c.id)
        .outerjoin(cursor_claims, cursor_claims.c.device_id == devices.c.id)
        .order_by(devices.c.code)
    ):
        state = _state(row, dict(faults.get(row.id, Counter())), now)
        found.setdefault(row.point, []).append(state)
    rows = connection.execute(select(points.c.code, points.c.name).order_by(points.c.code))
    return tuple(
        PointState(code=row.code, name=row.name, devices=tuple(found.get(row.code, ())))
        for row in rows
        if network is None or row.code.startswith(network)
    )


def is_silent(device: DeviceState, limit: timedelta) -> bool:
    """Tell whether nothing was heard of a device for longer than *limit*."""
    # Nobody waits for a device that was shut out.
    return not device.is_revoked and device.silent_for > limit


def as_json(points: Sequence[PointState], limit: timedelta) -> dict[str, Any]:
    """Return what ``central points`` and the back office's interface tell of *points*."""
    devices = [device for point in points for device in point.devices]
    return {
        "points": [
            {
                "point": point.code,
                "name": point.name,
                "devices": [_entry(device, limit) for device in point.devices],
            }
            for point in points
        ],
        "silent": sum(is_silent(device, limit) for device in devices),
        "journal_faults": sum(sum(device.journal_faults.values()) for device in devices),
        "cursors_unproven": sum(device.is_ahead for device in devices),
    }


def to_send(report: Heartbeat) -> int:
    """Return how many deposits wait on a device for its line, or for their scan."""
    return sum(report.counts.get(state, 0) for state in _TO_SEND)


def _entry(device: DeviceState, limit: timedelta) -> dict[str, Any]:
    report, at = device.report, device.heartbeat_at
    entry: dict[str, Any] = {
        "device": device.code,
        "revoked": device.is_revoked,
        "silent": is_silent(device, limit),
        "silent_for_s": int(device.silent_for.total_seconds()),
        "heartbeat_at": rfc3339(at) if at else None,
        "journal_faults": device.journal_faults,
        "cursor_unproven": device.is_ahead,
    }
    if report is None:
        return entry
    return entry | {
        "version": report.version,
        "counts": report.counts,
        "oldest_s": report.oldest_s,
        "held": report.held,
        "faults": list(report.faults),
        "disk_free_bytes": report.disk.free_bytes if report.disk else None,
        "disk_days_left": report.disk.days_left if report.disk else None,
        "clock": report.clock.trust.value,
        "clock_off_s": round((report.clock.utc - at).total_seconds()) if at else None,
        "drift_ppm": report.clock.drift_ppm,
        "journal_entries": report.journal.entries,
    }


def _state(row: Row[Any], faults: dict[str, int], now: datetime) -> DeviceState:
    since = row.received_at or row.enrolled_at
    return DeviceState(
        code=row.code,
        is_revoked=row.revoked_at is not None,
        heartbeat_at=row.received_at,
        silent_for=max(now - since, timedelta(0)),
        report=Heartbeat.model_validate_json(row.report_json) if row.report_json else None,
        journal_faults=faults,
        is_ahead=bool(row.is_ahead),
    )
