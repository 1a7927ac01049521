"""Codes on pages: what they warn of, from the printed sheet to the deposit's signed manifest."""

from pathlib import Path
from uuid import uuid4

import cv2
import numpy as np
import pytest
import qrcode

from kiosk.desk.page_codes import code_warnings
from kiosk.domain.page import Code, Outline, Spot
from kiosk.wire.keys import PublicKey
from kiosk.wire.manifests import read_deposit
from tests.desk.counter import Counter
from tests.paper import draw_page

TALON = "HTTPS://WASL.INVALID/T/"
NUMBER = "C0417A-000131-39"


def nobody(_: bytes) -> PublicKey | None:
    return None


def code(text: str, kind: str = "QRCode") -> Code:
    spot = Spot(0.0, 0.0)
    return Code(format=kind, text=text, outline=Outline(spot, spot, spot, spot))


@pytest.mark.parametrize(
    ("kind", "text", "warns"),
    [
        ("QRCode", "FSE;1;FSE012345678901;051234567;2026-11-02;3", ["fse_seen"]),
        ("QRCode", "FSE-20260001", ["fse_seen"]),
        ("QRCode", "OFFSET0001", []),
        ("Code128", "051234567", []),
        ("Code39", "05123456", []),
        ("Code128", "INPE 05123456A", ["inpe"]),
        ("Code128", "INPE:051234567", []),
        ("Code128", "LOT 4711", []),  # a label of something else
        ("EAN13", "6111250640015", []),
        ("EAN8", "61112506", []),  # the medicine's, whatever its length
        ("QRCode", "INPE 05123456", []),  # a label is one line of bars
        ("Code39", "INPE 05123456", ["inpe"]),
        ("Code93", "INPE 05123456", ["inpe"]),
        ("QRCode", TALON + NUMBER, [f"possible_duplicate:{NUMBER}"]),
        ("QRCode", TALON + "C0417A-000131-93", []),  # check digits turned round
        ("QRCode", "see " + TALON + NUMBER, []),
        ("QRCode", NUMBER, []),  # the prefix is part of it
    ],
)
def test_code_warns_of_what_it_is(kind: str, text: str, warns: list[str]) -> None:
    assert code_warnings([code(text, kind)], nobody) == warns


def test_each_warning_is_said_once_and_numbers_are_bounded() -> None:
    texts = [TALON + NUMBER] * 3 + ["FSE-0001", "FSE-0002"]
    assert code_warnings(map(code, texts), nobody) == ["fse_seen", f"possible_duplicate:{NUMBER}"]


def _with_qr(folder: Path, text: str) -> Path:
    """Write a page with a QR code pasted on: a receipt left among the papers."""
    sheet = draw_page("facture", seed=7).image.copy()
    drawn = qrcode.QRCode(border=4)
    drawn.add_data(text)
    rows = np.array(drawn.get_matrix())
    pixels = np.kron(np.where(rows, 0, 255), np.ones((6, 6))).astype(np.uint8)
    high, wide = pixels.shape
    top, left = sheet.shape[0] - high - 120, 120
    sheet[top : top + high, left : left + wide] = pixels[..., None]
    file = folder / f"{uuid4()}.png"
    cv2.imwrite(str(file), sheet)
    return file


def test_receipt_and_talon_on_a_page_reach_the_manifest(counter: Counter, tmp_path: Path) -> None:
    first = counter.deposit()
    number = first.receipt_number
    receipt = _with_qr(tmp_path, first.receipt_qr)
    warned = f"possible_duplicate:{number}"
    second = counter.deposit(receipt, care_date="2026-11-19", amount="10")
    assert warned in second.warnings
    manifest = read_deposit(counter.kiosk.store.deposit(second.receipt_number).manifest)
    assert warned in manifest.warnings
    assert any(text == first.receipt_qr for note in manifest.page_notes for _, text in note.codes)


def test_receipt_that_nobody_signed_warns_of_nothing(counter: Counter) -> None:
    first = counter.deposit()
    last = first.receipt_qr[-1]
    forged = first.receipt_qr[:-1] + ("A" if last != "A" else "Q")
    own = counter.kiosk.keys.receipt_key.public
    resolve = {own.key_id: own}.get
    assert code_warnings([code(first.receipt_qr)], resolve)
    assert code_warnings([code(forged)], resolve) == []
    assert code_warnings([code(first.receipt_qr)], nobody) == []


def test_fse_on_a_page_reaches_the_manifest(counter: Counter, tmp_path: Path) -> None:
    answer = counter.deposit(_with_qr(tmp_path, "FSE;1;FSE012345678901;051234567"))
    manifest = read_deposit(counter.kiosk.store.deposit(answer.receipt_number).manifest)
    assert "fse_seen" in answer.warnings
    assert "fse_seen" in manifest.warnings
