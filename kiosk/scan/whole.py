"""The stage that tells a scan of a whole page from a photograph with a page in it."""

from typing import Final

import cv2
import numpy as np

from kiosk.scan.picture import Picture, Pixels
from kiosk.scan.shrink import shrunk_by

SIDE: Final = 400
_PAPER_SHARE: Final = 0.93
_EVEN: Final = 7.0
"""Light levels by which the paper of a scan may vary; a photograph's varies by 12 or more."""
_LIGHTEST: Final = 170.0


def is_whole_page(picture: Picture) -> bool:
    """Tell whether the frame is all paper under even light, so that no page needs finding.

    A drawn PDF page is one by its nature, and so is black on white: only a scanner or a fax makes
    that. Of anything else nearly all must be one light surface once the writing is closed away; a
    scan with the scanner's dark lid around it is not.
    """
    if picture.is_rendered or _is_two_level(picture.grey):
        return True
    scale = min(1.0, SIDE / max(picture.pixels.shape[:2]))
    small = shrunk_by(picture.pixels, scale)
    lab = cv2.cvtColor(small, cv2.COLOR_BGR2LAB)
    light = np.ascontiguousarray(lab[:, :, 0])
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (13, 13))
    light = cv2.morphologyEx(light, cv2.MORPH_CLOSE, kernel)
    middling, bright = (float(v) for v in np.percentile(light, (40, 75)))
    if bright < _LIGHTEST or bright - middling > _EVEN:
        return False
    is_light = light > bright - 30
    if picture.grey is not None:
        return float(is_light.mean()) >= _PAPER_SHARE  # it has one hue, that of no colour
    a, b = (cv2.medianBlur(np.ascontiguousarray(lab[:, :, i]), 5).astype(float) for i in (1, 2))
    off_hue = np.hypot(a - np.median(a[is_light]), b - np.median(b[is_light]))
    return float((is_light & (off_hue < 10)).mean()) >= _PAPER_SHARE


def _is_two_level(grey: Pixels | None) -> bool:
    return grey is not None and not cv2.countNonZero(cv2.inRange(grey, 1, 254))
