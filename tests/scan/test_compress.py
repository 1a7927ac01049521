"""Few bytes, and everything that matters still there."""

import io
import shutil
import subprocess

import cv2
import numpy as np
import numpy.typing as npt
import pypdfium2
import pytest
from PIL import Image

from kiosk.scan.codes import read_codes
from kiosk.scan.compress import compress_page
from kiosk.scan.onepage import write_one_page
from kiosk.scan.page import process_picture
from kiosk.scan.picture import Picture
from kiosk.scan.preview import preview_of
from kiosk.scan.render import decode_pdf_page
from tests.paper import Kind, Sample, draw_page, photograph

MAX_TEXT_BYTES = 60_000
MAX_COUNTER_MM = 2.5


def drawn(pdf: bytes, dpi: int) -> npt.NDArray[np.uint8]:
    """Return the only page as pdfium draws it, BGR."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        return np.array(document[0].render(scale=dpi / 72).to_numpy()[:, :, :3], np.uint8)
    finally:
        document.close()


def counters(pixels: npt.NDArray[np.uint8], dpi: int) -> int:
    """Return how many letters' counters stand open on a page: the o, the e, the meem."""
    ink = (cv2.cvtColor(pixels, cv2.COLOR_BGR2GRAY) < 128).astype(np.uint8)
    outlines, parents = cv2.findContours(ink, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    holes = [o for o, (*_, parent) in zip(outlines, parents[0], strict=True) if parent >= 0]
    largest = MAX_COUNTER_MM / 25.4 * dpi
    return sum(max(cv2.boundingRect(hole)[2:]) < largest for hole in holes)


@pytest.mark.parametrize("kind", ["feuille_de_soins", "ordonnance", "facture", "resultats"])
def test_text_page_at_300_dpi_takes_few_bytes(kind: Kind) -> None:
    page = draw_page(kind, 8700, dpi=300)
    pdf = write_one_page(compress_page(page.image, 300), 300)
    assert len(pdf) <= MAX_TEXT_BYTES
    jpeg = cv2.imencode(".jpg", page.image, [cv2.IMWRITE_JPEG_QUALITY, 75])[1]
    assert len(pdf) * 5 < len(jpeg)


def test_codes_survive() -> None:
    page = draw_page("vignettes", 8710)
    pdf = write_one_page(compress_page(page.image, page.dpi), page.dpi)
    read = {code.text for code in read_codes(drawn(pdf, page.dpi))}
    assert read == {code.text for code in page.codes}


def test_stamp_keeps_its_colour() -> None:
    page = draw_page("ordonnance", 8720)
    after = drawn(write_one_page(compress_page(page.image, page.dpi), page.dpi), page.dpi)

    def coloured(pixels: npt.NDArray[np.uint8]) -> int:
        lab = cv2.cvtColor(pixels, cv2.COLOR_BGR2LAB).astype(int)
        return int((np.hypot(lab[..., 1] - 128, lab[..., 2] - 128) > 20).sum())

    before = coloured(page.image)
    assert before > 2_000
    assert coloured(after) > 0.7 * before


@pytest.mark.parametrize("dpi", [150, 200])
def test_ink_is_where_it_was(dpi: int) -> None:
    page = draw_page("resultats", 8730, dpi=dpi)
    after = drawn(write_one_page(compress_page(page.image, page.dpi), page.dpi), page.dpi)
    height, width = page.image.shape[:2]
    dark = cv2.cvtColor(page.image, cv2.COLOR_BGR2GRAY) < 110
    seen = cv2.cvtColor(after[:height, :width], cv2.COLOR_BGR2GRAY)
    kept = cv2.erode(seen, np.ones((3, 3), np.uint8)) < 150  # drawn up to a pixel aside
    shared = dark[: kept.shape[0], : kept.shape[1]]
    assert (kept & shared).sum() > 0.98 * shared.sum()


def test_photograph_stays_one_jpeg() -> None:
    rng = np.random.default_rng(2)
    soft = cv2.GaussianBlur(rng.uniform(0, 255, (1200, 900, 3)).astype(np.float32), (0, 0), 25)
    picture = cv2.normalize(soft, np.zeros_like(soft), 10, 230, cv2.NORM_MINMAX).astype(np.uint8)
    compressed = compress_page(picture, 150)
    assert compressed.inks == ()
    assert np.abs(preview_of(compressed, 1200).astype(int) - picture).mean() < 6


def test_coarse_photograph_keeps_the_counters_of_its_letters() -> None:
    page = draw_page("feuille_de_soins", 57000, dpi=300)
    sample = photograph(page, 57000, megapixels=2.6)
    kept = process_picture(Picture(pixels=sample.image), source="", index=1, quarter_turns=0)
    assert kept.page.dpi < 140
    seen = decode_pdf_page(kept.pdf)
    assert seen.dpi is not None
    # A mask no finer than the page leaves four in ten of them open.
    assert counters(seen.pixels, seen.dpi) > 0.8 * counters(page.image, page.dpi)


@pytest.mark.parametrize(("dpi", "finer"), [(100, 1.5), (150, 1.5), (300, 1)])
def test_mask_is_finer_than_the_page_where_print_is_small(dpi: int, finer: float) -> None:
    page = draw_page("resultats", 8735, dpi=dpi).image
    height, width = page.shape[:2]
    compressed = compress_page(page, dpi)
    assert (compressed.width_px, compressed.height_px) == (width, height)
    wanted = (round(finer * height), round(finer * width))
    assert {ink.mask.shape for ink in compressed.inks} == {wanted}


@pytest.mark.parametrize("height", [900, 2200])
def test_hues_of_small_print_lie_where_it_does(height: int) -> None:
    page = np.full((height, height * 3 // 4, 3), 245, np.uint8)
    half = height // 2
    for row in range(60, height - 40, 24):
        colour = (30, 30, 30) if row < half else (160, 40, 20)
        cv2.putText(page, "petits caracteres" * 6, (40, row), 0, 0.5, colour, 1, cv2.LINE_AA)
    inks = compress_page(page, 100).inks
    assert {ink.mask.shape[0] for ink in inks} == {1.5 * height}
    above, below = (
        [cv2.countNonZero(ink.mask[rows]) for ink in inks]
        for rows in (slice(round(1.5 * (half - 20))), slice(round(1.5 * half), None))
    )
    assert sum(above[1:]) == 0
    assert sum(below[1:]) > 0.6 * sum(below)  # the palest rims of strokes show no colour
    assert cv2.countNonZero(inks[1].mask[round(1.5 * (height - 90)) :])


def test_strokes_that_the_lens_drew_soft_are_ink() -> None:
    page = draw_page("fse", 58300, dpi=200).image
    soft = cv2.GaussianBlur(page, (0, 0), 1.4)
    assert compress_page(soft, 200).inks
    after = drawn(write_one_page(compress_page(soft, 200), 200), 200)
    # Bold print and bars set one threshold for the page, and lighter print breaks up under it.
    assert counters(after, 200) > 0.5 * counters(page, 200)


def test_strokes_too_soft_for_two_levels_stay_grey() -> None:
    page = draw_page("feuille_de_soins", 58300, dpi=200).image
    soft = cv2.GaussianBlur(page, (0, 0), 2.4)
    compressed = compress_page(soft, 200)
    assert compressed.inks == ()
    assert len(compressed.jpeg) < 120_000
    seen = drawn(write_one_page(compressed, 200), 200)[: soft.shape[0], : soft.shape[1]]
    assert np.abs(seen.astype(int) - soft).mean() < 4


def test_half_tones_of_a_picture_on_a_page_of_text_are_no_ink() -> None:
    page = np.full((2200, 1600), 245, np.uint8)
    for row in range(60, 2200, 40):
        cv2.putText(page, "ordonnance medicale " * 4, (60, row), 0, 0.8, 20, 2, cv2.LINE_AA)
    grain = cv2.GaussianBlur(np.random.default_rng(4).normal(0, 1, (500, 400)), (0, 0), 4)
    page[800:1300, 500:900] = np.clip(150 + 20 * grain / grain.std(), 0, 255)
    (ink,) = compress_page(page, 300).inks
    inset = ink.mask[820:1280, 520:880]
    assert cv2.countNonZero(inset) < 0.1 * inset.size


def test_coarse_mask_in_large_print_is_enough() -> None:
    page = np.full((1200, 1000), 245, np.uint8)
    for row in range(8):
        cv2.putText(page, "FACTURE PAYEE", (60, 100 + 90 * row), 0, 2.4, 20, 6, cv2.LINE_AA)
    assert [ink.mask.shape for ink in compress_page(page, 120).inks] == [page.shape]


@pytest.mark.parametrize("dpi", [150, 200])
def test_preview_shows_what_a_viewer_shows(dpi: int) -> None:
    page = draw_page("facture", 8740, dpi=dpi)
    compressed = compress_page(page.image, page.dpi)
    seen = drawn(write_one_page(compressed, page.dpi), 60)
    preview = preview_of(compressed, max(seen.shape))
    height, width = (min(a, b) for a, b in zip(seen.shape[:2], preview.shape[:2], strict=True))
    apart = np.abs(seen[:height, :width].astype(int) - preview[:height, :width])
    assert apart.mean() < 6


def test_same_page_gives_the_same_bytes() -> None:
    image = draw_page("facture", 8750).image
    first, second = (write_one_page(compress_page(image, 200), 200) for _ in range(2))
    assert first == second


@pytest.mark.skipif(shutil.which("pdftoppm") is None, reason="poppler-utils is not installed")
def test_poppler_and_pdfium_draw_it_alike(scans: list[Sample]) -> None:
    compressed = compress_page(scans[0].image, 200)
    assert compressed.inks[0].mask.shape[1] > compressed.width_px
    pdf = write_one_page(compressed, 200)
    made = subprocess.run(
        ["pdftoppm", "-r", "75", "-png", "-"],
        input=pdf,
        capture_output=True,
        check=True,
        timeout=30,
    ).stdout
    poppler = np.asarray(Image.open(io.BytesIO(made)).convert("RGB"), int)[:, :, ::-1]
    pdfium = drawn(pdf, 75)
    height, width = (min(a, b) for a, b in zip(poppler.shape[:2], pdfium.shape[:2], strict=True))
    assert np.abs(poppler[:height, :width] - pdfium[:height, :width].astype(int)).mean() < 9


def test_stream_that_ends_early_is_no_page() -> None:
    page = draw_page("facture", 8760)
    pdf = write_one_page(compress_page(page.image, page.dpi), page.dpi)
    with pytest.raises(pypdfium2.PdfiumError):
        drawn(pdf[:200], 60)
