"""The stage that reads bar codes and QR codes: zxing-cpp first, zbar on what is left."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import cv2
import numpy as np
import zxingcpp
from pyzbar import pyzbar

from kiosk.scan.picture import Floats, Pixels
from kiosk.scan.shrink import shrunk_by

MAX_CODES: Final = 64
MAX_TEXT: Final = 4096
_ZBAR_SIDE: Final = 1800
_LOOK_SIDE: Final = 1200
"""Longest side of the image on which codes are only looked for."""
_PAGE_SCALE: Final = 0.5
"""Scale of that image up to which it shows a page, on which codes are a few small places."""
_LOOK_INK: Final = 40.0
_FINE: Final = (70.0, 180.0)
"""Darkness against the paper of a code whose pieces run together."""
_MAX_REGIONS: Final = 16
_AGAIN: Final = (0.8, 1.5)
"""Sizes at which a code that must be read twice is read again, at one of them."""
_BY_ONE_DIGIT: Final = ("EAN13", "EAN8")
"""Chance passes their one check digit: what is not read plainly counts only if read twice."""
_UNCHECKED: Final = ("Codabar",)
"""Has no check digit: every read counts only if twice."""
_FORMATS: Final = zxingcpp.BarcodeFormats(
    [
        zxingcpp.BarcodeFormat.QRCode,
        zxingcpp.BarcodeFormat.DataMatrix,
        zxingcpp.BarcodeFormat.PDF417,
        zxingcpp.BarcodeFormat.EAN13,
        zxingcpp.BarcodeFormat.EAN8,
        zxingcpp.BarcodeFormat.Code128,
        zxingcpp.BarcodeFormat.Code39,
        zxingcpp.BarcodeFormat.Code93,
        zxingcpp.BarcodeFormat.Codabar,
        zxingcpp.BarcodeFormat.ITF,
    ]
)
_STRIPES: Final = zxingcpp.BarcodeFormats(
    [
        zxingcpp.BarcodeFormat.PDF417,
        zxingcpp.BarcodeFormat.EAN13,
        zxingcpp.BarcodeFormat.EAN8,
        zxingcpp.BarcodeFormat.Code128,
        zxingcpp.BarcodeFormat.Code39,
        zxingcpp.BarcodeFormat.Code93,
        zxingcpp.BarcodeFormat.Codabar,
        zxingcpp.BarcodeFormat.ITF,
    ]
)
"""What is read along one direction; squares are read whichever way they stand."""
_ZBAR_NAMES: Final = {
    "EAN13": "EAN13",
    "EAN8": "EAN8",
    "QRCODE": "QRCode",
    "CODE128": "Code128",
}
"""What zbar may add, by zxing-cpp's names. Its Code 39 and ITF reads have no check digit."""

Box = tuple[int, int, int, int]
"""Left, top, right and bottom, in pixels."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ReadCode:
    """A code as read: ``corners`` is (4, 2), pixels of the image read, from its own top-left."""

    format: str
    text: str
    corners: Floats


def read_codes(pixels: Pixels) -> tuple[ReadCode, ...]:
    """Return every code on a page, top to bottom.

    Args:
        pixels: (height, width, 3) BGR or (height, width) grey.
    """
    grey = cv2.cvtColor(pixels, cv2.COLOR_BGR2GRAY) if pixels.ndim == 3 else pixels
    grey = np.ascontiguousarray(grey, np.uint8)
    is_page = _LOOK_SIDE / max(grey.shape) <= _PAGE_SCALE
    found = _without_overlaps(_on_page(grey) if is_page else _by_zxing(grey))
    for region in _unread_regions(grey, found):
        for code in _in_region(grey, region, is_page=is_page):
            if not _is_known(code, found):
                found.append(code)
    found.sort(key=lambda code: (float(code.corners[:, 1].min()), float(code.corners[:, 0].min())))
    return tuple(found[:MAX_CODES])


def _unread_regions(grey: Pixels, found: list[ReadCode]) -> list[Box]:
    """Return boxes around what looks like a code and was not read.

    A code is where about half of the paper is ink, in many small pieces, or, when these are too
    fine to be seen at this size, where all of it is half dark. On anything smaller than
    a page this is not asked: a code may fill it, and the second reader costs little.
    """
    scale = min(1.0, _LOOK_SIDE / max(grey.shape))
    if scale > _PAGE_SCALE:
        return [(0, 0, grey.shape[1], grey.shape[0])]
    small = shrunk_by(grey, scale)
    paper = cv2.morphologyEx(small, cv2.MORPH_CLOSE, np.ones((25, 25), np.uint8))
    darkness = cv2.subtract(paper, small)
    ink = cv2.threshold(darkness, _LOOK_INK, 255, cv2.THRESH_BINARY)[1]
    edges = cv2.morphologyEx(ink, cv2.MORPH_GRADIENT, np.ones((2, 2), np.uint8))
    share, busy = cv2.blur(ink, (21, 21)), cv2.blur(edges, (21, 21))
    like = cv2.inRange(share, 0.28 * 255, 0.85 * 255)
    like = cv2.bitwise_and(like, cv2.threshold(busy, 0.35 * 255, 255, cv2.THRESH_BINARY)[1])
    grey_all_over = cv2.inRange(cv2.blur(darkness, (21, 21)), *_FINE)
    fine = cv2.bitwise_and(
        grey_all_over, cv2.threshold(share, 0.85 * 255, 255, cv2.THRESH_BINARY)[1]
    )
    like = cv2.morphologyEx(cv2.bitwise_or(like, fine), cv2.MORPH_OPEN, np.ones((11, 11), np.uint8))
    for code in found:
        low, high = code.corners.min(0) * scale, code.corners.max(0) * scale
        margin = 0.6 * float((high - low).max())  # bars are read along one line: they are higher
        left, top = (max(0, int(v)) for v in low - margin)
        right, bottom = (int(v) for v in high + margin)
        like[top:bottom, left:right] = 0
    contours, _ = cv2.findContours(like, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    boxes = sorted((cv2.boundingRect(c) for c in contours), key=lambda box: -box[2] * box[3])
    return _joined([_with_margin(box, scale, grey.shape) for box in boxes[:_MAX_REGIONS]])


def _joined(boxes: list[Box]) -> list[Box]:
    """Return *boxes* with those in one that are smaller together: the pieces of a round stamp."""
    joined: list[Box] = []
    for box in boxes:
        while overlapped := [other for other in joined if _is_smaller_joined(box, other)]:
            joined.remove(overlapped[0])
            box = _around(box, overlapped[0])
        joined.append(box)
    return joined


def _is_smaller_joined(one: Box, other: Box) -> bool:
    return _area(_around(one, other)) <= _area(one) + _area(other)


def _around(one: Box, other: Box) -> Box:
    low = min(one[0], other[0]), min(one[1], other[1])
    return *low, max(one[2], other[2]), max(one[3], other[3])


def _area(box: Box) -> int:
    return (box[2] - box[0]) * (box[3] - box[1])


def _with_margin(box: Sequence[int], scale: float, shape: tuple[int, ...]) -> Box:
    """Return a box of the small image in pixels of the page, with a quiet zone around it."""
    left, top, width, height = box
    margin = 24 + max(width, height) // 2  # half of a pharmacy label can be too pale to be seen
    x0, y0 = max(0, int((left - margin) / scale)), max(0, int((top - margin) / scale))
    x1 = min(shape[1], int((left + width + margin) / scale))
    y1 = min(shape[0], int((top + height + margin) / scale))
    return x0, y0, x1, y1


def _in_region(grey: Pixels, region: Box, *, is_page: bool) -> list[ReadCode]:
    """Return what is read in a place of a page that was not looked at closely yet, by either."""
    left, top, right, bottom = region
    if is_page:
        part = np.ascontiguousarray(grey[top:bottom, left:right])
        found = _without_overlaps(_by_zxing(part))
        if found:
            away = np.array([left, top])
            return [replace(code, corners=code.corners + away) for code in found]
    return _by_zbar(grey, region)


def _on_page(grey: Pixels) -> list[ReadCode]:
    """Return what zxing reads on a page as it stands and on its side, dark on light, at its size.

    Its own search in every direction, for light on dark and at a third of the size takes three
    times as long; that is for the few places that look like a code, and for large codes, on a page
    a quarter as large.
    """
    plain = _zxing_reads(grey, is_thorough=False)
    lying = _zxing_reads(cv2.rotate(grey, cv2.ROTATE_90_CLOCKWISE), _STRIPES, is_thorough=False)
    low = grey.shape[0] - 1
    for code in lying:
        x, y = code.corners.T
        plain.append(replace(code, corners=np.stack([y, low - x], 1)))
    large = [replace(c, corners=c.corners * 4) for c in _zxing_reads(shrunk_by(grey, 0.25))]
    plain = [code for code in plain if code.format not in _UNCHECKED or _is_again(code, grey)]
    return plain + [
        code for code in large if _is_known(code, plain) or _is_sure(code, grey, is_reduced=True)
    ]


def _by_zxing(grey: Pixels) -> list[ReadCode]:
    """Return what zxing reads in every way, what one digit can get wrong only if read twice."""
    return [code for code in _zxing_reads(grey) if _is_sure(code, grey)]


def _is_sure(code: ReadCode, grey: Pixels, *, is_reduced: bool = False) -> bool:
    """Tell whether a read counts that may have needed *grey* to be inverted or made smaller.

    It does when it needed neither, or at once where chance passes no check; else if read twice.
    """
    if code.format in _UNCHECKED:
        return _is_again(code, grey)
    if code.format not in _BY_ONE_DIGIT:
        return True
    place = _place_of(code, grey)
    plain = _zxing_reads(place, is_thorough=False, is_turned=True)
    if any(again.text == code.text for again in plain):
        return True
    return _is_again(code, grey, (1.0, *_AGAIN) if is_reduced else _AGAIN)


def _is_again(code: ReadCode, grey: Pixels, scales: Sequence[float] = _AGAIN) -> bool:
    """Tell whether zxing reads the same in the code's own place at another size."""
    place = _place_of(code, grey)
    return any(
        again.text == code.text and again.format == code.format
        for scale in scales
        for again in _zxing_reads(_resized(place, scale))
    )


def _place_of(code: ReadCode, grey: Pixels) -> Pixels:
    """Return the part of *grey* where a code was read, with the paper around it."""
    low, high = code.corners.min(0), code.corners.max(0)
    margin = 0.25 * float((high - low).max()) + 8
    left, top = (max(0, int(v)) for v in low - margin)
    right, bottom = (int(v) for v in high + margin)
    return np.ascontiguousarray(grey[top:bottom, left:right])


def _zxing_reads(
    grey: Pixels,
    formats: zxingcpp.BarcodeFormats = _FORMATS,
    *,
    is_thorough: bool = True,
    is_turned: bool = False,
) -> list[ReadCode]:
    """Return what zxing reads.

    Light on dark, smaller and on its side too when *is_thorough*; on its side when *is_turned*.
    """
    codes = []
    for barcode in zxingcpp.read_barcodes(
        grey,
        formats=formats,
        try_rotate=is_thorough or is_turned,
        try_downscale=is_thorough,
        try_invert=is_thorough,
    ):
        place = barcode.position
        spots = (place.top_left, place.top_right, place.bottom_right, place.bottom_left)
        corners = np.array([(spot.x, spot.y) for spot in spots], np.float64)
        text = barcode.text[:MAX_TEXT]
        if text:
            codes.append(ReadCode(format=barcode.format.name, text=text, corners=corners))
    return codes


def _by_zbar(grey: Pixels, region: Box) -> list[ReadCode]:
    """Return what zbar reads twice in a region: at its size, and again a little smaller.

    Of one read a few rows of worn bars can pass a check digit by chance; a QR code, which no
    chance passes, counts at once. A large region is first read at about half its size, where zbar
    is fast.
    """
    left, top, right, bottom = region
    part = np.ascontiguousarray(grey[top:bottom, left:right])
    scale = min(1.0, _ZBAR_SIDE / max(part.shape))
    first = _zbar_reads(shrunk_by(part, scale), scale)
    codes = []
    for code in first:
        if code.format == "QRCode" or _is_read_again(code, part, is_first_reduced=scale < 1):
            codes.append(replace(code, corners=code.corners + np.array([left, top])))
    return codes


def _zbar_reads(small: Pixels, scale: float) -> list[ReadCode]:
    symbols = [pyzbar.ZBarSymbol[name] for name in _ZBAR_NAMES]
    codes = []
    for barcode in pyzbar.decode(small, symbols=symbols):
        try:
            text = barcode.data.decode("utf-8")[:MAX_TEXT]
        except UnicodeDecodeError:
            continue  # its guess at other encodings is wrong too often
        corners = _four_corners(barcode) / scale
        if text:
            codes.append(ReadCode(format=_ZBAR_NAMES[barcode.type], text=text, corners=corners))
    return codes


def _four_corners(barcode: pyzbar.Decoded) -> Floats:
    if len(barcode.polygon) == 4:
        ring = np.array([(p.x, p.y) for p in barcode.polygon], np.float64)
        middle = ring.mean(0)
        ring = ring[np.argsort(np.arctan2(ring[:, 1] - middle[1], ring[:, 0] - middle[0]))]
        return ring
    left, top, width, height = barcode.rect
    right, bottom = left + width, top + height
    return np.array([(left, top), (right, top), (right, bottom), (left, bottom)], np.float64)


def _is_known(code: ReadCode, found: list[ReadCode]) -> bool:
    """Tell whether *code* lies where another was read already, or repeats its text there."""
    middle = code.corners.mean(0)
    for other in found:
        low, high = other.corners.min(0), other.corners.max(0)
        reach = 0.1 * float((high - low).max())
        if (middle > low - reach).all() and (middle < high + reach).all():
            return True
    return False


def _without_overlaps(codes: list[ReadCode]) -> list[ReadCode]:
    """Drop reads inside a larger one: a few rows of worn bars can pass a check digit by chance."""
    kept: list[ReadCode] = []
    for code in sorted(codes, key=lambda code: -float(np.prod(np.ptp(code.corners, axis=0)))):
        if not _is_known(code, kept):
            kept.append(code)
    return kept


def _is_read_again(code: ReadCode, part: Pixels, *, is_first_reduced: bool) -> bool:
    """Tell whether zbar reads the same in the code's own place at another size."""
    place = _place_of(code, part)
    scales = (1.0,) if is_first_reduced else _AGAIN
    return any(
        again.text == code.text
        for scale in scales
        for again in _zbar_reads(_resized(place, scale), scale)
    )


def _resized(pixels: Pixels, scale: float) -> Pixels:
    return cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_LINEAR)
