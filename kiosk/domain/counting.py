"""Numbers given out against the central's count of them: how many it has, and which it misses."""

from collections.abc import Collection
from dataclasses import dataclass
from itertools import islice

from kiosk.domain.receipt_number import ReceiptNumber

MAX_NAMED = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class EpochCount:
    """What the central counts of one letter's numbers.

    Attributes:
        highest: Highest number it holds; 0 for none.
        count: How many it holds.
        asked_to: Up to which number it looked for gaps.
        missing: First and last of each gap, newest first.
        told_from: Below it gaps were not told: there were too many. Else 1.
    """

    epoch: str
    highest: int
    count: int
    asked_to: int
    missing: tuple[tuple[int, int], ...]
    told_from: int = 1

    def holds(self, number: int) -> bool:
        """Tell whether the central is known to hold *number*."""
        if not self.told_from <= number <= self.asked_to:
            return False
        return not any(first <= number <= last for first, last in self.missing)


@dataclass(frozen=True, slots=True, kw_only=True)
class CentralCount:
    """The central's count beside what was given out.

    Attributes:
        of_day: How many of the day's numbers it holds.
        missing_count: How many numbers of whatever day it misses.
        missing: The newest of these, at most 500, oldest first.
    """

    of_day: int
    missing_count: int
    missing: tuple[str, ...]


def compare(day: Collection[ReceiptNumber], counts: Collection[EpochCount]) -> CentralCount:
    """Compare the numbers given out on a *day*, and all that were asked for, with *counts*."""
    by_epoch = {one.epoch: one for one in counts}

    def was_asked(number: ReceiptNumber) -> bool:
        epoch = by_epoch.get(number.device)
        return epoch is not None and number.sequence <= epoch.asked_to

    # Given out after the central was asked, or under a letter that it does not know.
    unasked = [number for number in day if not was_asked(number)]
    held = sum(
        by_epoch[number.device].holds(number.sequence) for number in day if was_asked(number)
    )
    told = (
        ReceiptNumber(device=one.epoch, sequence=sequence)
        for one in counts
        for first, last in one.missing
        for sequence in range(last, first - 1, -1)
    )
    named = sorted({*unasked, *islice(told, MAX_NAMED)})
    return CentralCount(
        of_day=held,
        missing_count=sum(one.asked_to - one.count for one in counts) + len(unasked),
        missing=tuple(str(number) for number in named[-MAX_NAMED:]),
    )
