"""Sample paper shared by the tests of kiosk.scan: made once, from fixed seeds."""

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import pikepdf
import pytest

from kiosk.scan.page import Placement, place_page
from kiosk.scan.picture import Picture
from tests.paper import Kind, Sample, draw_page, jpeg_bytes, photo_set, photograph, scan

SCANNED: tuple[Kind, ...] = ("feuille_de_soins", "ordonnance", "facture", "vignettes", "resultats")


@pytest.fixture(scope="session")
def photographs() -> list[Sample]:
    """Return 12 photographs, three of each category."""
    return list(photo_set(12, seed=4242, megapixels=2.6))


@pytest.fixture(scope="session")
def scans() -> list[Sample]:
    """Return eight scans at 150 dpi, askew by up to 4 degrees and turned in every way."""
    rng = np.random.default_rng(77)
    return [
        scan(
            draw_page(SCANNED[number % len(SCANNED)], seed=5000 + number),
            seed=number,
            dpi=150,
            skew_deg=float(rng.uniform(-4, 4)),
            quarter_turns=number % 4,
            is_colour=number % 2 == 0,
        )
        for number in range(8)
    ]


@pytest.fixture(scope="session")
def placed_scans(scans: list[Sample]) -> list[Placement]:
    """Return where the page of each scan was found: looked for once, asserted on by many."""
    return [place_page(Picture(pixels=sample.image)) for sample in scans]


@pytest.fixture(scope="session")
def placed_photographs(photographs: list[Sample]) -> list[Placement]:
    """Return where the page of each photograph was found."""
    return [place_page(Picture(pixels=sample.image)) for sample in photographs]


@pytest.fixture(scope="session")
def vignettes() -> Sample:
    """Return a photograph of medicine labels, held upright."""
    return photograph(draw_page("vignettes", seed=31), 31, "plain", megapixels=3.1)


@pytest.fixture(scope="session")
def jpeg_file(vignettes: Sample, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a JPEG of the vignettes."""
    path = tmp_path_factory.mktemp("jpeg") / "vignettes.jpg"
    path.write_bytes(jpeg_bytes(vignettes))
    return path


@pytest.fixture(scope="session")
def tiny_pdf() -> Callable[..., bytes]:
    """Return a maker of PDFs with grey pages, for tests that look at no page."""

    def make(pages: int = 1, **save: object) -> bytes:
        import io

        with pikepdf.new() as pdf:
            for _ in range(pages):
                pdf.add_blank_page(page_size=(595, 842))
            file = io.BytesIO()
            pdf.save(file, **save)  # type: ignore[arg-type]
            return file.getvalue()

    return make


def overlap(one: object, other: object) -> float:
    """Return intersection over union of two convex quadrilaterals."""
    a: npt.NDArray[np.float32] = np.asarray(one, np.float32)
    b: npt.NDArray[np.float32] = np.asarray(other, np.float32)
    shared = float(cv2.intersectConvexConvex(a, b)[0])
    return shared / (abs(cv2.contourArea(a)) + abs(cv2.contourArea(b)) - shared)
