"""From paper to receipt to central, as the contract says, field by field."""

import hashlib
import io
import re
import uuid
from pathlib import Path

import pikepdf
import pypdfium2
import pyrage
import pytest
import zxingcpp
from PIL import Image

import main
from tests.e2e.central import CentralProcess
from tests.e2e.commands import SAMPLE_PIECES, SAMPLES, Counter, run, run_apart
from tests.scan.pdfa import pdfa_faults

DEPOSIT_KEYS = {
    *("deposit_id", "receipt_number", "receipt_qr", "state", "pages", "bytes", "sha256"),
    *("warnings", "receipt_file"),
}
PIECES = [part for mark in SAMPLE_PIECES for part in ("--piece", mark)]


def test_deposit_answers_what_the_contract_says(counter: Counter, tmp_path: Path) -> None:
    paper = tmp_path / "out.pdf"
    ran = counter.deposit(*PIECES, "--printer", f"pdf:{paper}", pages=SAMPLES)
    assert ran.exit_code == 0
    made = ran.fields
    assert set(made) == DEPOSIT_KEYS
    assert uuid.UUID(made["deposit_id"]).version == 7
    assert re.fullmatch(r"C\d{4}A-000001-\d\d", made["receipt_number"])
    assert made["receipt_qr"].startswith("HTTPS://WASL.INVALID/R/")
    assert made["state"] == "queued"
    assert made["pages"] == 5
    assert made["warnings"] == []
    assert made["receipt_file"] == str(paper)
    assert paper.read_bytes().startswith(b"%PDF-")
    (bundle,) = (counter.data / "spool").glob("*.wasl")
    sealed = _sealed_part(bundle)
    assert len(sealed) == made["bytes"]
    assert hashlib.sha256(sealed).hexdigest() == made["sha256"]


def test_receipt_is_read_by_an_independent_reader_and_verifies(
    counter: Counter, tmp_path: Path
) -> None:
    paper = tmp_path / "out.pdf"
    made = counter.deposit("--printer", f"pdf:{paper}").fields
    image = pypdfium2.PdfDocument(paper)[0].render(scale=3).to_pil()
    (code,) = zxingcpp.read_barcodes(image)
    assert code.text == made["receipt_qr"]

    verified = counter.run("receipt", "verify", code.text)
    assert verified.exit_code == 0
    assert set(verified.fields) == {
        *("valid", "reason", "receipt_number", "claims", "known_here", "stage"),
        "trust_list_age_days",
    }
    assert verified.fields["valid"] is True
    assert verified.fields["known_here"] is True
    assert verified.fields["stage"] == "deposited"
    assert verified.fields["claims"]["pages"] == 1
    assert counter.run("receipt", "verify", paper).fields["valid"] is True
    assert counter.run("receipt", "verify", made["receipt_number"]).fields["valid"] is True


def test_one_changed_character_of_the_signature_is_refused(counter: Counter) -> None:
    text = counter.deposit().fields["receipt_qr"]
    for place in (-1, -2, -40, -100):
        other = "B" if text[place] == "A" else "A"
        changed = text[:place] + other + (text[place + 1 :] if place != -1 else "")
        ran = counter.run("receipt", "verify", changed)
        assert ran.exit_code == 3
        assert ran.fields["valid"] is False
        assert ran.fields["reason"] == "bad_signature"


def test_texts_that_are_no_receipt_are_named_so(counter: Counter) -> None:
    for text in ("bonjour", "HTTPS://EXAMPLE.INVALID/R/", "C0417A-000131-38"):
        ran = counter.run("receipt", "verify", text)
        assert (ran.exit_code, ran.error) == (2, "not_a_receipt")
    elsewhere = counter.run("receipt", "verify", "C0417A-000131-39")
    assert (elsewhere.exit_code, elsewhere.fields["reason"]) == (3, "to_check")


def test_queue_goes_from_queued_to_acknowledged(counter: Counter, central: CentralProcess) -> None:
    before = central.stats()
    made = counter.deposit().fields
    queue = counter.run("queue").fields
    assert set(queue) == {"deposits", "counts", "oldest_s"}
    (row,) = queue["deposits"]
    assert set(row) == {
        *("deposit_id", "receipt_number", "state", "held_reason", "created_at", "bytes"),
        *("attempts", "next_attempt_at", "last_error"),
    }
    assert row["state"] == "queued"
    assert queue["counts"] == {"queued": 1}

    synced = counter.run("sync", "--once")
    assert synced.exit_code == 0
    assert set(synced.fields) == {
        *("sent", "already_there", "held", "waiting", "bytes_sent", "elapsed_ms"),
    }
    assert (synced.fields["sent"], synced.fields["waiting"]) == (1, 0)
    assert counter.states() == {made["receipt_number"]: "acknowledged"}
    after = central.stats()
    assert set(after) == {
        *("deposits", "blobs", "bytes", "acknowledged", "devices", "duplicates_flagged"),
    }
    assert after["deposits"] == before["deposits"] + 1
    assert counter.run("queue", "--state", "acknowledged").fields["counts"] == {"acknowledged": 1}


def test_same_request_makes_one_deposit(counter: Counter, tmp_path: Path) -> None:
    request = uuid.uuid4()
    paper = f"pdf:{tmp_path / 'out.pdf'}"
    first = counter.deposit("--request-id", request, "--printer", paper)
    again = counter.deposit("--request-id", request, "--printer", paper, amount="99")
    assert first.fields == again.fields
    assert len(counter.states()) == 1


def test_deposit_waits_while_the_central_is_away(counter: Counter, central: CentralProcess) -> None:
    central.stop()
    try:
        number = counter.deposit().fields["receipt_number"]
        ran = counter.run("sync", "--once")
        assert ran.exit_code == 1
        assert (ran.fields["sent"], ran.fields["waiting"]) == (0, 1)
        (row,) = counter.run("queue").fields["deposits"]
        assert row["attempts"] == 1
        assert row["last_error"] == "connect"
        assert row["next_attempt_at"] is not None
        closed = counter.run("day", "close")
        assert closed.exit_code == 0
        assert (closed.fields["central"], closed.fields["missing"]) == (None, None)
    finally:
        central.start()
    assert counter.run("sync", "--once").fields["sent"] == 1
    assert counter.states() == {number: "acknowledged"}


def test_sync_that_reached_nobody_says_so_though_nothing_waits(
    counter: Counter, central: CentralProcess, capsys: pytest.CaptureFixture[str]
) -> None:
    central.stop()
    try:
        ran = counter.run("sync", "--once")
        told = main.main(["sync", "--once", "--data", str(counter.data)])
    finally:
        central.start()
    assert (ran.exit_code, ran.fields["sent"], ran.fields["waiting"]) == (1, 0, 0)
    assert told == 1
    words = "sent 0, waiting 0, held 0, what is new did not come, line: connect"
    assert capsys.readouterr().out.strip() == words
    assert counter.run("sync", "--once").exit_code == 0


def test_cancelled_before_it_was_sent_sends_no_scan(
    counter: Counter, central: CentralProcess
) -> None:
    before = central.stats()
    number = counter.deposit().fields["receipt_number"]
    cancelled = counter.run("cancel", number, "--reason", "Le client reprend son dossier.")
    assert cancelled.fields["event"] == "cancellation"
    assert cancelled.fields["state"] == "cancelled"
    assert set(cancelled.fields) == {"event_id", "receipt_number", "event", "state"}
    synced = counter.run("sync", "--once").fields
    assert synced["waiting"] == 0
    after = central.stats()
    assert after["deposits"] == before["deposits"] + 1
    assert after["blobs"] == before["blobs"]
    again = counter.run("cancel", number, "--reason", "encore")
    assert (again.exit_code, again.error) == (2, "not_cancellable")


def test_events_reach_the_central_under_the_same_number(
    counter: Counter, central: CentralProcess, tmp_path: Path
) -> None:
    later = counter.deposit(
        "--scan-later", "--pieces", "feuille_de_soins=1", "ordonnance=2", pages=[], kind="ald"
    )
    number = later.fields["receipt_number"]
    assert later.fields["state"] == "to_scan"
    assert (later.fields["pages"], later.fields["bytes"], later.fields["sha256"]) == (0, 0, None)
    assert counter.run("sync", "--once").fields["sent"] == 1
    assert counter.states()[number] == "to_scan"

    done = counter.run("complete", number, "--pages", SAMPLES[2])
    assert done.fields["state"] == "queued"
    amended = counter.run(
        "amend", number, "--immatriculation", "187654325", "--reason", "numéro mal lu"
    )
    assert amended.exit_code == 0
    added = counter.run(
        "deposit", "--complement-of", number, "--pages", SAMPLES[2], "--piece", "1=resultats"
    )
    assert added.fields["event"] == "complement"
    assert counter.run("sync", "--once").fields["waiting"] == 0
    assert counter.states()[number] == "acknowledged"

    out = tmp_path / "exported"
    key = central.data / "demo-keys" / "operations.age"
    run("central", "export-dossiers", out, "--identity", key, "--data", central.data)
    names = {path.name for path in out.glob(f"{number}*")}
    assert f"{number}.json" in names
    assert f"{number}.pdf" in names
    assert sum(".complement-" in name and name.endswith(".pdf") for name in names) == 1


def test_complete_before_the_first_exchange_arrives_whole(counter: Counter) -> None:
    later = counter.deposit("--scan-later", "--pieces", "feuille_de_soins=1", pages=[])
    number = later.fields["receipt_number"]
    assert counter.run("complete", number, "--pages", SAMPLES[2]).exit_code == 0
    assert counter.run("sync", "--once").fields["waiting"] == 0
    assert counter.states()[number] == "acknowledged"
    twice = counter.run("complete", number, "--pages", SAMPLES[2])
    assert (twice.exit_code, twice.error) == (2, "invalid_input")


def test_a_family_hands_in_its_dossiers_together(counter: Counter, central: CentralProcess) -> None:
    group = uuid.uuid4()
    numbers = [
        counter.deposit("--group", group, beneficiary=who).fields["receipt_number"]
        for who in ("self", "child")
    ]
    assert len(set(numbers)) == 2
    assert counter.run("sync", "--once").fields["sent"] == 2


def test_central_back_office_opens_what_the_kiosk_sealed(
    counter: Counter, central: CentralProcess, tmp_path: Path
) -> None:
    made = counter.deposit().fields
    counter.run("sync", "--once")
    out = tmp_path / "exported"
    assert run("central", "export-dossiers", out, "--data", central.data).exit_code == 0
    sealed = (out / f"{made['receipt_number']}.pdf.age").read_bytes()
    assert hashlib.sha256(sealed).hexdigest() == made["sha256"]
    for who in ("operations", "recovery"):
        key = (central.data / "demo-keys" / f"{who}.age").read_text()
        identity = pyrage.x25519.Identity.from_str(key.strip().splitlines()[-1])
        opened = pyrage.decrypt(sealed, [identity])
        assert pdfa_faults(opened) == []
        with pikepdf.open(io.BytesIO(opened)) as pdf:
            assert pdf.open_metadata()["dc:identifier"] == made["deposit_id"]


def test_found_by_number_by_qr_and_by_person(counter: Counter) -> None:
    made = counter.deposit().fields
    counter.run("sync", "--once")
    by_number = counter.run("find", made["receipt_number"]).fields["receipts"][0]
    by_qr = counter.run("find", made["receipt_qr"]).fields["receipts"][0]
    person = ("--immatriculation", "101455262", "--care-date", "2026-11-04")
    by_person = counter.run("find", *person).fields["receipts"][0]
    assert by_number["stage"] == by_qr["stage"] == by_person["stage"] == "copy_received"
    assert by_qr["central"] == "known"
    assert "101455262" not in str([by_number, by_qr, by_person])
    stranger = counter.run("find", "--immatriculation", "187654325", "--care-date", "2026-11-04")
    assert (stranger.exit_code, stranger.error) == (2, "unknown_receipt")


def test_journal_and_doctor_say_what_is(counter: Counter) -> None:
    counter.deposit()
    journal = counter.run("journal", "verify")
    assert journal.fields["valid"] is True
    assert journal.fields["entries"] >= 2
    assert re.fullmatch(r"[0-9a-f]{64}", journal.fields["head"])
    checks = {one["name"]: one["ok"] for one in counter.run("doctor").fields["checks"]}
    assert {name for name, ok in checks.items() if not ok} == {"backup", "printer"}


def test_demo_shows_the_main_job_from_any_folder(tmp_path: Path) -> None:
    keys = {"KIOSK_KEYS": str(tmp_path / "keys")}
    ran = run_apart("demo", "--out", "demo", folder=tmp_path, environment=keys)
    assert ran.exit_code == 0, ran.fields
    assert len(ran.fields["steps"]) == 11
    out = tmp_path / "demo"
    assert {path.name for path in out.iterdir()} == {
        *("receipt.png", "receipt.pdf", "kiosk", "central"),
    }
    with Image.open(out / "receipt.png") as picture:
        (code,) = zxingcpp.read_barcodes(picture)
    verified = run_apart("receipt", "verify", code.text, "--data", out / "kiosk", environment=keys)
    assert (verified.exit_code, verified.fields["valid"]) == (0, True)
    other = "B" if code.text[-9] == "A" else "A"
    changed = code.text[:-9] + other + code.text[-8:]
    refused = run_apart("receipt", "verify", changed, "--data", out / "kiosk", environment=keys)
    assert refused.exit_code == 3


def _sealed_part(bundle: Path) -> bytes:
    # By the published layout, not by our reader: magic, length, header, sealed PDF, SHA-256.
    content = bundle.read_bytes()
    length = int.from_bytes(content[8:12], "big")
    assert content[:8] == b"WASLBND1"
    return content[12 + length : -32]
