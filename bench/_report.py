"""The figures of a benchmark: printed at once, ours beside a limit and a peer, kept as JSON."""

import json
import os
import resource
import time
from argparse import ArgumentParser
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

FOLDER: Final = Path(__file__).resolve().parents[1] / ".cache" / "bench"
"""Where figures go when no file is named; never part of the repository."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One line: what was measured, ours, and what it is held against.

    Attributes:
        name: What was measured.
        ours: The value.
        unit: Of ``ours``, ``limit`` and ``theirs``.
        limit: The target; None where none is named.
        is_more_better: The target is a floor and not a ceiling.
        peer: Who else did the same work in the same run.
        theirs: The peer's value.
    """

    name: str
    ours: float
    unit: str = ""
    limit: float | None = None
    is_more_better: bool = False
    peer: str = ""
    theirs: float | None = None

    @property
    def is_met(self) -> bool:
        """Tell whether the target is reached; True where there is none."""
        if self.limit is None:
            return True
        return self.ours >= self.limit if self.is_more_better else self.ours <= self.limit

    @property
    def ratio(self) -> float | None:
        """Return how many times better than the peer's our value is; None without a peer.

        Of a cost theirs by ours, of a gain ours by theirs: below 1 the peer is better.
        """
        if self.theirs is None:
            return None
        above, below = self.theirs, self.ours
        if self.is_more_better:
            above, below = below, above
        return above / below if below else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Took:
    """What one call took, in milliseconds; CPU counts that of child processes it waited for."""

    cpu_ms: float
    wall_ms: float


@dataclass(slots=True)
class Report:
    """Prints each figure at once, and writes all of them at the end.

    Attributes:
        name: Of the benchmark.
        out: The JSON file; ``FOLDER/NAME.json`` when None.
        figures: What was measured.
        details: What stands beside the figures in the file alone, as JSON takes it.
    """

    name: str
    out: Path | None = None
    figures: list[Figure] = field(default_factory=list)
    details: dict[str, object] = field(default_factory=dict)

    def add(self, figure: Figure) -> None:
        """Keep and print one figure."""
        self.figures.append(figure)
        line = f"{figure.name:52} {figure.ours:10.2f} {figure.unit:6}"
        if figure.limit is not None:
            bound = "at least" if figure.is_more_better else "at most"
            line += f" ({bound} {figure.limit:g})"
        if figure.theirs is not None:
            line += f"  {figure.peer} {figure.theirs:.2f}"
        if figure.ratio is not None:
            line += f", ratio {figure.ratio:.2f}"
        print(line if figure.is_met else f"{line}  MISSED", flush=True)

    def finish(self) -> int:
        """Write the figures as JSON; return 1 when a target is missed, else 0."""
        path = self.out or FOLDER / f"{self.name}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        rows = [asdict(one) | {"ratio": one.ratio, "is_met": one.is_met} for one in self.figures]
        whole = {
            "bench": self.name,
            "at": datetime.now(UTC).isoformat(timespec="seconds"),
            "load_average": os.getloadavg(),
            "figures": rows,
        } | self.details
        path.write_text(json.dumps(whole, indent=1) + "\n", "utf-8")
        print(f"written to {path}")
        return 0 if all(figure.is_met for figure in self.figures) else 1


def parser_of(doc: str | None) -> ArgumentParser:
    """Return the parser every benchmark begins with: ``--out FILE``."""
    parser = ArgumentParser(description=doc)
    parser.add_argument("--out", type=Path, help="JSON file; .cache/bench/NAME.json without it")
    return parser


def took(call: Callable[[], object]) -> Took:
    """Return what one call of *call* took, with the CPU of the children it waited for."""
    cpu, wall = _cpu_s(), time.perf_counter()
    call()
    return Took(cpu_ms=(_cpu_s() - cpu) * 1000, wall_ms=(time.perf_counter() - wall) * 1000)


def least_of(times: int, call: Callable[[], object]) -> Took:
    """Return the call that took least CPU of several: what others on the machine cost is left."""
    return min((took(call) for _ in range(times)), key=lambda one: one.cpu_ms)


def _cpu_s() -> float:
    spent = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(one.ru_utime + one.ru_stime for one in spent)
