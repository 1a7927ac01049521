"""``central points``."""

import argparse
from datetime import timedelta
from typing import Any

from central import opening, silence, tokens
from central.commands.place import place_of
from central.silence import DeviceState, is_silent


def run(options: argparse.Namespace) -> dict[str, Any]:
    """List every point's devices as they last reported, and count the silent ones.

    Raises:
        InvalidInputError: There is no central in the data folder.
    """
    tokens.check_network(options.network)
    database = opening.existing(place_of(options))
    try:
        with database.reading() as connection:
            points = silence.of_points(connection, opening.now(), options.network)
    finally:
        database.close()
    limit = timedelta(hours=options.silent_after_hours)
    if options.json:
        return silence.as_json(points, limit)
    return _as_lines([device for point in points for device in point.devices], limit)


def _as_lines(devices: list[DeviceState], limit: timedelta) -> dict[str, Any]:
    # One device a line, those that were silent for longest first.
    listed = sorted(devices, key=lambda device: (device.is_revoked, -device.silent_for))
    return {device.code: _line(device, limit) for device in listed}


def _line(device: DeviceState, limit: timedelta) -> str:
    said = [f"{device.silent_for.total_seconds() / 3600:.1f} h ago"]
    if device.heartbeat_at is None:
        said = ["never heard of"]
    if is_silent(device, limit):
        said.append("SILENT")
    if device.is_revoked:
        said.append("revoked")
    if device.report is not None:
        waiting = silence.to_send(device.report)
        said += [f"{waiting} to send", f"{device.report.held} held", *device.report.faults]
    if device.is_ahead:
        said.append("cursor_unproven")
    return ", ".join([*said, *device.journal_faults])
