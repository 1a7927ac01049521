"""Receipts read back: what a number, a QR text, a photo or a PDF proves, offline."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

from kiosk.domain.errors import (
    ErrorCode,
    NotAReceiptError,
    NotEnrolledError,
    UnknownReceiptError,
    UnreadableFileError,
)
from kiosk.domain.vocabulary import Stage
from kiosk.scan.capture import CaptureProcess
from kiosk.scan.processed import FrameFault
from kiosk.security.keystore import DeviceKeys
from kiosk.store.enrolment import Enrolment
from kiosk.store.store import Store
from kiosk.wire.errors import BadSignatureError, UnknownKeyError
from kiosk.wire.keys import PublicKey
from kiosk.wire.receipt_token import ReceiptClaims, is_receipt_text, read_number, read_qr_text


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """What ``receipt verify`` answers. ``reason`` is an error code or ``to_check``."""

    is_valid: bool
    reason: str | None
    receipt_number: str | None
    claims: ReceiptClaims | None
    is_known_here: bool
    stage: Stage | None
    trust_list_age_days: int | None


_PICTURES = {".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff", ".pdf"}


class Receipts:
    """Reads and verifies receipts by this kiosk's own key and the central's trust list."""

    def __init__(
        self,
        store: Store,
        capture: CaptureProcess,
        keys: DeviceKeys,
        now: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._capture = capture
        self._keys = keys
        self._now = now

    def verify(self, given: str) -> Verified:
        """Tell what a receipt proves.

        Args:
            given: A number, the text of a QR, or the path of an image or PDF of the receipt.

        Raises:
            NotAReceiptError: None of these, or a picture without one of our codes.
        """
        text = self._text_of(given)
        if not is_receipt_text(text):
            return self._verify_number(str(read_number(text)))
        return self._verify_text(text)

    @staticmethod
    def is_receipt(given: str) -> bool:
        """Tell whether a text has the shape of a receipt's QR."""
        return is_receipt_text(given)

    def number_in(self, given: str) -> str:
        """Return the receipt number in a number, a talon's or a receipt's QR text.

        Raises:
            NotAReceiptError: None of these.
            BadSignatureError, UnknownKeyError: A receipt's QR that is not to be believed.
        """
        return self.subject_of(given)[0]

    def subject_of(self, given: str) -> tuple[str, UUID | None]:
        """Return number and deposit id of a receipt from any kiosk; the id only where known.

        Raises:
            NotAReceiptError, BadSignatureError, UnknownKeyError: As :meth:`number_in`.
        """
        if is_receipt_text(given):
            claims, _signer = self._read(given)
            return str(claims.receipt_number), claims.deposit_id
        number = str(read_number(given))
        try:
            return number, self._store.deposit(number).deposit_id
        except UnknownReceiptError:
            return number, None

    def _verify_number(self, number: str) -> Verified:
        try:
            stored = self._store.deposit(number)
        except UnknownReceiptError:
            # Check digits alone prove nothing about a deposit of another kiosk.
            return self._answer(False, "to_check", number, None)
        return self._verify_text(stored.qr_text)

    def _verify_text(self, text: str) -> Verified:
        try:
            claims, signer = self._read(text)
        except (BadSignatureError, UnknownKeyError) as error:
            return self._answer(False, error.code, None, None)
        number = str(claims.receipt_number)
        if not self._is_kept(claims) and self._is_revoked(signer):
            return self._answer(False, "to_check", number, claims)
        return self._answer(True, None, number, claims)

    def _read(self, text: str) -> tuple[ReceiptClaims, bytes]:
        """Return what a receipt claims and the id of the key that signed it.

        Raises:
            BadSignatureError, UnknownKeyError: Also where one device signed under another's number.
        """
        signers: list[bytes] = []

        def resolve(key_id: bytes) -> PublicKey | None:
            signers.append(key_id)
            return self._key(key_id)

        claims = read_qr_text(text, resolve)
        is_own = signers[-1] == self._keys.receipt_key.public.key_id
        if not is_own and claims.receipt_number.device not in self._codes(signers[-1]):
            raise BadSignatureError("signed by another device than the number names")
        return claims, signers[-1]

    def _is_kept(self, claims: ReceiptClaims) -> bool:
        try:
            stored = self._store.deposit(str(claims.receipt_number))
        except UnknownReceiptError:
            return False
        is_same = stored.deposit_id == claims.deposit_id
        return is_same and stored.manifest_sha256 == claims.manifest_sha256

    def _answer(
        self,
        is_valid: bool,
        reason: ErrorCode | str | None,
        number: str | None,
        claims: ReceiptClaims | None,
    ) -> Verified:
        is_known = claims is not None and self._is_kept(claims)
        stage = self._store.deposit(str(number)).stage if is_known else None
        return Verified(
            is_valid=is_valid,
            reason=str(reason) if reason else None,
            receipt_number=number,
            claims=claims,
            is_known_here=is_known,
            stage=stage,
            trust_list_age_days=self._trust_age_days(),
        )

    def _text_of(self, given: str) -> str:
        try:
            is_file = len(given) <= 1000 and Path(given).is_file()
        except (OSError, ValueError):
            is_file = False
        if not is_file and Path(given[:1000]).suffix.lower() in _PICTURES:
            raise UnreadableFileError("there is no such file")
        return self._text_in_picture(Path(given)) if is_file else given

    def _text_in_picture(self, path: Path) -> str:
        for outcome in self._capture.process(path, str(path)):
            if isinstance(outcome, FrameFault):
                raise outcome.error
            for code in outcome.page.codes:
                if code.format == "QRCode" and is_receipt_text(code.text):
                    return code.text
        raise NotAReceiptError("no receipt's code could be read in the picture")

    def _key(self, key_id: bytes) -> PublicKey | None:
        own = self._keys.receipt_key.public
        if own.key_id == key_id:
            return own
        enrolment = self._enrolment()
        device = enrolment.trust().device_of(key_id) if enrolment else None
        return device.public() if device else None

    def _codes(self, key_id: bytes) -> set[str]:
        """Return the device codes a key may sign under: a device's own, and its reserve's."""
        enrolment = self._enrolment()
        devices = enrolment.trust().devices if enrolment else ()
        return {one.device for one in devices if one.public().key_id == key_id}

    def _is_revoked(self, key_id: bytes) -> bool:
        enrolment = self._enrolment()
        devices = enrolment.trust().devices if enrolment else ()
        return any(one.revoked for one in devices if one.public().key_id == key_id)

    def _trust_age_days(self) -> int | None:
        enrolment = self._enrolment()
        if enrolment is None:
            return None
        return max(0, (self._now() - enrolment.trust().issued_at).days)

    def _enrolment(self) -> Enrolment | None:
        try:
            return self._store.memory.enrolment()
        except NotEnrolledError:
            return None
