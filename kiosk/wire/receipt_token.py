"""The signed token in a receipt's QR: what it claims, how it is written, how it is read.

It commits to the frozen manifest by its hash (which holds the page count and the hash of the
sealed scan) and carries nothing about a person.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

import cbor2

from kiosk.domain.errors import NotAReceiptError, WaslError
from kiosk.domain.moments import ClockTrust, rfc3339
from kiosk.domain.receipt_number import ReceiptNumber, parse
from kiosk.wire.cose import ContentType, KeyResolver, sign, verify
from kiosk.wire.encoding import b32, unb32
from kiosk.wire.errors import BadSignatureError, MalformedMessageError
from kiosk.wire.keys import PrivateKey
from kiosk.wire.strict_cbor import decode_map, exactly

MAX_QR_TEXT = 1024
# A browser writes scheme and host in small letters; the rest has one spelling.
_RECEIPT_URL = re.compile(r"(?i:HTTPS://[A-Z0-9.:-]{1,100})/R/([A-Z2-7]{40,900})")
_TALON_URL = re.compile(r"(?i:HTTPS://[A-Z0-9.:-]{1,100})/T/([A-Z0-9-]{16})")
# CWT claim keys (RFC 8392): 2 sub, 6 iat, 7 cti; private ones lie below -65536.
_SUB, _IAT, _CTI, _CONTENT = 2, 6, 7, -65537


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptClaims:
    """What a receipt proves.

    Attributes:
        manifest_sha256: 32 bytes over the frozen manifest.
        page_count: Pages scanned; 0 when the scan comes later.
        piece_count: Pieces counted at the counter.
    """

    receipt_number: ReceiptNumber
    deposit_id: UUID
    created_at: datetime
    clock_trust: ClockTrust
    manifest_sha256: bytes
    page_count: int
    piece_count: int

    def as_json(self) -> dict[str, object]:
        """Return the claims as ``receipt verify --json`` prints them."""
        return {
            "receipt_number": str(self.receipt_number),
            "deposit_id": str(self.deposit_id),
            "created_at": rfc3339(self.created_at),
            "clock": self.clock_trust.value,
            "manifest_sha256": self.manifest_sha256.hex(),
            "pages": self.page_count,
            "pieces": self.piece_count,
        }


def write_qr_text(claims: ReceiptClaims, key: PrivateKey, host: str) -> str:
    """Return ``HTTPS://HOST/R/`` and the signed claims in base32."""
    content = {
        _SUB: str(claims.receipt_number),
        _IAT: int(claims.created_at.timestamp()),
        _CTI: claims.deposit_id.bytes,
        _CONTENT: [
            claims.manifest_sha256,
            claims.page_count,
            claims.piece_count,
            claims.clock_trust is ClockTrust.VERIFIED,
        ],
    }
    token = sign(cbor2.dumps(content), key, ContentType.RECEIPT)
    return f"HTTPS://{host.upper()}/R/{b32(token)}"


def read_qr_text(text: str, resolve: KeyResolver) -> ReceiptClaims:
    """Return the claims of a receipt's QR once its signature holds.

    Raises:
        NotAReceiptError: Another QR.
        BadSignatureError: Ours in shape, but changed.
        UnknownKeyError: Signed by a device no trust list known here names.
    """
    match = _RECEIPT_URL.fullmatch(text.strip()) if len(text) <= MAX_QR_TEXT else None
    if match is None:
        raise NotAReceiptError("the text is not that of a receipt's QR")
    try:
        payload = verify(unb32(match[1]), resolve, ContentType.RECEIPT)
    except MalformedMessageError as error:
        raise NotAReceiptError("the text is not that of a receipt's QR") from error
    return _read_claims(payload)


def is_receipt_text(text: str) -> bool:
    """Tell whether *text* has the shape of a receipt's QR (signed or not by us)."""
    return len(text) <= MAX_QR_TEXT and _RECEIPT_URL.fullmatch(text.strip()) is not None


def is_talon_text(text: str) -> bool:
    """Tell whether *text* has the shape of a talon's QR."""
    return len(text) <= MAX_QR_TEXT and _TALON_URL.fullmatch(text.strip()) is not None


def write_talon_text(number: ReceiptNumber, host: str) -> str:
    """Return what a talon's QR says: the number alone, small enough for a stapled slip."""
    return f"HTTPS://{host.upper()}/T/{number}"


def read_number(text: str) -> ReceiptNumber:
    """Return the number in a talon's QR, or typed by a person.

    Raises:
        NotAReceiptError: Neither; a receipt's own QR is read by :func:`read_qr_text`.
    """
    match = _TALON_URL.fullmatch(text.strip()) if len(text) <= MAX_QR_TEXT else None
    return parse(match[1] if match else text)


def _read_claims(payload: bytes) -> ReceiptClaims:
    # Signed by a trusted key, so a wrong shape means a broken device, not a forger.
    try:
        content = decode_map(payload)
        sha256, page_count, piece_count, is_verified = exactly(list, content.get(_CONTENT))
        return ReceiptClaims(
            receipt_number=parse(exactly(str, content.get(_SUB))),
            deposit_id=UUID(bytes=exactly(bytes, content.get(_CTI))),
            created_at=datetime.fromtimestamp(exactly(int, content.get(_IAT)), UTC),
            clock_trust=ClockTrust.VERIFIED if is_verified is True else ClockTrust.UNVERIFIED,
            manifest_sha256=exactly(bytes, sha256),
            page_count=exactly(int, page_count),
            piece_count=exactly(int, piece_count),
        )
    except (WaslError, ValueError, OverflowError, OSError) as error:
        raise BadSignatureError("the signed claims are not those of a receipt") from error
