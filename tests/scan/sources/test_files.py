"""The source that reads files, and how it refuses what is none."""

import os
from collections.abc import Callable
from pathlib import Path

import pikepdf
import pytest
from PIL import Image

from kiosk.domain.errors import (
    EncryptedPdfError,
    FileTooLargeError,
    PageLimit,
    TooManyPagesError,
    UnreadableFileError,
)
from kiosk.scan.limits import MAX_PAGES
from kiosk.scan.messages import fault_from_wire, fault_to_wire
from kiosk.scan.sources import files
from kiosk.scan.sources.base import Media, Source
from kiosk.scan.sources.files import FilesSource
from tests.contracts.source_contract import SourceContract

MakePdf = Callable[..., bytes]


class TestTiff(SourceContract):
    @pytest.fixture
    def source(self, tmp_path: Path) -> Source:
        path = tmp_path / "three.tif"
        sides = [Image.new("L", (200, 280), shade) for shade in (250, 240, 230)]
        sides[0].save(path, save_all=True, append_images=sides[1:])
        return FilesSource(path, name="three")

    @pytest.fixture
    def barren(self, tmp_path: Path) -> Source:
        path = tmp_path / "none.tif"
        path.write_bytes(b"II*\0\0\0\0\0")
        return FilesSource(path)


class TestPdf(SourceContract):
    @pytest.fixture
    def source(self, tmp_path: Path, tiny_pdf: MakePdf) -> Source:
        path = tmp_path / "three.pdf"
        path.write_bytes(tiny_pdf(3))
        return FilesSource(path, name="three")

    @pytest.fixture
    def barren(self, tmp_path: Path, tiny_pdf: MakePdf) -> Source:
        path = tmp_path / "none.pdf"
        path.write_bytes(tiny_pdf(0))
        return FilesSource(path)


def refused(path: Path) -> Exception:
    with pytest.raises((UnreadableFileError, FileTooLargeError, EncryptedPdfError)) as caught:
        list(FilesSource(path).frames())
    return caught.value


def test_content_counts_and_not_the_suffix(tmp_path: Path, tiny_pdf: MakePdf) -> None:
    path = tmp_path / "scan.jpg"
    path.write_bytes(tiny_pdf(1))
    (frame,) = FilesSource(path).frames()
    assert frame.media is Media.PDF


def test_empty_file_is_unreadable(tmp_path: Path) -> None:
    path = tmp_path / "empty.jpg"
    path.touch()
    assert isinstance(refused(path), UnreadableFileError)


def test_missing_file_is_unreadable(tmp_path: Path) -> None:
    assert isinstance(refused(tmp_path / "nowhere.jpg"), UnreadableFileError)


def test_folder_is_unreadable(tmp_path: Path) -> None:
    assert isinstance(refused(tmp_path), UnreadableFileError)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_named_pipe_does_not_block(tmp_path: Path) -> None:
    path = tmp_path / "pipe.jpg"
    os.mkfifo(path)
    assert isinstance(refused(path), UnreadableFileError)


def test_encrypted_pdf_is_named(tmp_path: Path, tiny_pdf: MakePdf) -> None:
    path = tmp_path / "locked.pdf"
    lock = pikepdf.Encryption(owner="owner", user="secret")
    path.write_bytes(tiny_pdf(1, encryption=lock))
    assert isinstance(refused(path), EncryptedPdfError)


def test_pdf_with_ten_thousand_pages_is_too_large(tmp_path: Path, tiny_pdf: MakePdf) -> None:
    path = tmp_path / "book.pdf"
    path.write_bytes(tiny_pdf(10_000))
    error = refused(path)
    assert isinstance(error, TooManyPagesError)
    assert error.limit is PageLimit.FILE
    told = fault_from_wire(fault_to_wire(error, 1))  # the window chooses its words by that
    assert isinstance(told, TooManyPagesError)
    assert told.limit is PageLimit.FILE


def test_tiff_with_too_many_pages_is_too_large(tmp_path: Path) -> None:
    path = tmp_path / "book.tif"
    side = Image.new("1", (40, 40))
    side.save(path, save_all=True, append_images=[side] * MAX_PAGES)
    assert isinstance(refused(path), FileTooLargeError)


def test_file_above_the_bound_is_not_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "large.jpg"
    path.write_bytes(b"\xff\xd8" + b"\0" * 2_000)
    monkeypatch.setattr(files, "MAX_IMAGE_BYTES", 1_000)
    assert isinstance(refused(path), FileTooLargeError)
