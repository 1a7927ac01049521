"""Bar codes and QR codes: every clean one read, none invented."""

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
import zxingcpp

from kiosk.scan import codes
from kiosk.scan.codes import read_codes
from kiosk.scan.decode import decode_image
from kiosk.scan.picture import Pixels
from tests.paper import Kind, draw_page


@pytest.mark.parametrize("seed", range(8500, 8506))
@pytest.mark.parametrize("kind", ["vignettes", "fse", "feuille_de_soins"])
def test_every_clean_code_is_read(kind: Kind, seed: int) -> None:
    page = draw_page(kind, seed)
    read = {(code.format, code.text) for code in read_codes(page.image)}
    assert read == {(code.format, code.text) for code in page.codes}


def test_code_lies_where_it_was_drawn() -> None:
    page = draw_page("vignettes", 8510)
    drawn = {code.text: np.array(code.outline).mean(0) for code in page.codes}
    for code in read_codes(page.image):
        assert np.hypot(*(code.corners.mean(0) - drawn[code.text])) < 40


@pytest.mark.parametrize("turns", range(1, 4))
def test_codes_of_a_fine_page_are_read_where_they_lie_however_it_is_turned(turns: int) -> None:
    page = draw_page("feuille_de_soins", 8510, dpi=300)
    grey = cv2.cvtColor(page.image, cv2.COLOR_BGR2GRAY)
    upright = {code.text: code.corners.mean(0) for code in read_codes(grey)}
    assert set(upright) == {code.text for code in page.codes}
    height, width = grey.shape
    across, down = (width - 1) / 2, (height - 1) / 2
    turned = np.ascontiguousarray(np.rot90(grey, turns))
    middle = np.array([(turned.shape[1] - 1) / 2, (turned.shape[0] - 1) / 2])
    quarter = np.linalg.matrix_power(np.array([[0, 1], [-1, 0]]), turns)
    read = {code.text: code.corners.mean(0) for code in read_codes(turned)}
    assert set(read) == set(upright)
    for text, spot in upright.items():
        expected = quarter @ (spot - (across, down)) + middle
        assert np.hypot(*(read[text] - expected)) < 40


def test_no_code_is_read_from_writing() -> None:
    for seed in (8520, 8521):
        assert read_codes(draw_page("ordonnance", seed).image) == ()


def test_code_with_a_damaged_bar_is_not_guessed() -> None:
    page = draw_page("vignettes", 8530)
    image = page.image.copy()
    for code in page.codes:
        corners = np.array(code.outline)
        middle = corners.mean(0).astype(int)
        reach = (np.ptp(corners, axis=0) / 2 + 4).astype(int)
        left = middle[0] - reach[0] // 8
        image[middle[1] - reach[1] : middle[1] + reach[1], left : left + reach[0] // 4] = 255
    true = {code.text for code in page.codes}
    assert {code.text for code in read_codes(image)} <= true


def test_samples_that_hold_no_code_read_as_nothing(devset: Path) -> None:
    for path in sorted(devset.glob("barcodes/zxing/falsepositives-1/*.*")):
        if path.suffix in (".png", ".webp", ".jpg"):
            assert read_codes(decode_image(path).pixels) == (), path.name


def test_real_ean_and_qr_photographs_are_read(devset: Path) -> None:
    right = total = 0
    for folder in ("ean13-1", "qrcode-1", "qrcode-4", "qrcode-5"):
        for path in sorted(devset.glob(f"barcodes/zxing/{folder}/*.webp")):
            want = path.with_suffix(".txt").read_text("utf-8").strip()
            image = np.asarray(cv2.imread(str(path)), np.uint8)
            total += 1
            texts = {"\n".join(code.text.split("\r\n")).strip() for code in read_codes(image)}
            right += want in texts
    assert right >= 0.9 * total, (right, total)


def test_codes_of_a_blurred_page_are_read_right_or_not_at_all() -> None:
    page = draw_page("vignettes", 8540)
    blurred = cv2.GaussianBlur(page.image, (0, 0), 2.2).astype(np.uint8)
    assert {c.text for c in read_codes(blurred)} <= {c.text for c in page.codes}


def test_code_the_first_reader_missed_is_looked_for_on_a_page() -> None:
    page = draw_page("vignettes", 8810, dpi=300)
    grey = cv2.cvtColor(page.image, cv2.COLOR_BGR2GRAY)
    found = codes._by_zxing(grey)
    assert len(found) > 1
    assert codes._unread_regions(grey, [])
    assert codes._unread_regions(grey, found) == []
    left, top, right, bottom = codes._unread_regions(grey, found[1:])[0]
    x, y = found[0].corners.mean(0)
    assert left < x < right
    assert top < y < bottom


def test_second_reader_is_spared_pages_of_writing() -> None:
    page = draw_page("facture", 8811, dpi=300)
    assert codes._unread_regions(cv2.cvtColor(page.image, cv2.COLOR_BGR2GRAY), []) == []


def drawn_code(kind: zxingcpp.BarcodeFormat, text: str, *, scale: int = 4) -> Pixels:
    """Return a code as bars, dark on light, with its quiet zone."""
    code = zxingcpp.create_barcode(text, kind)
    bars = np.asarray(code.to_image(scale=scale), np.uint8)
    high = np.repeat(bars, max(1, 150 // len(bars)), 0)
    return cv2.copyMakeBorder(high, 40, 40, 40, 40, cv2.BORDER_CONSTANT, value=(255,))


def on_paper(code: Pixels) -> Pixels:
    """Return an empty A4 page at 300 dpi with *code* on it."""
    page = np.full((3508, 2480), 255, np.uint8)
    height, width = code.shape
    page[600 : 600 + height, 500 : 500 + width] = code
    return page


@pytest.mark.parametrize("name", ["Code128", "Code39", "Code93", "Codabar", "ITF"])
@pytest.mark.parametrize("is_turned", [False, True])
def test_number_in_any_line_of_bars_is_read(name: str, is_turned: bool) -> None:
    kind = getattr(zxingcpp.BarcodeFormat, name)
    text = {"Codabar": "A118405355B", "ITF": "1184053550"}.get(name, "118405355")
    page = on_paper(drawn_code(kind, text))
    page = np.ascontiguousarray(np.rot90(page)) if is_turned else page
    assert [(code.format, code.text) for code in read_codes(page)] == [(name, text)]


@pytest.mark.parametrize(
    ("kind", "text", "chance"),
    [("EAN13", "6111001234562", "3400930000007"), ("EAN8", "61110014", "34009307")],
)
def test_read_that_needed_preprocessing_counts_only_if_read_twice(
    kind: str, text: str, chance: str
) -> None:
    # What chance makes of worn bars: right by its check digit, and not there at a second look.
    image = drawn_code(getattr(zxingcpp.BarcodeFormat, kind), text[:-1])
    small = cv2.resize(image, None, fx=0.25, fy=1, interpolation=cv2.INTER_AREA).astype(np.uint8)
    for seen, is_reduced in ((image, False), (image, True), (small, True)):
        (true,) = codes._zxing_reads(seen)
        assert true.text == text
        assert codes._is_sure(true, seen, is_reduced=is_reduced)
        assert not codes._is_sure(replace(true, text=chance), seen, is_reduced=is_reduced)
        assert codes._is_sure(replace(true, format="QRCode"), seen, is_reduced=is_reduced)
    assert [code.text for code in read_codes(on_paper(image))] == [text]


def test_line_of_bars_without_a_check_digit_counts_only_if_read_twice() -> None:
    image = drawn_code(zxingcpp.BarcodeFormat.Codabar, "A118405355B")
    (true,) = codes._zxing_reads(image)
    assert codes._is_sure(true, image)
    assert not codes._is_sure(replace(true, text="A118405356B"), image)
