"""Draft pages: ciphertext on disk, one file each, swept only when no row refers to them."""

from dataclasses import replace
from uuid import UUID, uuid4

import cbor2
import pytest

from kiosk.domain.errors import UnreadableFileError
from kiosk.security.draft_key import DraftKey, new_key
from kiosk.security.errors import WrongKeyError
from kiosk.store import drafts
from kiosk.store.drafts import DraftPages, PageParts, sweep
from kiosk.store.folder import DataFolder

DRAFT = UUID("0190a000-0000-7000-8000-000000000009")
SECRET = PageParts(
    pdf=b"%PDF a page about Fatima Zahra El Amrani",
    preview=b"\xff\xd8 big",
    thumbnail=b"\xff\xd8",
    ink=b"her ink",
)


@pytest.fixture
def pages(folder: DataFolder) -> DraftPages:
    folder.make()
    made = DraftPages(folder, DRAFT, DraftKey(DRAFT, new_key()))
    made.make()
    return made


def names(folder: DataFolder) -> list[str]:
    return sorted(file.name for file in folder.drafts.glob("*/*"))


def test_page_is_one_file_of_ciphertext_and_comes_back(
    pages: DraftPages, folder: DataFolder
) -> None:
    pages.keep(1, 1, SECRET)
    pages.keep(11, 1, replace(SECRET, pdf=b"another"))
    assert names(folder) == ["1.1", "11.1"]
    content = (folder.drafts / str(DRAFT) / "1.1").read_bytes()
    assert not any(
        word in content for word in (b"Fatima", b"%PDF", b"preview", b"\xff\xd8 big", b"her ink")
    )
    assert pages.read(1, 1) == SECRET
    pages.remove(1, 1)
    assert names(folder) == ["11.1"]
    with pytest.raises(UnreadableFileError):
        pages.read(1, 1)


def test_page_of_a_version_that_kept_no_ink_is_read(pages: DraftPages, folder: DataFolder) -> None:
    key = new_key()
    before = DraftPages(folder, DRAFT, DraftKey(DRAFT, key))
    parts = {"pdf": b"%PDF", "preview": b"\xff", "thumbnail": b"\xff", "frame": b""}
    closed = DraftKey(DRAFT, key).close(cbor2.dumps(parts), "3.1")
    (folder.drafts / str(DRAFT) / "3.1").write_bytes(closed)
    assert before.read(3, 1) == PageParts(pdf=b"%PDF", preview=b"\xff", thumbnail=b"\xff")


def test_swapped_pages_are_told(pages: DraftPages, folder: DataFolder) -> None:
    pages.keep(1, 1, SECRET)
    file = folder.drafts / str(DRAFT) / "1.1"
    for other in ("2.1", "1.2"):
        file.with_name(other).write_bytes(file.read_bytes())
    for page_id, version in ((2, 1), (1, 2)):
        with pytest.raises(WrongKeyError):
            pages.read(page_id, version)


def test_file_larger_than_any_page_is_refused_unread(
    pages: DraftPages, folder: DataFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drafts, "MAX_FILE_BYTES", 100)
    (folder.drafts / str(DRAFT) / "1.1").write_bytes(bytes(101))
    with pytest.raises(UnreadableFileError):
        pages.read(1, 1)


def test_destroyed_draft_cannot_be_read_and_is_gone(pages: DraftPages, folder: DataFolder) -> None:
    pages.keep(1, 1, SECRET)
    file = folder.drafts / str(DRAFT) / "1.1"
    content = file.read_bytes()
    pages.destroy()
    assert list(folder.drafts.iterdir()) == []
    pages.destroy()
    file.parent.mkdir()
    file.write_bytes(content)
    with pytest.raises(WrongKeyError):
        pages.read(1, 1)


def test_only_what_no_row_refers_to_is_swept(pages: DraftPages, folder: DataFolder) -> None:
    # A power cut between a page's file and its row leaves the file alone.
    for version in (1, 2):
        pages.keep(1, version, SECRET)
    (folder.drafts / str(DRAFT) / "3.1.part").write_bytes(b"half")
    (folder.drafts / str(uuid4())).mkdir()
    (folder.drafts / "a file").write_bytes(b"stays")
    assert sweep(folder, {str(DRAFT): {"1.2", "2.1"}}) == 1
    assert names(folder) == ["1.2"]
    assert (folder.drafts / "a file").exists()


def test_link_in_the_drafts_folder_is_not_followed(pages: DraftPages, folder: DataFolder) -> None:
    (folder.root / "elsewhere").mkdir()
    (folder.root / "elsewhere" / "file").write_bytes(b"stays")
    (folder.drafts / str(uuid4())).symlink_to(folder.root / "elsewhere")
    sweep(folder, {})
    assert (folder.root / "elsewhere" / "file").exists()
