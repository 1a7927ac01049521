"""Which stage may follow which."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from central.progress import ALLOWED, BROUGHT, Move, judge
from central.reasons import MAX_REASONS, REASONS, pieces_of, told
from kiosk.domain.vocabulary import PieceKind, Stage


@given(st.sampled_from(Stage), st.sampled_from(Stage))
def test_every_pair_has_one_answer_and_the_table_is_it(current: Stage, said: Stage) -> None:
    found = judge(current, said)
    if said not in BROUGHT:
        assert found is Move.NOT_THE_OFFICES
    elif said is current:
        assert found is Move.SAID_ALREADY
    elif current is not Stage.SCAN_TO_COME:
        assert (found is Move.ALLOWED) == (said in ALLOWED[current])


@pytest.mark.parametrize("over", [Stage.CANCELLED, Stage.PAID])
def test_nothing_follows_what_is_over(over: Stage) -> None:
    assert {judge(over, said) for said in BROUGHT - {over}} == {Move.IMPOSSIBLE}


def test_money_follows_a_settlement_alone() -> None:
    before = {stage for stage in Stage if judge(stage, Stage.PAID) is Move.ALLOWED}
    assert before == {Stage.SETTLED}
    assert judge(Stage.SETTLED, Stage.IN_REVIEW) is Move.IMPOSSIBLE


def test_usual_way_is_open() -> None:
    way = [Stage.COPY_RECEIVED, Stage.ORIGINALS_RECEIVED, Stage.IN_REVIEW, Stage.RETURNED]
    way += [Stage.IN_REVIEW, Stage.SETTLED, Stage.PAID]
    moves = [judge(*pair) for pair in pairwise(way)]
    assert set(moves) == {Move.ALLOWED}


def test_what_nobody_holds_a_copy_of_is_neither_reviewed_nor_settled() -> None:
    for stage in (Stage.DEPOSITED, Stage.SCAN_TO_COME):
        assert judge(stage, Stage.IN_REVIEW) is Move.IMPOSSIBLE
        assert judge(stage, Stage.ORIGINALS_RECEIVED) is Move.ALLOWED


def test_every_reason_has_words_in_both_languages_that_fit_together() -> None:
    longest = sorted(REASONS, key=lambda code: -len(REASONS[code].words.fr))[:MAX_REASONS]
    assert max(len(text) for text in told(longest)) <= 1000
    for code, reason in REASONS.items():
        assert reason.words.fr.endswith("."), code
        assert any("\u0600" <= letter <= "\u06ff" for letter in reason.words.ar), code


def test_pieces_follow_from_reasons_once_each() -> None:
    codes = ("missing_inpe", "unsigned_by_insured", "missing_piece:facture", "late_deposit")
    assert pieces_of(codes) == (PieceKind.FEUILLE_DE_SOINS, PieceKind.FACTURE)
