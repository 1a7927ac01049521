"""The pages of the dossier on the desk, and the pieces they make. Pure values."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Self

from kiosk.domain.completeness import bundled_rules
from kiosk.domain.dossier import Piece, pieces_from_pages
from kiosk.domain.page import Page
from kiosk.domain.vocabulary import DossierKind, PieceKind, ProblemKind
from kiosk.ui.i18n.troubles import MUST_RETAKE


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One page and the kind of piece that begins on it; None: it continues the one before."""

    page_id: int
    page: Page
    mark: PieceKind | None = None
    position: int = 0

    @property
    def is_troubled(self) -> bool:
        """Tell whether the page has problems that nobody has settled."""
        return bool(self.page.problems) and not self.page.original_is_so

    @property
    def worst(self) -> ProblemKind | None:
        """Return the problem to speak of first, unless it was settled."""
        if not self.is_troubled:
            return None
        kinds = [problem.kind for problem in self.page.problems]
        return next((kind for kind in kinds if kind in MUST_RETAKE), kinds[0])


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A piece as the checklist shows it."""

    kind: PieceKind
    is_present: bool
    is_troubled: bool
    is_expected: bool


@dataclass(frozen=True, slots=True)
class DossierPages:
    """The pages in the order they will be deposited."""

    entries: tuple[Entry, ...] = ()

    def kinds(self) -> tuple[PieceKind, ...]:
        """Return the kind of piece each page belongs to."""
        kinds: list[PieceKind] = []
        for piece in self.pieces():
            kinds.extend(piece.kind for _ in piece.pages)
        return tuple(kinds)

    def pieces(self) -> tuple[Piece, ...]:
        """Return the pieces the pages make; none without pages."""
        if not self.entries:
            return ()
        marks = {n: one.mark for n, one in enumerate(self.entries, 1) if one.mark is not None}
        return pieces_from_pages(len(self.entries), marks)

    def marks(self) -> Mapping[int, PieceKind]:
        """Return the kind by page id, where a piece begins."""
        return {one.page_id: one.mark for one in self.entries if one.mark is not None}

    def with_page(
        self, page_id: int, page: Page, kind: PieceKind | None = None, position: int = 0
    ) -> Self:
        """Return the pages with one more at its position, or with a known one as it is now.

        Backs of a stack that was turned over come after all fronts, and belong between them.

        A page of *kind* begins a piece, unless the page before is of that kind already.
        """
        if any(one.page_id == page_id for one in self.entries):
            return self._each(page_id, page=page)
        kinds = self.kinds()
        mark = None if kinds and kinds[-1] is kind else kind
        entry = Entry(page_id=page_id, page=page, mark=mark, position=position)
        return type(self)(tuple(sorted((*self.entries, entry), key=lambda one: one.position)))

    def without(self, page_id: int) -> Self:
        """Return the pages without one; a page that continued it keeps its kind."""
        kept: list[Entry] = []
        heir: PieceKind | None = None
        for one, kind in zip(self.entries, self.kinds(), strict=True):
            if one.page_id == page_id:
                heir = kind if one.mark is not None or not kept else None
                continue
            if heir is not None and one.mark is None:
                one = replace(one, mark=heir)
            heir = None
            kept.append(one)
        return type(self)(tuple(kept))

    def number(self, page_id: int) -> int:
        """Return a page's number, counted from 1."""
        return [one.page_id for one in self.entries].index(page_id) + 1

    def marked(self, page_id: int, kind: PieceKind) -> Self:
        """Return the pages with a piece of *kind* beginning on one."""
        return self._each(page_id, mark=kind)

    def continued(self, page_id: int) -> Self:
        """Return the pages with one continuing the piece before it; the first cannot."""
        if not self.entries or self.entries[0].page_id == page_id:
            return self
        return self._each(page_id, mark=None)

    def troubled(self) -> tuple[Entry, ...]:
        """Return the pages with unsettled problems."""
        return tuple(one for one in self.entries if one.is_troubled)

    def checklist(self, kind: DossierKind) -> tuple[Asked, ...]:
        """Return the pieces the rules speak of for *kind*, then others that are there."""
        rules = bundled_rules().by_kind[kind]
        present = dict.fromkeys(self.kinds())
        bad = {k for k, one in zip(self.kinds(), self.entries, strict=True) if one.is_troubled}
        spoken_of = (*rules.expected, *rules.when)
        others = tuple(one for one in present if one not in spoken_of)
        return tuple(
            Asked(
                kind=one,
                is_present=one in present,
                is_troubled=one in bad,
                is_expected=one in rules.expected,
            )
            for one in (*spoken_of, *others)
        )

    def missing(self, kind: DossierKind) -> tuple[PieceKind, ...]:
        """Return the pieces always expected that are not there."""
        return bundled_rules().missing(kind, self.kinds())

    def _each(self, page_id: int, **changes: Page | PieceKind | None) -> Self:
        return type(self)(
            tuple(
                replace(one, **changes) if one.page_id == page_id else one  # type: ignore[arg-type]
                for one in self.entries
            )
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Removed:
    """A page that was removed, and the pages before and after that."""

    page_id: int
    before: DossierPages
    after: DossierPages

    @property
    def number(self) -> int:
        """Return which page it was, counted from 1."""
        return self.before.number(self.page_id)

    def put_back(self, now: DossierPages, page: Page, position: int) -> DossierPages:
        """Return the pages with it among them, and every piece as before where nothing changed."""
        if now == self.after:
            return self.before.with_page(self.page_id, page)
        mark = self.before.entries[self.number - 1].mark
        return now.with_page(self.page_id, page, mark, position)
