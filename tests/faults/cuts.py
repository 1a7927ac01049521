"""Power cuts at every place of a recorded scene, each found disk started upon."""

import random
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from kiosk.wire.bundles import SUFFIX
from tests.faults.checks import examine
from tests.faults.counter import Device
from tests.faults.disk import Disk, Tree, digest, write_tree
from tests.faults.promised import Promised
from tests.faults.trace import Call

_MOST_ROUNDS = 60
_ROUNDS = 3


@dataclass(slots=True, kw_only=True)
class CutReport:
    """What a scene's power cuts came to: distinct states, places, and broken promises."""

    states: int = 0
    places: int = 0
    broken: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """A scene that ran through: what it asked of the disk, and what lay there before.

    Attributes:
        before: A copy of the folder around the data folder.
        around: That folder's path in *calls*.
    """

    calls: list[Call]
    before: Path
    around: Path


def cut_power(
    device: Device,
    recorded: Recorded,
    scratch: Path,
    *,
    seed: str,
    wanted: int,
    last: int | None = None,
) -> CutReport:
    """Rebuild and examine at least *wanted* distinct disks, if there are so many.

    Every place is cut in three rounds where *wanted* allows: with nothing unsettled, with all of
    it, and with any part; then with other parts, until there are enough. With *last* only so many
    places at the end are cut.
    """
    places = len(recorded.calls) + 1
    first = places - min(places, last or places)
    share = min(1.0, wanted / (places - first) / _ROUNDS)
    report, seen = CutReport(places=places), set[bytes]()
    for turn in range(_MOST_ROUNDS):
        for place, tree, promised in _found(recorded, turn, share, seed):
            # The same disk after one more promise is another case.
            if place < first:
                continue
            state = digest(tree) + repr(promised).encode()
            if state in seen:
                continue
            seen.add(state)
            where = scratch / "found"
            write_tree(tree, where, random.Random(f"{seed} {place}"))  # noqa: S311
            said = examine(device, where / "data", promised)
            report.broken += [f"cut {place} of turn {turn}: {one}" for one in said]
            shutil.rmtree(where)
        report.states = len(seen)
        if report.states >= wanted and (turn >= _ROUNDS - 1 or share < 1):
            break
    return report


def _found(
    recorded: Recorded, turn: int, share: float, seed: str
) -> Iterator[tuple[int, Tree, Promised]]:
    disk, promised = Disk(recorded.before, recorded.around), Promised()
    for place in range(len(recorded.calls) + 1):
        chance = random.Random(f"{seed} {turn} {place}")  # noqa: S311 a fixed seed for a test
        if chance.random() < share:
            yield place, _tree(disk, turn, chance), promised
        if place == len(recorded.calls):
            return
        call = recorded.calls[place]
        if call.told is not None:
            promised.hear(call.told)
        else:
            disk.follow(call)
            if call.kind == "sync":
                # A name, once settled, stays promised: nothing may take a bundle away.
                promised.bundles |= disk.bundles(SUFFIX)


def _tree(disk: Disk, turn: int, chance: random.Random) -> Tree:
    match turn:
        case 0:
            return disk.with_nothing_pending()
        case 1:
            return disk.with_all_pending()
        case _:
            return disk.found(chance)
