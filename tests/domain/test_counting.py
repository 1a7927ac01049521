"""Numbers given out against the central's count."""

import pytest

from kiosk.domain.counting import MAX_NAMED, EpochCount, compare
from kiosk.domain.receipt_number import ReceiptNumber


def numbers(*sequences: int, device: str = "C0417A") -> list[ReceiptNumber]:
    return [ReceiptNumber(device=device, sequence=one) for one in sequences]


def count(
    held: int,
    asked_to: int,
    *missing: tuple[int, int],
    epoch: str = "C0417A",
    told_from: int = 1,
) -> EpochCount:
    return EpochCount(
        epoch=epoch,
        highest=asked_to,
        count=held,
        asked_to=asked_to,
        missing=missing,
        told_from=told_from,
    )


def test_one_of_the_day_is_missing_and_named() -> None:
    day = numbers(*range(95, 132))
    found = compare(day, [count(130, 131, (131, 131))])
    assert (len(day), found.of_day, found.missing_count) == (37, 36, 1)
    assert found.missing == ("C0417A-000131-39",)


def test_number_of_an_earlier_day_is_named_too_oldest_first() -> None:
    found = compare(numbers(9, 10), [count(7, 10, (10, 10), (3, 4))])
    assert (found.of_day, found.missing_count) == (1, 3)
    assert found.missing == tuple(str(one) for one in numbers(3, 4, 10))


def test_number_given_out_after_the_question_or_under_a_strange_letter_is_not_counted() -> None:
    late, strange = numbers(11), numbers(1, device="C0417C")
    found = compare([*numbers(10), *late, *strange], [count(10, 10)])
    assert (found.of_day, found.missing_count) == (1, 2)
    assert found.missing == (str(late[0]), str(strange[0]))


def test_nothing_is_missing() -> None:
    found = compare(numbers(9, 10), [count(10, 10), count(0, 0, epoch="C0417B")])
    assert (found.of_day, found.missing_count, found.missing) == (2, 0, ())


def test_gaps_that_were_not_told_are_counted_and_nothing_below_is_believed() -> None:
    told = count(400, 1000, (900, 1000), told_from=900)
    found = compare(numbers(850), [told])
    assert (found.of_day, found.missing_count) == (0, 600)


def test_names_are_bounded_and_the_newest_are_kept() -> None:
    found = compare((), [count(0, 999_999, (1, 999_999))])
    assert found.missing_count == 999_999
    assert len(found.missing) == MAX_NAMED
    assert found.missing[-1] == str(numbers(999_999)[0])


@pytest.mark.parametrize(("number", "is_held"), [(0, False), (1, True), (3, False), (11, False)])
def test_holds_only_what_was_asked_for(number: int, is_held: bool) -> None:
    assert count(9, 10, (3, 3)).holds(number) is is_held
