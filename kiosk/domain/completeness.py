"""Which pieces a dossier should hold: versioned reference data that warns and never blocks."""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from kiosk.domain.vocabulary import DossierKind, PieceKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """Pieces asked for always, and pieces asked for only if they were prescribed."""

    expected: tuple[PieceKind, ...]
    when: tuple[PieceKind, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """One version of the completeness rules."""

    version: str
    by_kind: Mapping[DossierKind, Expectation]

    def missing(self, kind: DossierKind, present: Iterable[PieceKind]) -> tuple[PieceKind, ...]:
        """Return the pieces always expected of *kind* that are not *present*, in rule order."""
        held = set(present)
        return tuple(piece for piece in self.by_kind[kind].expected if piece not in held)


def read_rules(text: str) -> Rules:
    """Read rules from TOML.

    Raises:
        ValueError: Broken TOML, an unknown kind of piece, or a dossier kind without rules.
    """
    table = tomllib.loads(text)
    try:
        by_kind = {
            kind: Expectation(
                expected=tuple(map(PieceKind, table[kind]["expected"])),
                when=tuple(map(PieceKind, table[kind]["when"])),
            )
            for kind in DossierKind
        }
        return Rules(version=str(table["version"]), by_kind=by_kind)
    except (KeyError, TypeError) as error:
        raise ValueError(f"completeness rules lack {error}") from error


@cache
def bundled_rules() -> Rules:
    """Return the rules that came with the program."""
    return read_rules(files("kiosk.domain").joinpath("rules/pieces.toml").read_text("utf-8"))
