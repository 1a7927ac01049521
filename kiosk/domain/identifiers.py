"""Identifiers as people type them: each judged once, the same for window and command line.

Rules and how far each is proven: the immatriculation key comes from two independent
implementations and no official text, so it warns and never refuses.
"""

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum

import phonenumbers
from stdnum.iso7064 import mod_97_10

from kiosk.domain.vocabulary import IdType, WarningKind

PLACEHOLDERS = frozenset({"100000000", "000000000", "999999999"})
_IMMATRICULATION_DIGITS = 9
_INPE_DIGITS = 9
_ICE_DIGITS = 15
_MAX_TYPED = 40
_CIN = re.compile(r"(?=.{2,8}$)[A-Z]{1,2}[0-9]{1,7}")
_DIALLED = re.compile(r"\+?[0-9]{1,20}")
_DOCUMENT = re.compile(r"[A-Z0-9]{3,20}")


class Fault(StrEnum):
    """Why a typed value is refused; the words for it are chosen by who shows it."""

    MISSING = "missing"
    NOT_DIGITS = "not_digits"
    LENGTH = "length"
    PLACEHOLDER = "placeholder"
    FORMAT = "format"
    NOT_A_MOBILE = "not_a_mobile"


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A typed value as it will be kept, and what is to be said about it.

    ``value`` is None exactly when ``fault`` is set.
    """

    value: str | None
    fault: Fault | None = None
    warning: WarningKind | None = None


def fold(text: str) -> str:
    """Upper-case, drop spaces and separators, turn any script's digits into Western ones."""
    kept = []
    for char in unicodedata.normalize("NFKC", text[:_MAX_TYPED]):
        if char.isdecimal():
            kept.append(str(unicodedata.decimal(char)))
        elif char.isalnum() or char == "+":
            kept.append(char.upper())
    return "".join(kept)


def immatriculation(text: str) -> Judged:
    """Judge a CNSS immatriculation: 9 digits, no placeholder; a wrong key only warns."""
    number = fold(text)
    if not number:
        return Judged(value=None, fault=Fault.MISSING)
    if not (number.isascii() and number.isdecimal()):
        return Judged(value=None, fault=Fault.NOT_DIGITS)
    if len(number) != _IMMATRICULATION_DIGITS or len(text) > _MAX_TYPED:
        return Judged(value=None, fault=Fault.LENGTH)
    if number in PLACEHOLDERS:
        return Judged(value=None, fault=Fault.PLACEHOLDER)
    if not has_valid_key(number):
        return Judged(value=number, warning=WarningKind.IMMATRICULATION_KEY)
    return Judged(value=number)


def has_valid_key(number: str) -> bool:
    """Tell whether 9 digits carry their key: C9 = (10 − S mod 10) mod 10, first digit 1."""
    digits = [int(char) for char in number]
    even = sum(digits[i] for i in (1, 3, 5, 7))
    odd = sum(digits[i] for i in (2, 4, 6))
    return digits[0] == 1 and digits[8] == -(2 * even + odd) % 10


def identity_document(id_type: IdType, text: str) -> Judged:
    """Judge an identity document's number; a strange one warns and is kept."""
    if id_type is IdType.NONE:
        return Judged(value="")
    number = fold(text).replace("+", "")
    if not number:
        return Judged(value=None, fault=Fault.MISSING)
    rule = _CIN if id_type is IdType.CIN else _DOCUMENT
    if _is_too_long(text, number):
        return Judged(value=None, fault=Fault.LENGTH)
    if not rule.fullmatch(number):
        return Judged(value=number, warning=WarningKind.IDENTITY_DOCUMENT)
    return Judged(value=number)


def phone(text: str) -> Judged:
    """Judge a Moroccan mobile; kept as +2126… or +2127…. Empty is allowed and kept empty."""
    folded = fold(text)
    if not folded:
        return Judged(value="")
    # phonenumbers would spell letters on the keypad (06FLOWERSS) and drop an extension.
    if not _DIALLED.fullmatch(folded):
        return Judged(value=None, fault=Fault.FORMAT)
    try:
        number = phonenumbers.parse(folded, "MA")
    except phonenumbers.NumberParseException:
        return Judged(value=None, fault=Fault.FORMAT)
    national = str(number.national_number)
    is_mobile = number.country_code == 212 and len(national) == 9 and national[0] in "67"
    if not is_mobile or len(text) > _MAX_TYPED:
        return Judged(value=None, fault=Fault.NOT_A_MOBILE)
    return Judged(value=phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def inpe(text: str) -> Judged:
    """Judge a practitioner's INPE: 9 digits expected, no known key; anything else warns."""
    number = fold(text)
    if not number:
        return Judged(value=None, fault=Fault.MISSING)
    if _is_too_long(text, number):
        return Judged(value=None, fault=Fault.LENGTH)
    if not (number.isdecimal() and len(number) == _INPE_DIGITS):
        return Judged(value=number, warning=WarningKind.INPE)
    return Judged(value=number)


def ice(text: str) -> Judged:
    """Judge a company's ICE: 15 digits, ISO 7064 MOD 97-10; anything else warns."""
    number = fold(text)
    if not number:
        return Judged(value=None, fault=Fault.MISSING)
    if _is_too_long(text, number):
        return Judged(value=None, fault=Fault.LENGTH)
    is_ice = number.isdecimal() and len(number) == _ICE_DIGITS and mod_97_10.is_valid(number)
    return Judged(value=number, warning=None if is_ice else WarningKind.ICE)


def _is_too_long(text: str, folded: str) -> bool:
    # Folding may lengthen: one sign that stands for a whole phrase becomes its letters.
    return max(len(text), len(folded)) > _MAX_TYPED


def masked(immatriculation_number: str) -> str:
    """Return the number as it may be shown after the deposit: its last three digits."""
    return f"•••••• {immatriculation_number[-3:]}"
