"""Bundles and draft pages: there after a power cut or not at all, and never deleted at start."""

from pathlib import Path
from typing import BinaryIO
from uuid import uuid4

import pytest

from kiosk.security.draft_key import DraftKey
from kiosk.security.errors import WrongKeyError
from kiosk.store.drafts import DraftPages, sweep
from kiosk.store.durable import write_durable
from kiosk.store.errors import ReadOnlyError, StoreError
from kiosk.store.folder import DataFolder
from kiosk.store.store import open_for_writing
from kiosk.wire.bundles import check_bundle
from tests.database_key import KEY
from tests.store.items import Clerk

SECRET = b"%PDF a page about Fatima Zahra El Amrani"


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


def test_bundle_is_whole(clerk: Clerk) -> None:
    deposit = clerk.deposit()
    assert check_bundle(clerk.store.spool.path(deposit)).item_id == deposit


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


@pytest.fixture
def draft(folder: DataFolder) -> DraftPages:
    folder.make()
    return DraftPages(folder, draft_id := uuid4(), DraftKey(draft_id))


def test_draft_page_is_ciphertext_on_disk_and_comes_back(
    draft: DraftPages, folder: DataFolder
) -> None:
    draft.keep(1, "pdf", SECRET)
    draft.keep(11, "pdf", b"another")
    (file,) = folder.drafts.glob("*/1.pdf")
    assert b"Fatima" not in file.read_bytes()
    assert draft.read(1, "pdf") == SECRET
    draft.remove(1)
    assert [file.name for file in folder.drafts.glob("*/*")] == ["11.pdf"]
    with pytest.raises(ReadOnlyError):
        draft.read(1, "pdf")


def test_swapped_pages_are_told(draft: DraftPages, folder: DataFolder) -> None:
    draft.keep(1, "pdf", SECRET)
    (file,) = folder.drafts.glob("*/1.pdf")
    file.with_name("2.pdf").write_bytes(file.read_bytes())
    with pytest.raises(WrongKeyError):
        draft.read(2, "pdf")


def test_destroyed_draft_cannot_be_read_and_is_gone(draft: DraftPages, folder: DataFolder) -> None:
    draft.keep(1, "pdf", SECRET)
    (file,) = folder.drafts.glob("*/1.pdf")
    content = file.read_bytes()
    draft.destroy()
    assert list(folder.drafts.iterdir()) == []
    file.parent.mkdir()
    file.write_bytes(content)
    with pytest.raises(WrongKeyError):
        draft.read(1, "pdf")


def test_drafts_of_dead_processes_are_swept(draft: DraftPages, folder: DataFolder) -> None:
    draft.keep(1, "pdf", SECRET)
    (folder.drafts / "a file").write_bytes(b"stays")
    assert sweep(folder) == 1
    assert [file.name for file in folder.drafts.iterdir()] == ["a file"]
