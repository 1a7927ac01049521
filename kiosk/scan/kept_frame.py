"""The frame that is kept beside a page, so that a person can cut the page out anew.

A page that was scanned or photographed has no file to go back to, and a file that was imported
may be gone with its stick. What is kept goes into the draft, under the draft's key.
"""

import io
from typing import Final

import cv2
from PIL import Image

from kiosk.domain.page import Page
from kiosk.domain.scans import DeviceKind, kind_of
from kiosk.domain.vocabulary import ProblemKind
from kiosk.scan.messages import MAX_KEPT_FRAME_BYTES
from kiosk.scan.picture import Picture
from kiosk.scan.sources.base import Media, RawFrame

_QUALITIES: Final = (90, 75, 60)
_JPEG_START: Final = b"\xff\xd8\xff"


def frame_to_keep(frame: RawFrame, picture: Picture, page: Page) -> bytes:
    """Return the frame to keep beside *page*; empty when nobody will need it.

    That is where a page was looked for and not surely found, and wherever a device's frame holds
    more than the page. A frame keeps its pixels: outlines are the same in it as in its source,
    unless that is a JPEG above 40 Mpx, which is kept as it was decoded.

    Returns:
        A JPEG of at most ``MAX_KEPT_FRAME_BYTES``; empty when even a coarse one is larger.
    """
    is_unsure = any(one.kind is ProblemKind.OUTLINE_UNCERTAIN for one in page.problems)
    is_device = kind_of(page.source) not in (None, DeviceKind.FILES)
    if not is_unsure and not (is_device and page.outline is not None):
        return b""
    content = frame.content
    if isinstance(content, bytes) and frame.media is Media.IMAGE and _is_kept_as_is(content):
        return content
    return _encoded(picture)


def _is_kept_as_is(content: bytes) -> bool:
    return content.startswith(_JPEG_START) and len(content) <= MAX_KEPT_FRAME_BYTES


def _encoded(picture: Picture) -> bytes:
    grey, resolution = picture.grey, {"dpi": (picture.dpi, picture.dpi)} if picture.dpi else {}
    pixels = cv2.cvtColor(picture.pixels, cv2.COLOR_BGR2RGB) if grey is None else grey
    image = Image.fromarray(pixels)
    for quality in _QUALITIES:
        jpeg = io.BytesIO()
        image.save(jpeg, "JPEG", quality=quality, **resolution)
        if jpeg.tell() <= MAX_KEPT_FRAME_BYTES:
            return jpeg.getvalue()
    return b""
