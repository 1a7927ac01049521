"""A sheet taken twice is told from one that is filled in by another hand."""

import io
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from textwrap import wrap

import cv2
import numpy as np
import pytest
from PIL import Image

from kiosk.domain.errors import UnreadableFileError
from kiosk.scan.capture import CaptureProcess
from kiosk.scan.fingerprint import fingerprint
from kiosk.scan.inkprint import InkPrint, pack, print_of, unpack
from kiosk.scan.twins import Difference, are_same, difference_of
from tests.paper import Kind, draw_page, scan

FORM: Kind = "feuille_de_soins"
HANDS = (71_000, 71_007, 71_024)
"""Of all forms tried, two takes of these are likest one another."""
Comparer = Callable[[Difference | None], bool]


@cache
def taken(seed: int, take: int, turns: int = 0) -> InkPrint:
    """Return a form, scanned a little askew; another *take* is another scan of the same sheet."""
    sample = scan(
        draw_page(FORM, seed, 100),
        take,
        100,
        skew_deg=0.3 * take,
        margin_mm=take,
        quarter_turns=turns,
    )
    return print_of(sample.image)


def ours(difference: Difference | None) -> bool:
    return difference is not None and difference.is_none


def by_the_mean(difference: Difference | None) -> bool:
    """Compare as a naive program would: most of the ink agrees, so the pages do. Broken."""
    return difference is not None and difference.lonely < 0.08


def wrongly_told(comparer: Comparer) -> list[tuple[int, int]]:
    """Return the pairs of forms by different hands that are told as one."""
    pairs = [(a, b) for a in HANDS for b in HANDS if a < b]
    return [(a, b) for a, b in pairs if comparer(difference_of(taken(a, 0), taken(b, 1)))]


@pytest.mark.parametrize("turns", [0, 1, 2])
def test_sheet_scanned_twice_is_one_however_it_lies(turns: int) -> None:
    assert are_same(taken(HANDS[0], 0), taken(HANDS[0], 1, turns))


def test_forms_filled_in_by_others_are_different_and_a_mean_does_not_see_it() -> None:
    assert wrongly_told(ours) == []
    assert wrongly_told(by_the_mean) != []


def test_one_word_more_is_another_page() -> None:
    page = taken(HANDS[0], 0)
    ink = page.ink.copy()
    cv2.putText(ink, "Benchekroun", (250, 640), cv2.FONT_HERSHEY_SCRIPT_SIMPLEX, 1.0, 255, 2)
    assert are_same(page, page)
    assert not are_same(page, InkPrint(ink=ink, hidden=page.hidden))


def test_pages_with_hardly_any_ink_are_never_one() -> None:
    bare = np.full((1000, 700), 250, np.uint8)
    cv2.putText(bare, "p. 2", (300, 900), cv2.FONT_HERSHEY_PLAIN, 1.0, 0, 1)
    assert not are_same(print_of(bare), print_of(bare))


def test_what_a_finger_covers_is_nothing_that_is_missing() -> None:
    page = draw_page(FORM, HANDS[0], 100).image
    held = page.copy()
    cv2.ellipse(held, (0, 500), (110, 38), 0, 0, 360, (150, 170, 220), -1)
    cv2.ellipse(held, (0, 500), (110, 38), 0, 0, 360, (40, 50, 80), 14)  # its shaded edge
    print_held = print_of(held)
    assert np.count_nonzero(print_held.hidden) > np.count_nonzero(print_of(page).hidden) + 2000
    assert are_same(print_of(page), print_held)


def test_print_is_small_and_comes_back_bit_for_bit() -> None:
    page = taken(HANDS[0], 0)
    packed = pack(page)
    assert 1_000 < len(packed) < 25_000
    back = unpack(packed)
    assert np.array_equal(back.ink, page.ink)
    assert np.array_equal(back.hidden, page.hidden)


def test_of_a_page_that_is_all_ink_nothing_is_kept() -> None:
    noise = np.random.default_rng(1).integers(0, 255, (900, 700), np.uint8)
    assert pack(print_of(noise)) == b""


def tiff(size: tuple[int, int], mode: str = "1") -> bytes:
    file = io.BytesIO()
    Image.new(mode, size).save(file, "TIFF", compression="group4" if mode == "1" else None)
    return file.getvalue()


@pytest.mark.parametrize(
    "packed",
    [b"", b"II*\0", tiff((900, 100)), tiff((100, 2000)), tiff((100, 101)), tiff((9, 8), "L")],
    ids=["none", "cut", "wide", "high", "odd", "grey"],
)
def test_bytes_that_are_no_print_are_refused(packed: bytes) -> None:
    with pytest.raises(UnreadableFileError):
        unpack(packed)


def test_fingerprints_tell_kinds_apart_and_takes_not() -> None:
    def apart(one: InkPrint, other: InkPrint) -> list[int]:
        halves = zip(*(wrap(fingerprint(page), 64) for page in (one, other)), strict=True)
        return [(int(a, 16) ^ int(b, 16)).bit_count() for a, b in halves]

    bill = print_of(draw_page("facture", 9100, 100).image)
    assert max(apart(taken(HANDS[0], 0), taken(HANDS[0], 1))) < 60
    assert min(apart(taken(HANDS[0], 0), bill)) > 60


def test_child_says_which_page_it_is_and_survives_nonsense() -> None:
    first, again, other = (pack(taken(*at)) for at in ((HANDS[0], 0), (HANDS[0], 1), (HANDS[1], 0)))
    with CaptureProcess() as capture:
        assert capture.twin_of(again, [other, first]) is None  # there is no child yet
        capture.start()
        assert capture.twin_of(again, [other, first]) == 1
        assert capture.twin_of(again, [other]) is None
        assert capture.twin_of(again, [b"no print", first]) is None
        capture.start()
        assert capture.twin_of(again, [first]) == 0


@pytest.mark.parametrize("answer", ['"compared", "twin": 7', '"compared", "twin": "0"', '"end"'])
def test_child_that_lies_about_twins_is_not_believed(answer: str) -> None:
    root = str(Path(__file__).parents[2])
    child = (
        f"import sys; sys.path.insert(0, {root!r})\n"
        "from kiosk.scan.messages import receive, send\n"
        'send(sys.stdout.buffer, {"is": "ready"})\n'
        "receive(sys.stdin.buffer)\n"
        f'send(sys.stdout.buffer, {{"is": {answer}}})\n'
        "receive(sys.stdin.buffer)\n"
    )
    with CaptureProcess((sys.executable, "-c", child)) as capture:
        capture.start()
        assert capture.twin_of(b"ink", [b"ink"]) is None
