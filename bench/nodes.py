"""A node killed in the middle of 200 uploads: what the second node finds of each.

``python -m bench.nodes [--uploads 200]``

200 devices send a document of 150 KB each over their own TLS connection to one node, at 2G's pace
(8 KB every quarter of a second), and stop at places all over it. The node is killed (SIGKILL) with
all of them in hand; the second node, on the same PostgreSQL and S3 store, is asked how far each
came, and takes the rest. Lost is what was sent and is not found.
"""

import json
import secrets
import statistics
import time
from argparse import ArgumentParser
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from uuid import UUID

from bench._device import Deposit, Device, encoded, enrolled, patch
from bench._servers import Servers, servers
from bench._wire import Line, client_context
from central.staging_rows import RowStaging
from central.uploads import PERSIST_BYTES
from kiosk.wire.messages import ACKNOWLEDGEMENT_HEADER, TUS_VERSION

DOCUMENT_BYTES = 150_000
_BLOCK, _PAUSE_S = 8_192, 0.25
_KEPT_WITHIN_S = 10


@dataclass(slots=True, kw_only=True)
class Begun:
    """An upload under way: what was sent of it, over a connection that is still open."""

    device: Device
    deposit: Deposit
    place: str
    line: Line
    sent: int


def main() -> None:
    """Print the figures."""
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--uploads", type=int, default=200)
    options = parser.parse_args()
    with servers(nodes=2) as running:
        devices = enrolled(running.database, [f"C{one:04d}" for one in range(options.uploads)])
        with ThreadPoolExecutor(options.uploads) as pool:
            begun = list(pool.map(lambda one: _begin(running, one), enumerate(devices)))
            _wait_until_kept(running, begun)
            running.nodes[0].process.kill()
            running.nodes[0].process.wait()
            killed = time.monotonic()
            found = list(pool.map(lambda one: _go_on(running, one), begun))
            taken_s = time.monotonic() - killed
    lost = [one.sent - offset for one, offset in zip(begun, found, strict=True)]
    print(
        f"{len(begun)} uploads in hand, {min(b.sent for b in begun):,} to"
        f" {max(b.sent for b in begun):,} bytes sent"
    )
    print(
        f"lost: median {statistics.median(lost):,.0f} bytes, most {max(lost):,},"
        f" limit {PERSIST_BYTES:,}"
    )
    print(f"all {len(found)} finished by the second node in {taken_s:.1f} s")
    if not 0 <= min(lost) <= max(lost) < PERSIST_BYTES:
        raise SystemExit("a restart fell below the last persisted 32 KB")


def _begin(running: Servers, numbered: tuple[int, Device]) -> Begun:
    index, device = numbered
    deposit = device.deposit(secrets.token_bytes(DOCUMENT_BYTES))
    line = Line(client_context(running.ca_file), running.nodes[0].port)
    place = json.loads(line.ask(device.put(deposit)).body)["upload"]["path"]
    request = patch(place, 0, deposit.document)
    head = len(request) - DOCUMENT_BYTES
    # From 5 KB to nearly all, spread evenly, on no boundary of anything.
    sent = 5_000 + index * (DOCUMENT_BYTES - 10_000) // 200
    line.send(request[:head])
    for start in range(0, sent, _BLOCK):
        line.send(deposit.document[start : min(start + _BLOCK, sent)])
        time.sleep(_PAUSE_S)
    return Begun(device=device, deposit=deposit, place=place, line=line, sent=sent)


def _wait_until_kept(running: Servers, begun: Sequence[Begun]) -> None:
    """Return once the first node, which waits for more itself, has had the time to keep it all.

    Raises:
        RuntimeError: It keeps bytes in memory for longer than it may.
    """
    staging, last = RowStaging(running.database), time.monotonic() + _KEPT_WITHIN_S
    waiting = list(begun)
    while waiting := [one for one in waiting if not _is_kept(staging, one)]:
        if time.monotonic() > last:
            raise RuntimeError(f"{len(waiting)} uploads are not kept after {_KEPT_WITHIN_S} s")
        time.sleep(0.02)


def _is_kept(staging: RowStaging, one: Begun) -> bool:
    item_id = UUID(one.deposit.path.rpartition("/")[2])
    return staging.size_bytes(item_id) > one.sent - PERSIST_BYTES


def _go_on(running: Servers, begun: Begun) -> int:
    """Return the offset that the second node tells, having sent it the rest."""
    begun.line.close()
    line = Line(client_context(running.ca_file), running.nodes[1].port)
    asked = encoded("HEAD", begun.place, {"Tus-Resumable": TUS_VERSION}, b"")
    offset = int(line.ask(asked, has_body=False).headers["upload-offset"])
    done = line.ask(patch(begun.place, offset, begun.deposit.document[offset:]))
    if ACKNOWLEDGEMENT_HEADER.lower() not in done.headers:
        raise RuntimeError(f"PATCH: {done.status} {done.body!r}")
    line.close()
    return offset


if __name__ == "__main__":
    main()
