"""Bad input at the counter: its own clear error, and nothing lost."""

import hashlib
import json
import os
import struct
import subprocess
import sys
import zlib
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path

import pikepdf
import pytest

from kiosk.wire.encoding import unb64
from tests.database_key import connect
from tests.e2e.central import CentralProcess
from tests.e2e.commands import ROOT, SAMPLES, Counter, Ran
from tests.scan import hostile
from tests.scan.pdfa import pdfa_faults


def _refused(ran: Ran, code: str, exit_code: int) -> None:
    assert (ran.error, ran.exit_code) == (code, exit_code)
    assert ran.fields["error"]["message"]
    assert "Traceback" not in ran.fields["error"]["message"]


def _nothing_happened(counter: Counter) -> None:
    assert counter.states() == {}
    assert list((counter.data / "spool").glob("*.wasl")) == []
    assert list((counter.data / "drafts").iterdir()) == []
    # The next deposit takes the first number: none was used up.
    assert "-000001-" in counter.deposit().fields["receipt_number"]


def _database_key() -> bytes:
    (file,) = Path(os.environ["KIOSK_KEYS"]).glob("*.json")
    return unb64(json.loads(file.read_text())["database_key"])


def _chunk(kind: bytes, content: bytes) -> bytes:
    checksum = struct.pack(">I", zlib.crc32(kind + content))
    return struct.pack(">I", len(content)) + kind + content + checksum


def _bomb(path: Path) -> None:
    """Write a small PNG that would take 1.2 GB when decoded."""
    header = struct.pack(">IIBBBBB", 20_000, 20_000, 8, 2, 0, 0, 0)
    rows = zlib.compress(bytes(20_000 * 3 + 1) * 50, 9)
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n"
        + _chunk(b"IHDR", header)
        + _chunk(b"IDAT", rows)
        + _chunk(b"IEND", b"")
    )


def _encrypted(path: Path) -> None:
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        pdf.save(path, encryption=pikepdf.Encryption(owner="o", user="u"))


def test_truncated_jpeg_is_refused(counter: Counter, tmp_path: Path) -> None:
    cut = tmp_path / "cut.jpg"
    cut.write_bytes(SAMPLES[2].read_bytes()[:60_000])
    _refused(counter.deposit(pages=[SAMPLES[2], cut]), "unreadable_file", 2)
    _nothing_happened(counter)


def test_image_of_a_gigabyte_is_refused_before_it_is_decoded(
    counter: Counter, tmp_path: Path
) -> None:
    bomb = tmp_path / "bomb.png"
    _bomb(bomb)
    _refused(counter.deposit(pages=[bomb]), "file_too_large", 2)
    _nothing_happened(counter)


def test_encrypted_pdf_is_refused(counter: Counter, tmp_path: Path) -> None:
    locked = tmp_path / "locked.pdf"
    _encrypted(locked)
    _refused(counter.deposit(pages=[locked]), "encrypted_pdf", 2)
    _nothing_happened(counter)


def test_empty_file_and_text_are_refused(counter: Counter, tmp_path: Path) -> None:
    empty, text = tmp_path / "empty.jpg", tmp_path / "text.jpg"
    empty.write_bytes(b"")
    text.write_text("ceci n'est pas une image")
    _refused(counter.deposit(pages=[empty]), "unreadable_file", 2)
    _refused(counter.deposit(pages=[text]), "unreadable_file", 2)
    _refused(counter.deposit(pages=[tmp_path / "absent.jpg"]), "unreadable_file", 2)
    _nothing_happened(counter)


def test_scan_names_the_bad_file_and_goes_on_with_the_others(
    counter: Counter, tmp_path: Path
) -> None:
    empty = tmp_path / "empty.jpg"
    empty.write_bytes(b"")
    ran = counter.run("scan", empty, SAMPLES[2], "--out", tmp_path / "out")
    assert ran.exit_code == 2
    bad, good = ran.fields["pages"]
    assert bad["source"] == str(empty)
    assert bad["error"]["code"] == "unreadable_file"
    assert good["source"] == str(SAMPLES[2])
    assert ran.fields["pdf"] == str(tmp_path / "out" / "dossier.pdf")
    assert ran.fields["bytes"] == (tmp_path / "out" / "dossier.pdf").stat().st_size


def test_files_made_to_hurt_are_named_and_the_rest_is_a_dossier(
    counter: Counter, tmp_path: Path
) -> None:
    wanted = {
        hostile.png_just_within: "unreadable_file",
        hostile.jpeg_that_lies: "unreadable_file",
        hostile.jpeg_of_161_mpx: "file_too_large",
        hostile.jpeg_of_41_mb: "file_too_large",
        hostile.pdf_of_10_000_pages: "file_too_large",
        hostile.pdf_that_is_encrypted: "encrypted_pdf",
        hostile.pdf_cut_short: "unreadable_file",
        hostile.pdf_with_luggage: None,
    }
    for make in wanted:
        make(tmp_path / make.__name__)
    files = [tmp_path / make.__name__ for make in wanted]
    ran = counter.run("scan", *files, "--out", tmp_path / "out")
    assert ran.exit_code == 2
    told = [page.get("error", {}).get("code") for page in ran.fields["pages"]]
    assert told == list(wanted.values())
    dossier = (tmp_path / "out" / "dossier.pdf").read_bytes()
    assert pdfa_faults(dossier) == []
    assert b"LUGGAGE" not in dossier


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("immatriculation", "12345678"),
        ("immatriculation", "100000000"),
        ("care_date", (date.today() + timedelta(days=2)).isoformat()),
        ("care_date", "hier"),
        ("amount", "-3"),
        ("amount", "beaucoup"),
    ],
)
def test_typed_values_that_cannot_be_are_refused(counter: Counter, field: str, value: str) -> None:
    ran = counter.deposit(
        "--scan-later", "--pieces", "feuille_de_soins=1", pages=[], **{field: value}
    )
    _refused(ran, "invalid_input", 2)
    assert value not in ran.fields["error"]["message"]
    assert counter.states() == {}


def test_wrong_use_is_refused_as_json(counter: Counter) -> None:
    for words in (["deposit", "--kind", "vacances"], ["nonsense"], ["cancel", "C0417A-000131-39"]):
        _refused(counter.run(*words), "invalid_input", 2)
    _refused(counter.run("cancel", "C0417A-000131-39", "--reason", "x"), "unknown_receipt", 2)


def test_before_enrolment_no_deposit_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KIOSK_KEYS", str(tmp_path / "keys"))
    counter = Counter(data=tmp_path / "new")
    _refused(counter.deposit(), "not_enrolled", 2)
    elsewhere = Counter(data=tmp_path / "never-made")
    _refused(elsewhere.run("queue"), "not_enrolled", 2)
    assert not elsewhere.data.exists()


def test_without_its_keys_every_command_says_so(
    counter: Counter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = counter.deposit().fields["receipt_number"]
    monkeypatch.setenv("KIOSK_KEYS", str(tmp_path / "elsewhere"))
    for words in (
        ["queue"],
        ["doctor"],
        ["receipt", "verify", number],
        ["sync"],
        ["journal", "verify"],
    ):
        _refused(counter.run(*words), "wrong_key", 1)
    monkeypatch.setenv("KIOSK_KEYS", str(counter.data / "keys"))
    _refused(counter.run("queue"), "wrong_key", 1)


def test_second_instance_is_refused_and_readers_are_not(counter: Counter) -> None:
    number = counter.deposit().fields["receipt_number"]
    holder = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import sys; from pathlib import Path; from kiosk.store.folder import DataFolder\n"
            "lock = DataFolder(Path(sys.argv[1])).lock(); print('held', flush=True)\n"
            "sys.stdin.read()",
            str(counter.data),
        ],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        _refused(counter.deposit(), "another_writer", 1)
        assert counter.states() == {number: "queued"}
        assert counter.run("receipt", "verify", number).fields["valid"] is True
        assert counter.run("doctor").exit_code == 0
    finally:
        holder.communicate()
    assert counter.deposit().exit_code == 0


def test_database_of_a_newer_program_is_refused_untouched(counter: Counter) -> None:
    counter.deposit()
    file = counter.data / "wasl.db"
    with closing(connect(file, _database_key(), isolation_level=None)) as db:
        db.execute(
            "INSERT INTO _sqlite_migrations (migration_set, name, applied_at)"
            " VALUES ('wasl', '9999_from_the_future', '2030-01-01')"
        )
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    before = hashlib.sha256(file.read_bytes()).hexdigest()
    _refused(counter.deposit(), "newer_database", 1)
    _refused(counter.run("queue"), "newer_database", 1)
    assert hashlib.sha256(file.read_bytes()).hexdigest() == before


def test_damaged_database_is_named(counter: Counter) -> None:
    counter.deposit()
    (counter.data / "wasl.db").write_bytes(bytes(8192))
    for beside in ("wasl.db-wal", "wasl.db-shm"):
        (counter.data / beside).unlink(missing_ok=True)
    _refused(counter.run("queue"), "damaged_database", 1)
    _refused(counter.deposit(), "damaged_database", 1)


def test_read_only_data_folder_is_named_and_loses_nothing(counter: Counter) -> None:
    if os.geteuid() != 0:
        pytest.skip("needs root for a read-only mount; permissions are tested in tests/store")
    number = counter.deposit().fields["receipt_number"]
    folder = str(counter.data)
    mounted = subprocess.run(["mount", "--bind", folder, folder], check=False, capture_output=True)
    if mounted.returncode:
        pytest.skip("mounting is not allowed here")
    try:
        subprocess.run(["mount", "-o", "remount,ro,bind", folder], check=True, capture_output=True)
        _refused(counter.deposit(), "read_only", 1)
        _refused(counter.run("sync"), "read_only", 1)
    finally:
        subprocess.run(["umount", folder], check=True, capture_output=True)
    assert counter.states() == {number: "queued"}


def test_printer_that_is_away_changes_nothing_about_the_deposit(counter: Counter) -> None:
    ran = counter.deposit("--printer", "escpos://127.0.0.1:9")
    assert ran.exit_code == 0
    assert ran.fields["receipt_file"] is None
    number = ran.fields["receipt_number"]
    again = counter.run("receipt", "print", number, "--printer", "escpos://127.0.0.1:9")
    _refused(again, "device_unavailable", 1)
    assert counter.states() == {number: "queued"}
    printed = counter.run("receipt", "print", number, "--printer", f"pdf:{counter.data}.pdf")
    assert printed.exit_code == 0


def test_used_enrolment_code_is_told_in_plain_words(
    central: CentralProcess, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = central.enrol_code("C0999")
    for n, expected in enumerate((0, 1)):
        monkeypatch.setenv("KIOSK_KEYS", str(tmp_path / f"keys-{n}"))
        made = Counter(data=tmp_path / f"kiosk-{n}")
        ran = made.run("enrol", code, "--central", central.url, "--ca", central.ca_file)
        assert ran.exit_code == expected
    assert ran.fields["error"]["code"] == "refused"
    assert ran.fields["error"]["message"] == (
        "the central does not take this enrolment code: it is mistyped, used already or too old;"
        " ask for a new one (HTTP 403)"
    )
