"""The camera: pages taken by themselves from image sequences and from a live stream."""

from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import cv2
import numpy as np
import pytest

from kiosk.domain.errors import SourceFault, SourceUnavailableError
from kiosk.domain.scans import CameraHint, CameraView
from kiosk.scan.picture import Pixels
from kiosk.scan.sources.base import Source
from kiosk.scan.sources.camera import STILL_S, CameraSource, Steadiness
from kiosk.scan.sources.camera_devices import list_cameras
from tests.contracts.source_contract import SourceContract
from tests.fakes.mjpeg import Lens, mjpeg_camera
from tests.scan.sources.films import bare, lying, moving, seen, write_sequence
from tests.scan.sources.scanners import order

STILL = 16
"""Pictures of half a second, and some."""


@pytest.fixture(scope="module")
def two_pages(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return a camera under which two pages are laid, one after another."""
    film = [moving(seen(n), 3) + lying(seen(n), STILL) for n in range(2)]
    return write_sequence(tmp_path_factory.mktemp("film"), chain.from_iterable(film))


@pytest.fixture(scope="module")
def three_glimpses(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return the same in a hurry, for tests that only count."""
    film = [moving(seen(n), 2) + lying(seen(n), 4) for n in range(3)]
    return write_sequence(tmp_path_factory.mktemp("film"), chain.from_iterable(film))


class TestSequence(SourceContract):
    @pytest.fixture
    def source(self, three_glimpses: str) -> Source:
        return CameraSource(order(three_glimpses), name="three", still_s=0.06)

    @pytest.fixture
    def barren(self, tmp_path: Path) -> Source:
        cv2.imwrite(str(tmp_path / "single.jpg"), seen(0))
        return CameraSource(order(f"camera:{tmp_path / 'single.jpg'}"))


def views(device: str) -> list[CameraView]:
    camera = CameraSource(order(device))
    found = []
    while (looked := camera.look()) is not None:
        found.append(looked[0])
    camera.close()
    return found


def decoded(content: object) -> Pixels:
    assert isinstance(content, bytes)
    picture = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None
    return picture


def test_page_is_taken_whole_and_not_as_the_view(two_pages: str) -> None:
    first = next(CameraSource(order(two_pages)).frames())
    assert decoded(first.content).shape == seen(0).shape


def test_each_page_is_taken_once(two_pages: str) -> None:
    frames = list(CameraSource(order(two_pages)).frames())
    assert len(frames) == 2
    for number, frame in enumerate(frames):
        taken = decoded(frame.content).astype(int)
        differences = [float(np.abs(taken - seen(n)).mean()) for n in range(2)]
        assert int(np.argmin(differences)) == number


def test_page_is_outlined_while_it_is_looked_at(tmp_path: Path) -> None:
    device = write_sequence(tmp_path, lying(seen(1), 3))
    found = [view for view in views(device) if view.hint is CameraHint.HOLD]
    assert found
    for view in found:
        assert view.outline is not None
        assert all(0 <= share <= 1 for spot in view.outline for share in spot)
        assert max(decoded(view.jpeg).shape) <= 640


def test_half_a_second_has_to_pass(tmp_path: Path) -> None:
    device = write_sequence(tmp_path, lying(seen(0), STILL))
    steady = [view.steady for view in views(device)]
    due = next(number for number, share in enumerate(steady) if share >= 1)
    assert due / 25 >= STILL_S
    assert due / 25 < STILL_S + 0.2
    assert steady[2:due] == sorted(steady[2:due])


@pytest.mark.parametrize(
    ("change", "hint"),
    [
        (lambda page: cv2.GaussianBlur(page, (0, 0), 4), CameraHint.BLURRED),
        (lambda page: (page * 0.2).astype(np.uint8), CameraHint.TOO_DARK),
        (lambda page: np.full_like(page, 254), CameraHint.TOO_BRIGHT),
        (lambda page: bare(), CameraHint.NO_PAGE),
    ],
    ids=["blurred", "dark", "bright", "empty"],
)
def test_what_would_not_be_read_is_not_taken_and_told_why(
    tmp_path: Path, change: object, hint: CameraHint
) -> None:
    picture = change(seen(0))  # type: ignore[operator]
    device = write_sequence(tmp_path, lying(picture, STILL))
    found = views(device)[1:]
    assert {view.hint for view in found} == {hint}
    with pytest.raises(SourceUnavailableError, match=hint) as caught:
        list(CameraSource(order(device)).frames())
    assert caught.value.fault is SourceFault.NOTHING_CAME


def test_page_that_moves_is_not_taken(tmp_path: Path) -> None:
    device = write_sequence(tmp_path, moving(seen(0), STILL))
    found = views(device)
    assert CameraHint.MOVING in {view.hint for view in found}
    assert max(view.steady for view in found) < 1


def test_manual_shot_takes_what_is_seen(tmp_path: Path) -> None:
    camera = CameraSource(order(write_sequence(tmp_path, lying(bare(), 3))))
    with pytest.raises(SourceUnavailableError):
        camera.shoot()
    camera.look()
    assert decoded(camera.shoot().content).shape == bare().shape
    camera.close()


def test_page_that_was_taken_is_said_to_be() -> None:
    corners = np.array([[100.0, 100], [440, 100], [440, 600], [100, 600]])
    page = seen(0)
    steadiness = Steadiness(lambda _: corners)
    assert steadiness.judge(page, 0.0)[0] is CameraHint.MOVING
    assert steadiness.judge(page, 0.1)[0] is CameraHint.HOLD
    steadiness.taken()
    assert steadiness.judge(page, 5.0)[:2] == (CameraHint.TAKEN, 0.0)
    assert steadiness.judge(np.roll(page, 90, 0), 5.1)[0] is CameraHint.MOVING
    assert steadiness.judge(np.roll(page, 90, 0), 5.2)[0] is CameraHint.HOLD


def test_page_is_not_searched_again_while_nothing_moves() -> None:
    searches = []
    steadiness = Steadiness(lambda picture: searches.append(picture.shape))
    for step, picture in enumerate(lying(seen(0), 12)):
        steadiness.judge(picture, step / 25)
    assert len(searches) == 1


@pytest.fixture
def lens() -> Lens:
    page = lying(seen(0), 1)[0]
    return Lens(pictures=[bytes(cv2.imencode(".jpg", page)[1])])


@pytest.fixture
def live(lens: Lens) -> Iterator[str]:
    with mjpeg_camera(lens) as url:
        yield f"camera:{url}"


def test_page_is_taken_from_a_live_stream(live: str) -> None:
    camera = CameraSource(order(live, pages=1))
    (frame,) = camera.frames()
    assert decoded(frame.content).shape == seen(0).shape
    camera.close()


def test_camera_that_vanishes_is_named_and_its_page_stays(live: str, lens: Lens) -> None:
    camera = CameraSource(order(live))
    frames = camera.frames()
    assert next(frames).index == 1
    lens.gone.set()
    with pytest.raises(SourceUnavailableError) as caught:
        next(frames)
    assert caught.value.fault is SourceFault.CAMERA_GONE
    camera.close()


def test_live_picture_beyond_all_bounds_is_refused_by_its_name(live: str, lens: Lens) -> None:
    huge = np.full((5_100, 8_000), 200, np.uint8)
    lens.pictures = [bytes(cv2.imencode(".jpg", huge)[1])]
    camera = CameraSource(order(live))
    with pytest.raises(SourceUnavailableError) as caught:
        camera.look()
    assert caught.value.fault is SourceFault.CANNOT
    camera.close()


@pytest.mark.parametrize("uri", ["/nowhere/film.avi", "/nowhere/f%03d.png", "http://127.0.0.1:9/"])
def test_camera_that_is_not_there_is_named(uri: str) -> None:
    with pytest.raises(SourceUnavailableError) as caught:
        list(CameraSource(order(f"camera:{uri}")).frames())
    assert caught.value.fault is SourceFault.NOT_FOUND


def test_nothing_laid_down_ends_the_run(live: str, lens: Lens) -> None:
    lens.pictures = [bytes(cv2.imencode(".jpg", bare())[1])]
    camera = CameraSource(order(live), patience_s=0.3)
    with pytest.raises(SourceUnavailableError) as caught:
        list(camera.frames())
    assert caught.value.fault is SourceFault.NOTHING_CAME
    camera.close()


def test_cameras_are_named_by_what_stays(tmp_path: Path) -> None:
    for name in ("usb-Acme_DocCam_77-video-index0", "usb-Acme_DocCam_77-video-index1"):
        (tmp_path / name).touch()
    link = tmp_path / "usb-Acme_DocCam_77-video-index0"
    assert list_cameras(tmp_path) == ((f"camera:{link}", "Acme DocCam 77-video"),)
    assert list_cameras(tmp_path / "nowhere") == ()
