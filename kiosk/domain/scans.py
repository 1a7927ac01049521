"""What is asked of a scanner, a camera or a watched folder, and what it says on the way."""

from dataclasses import dataclass
from enum import StrEnum

from kiosk.domain.page import Outline

LEAST_DPI, MOST_DPI = 75, 1200
MAX_PROFILES = 20


class Colour(StrEnum):
    """How much colour a scan carries."""

    COLOUR = "colour"
    GREY = "grey"


class Feed(StrEnum):
    """Where the paper lies. ``AUTO``: in the feeder when the device has one."""

    AUTO = "auto"
    FEEDER = "feeder"
    FLATBED = "flatbed"


class DeviceKind(StrEnum):
    """Which source reads a device; the first word of its id."""

    FILES = "files"
    FOLDER = "folder"
    SANE = "sane"
    CAMERA = "camera"
    TWAIN = "twain"
    WIA = "wia"


class LockedBy(StrEnum):
    """Who keeps the ways of scanning as they are."""

    ADMINISTRATOR = "administrator"  # of this kiosk, in its settings file
    CNSS = "cnss"  # in the configuration that the central signed


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanProfile:
    """A way of scanning under a name, as an administrator sets it up.

    Attributes:
        name: What people call it.
        device: Id of the device: ``sane:…``, ``folder:PATH``, ``camera:URI``, ``twain:NAME``.
        dpi: Resolution asked of a scanner.
        colour: The same.
        duplex: Both sides; a stack is turned over by hand where the device cannot.
        feed: Where the paper lies.
    """

    name: str
    device: str
    dpi: int = 300
    colour: Colour = Colour.COLOUR
    duplex: bool = False
    feed: Feed = Feed.AUTO

    @property
    def is_camera(self) -> bool:
        """Tell whether somebody looks through it before a page is taken."""
        return kind_of(self.device) is DeviceKind.CAMERA


class Keeping(StrEnum):
    """When who ordered a run has made its pages durable: a folder lets its files go then."""

    EACH = "each"  # each before the next is asked for, as in a draft
    AT_END = "at_end"  # all together, when the last one is there, as in a PDF
    NOTHING = "nothing"  # they are only looked at: a folder leaves its files as they are


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanOrder:
    """One run of a device.

    Attributes:
        profile: With which device, and how.
        pages: At most so many page sides; 0: all there are.
        backs_of: Sheets whose fronts were scanned before: these are their backs, the last one
            first. 0: an ordinary run.
        keeping: When its pages are durable.
    """

    profile: ScanProfile
    pages: int = 0
    backs_of: int = 0
    keeping: Keeping = Keeping.EACH


@dataclass(frozen=True, slots=True, kw_only=True)
class StackToTurn:
    """The fronts are done: the stack is to be turned over and scanned again, as it lies."""

    sheets: int


class CameraHint(StrEnum):
    """What would make the next picture a good one."""

    NO_PAGE = "no_page"
    TOO_DARK = "too_dark"
    TOO_BRIGHT = "too_bright"
    MOVING = "moving"
    BLURRED = "blurred"
    HOLD = "hold"
    TAKEN = "taken"


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraView:
    """What a camera sees now, small enough for a screen.

    Attributes:
        jpeg: At most 640 px on the long side.
        outline: The page's corners as shares of width and height, 0–1; None: none is seen.
        hint: What to do next.
        steady: How much of the time a page must lie still has passed, 0–1.
    """

    jpeg: bytes
    outline: Outline | None
    hint: CameraHint
    steady: float


def kind_of(device: str) -> DeviceKind | None:
    """Return which source reads the device of that id; None for a word nobody knows."""
    word = device.partition(":")[0]
    return DeviceKind(word) if word in tuple(DeviceKind) else None
