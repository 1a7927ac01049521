"""Bundles: there after a power cut or not at all, and never deleted at start."""

import os
from pathlib import Path
from typing import BinaryIO
from uuid import uuid4

import pytest

from kiosk.durable import write_durable
from kiosk.store.errors import StoreError
from kiosk.store.folder import DataFolder
from kiosk.store.store import open_for_writing
from kiosk.wire.bundles import check_bundle
from kiosk.wire.errors import DamagedBundleError
from tests.database_key import KEY
from tests.store.items import Clerk


def test_write_that_fails_leaves_no_file(tmp_path: Path) -> None:
    def broken(file: BinaryIO) -> None:
        file.write(b"half")
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        write_durable(tmp_path / "file", broken)
    assert list(tmp_path.iterdir()) == []


def test_write_that_fails_leaves_the_former_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"former")

    def broken(file: BinaryIO) -> None:
        raise OSError(5, "Input/output error")

    with pytest.raises(OSError, match="Input/output"):
        write_durable(tmp_path / "file", broken)
    assert (tmp_path / "file").read_bytes() == b"former"


@pytest.mark.skipif(os.name != "posix", reason="modes are POSIX's")
def test_file_left_half_written_lends_the_next_neither_mode_nor_place(tmp_path: Path) -> None:
    left, elsewhere = tmp_path / "file.part", tmp_path / "elsewhere"
    elsewhere.write_bytes(b"somebody's")
    left.symlink_to(elsewhere)
    write_durable(tmp_path / "file", lambda file: file.write(b"one"))
    assert elsewhere.read_bytes() == b"somebody's"
    left.write_bytes(b"half")
    left.chmod(0o666)
    write_durable(tmp_path / "file", lambda file: file.write(b"two"))
    assert (tmp_path / "file").read_bytes() == b"two"
    assert (tmp_path / "file").stat().st_mode & 0o777 == 0o600


def test_bundle_is_whole(clerk: Clerk) -> None:
    deposit = clerk.deposit()
    assert check_bundle(clerk.store.spool.path(deposit)).item_id == deposit


@pytest.mark.parametrize("harm", ["gone", "cut", "changed", "swapped", "empty"])
def test_spoilt_bundle_is_told_and_the_others_are_read(clerk: Clerk, harm: str) -> None:
    # Held as damaged, for a person to scan the dossier again: trying on would never end.
    spoilt, other = clerk.deposit(), clerk.deposit()
    path = clerk.store.spool.path(spoilt)
    content = path.read_bytes()
    spoils = {
        "cut": content[:-100],
        "changed": content[:60] + bytes([content[60] ^ 1]) + content[61:],
        "swapped": clerk.store.spool.path(other).read_bytes(),
        "empty": b"",
    }
    path.unlink()
    if harm in spoils:
        path.write_bytes(spoils[harm])
    with pytest.raises(DamagedBundleError):
        list(clerk.store.spool.read_document(spoilt, 0))
    assert b"".join(clerk.store.spool.read_document(other, 0))


def test_spool_that_is_away_is_no_damaged_bundle(clerk: Clerk, folder: DataFolder) -> None:
    deposit = clerk.deposit()
    folder.spool.rename(folder.root / "elsewhere")
    with pytest.raises(FileNotFoundError):
        list(clerk.store.spool.read_document(deposit, 0))


def test_start_sets_strangers_aside_and_deletes_nothing(clerk: Clerk, folder: DataFolder) -> None:
    deposit = clerk.deposit()
    strangers = {f"{uuid4()}.wasl": b"unknown", "x.wasl": b"no id", f"{uuid4()}.wasl.part": b"half"}
    for name, content in strangers.items():
        (folder.spool / name).write_bytes(content)
    clerk.store.close()
    for _ in range(2):
        open_for_writing(folder, clerk.clock.read, KEY).close()
    assert {file.name: file.read_bytes() for file in folder.orphans.iterdir()} == strangers
    assert clerk.store.spool.path(deposit).exists()


def test_bundle_that_cannot_be_written_is_named(clerk: Clerk, folder: DataFolder) -> None:
    # A file stands where the spool should be: every system refuses that.
    slot = clerk.store.next_slot("C0417A")
    folder.orphans.rmdir()
    folder.spool.rmdir()
    folder.spool.write_bytes(b"")
    with pytest.raises(StoreError):
        clerk.prepare(slot)
