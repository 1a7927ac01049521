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
)
from kiosk.domain.vocabulary import Stage
from kiosk.scan.capture import CaptureProcess
from kiosk.scan.processed import FrameFault
from kiosk.security.keystore import DeviceKeys
from kiosk.store.memory import Enrolment
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
            claims = read_qr_text(given, self._key)
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
            claims = read_qr_text(text, self._key)
        except (BadSignatureError, UnknownKeyError) as error:
            return self._answer(False, error.code, None, None)
        return self._judge(claims, str(claims.receipt_number), text)

    def _judge(self, claims: ReceiptClaims, number: str, text: str) -> Verified:
        try:
            is_known = self._store.deposit(number).qr_text == text.strip()
        except UnknownReceiptError:
            is_known = False
        if not is_known and self._is_revoked(claims):
            return self._answer(False, "to_check", number, claims)
        return self._answer(True, None, number, claims)

    def _answer(
        self,
        is_valid: bool,
        reason: ErrorCode | str | None,
        number: str | None,
        claims: ReceiptClaims | None,
    ) -> Verified:
        stage = None
        is_known = False
        if number is not None:
            try:
                stage = self._store.deposit(number).stage
                is_known = True
            except UnknownReceiptError:
                stage = None
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

    def _is_revoked(self, claims: ReceiptClaims) -> bool:
        enrolment = self._enrolment()
        if enrolment is None:
            return False
        device = claims.receipt_number.device
        return any(one.revoked for one in enrolment.trust().devices if one.device == device)

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
