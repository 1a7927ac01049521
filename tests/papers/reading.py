"""Independent eyes: zxing-cpp on dots, on a page of a PDF, and on a simulated photograph."""

import io

import cv2
import numpy as np
import numpy.typing as npt
import pypdfium2
import zxingcpp
from PIL import Image

Grey = npt.NDArray[np.uint8]


def codes_in(picture: Grey) -> list[str]:
    """Return the texts of the QR codes found."""
    found = zxingcpp.read_barcodes(
        picture, formats=zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)
    )
    return [code.text for code in found]


def codes_in_png(png: bytes) -> list[str]:
    """Return the texts of the QR codes in a PNG."""
    return codes_in(np.asarray(Image.open(io.BytesIO(png)).convert("L")))


def codes_in_pdf(pdf: bytes, dpi: int = 300) -> list[str]:
    """Return the texts of the QR codes on the first page of a PDF."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        picture = document[0].render(scale=dpi / 72, grayscale=True).to_numpy()
    finally:
        document.close()
    return codes_in(np.ascontiguousarray(picture).reshape(picture.shape[:2]))


def photograph(paper: Grey, dpi: int, seed: int = 7) -> Grey:
    """Return *paper* as a phone sees it on a dark table: 300 dpi, turned 3°, blurred, noisy."""
    scale = 300 / dpi
    size = (round(paper.shape[1] * scale), round(paper.shape[0] * scale))
    seen = cv2.resize(paper, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
    seen = cv2.copyMakeBorder(seen, 60, 60, 60, 60, cv2.BORDER_CONSTANT, value=(40.0,))
    middle = (seen.shape[1] / 2, seen.shape[0] / 2)
    turn = cv2.getRotationMatrix2D(middle, 3, 1)
    seen = cv2.warpAffine(seen, turn, seen.shape[::-1], borderValue=(40.0,))
    seen = cv2.GaussianBlur(seen, (0, 0), 1.2)
    noise = np.random.default_rng(seed).normal(0, 10, seen.shape)
    photo: Grey = np.clip(seen + noise, 0, 255).astype(np.uint8)
    return photo


def dots(rows: bytes, width_px: int, height_px: int) -> Grey:
    """Return packed rows (1 is black) as a grey picture."""
    bits = np.unpackbits(np.frombuffer(rows, np.uint8).reshape(height_px, -1), axis=1)
    grey: Grey = ((1 - bits[:, :width_px]) * 255).astype(np.uint8)
    return grey
