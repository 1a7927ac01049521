"""A day's dossiers onto a stick and into the central, beside plain copies of the same bytes.

``python -m bench.courier [COUNT]``: COUNT bundles of 150 KB (default 200) are exported; the peer
copies the same files, each fsynced, and reads each back, which is what a verified copy needs. Then
the central takes the stick in; the peer there verifies hash and signature and opens the manifest of
each, and writes and fsyncs its document: the least that intake must do.
"""

import logging
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import pyrage
import structlog

from central import opening
from central.courier import Reception
from central.identities import intake_identities
from central.opening import Place
from kiosk.wire import stick
from kiosk.wire.bundles import check_open, read_open
from kiosk.wire.courier import FOLDER
from tests.central.parcels import deposit_parcel
from tests.central.running import Central, in_thread

_BYTES = 150_000


def main(count: int) -> None:
    """Measure and print."""
    # The central logs each request, which would be measured too.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    with tempfile.TemporaryDirectory(prefix="wasl-bench-") as name:
        root = Path(name)
        with in_thread(root / "central") as central:
            made = _made(central, root / "source", count)
        place = Place(data=root / "central")
        exported = _took(lambda: _verified_copies(made, root / "stick" / FOLDER))
        copied = _took(lambda: _plain_copies(made, root / "plain"))
        taken = _took(lambda: _take_in(place, root / "stick", count))
        least = _took(lambda: _least(place, made, root / "least"))
    _say("onto the stick, written, synced, read back", exported, "cp, fsync, read back", copied)
    _say("into the central, held and acknowledged", taken, "open, check, write, fsync", least)


def _made(central: Central, folder: Path, count: int) -> list[Path]:
    client = central.client()
    client.enrol(central.code("C0417"))
    folder.mkdir()
    made = []
    for _ in range(count):
        one = deposit_parcel(central, client, _BYTES)
        file = folder / f"{one.item_id}.wasl"
        file.write_bytes(one.content())
        made.append(file)
    client.close()
    return made


def _verified_copies(made: list[Path], folder: Path) -> None:
    folder.mkdir(parents=True)
    for file in made:
        with file.open("rb") as source:
            check_open(source)
            source.seek(0)
            stick.write_verified(folder / file.name, iter(lambda: source.read(256 * 1024), b""))


def _plain_copies(made: list[Path], folder: Path) -> None:
    folder.mkdir()
    for file in made:
        with (folder / file.name).open("wb") as out:
            out.write(file.read_bytes())
            out.flush()
            os.fsync(out.fileno())
        (folder / file.name).read_bytes()


def _take_in(place: Place, at: Path, count: int) -> None:
    database = opening.existing(place)
    services = opening.services(place, database)
    taken = Reception(services, intake_identities(place.data, None), stick.look(at)).take_in()
    database.close()
    if taken.new != count or taken.refused:
        raise SystemExit(f"taken in: {taken.new} of {count}, refused: {len(taken.refused)}")


def _least(place: Place, made: list[Path], folder: Path) -> None:
    identities = list(intake_identities(place.data, None))
    folder.mkdir()
    for file in made:
        with file.open("rb") as source:
            header = check_open(source)
            pyrage.decrypt(header.sealed_manifest, identities)
            with (folder / file.name).open("wb") as out:
                out.writelines(read_open(source))
                out.flush()
                os.fsync(out.fileno())


def _took(act: Callable[[], None]) -> tuple[float, float]:
    wall, cpu = time.perf_counter(), time.process_time()
    act()
    return time.perf_counter() - wall, time.process_time() - cpu


def _say(ours: str, took: tuple[float, float], peer: str, other: tuple[float, float]) -> None:
    print(
        f"{ours}: {took[0]:.2f} s, {took[1]:.2f} s of CPU; {peer}: {other[0]:.2f} s,"
        f" {other[1]:.2f} s of CPU; ratio {took[0] / other[0]:.2f}, of CPU {took[1] / other[1]:.2f}"
    )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 200)
