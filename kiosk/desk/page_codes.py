"""What the codes on a dossier's pages say about it: an FSE, a practitioner's INPE, our own papers.

Nothing here is proof: a code warns the agent and the CNSS, and never refuses a deposit.
"""

import re
from collections.abc import Iterable
from typing import Final

from kiosk.domain import identifiers
from kiosk.domain.errors import NotAReceiptError
from kiosk.domain.page import Code
from kiosk.domain.receipt_number import ReceiptNumber
from kiosk.domain.vocabulary import WarningKind
from kiosk.wire.cose import KeyResolver
from kiosk.wire.errors import BadSignatureError, UnknownKeyError
from kiosk.wire.receipt_token import is_receipt_text, is_talon_text, read_number, read_qr_text

_FSE: Final = re.compile(r"\bFSE[-: /]?[0-9]{4,}", re.IGNORECASE)
_LINEAR: Final = ("Code128", "Code39", "Code93", "ITF")
"""What an INPE label may be printed in. Bare figures of another length are an invoice's own."""
_INPE: Final = re.compile(r"INPE[-: /]?([0-9A-Za-z]{1,20})")
_OWN_AT_MOST: Final = 5


def code_warnings(codes: Iterable[Code], resolve: KeyResolver) -> list[str]:
    """Return the warnings that codes give, in the words of the contract, each once.

    ``fse_seen``: an electronic care sheet stands beside the paper one. ``inpe``: a label reads as
    an INPE that it cannot be. ``possible_duplicate:NUMBER``: a receipt or talon of ours lies among
    the pages, so the paper was handed in before.

    Args:
        codes: What was read on the pages.
        resolve: Keys of devices whose receipts are believed.
    """
    seen = list(codes)
    said = []
    if any(_FSE.search(code.text) for code in seen):
        said.append(str(WarningKind.FSE_SEEN))
    if any(_is_odd_inpe(code) for code in seen):
        said.append(str(WarningKind.INPE))
    numbers = dict.fromkeys(str(one) for code in seen if (one := own_number(code.text, resolve)))
    return said + [f"{WarningKind.POSSIBLE_DUPLICATE}:{n}" for n in list(numbers)[:_OWN_AT_MOST]]


def own_number(text: str, resolve: KeyResolver) -> ReceiptNumber | None:
    """Return the number of a receipt or talon of ours; None for any other text.

    A receipt's signature has to hold; a talon has its check digits alone.
    """
    try:
        if is_receipt_text(text):
            return read_qr_text(text, resolve).receipt_number
        return read_number(text) if is_talon_text(text) else None
    except (NotAReceiptError, BadSignatureError, UnknownKeyError):
        return None


def _is_odd_inpe(code: Code) -> bool:
    match = _INPE.fullmatch(code.text.strip()) if code.format in _LINEAR else None
    if match is None:
        return False
    return identifiers.inpe(match[1]).warning is not None
