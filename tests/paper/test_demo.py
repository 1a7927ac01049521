"""The demo's five images are the ones the maker makes, and good to read."""

from functools import cache

import cv2
import numpy as np
import zxingcpp

from tests.paper import Image, Sample
from tests.paper.demo import FOLDER, IMMATRICULATION, MOST_BYTES, demo_samples
from tests.paper.measure import sharpness

NAMES = [
    "1-feuille-de-soins.jpg",
    "2-ordonnance.jpg",
    "3-facture.jpg",
    "4-vignettes.jpg",
    "5-resultats.jpg",
]


@cache
def _made() -> dict[str, Sample]:
    return {name: sample for name, sample, _ in demo_samples()}


def _committed(name: str) -> Image:
    packed = np.frombuffer((FOLDER / name).read_bytes(), np.uint8)
    return np.asarray(cv2.imdecode(packed, cv2.IMREAD_COLOR), dtype=np.uint8)


def test_folder_holds_the_five_images_and_is_small() -> None:
    assert sorted(path.name for path in FOLDER.glob("*.jpg")) == NAMES == list(_made())
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) <= MOST_BYTES


def test_committed_images_are_what_the_maker_makes() -> None:
    for name, sample in _made().items():
        committed = _committed(name)
        assert committed.shape == sample.image.shape, name
        away = cv2.absdiff(
            cv2.GaussianBlur(committed, (0, 0), 2), cv2.GaussianBlur(sample.image, (0, 0), 2)
        )
        # JPEG libraries differ by a grey level or so; another word or another skew by tens
        assert float(away.mean()) < 1.5, name
        assert float(np.percentile(away, 99.9)) < 20, name


def test_all_codes_of_the_committed_images_are_read() -> None:
    for name, sample in _made().items():
        read = {
            (found.format.name, found.text) for found in zxingcpp.read_barcodes(_committed(name))
        }
        assert read == {(code.format, code.text) for code in sample.truth.codes}, name
    assert sum(code.format == "EAN13" for code in _made()["4-vignettes.jpg"].truth.codes) >= 3


def test_dossier_is_of_one_person_and_without_faults() -> None:
    texts = {name: [line.text for line in s.truth.text_lines] for name, s in _made().items()}
    cells = "".join(text for text in texts[NAMES[0]] if len(text) == 1)
    assert cells.startswith(IMMATRICULATION)
    assert any(IMMATRICULATION in text for text in texts["4-vignettes.jpg"])
    for sample in _made().values():
        assert not sample.truth.defects
        assert sample.truth.rotated_deg == 0
        assert sharpness(sample.image) > 20
        assert sample.image.mean() > 90
