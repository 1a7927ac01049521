"""Drawing a clean page of any kind from a seed."""

from collections.abc import Callable

import numpy as np

from tests.paper.canvas import Canvas
from tests.paper.form import draw_feuille
from tests.paper.letters import (
    draw_blank,
    draw_facture,
    draw_fse,
    draw_ordonnance,
    draw_resultats,
    draw_ticket,
    draw_vignettes,
)
from tests.paper.model import KINDS, CleanPage, Kind
from tests.paper.people import Case, case_of

A4, A5 = (210.0, 297.0), (148.0, 210.0)
DRAWERS: dict[Kind, Callable[[Canvas, Case, np.random.Generator], None]] = {
    "feuille_de_soins": draw_feuille,
    "ordonnance": draw_ordonnance,
    "facture": draw_facture,
    "ticket": draw_ticket,
    "vignettes": draw_vignettes,
    "resultats": draw_resultats,
    "fse": draw_fse,
    "blank": draw_blank,
}


def draw_page(
    kind: Kind, seed: int, dpi: int = 200, *, immatriculation: str | None = None
) -> CleanPage:
    """Draw the page *seed* of a *kind*: the same arguments always give the same page.

    Pages of different kinds with one *seed* speak of the same person and the same care.

    Raises:
        ValueError: No such kind, or *dpi* outside 72 to 400.
    """
    if kind not in DRAWERS:
        raise ValueError(f"no kind of page {kind!r}: one of {', '.join(KINDS)}")
    return _drawn(kind, seed, case_of(seed, immatriculation), dpi)


def draw_case(kind: Kind, seed: int, change: Callable[[Case], Case], dpi: int = 200) -> CleanPage:
    """Draw the page *seed* of a *kind* about a case that is changed: all else is as it was.

    Raises:
        ValueError: *dpi* outside 72 to 400.
    """
    return _drawn(kind, seed, change(case_of(seed)), dpi)


def _drawn(kind: Kind, seed: int, case: Case, dpi: int) -> CleanPage:
    if not 72 <= dpi <= 400:
        raise ValueError(f"{dpi} dpi is outside 72 to 400")
    rng = np.random.default_rng([seed, KINDS.index(kind), 11])
    canvas = Canvas(*_size(kind, case, rng), dpi)
    DRAWERS[kind](canvas, case, rng)
    return canvas.finish(kind)


def _size(kind: Kind, case: Case, rng: np.random.Generator) -> tuple[float, float]:
    if kind == "ticket":
        return 80.0, 90.0 + 10.0 * len(case.medicines)
    if kind in ("ordonnance", "facture"):
        return A4 if kind == "ordonnance" and rng.random() < 0.3 else A5
    if kind == "blank" and rng.random() < 0.3:
        return A5
    return A4
