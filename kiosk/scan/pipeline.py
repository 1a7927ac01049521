"""What the capture child does when asked: frames of a source, one after the other, as messages."""

import threading
from collections.abc import Generator, Iterator
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np

from kiosk.domain.errors import FileTooLargeError, UnreadableFileError, WaslError
from kiosk.scan.inkprint import unpack
from kiosk.scan.kept_frame import frame_to_keep
from kiosk.scan.messages import (
    Message,
    fault_to_wire,
    frame_to_wire,
    page_from_wire,
    page_to_wire,
    spots_from_wire,
)
from kiosk.scan.page import decode_frame, process_picture
from kiosk.scan.picture import Picture
from kiosk.scan.preview import preview_jpegs
from kiosk.scan.sources.base import RawFrame, Source, TurnsStack
from kiosk.scan.sources.files import FilesSource
from kiosk.scan.turn import turn_page
from kiosk.scan.twins import are_same

_THREADS = 1
"""More make the page little faster and leave the window less of a small machine."""


def warm_up() -> None:
    """Run the pipeline once on a small page, so that the first real one is not slow."""
    cv2.setNumThreads(_THREADS)
    page = np.full((420, 300, 3), 250, np.uint8)
    page[100:300:20, 40:260] = 30
    process_picture(Picture(pixels=page, dpi=100, is_rendered=True), source="", index=1)


def frames_of(
    source: Source,
    *,
    name: str,
    first: int,
    quarter_turns: int | None = None,
    stop: threading.Event | None = None,
) -> Generator[Message, None, None]:
    """Yield what becomes of each frame of *source*, from number *first*.

    For each frame ``decoding``, ``decoded`` and ``page``, or ``fault`` in place of what could not
    be done; at the end of a stack that is to be turned over ``turn_over``. After a fault of the
    source itself there is nothing more. Asking for what comes after a page says that it is kept,
    even where nothing comes because *stop* is set.
    """
    index = first
    try:
        for frame in source.frames(first=first):
            index = frame.index
            error = yield from page_of(frame, name=name, quarter_turns=quarter_turns)
            source.settle(index, error)
            if stop is not None and stop.is_set():
                return
        if isinstance(source, TurnsStack) and source.backs_left:
            yield {"is": "turn_over", "sheets": source.backs_left}
    except WaslError as error:
        yield fault_to_wire(error, index)
    finally:
        source.close()


def page_of(
    frame: RawFrame, *, name: str, quarter_turns: int | None = None
) -> Generator[Message, None, WaslError | None]:
    """Yield what becomes of one frame; return why there is no page in it, or None."""
    index = frame.index
    yield {"is": "decoding", "index": index}
    try:
        if frame.refusal is not None:
            raise frame.refusal
        picture = decode_frame(frame)
        yield {"is": "decoded", "index": index}
        page = process_picture(picture, source=name, index=index, quarter_turns=quarter_turns)
    except (WaslError, MemoryError, cv2.error) as error:
        yield fault_to_wire(_named(error), index)
        return _named(error)
    kept = frame_to_keep(frame, picture, page.page)
    yield page_to_wire(replace(page, frame=kept, file_pages=frame.file_pages))
    return None


def looked_at(request: Message) -> Iterator[Message]:
    """Yield the whole frame of a ``look`` request, for a person to set its corners on."""
    index = int(request["index"])
    try:
        picture = decode_frame(_frame_of(request))
        height, width = (round(side * picture.reduction) for side in picture.pixels.shape[:2])
        shown, _ = preview_jpegs(picture.pixels)
        yield frame_to_wire(shown, index, width, height)
    except (WaslError, MemoryError, cv2.error) as error:
        yield fault_to_wire(_named(error), index)


def placed(request: Message) -> Iterator[Message]:
    """Yield the page of a ``place`` request, cut out by the corners that a person has set."""
    index, source = int(request["index"]), str(request["source"])
    try:
        picture = decode_frame(_frame_of(request))
        corners = np.array(spots_from_wire(request["outline"])) / picture.reduction
        page = process_picture(picture, source=source, index=index, corners=corners)
        yield page_to_wire(page)
    except (WaslError, MemoryError, cv2.error) as error:
        yield fault_to_wire(_named(error), index)


def _frame_of(request: Message) -> RawFrame:
    kept = request.get("content")
    if isinstance(kept, bytes):
        return RawFrame(source=str(request["source"]), index=int(request["index"]), content=kept)
    files = FilesSource(Path(str(request["path"])), name=str(request["source"]))
    frame = next(files.frames(first=int(request["index"])), None)
    if frame is None:
        raise UnreadableFileError("the file has no such page any more")
    return frame


def turned(request: Message) -> Iterator[Message]:
    """Yield the page of a ``turn`` request, turned by what a person has said."""
    stored = page_from_wire(request)
    try:
        turned_page = turn_page(stored.page, stored.pdf, quarter_turns=int(request["turns"]))
        yield page_to_wire(turned_page)
    except (WaslError, MemoryError, cv2.error) as error:
        yield fault_to_wire(_named(error), stored.page.index)


def compared(request: Message) -> Iterator[Message]:
    """Yield which of the pages of a ``compare`` request is the one that it is about, if any."""
    try:
        ink = unpack(request["ink"])
        others = (unpack(packed) for packed in request["others"])
        twin = next((place for place, other in enumerate(others) if are_same(ink, other)), None)
        yield {"is": "compared", "twin": twin}
    except (WaslError, MemoryError, cv2.error) as error:
        yield fault_to_wire(_named(error), 0)


def _named(error: Exception) -> WaslError:
    if isinstance(error, WaslError):
        return error
    if isinstance(error, MemoryError):
        return FileTooLargeError("needs more memory than a page may have")
    return UnreadableFileError("the image cannot be worked on")
