"""The five images the demo deposits: one invented person's dossier, good to read."""

from collections.abc import Iterator
from pathlib import Path

from tests.paper.camera import photograph
from tests.paper.draw import draw_page
from tests.paper.model import CleanPage, Kind, Sample
from tests.paper.sample_sets import jpeg_bytes
from tests.paper.scanner import scan

FOLDER = Path(__file__).parents[2] / "kiosk" / "samples"
IMMATRICULATION = "101455262"
SEED = 2833
MOST_BYTES = 2_000_000


def demo_samples() -> Iterator[tuple[str, Sample, int]]:
    """Yield file name, sample and JPEG quality of each; a counter's mix of scanner and camera."""
    yield "1-feuille-de-soins.jpg", scan(_page("feuille_de_soins"), 3, 200, skew_deg=1.2), 76
    yield "2-ordonnance.jpg", photograph(_page("ordonnance"), 12, table="wood", megapixels=2.4), 80
    yield "3-facture.jpg", photograph(_page("facture"), 4, table="stone", megapixels=2.0), 76
    yield "4-vignettes.jpg", scan(_page("vignettes"), 8, 200, skew_deg=-0.8), 76
    results = scan(_page("resultats"), 21, 200, skew_deg=0.5, is_colour=False)
    yield "5-resultats.jpg", results, 74


def write_demo(folder: Path = FOLDER) -> list[Path]:
    """Write the five JPEG files and return their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for name, sample, quality in demo_samples():
        path = folder / name
        path.write_bytes(jpeg_bytes(sample, quality))
        paths.append(path)
    return paths


def _page(kind: Kind) -> CleanPage:
    return draw_page(kind, SEED, immatriculation=IMMATRICULATION)
