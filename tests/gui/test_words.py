"""Every error, fault, problem, reason and outcome has its words, in both languages."""

import re
from collections.abc import Iterator
from types import ModuleType

import pytest

from kiosk.domain.completeness import bundled_rules
from kiosk.domain.errors import ErrorCode, InvalidInputError, StickFault
from kiosk.domain.identifiers import Fault
from kiosk.domain.vocabulary import HeldReason, ProblemKind
from kiosk.domain.words import Words
from kiosk.sync.outcomes import OutcomeClass
from kiosk.ui.i18n import (
    acts,
    courier,
    faults,
    help,
    scanning,
    settings,
    staff,
    texts,
    troubles,
)
from kiosk.ui.i18n.shown import (
    DAYS,
    DEPOSITS,
    PAGES,
    TICKED,
    Plural,
    counted,
    duration,
    fill,
    same,
    size,
)
from kiosk.ui.keys import PIECE_BY_DIGIT
from kiosk.ui.screens.insured_form import InsuredForm

_ARABIC = re.compile(r"[\u0600-\u06ff]")
_SAME_IN_BOTH = {"OTHER_LANGUAGE", "PAPER_NAMES[a5]", "PAPER_NAMES[a4]"}
_CAN_HAPPEN = [
    *(("immatriculation", fault) for fault in ("missing", "not_digits", "length", "placeholder")),
    *(("id_number", fault) for fault in ("missing", "length")),
    *(("phone", fault) for fault in ("format", "not_a_mobile")),
]


def _words_in(module: ModuleType) -> Iterator[tuple[str, Words]]:
    for name, value in vars(module).items():
        if isinstance(value, Words):
            yield name, value
        elif isinstance(value, dict):
            yield from ((f"{name}[{key}]", one) for key, one in value.items() if type(one) is Words)
        elif isinstance(value, tuple):
            yield from ((name, one) for one in value if type(one) is Words)


_MODULES = (texts, acts, courier, faults, troubles, help, staff, settings, scanning)
ALL = [pair for module in _MODULES for pair in _words_in(module)]


def test_every_error_code_has_words() -> None:
    assert set(faults.ERROR) == set(ErrorCode)


def test_every_fault_of_a_stick_has_words() -> None:
    assert set(courier.FAULT) == set(StickFault)


def test_every_fault_of_a_field_has_words() -> None:
    assert {(field, Fault(fault)) for field, fault in _CAN_HAPPEN} == set(faults.FAULT)


def test_every_problem_has_chip_title_and_advice() -> None:
    for table in (troubles.PROBLEM_CHIP, troubles.PROBLEM_TITLE, troubles.PROBLEM_ADVICE):
        assert set(table) == set(ProblemKind)


def test_every_held_reason_has_words() -> None:
    assert set(troubles.HELD) == set(HeldReason)


def test_every_outcome_of_the_line_has_words() -> None:
    assert {str(outcome) for outcome in OutcomeClass} <= set(troubles.OUTCOME)


def test_every_field_has_help_and_every_kind_a_digit() -> None:
    assert set(InsuredForm.FIELD_NAMES) <= set(help.HELP)
    asked = {kind for rule in bundled_rules().by_kind.values() for kind in rule.expected}
    assert asked <= set(PIECE_BY_DIGIT.values())


@pytest.mark.parametrize(("name", "words"), ALL, ids=[name for name, _ in ALL])
def test_words_are_whole_in_both_languages(name: str, words: Words) -> None:
    assert words.fr.strip()
    assert words.ar.strip()
    if name not in _SAME_IN_BOTH and re.sub(r"\{\w+\}|\W", "", words.fr):
        assert _ARABIC.search(words.ar), "no Arabic letter"
        assert not _ARABIC.search(words.fr), "an Arabic letter in French"
    places = re.compile(r"\{\w+\}")
    assert sorted(places.findall(words.fr)) == sorted(places.findall(words.ar))


def test_sentences_speak_no_english() -> None:
    english = re.compile(
        r"\b(the|file|error|please|scan|page not|queue|cancel|ok)\b", re.IGNORECASE
    )
    assert [words.fr for _, words in ALL if english.search(words.fr)] == []


@pytest.mark.parametrize(
    ("count", "french", "arabic"),
    [
        (0, "0\u00a0page", "لا صفحات"),
        (1, "1\u00a0page", "صفحة واحدة"),
        (2, "2\u00a0pages", "صفحتان"),
        (3, "3\u00a0pages", "\u20663\u2069 صفحات"),
        (10, "10\u00a0pages", "\u206610\u2069 صفحات"),
        (11, "11\u00a0pages", "\u206611\u2069 صفحة"),
        (100, "100\u00a0pages", "\u2066100\u2069 صفحة"),
        (103, "103\u00a0pages", "\u2066103\u2069 صفحات"),
    ],
)
def test_pages_are_counted_as_each_language_does(count: int, french: str, arabic: str) -> None:
    assert counted(count, PAGES) == Words(french, arabic)


@pytest.mark.parametrize("noun", [DAYS, PAGES, DEPOSITS, TICKED])
def test_every_count_up_to_300_has_a_form(noun: Plural) -> None:
    for count in range(300):
        words = counted(count, noun)
        assert words.fr
        assert words.ar
        assert "{" not in words.fr + words.ar


def test_figures_in_arabic_keep_their_order() -> None:
    words = fill(Words("{n} DH", "{n} درهم"), n=same("1\u00a0250,00"))
    assert "\u20661\u00a0250,00\u2069" in words.ar


def test_sizes_and_ages_carry_their_unit() -> None:
    assert size(156_000).fr == "156\u00a0Ko"
    assert size(2_101_234).fr == "2,1\u00a0Mo"
    assert size(41_000_000_000).fr == "41\u00a0Go"
    assert duration(38).fr == "38\u00a0s"
    assert duration(7_800).fr == "2\u00a0h\u00a010"
    assert duration(3 * 86_400).fr == "3\u00a0jours"


def test_refused_field_is_named() -> None:
    words = faults.error_words(InvalidInputError("care_date", "is in the future"))
    assert "Date des soins" in words.fr
    assert "تاريخ العلاج" in words.ar
