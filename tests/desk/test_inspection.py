"""What a technician is told, good and bad."""

from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest

from kiosk.desk.inspection import Check, Inspection
from kiosk.desk.scanning import list_devices, scan_files, write_pdf
from kiosk.domain.errors import InvalidInputError
from kiosk.domain.moments import ClockTrust
from kiosk.store.journal import Head, JournalBrokenError
from kiosk.wire.keys import PrivateKey
from tests.desk.conftest import MakeKiosk
from tests.desk.counter import ORDONNANCE, Counter
from tests.enrolled import NOW, EnrolledKiosk


def checks(kiosk: EnrolledKiosk, printer: str = "memory:") -> dict[str, Check]:
    """Return the checks by name."""
    found = Inspection(kiosk.store, printer, kiosk.clock.read).checks()
    return {check.name: check for check in found}


def test_kiosk_in_order_passes_every_check(counter: Counter) -> None:
    counter.deposit()
    found = checks(counter.kiosk)
    assert {"database", "journal", "spool", "outbox", "enrolment", "backup"} <= set(found)
    assert {"adopted", "disk", "clock", "printer"} <= set(found)
    unsure = {"disk", "backup"}  # of the machine; and none was taken yet
    assert [name for name, one in found.items() if not one.is_ok and name not in unsure] == []
    assert found["spool"].detail == "1 bundles, 0 damaged, 0 missing, 0 orphans"
    assert found["outbox"].detail == "1 to send, 0 held"
    assert found["enrolment"].detail.startswith("C0417A, numbers under C0417A, trust list 0 days")
    assert counter.desk.inspection.verify_journal().entries == 2


def test_damaged_bundle_and_orphans_are_counted(counter: Counter) -> None:
    answer, folder = counter.deposit(), counter.kiosk.folder
    bundle = counter.kiosk.store.spool.path(answer.deposit_id)
    content = bytearray(bundle.read_bytes())
    content[-100] ^= 1
    bundle.write_bytes(content)
    (folder.orphans / f"{uuid4()}.wasl").write_bytes(b"")
    check = checks(counter.kiosk)["spool"]
    assert (check.is_ok, check.detail) == (False, "1 bundles, 1 damaged, 0 missing, 1 orphans")


def test_bundle_in_the_place_of_another_is_told(counter: Counter) -> None:
    one, other = counter.deposit(), counter.deposit()
    spool = counter.kiosk.store.spool
    spool.path(one.deposit_id).write_bytes(spool.path(other.deposit_id).read_bytes())
    check = checks(counter.kiosk)["spool"]
    assert (check.is_ok, check.detail) == (False, "2 bundles, 1 damaged, 0 missing, 0 orphans")


def test_database_older_than_its_receipts_is_told(counter: Counter) -> None:
    counter.deposit()
    counter.kiosk.store.db.conn.execute("UPDATE receipt_sequence SET last = 0")
    check = checks(counter.kiosk)["database"]
    assert not check.is_ok
    assert "older than the receipts" in check.detail


def test_page_of_the_outbox_that_cannot_be_read_is_told(counter: Counter) -> None:
    counter.deposit()
    # What a flipped byte in its pages comes to: SQLite refuses to read the table.
    counter.kiosk.store.db.conn.execute("ALTER TABLE outbox RENAME TO lost")
    assert not checks(counter.kiosk)["spool"].is_ok


def test_spool_that_is_gone_is_told(counter: Counter) -> None:
    counter.kiosk.folder.orphans.rmdir()
    check = checks(counter.kiosk)["spool"]
    assert not check.is_ok
    assert "cannot be read" in check.detail


def test_broken_journal_is_told(counter: Counter) -> None:
    connection = counter.kiosk.store.db.conn
    counter.deposit()
    connection.execute("DROP TRIGGER journal_no_update")
    connection.execute("UPDATE journal SET agent = 'x' WHERE entry = 1")
    assert not checks(counter.kiosk)["journal"].is_ok
    with pytest.raises(JournalBrokenError):
        counter.desk.inspection.verify_journal()


def test_database_that_cannot_be_read_is_told(counter: Counter) -> None:
    counter.deposit()
    counter.kiosk.store.close()
    found = Inspection(counter.kiosk.store, "memory:", counter.kiosk.clock.read)
    database, journal = found._database(), found._journal()
    assert not database.is_ok
    assert not journal.is_ok


def test_missing_enrolment_and_untrusted_clock_are_told(make: MakeKiosk) -> None:
    kiosk = make()
    kiosk.clock.trust = ClockTrust.UNVERIFIED
    kiosk.store.db.conn.execute("DELETE FROM memory")
    found = checks(kiosk)
    assert (found["enrolment"].is_ok, found["enrolment"].detail) == (False, "not enrolled")
    assert not found["clock"].is_ok


def test_statement_that_does_not_verify_is_told(kiosk: EnrolledKiosk) -> None:
    enrolment = replace(kiosk.store.memory.enrolment(), root_key=PrivateKey.generate().public)
    kiosk.store.memory.keep_enrolment(enrolment)
    check = checks(kiosk)["enrolment"]
    assert not check.is_ok


@pytest.mark.parametrize(
    ("printer", "is_ok"), [("", False), ("unheard-of:x", False), ("memory:", True)]
)
def test_printer_is_asked(kiosk: EnrolledKiosk, printer: str, is_ok: bool) -> None:
    assert checks(kiosk, printer)["printer"].is_ok is is_ok


def test_pages_are_scanned_without_a_deposit(tmp_path: Path) -> None:
    (tmp_path / "broken.jpg").write_bytes(b"\xff\xd8\xff")
    broken, good = scan_files([str(tmp_path / "broken.jpg"), str(ORDONNANCE)])
    assert broken.page is None
    assert broken.error is not None
    assert good.error is None
    assert good.page is not None
    written = write_pdf(tmp_path / "out", [good.pdf])
    assert written.read_bytes().startswith(b"%PDF")
    with pytest.raises(InvalidInputError):
        write_pdf(tmp_path / "broken.jpg", [good.pdf])
    assert isinstance(list(list_devices()), list)


def test_journal_must_lead_to_the_head_the_central_holds(counter: Counter) -> None:
    counter.deposit()
    inspection, memory = counter.desk.inspection, counter.kiosk.store.memory
    head = inspection.verify_journal()
    memory.keep_word(head, None, NOW)
    counter.deposit()
    assert inspection.verify_journal().entries > head.entries
    with pytest.raises(JournalBrokenError):
        inspection.verify_journal(Head(entries=head.entries, hash=bytes(32)))
    memory.keep_word(Head(entries=10_000, hash=bytes(32)), None, NOW)
    with pytest.raises(JournalBrokenError):
        inspection.verify_journal()


def test_consultations_and_reprints_are_journalled(counter: Counter) -> None:
    number = counter.deposit().receipt_number
    counter.desk.papers.print_receipt(number)
    counter.desk.papers.print_receipt(number)
    counter.desk.overview.find(number)
    rows = counter.kiosk.store.db.conn.execute(
        "SELECT act FROM journal WHERE receipt_number = ? ORDER BY entry", (number,)
    )
    acts = [row[0] for row in rows]
    assert acts[0] == "deposited"
    assert acts[-3:] == ["printed", "reprinted", "consulted"]
