"""The parts that need no window: steps, pages and their pieces, folders, grouping."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.domain.page import Page, Problem
from kiosk.domain.vocabulary import DossierKind, PieceKind, ProblemKind
from kiosk.ui.dossier_pages import DossierPages
from kiosk.ui.folders import MAX_SHOWN, look_into
from kiosk.ui.steps import TRANSITIONS, Event, IllegalStepError, Step, after
from kiosk.ui.widgets.grouped import as_day, as_document, as_phone, in_threes

_KINDS = st.sampled_from(list(PieceKind))
_ACTS = st.lists(
    st.tuples(st.sampled_from(["add", "drop", "mark", "continue"]), st.integers(1, 12), _KINDS),
    max_size=30,
)


def _page(*problems: ProblemKind) -> Page:
    return Page(
        source="a.jpg",
        index=1,
        width_px=850,
        height_px=1200,
        dpi=100,
        outline=None,
        outline_confidence=1.0,
        skew_deg=0.0,
        rotated_deg=0,
        sharpness=0.9,
        ink_ratio=0.05,
        fingerprint="0" * 16,
        problems=tuple(Problem(kind=kind) for kind in problems),
        size_bytes=1,
    )


@given(_ACTS)
def test_whatever_is_done_every_page_belongs_to_one_piece(
    acts: list[tuple[str, int, PieceKind]],
) -> None:
    pages, last = DossierPages(), 0
    for act, page_id, kind in acts:
        if act == "add":
            last += 1
            pages = pages.with_page(last, _page(), kind)
        elif act == "drop":
            pages = pages.without(page_id)
        elif act == "mark":
            pages = pages.marked(page_id, kind)
        else:
            pages = pages.continued(page_id)
        covered = [number for piece in pages.pieces() for number in piece.pages]
        assert covered == list(range(1, len(pages.entries) + 1))
        assert set(pages.marks()) <= {entry.page_id for entry in pages.entries}


def test_page_that_continued_keeps_its_kind_when_its_first_page_goes() -> None:
    pages = DossierPages().with_page(1, _page()).with_page(2, _page(), PieceKind.FACTURE)
    pages = pages.with_page(3, _page())
    assert pages.without(2).kinds() == (PieceKind.FEUILLE_DE_SOINS, PieceKind.FACTURE)


def test_first_page_cannot_continue_anything() -> None:
    pages = DossierPages().with_page(1, _page(), PieceKind.FACTURE)
    assert pages.continued(1) == pages


def test_worst_problem_is_the_one_to_retake() -> None:
    pages = DossierPages().with_page(1, _page(ProblemKind.GLARE, ProblemKind.BLURRED))
    assert pages.entries[0].worst is ProblemKind.BLURRED
    assert pages.checklist(DossierKind.MALADIE)[0].is_troubled


def test_steps_know_every_way_and_no_other() -> None:
    for step in Step:
        for event in Event:
            if (step, event) in TRANSITIONS:
                assert after(step, event) in Step
            else:
                with pytest.raises(IllegalStepError):
                    after(step, event)


def test_no_step_is_a_dead_end() -> None:
    assert {step for step, _ in TRANSITIONS} == set(Step)


@given(st.text(max_size=40))
def test_grouping_twice_changes_nothing(text: str) -> None:
    for grouping in (in_threes, as_phone, as_document, as_day):
        once = grouping(text)
        assert grouping(once) == once


def test_folder_shows_folders_then_the_newest_files(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    for at, name in enumerate(("old.jpg", "new.PDF", "notes.txt", ".hidden.jpg")):
        (tmp_path / name).write_bytes(b"x")
        os.utime(tmp_path / name, (1_000 + at, 1_000 + at))
    listing = look_into(tmp_path, (".jpg", ".pdf"))
    assert [one.name for one in listing.entries] == ["sub", "new.PDF", "old.jpg"]


def test_folder_with_thousands_of_files_is_bounded(tmp_path: Path) -> None:
    for n in range(MAX_SHOWN + 20):
        (tmp_path / f"{n}.jpg").touch()
    assert len(look_into(tmp_path, (".jpg",)).entries) == MAX_SHOWN


@pytest.mark.parametrize("path", ["/nowhere/at/all", "a\0b", "~nobody-of-that-name/x", "x" * 5000])
def test_path_that_leads_nowhere_is_no_folder(path: str) -> None:
    assert look_into(Path(path), (".jpg",)).folder is None
