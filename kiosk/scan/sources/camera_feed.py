"""Pictures of a camera through OpenCV: a live one gives its newest, a file one after another."""

import os
import re
import threading
from pathlib import Path
from time import monotonic
from typing import Final, Protocol

import cv2

from kiosk.domain.errors import SourceFault, SourceUnavailableError
from kiosk.scan.limits import MAX_PIXELS
from kiosk.scan.picture import Pixels

OPEN_LIMIT_S: Final = 6.0
SILENCE_LIMIT_S: Final = 3.0
"""A camera that gave no picture for so long is gone."""
_SIDES: Final = (4160, 3120)
"""Asked of a camera; it gives the nearest it has (13 Mpx reads A4 at some 300 dpi)."""
_FILE_FPS: Final = 25.0
_NUMBER: Final = re.compile(r"\d{1,2}")

# OpenCV's own words about cameras that are not there say nothing an engineer would miss.
os.environ.setdefault("OPENCV_LOG_LEVEL", "ERROR")


class Feed(Protocol):
    """Where pictures come from."""

    def read(self) -> tuple[Pixels, float] | None:
        """Return a picture, (height, width, 3) BGR uint8, and when it was taken, seconds.

        None at the end of a file.

        Raises:
            SourceUnavailableError: The camera is gone.
        """

    def close(self) -> None:
        """Let it go."""


def open_feed(uri: str) -> Feed:
    """Open a camera by number or address, or a file or sequence of pictures.

    Raises:
        SourceUnavailableError: It is not there.
    """
    if _NUMBER.fullmatch(uri):
        return LiveFeed(_opened(int(uri)))
    if uri.startswith(("http://", "https://", "rtsp://")) or uri.startswith("/dev/"):
        return LiveFeed(_opened(os.path.realpath(uri) if uri.startswith("/dev/") else uri))
    return FileFeed(_opened(uri))


class FileFeed:
    """A film or a sequence, picture by picture, in its own time."""

    def __init__(self, capture: cv2.VideoCapture) -> None:
        self._capture = capture
        fps = capture.get(cv2.CAP_PROP_FPS)
        self._seconds = 1.0 / fps if 0 < fps <= 240 else 1.0 / _FILE_FPS
        self._read = 0

    def read(self) -> tuple[Pixels, float] | None:
        """Return the next picture; see ``Feed.read``."""
        done, pixels = self._capture.read()
        if not done:
            return None
        self._read += 1
        return _bounded(pixels), self._read * self._seconds

    def close(self) -> None:
        """Close the file."""
        self._capture.release()


class LiveFeed:
    """A camera: a thread takes every picture, so that who looks sees now and not a while ago.

    Reading lets the GIL go. The thread is a daemon: a driver that hangs dies with this process.
    """

    def __init__(self, capture: cv2.VideoCapture, silence_s: float = SILENCE_LIMIT_S) -> None:
        self._capture = capture
        self._silence_s = silence_s
        self._fresh = threading.Condition()
        self._newest: tuple[Pixels, float] | None = None
        self._is_gone = self._is_closing = False
        self._thread = threading.Thread(target=self._take, name="camera", daemon=True)
        self._thread.start()

    def read(self) -> tuple[Pixels, float]:
        """Return the newest picture that was not returned before; see ``Feed.read``."""
        with self._fresh:
            self._fresh.wait_for(lambda: self._newest or self._is_gone, self._silence_s)
            newest, self._newest = self._newest, None
        if newest is None:
            raise SourceUnavailableError(SourceFault.CAMERA_GONE, "the camera gives no picture")
        pixels, at_s = newest
        return _bounded(pixels), at_s

    def close(self) -> None:
        """Let the camera go, unless its driver hangs."""
        self._is_closing = True
        self._thread.join(self._silence_s)
        if not self._thread.is_alive():
            self._capture.release()

    def _take(self) -> None:
        try:
            while not self._is_closing:
                done, pixels = self._capture.read()
                if not done:
                    break
                with self._fresh:
                    self._newest = pixels, monotonic()
                    self._fresh.notify_all()
        finally:
            with self._fresh:
                self._is_gone = True
                self._fresh.notify_all()


def _opened(place: int | str) -> cv2.VideoCapture:
    if isinstance(place, str) and not place.startswith(("http", "rtsp")):
        _check_file(Path(place))
    limits = [
        cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, int(OPEN_LIMIT_S * 1000),
        cv2.CAP_PROP_READ_TIMEOUT_MSEC, int(SILENCE_LIMIT_S * 1000),
    ]  # fmt: skip
    try:
        if isinstance(place, int) or place.startswith("/dev/"):
            capture = cv2.VideoCapture(place)
            capture.set(cv2.CAP_PROP_FRAME_WIDTH, _SIDES[0])
            capture.set(cv2.CAP_PROP_FRAME_HEIGHT, _SIDES[1])
        elif place.startswith(("http", "rtsp")):
            capture = cv2.VideoCapture(place, cv2.CAP_FFMPEG, limits)
        else:
            capture = cv2.VideoCapture(place)
    except cv2.error as error:
        raise SourceUnavailableError(SourceFault.NOT_FOUND, "no such camera") from error
    if not capture.isOpened():
        raise SourceUnavailableError(SourceFault.NOT_FOUND, "that camera is not there")
    return capture


def _check_file(place: Path) -> None:
    """Refuse what would block or is not there, before a library opens it."""
    if "%" in place.name:  # the first picture of a sequence is looked for by OpenCV
        place = place.parent
    if not place.exists() or place.is_fifo():
        raise SourceUnavailableError(SourceFault.NOT_FOUND, "that camera is not there")


def _bounded(pixels: Pixels) -> Pixels:
    height, width = pixels.shape[:2]
    if height * width > MAX_PIXELS:
        raise SourceUnavailableError(SourceFault.CANNOT, "pictures beyond all bounds")
    return pixels if pixels.ndim == 3 else cv2.cvtColor(pixels, cv2.COLOR_GRAY2BGR)
