"""Checks of a central's promises, run on the real one and on deliberately broken ones."""

import hashlib
import os
import threading

from sqlalchemy import func, select

from central.schema import items
from kiosk.wire.manifests import freeze
from tests.central.conftest import new_point
from tests.central.running import Central

SENDERS = 8


class BrokenPromiseError(AssertionError):
    """A central did what none may do."""


def deposit_is_there_once(central: Central) -> None:
    """One deposit, sent by many at once, leaves one row and one answer."""
    client = central.client()
    client.enrol(central.code(new_point()))
    manifest = client.manifest(b"sealed")
    frozen = freeze(manifest, client.request_key)
    start = threading.Barrier(SENDERS)
    answers: list[str] = []

    def send() -> None:
        start.wait(20)
        answers.append(client.put(manifest, frozen).text)

    threads = [threading.Thread(target=send) for _ in range(SENDERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    client.close()
    with central.services.database.reading() as connection:
        condition = items.c.receipt_number == manifest.receipt_number
        rows = connection.scalar(select(func.count()).select_from(items).where(condition))
    if rows != 1 or len(set(answers)) != 1:
        raise BrokenPromiseError(f"{rows} rows, {len(set(answers))} different answers")


def acknowledged_document_is_held(central: Central) -> None:
    """What is acknowledged lies in the store, whole, under its own hash."""
    client = central.client()
    client.enrol(central.code(new_point()))
    document = os.urandom(10_000)
    manifest, _ = client.deposit(document)
    client.close()
    held = [
        hashlib.sha256(blob.read_bytes()).hexdigest()
        for blob in central.blobs()
        if blob.parent.name == str(manifest.deposit_id)
    ]
    if held != [hashlib.sha256(document).hexdigest()]:
        raise BrokenPromiseError("acknowledged, and not held")


def document_is_durable_before_its_acknowledgement(central: Central, order: list[str]) -> None:
    """*order* is what reached the disk and the database, as it happened: file, folder, word."""
    client = central.client()
    client.enrol(central.code(new_point()))
    order.clear()
    client.deposit(os.urandom(10_000))
    client.close()
    if "acknowledged" not in order:
        raise BrokenPromiseError("never acknowledged")
    before = order[: order.index("acknowledged")]
    if before[-3:] != ["file synced", "renamed", "folder synced"]:
        raise BrokenPromiseError(f"acknowledged after {before[-3:]}")
