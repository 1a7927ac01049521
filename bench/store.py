"""Measures the store: ``python -m bench.store [--full] [--stores DIR] [--out FILE]``.

Confirm of a 5-page dossier whose pages are processed (fsyncs counted by strace, CPU, wall time
beside as many bare fsyncs); the same, the start and what is asked all day with 100,000 deposits
kept (``--full``: with 1,000,000 too); encrypted beside plain SQLite. Ratios come from turns taken
within one run; those of CPU hold on a machine that others keep busy. ``--stores`` keeps filled
stores for another run.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from unittest import mock
from uuid import UUID, uuid4

from bench._asked import asked_all_day, told_queue
from bench._filled import UNSENT, fill
from bench._took import Took, cpu_of_children_ms, median_of, took
from kiosk.app import open_kiosk
from kiosk.scan.capture import CaptureProcess
from kiosk.security.keystore import FileKeystore
from kiosk.store import database
from kiosk.store.folder import DataFolder
from kiosk.store.store import Store, open_for_writing
from tests.desk.conftest import RememberingCapture
from tests.desk.counter import FORM, SAMPLES
from tests.enrolled import EnrolledKiosk, TestCentral, TestClock, make_desk, make_kiosk
from tests.store.items import Clerk
from tests.sync.authority import make_authority

ROOT = Path(__file__).resolve().parents[1]
MAX_FSYNCS = 6
MAX_CPU_MS = 20.0
MAX_FILLED_RATIO = 1.3
MAX_START_RATIO = 1.2
MAX_OPEN_MS = 2.0
TURNS = 40
_MARK = "/wasl-bench-mark"


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One line of the table; *limit* None where the issue names none."""

    name: str
    value: float
    unit: str
    limit: float | None = None

    @property
    def is_met(self) -> bool:
        """Tell whether the target is reached."""
        return self.limit is None or self.value <= self.limit


def make(
    root: Path, capture: CaptureProcess, deposits: int = 0, unsent: int = UNSENT
) -> EnrolledKiosk:
    """Make an enrolled kiosk under *root*, keys beside it, with *deposits* already kept.

    One that was kept there by an earlier run is opened again.
    """
    if root.exists():
        return _reopened(root, capture)
    root.mkdir(parents=True)
    kiosk = make_kiosk(root / "data", capture)
    FileKeystore(root / "keys").save(kiosk.keys)
    # The program's own start makes the line's connections too, with the certificate it pins.
    kiosk.store.memory.keep_enrolment(
        replace(kiosk.store.memory.enrolment(), ca_pem=make_authority().pem)
    )
    if deposits:
        fill(kiosk.store, deposits, unsent)
    return kiosk


def _reopened(root: Path, capture: CaptureProcess) -> EnrolledKiosk:
    folder, clock = DataFolder(root / "data"), TestClock()
    keys = FileKeystore(root / "keys").load(folder.read_id())
    store = open_for_writing(folder, clock.read, keys.database_key)
    desk = make_desk(store, capture, keys, clock.read, clock.utc)
    return EnrolledKiosk(
        folder=folder, keys=keys, central=TestCentral(), clock=clock, store=store, desk=desk
    )


def draft_of_five(kiosk: EnrolledKiosk) -> UUID:
    """Return a draft of the five sample pages, processed."""
    draft_id = kiosk.desk.drafts.begin()
    for sample in sorted(SAMPLES.glob("*.jpg")):
        kiosk.desk.drafts.add_pages(draft_id, sample, lambda _told: None)
    return draft_id


def confirm(kiosk: EnrolledKiosk, mark: Callable[[], object] = lambda: None) -> Took:
    """Confirm one dossier; *mark* is called right before and after."""
    draft_id = draft_of_five(kiosk)
    mark()
    spent = took(lambda: kiosk.desk.deposits.confirm(draft_id, FORM, {}, uuid4()))
    mark()
    kiosk.desk.drafts.tidy()  # as the window does once the agent has the answer
    return spent


def confirm_in_turns(kiosks: list[EnrolledKiosk], turns: int) -> list[list[Took]]:
    """Return what confirms took on each kiosk, taken in turns; the first of each is left out."""
    spent: list[list[Took]] = [[] for _ in kiosks]
    for turn in range(turns + 1):
        for one, kiosk in zip(spent, kiosks, strict=True):
            one.extend([confirm(kiosk)] if turn else [])
    return spent


def bare_fsyncs_ms(folder: Path, count: int) -> float:
    """Return the median wall time of *count* fsyncs of a 4 kB write each, in one file."""
    with (folder / "bare").open("wb") as file:

        def write() -> None:
            for _ in range(count):
                file.write(bytes(4096))
                file.flush()
                os.fsync(file.fileno())

        return statistics.median(took(write).wall_ms for _ in range(TURNS))


def count_fsyncs(root: Path) -> list[int]:
    """Return how many fsyncs each of 20 confirms made, counted by strace in another process."""
    log = root / "trace"
    calls = "trace=fsync,fdatasync,sync_file_range,msync,access,faccessat,faccessat2"
    command = [sys.executable, "-m", "bench.store", "--probe", str(root / "probe")]
    subprocess.run(
        ["strace", "-f", "-qq", "-e", calls, "-o", str(log), *command],
        cwd=ROOT,
        check=True,
        timeout=300,
    )
    counts: list[int] = []
    is_inside = False
    for line in log.read_text().splitlines():
        if _MARK in line:
            is_inside = not is_inside
            counts.extend([0] if is_inside else [])
        elif is_inside and "sync" in line and "resumed" not in line:
            counts[-1] += 1
    return counts


def probe(root: Path) -> None:
    """Confirm 20 dossiers, each between two marks that strace sees."""
    with RememberingCapture() as capture:
        kiosk = make(root, capture)
        for _ in range(20):
            confirm(kiosk, lambda: os.access(_MARK, os.F_OK))
        kiosk.close()


def open_ms(kiosk: EnrolledKiosk) -> float:
    """Return the least wall time of opening the database once more.

    The least: on a machine that others keep busy a median tells of them.
    """

    def once() -> None:
        database.open(kiosk.folder.database, kiosk.keys.database_key).conn.close()

    return min(took(once).wall_ms for _ in range(TURNS))


def usable(root: Path) -> Took:
    """Return what a writer takes from its folder to all that the first screen asks for."""

    def once() -> None:
        with open_kiosk(root / "data", writing=True, keys=root / "keys") as kiosk:
            kiosk.desk.overview.queue(0)
            kiosk.desk.overview.open_prints()
            kiosk.desk.drafts.open_drafts()

    return took(once)


def first_paint(root: Path) -> Took:
    """Return how long the program takes from its start to the window's first paint."""
    environment = os.environ | {"KIOSK_KEYS": str(root / "keys"), "QT_QPA_PLATFORM": "offscreen"}
    command = [sys.executable, "main.py", "window", "--data", str(root / "data"), "--once"]

    before, wall = cpu_of_children_ms(), time.perf_counter()
    subprocess.run(command, cwd=ROOT, env=environment, check=True, timeout=120)
    return Took(cpu_ms=cpu_of_children_ms() - before, wall_ms=(time.perf_counter() - wall) * 1000)


def in_turns(measure: Callable[[Path], Took], roots: tuple[Path, Path], turns: int) -> list[Took]:
    """Return the median of each folder, taken in turns; the first turn is left out."""
    spent: tuple[list[Took], list[Took]] = ([], [])
    for turn in range(turns + 1):
        for one, root in zip(spent, roots, strict=True):
            value = measure(root)
            one.extend([value] if turn else [])
    return [median_of(one) for one in spent]


@contextmanager
def plain_store(root: Path) -> Iterator[Store]:
    """Open a store whose database is not encrypted: what the key costs is what differs."""
    with mock.patch.object(database, "_unlock", return_value=None):
        yield from _enrolled(root)


@contextmanager
def sealed_store(root: Path) -> Iterator[Store]:
    """Open a store as it is."""
    yield from _enrolled(root)


def _enrolled(root: Path) -> Iterator[Store]:
    store = open_for_writing(DataFolder(root), TestClock().read, bytes(range(32)))
    try:
        store.memory.keep_enrolment(TestCentral().enrolment())
        yield store
    finally:
        store.close()


def commits_against_plain(root: Path, commits: int = 300) -> float:
    """Return how many times longer commits take than on a plain database."""
    with plain_store(root / "plain") as plain, sealed_store(root / "sealed") as sealed:
        clerks = [Clerk(store=store, clock=TestClock()) for store in (plain, sealed)]
        spent: tuple[list[float], list[float]] = ([], [])
        for _ in range(commits):
            for one, clerk in zip(spent, clerks, strict=True):
                one.append(_commit_ms(clerk))
    return statistics.median(spent[1]) / statistics.median(spent[0])


def _commit_ms(clerk: Clerk) -> float:
    slot = clerk.store.next_slot("C0417A")
    new, at = clerk.prepare(slot)
    return took(lambda: clerk.store.commit_deposit(slot, new, at, "technician")).wall_ms


def measure(root: Path, stores: Path, sizes: list[int]) -> Iterator[Figure]:
    """Yield every figure; *sizes* are the stores, kept in *stores*, beside the empty one."""
    fsyncs = count_fsyncs(root)
    yield Figure(name="fsyncs of a confirm, median of 20", value=statistics.median(fsyncs), unit="")
    yield Figure(name="fsyncs of a confirm, most", value=max(fsyncs), unit="", limit=MAX_FSYNCS)
    with RememberingCapture() as capture:
        make(root / "unused", capture).close()
        empty = make(root / "empty", capture)
        yield Figure(
            name="opening the database, least of 40",
            value=open_ms(empty),
            unit="ms",
            limit=MAX_OPEN_MS,
        )
        alone = confirm_in_turns([empty], TURNS)[0]
        typical = median_of(alone)
        yield Figure(name="confirm, CPU", value=typical.cpu_ms, unit="ms", limit=MAX_CPU_MS)
        yield Figure(name="confirm, wall", value=typical.wall_ms, unit="ms")
        p95 = sorted(one.wall_ms for one in alone)[int(len(alone) * 0.95)]
        yield Figure(name="confirm, wall, p95", value=p95, unit="ms")
        for size in sizes:
            yield from _beside_filled(root, stores, empty, capture, size)
        empty.close()
        yield from _long_queue(root, stores, capture)
    bare = bare_fsyncs_ms(root, round(statistics.median(fsyncs)))
    yield Figure(name="as many bare fsyncs, wall", value=bare, unit="ms")
    ratio = commits_against_plain(root)
    yield Figure(name="commit, encrypted / plain SQLite", value=ratio, unit="x", limit=1.3)


def _beside_filled(
    root: Path, stores: Path, empty: EnrolledKiosk, capture: CaptureProcess, size: int
) -> Iterator[Figure]:
    filled = make(stores / str(size), capture, size)
    spent = [median_of(one) for one in confirm_in_turns([empty, filled], TURNS)]
    yield from _ratios(f"confirm, {size:,} / empty", spent, MAX_FILLED_RATIO)
    for (name, ask), (_name, ask_empty) in zip(
        asked_all_day(filled).items(), asked_all_day(empty).items(), strict=True
    ):
        for call in (ask, ask_empty):
            call()
        pair = [median_of([took(call) for _ in range(TURNS)]) for call in (ask_empty, ask)]
        yield Figure(name=f"{name}, {size:,}, CPU", value=pair[1].cpu_ms, unit="ms")
        ratio = pair[1].cpu_ms / pair[0].cpu_ms
        yield Figure(name=f"{name}, {size:,} / empty, CPU", value=ratio, unit="x")
    filled.close()
    roots = (root / "unused", stores / str(size))
    spent = in_turns(usable, roots, 15)
    yield Figure(name="start to usable, code loaded, empty, CPU", value=spent[0].cpu_ms, unit="ms")
    yield from _ratios(f"start to usable, {size:,} / empty", spent, MAX_START_RATIO)
    spent = in_turns(first_paint, roots, 5)
    yield from _ratios(f"start to first paint, {size:,} / empty", spent, MAX_START_RATIO)


def _long_queue(root: Path, stores: Path, capture: CaptureProcess) -> Iterator[Figure]:
    """Yield what a queue of 100,000 unsent deposits takes, all told by the command line."""
    make(stores / "unsent", capture, 100_000, 100_000).close()
    told = {place: told_queue(place) for place in (root / "unused", stores / "unsent")}
    (few, few_mb), (many, many_mb) = told.values()
    yield Figure(name="queue --json, empty, CPU", value=few.cpu_ms, unit="ms")
    yield Figure(name="queue --json, 100,000 unsent, CPU", value=many.cpu_ms, unit="ms")
    yield Figure(name="queue --json, empty, most memory", value=few_mb, unit="MB")
    yield Figure(name="queue --json, 100,000 unsent, most memory", value=many_mb, unit="MB")


def _ratios(name: str, spent: list[Took], limit: float) -> Iterator[Figure]:
    cpu = spent[1].cpu_ms / spent[0].cpu_ms
    yield Figure(name=f"{name}, CPU", value=cpu, unit="x", limit=limit)
    wall = spent[1].wall_ms / spent[0].wall_ms
    yield Figure(name=f"{name}, wall", value=wall, unit="x", limit=limit)


def main() -> int:
    """Print every figure; return 1 when a target is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--full", action="store_true", help="1,000,000 deposits too")
    parser.add_argument("--out", type=Path, help="write the figures as JSON")
    parser.add_argument("--stores", type=Path, help="keep filled stores there, or use those kept")
    parser.add_argument("--probe", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.probe:
        probe(options.probe)
        return 0
    figures = []
    sizes = [100_000, 1_000_000] if options.full else [100_000]
    with tempfile.TemporaryDirectory(prefix="wasl-bench-") as root:
        for figure in measure(Path(root), options.stores or Path(root), sizes):
            figures.append(figure)
            limit = f"(at most {figure.limit:g})" if figure.limit is not None else ""
            word = "" if figure.is_met else "  MISSED"
            print(f"{figure.name:56} {figure.value:8.2f} {figure.unit:2} {limit}{word}", flush=True)
    if options.out:
        rows = [{"name": one.name, "value": one.value, "limit": one.limit} for one in figures]
        options.out.write_text(json.dumps(rows, indent=1))
    return 0 if all(figure.is_met for figure in figures) else 1


if __name__ == "__main__":
    sys.exit(main())
