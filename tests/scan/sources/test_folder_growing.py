"""The hot folder while somebody writes: nothing is taken half, nothing that comes late is lost."""

import fcntl
import os
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import NamedTemporaryFile

import pytest
from PIL import Image
from PIL.TiffImagePlugin import AppendingTiffWriter

from kiosk.domain.errors import SourceFault
from kiosk.scan.sources.folder_hands import IN_HAND, Hands
from kiosk.scan.sources.folder_state import LOCAL, kind_of_disk
from kiosk.scan.sources.folder_watch import Patience
from tests.scan.sources.shares import QUICK, ended, kept, lying, put, source

PATIENT = Patience(still_s=0.03, unsure_s=0.8, unfinished_s=5, growing_s=20, look_s=0.01)
"""For a writer that may not be let run for a while: what he does takes a tenth of these times."""
PAGE = Image.effect_noise((80, 112), 40)


def add_page(file: Path) -> None:
    """Add a page behind those of a TIFF, as a feeder does."""
    with AppendingTiffWriter(file) as tiff:
        PAGE.save(tiff, format="TIFF")


@contextmanager
def meanwhile(act: Callable[[threading.Event], None]) -> Iterator[None]:
    """Let somebody else do something in a thread, until it is done or the block is left."""
    stop = threading.Event()
    writer = threading.Thread(target=act, args=(stop,))
    writer.start()
    try:
        yield
    finally:
        stop.set()
        writer.join()


def tells_of_writers(share: Path) -> bool:
    """Tell whether the kernel refuses a lease on a file that is open to write, and gives others."""
    if sys.platform != "linux" or kind_of_disk(share.stat().st_dev) not in LOCAL:
        return False
    with NamedTemporaryFile(dir=share) as writer, Path(writer.name).open("rb") as reader:
        try:
            fcntl.fcntl(reader, fcntl.F_SETLEASE, fcntl.F_RDLCK)
        except OSError as error:
            return isinstance(error, BlockingIOError)
    return False


def test_kind_of_disk_is_read_from_the_mounts(tmp_path: Path) -> None:
    mounts = tmp_path / "mountinfo"
    mounts.write_text(
        "21 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n"
        "22 21 0:45 /scans /srv/a\\040share rw - nfs4 nas:/scans rw,vers=4.2\n"
        "\n23 21\n"
    )
    found = [kind_of_disk(os.makedev(*number), mounts) for number in ((8, 1), (0, 45), (0, 4))]
    assert found == ["ext4", "nfs4", None]
    assert kind_of_disk(os.makedev(8, 1), tmp_path / "nowhere") is None


def test_tiff_that_is_held_open_waits_for_its_last_page(share: Path) -> None:
    if not tells_of_writers(share):
        pytest.skip("this disk does not tell who holds a file open")

    def feed(stop: threading.Event) -> None:
        with (share / "adf.tif").open("w+b") as file, AppendingTiffWriter(file) as tiff:
            for _ in range(4):
                PAGE.save(tiff, format="TIFF")
                tiff.newFrame()
                file.flush()
                stop.wait(QUICK.unsure_s * 1.5)  # longer than a file that nobody holds lies still

    patience = replace(PATIENT, unsure_s=QUICK.unsure_s)
    with meanwhile(feed):
        assert kept(source(share, patience=patience)) == [1, 2, 3, 4]
    assert lying(share) == []


def test_tiff_that_is_opened_for_each_page_waits_for_the_next(share: Path) -> None:
    def feed(stop: threading.Event) -> None:
        for _ in range(4):
            add_page(share / "adf.tif")
            stop.wait(PATIENT.still_s * 2)  # longer than a file with a sure end lies still

    with meanwhile(feed):
        frames = list(source(share, patience=PATIENT).frames())
    assert [frame.index for frame in frames] == [1, 2, 3, 4]
    assert len({frame.content for frame in frames}) == 1


class Blind(Hands):
    """A mistake made on purpose: removes what it took without looking at it again."""

    def remove(self, file: Path, as_read: bytes | None) -> None:
        """Remove it whatever it holds now."""
        file.unlink()


def pages_before_and_after(share: Path, hands: Hands) -> tuple[list[int], int]:
    """Let a page be added to a file in hand; return the frames, and the pages still lying there.

    As where a server lets a file be renamed that somebody has open: who writes goes on.
    """
    for _ in range(3):
        add_page(share / "adf.tif")
    one = source(share, hands=hands)
    numbers = []
    for frame in one.frames():
        numbers.append(frame.index)
        if frame.index == 3:
            add_page(share / IN_HAND / "000001~adf.tif")
        one.settle(frame.index, None)
    return numbers, len(lying(share))


def test_page_that_comes_after_the_hand_over_is_taken(share: Path) -> None:
    # Pages that come twice are told as such; one that is lost is told by nobody.
    assert pages_before_and_after(share, Hands(share)) == ([1, 2, 3, 4, 5, 6, 7], 0)


def test_hands_that_remove_without_looking_are_caught(share: Path) -> None:
    assert pages_before_and_after(share, Blind(share)) == ([1, 2, 3], 0)


def test_change_that_leaves_size_and_time_is_seen(share: Path) -> None:
    put(share, "a.jpg")
    one = source(share)
    frame = next(one.frames())
    held = Path(str(frame.content))
    changed_ns, content = held.stat().st_mtime_ns, bytearray(held.read_bytes())
    content[len(content) // 2] ^= 0xFF
    held.write_bytes(content)
    os.utime(held, ns=(changed_ns, changed_ns))
    one.settle(frame.index, None)
    assert [name for name in lying(share) if name.endswith("-a.jpg")]


def test_file_that_is_begun_anew_while_another_is_taken_waits(share: Path) -> None:
    # The printer calls each scan scan.jpg: the next one begins while the list is worked through.
    whole = put(share, "z.jpg", 200).read_bytes()
    put(share, "a.jpg", 100)
    one = source(share, patience=PATIENT)
    frames = one.frames()
    assert next(frames).index == 1
    (share / "z.jpg").write_bytes(whole[: len(whole) // 2])

    def finish(stop: threading.Event) -> None:
        stop.wait(QUICK.still_s * 2)
        (share / "z.jpg").write_bytes(whole)

    with meanwhile(finish):
        (second,) = frames
    assert Path(str(second.content)).read_bytes() == whole


def test_run_waits_for_what_is_unfinished_and_names_it(share: Path) -> None:
    # A good page, one that the printer opened and never wrote, and one that broke off.
    good = put(share, "good.jpg").read_bytes()
    (share / "empty.jpg").touch()
    (share / "half.jpg").write_bytes(good[: len(good) // 2])
    one = source(share, quiet_s=QUICK.still_s)
    named = {}
    for frame in one.frames():
        named[Path(str(frame.content)).name[7:]] = frame.refusal is None
        one.settle(frame.index, frame.refusal)
    assert named == {"good.jpg": True, "empty.jpg": False, "half.jpg": True}


@pytest.mark.parametrize("pages", [0, 1])
def test_file_that_never_stops_growing_is_told_and_stays(share: Path, pages: int) -> None:
    if pages:
        put(share, "good.jpg")

    def grow(stop: threading.Event) -> None:
        with (share / "endless.jpg").open("ab") as file:
            while not stop.wait(QUICK.still_s / 3):
                file.write(b"\xff\xd8 and so on")
                file.flush()

    with meanwhile(grow):
        assert ended(source(share)) == ([1][:pages], SourceFault.FILES_LEFT)
    assert lying(share) == ["endless.jpg"]


def test_file_under_a_passing_name_is_waited_for(share: Path) -> None:
    (share / "old.part").write_bytes(b"of a transfer that broke off last week")
    put(share, "a.jpg", 230)
    late = put(share.parent, "late.jpg", 240).read_bytes()

    def send(stop: threading.Event) -> None:
        stop.wait(QUICK.still_s)
        with (share / "b.jpg.part").open("wb") as file:
            for half in (late[:99], late[99:]):
                file.write(half)
                file.flush()
                stop.wait(PATIENT.unsure_s / 4)
        (share / "b.jpg.part").rename(share / "b.jpg")

    with meanwhile(send):
        assert kept(source(share, patience=PATIENT)) == [1, 2]
    assert lying(share) == ["old.part"]
