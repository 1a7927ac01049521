"""What the capture child answers, read as values; an answer of another shape loses the child."""

from kiosk.domain.errors import UnreadableFileError
from kiosk.domain.scans import CameraView
from kiosk.domain.views import FrameView
from kiosk.scan.child import ChildLostError
from kiosk.scan.messages import (
    BrokenMessageError,
    Message,
    fault_from_wire,
    frame_from_wire,
    page_from_wire,
    twin_from_wire,
    view_from_wire,
)
from kiosk.scan.processed import FrameFault, ProcessedPage


def outcome_of(answer: Message, source: str) -> ProcessedPage | FrameFault:
    """Return the page of an answer, or why there is none.

    Raises:
        ChildLostError: It is neither.
    """
    if answer.get("is") == "fault":
        return fault_of(answer, source)
    try:
        return page_from_wire(answer)
    except BrokenMessageError as error:
        raise ChildLostError(UnreadableFileError("not a page")) from error


def fault_of(answer: Message, source: str) -> FrameFault:
    """Return the fault of an answer that is one.

    Raises:
        ChildLostError: It does not say of which frame.
    """
    index = answer.get("index", 0)
    if not isinstance(index, int):
        raise ChildLostError(UnreadableFileError("not a fault"))
    return FrameFault(source=source, index=index, error=fault_from_wire(answer))


def frame_of(answer: Message, source: str) -> FrameView | FrameFault:
    """Return the whole frame of an answer, or why it cannot be shown.

    Raises:
        ChildLostError: It is neither.
    """
    if answer.get("is") == "fault":
        return fault_of(answer, source)
    try:
        return frame_from_wire(answer)
    except BrokenMessageError as error:
        raise ChildLostError(UnreadableFileError("not a frame")) from error


def camera_view_of(answer: Message) -> CameraView:
    """Return what a camera sees.

    Raises:
        ChildLostError: It is no such answer.
    """
    try:
        return view_from_wire(answer)
    except BrokenMessageError as error:
        raise ChildLostError(UnreadableFileError("not a view")) from error


def twin_of(answer: Message, among: int) -> int | None:
    """Return which of *among* pages an answer names, if any.

    Raises:
        ChildLostError: It is no such answer.
    """
    try:
        return twin_from_wire(answer, among)
    except BrokenMessageError as error:
        raise ChildLostError(UnreadableFileError("not a comparison")) from error
