"""Kills a program at every step of taking a dossier, and tells what is found afterwards.

Run as ``python -m tests.desk.draft_kills FOLDER FIRST [--late-key]``. For every place, from the
FIRST on, where the program syncs, renames, removes, makes a folder or commits, a child of its own
is killed there (SIGKILL: a crash; it keeps what the system was given, so it says nothing about
fsync). Then the kiosk is opened again, as after any crash. One line of JSON a place:
``{"at": …, "done": …, "became": …, "broken": …}``; ``at`` is empty when nothing was killed.

``--late-key`` runs a store that deletes the draft after the deposit instead of with it.
"""

import json
import os
import shutil
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from hashlib import sha256
from itertools import count
from pathlib import Path
from typing import Any
from uuid import UUID

from kiosk.desk import Desk
from kiosk.domain.form import DepositForm
from kiosk.domain.moments import ClockReading
from kiosk.domain.views import DraftPage, PageFault
from kiosk.domain.vocabulary import PieceKind
from kiosk.scan.capture import CaptureProcess
from kiosk.scan.processed import FrameFault, ProcessedPage
from kiosk.security.keystore import DeviceKeys
from kiosk.store import database, draft_rows
from kiosk.store.deposits import NewDeposit
from kiosk.store.folder import DataFolder
from kiosk.store.numbers import Slot
from kiosk.store.store import Store, open_for_writing
from tests.desk.counter import FORM, PERSONAL, SAMPLES
from tests.enrolled import TestClock, make_desk, make_kiosk
from tests.store.faults import numbers_are_gap_free

REQUEST = UUID("0190a000-0000-7000-8000-000000000077")
TYPED = DepositForm(immatriculation=FORM.immatriculation, phone=FORM.phone)
FILES = sorted(SAMPLES.glob("*.jpg"))[:4]
MOST = 500

State = tuple[tuple[tuple[int, str, bool], ...], DepositForm, tuple[tuple[int, PieceKind], ...]]
"""Pages (id, hash of the preview, kept as it is) in order; form; marks."""


class StillCapture(CaptureProcess):
    """Gives the pages that the real pipeline made once."""

    def __init__(self, made: dict[Path, list[ProcessedPage | FrameFault]]) -> None:
        super().__init__()
        self._made = made

    def process(
        self,
        path: Path,
        source_name: str,
        *,
        quarter_turns: int | None = None,
        stop: threading.Event | None = None,
    ) -> Iterator[ProcessedPage | FrameFault]:
        """Yield the pages of a known file."""
        return iter(self._made[path])


class LateStore(Store):
    """A store as it must not be: the draft, and its key, go after the deposit."""

    def commit_deposit(self, slot: Slot, new: NewDeposit, clock: ClockReading, agent: str) -> None:
        """Commit in two transactions."""
        super().commit_deposit(slot, replace(new, draft_id=None), clock, agent)
        if new.draft_id is not None:
            with database.transaction(self.db) as connection:
                draft_rows.delete(connection, new.draft_id)


@dataclass(frozen=True, kw_only=True)
class Bench:
    """A data folder to copy for each kill, its keys, and pages to take."""

    template: Path
    keys: DeviceKeys
    capture: StillCapture
    is_late: bool

    def open(self, root: Path) -> tuple[Store, Desk]:
        """Open a copy, as a start of the program does."""
        clock = TestClock()
        store = open_for_writing(DataFolder(root), clock.read, self.keys.database_key)
        if self.is_late:
            store.__class__ = LateStore
        return store, make_desk(store, self.capture, self.keys, clock.read, clock.utc)


def steps(desk: Desk) -> Iterator[Callable[[], object]]:
    """Yield what an agent does, one call after another."""
    drafts = desk.drafts
    draft_id = drafts.begin()
    told: list[DraftPage | PageFault] = []
    marks = {1: PieceKind.FEUILLE_DE_SOINS}
    yield lambda: None
    yield lambda: drafts.note(draft_id, TYPED, {})
    yield lambda: drafts.add_pages(draft_id, FILES[0], told.append)
    yield lambda: drafts.note(draft_id, FORM, marks)
    yield lambda: drafts.add_pages(draft_id, FILES[1], told.append)
    yield lambda: drafts.add_pages(draft_id, FILES[2], told.append)
    yield lambda: drafts.replace_page(draft_id, 1, FILES[3], told.append)
    yield lambda: drafts.change_page(draft_id, 2, keep=True)
    yield lambda: drafts.drop(draft_id, 3)
    yield lambda: drafts.note(draft_id, FORM, {**marks, 2: PieceKind.ORDONNANCE})
    yield lambda: desk.deposits.confirm(draft_id, FORM, {**marks, 2: PieceKind.ORDONNANCE}, REQUEST)
    yield drafts.tidy


def state_of(desk: Desk) -> State | None:
    """Return what a start finds of the one draft; None: there is none."""
    found = desk.drafts.open_drafts()
    if not found:
        return None
    (one,) = found
    pages = []
    for page in desk.drafts.resume(one.draft_id):
        if isinstance(page, PageFault):
            raise AssertionError(f"a page that was kept is lost: {page.message}")
        is_so = page.page.original_is_so
        pages.append((page.page_id, sha256(page.preview_jpeg).hexdigest()[:16], is_so))
    return tuple(pages), one.form, tuple(sorted(one.marks.items()))


def states(bench: Bench, root: Path) -> list[State | None]:
    """Return what stands after each step when nothing goes wrong."""
    shutil.copytree(bench.template, root)
    store, desk = bench.open(root)
    after = []
    for step in steps(desk):
        step()
        after.append(state_of(desk))
    store.close()
    return after


def kill_at(bench: Bench, root: Path, place: int) -> tuple[int, str]:
    """Run the steps in a child that dies at *place*; return steps done, and the place's name.

    The name is empty when the child came to its end.
    """
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        try:
            store, desk = bench.open(root)
            _arm(store, place, writing)
            for step in steps(desk):
                step()
                os.write(writing, b"done\n")
        finally:
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading, encoding="utf-8") as pipe:
        lines = pipe.read().splitlines()
    _, status = os.waitpid(child, 0)
    was_killed = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
    names = [line for line in lines if line != "done"]
    return lines.count("done"), names[-1] if was_killed else ""


def _arm(store: Store, place: int, told: int) -> None:
    """Kill this process before the *place*-th thing it does to the disk."""
    passed = count(1)
    fsync = os.fsync
    watched = {"os.rename", "os.remove", "os.mkdir", "os.rmdir"}

    def pass_by(name: str) -> None:
        if next(passed) == place:
            os.write(told, f"{name}\n".encode())
            os.kill(os.getpid(), signal.SIGKILL)

    def watched_fsync(fd: Any) -> None:
        pass_by("fsync")
        fsync(fd)

    def on_audit(event: str, _: object) -> None:
        if event in watched:
            pass_by(event)

    def on_statement(statement: str) -> None:
        if statement.startswith(("COMMIT", "PRAGMA wal_checkpoint")):
            pass_by(statement.split("(")[0])

    os.fsync = watched_fsync
    sys.addaudithook(on_audit)
    store.db.conn.set_trace_callback(on_statement)


def judge(bench: Bench, root: Path, done: int, after: list[State | None]) -> tuple[str, str]:
    """Return what the dossier became, and what is broken about it; empty: nothing."""
    for file in root.rglob("*"):
        if file.is_file() and any(word.encode() in file.read_bytes() for word in PERSONAL):
            return "", f"{file.name} can be read"
    store, desk = bench.open(root)
    try:
        return _judge_open(store, desk, done, after)
    except AssertionError as error:
        return "", str(error)
    finally:
        store.close()


def _judge_open(store: Store, desk: Desk, done: int, after: list[State | None]) -> tuple[str, str]:
    made, state = desk.deposits.made_by(REQUEST), state_of(desk)
    confirming = len(after) - 2  # the step before the last
    if made is not None:
        if state is not None:
            return "both", "the draft stands beside its deposit"
        if done < confirming:
            return "deposit", "deposited before it was confirmed"
    else:
        if done > confirming:
            return "nothing", "a deposit that was answered is gone"
        allowed = [None if done <= 1 else after[done - 1], after[done - 1] if done else None]
        allowed.append(after[done] if done < confirming else after[confirming - 1])
        if state not in allowed:
            return "draft", f"neither as after step {done} nor as after the next"
    became = "deposit" if made else "draft" if state else "nothing"
    if state is not None and state[0]:
        (found,) = desk.drafts.open_drafts()
        answer = desk.deposits.confirm(found.draft_id, FORM, found.marks, REQUEST)
        desk.drafts.tidy()
        if answer.page_count != len(state[0]):
            return became, "deposited with another number of pages"
        if desk.drafts.open_drafts() or len(desk.overview.queue().rows) != 1:
            return became, "not deposited exactly once"
        if list(store.folder.drafts.iterdir()):
            return became, "pages of a deposited draft are left"
    if not numbers_are_gap_free_or_none(store):
        return became, "numbers are missing or repeated"
    return became, ""


def numbers_are_gap_free_or_none(store: Store) -> bool:
    """Tell whether the numbers are 1, 2, 3 …, or none was given yet."""
    (rows,) = store.db.conn.execute("SELECT count(*) FROM deposits").fetchone()
    return rows == 0 or numbers_are_gap_free(store)


def main(root: Path, first: int, *, is_late: bool) -> None:
    """Kill at one place after another until a child comes to its end."""
    with CaptureProcess() as capture:
        made = {file: list(capture.process(file, str(file))) for file in FILES}
        kiosk = make_kiosk(root / "template", capture)
        kiosk.close()
    bench = Bench(
        template=root / "template",
        keys=kiosk.keys,
        capture=StillCapture(made),
        is_late=is_late,
    )
    after = states(bench, root / "whole")
    for place in range(first, MOST):
        copy = root / str(place)
        shutil.copytree(bench.template, copy)
        done, name = kill_at(bench, copy, place)
        became, broken = judge(bench, copy, done, after)
        line = {"at": name, "done": done, "became": became, "broken": broken}
        print(json.dumps(line), flush=True)
        shutil.rmtree(copy)
        if not name:
            return


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), is_late="--late-key" in sys.argv)
