"""Four corners being set on a picture: where they are, which one moves, whether they are a sheet.

Pure values; positions are fractions 0–1 of the picture's sides.
"""

from dataclasses import dataclass, replace
from typing import Final, Self

from kiosk.domain.page import Outline, Spot

_INSET: Final = 0.08
"""Where corners begin on a picture in which no page was found: near its edges, easy to take."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Corners:
    """Four corners, clockwise, and the one that arrows move."""

    spots: Outline
    current: int = 0

    @classmethod
    def begin(cls, outline: Outline | None, width_px: int, height_px: int) -> Self:
        """Return the corners that were found, in fractions; near the edges if there are none."""
        if outline is None:
            near, far = _INSET, 1 - _INSET
            spots = Outline(Spot(near, near), Spot(far, near), Spot(far, far), Spot(near, far))
        else:
            spots = Outline(*(_within(x / width_px, y / height_px) for x, y in outline))
        return cls(spots=spots)

    @property
    def spot(self) -> Spot:
        """Return where the current corner is."""
        return self.spots[self.current]

    @property
    def is_sheet(self) -> bool:
        """Tell whether they go round a sheet, and do not cross."""
        return self.spots.is_sheet()

    def next(self, step: int = 1) -> Self:
        """Return them with another corner current."""
        return replace(self, current=(self.current + step) % 4)

    def moved(self, right: float, down: float) -> Self:
        """Return them with the current corner moved; it stays within the picture."""
        return self.put(self.spot.x + right, self.spot.y + down)

    def put(self, x: float, y: float) -> Self:
        """Return them with the current corner put there, within the picture."""
        spots = list(self.spots)
        spots[self.current] = _within(x, y)
        return replace(self, spots=Outline(*spots))

    def nearest(self, x: float, y: float, aspect: float) -> Self:
        """Return them with the corner nearest to a spot current; *aspect*: width over height."""
        apart = [((one.x - x) * aspect) ** 2 + (one.y - y) ** 2 for one in self.spots]
        return replace(self, current=apart.index(min(apart)))

    def outline(self, width_px: int, height_px: int) -> Outline:
        """Return them in pixels of a picture of that size."""
        return Outline(*(Spot(one.x * width_px, one.y * height_px) for one in self.spots))


def _within(x: float, y: float) -> Spot:
    return Spot(min(max(x, 0.0), 1.0), min(max(y, 0.0), 1.0))
