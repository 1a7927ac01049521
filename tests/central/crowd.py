"""A country of devices, put into a central's tables without the exchanges that enrol them."""

import os
from datetime import datetime

from sqlalchemy import update

from central.database import TRUST_COUNTER, Database
from central.schema import counters, devices, epochs, points


def crowd(database: Database, count: int, now: datetime) -> None:
    """Put *count* devices into an empty central on SQLite, each at a point of its own."""
    numbers = range(1, count + 1)
    codes = {number: f"C{number:04d}" for number in numbers}
    place = {"name": "", "configuration_version": 1, "cursor": 0}
    device = {"program_version": "0", "enrolled_at": now, "highest_sequence": 0}
    with database.writing() as connection:
        connection.execute(points.insert(), [{"code": codes[n]} | place for n in numbers])
        rows = []
        for number in numbers:
            keys = {name: os.urandom(32) for name in ("request_key", "receipt_key")}
            ids = {f"{name}_id": key[:8] for name, key in keys.items()}
            own = {"id": number, "code": codes[number] + "A", "point": codes[number]}
            rows.append(own | keys | ids | device | {"trust_version": number + 1})
        connection.execute(devices.insert(), rows)
        letters = [(number, letter) for number in numbers for letter in "AB"]
        connection.execute(
            epochs.insert(),
            [
                {
                    "code": codes[number] + letter,
                    "point": codes[number],
                    "device_id": number,
                    "is_reserve": int(letter == "B"),
                }
                for number, letter in letters
            ],
        )
        counted = update(counters).where(counters.c.name == TRUST_COUNTER)
        connection.execute(counted.values(value=count + 1))
