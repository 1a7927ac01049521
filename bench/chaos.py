"""Kiosk and central killed at random on a line that cuts at random: ``python -m bench.chaos``.

Both are the real programs, with real disks. Lives end by ``kill -9``, by bytes on the line; the
line resets, truncates and delays. In the end both data folders are compared byte by byte.
"""

import argparse
import sys
import tempfile
import time
from pathlib import Path

from bench._took import cpu_of_children_ms
from tests.e2e.chaos.harness import Chaos, Plan, nursery


def main() -> int:
    """Print what a run found; return 1 when anything is missing, twice there or changed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--deposits", type=int, default=500)
    parser.add_argument("--kills", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    plan = Plan(
        deposits=options.deposits,
        kills=options.kills,
        # So that the last life is killed while there is still something to send.
        kill_every=max(20_000, options.deposits * 32_000 // options.kills),
        seed=options.seed,
        limit_s=1800,
    )
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="wasl-chaos-") as root, nursery() as lives:
        found = Chaos(lives, Path(root), plan).run()
    print(
        f"{found.deposits} deposits, {found.at_central} at the central, byte-equal;"
        f" kill -9: {found.kiosk_kills} kiosks, {found.central_kills} centrals;"
        f" {found.connections} connections, {found.cuts} cut;"
        f" {found.up:,} bytes up for {found.payload:,} of scans;"
        f" {time.monotonic() - began:.0f} s, {cpu_of_children_ms() / 1000:.0f} s of CPU"
    )
    for fault in found.faults:
        print(f"FAILED: {fault}")
    return 1 if found.faults else 0


if __name__ == "__main__":
    sys.exit(main())
