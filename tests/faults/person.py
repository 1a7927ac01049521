"""The person whose papers the harness deposits: none of this may be readable on the disk."""

import io
import secrets
import threading
from collections.abc import Iterator
from pathlib import Path

import pikepdf

from kiosk.domain.form import DepositForm
from kiosk.domain.page import Page
from kiosk.domain.vocabulary import IdType
from kiosk.scan.capture import CaptureProcess
from kiosk.scan.processed import FrameFault, ProcessedPage

IMMATRICULATION = "123456782"
CORRECTED = "876543211"
REASON = "Il manque le cachet du docteur Benchekroun."
EARLIER = "84"
"""The amount as far as it was typed before the power went."""
_PREVIEW = b"\xff\xd8\xff\xe0 Fatima Zahra El Amrani \xff\xd9"
_WORDS = "Fatima Zahra El Amrani, 14 rue Ibn Sina"

READABLE = tuple(
    text.encode()
    for text in (
        IMMATRICULATION,
        CORRECTED,
        "BK284519",
        "661234567",
        "El Amrani",
        "Benchekroun",
        "Ibn Sina",
    )
)
"""What gives the person away, wherever it stands."""


def typed() -> DepositForm:
    """Return the form as an agent types it."""
    return DepositForm(
        immatriculation=IMMATRICULATION,
        id_type=IdType.CIN,
        id_number="BK284519",
        phone="0661234567",
        care_date="2026-11-20",
        amount="845,50",
        reason=REASON,
    )


def _one_page(noise_bytes: int) -> bytes:
    """Return a page as the capture child writes one: a single picture, its bytes readable."""
    content = b"\xff\xd8\xff\xfe" + _WORDS.encode() + secrets.token_bytes(noise_bytes) + b"\xff\xd9"
    with pikepdf.new() as made:
        made.add_blank_page(page_size=(200, 100))
        picture = pikepdf.Stream(made, content)
        picture.Type, picture.Subtype = pikepdf.Name.XObject, pikepdf.Name.Image
        picture.Width, picture.Height, picture.BitsPerComponent = 200, 100, 8
        picture.ColorSpace, picture.Filter = pikepdf.Name.DeviceGray, pikepdf.Name.DCTDecode
        made.pages[0].Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(Im0=picture))
        made.pages[0].Contents = made.make_stream(b"q 200 0 0 100 0 0 cm /Im0 Do Q")
        file = io.BytesIO()
        made.save(file, compress_streams=False)
    return file.getvalue()


class StandInCapture(CaptureProcess):
    """Yields one small page whatever the file: image work is nothing the disk can spoil."""

    def __init__(self, noise_bytes: int = 0) -> None:
        super().__init__(("no child",))
        self._pdf = _one_page(noise_bytes)

    def process(
        self,
        path: Path,
        source_name: str,
        *,
        quarter_turns: int | None = None,
        stop: threading.Event | None = None,
    ) -> Iterator[ProcessedPage | FrameFault]:
        """Yield the page, with a fingerprint of its own."""
        page = Page(
            source="tray",
            index=1,
            width_px=200,
            height_px=100,
            dpi=200,
            outline=None,
            outline_confidence=1.0,
            skew_deg=0.0,
            rotated_deg=0,
            sharpness=0.9,
            ink_ratio=0.1,
            fingerprint=secrets.token_hex(8),
            size_bytes=len(self._pdf),
        )
        yield ProcessedPage(
            page=page, pdf=self._pdf, preview_jpeg=_PREVIEW, thumbnail_jpeg=_PREVIEW
        )
