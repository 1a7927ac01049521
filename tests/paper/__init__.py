"""Sample paper: what an insured person brings, drawn, photographed and scanned from seeds.

Everything is about invented people and follows from its arguments: the same call gives the same
pixels. Sizes, angles and outlines are described in ``tests.paper.model``.

    page = draw_page("vignettes", seed=4)               # CleanPage: exact ink on white, 200 dpi
    photo = photograph(page, seed=4, category="plain")  # Sample: image and Truth
    paper = scan(page, seed=4, dpi=300, skew_deg=2.5, quarter_turns=2, is_colour=False)
    photo.truth.corners                                  # tl, tr, br, bl of the page as read
    jpeg_bytes(photo, quality=85)                        # as a file would hold it

    for sample in photo_set(count=200, seed=1):          # a quarter of each category
        ...
    photograph(page, seed=4, defects={"blurred"}, strength=0.5)

Kinds of page: feuille_de_soins, ordonnance, facture, ticket (80 mm strip), vignettes, resultats,
fse, blank. Categories of photograph: plain, hand_and_curl, low_contrast, glare_and_shadow.
Defects: blurred, glare, shadow, cut_off, too_dark, low_resolution, blank (a kind of page), faint.

``python -m tests.paper --samples`` writes the demo's five images, ``--sheet OUT.png`` a contact
sheet to look at.
"""

from tests.paper.camera import photograph
from tests.paper.draw import draw_page
from tests.paper.model import (
    CATEGORIES,
    DEFECTS,
    KINDS,
    Category,
    CleanPage,
    Code,
    Defect,
    Image,
    Kind,
    Point,
    Quad,
    Sample,
    TextLine,
    Truth,
)
from tests.paper.sample_sets import jpeg_bytes, photo_set
from tests.paper.scanner import scan

__all__ = [
    "CATEGORIES",
    "DEFECTS",
    "KINDS",
    "Category",
    "CleanPage",
    "Code",
    "Defect",
    "Image",
    "Kind",
    "Point",
    "Quad",
    "Sample",
    "TextLine",
    "Truth",
    "draw_page",
    "jpeg_bytes",
    "photo_set",
    "photograph",
    "scan",
]
