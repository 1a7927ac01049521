"""All 2,155 devices against one and two nodes: a national day, and the morning after an outage.

``python -m bench.fleet [--share 0.1] [--nodes 1 2] [--document-bytes 2048] [--busiest 70] [day]
[outage]``

Real: every device has its own keys, its own kept TLS connection and signs each request; nodes,
PostgreSQL (durable) and SeaweedFS run beside on the same cores, and so do the devices. Scaled:
documents are 2 KB instead of 150 KB (``bench.central`` measures those), *share* of the devices
come, and the eight hours of the day are compressed to as long as the machine needs at 70 % of what
it just did in the outage, or with ``--busiest 70`` so that its busiest hour brings 70 a second
(the country's brings 5). Nobody gives up, and whoever is told to wait waits as long as it says.
"""

import os
import random
import statistics
import threading
from argparse import ArgumentParser, Namespace
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import func, select

from bench._crowd import Came, Task, crowd
from bench._device import Device, enrolled
from bench._servers import Servers, servers
from central.schema import items

DEVICES = 2_155
A_DAY = 51
"""Dossiers of a device a day: 110,000 in the country."""
_ARRIVE_S = 20.0
"""Within how long the devices come back: lines do not return in one moment everywhere."""
_HOURS = (6, 14, 17, 15, 9, 12, 16, 11)
"""Share of a day's dossiers in each hour from 8 to 16, percent: two humps, one before noon."""


def main() -> None:
    """Print the figures."""
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("scenes", nargs="*", default=["outage", "day"])
    parser.add_argument("--share", type=float, default=0.1)
    parser.add_argument("--deposits", type=int, default=A_DAY, help="of each device")
    parser.add_argument("--nodes", type=int, nargs="*", default=[1, 2])
    parser.add_argument("--document-bytes", type=int, default=2_048)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--busiest", type=float, help="deposits a second of the busiest hour")
    options = parser.parse_args()
    count = round(DEVICES * options.share)
    for nodes in options.nodes:
        with servers(nodes) as running:
            per_s = 70.0
            if "outage" in options.scenes:
                devices = enrolled(running.database, _points(count, "CBH"))
                per_s = _outage(running, devices, options)
            if "day" in options.scenes:
                devices = enrolled(running.database, _points(count, "AM"))
                _day(running, devices, options, options.busiest or per_s * 0.7)


def _outage(running: Servers, devices: list[Device], options: Namespace) -> float:
    """Let everybody come back with a day's dossiers; return how many a second were taken."""
    chance = random.Random(1)  # noqa: S311 the same morning each time
    arrivals = [(chance.uniform(0, _ARRIVE_S),) * options.deposits for _ in devices]
    came = _ran(running, "outage morning", _tasks(running, devices, arrivals, options), options)
    # From when a device was back until it had nothing left.
    _tell_spread("from back to nothing left", [told.late_s for told in came.told])
    return sum(told.acknowledged for told in came.told) / came.wall_s


def _day(running: Servers, devices: list[Device], options: Namespace, peak_per_s: float) -> None:
    """Let dossiers come as the hours bring them, *peak_per_s* of them in the busiest hour."""
    chance = random.Random(2)  # noqa: S311 the same day each time
    busiest = max(_HOURS) * len(_HOURS) / sum(_HOURS)
    length_s = len(devices) * options.deposits / peak_per_s * busiest
    arrivals = [
        tuple(sorted(_moment(chance) * length_s for _ in range(options.deposits))) for _ in devices
    ]
    name = f"national day in {length_s:.0f} s ({8 * 3600 / length_s:.0f} times as fast)"
    came = _ran(running, name, _tasks(running, devices, arrivals, options), options)
    _tell_spread("slowest deposit of a device", [told.late_s for told in came.told])


def _tasks(
    running: Servers, devices: list[Device], arrivals: list[tuple[float, ...]], options: Namespace
) -> list[Task]:
    ports = [node.port for node in running.nodes]
    return [
        Task(
            device=device,
            port=ports[index % len(ports)],
            at_s=at_s,
            document_bytes=options.document_bytes,
        )
        for index, (device, at_s) in enumerate(zip(devices, arrivals, strict=True))
    ]


def _ran(running: Servers, name: str, tasks: list[Task], options: Namespace) -> Came:
    before, cpu, load = _held(running), running.cpu_s(), os.getloadavg()[0]
    with _watching(running) as watch:
        came = crowd(tasks, running.ca_file, options.processes)
    spent = {party: used - cpu[party] for party, used in running.cpu_s().items()}
    spent["devices"] = came.cpu_s
    expected = sum(len(task.at_s) for task in tasks)
    acknowledged = sum(told.acknowledged for told in came.told)
    held = _held(running) - before
    waits: Counter[int] = Counter()
    for told in came.told:
        waits.update(told.waits)
    nodes = len(running.nodes)
    print(f"\n{name}: {len(tasks)} devices, {nodes} node{'s' * (nodes > 1)}, load {load:.1f}")
    print(f"  deposits {expected}, acknowledged {acknowledged}, held by the central {held}")
    print(
        f"  {came.wall_s:.0f} s, {acknowledged / came.wall_s:.0f}/s; CPU each: "
        + ", ".join(f"{party} {used * 1000 / expected:.2f} ms" for party, used in spent.items())
    )
    print(f"  told to wait: {dict(waits) or 'never'}; lines cut: {sum(t.cut for t in came.told)}")
    print("  most of one node: " + ", ".join(f"{k} {v:.0f}" for k, v in watch.items()), flush=True)
    if not expected == acknowledged == held:
        raise SystemExit("a deposit was lost")
    return came


def _tell_spread(what: str, spans: list[float]) -> None:
    median, slowest = statistics.median(spans), max(spans)
    print(f"  {what}: median {median:.2f} s, slowest {slowest:.2f} s, {slowest / median:.2f} times")


def _held(running: Servers) -> int:
    with running.database.reading() as connection:
        acknowledged = items.c.acknowledgement.is_not(None)
        return connection.scalar(select(func.count()).select_from(items).where(acknowledged)) or 0


@contextmanager
def _watching(running: Servers) -> Iterator[dict[str, float]]:
    most: dict[str, float] = {}
    is_over = threading.Event()

    def look() -> None:
        while not is_over.wait(0.2):
            for node in running.nodes:
                for name, value in node.usage().items():
                    most[name] = max(most.get(name, 0), value)

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield most
    finally:
        is_over.set()
        thread.join()


def _moment(chance: random.Random) -> float:
    """Return when in the day a dossier is confirmed, from 0 to 1."""
    (hour,) = chance.choices(range(len(_HOURS)), _HOURS)
    return (hour + chance.random()) / len(_HOURS)


def _points(count: int, networks: str) -> list[str]:
    of = len(networks)
    return [f"{networks[one % of]}{one // of + 1:04d}" for one in range(count)]


if __name__ == "__main__":
    main()
