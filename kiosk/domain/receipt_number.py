"""The receipt number: device code, sequence, two check digits (C0417A-000131-39)."""

import re
from dataclasses import dataclass

from stdnum.iso7064 import mod_97_10

from kiosk.domain.errors import NotAReceiptError
from kiosk.domain.vocabulary import Network

EPOCH_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ"
"""Device letters in the order they are given out; O and I look like digits."""

MAX_SEQUENCE = 999_999
_POINT = re.compile(rf"[{''.join(Network)}][0-9]{{4}}")
_NUMBER = re.compile(
    rf"([{''.join(Network)}][0-9]{{4}}[{EPOCH_LETTERS}])[-\s]?([0-9]{{6}})[-\s]?([0-9]{{2}})"
)


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class ReceiptNumber:
    """A receipt number whose check digits hold.

    Attributes:
        device: Network letter, 4 digits of the point, device letter: one epoch of numbers.
        sequence: 1–999 999 within the epoch.
    """

    device: str
    sequence: int

    def __post_init__(self) -> None:
        if not is_device_code(self.device) or not 1 <= self.sequence <= MAX_SEQUENCE:
            raise ValueError("device code or sequence out of range")

    def __str__(self) -> str:
        body = f"{self.device}{self.sequence:06d}"
        return f"{self.device}-{self.sequence:06d}-{mod_97_10.calc_check_digits(body)}"

    @property
    def point(self) -> str:
        """Return the point's code: the device code without its letter."""
        return self.device[:-1]

    def read_back(self) -> str:
        """Return the digits grouped 3-3-2, as an agent reads them aloud."""
        text = str(self)
        return f"{text[7:10]} {text[10:13]} {text[14:]}"


def is_device_code(text: str) -> bool:
    """Tell whether *text* is a point's code followed by a device letter."""
    return len(text) == 6 and is_point_code(text[:5]) and text[5] in EPOCH_LETTERS


def is_point_code(text: str) -> bool:
    """Tell whether *text* is a network letter and 4 digits."""
    return _POINT.fullmatch(text) is not None


def parse(text: str) -> ReceiptNumber:
    """Read a receipt number as typed or scanned; spaces for dashes and small letters pass.

    Raises:
        NotAReceiptError: Another shape, or check digits that do not hold.
    """
    match = _NUMBER.fullmatch(text.strip().upper()) if len(text) <= 64 else None
    if match is None:
        raise NotAReceiptError("the text has not the shape of a receipt number")
    device, sequence, check = match.groups()
    # Compared, not asked whether they are valid: 00, 01 and 99 stand in the same class as 97, 98
    # and 02, and one number has one text.
    if mod_97_10.calc_check_digits(device + sequence) != check or int(sequence) == 0:
        raise NotAReceiptError("the check digits of the receipt number do not hold")
    return ReceiptNumber(device=device, sequence=int(sequence))
