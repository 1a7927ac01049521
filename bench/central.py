"""Durable deposits a second of a central on PostgreSQL and S3, beside the bare stores.

``python -m bench.central [--seconds S] [--lines N] [--nodes 1 2]``

Everything runs on this machine's cores: PostgreSQL (fsync and synchronous_commit on, looked at),
SeaweedFS, the nodes, and the client. A deposit is two requests over a kept TLS connection: its
signed manifest, and the sealed bytes; it counts when its acknowledgement has come. Bare is one
committed INSERT of the same manifest and one PutObject of the same size, through the same
libraries, as many at a time.
"""

import hashlib
import itertools
import json
import os
import secrets
import statistics
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from uuid import uuid4

from sqlalchemy import Column, LargeBinary, MetaData, Table, Uuid

from bench._device import Deposit, Device, enrolled, patch
from bench._report import Figure, Report, parser_of
from bench._servers import Servers, servers
from bench._wire import Line, client_context
from central import opening
from kiosk.wire.messages import ACKNOWLEDGEMENT_HEADER

DOCUMENT_BYTES = 150_000
_BARE = Table(
    "bench_bare", MetaData(), Column("id", Uuid, primary_key=True), Column("manifest", LargeBinary)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """What was done in how long, and the CPU each party spent on it, milliseconds a deposit."""

    done: int
    wall_s: float
    cpu_ms: dict[str, float]
    median_ms: float

    @property
    def per_s(self) -> float:
        """Return how many a second."""
        return self.done / self.wall_s

    @property
    def whole_cpu_ms(self) -> float:
        """Return the CPU of all parties, milliseconds a deposit."""
        return sum(self.cpu_ms.values())


def main() -> int:
    """Print the figures."""
    parser = parser_of(__doc__)
    parser.add_argument("--seconds", type=float, default=15.0)
    parser.add_argument("--lines", type=int, default=16, help="connections at once")
    parser.add_argument("--nodes", type=int, nargs="*", default=[1, 2])
    options = parser.parse_args()
    report = Report("central", options.out)
    with servers(nodes=0) as running:
        devices = enrolled(running.database, [f"C{one:04d}" for one in range(options.lines)])
        document = secrets.token_bytes(DOCUMENT_BYTES)
        bare = bare_rate(running, devices, document, options.seconds)
        tell("bare INSERT + PutObject", bare)
        for count in options.nodes:
            while len(running.nodes) < count:
                running.start_node()
            rate = deposit_rate(running, devices, document, options.seconds)
            again = bare_rate(running, devices, document, options.seconds)
            tell(f"deposits, nodes: {count}", rate)
            tell("bare, once more", again)
            # Before and after: what others on the machine do changes in between.
            beside = (bare.per_s + again.per_s) / 2
            _add(report, f"deposits a second, nodes: {count}", rate.per_s, 100, "/s")
            _add(report, f"the same to bare, nodes: {count}", rate.per_s / beside, 0.5)
            _add(report, f"CPU of bare to ours: {count}", bare.whole_cpu_ms / rate.whole_cpu_ms)
            bare = again
    return report.finish()


def _add(
    report: Report, name: str, ours: float, limit: float | None = None, unit: str = ""
) -> None:
    report.add(Figure(name=name, ours=ours, unit=unit, limit=limit, is_more_better=True))


def deposit_rate(running: Servers, devices: list[Device], document: bytes, seconds: float) -> Rate:
    """Return how many deposits are acknowledged, one device a connection."""
    context = client_context(running.ca_file)
    ports = itertools.cycle(node.port for node in running.nodes)

    def begin(device: Device) -> Callable[[], None]:
        line = Line(context, next(ports))
        waiting = _frozen(device, document)
        return lambda: hand_in(line, device, next(waiting))

    return _measured(running, [begin(device) for device in devices], seconds)


def hand_in(line: Line, device: Device, deposit: Deposit) -> None:
    """Hand in a whole deposit.

    Raises:
        RuntimeError: It was refused, or not acknowledged.
    """
    put = line.ask(device.put(deposit))
    if put.status != 200:
        raise RuntimeError(f"PUT: {put.status} {put.body!r}")
    place = json.loads(put.body)["upload"]
    sent = line.ask(patch(place["path"], place["offset"], deposit.document))
    if ACKNOWLEDGEMENT_HEADER.lower() not in sent.headers:
        raise RuntimeError(f"PATCH: {sent.status} {sent.body!r}")


def bare_rate(running: Servers, devices: list[Device], document: bytes, seconds: float) -> Rate:
    """Return how often a manifest can be inserted and a document put, with nothing around it."""
    blobs = opening.blobs(running.place)
    manifest = devices[0].deposit(document).frozen.content
    digest = hashlib.sha256(document).digest()
    with running.database.writing() as connection:
        _BARE.create(connection, checkfirst=True)

    def once() -> None:
        one = uuid4()
        with running.database.writing() as connection:
            connection.execute(_BARE.insert().values(id=one, manifest=manifest))
        blobs.put(one, digest, iter([document]))

    return _measured(running, [once] * len(devices), seconds)


def _frozen(device: Device, document: bytes) -> Iterator[Deposit]:
    """Yield deposits, frozen beforehand in batches that a run does not see the end of."""
    ready = [_other(device, document) for _ in range(20)]
    while True:
        yield from ready
        ready = [_other(device, document) for _ in range(20)]


def _other(device: Device, document: bytes) -> Deposit:
    # Sealed bytes are never twice the same.
    return device.deposit(secrets.token_bytes(16) + document[16:])


def _measured(running: Servers, calls: list[Callable[[], None]], seconds: float) -> Rate:
    """Call each of *calls* over and over in a thread of its own, after one round to warm up."""
    taken: list[float] = []
    failed: list[BaseException] = []
    start = threading.Barrier(len(calls) + 1)
    end = [0.0]

    def loop(call: Callable[[], None]) -> None:
        try:
            call()
            start.wait()
            while (begun := time.perf_counter()) < end[0]:
                call()
                taken.append(time.perf_counter() - begun)
        except BaseException as error:  # noqa: BLE001 raised below, in the thread that waits
            failed.append(error)
            start.abort()

    threads = [threading.Thread(target=loop, args=(call,)) for call in calls]
    for thread in threads:
        thread.start()
    end[0] = time.perf_counter() + 3600
    with suppress(threading.BrokenBarrierError):  # what broke it is raised below
        start.wait()
    begun, cpu = time.perf_counter(), _cpu_s(running)
    end[0] = begun + seconds
    for thread in threads:
        thread.join()
    wall_s = time.perf_counter() - begun
    if failed:
        raise failed[0]
    spent = {name: used - cpu[name] for name, used in _cpu_s(running).items()}
    done = len(taken)
    return Rate(
        done=done,
        wall_s=wall_s,
        cpu_ms={name: used * 1000 / done for name, used in spent.items()},
        median_ms=statistics.median(taken) * 1000,
    )


def _cpu_s(running: Servers) -> dict[str, float]:
    return running.cpu_s() | {"client": time.process_time()}


def tell(name: str, rate: Rate) -> None:
    """Print one rate."""
    parts = ", ".join(f"{party} {used:.2f}" for party, used in rate.cpu_ms.items() if used > 0.005)
    print(
        f"{name:28} {rate.per_s:7.1f}/s, median {rate.median_ms:.0f} ms,"
        f" load {os.getloadavg()[0]:.1f}\n"
        f"    CPU {rate.whole_cpu_ms:.2f} ms each ({parts})",
        flush=True,
    )


if __name__ == "__main__":
    raise SystemExit(main())
