"""What the kiosk and its capture child say to each other: CBOR maps, each after its length.

Both sides import this and it imports nothing heavy. The kiosk believes nothing the child says
beyond its shape: the child has looked into hostile files.
"""

from dataclasses import asdict
from pathlib import Path
from typing import IO, Any, Final, cast

import cbor2

from kiosk.domain.errors import (
    EncryptedPdfError,
    ErrorCode,
    FileTooLargeError,
    PageLimit,
    SourceFault,
    SourceUnavailableError,
    TooManyPagesError,
    UndrawnMarkError,
    UnreadableFileError,
    WaslError,
)
from kiosk.domain.page import Code, Outline, Page, Problem, Region, Spot
from kiosk.domain.scans import (
    CameraHint,
    CameraView,
    Colour,
    Feed,
    Keeping,
    ScanOrder,
    ScanProfile,
)
from kiosk.domain.views import FrameView
from kiosk.domain.vocabulary import ProblemKind
from kiosk.scan.processed import ProcessedPage
from kiosk.wire.errors import MalformedMessageError
from kiosk.wire.strict_cbor import decode_map

MAX_MESSAGE_BYTES: Final = 64_000_000
MAX_KEPT_FRAME_BYTES: Final = 6_000_000
"""A draft holds one for each page whose corners a person may have to set."""
MAX_INK_BYTES: Final = 48 * 1024
"""Twice that of the densest page seen; nothing is kept of a photograph, which has more."""
_LENGTH_BYTES: Final = 4
_UNDRAWN: Final = "undrawn"

Message = dict[str, Any]

_MISSHAPEN: Final = (KeyError, TypeError, ValueError, OverflowError)
"""What reading a field raises when it is not there, of another kind, or beyond any number."""

_FAULTS: Final[dict[str, type[WaslError]]] = {
    ErrorCode.UNREADABLE_FILE: UnreadableFileError,
    ErrorCode.FILE_TOO_LARGE: FileTooLargeError,
    ErrorCode.ENCRYPTED_PDF: EncryptedPdfError,
}


class BrokenMessageError(Exception):
    """The other side said something that cannot be understood; it is not to be spoken to again."""


def send(stream: IO[bytes], message: Message) -> None:
    """Write one message.

    Raises:
        OSError: The other side is gone.
    """
    body = cbor2.dumps(message)
    stream.write(len(body).to_bytes(_LENGTH_BYTES, "big") + body)
    stream.flush()


def receive(stream: IO[bytes]) -> Message | None:
    """Return the next message, or None when the other side has closed.

    Raises:
        BrokenMessageError: Too long, cut short, or not a map.
    """
    head = stream.read(_LENGTH_BYTES)
    if not head:
        return None
    length = int.from_bytes(head, "big")
    if len(head) < _LENGTH_BYTES or length > MAX_MESSAGE_BYTES:
        raise BrokenMessageError("no believable length")
    body = stream.read(length)
    if len(body) < length:
        raise BrokenMessageError("cut short")
    try:
        return cast("Message", decode_map(body))
    except MalformedMessageError as error:
        raise BrokenMessageError("not a map in CBOR") from error


def fault_to_wire(error: WaslError, index: int) -> Message:
    """Return the message that says why frame *index* became no page."""
    fault: SourceFault | PageLimit | str | None = None
    if isinstance(error, SourceUnavailableError):
        fault = error.fault
    elif isinstance(error, TooManyPagesError):
        fault = error.limit
    elif isinstance(error, UndrawnMarkError):
        fault = _UNDRAWN
    told = {"code": str(error.code), "text": str(error)[:300], "fault": fault}
    return {"is": "fault", "index": index} | told


def fault_from_wire(message: Message) -> WaslError:
    """Return the error of a fault message; an unknown code is an unreadable file."""
    if message.get("code") == ErrorCode.DEVICE_UNAVAILABLE:
        fault = message.get("fault")
        known = fault if fault in tuple(SourceFault) else SourceFault.BROKEN_OFF
        return SourceUnavailableError(SourceFault(known), str(message.get("text", ""))[:300])
    text, limit = str(message.get("text", ""))[:300], message.get("fault")
    if message.get("code") == ErrorCode.FILE_TOO_LARGE and limit in tuple(PageLimit):
        return TooManyPagesError(PageLimit(limit), text)
    if message.get("code") == ErrorCode.UNREADABLE_FILE and message.get("fault") == _UNDRAWN:
        return UndrawnMarkError(text)
    return _FAULTS.get(str(message.get("code")), UnreadableFileError)(text)


def request_for_frame(frame: Path | bytes, source: str, index: int) -> Message:
    """Return what names frame *index* of a file, or one that was kept, in a request."""
    where = {"content": frame} if isinstance(frame, bytes) else {"path": str(frame)}
    return where | {"source": source, "index": index}


def order_to_wire(order: ScanOrder) -> Message:
    """Return the map that carries an order to a device."""
    return asdict(order)


def order_from_wire(message: Message) -> ScanOrder:
    """Return the order of a map."""
    asked = message["profile"]
    profile = ScanProfile(
        name=str(asked["name"]),
        device=str(asked["device"]),
        dpi=int(asked["dpi"]),
        colour=Colour(asked["colour"]),
        duplex=bool(asked["duplex"]),
        feed=Feed(asked["feed"]),
    )
    return ScanOrder(
        profile=profile,
        pages=int(message["pages"]),
        backs_of=int(message["backs_of"]),
        keeping=Keeping(message["keeping"]),
    )


def view_to_wire(view: CameraView, *, taken: bool) -> Message:
    """Return the message that carries what a camera sees, and whether its page follows."""
    return {
        "is": "view",
        "jpeg": view.jpeg,
        "outline": None if view.outline is None else spots_to_wire(view.outline),
        "hint": str(view.hint),
        "steady": view.steady,
        "taken": taken,
    }


def view_from_wire(message: Message) -> CameraView:
    """Return the view of a message.

    Raises:
        BrokenMessageError: It is not shaped like one.
    """
    try:
        outline = message["outline"]
        return CameraView(
            jpeg=_bytes(message["jpeg"]),
            outline=None if outline is None else spots_from_wire(outline),
            hint=CameraHint(message["hint"]),
            steady=float(message["steady"]),
        )
    except _MISSHAPEN as error:
        raise BrokenMessageError("not a view") from error


def page_to_wire(processed: ProcessedPage) -> Message:
    """Return the message that carries a page."""
    page = processed.page
    return {
        "is": "page",
        "pdf": processed.pdf,
        "preview": processed.preview_jpeg,
        "thumbnail": processed.thumbnail_jpeg,
        "frame": processed.frame,
        "file_pages": processed.file_pages,
        "ink": processed.ink,
        "source": page.source,
        "index": page.index,
        "size": [page.width_px, page.height_px, page.dpi],
        "outline": None if page.outline is None else spots_to_wire(page.outline),
        "measures": [
            page.outline_confidence,
            page.skew_deg,
            page.rotated_deg,
            page.sharpness,
            page.ink_ratio,
        ],
        "fingerprint": page.fingerprint,
        "problems": [
            [str(p.kind), p.region.left, p.region.top, p.region.right, p.region.bottom]
            for p in page.problems
        ],
        "is_so": page.original_is_so,
        "codes": [[c.format, c.text, spots_to_wire(c.outline)] for c in page.codes],
    }


def page_from_wire(message: Message) -> ProcessedPage:
    """Return the page of a message.

    Raises:
        BrokenMessageError: It is not shaped like one.
    """
    try:
        return _page_from_wire(message)
    except _MISSHAPEN as error:
        raise BrokenMessageError("not a page") from error


def _page_from_wire(message: Message) -> ProcessedPage:
    pdf = _bytes(message["pdf"])
    width_px, height_px, dpi = (int(v) for v in message["size"])
    confidence, skew, rotated, sharpness, ink = message["measures"]
    outline = message["outline"]
    page = Page(
        source=str(message["source"]),
        index=int(message["index"]),
        width_px=width_px,
        height_px=height_px,
        dpi=dpi,
        outline=None if outline is None else spots_from_wire(outline),
        outline_confidence=float(confidence),
        skew_deg=float(skew),
        rotated_deg=int(rotated),
        sharpness=float(sharpness),
        ink_ratio=float(ink),
        fingerprint=str(message["fingerprint"]),
        problems=tuple(_problem_from_wire(p) for p in message["problems"]),
        codes=tuple(
            Code(format=str(kind), text=str(text), outline=spots_from_wire(spots))
            for kind, text, spots in message["codes"]
        ),
        size_bytes=len(pdf),
        original_is_so=bool(message["is_so"]),
    )
    return ProcessedPage(
        page=page,
        pdf=pdf,
        preview_jpeg=_bytes(message["preview"]),
        thumbnail_jpeg=_bytes(message["thumbnail"]),
        frame=_bytes_within(message["frame"], MAX_KEPT_FRAME_BYTES),
        file_pages=int(message["file_pages"]),
        ink=_bytes_within(message["ink"], MAX_INK_BYTES),
    )


def _bytes_within(value: object, most: int) -> bytes:
    content = _bytes(value)
    if len(content) > most:
        raise ValueError("more than is kept of a page")
    return content


def _bytes(value: object) -> bytes:
    if not isinstance(value, bytes):
        raise TypeError("not bytes")
    return value


def _problem_from_wire(value: list[Any]) -> Problem:
    kind, left, top, right, bottom = value
    region = Region(left=float(left), top=float(top), right=float(right), bottom=float(bottom))
    return Problem(kind=ProblemKind(kind), region=region)


def twin_from_wire(message: Message, among: int) -> int | None:
    """Return which of *among* pages is the one that was asked about; None when none is.

    Raises:
        BrokenMessageError: It is no such answer.
    """
    twin = message.get("twin")
    if message.get("is") != "compared" or not (twin is None or type(twin) is int):
        raise BrokenMessageError("not a comparison")
    if twin is not None and not 0 <= twin < among:
        raise BrokenMessageError("a page that was not asked about")
    return twin


def frame_to_wire(jpeg: bytes, index: int, width_px: int, height_px: int) -> Message:
    """Return the message that shows a whole frame."""
    return {"is": "frame", "index": index, "jpeg": jpeg, "size": [width_px, height_px]}


def frame_from_wire(message: Message) -> FrameView:
    """Return the frame of a message.

    Raises:
        BrokenMessageError: It is not shaped like one.
    """
    try:
        width_px, height_px = (int(side) for side in message["size"])
        jpeg = _bytes(message["jpeg"])
    except _MISSHAPEN as error:
        raise BrokenMessageError("not a frame") from error
    if min(width_px, height_px) < 1:
        raise BrokenMessageError("a frame without a size")
    return FrameView(jpeg=jpeg, width_px=width_px, height_px=height_px)


def spots_to_wire(outline: Outline) -> list[list[float]]:
    """Return corners as a message carries them."""
    return [[spot.x, spot.y] for spot in outline]


def spots_from_wire(value: list[list[float]]) -> Outline:
    """Return the corners of a message; ValueError or TypeError when they are none."""
    one, two, three, four = (Spot(float(x), float(y)) for x, y in value)
    return Outline(one, two, three, four)
