"""Completeness rules: what each kind of dossier should hold, as versioned data."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.domain.completeness import bundled_rules, read_rules
from kiosk.domain.vocabulary import DossierKind, PieceKind

KINDS = st.sampled_from(DossierKind)
PIECES = st.lists(st.sampled_from(PieceKind))


def rules_text(**changed: str) -> str:
    lines = {kind.value: "expected = []\nwhen = []" for kind in DossierKind} | changed
    tables = "\n".join(f"[{kind}]\n{rest}" for kind, rest in lines.items() if rest != "absent")
    return f'version = "1"\n{tables}\n'


def test_bundled_rules_are_those_of_the_papers() -> None:
    # domain.md §2; what is needed only "when" it was prescribed is not asked for always.
    missing = {kind.value: bundled_rules().missing(kind, []) for kind in DossierKind}
    assert missing == {
        "maladie": ("feuille_de_soins", "ordonnance", "facture"),
        "ald": ("feuille_de_soins", "ordonnance", "codes_barres"),
        "dentaire": ("feuille_de_soins", "note_honoraires"),
        "optique": ("feuille_de_soins", "ordonnance", "facture"),
        "maternite": ("feuille_de_soins", "facture"),
    }
    when = {kind.value: bundled_rules().by_kind[kind].when for kind in DossierKind}
    assert when == {
        "maladie": ("codes_barres", "resultats"),
        "ald": ("resultats",),
        "dentaire": ("radio", "accord_prealable"),
        "optique": (),
        "maternite": (),
    }
    assert bundled_rules().version


@given(KINDS, PIECES)
def test_missing_is_what_is_expected_and_not_there(
    kind: DossierKind, held: list[PieceKind]
) -> None:
    expected = bundled_rules().by_kind[kind].expected
    missing = bundled_rules().missing(kind, held)
    assert not set(missing) & set(held)
    assert set(expected) == set(missing) | (set(expected) & set(held))
    assert list(missing) == [piece for piece in expected if piece in missing]


@given(KINDS, PIECES)
def test_dossier_with_all_expected_lacks_nothing(kind: DossierKind, more: list[PieceKind]) -> None:
    held = [*bundled_rules().by_kind[kind].expected, *more]
    assert bundled_rules().missing(kind, held) == ()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "version = ",
        rules_text(ald="absent"),
        rules_text(ald='expected = ["papyrus"]\nwhen = []'),
        rules_text(ald="expected = []"),
        rules_text(ald="expected = 5\nwhen = []"),
        rules_text().removeprefix('version = "1"\n'),
    ],
)
def test_broken_rules_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_rules(text)


def test_whole_rules_are_read() -> None:
    rules = read_rules(rules_text(ald='expected = ["radio"]\nwhen = []'))
    assert rules.version == "1"
    assert rules.missing(DossierKind.ALD, []) == (PieceKind.RADIO,)
