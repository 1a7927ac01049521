"""The source that photographs: a document camera or webcam, by number, file, sequence or address.

A picture is taken by itself when a page lies still and sharp for half a second, and again only
after something has moved: the page was changed.
"""

from collections.abc import Callable, Iterator
from typing import Final

import cv2
import numpy as np

from kiosk.domain.errors import SourceFault, SourceUnavailableError, WaslError
from kiosk.domain.page import Outline, Spot
from kiosk.domain.scans import CameraHint, CameraView, ScanOrder
from kiosk.scan.limits import MAX_PAGES
from kiosk.scan.outline import CONFIDENCE_GATE, find_outline
from kiosk.scan.picture import Floats, Pixels
from kiosk.scan.shrink import shrunk_by
from kiosk.scan.sources.base import RawFrame
from kiosk.scan.sources.camera_feed import Feed, open_feed

VIEW_SIDE_PX: Final = 640
_SEARCH_SIDE_PX: Final = 448
"""Of the picture a page is looked for in: half the work of the search on a whole page, and near
enough for a frame on the screen. The page that is taken is searched again in full."""
STILL_S: Final = 0.5
PATIENCE_S: Final = 60.0
"""How long nobody may lay a page down until a run without a window ends."""
_GLANCE_PX: Final = (160, 120)
_MOVES: Final = 4.0
"""Mean difference of two glances, grey levels: a still camera's noise stays below 2."""
_SEARCH_EVERY: Final = 4
"""While something moves, the page is searched in each so-many-th picture."""
_DARK, _BRIGHT = 60.0, 250.0
_SHARP: Final = 0.15
"""Least ratio of fine detail to contrast on a page in focus, at the size of the view; a blur of
1.5 px gives 0.04, a sharp page 3 to 5. What is seen only at full size the pipeline judges."""
_JPEG: Final = (cv2.IMWRITE_JPEG_QUALITY, 60)
_SHOT: Final = (cv2.IMWRITE_JPEG_QUALITY, 95)


class Steadiness:
    """Decides, from one picture to the next, when a page lies still and sharp.

    The page is searched when the picture has changed, and not in each: a search costs most of a
    look, and between two searches nothing has moved.
    """

    def __init__(self, search: Callable[[Pixels], Floats | None], still_s: float = STILL_S) -> None:
        """Remember nothing yet.

        Args:
            search: Returns the corners of a page, (4, 2) in pixels of the picture, or None.
            still_s: How long a page must lie still and sharp.
        """
        self._search = search
        self._still_s = still_s
        self._before: Pixels | None = None
        self._searched: tuple[Pixels, Floats | None] | None = None
        self._moved = 0
        self._since_s: float | None = None
        self._is_taken = False

    def judge(self, small: Pixels, at_s: float) -> tuple[CameraHint, float, Floats | None]:
        """Return what to tell, how much of the time has passed, 0–1, and the page's corners.

        Args:
            small: The picture, at most ``VIEW_SIDE_PX``; (height, width, 3) BGR uint8.
            at_s: When it was taken.
        """
        grey = cv2.cvtColor(small, cv2.COLOR_BGR2GRAY)
        glance = cv2.resize(grey, _GLANCE_PX, interpolation=cv2.INTER_AREA)
        before, self._before = self._before, glance
        moves = before is None or _difference(glance, before) > _MOVES
        self._moved = self._moved + 1 if moves else 0
        if moves:
            self._is_taken = False
        corners = self._corners(small, glance)
        hint = self._hint(grey, corners, moves=moves)
        if hint is not CameraHint.HOLD:
            self._since_s = None
            return hint, 0.0, corners
        if self._since_s is None:
            self._since_s = at_s
        steady = min(1.0, (at_s - self._since_s) / self._still_s) if self._still_s else 1.0
        return hint, steady, corners

    def taken(self) -> None:
        """Hear that the page was photographed: it is not taken twice."""
        self._is_taken, self._since_s = True, None

    def _corners(self, small: Pixels, glance: Pixels) -> Floats | None:
        if self._searched is not None:
            searched, corners = self._searched
            if _difference(glance, searched) <= _MOVES:
                return corners
            if self._moved % _SEARCH_EVERY:
                return None  # a hand is at it: the frame follows a little later
        corners = self._search(small)
        self._searched = (glance, corners)
        return corners

    def _hint(self, grey: Pixels, corners: Floats | None, *, moves: bool) -> CameraHint:
        if float(grey.mean()) < _DARK:
            return CameraHint.TOO_DARK
        if moves:
            return CameraHint.MOVING
        if corners is None:
            return CameraHint.TOO_BRIGHT if float(grey.mean()) > _BRIGHT else CameraHint.NO_PAGE
        if self._is_taken:
            return CameraHint.TAKEN
        page = _inside(grey, corners)
        if np.percentile(page, 20) >= _BRIGHT:
            return CameraHint.TOO_BRIGHT
        return CameraHint.HOLD if focus_of(page) >= _SHARP else CameraHint.BLURRED


def _difference(one: Pixels, other: Pixels) -> float:
    return float(cv2.absdiff(one, other).mean())


def focus_of(page: Pixels) -> float:
    """Return how much of a page's contrast lies in its finest detail; 0 for an even surface.

    Variance of the Laplacian over the variance: the light drops out, the lens stays
    (Pertuz et al. 2013, "Analysis of focus measure operators", LAP4).
    """
    spread = float(page.var())
    if spread < 1.0:
        return 0.0
    return float(cv2.Laplacian(page, cv2.CV_32F).var()) / spread


class CameraSource:
    """The pages that are laid under a camera, and what it sees in between.

    ``look`` and ``shoot`` serve a window; ``frames`` is the same without anybody looking.
    """

    def __init__(
        self,
        order: ScanOrder,
        *,
        name: str | None = None,
        still_s: float = STILL_S,
        patience_s: float = PATIENCE_S,
    ) -> None:
        """Take an order for ``camera:URI``; the camera is opened when it is first looked through.

        Args:
            order: The camera: a number, a file, a sequence as ``f%03d.png``, or an http address.
            name: What the frames give as their source; the device's id when None.
            still_s: How long a page must lie still and sharp.
            patience_s: How long ``frames`` waits for the next page.
        """
        self._uri = order.profile.device.partition(":")[2]
        self._most = min(order.pages or MAX_PAGES, MAX_PAGES)
        self._name = order.profile.device if name is None else name
        self._patience_s = patience_s
        self._steadiness = Steadiness(_found, still_s)
        self._feed: Feed | None = None
        self._last: Pixels | None = None
        self._taken = 0

    def frames(self, *, first: int = 1) -> Iterator[RawFrame]:
        """Yield a frame whenever a page lies still; see ``Source.frames``.

        A file or sequence ends with its last picture, and has to show a page for a while: a single
        picture is none that lies still. A camera ends the run when no page was laid
        down for a while.
        """
        since_s: float | None = None
        hint = CameraHint.NO_PAGE
        while self._taken < self._most:
            seen = self.look()
            if seen is None:
                self._refuse_nothing("the pictures ended before a page lay still", hint)
                return
            view, at_s = seen
            hint = view.hint
            since_s = at_s if since_s is None else since_s
            if view.steady >= 1.0:
                since_s = at_s
                frame = self.shoot()
                if frame.index >= first:
                    yield frame
            elif at_s - since_s > self._patience_s:
                self._refuse_nothing("no page was laid under the camera", hint)
                return

    def _refuse_nothing(self, said: str, hint: CameraHint) -> None:
        if not self._taken:
            raise SourceUnavailableError(SourceFault.NOTHING_CAME, f"{said} (seen last: {hint})")

    def look(self) -> tuple[CameraView, float] | None:
        """Return what the camera sees and when, seconds; None at the end of a file.

        Raises:
            SourceUnavailableError: The camera is not there, or no longer.
        """
        if self._feed is None:
            self._feed = open_feed(self._uri)
        picture = self._feed.read()
        if picture is None:
            return None
        pixels, at_s = picture
        self._last = pixels
        small = shrunk_by(pixels, min(1.0, VIEW_SIDE_PX / max(pixels.shape[:2])))
        hint, steady, corners = self._steadiness.judge(small, at_s)
        outline = None if corners is None else _shares(corners, small)
        jpeg = _encoded(small, _JPEG)
        return CameraView(jpeg=jpeg, outline=outline, hint=hint, steady=steady), at_s

    def shoot(self) -> RawFrame:
        """Return the picture seen last, whole; the page is not taken again until something moves.

        Raises:
            SourceUnavailableError: Nothing was seen yet.
        """
        if self._last is None:
            raise SourceUnavailableError(SourceFault.NO_ANSWER, "the camera has shown nothing yet")
        self._steadiness.taken()
        self._taken += 1
        content = _encoded(self._last, _SHOT)
        return RawFrame(source=self._name, index=self._taken, content=content)

    def settle(self, index: int, error: WaslError | None) -> None:
        """Do nothing: the page lies there still."""

    def close(self) -> None:
        """Let the camera go; a second call does nothing."""
        feed, self._feed = self._feed, None
        if feed is not None:
            feed.close()


def _found(small: Pixels) -> Floats | None:
    """Return the page's corners in a view, (4, 2), when they are sure."""
    scale = min(1.0, _SEARCH_SIDE_PX / max(small.shape[:2]))
    found = find_outline(shrunk_by(small, scale))
    if found is None or found.confidence < CONFIDENCE_GATE:
        return None
    corners: Floats = (found.corners + 0.5) / scale - 0.5
    return corners


def _inside(grey: Pixels, corners: Floats) -> Pixels:
    """Return the middle of the page, clear of its edges; (height, width) uint8."""
    left, top = np.sort(corners, axis=0)[1]
    right, bottom = np.sort(corners, axis=0)[2]
    inset_x, inset_y = 0.08 * (right - left), 0.08 * (bottom - top)
    page = grey[
        max(0, int(top + inset_y)) : max(1, int(bottom - inset_y)),
        max(0, int(left + inset_x)) : max(1, int(right - inset_x)),
    ]
    return page if page.size else grey


def _shares(corners: Floats, small: Pixels) -> Outline:
    height, width = small.shape[:2]
    clipped = np.clip(corners / (width, height), 0.0, 1.0)
    return Outline(*(Spot(round(float(x), 4), round(float(y), 4)) for x, y in clipped))


def _encoded(pixels: Pixels, how: tuple[int, int]) -> bytes:
    done, jpeg = cv2.imencode(".jpg", pixels, list(how))
    if not done:
        raise RuntimeError("a picture of our own cannot be written")
    return bytes(jpeg)
