"""What a number, a QR text, a photo or a PDF of a receipt proves, offline."""

from datetime import timedelta
from pathlib import Path

import pytest

from kiosk.domain.errors import NotAReceiptError, WaslError
from kiosk.domain.receipt_number import ReceiptNumber
from kiosk.domain.vocabulary import Stage
from kiosk.wire.encoding import b64
from kiosk.wire.keys import PrivateKey
from kiosk.wire.trust import DeviceKey
from tests.desk.conftest import MakeKiosk
from tests.desk.counter import ORDONNANCE, Counter

OF_ANOTHER = str(ReceiptNumber(device="B0001A", sequence=7))


def test_receipt_of_this_kiosk_verifies_by_text_and_number(counter: Counter) -> None:
    answer = counter.deposit()
    counter.kiosk.clock.now += timedelta(days=3)
    for given in (answer.receipt_qr, answer.receipt_number, f" {answer.receipt_number.lower()} "):
        said = counter.desk.receipts.verify(given)
        assert (said.is_valid, said.reason, said.is_known_here) == (True, None, True)
        assert (said.receipt_number, said.stage) == (answer.receipt_number, Stage.DEPOSITED)
        assert said.trust_list_age_days == 3
        assert said.claims is not None
        assert said.claims.deposit_id == answer.deposit_id


def test_receipt_verifies_from_its_picture_and_its_pdf(counter: Counter, tmp_path: Path) -> None:
    answer = counter.deposit()
    picture = counter.desk.papers.print_receipt(answer.receipt_number)
    (tmp_path / "receipt.png").write_bytes(picture.png)
    for file in (tmp_path / "receipt.png", tmp_path / "receipt.pdf"):
        assert counter.desk.receipts.verify(str(file)).receipt_number == answer.receipt_number


def test_picture_without_a_receipt_is_told(counter: Counter, tmp_path: Path) -> None:
    with pytest.raises(NotAReceiptError):
        counter.desk.receipts.verify(str(ORDONNANCE))
    (tmp_path / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    with pytest.raises(WaslError):
        counter.desk.receipts.verify(str(tmp_path / "broken.png"))


@pytest.mark.parametrize("given", ["", "hello", "x" * 5000, "a\0b", "C0417A-000001-00"])
def test_what_is_no_receipt_is_told(counter: Counter, given: str) -> None:
    with pytest.raises(NotAReceiptError):
        counter.desk.receipts.verify(given)


def changed(text: str) -> str:
    """Return a QR text with one character of its signature changed."""
    at = len(text) - 20
    return text[:at] + ("A" if text[at] != "A" else "B") + text[at + 1 :]


def test_changed_signature_is_told(counter: Counter) -> None:
    said = counter.desk.receipts.verify(changed(counter.deposit().receipt_qr))
    assert (said.is_valid, said.reason, said.claims) == (False, "bad_signature", None)


def test_changed_row_does_not_verify_by_its_number(counter: Counter) -> None:
    # Somebody wrote into the database.
    answer = counter.deposit()
    counter.kiosk.store.db.conn.execute(
        "UPDATE deposits SET qr_text = ?", (changed(answer.receipt_qr),)
    )
    said = counter.desk.receipts.verify(answer.receipt_number)
    assert (said.is_valid, said.reason) == (False, "bad_signature")


def test_receipt_of_an_unknown_device_is_told(make: MakeKiosk) -> None:
    there, here = Counter(make("there", device="B0001A")), Counter(make("here"))
    said = here.desk.receipts.verify(there.deposit().receipt_qr)
    assert (said.is_valid, said.reason) == (False, "unknown_key")
    here.kiosk.store.db.conn.execute("DELETE FROM memory")
    said = here.desk.receipts.verify(there.deposit().receipt_qr)
    assert (said.is_valid, said.reason, said.trust_list_age_days) == (False, "unknown_key", None)


def test_number_alone_of_another_kiosk_is_to_check(counter: Counter) -> None:
    said = counter.desk.receipts.verify(OF_ANOTHER)
    assert (said.is_valid, said.reason, said.is_known_here) == (False, "to_check", False)
    assert counter.desk.receipts.subject_of(OF_ANOTHER) == (OF_ANOTHER, None)


@pytest.mark.parametrize("revoked", [False, True])
def test_receipt_of_a_revoked_device_is_to_check(make: MakeKiosk, revoked: bool) -> None:
    there, here = Counter(make("there", device="B0001A")), Counter(make("here"))
    key = b64(there.kiosk.keys.receipt_key.public.raw)
    known = (DeviceKey(device="B0001A", receipt_key=key, revoked=revoked),)
    here.kiosk.store.memory.keep_enrolment(here.kiosk.central.enrolment(devices=known))
    said = here.desk.receipts.verify(there.deposit().receipt_qr)
    assert said.is_valid is not revoked
    assert said.reason == ("to_check" if revoked else None)
    assert said.claims is not None


def test_own_receipt_of_a_revoked_device_stays_valid(counter: Counter) -> None:
    answer, kiosk = counter.deposit(), counter.kiosk
    own = b64(kiosk.keys.receipt_key.public.raw)
    revoked = (DeviceKey(device="C0417A", receipt_key=own, revoked=True),)
    kiosk.store.memory.keep_enrolment(kiosk.central.enrolment(devices=revoked))
    assert counter.desk.receipts.verify(answer.receipt_qr).is_valid


def test_own_receipt_verifies_before_any_enrolment(counter: Counter) -> None:
    answer = counter.deposit()
    counter.kiosk.store.db.conn.execute("DELETE FROM memory")
    counter.kiosk.store.db.conn.execute("DELETE FROM deposits")
    said = counter.desk.receipts.verify(answer.receipt_qr)
    assert (said.is_valid, said.is_known_here) == (True, False)


def test_shape_of_a_receipt_is_told_from_a_strangers_code(counter: Counter) -> None:
    assert counter.desk.receipts.is_receipt(counter.deposit().receipt_qr)
    assert not counter.desk.receipts.is_receipt(f"HTTPS://X/R/{b64(PrivateKey.generate().seed)}")
