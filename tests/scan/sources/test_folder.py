"""The hot folder: half-written, empty, broken and hostile files, and crashes in between."""

import fcntl
import os
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from kiosk.domain.errors import (
    EncryptedPdfError,
    SourceFault,
    SourceUnavailableError,
    TooManyPagesError,
    UnreadableFileError,
)
from kiosk.domain.scans import Keeping
from kiosk.scan.sources.base import Source
from kiosk.scan.sources.folder_ends import End, end_of
from kiosk.scan.sources.folder_hands import IN_HAND, QUARANTINE, Hands
from tests.contracts.source_contract import SourceContract
from tests.scan.sources.shares import ended, kept, lying, nothing_comes, put, source

MakePdf = Callable[..., bytes]


class TestFolder(SourceContract):
    @pytest.fixture
    def source(self, share: Path) -> Source:
        for number, shade in enumerate((230, 240, 250), 1):
            put(share, f"{number}.jpg", shade)
        return source(share)

    @pytest.fixture
    def barren(self, share: Path) -> Source:
        return source(share, wait_s=0.05)


def test_oldest_file_comes_first(share: Path) -> None:
    put(share, "b.jpg", 230)
    put(share, "a.jpg", 250)
    frames = list(source(share).frames())
    assert [Path(str(frame.content)).name for frame in frames] == ["000001~b.jpg", "000002~a.jpg"]


def test_file_goes_when_its_pages_are_kept_and_not_before(share: Path, tiny_pdf: MakePdf) -> None:
    (share / "three.pdf").write_bytes(tiny_pdf(3))
    one = source(share)
    for frame in one.frames():
        assert lying(share) == [f"{IN_HAND}/000001~three.pdf"]
        one.settle(frame.index, None)
    assert lying(share) == []


def test_files_go_together_when_their_pages_are_kept_together(share: Path) -> None:
    put(share, "a.jpg", 230)
    (share / "empty.jpg").touch()
    one = source(share, keeping=Keeping.AT_END)
    assert ended(one) == ([1, 2], None)
    one.close()
    assert lying(share) == [f"{IN_HAND}/000001~a.jpg", f"{IN_HAND}/000002~empty.jpg"]
    one.all_kept([1])
    assert lying(share) == [f"{QUARANTINE}/empty.jpg", f"{QUARANTINE}/empty.jpg.txt"]


def test_file_taken_before_a_crash_goes_with_its_pdf(share: Path, tiny_pdf: MakePdf) -> None:
    # a.jpg is taken, page 3 brings the program down in the middle of three.pdf, c.jpg follows.
    put(share, "a.jpg", 100)
    (share / "three.pdf").write_bytes(tiny_pdf(3))
    os.utime(share / "three.pdf", (1_000_150, 1_000_150))
    put(share, "c.jpg", 200)
    for frame in source(share, keeping=Keeping.AT_END).frames():
        if frame.index == 3:
            break
    again = source(share, first=4, keeping=Keeping.AT_END)
    assert ended(again) == ([4, 5], None)
    again.all_kept([1, 2, 4, 5])
    assert lying(share) == [f"{QUARANTINE}/three.pdf", f"{QUARANTINE}/three.pdf.txt"]


def test_file_that_was_written_after_it_was_read_is_told_at_the_end(share: Path) -> None:
    put(share, "a.jpg", 230)
    one = source(share, keeping=Keeping.AT_END)
    assert ended(one) == ([1], None)
    with (share / IN_HAND / "000001~a.jpg").open("ab") as late:
        late.write(b"more")
    with pytest.raises(SourceUnavailableError) as caught:
        one.all_kept([1])
    assert caught.value.fault is SourceFault.FILES_LEFT
    assert [name for name in lying(share) if name.endswith("-a.jpg")]


def test_nothing_is_touched_where_nobody_keeps_the_pages(share: Path) -> None:
    (share / IN_HAND).mkdir()
    put(share / IN_HAND, "000007~left.jpg")
    put(share, "a.jpg", 230)
    (share / "empty.jpg").touch()
    before = lying(share)
    one = source(share, keeping=Keeping.NOTHING)
    assert ended(one) == ([1, 2, 3], None)
    one.all_kept([1, 2, 3])
    assert lying(share) == before


def test_look_that_goes_on_after_a_crash_skips_what_was_seen(share: Path) -> None:
    put(share, "a.jpg", 230)
    put(share, "b.jpg", 240)
    frames = source(share, first=2, keeping=Keeping.NOTHING).frames(first=2)
    assert [(one.index, Path(str(one.content)).name) for one in frames] == [(2, "b.jpg")]


def test_restart_finds_what_was_in_hand(share: Path) -> None:
    # Power went when a page had been taken from the share and not yet kept.
    put(share, "a.jpg", 230)
    put(share, "b.jpg", 240)
    frames = source(share).frames()
    next(frames)
    frames.close()  # type: ignore[attr-defined]
    assert lying(share) == [f"{IN_HAND}/000001~a.jpg", "b.jpg"]
    assert kept(source(share)) == [1, 2]
    assert lying(share) == []


def test_file_in_hand_that_somebody_takes_away_is_named(share: Path) -> None:
    for name in ("000001~a.jpg", "000002~b.jpg"):
        (share / IN_HAND).mkdir(exist_ok=True)
        put(share / IN_HAND, name)
    frames = source(share, wait_s=0.4).frames()
    assert next(frames).index == 1
    (share / IN_HAND / "000002~b.jpg").unlink()
    with pytest.raises(SourceUnavailableError) as caught:
        next(frames)
    assert caught.value.fault is SourceFault.BROKEN_OFF


@pytest.mark.parametrize("name", ["€" * 83 + ".jpg", "ف" * 125 + ".jpg", "a" * 251 + ".jpg"])
def test_longest_name_is_taken_and_put_aside(share: Path, name: str) -> None:
    # A disk takes 255 bytes: with our number before it such a name has more.
    put(share, name)
    assert ended(source(share), UnreadableFileError("damaged")) == ([1], None)
    file, reason = lying(share)
    assert (Path(file).suffix, reason) == (".jpg", f"{file}.txt")
    assert len(Path(file).name) < len(name)


def test_name_in_no_alphabet_is_taken(share: Path) -> None:
    put(share, "a.jpg").rename(share / os.fsdecode(b"\xff\xfe\xfd"))
    put(share, "b.jpg")
    assert kept(source(share)) == [1, 2]
    assert lying(share) == []


class Stubborn(Hands):
    """Cannot move one file: as in a folder where each may only move its own."""

    def take(self, file: Path, number: int) -> Path | None:
        """Pretend that *file* is under a name that is not there, for the one."""
        wrong = file / "x" if file.name == "a.jpg" else file
        return super().take(wrong, number)


def test_file_that_cannot_be_taken_keeps_no_other_from_it(share: Path) -> None:
    put(share, "a.jpg", 230)
    put(share, "b.jpg", 240)
    assert ended(source(share, hands=Stubborn(share))) == ([1], SourceFault.FILES_LEFT)
    assert lying(share) == ["a.jpg"]


def test_growing_file_waits_until_it_is_whole(share: Path, tiny_pdf: MakePdf) -> None:
    whole = tiny_pdf(1)
    growing = share / "slow.pdf"
    growing.write_bytes(whole[:100])
    stop = threading.Event()

    def grow() -> None:
        for end in range(110, 200, 10):
            with growing.open("r+b") as file:
                file.write(whole[:end])
            stop.wait(0.02)
        growing.write_bytes(whole)

    writer = threading.Thread(target=grow)
    writer.start()
    (frame,) = source(share, wait_s=3).frames()
    writer.join()
    assert frame.refusal is None
    assert Path(str(frame.content)).read_bytes() == whole


def test_file_that_never_becomes_whole_is_refused_in_the_end(
    share: Path, tiny_pdf: MakePdf
) -> None:
    # The printer was switched off in the middle of sending.
    (share / "half.jpg").write_bytes(put(share, "a.jpg").read_bytes()[:-300])
    (share / "a.jpg").unlink()
    (frame,) = source(share).frames()
    assert frame.refusal is None  # that it is damaged, decoding finds


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("empty.pdf", b"", UnreadableFileError),
        ("no.pdf", b"%PDF-1.7 nothing %%EOF", UnreadableFileError),
        ("book.pdf", None, TooManyPagesError),
        ("locked.pdf", None, EncryptedPdfError),
    ],
)
def test_bad_file_goes_to_quarantine_with_the_reason(
    share: Path, tiny_pdf: MakePdf, name: str, content: bytes | None, kind: type[Exception]
) -> None:
    import pikepdf

    made = {
        "book.pdf": lambda: tiny_pdf(201),
        "locked.pdf": lambda: tiny_pdf(1, encryption=pikepdf.Encryption(owner="o", user="u")),
    }
    (share / name).write_bytes(made[name]() if content is None else content)
    put(share, "good.jpg")
    one = source(share)
    refusals = []
    for frame in one.frames():
        refusals.append(type(frame.refusal))
        one.settle(frame.index, frame.refusal)
    assert sorted(str(found) for found in refusals) == sorted((str(kind), str(type(None))))
    assert lying(share) == [f"{QUARANTINE}/{name}", f"{QUARANTINE}/{name}.txt"]
    code, french, arabic, *_ = (share / QUARANTINE / f"{name}.txt").read_text("utf-8").splitlines()
    assert code == kind.code  # type: ignore[attr-defined]
    assert "Numérisez" in french
    assert any("\u0600" <= char <= "\u06ff" for char in arabic)


def test_refused_page_keeps_the_whole_file(share: Path, tiny_pdf: MakePdf) -> None:
    (share / "three.pdf").write_bytes(tiny_pdf(3))
    one = source(share)
    for frame in one.frames():
        one.settle(frame.index, UnreadableFileError("damaged") if frame.index == 2 else None)
    assert lying(share) == [f"{QUARANTINE}/three.pdf", f"{QUARANTINE}/three.pdf.txt"]


def test_file_put_back_from_quarantine_is_tried_again(share: Path) -> None:
    put(share, "a.jpg")
    one = source(share)
    one.settle(next(one.frames()).index, UnreadableFileError("damaged"))
    (share / QUARANTINE / "a.jpg").rename(share / "a.jpg")
    assert kept(source(share)) == [1]
    assert lying(share) == [f"{QUARANTINE}/a.jpg.txt"]


def test_quarantine_never_writes_over(share: Path) -> None:
    for _ in range(2):
        put(share, "a.jpg")
        one = source(share)
        one.settle(next(one.frames()).index, UnreadableFileError("damaged"))
    assert f"{QUARANTINE}/a-1.jpg" in lying(share)
    assert f"{QUARANTINE}/a.jpg" in lying(share)


def test_quarantine_never_writes_over_what_looks_like_a_reason(share: Path) -> None:
    # The words about x.jpg would stand where the bad file x.jpg.txt lies.
    for name in ("x.jpg.txt", "x.jpg"):
        (share / name).write_bytes(name.encode())
        ended(source(share), UnreadableFileError("damaged"))
    found = {name: (share / name).read_bytes() for name in lying(share)}
    assert found.pop(f"{QUARANTINE}/x.jpg.txt") == b"x.jpg.txt"
    assert found.pop(f"{QUARANTINE}/x-1.jpg") == b"x.jpg"
    assert sorted(found) == [f"{QUARANTINE}/x-1.jpg.txt", f"{QUARANTINE}/x.jpg.txt.txt"]


def test_what_cannot_be_put_aside_stays_in_hand(share: Path) -> None:
    put(share, "a.jpg")
    (share / QUARANTINE).symlink_to("nowhere")
    verdict = UnreadableFileError("damaged")
    assert ended(source(share), verdict) == ([1], SourceFault.FILES_LEFT)
    assert lying(share) == [f"{IN_HAND}/000001~a.jpg"]


def test_run_that_goes_on_puts_aside_what_brought_it_down(share: Path) -> None:
    # A page of a.jpg killed the capture child; its owner goes on with number 2.
    put(share, "a.jpg", 230)
    put(share, "b.jpg", 240)
    next(source(share).frames())
    again = source(share, first=2)
    numbers = []
    for frame in again.frames(first=2):
        numbers.append(frame.index)
        again.settle(frame.index, None)
    assert numbers == [2]
    assert lying(share) == [f"{QUARANTINE}/a.jpg", f"{QUARANTINE}/a.jpg.txt"]


def test_run_that_goes_on_in_the_middle_of_a_file_keeps_it(share: Path, tiny_pdf: MakePdf) -> None:
    (share / "three.pdf").write_bytes(tiny_pdf(3))
    next(source(share).frames())
    again = source(share, first=2, wait_s=0.4)
    for frame in again.frames(first=2):
        again.settle(frame.index, None)
    assert f"{QUARANTINE}/three.pdf" in lying(share)


def test_locked_file_waits(share: Path) -> None:
    file = put(share, "a.jpg")
    with file.open("rb") as writer:
        fcntl.flock(writer, fcntl.LOCK_EX)
        assert ended(source(share)) == ([], SourceFault.FILES_LEFT)
    assert len(list(source(share).frames())) == 1


@pytest.mark.parametrize("name", [".hidden.jpg", "a.jpg.part", "a.tmp", "a.jpg~"])
def test_unfinished_names_are_left_alone(share: Path, name: str) -> None:
    (share / name).write_bytes(put(share, "a.jpg").read_bytes())
    (share / "a.jpg").unlink()
    assert nothing_comes(share)


def test_links_and_pipes_are_no_scans(share: Path, tmp_path: Path) -> None:
    put(tmp_path, "elsewhere.jpg")
    (share / "link.jpg").symlink_to(tmp_path / "elsewhere.jpg")
    os.mkfifo(share / "pipe.jpg")
    (share / "folder.jpg").mkdir()
    assert nothing_comes(share)


def test_run_ends_with_the_file_that_reaches_its_pages(share: Path, tiny_pdf: MakePdf) -> None:
    (share / "a.pdf").write_bytes(tiny_pdf(3))
    one = source(share, pages=2)
    assert kept(one) == [1, 2, 3]
    assert lying(share) == []


def test_file_that_comes_late_is_waited_for(share: Path) -> None:
    late = threading.Timer(0.15, lambda: put(share, "late.jpg"))
    late.start()
    assert kept(source(share, wait_s=3)) == [1]
    late.join()


@pytest.mark.parametrize("suffix", ["jpg", "png", "webp", "tif", "pdf"])
def test_end_of_each_format_is_known(share: Path, tiny_pdf: MakePdf, suffix: str) -> None:
    file = share / f"a.{suffix}"
    if suffix == "pdf":
        file.write_bytes(tiny_pdf(1))
    else:
        Image.effect_noise((200, 280), 40).save(file)
    whole = file.read_bytes()
    # The next page of a TIFF may come behind the last one: only lying still tells.
    assert end_of(file, len(whole)) is (End.UNSURE if suffix == "tif" else End.THERE)
    for length in (len(whole) // 2, 60, 9, 4, 0):
        file.write_bytes(whole[:length])
        assert end_of(file, length) is not End.THERE
        assert suffix != "tif" or length < 8 or end_of(file, length) is End.NOT_THERE


def test_pipeline_keeps_good_pages_and_puts_the_others_aside(share: Path) -> None:
    from kiosk.scan import pipeline

    put(share, "damaged.jpg", 230).write_bytes(put(share, "good.jpg", 240).read_bytes()[:-400])
    put(share, "later.jpg", 250)
    told = pipeline.frames_of(source(share), name="share", first=1)
    seen = []
    for message in told:
        seen.append(message["is"])
        if message["is"] == "page" and message["index"] == 1:
            # Its page is told of and nobody has said yet that it is kept.
            assert f"{IN_HAND}/000001~good.jpg" in lying(share)
    assert sorted(set(seen)) == ["decoded", "decoding", "fault", "page"]
    assert lying(share) == [f"{QUARANTINE}/damaged.jpg", f"{QUARANTINE}/damaged.jpg.txt"]
