"""What is asked of a kiosk all day long."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

from bench._took import Took
from kiosk.sync.ports import ManifestThere
from tests.desk.counter import FORM
from tests.enrolled import EnrolledKiosk

ROOT = Path(__file__).resolve().parents[1]
_SMALL_PARENT = """
import resource, subprocess, sys
code = subprocess.call(sys.argv[1:])
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print((used.ru_utime + used.ru_stime) * 1000, used.ru_maxrss / 1024, file=sys.stderr)
sys.exit(code)
"""


def asked_all_day(kiosk: EnrolledKiosk) -> dict[str, Callable[[], object]]:
    """Return what is asked of a kiosk all day long, by name."""
    number = kiosk.desk.overview.queue().rows[0].receipt_number
    kiosk.store.memory.keep_time(datetime(2001, 1, 1, tzinfo=UTC))  # nothing is due
    overview, day = kiosk.desk.overview, date(2001, 1, 1)  # nobody of the bench
    outbox, now = kiosk.store.outbox, datetime.now(UTC)

    def claim() -> None:
        item = outbox.claim(now=now, only_due=False, passed=())
        if item is not None:
            outbox.settle(item.item_id, ManifestThere())

    return {
        "a look at the queue": overview.queue,
        "find by number": lambda: overview.find(number),
        "find by person and day": lambda: overview.find_person(FORM.immatriculation, day),
        "receipt show": lambda: overview.row(number),
        "claim and settle": claim,
        "retention, nothing due": kiosk.store.retention.run,
        "counts of the shift": kiosk.desk.shifts.counts,
    }


def told_queue(root: Path) -> tuple[Took, float]:
    """Return what ``queue --json`` took, and the most memory it held in MB."""
    environment = os.environ | {"KIOSK_KEYS": str(root / "keys")}
    command = [sys.executable, "main.py", "queue", "--json", "--data", str(root / "data")]
    # A child begins with the memory its parent has: the one that is measured gets a small parent.
    wall = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", _SMALL_PARENT, *command],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        check=True,
        timeout=300,
    )
    spent = Took(wall_ms=(time.perf_counter() - wall) * 1000, cpu_ms=float(done.stderr.split()[-2]))
    rows = len(json.loads(done.stdout)["deposits"])
    if rows not in {0, 100_000}:
        raise RuntimeError(f"the queue told {rows} deposits")
    return spent, float(done.stderr.split()[-1])
