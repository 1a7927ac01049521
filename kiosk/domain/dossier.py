"""What an insured person hands in."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from kiosk.domain.errors import InvalidInputError
from kiosk.domain.vocabulary import Beneficiary, Depositor, DossierKind, IdType, PieceKind

MAX_PAGES = 200
MAX_PIECES = 99


@dataclass(frozen=True, slots=True, kw_only=True)
class Insured:
    """The insured person, as far as a deposit needs to know them.

    Identifiers are in the form :mod:`kiosk.domain.identifiers` keeps; ``phone`` may be empty.
    """

    immatriculation: str
    id_type: IdType = IdType.NONE
    id_number: str = ""
    phone: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """One document of a dossier.

    Attributes:
        kind: What it is.
        pages: Pages it covers, counted from 1; empty when it is still to be scanned.
    """

    kind: PieceKind
    pages: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Dossier:
    """One form with its pieces: one person, one event.

    Attributes:
        amount_centimes: What the insured person declares, in centimes of dirham.
        group_id: Ties dossiers handed in together by one person.
        carnet_number: The pre-printed number, when captured from the carnet de secours.
    """

    insured: Insured
    kind: DossierKind
    beneficiary: Beneficiary
    depositor: Depositor
    care_date: date
    end_date: date | None = None
    amount_centimes: int
    pieces: tuple[Piece, ...]
    group_id: UUID | None = None
    carnet_number: str | None = None


def pieces_from_pages(page_count: int, marks: dict[int, PieceKind]) -> tuple[Piece, ...]:
    """Cut pages into pieces: a mark begins a piece, an unmarked page continues the one before.

    Args:
        page_count: Pages of the dossier.
        marks: Kind by page number, counted from 1; page 1 defaults to the feuille de soins.

    Raises:
        InvalidInputError: A mark on a page that is not there, or no pages at all.
    """
    if not 1 <= page_count <= MAX_PAGES:
        raise InvalidInputError("pages", f"a dossier has 1 to {MAX_PAGES} pages, not {page_count}")
    strangers = [number for number in marks if not 1 <= number <= page_count]
    if strangers:
        raise InvalidInputError("piece", f"there is no page {strangers[0]}")
    pieces: list[tuple[PieceKind, list[int]]] = []
    for number in range(1, page_count + 1):
        default = PieceKind.FEUILLE_DE_SOINS if number == 1 else None
        kind = marks.get(number, default)
        if kind is None:
            pieces[-1][1].append(number)
        else:
            pieces.append((kind, [number]))
    return tuple(Piece(kind=kind, pages=tuple(pages)) for kind, pages in pieces)


def pieces_from_counts(counts: Iterable[tuple[PieceKind, int]]) -> tuple[Piece, ...]:
    """Make the pieces of a dossier that is counted now and scanned later.

    Raises:
        InvalidInputError: No piece, a count below 1, or more than a pouch holds.
    """
    pieces: list[Piece] = []
    for kind, count in counts:
        if not 1 <= count <= MAX_PIECES:
            raise InvalidInputError("pieces", f"a count is 1 to {MAX_PIECES}, not {count}")
        pieces.extend(Piece(kind=kind) for _ in range(count))
    if not 1 <= len(pieces) <= MAX_PIECES:
        raise InvalidInputError("pieces", f"a dossier has 1 to {MAX_PIECES} pieces")
    return tuple(pieces)


def piece_counts(pieces: Sequence[Piece]) -> tuple[tuple[PieceKind, int], ...]:
    """Return how many pieces of each kind there are, in the order of the vocabulary."""
    counted = {kind: sum(piece.kind is kind for piece in pieces) for kind in PieceKind}
    return tuple((kind, count) for kind, count in counted.items() if count)
