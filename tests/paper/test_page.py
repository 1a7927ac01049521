"""A drawn page says what its truth says, and follows from its seed."""

import hashlib

import cv2
import numpy as np
import pytest
import zxingcpp
from stdnum import ean

from tests.paper import KINDS, CleanPage, draw_page
from tests.paper.people import IMMATRICULATIONS, case_of
from tests.paper.sample_sets import WRITTEN

PRINTED = (
    "ورقة العلاجات المتعلقة بالمرض",
    "الاسم العائلي والشخصي :",
    "رقم التسجيل :",
    "رقم بطاقة التعريف الوطنية :",
    "علاقة القرابة :",
    "زوج",
    "ابن",
    "العنوان :",
    "مبلغ المصاريف :",
    "درهم",
    "عدد الوثائق المرفقة :",
    "مرض",
    "أمومة",
    "استشفاء",
    "حادثة",
    "FEUILLE DE SOINS MALADIE",
    "N° immatriculation :",
    "610-1-02",
)


def _read(page: CleanPage) -> set[tuple[str, str]]:
    return {(found.format.name, found.text) for found in zxingcpp.read_barcodes(page.image)}


def _digest(page: CleanPage) -> str:
    return hashlib.sha256(page.image.tobytes()).hexdigest()


@pytest.mark.parametrize("kind", KINDS)
def test_every_code_of_a_clean_page_is_read_and_no_other(kind: str) -> None:
    for seed in (1, 2):
        page = draw_page(kind, seed)  # type: ignore[arg-type]
        assert _read(page) == {(code.format, code.text) for code in page.codes}


def test_codes_stand_where_their_truth_says() -> None:
    page = draw_page("vignettes", 8)
    for found in zxingcpp.read_barcodes(page.image):
        (truth,) = [code for code in page.codes if code.text == found.text]
        corners = found.position
        middle = (
            (corners.top_left.x + corners.bottom_right.x) / 2,
            (corners.top_left.y + corners.bottom_right.y) / 2,
        )
        outline = np.array(truth.outline, dtype=np.float32)
        assert cv2.pointPolygonTest(outline, middle, False) > 0


def test_medicine_numbers_have_valid_check_digits() -> None:
    for seed in range(20):
        assert all(ean.is_valid(medicine.ean) for medicine in case_of(seed).medicines)


def test_form_carries_its_french_and_arabic_labels_and_nine_written_digits() -> None:
    page = draw_page("feuille_de_soins", 3, dpi=100)
    texts = [line.text for line in page.text_lines]
    assert not [label for label in PRINTED if label not in texts]
    digits = "".join(
        line.text for line in page.text_lines if line.is_handwritten and len(line.text) == 1
    )
    assert digits[:9] in IMMATRICULATIONS


@pytest.mark.parametrize("kind", WRITTEN)
def test_ink_lies_inside_each_text_outline(kind: str) -> None:
    page = draw_page(kind, 5)  # type: ignore[arg-type]
    for line in page.text_lines:
        left, top = np.floor(np.min(line.outline, axis=0)).astype(int)
        right, bottom = np.ceil(np.max(line.outline, axis=0)).astype(int)
        spot = page.image[max(0, top) : bottom, max(0, left) : right]
        assert int(spot.max()) - int(spot.min()) > 60, line.text


def test_arabic_letters_are_joined() -> None:
    # four letters that join in pairs or more leave fewer pieces of ink than letters
    page = draw_page("facture", 1, dpi=300)
    (line,) = [line for line in page.text_lines if line.text == "فاتورة"]
    left, top = np.floor(np.min(line.outline, axis=0)).astype(int)
    right, bottom = np.ceil(np.max(line.outline, axis=0)).astype(int)
    grey = cv2.cvtColor(page.image[top:bottom, left:right], cv2.COLOR_BGR2GRAY)
    pieces = cv2.connectedComponents((grey < 128).astype(np.uint8))[0] - 1
    # fa+alif | ta+waw | ra | ta marbuta, and the dots: 1, one pair, one pair
    assert pieces <= 4 + 5


def test_same_seed_gives_the_same_page_whatever_was_drawn_between() -> None:
    first = _digest(draw_page("ordonnance", 7))
    draw_page("resultats", 8)
    assert _digest(draw_page("ordonnance", 7)) == first


def test_seventy_seeds_give_seventy_pages() -> None:
    pages = {_digest(draw_page(WRITTEN[i % len(WRITTEN)], i, dpi=72)) for i in range(70)}
    assert len(pages) == 70


def test_pages_of_one_seed_speak_of_one_person() -> None:
    name = case_of(4).name
    for kind in ("feuille_de_soins", "ordonnance", "facture", "vignettes", "resultats"):
        page = draw_page(kind, 4, dpi=72)
        assert any(name in line.text for line in page.text_lines)


def test_paper_has_its_own_size() -> None:
    assert draw_page("ticket", 1).paper_mm[0] == pytest.approx(80, abs=0.2)
    assert draw_page("facture", 1).paper_mm == pytest.approx((148, 210), abs=0.2)
    assert draw_page("resultats", 1).paper_mm == pytest.approx((210, 297), abs=0.2)


def test_unknown_kind_and_resolution_are_refused() -> None:
    with pytest.raises(ValueError, match="no kind of page"):
        draw_page("passport", 1)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="dpi"):
        draw_page("blank", 1, dpi=2400)
