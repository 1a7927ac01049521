"""What a courier's stick was given, and what was taken from one: counts alone."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from kiosk.domain.errors import InvalidInputError


@dataclass(frozen=True, slots=True, kw_only=True)
class CourierProgress:
    """How far it is: items and bytes done, of how many."""

    done: int
    total: int
    done_bytes: int
    total_bytes: int


OnProgress = Callable[[CourierProgress], None]
"""Told after each item, in the caller's thread."""


def unwatched(_progress: CourierProgress) -> None:
    """Watch nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """What lies on the stick now for this kiosk.

    Attributes:
        deposits: Dossiers; ``events`` are acts on dossiers.
        adopted: Items a restore adopted: which of both they are, only the central can tell.
        written: How many of all were written now; the others lay there already.
        removed: Items taken off because the central has acknowledged them.
        damaged: Receipt numbers whose bundle here is not whole; they were left out.
        left_here: Items that wait for another time, since a stick takes no more of one kiosk.
        size_bytes: Of everything on the stick that is this kiosk's.
    """

    deposits: int
    events: int
    adopted: int
    written: int
    removed: int
    damaged: tuple[str, ...]
    left_here: int = 0
    size_bytes: int
    free_bytes: int
    folder: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What was taken from a stick.

    Attributes:
        deposits: Other kiosks' dossiers that the central has now; ``new`` ones among them came by
            this stick, ``already_there`` ones did not.
        events: Acts on dossiers, of other kiosks.
        acknowledgements: The central's words on this kiosk's own items, taken in now.
        waiting: Other kiosks' items that could not be handed on, because of the line.
        unwritten: Words for other kiosks that the stick did not take.
        refused: Name on the stick and why, as a code.
        line_failed: Something waits because the line failed.
    """

    deposits: int
    events: int
    new: int
    already_there: int
    acknowledgements: int
    waiting: int
    unwritten: int
    refused: tuple[tuple[str, str], ...]
    line_failed: bool


def check_place(place: Path, data: Path) -> Path:
    """Return *place* unless a stick there would lie in the data folder *data*.

    Raises:
        InvalidInputError: It would.
    """
    if place.resolve().is_relative_to(data.resolve()):
        raise InvalidInputError("place", "the stick's folder would lie in the data folder")
    return place
