"""A receipt is believed only of the device that signed it."""

from dataclasses import replace
from uuid import uuid4

import pytest

from kiosk.desk.receipts import Receipts
from kiosk.domain.errors import NotAReceiptError
from kiosk.domain.receipt_number import ReceiptNumber
from kiosk.wire.encoding import b64
from kiosk.wire.errors import BadSignatureError
from kiosk.wire.keys import PrivateKey
from kiosk.wire.receipt_token import read_qr_text, write_qr_text
from kiosk.wire.trust import DeviceKey
from tests.desk.counter import Counter

THIEF = PrivateKey.generate()


def _with_thief(counter: Counter, *, revoked: bool) -> Receipts:
    """Let the trust list know another kiosk, C0500A, whose key somebody holds."""
    kiosk = counter.kiosk
    own = DeviceKey(device="C0417A", receipt_key=b64(kiosk.keys.receipt_key.public.raw))
    other = DeviceKey(device="C0500A", receipt_key=b64(THIEF.public.raw), revoked=revoked)
    kiosk.store.memory.keep_enrolment(kiosk.central.enrolment("C0417A", devices=(own, other)))
    return kiosk.desk.receipts


@pytest.mark.parametrize("device", ["C0417A", "C0700A"])
def test_key_of_one_device_signs_no_number_of_another(counter: Counter, device: str) -> None:
    true = counter.deposit().receipt_qr
    claims = read_qr_text(true, lambda _: counter.kiosk.keys.receipt_key.public)
    receipts = _with_thief(counter, revoked=False)
    forged = replace(claims, receipt_number=ReceiptNumber(device=device, sequence=1))
    said = receipts.verify(write_qr_text(forged, THIEF, "wasl.invalid"))
    assert (said.is_valid, said.reason, said.is_known_here) == (False, "bad_signature", False)
    with pytest.raises(BadSignatureError):
        receipts.subject_of(write_qr_text(forged, THIEF, "wasl.invalid"))
    honest = replace(claims, receipt_number=ReceiptNumber(device="C0500A", sequence=1))
    assert receipts.verify(write_qr_text(honest, THIEF, "wasl.invalid")).is_valid


def test_revoked_device_is_judged_by_the_key_that_signed(counter: Counter) -> None:
    true = counter.deposit().receipt_qr
    claims = read_qr_text(true, lambda _: counter.kiosk.keys.receipt_key.public)
    receipts = _with_thief(counter, revoked=True)
    theirs = replace(claims, receipt_number=ReceiptNumber(device="C0500A", sequence=7))
    said = receipts.verify(write_qr_text(theirs, THIEF, "wasl.invalid"))
    assert (said.is_valid, said.reason) == (False, "to_check")


def test_another_token_of_a_kept_number_is_not_the_kept_one(counter: Counter) -> None:
    true = counter.deposit().receipt_qr
    keys = counter.kiosk.keys
    claims = read_qr_text(true, lambda _: keys.receipt_key.public)
    other = replace(claims, deposit_id=uuid4())
    said = counter.kiosk.desk.receipts.verify(write_qr_text(other, keys.receipt_key, "w.invalid"))
    assert (said.is_known_here, said.stage) == (False, None)


def test_text_after_the_signed_token_is_refused(counter: Counter) -> None:
    text = counter.deposit().receipt_qr
    receipts = counter.kiosk.desk.receipts
    for more in ("A", "B", "AAAAAAAA", "QWERTYUI"):
        try:
            assert not receipts.verify(text + more).is_valid
        except NotAReceiptError:
            continue
    assert receipts.verify(text.replace("HTTPS://WASL.INVALID", "https://wasl.invalid")).is_valid
