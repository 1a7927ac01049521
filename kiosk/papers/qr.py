"""QR codes as a matrix of modules."""

import re
from functools import lru_cache
from typing import Final

import qrcode
from qrcode.constants import ERROR_CORRECT_M
from qrcode.exceptions import DataOverflowError
from qrcode.util import MODE_ALPHA_NUM, QRData

QUIET_MODULES: Final = 4
"""White modules asked for on every side (ISO/IEC 18004)."""

MAX_TEXT: Final = 900
"""Characters; more would need modules too small for a receipt printer."""

_ALPHANUMERIC: Final = re.compile(r"[0-9A-Z $%*+\-./:]+")


@lru_cache(
    maxsize=16
)  # choosing the mask takes 30 ms; a print, its picture and its reprint share it
def matrix(text: str) -> tuple[tuple[bool, ...], ...]:
    """Return the modules of *text*, True is black, without the quiet zone.

    One segment in alphanumeric mode (5.5 bits a character), error correction M.

    Raises:
        ValueError: Empty, longer than MAX_TEXT, or with characters that mode does not have.
    """
    if len(text) > MAX_TEXT or not _ALPHANUMERIC.fullmatch(text):
        raise ValueError("a QR text takes 1 to 900 capitals, digits and $%*+-./: only")
    code = qrcode.QRCode(error_correction=ERROR_CORRECT_M, border=0)
    code.add_data(QRData(text, mode=MODE_ALPHA_NUM))
    try:
        code.make(fit=True)
    except DataOverflowError as error:
        raise ValueError("a QR text is too long") from error
    return tuple(tuple(bool(module) for module in row) for row in code.get_matrix())
