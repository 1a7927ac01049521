"""Papers as they come out: places, dots, and what readers get from them."""

import subprocess
import sys
import threading
import unicodedata
from datetime import date
from typing import Any

import numpy as np
import pypdfium2
import pypdfium2.raw as pdfium
import pytest
from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage, QPainter, Qt

from kiosk.domain import money
from kiosk.domain.vocabulary import Beneficiary, PieceKind, Stage
from kiosk.papers.compose import Placed
from kiosk.papers.draw import arrange, draw, paint
from kiosk.papers.layout import Language, Layout, Qr, Text, isolated
from kiosk.papers.paper import A4, A5, PAPERS, ROLL_58, ROLL_80, Paper
from kiosk.papers.png import png_bytes
from kiosk.papers.receipt import LawNotice, Mark, receipt
from kiosk.papers.talon import talon
from printers.base import Rendered
from tests.papers.reading import codes_in, codes_in_pdf, codes_in_png, dots, photograph
from tests.papers.samples import NUMBER, QR_TEXT, receipt_facts, talon_facts

LONG = {
    "point_name": "Barid Cash — Centre commercial de la Vallée de l’Ourika, rond-point nord",
    "beneficiary": Beneficiary.SPOUSE,
    "pieces": tuple((kind, 9) for kind in PieceKind),
    "amount_centimes": 9_999_999_99,
    "end_date": date(2026, 11, 20),
    "stage": Stage.SCAN_TO_COME,
    "marks": tuple(Mark),
    "is_clock_trusted": False,
    "law_notice": LawNotice(authorisation="Autorisation CNDP " + "9" * 100, contact="d@c.invalid"),
    "verify_host": "wasl.invalid",
}
VARIANTS: dict[str, dict[str, Any]] = {
    "plain": {},
    "long": LONG,
    "large": {"is_large_print": True},
    "long_large": LONG | {"is_large_print": True},
    **{stage.value: {"stage": stage} for stage in (Stage.RETURNED, Stage.CANCELLED)},
}
every_paper = pytest.mark.parametrize("paper", PAPERS.values(), ids=PAPERS)
papers = pytest.mark.parametrize("paper", [ROLL_80, ROLL_58, A5], ids=lambda paper: paper.name)
variants = pytest.mark.parametrize("variant", VARIANTS.values(), ids=VARIANTS)


def seen(document: Rendered) -> Any:
    return dots(document.rows, document.width_px, document.height_px)


def inked(piece: Placed, width: int, height: int) -> QRectF:
    """Paint one piece alone with room around and return where its ink is, within 1 dot."""
    room = 60
    image = QImage(width + 2 * room, height + 2 * room, QImage.Format.Format_Grayscale8)
    image.fill(Qt.GlobalColor.red)  # neither white nor black ink hides on it
    background = image.pixelColor(0, 0).red()
    painter = QPainter(image)
    painter.translate(room, room)
    paint(painter, piece)
    painter.end()
    pixels = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), -1)
    ys, xs = np.nonzero(pixels[:, : image.width()] != background)
    if not len(xs):
        return QRectF(*piece.rect)
    left, top = xs.min() - room, ys.min() - room
    return QRectF(left, top, xs.max() - room + 1 - left, ys.max() - room + 1 - top)


@papers
@variants
def test_nothing_leaves_the_paper_or_its_place(paper: Paper, variant: dict[str, Any]) -> None:
    for layout in (receipt(receipt_facts(**variant)), talon(talon_facts())):
        placed = arrange(layout, paper)
        height = int(max(piece.rect.bottom for piece in placed)) + 1
        for piece in placed:
            ink = inked(piece, paper.content_dots, height)
            assert ink.left() >= -1, piece.text
            assert ink.right() <= paper.content_dots + 1, piece.text
            assert QRectF(*piece.rect).adjusted(-3, -2, 3, 2).contains(ink), piece.text


@papers
@variants
def test_nothing_lies_on_something_else(paper: Paper, variant: dict[str, Any]) -> None:
    for layout in (receipt(receipt_facts(**variant)), talon(talon_facts())):
        placed = [piece for piece in arrange(layout, paper) if not is_band(piece)]
        for number, piece in enumerate(placed):
            for other in placed[number + 1 :]:
                assert (
                    not QRectF(*piece.rect).adjusted(1, 1, -1, -1).intersects(QRectF(*other.rect))
                ), (
                    piece.text,
                    other.text,
                )


def is_band(piece: Placed) -> bool:
    """Black bands lie under their words on purpose; codes and rules are never so wide and high."""
    return not piece.text and piece.rect.height > 5 and piece.rect.height < piece.rect.width


def test_overlap_is_seen_by_the_check() -> None:
    text, other = arrange(layout_of(Text(text="récépissé"), Text(text="وصل")), ROLL_80)
    moved = QRectF(*other.rect).translated(0, -other.rect.height / 2)
    assert QRectF(*text.rect).intersects(moved)


def layout_of(*boxes: Any) -> Layout:
    return Layout(title="test", boxes=boxes)


@papers
@variants
def test_number_stays_on_one_line(paper: Paper, variant: dict[str, Any]) -> None:
    placed = arrange(receipt(receipt_facts(**variant)), paper)
    number = next(piece for piece in placed if piece.text == str(NUMBER))
    line = next(piece for piece in placed if piece.text == "Date")
    assert number.rect.height < 4 * line.rect.height
    assert number.rect.width <= paper.content_dots


def test_raster_has_the_width_of_the_print_head() -> None:
    assert draw(receipt(receipt_facts()), ROLL_80).width_px == 576
    assert draw(receipt(receipt_facts()), ROLL_58).width_px == 384


def test_sheet_is_drawn_whole() -> None:
    for paper, size in ((A5, (1748, 2480)), (A4, (2480, 3508))):
        drawn = draw(receipt(receipt_facts(**LONG)), paper)
        assert abs(drawn.width_px - size[0]) <= 1
        assert abs(drawn.height_px - size[1]) <= 1


@papers
@variants
def test_code_reads_from_picture_photograph_and_pdf(paper: Paper, variant: dict[str, Any]) -> None:
    drawn = draw(receipt(receipt_facts(**variant)), paper)
    assert codes_in_png(png_bytes(drawn)) == [QR_TEXT]
    assert codes_in(photograph(seen(drawn), drawn.dpi)) == [QR_TEXT]
    assert codes_in_pdf(drawn.pdf) == [QR_TEXT]


@every_paper
def test_talons_code_reads_from_picture_photograph_and_pdf(paper: Paper) -> None:
    facts = talon_facts()
    drawn = draw(talon(facts), paper)
    assert codes_in_png(png_bytes(drawn)) == [facts.qr_text]
    assert codes_in(photograph(seen(drawn), drawn.dpi)) == [facts.qr_text]
    assert codes_in_pdf(drawn.pdf) == [facts.qr_text]


def test_modules_are_whole_dots_and_at_least_four() -> None:
    """Along any row through the code, black and white change on multiples of 4 dots only."""
    (code,) = arrange(layout_of(Qr(text=QR_TEXT)), ROLL_80)
    picture = seen(draw(layout_of(Qr(text=QR_TEXT)), ROLL_80))
    assert code.rect.width == (65 + 8) * 4
    left = int(code.rect.left)
    for row in picture[16:-16:4]:
        changes = np.flatnonzero(np.diff(row.astype(int)))
        assert ((changes + 1 - left) % 4 == 0).all()


def test_code_too_long_for_its_paper_is_refused() -> None:
    with pytest.raises(ValueError, match="too long for this paper"):
        draw(Layout(title="x", boxes=(Qr(text="A" * 900),)), tiny_paper())


def tiny_paper() -> Paper:
    return Paper(
        name="tiny",
        width_mm=20,
        height_mm=None,
        margin_mm=2,
        end_margin_mm=2,
        dpi=203,
        dots_per_mm=8.0,
    )


def test_more_than_a_sheet_holds_is_refused() -> None:
    with pytest.raises(ValueError, match="does not fit"):
        draw(layout_of(*[Text(text="ligne")] * 400), A5)


def pdf_text(pdf: bytes) -> str:
    document = pypdfium2.PdfDocument(pdf)
    try:
        text = document[0].get_textpage().get_text_bounded()
    finally:
        document.close()
    return unicodedata.normalize("NFKC", text)


def test_pdf_has_real_text() -> None:
    text = pdf_text(draw(receipt(receipt_facts()), ROLL_80).pdf)
    assert str(NUMBER) in text
    assert "845,50" in text  # where «DH» comes is pdfium's guess: the line ends in Arabic
    assert "Ce récépissé prouve le dépôt." in text


def test_pdf_tells_its_title_and_nothing_else() -> None:
    drawn = draw(receipt(receipt_facts()), ROLL_80)
    document = pypdfium2.PdfDocument(drawn.pdf)
    try:
        told = {name: value for name, value in document.get_metadata_dict().items() if value}
    finally:
        document.close()
    assert told == {"Title": str(NUMBER)}
    assert b"2026" not in drawn.pdf.replace(b"23/11/2026", b"")


def test_same_paper_drawn_twice_is_the_same_bytes() -> None:
    first, second = (draw(receipt(receipt_facts()), ROLL_80) for _ in range(2))
    assert first == second


def test_pdf_shows_the_whole_roll_with_its_margins() -> None:
    drawn = draw(receipt(receipt_facts()), ROLL_80)
    document = pypdfium2.PdfDocument(drawn.pdf)
    try:
        width, height = document[0].get_size()
    finally:
        document.close()
    assert width == pytest.approx(80 / 25.4 * 72, abs=1)
    assert height == pytest.approx((drawn.height_px / 8 + 8) / 25.4 * 72, abs=1.5)


def test_raster_is_black_and_white_without_dither() -> None:
    """Isolated dots are what dithering leaves; letters and marks are larger."""
    ink = seen(draw(receipt(receipt_facts()), ROLL_80)) == 0
    padded = np.pad(ink, 1)
    shifts = [(y, x) for y in (0, 1, 2) for x in (0, 1, 2) if (y, x) != (1, 1)]
    height, width = ink.shape
    neighbours = sum(padded[y : y + height, x : x + width] for y, x in shifts)
    lonely = (ink & (neighbours == 0)).sum()
    rules = 8 * 192  # dotted lines
    assert lonely <= rules


def from_left(arabic: str) -> str:
    """Return the Latin letters, digits and signs of an Arabic line as they stand on the page."""
    pdf = draw(layout_of(Text(text=arabic, language=Language.ARABIC)), ROLL_80).pdf
    document = pypdfium2.PdfDocument(pdf)
    try:
        page = document[0].get_textpage()
        # Character by character: the text as a whole has line ends in it that pdfium made up.
        places = [
            (page.get_charbox(at)[0], chr(pdfium.FPDFText_GetUnicode(page.raw, at)))
            for at in range(page.count_chars())
            if not pdfium.FPDFText_IsGenerated(page.raw, at)
        ]
    finally:
        document.close()
    return "".join(char for _, char in sorted(places) if char in "0123456789,DH")


def test_amount_keeps_its_order_in_an_arabic_line() -> None:
    amount = isolated(money.shown(1_845_67))
    assert from_left(f"المبلغ {amount} المصرح به") == "1845,67DH"


def test_amount_with_plain_spaces_is_caught() -> None:
    """What comes out without isolates and no-break spaces."""
    assert from_left("المبلغ 1 845,67 DH المصرح به") != "1845,67DH"


def test_date_keeps_its_order_in_an_arabic_line() -> None:
    assert from_left(f"التاريخ {isolated('23/11/2026 10:45')}") == "231120261045"


def test_arabic_starts_on_the_right() -> None:
    placed = arrange(receipt(receipt_facts()), ROLL_80)
    label = next(piece for piece in placed if piece.text == "التاريخ")
    assert label.rect.left + label.rect.width == pytest.approx(576, abs=1)
    label = next(piece for piece in placed if piece.text == "Date")
    assert label.rect.left == pytest.approx(0, abs=1)


def test_any_thread_may_draw() -> None:
    layout = receipt(receipt_facts())
    results: list[Rendered] = []
    threads = [
        threading.Thread(target=lambda: results.append(draw(layout, ROLL_80))) for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert results[0] == results[1] == draw(layout, ROLL_80)


def test_drawing_needs_no_display_and_survives_a_thousand_papers() -> None:
    """PySide6 6.12.0 takes a reference from None at each call: the process once aborted."""
    code = (
        "from kiosk.papers.draw import arrange\n"
        "from kiosk.papers.draw import draw, ensure_application\n"
        "from kiosk.papers.paper import ROLL_80\n"
        "from kiosk.papers.talon import talon\n"
        "from tests.papers.samples import talon_facts\n"
        "ensure_application()\n"
        "for _ in range(1000): arrange(talon(talon_facts()), ROLL_80)\n"
        "for _ in range(20): paper = draw(talon(talon_facts()), ROLL_80)\n"
        "print(paper.width_px)"
    )
    environment = {"PATH": "/usr/bin:/bin", "QT_QPA_PLATFORM": "xcb"}  # a display that is not there
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout.strip()) == (0, "576"), done.stderr
