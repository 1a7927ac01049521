"""A program is replaced while its queue is full: what the old one froze arrives byte by byte."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select

from central import opening
from central.schema import items
from kiosk.app import Kiosk, open_kiosk
from kiosk.clock import KioskClock
from kiosk.domain.vocabulary import PieceKind
from kiosk.store.database import transaction
from kiosk.wire.cose import ContentType, sign
from kiosk.wire.manifests import read_deposit, read_event
from tests.e2e.central import CentralProcess
from tests.enrolled import make_desk
from tests.faults.person import StandInCapture, typed

RECORDED = Path(__file__).parent / "recorded"
DEPOSITS = 4
# What the first program wrote whether or not there was anything to say; another may leave it out.
_MAY_BE_ABSENT = ("end_date", "group_id", "carnet_number", "page_notes", "warnings", "reason")


def fill(kiosk: Kiosk) -> None:
    """Take deposits, none of which is sent."""
    clock = KioskClock()
    desk = make_desk(
        kiosk.store, StandInCapture(20_000), kiosk.keys, clock.read, clock.best_known_utc
    )
    day = (datetime.now(UTC) - timedelta(days=10)).date().isoformat()
    for number in range(DEPOSITS):
        draft = desk.drafts.begin()
        desk.drafts.add_pages(draft, Path("tray"), lambda _told: None)
        form = replace(typed(), care_date=day, amount=f"{100 + number},00")
        page = min(desk.drafts.pages(draft))
        desk.deposits.confirm(draft, form, {page: PieceKind.FEUILLE_DE_SOINS}, uuid4())
    desk.drafts.close()


def as_another_program_wrote(manifest: bytes) -> bytes:
    """Return the same manifest with other spaces, another order, and without what says nothing."""
    fields: dict[str, Any] = json.loads(manifest)
    kept = {key: value for key, value in fields.items() if key not in _MAY_BE_ABSENT or value}
    return json.dumps(kept, indent=1, sort_keys=True, ensure_ascii=True).encode()


def rewrite(kiosk: Kiosk, form: Callable[[bytes], bytes]) -> dict[str, bytes]:
    """Put manifests in another form into the queue, signed as theirs; return them by deposit."""
    written = {}
    with transaction(kiosk.store.db) as connection:
        rows = connection.execute("SELECT deposit_id, manifest FROM deposits").fetchall()
        for deposit, manifest in rows:
            content = written[deposit] = form(manifest)
            digest = hashlib.sha256(content).digest()
            signature = sign(digest, kiosk.keys.request_key, ContentType.MANIFEST)
            connection.execute(
                "UPDATE deposits SET manifest = ?, manifest_sha256 = ?, signature = ?"
                " WHERE deposit_id = ?",
                (content, digest, signature, deposit),
            )
    return written


def test_queue_of_another_program_arrives_as_it_was_frozen(
    central: CentralProcess, tmp_path: Path
) -> None:
    data, keys = tmp_path / "kiosk", tmp_path / "keys"
    with open_kiosk(data, writing=True, keys=keys) as kiosk:
        kiosk.enrol(central.enrol_code("C0417"), central.url, central.ca_file)
        fill(kiosk)
        frozen = rewrite(kiosk, as_another_program_wrote)
    with open_kiosk(data, writing=True, keys=keys) as kiosk:
        report = kiosk.link.sync_once()
        again = kiosk.link.sync_once()
    assert (report.sent, report.held, report.waiting) == (DEPOSITS, 0, 0)
    assert (again.sent, again.already_there) == (0, 0)
    assert at_central(central) == frozen
    # Today's program would have written other bytes: freezing them anew would show here.
    for content in frozen.values():
        assert read_deposit(content).model_dump_json().encode() != content


def at_central(central: CentralProcess) -> dict[str, bytes]:
    database = opening.existing(opening.Place(data=central.data))
    try:
        with database.reading() as connection:
            rows = connection.execute(select(items.c.id, items.c.manifest)).all()
    finally:
        database.close()
    return {str(row.id): row.manifest for row in rows}


@pytest.mark.parametrize("file", sorted(RECORDED.glob("*.json")), ids=lambda file: file.stem)
def test_manifest_of_a_released_program_is_still_read(file: Path) -> None:
    # A kiosk may hold such a queue for weeks: who makes a field needed or unknown meets this test.
    content = file.read_bytes()
    read = read_event(content) if "event" in file.stem else read_deposit(content)
    assert str(read.clock.utc.year) == "2026"


def test_released_forms_are_recorded() -> None:
    assert {file.stem for file in RECORDED.glob("*.json")} >= {
        *("deposit-0.1.0", "deposit-without-scan-0.1.0", "event-0.1.0"),
    }
