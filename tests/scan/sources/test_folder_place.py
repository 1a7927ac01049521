"""Where a printer's scans may lie: which folders are refused, and shares that go."""

import threading
from pathlib import Path

import pytest

from kiosk.domain.errors import SourceFault, SourceUnavailableError
from kiosk.scan.sources.folder_watch import FolderWatch
from tests.scan.sources.shares import QUICK, ended, lying, put, source


@pytest.mark.parametrize("place", ["", ".", "scans", "/", "/tmp/.."])  # noqa: S108 - refused
def test_place_that_is_no_folder_for_scans_is_denied(place: str) -> None:
    assert ended(source(Path(place), device=f"folder:{place}")) == ([], SourceFault.DENIED)


@pytest.mark.parametrize("below", ["", "spool"])
def test_data_folder_and_home_behind_a_link_are_denied(
    share: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, below: str
) -> None:
    put(share, "a.jpg")
    link = tmp_path / "link"
    link.symlink_to(share)
    with monkeypatch.context() as home:
        home.setenv("HOME", str(share))
        assert ended(source(link)) == ([], SourceFault.DENIED)
    (share / "spool").mkdir()
    (share / "store.id").touch()
    (share / "wasl.db").touch()
    assert ended(source(link / below)) == ([], SourceFault.DENIED)
    assert lying(share) == ["a.jpg", "store.id", "wasl.db"]


def test_share_that_is_gone_is_named(share: Path) -> None:
    share.rmdir()
    with pytest.raises(SourceUnavailableError) as caught:
        list(source(share).frames())
    assert caught.value.fault is SourceFault.FOLDER_GONE


def test_share_that_goes_while_it_is_watched_is_named(share: Path) -> None:
    gone = threading.Timer(0.05, share.rmdir)
    gone.start()
    with pytest.raises(SourceUnavailableError) as caught:
        list(source(share, wait_s=5).frames())
    gone.join()
    assert caught.value.fault is SourceFault.FOLDER_GONE


def test_share_is_looked_at_where_nothing_tells_of_changes(share: Path) -> None:
    # As on a share that another machine writes to: no event ever comes.
    put(share, "a.jpg")
    watch = FolderWatch(share, QUICK, threading.Event())
    for _ in range(100):
        if found := watch.ready():
            break
        watch.wait()
    assert [file.name for file in found] == ["a.jpg"]
