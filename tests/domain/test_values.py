"""Values do not change once made, and are made by naming their fields."""

import dataclasses
import pkgutil
from importlib import import_module

import pytest

import kiosk.domain
from kiosk.domain.dossier import Piece
from kiosk.domain.page import WHOLE_PAGE, Page, Problem
from kiosk.domain.vocabulary import PieceKind, ProblemKind

MODULES = [
    import_module(f"kiosk.domain.{one.name}") for one in pkgutil.iter_modules(kiosk.domain.__path__)
]
VALUES = [
    value
    for module in MODULES
    for value in vars(module).values()
    if dataclasses.is_dataclass(value)
    and isinstance(value, type)
    and value.__module__ == module.__name__
]


def keeps_the_rules(value: type) -> bool:
    how = value.__dataclass_params__  # type: ignore[attr-defined]
    named = [one.kw_only for one in dataclasses.fields(value)]
    return how.frozen and "__slots__" in vars(value) and all(named)


@pytest.mark.parametrize("value", VALUES, ids=lambda one: one.__name__)
def test_value_is_frozen_slotted_and_made_by_name(value: type) -> None:
    assert keeps_the_rules(value)
    assert value.__doc__


def test_value_that_changes_would_be_told() -> None:
    @dataclasses.dataclass
    class Loose:
        """One that breaks the rules."""

        number: int = 0

    assert len(VALUES) >= 20
    assert not keeps_the_rules(Loose)


def test_problem_shows_on_the_whole_page_unless_said() -> None:
    assert Problem(kind=ProblemKind.BLANK).region == WHOLE_PAGE
    assert (WHOLE_PAGE.left, WHOLE_PAGE.top, WHOLE_PAGE.right, WHOLE_PAGE.bottom) == (0, 0, 1, 1)


def test_page_has_no_problem_until_one_is_said() -> None:
    page = Page(
        source="a.jpg",
        index=1,
        width_px=2480,
        height_px=3508,
        dpi=300,
        outline=None,
        outline_confidence=1.0,
        skew_deg=0.0,
        rotated_deg=0,
        sharpness=0.8,
        ink_ratio=0.05,
        fingerprint="0" * 16,
        size_bytes=31_234,
    )
    assert (page.problems, page.codes, page.original_is_so) == ((), (), False)
    with pytest.raises(dataclasses.FrozenInstanceError):
        page.dpi = 200  # type: ignore[misc]
    assert Piece(kind=PieceKind.FACTURE).pages == ()
