"""Pages become pieces: every page in exactly one, none lost."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.domain.dossier import (
    MAX_PAGES,
    MAX_PIECES,
    Piece,
    piece_counts,
    pieces_from_counts,
    pieces_from_pages,
)
from kiosk.domain.errors import InvalidInputError
from kiosk.domain.vocabulary import PieceKind

MARKS = st.dictionaries(st.integers(1, MAX_PAGES), st.sampled_from(PieceKind))


@given(st.integers(1, MAX_PAGES), MARKS)
def test_every_page_is_in_exactly_one_piece(pages: int, marks: dict[int, PieceKind]) -> None:
    marks = {number: kind for number, kind in marks.items() if number <= pages}
    pieces = pieces_from_pages(pages, marks)
    assert [number for piece in pieces for number in piece.pages] == list(range(1, pages + 1))
    begun = {piece.pages[0]: piece.kind for piece in pieces}
    assert begun == {1: PieceKind.FEUILLE_DE_SOINS, **marks}


def test_first_page_may_be_something_else() -> None:
    pieces = pieces_from_pages(2, {1: PieceKind.ORDONNANCE})
    assert pieces == (Piece(kind=PieceKind.ORDONNANCE, pages=(1, 2)),)


@pytest.mark.parametrize(
    ("pages", "marks", "field"),
    [
        (0, {}, "pages"),
        (-1, {}, "pages"),
        (MAX_PAGES + 1, {}, "pages"),
        (2, {3: PieceKind.AUTRE}, "piece"),
        (2, {0: PieceKind.AUTRE}, "piece"),
    ],
)
def test_pages_that_are_not_there_are_refused(
    pages: int, marks: dict[int, PieceKind], field: str
) -> None:
    with pytest.raises(InvalidInputError) as refused:
        pieces_from_pages(pages, marks)
    assert refused.value.field == field


@given(st.dictionaries(st.sampled_from(PieceKind), st.integers(1, 9), min_size=1))
def test_pieces_counted_are_the_pieces_kept(counts: dict[PieceKind, int]) -> None:
    pieces = pieces_from_counts(counts.items())
    assert dict(piece_counts(pieces)) == counts
    assert all(piece.pages == () for piece in pieces)
    assert [kind for kind, _ in piece_counts(pieces)] == [one for one in PieceKind if one in counts]


@pytest.mark.parametrize(
    "counts",
    [
        [],
        [(PieceKind.FACTURE, 0)],
        [(PieceKind.FACTURE, -1)],
        [(PieceKind.FACTURE, MAX_PIECES + 1)],
        [(PieceKind.FACTURE, MAX_PIECES), (PieceKind.RADIO, 1)],
    ],
)
def test_counts_that_no_pouch_holds_are_refused(counts: list[tuple[PieceKind, int]]) -> None:
    with pytest.raises(InvalidInputError) as refused:
        pieces_from_counts(counts)
    assert refused.value.field == "pieces"
