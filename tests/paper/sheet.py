"""A contact sheet: everything the maker can do on one image, to be looked at."""

from pathlib import Path

import cv2
import numpy as np

from tests.paper.camera import photograph
from tests.paper.defects import PHOTOGRAPH
from tests.paper.draw import draw_page
from tests.paper.model import CATEGORIES, KINDS, Image, Sample
from tests.paper.sample_sets import WRITTEN
from tests.paper.scanner import scan

CELL = 300, 400
COLUMNS = 8


def write_sheet(path: Path, seed: int = 1) -> None:
    """Draw clean pages, each category, each defect and scans, a row each, into a PNG."""
    rows: list[list[Image]] = [[_cell(draw_page(kind, seed).image, kind) for kind in KINDS]]
    for category in CATEGORIES:
        samples = [
            photograph(draw_page(WRITTEN[i % len(WRITTEN)], seed + i), seed + i, category)
            for i in range(COLUMNS)
        ]
        rows.append([_cell(_outlined(sample), category) for sample in samples])
    page = draw_page("resultats", seed)
    rows.append(
        [_cell(photograph(page, seed, defects={d}).image, d) for d in sorted(PHOTOGRAPH)]
        + [_cell(photograph(draw_page("blank", seed), seed).image, "blank")]
    )
    scans = [
        scan(draw_page(KINDS[i], seed + i), seed + i, quarter_turns=i % 4, is_colour=i % 3 > 0)
        for i in range(COLUMNS)
    ]
    rows.append([_cell(_outlined(sample), "scan") for sample in scans])
    sheet = np.vstack([np.hstack(row) for row in rows])
    path.write_bytes(cv2.imencode(".png", sheet)[1].tobytes())


def _outlined(sample: Sample) -> Image:
    image = sample.image.copy()
    thick = max(1, image.shape[1] // 300)
    cv2.polylines(image, [np.round(sample.truth.edge).astype(np.int32)], True, (60, 60, 230), thick)
    for code in sample.truth.codes:
        outline = np.round(code.outline).astype(np.int32)
        cv2.polylines(image, [outline], True, (60, 180, 40), thick)
    return image


def _cell(image: Image, label: str) -> Image:
    scale = min(CELL[0] / image.shape[1], CELL[1] / image.shape[0])
    small = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    cell = np.full((CELL[1] + 22, CELL[0] + 6, 3), 96, dtype=np.uint8)
    cell[2 : 2 + small.shape[0], 3 : 3 + small.shape[1]] = small
    place = (4, CELL[1] + 16)
    cv2.putText(cell, label, place, cv2.FONT_HERSHEY_SIMPLEX, 0.45, (255, 255, 255), 1, cv2.LINE_AA)
    return cell
