"""A narrow line that is cut again and again: ``python -m bench.line [--bytes N] [--small]``.

64 kbit/s, up to 600 ms each way, every connection reset every 20 s, through an asyncio proxy on
this machine. Beside it one ``curl -T`` of the same bytes through the same proxy, without resets.
Bytes are counted where the program hands them to the system (strace), TLS and all, and at the
proxy. And, on a good line, what a small dossier costs beside its payload; ``--small`` measures that
alone, part by part.
"""

import argparse
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from bench._apart import parts, tapped
from bench._line import handed_over, sink
from central.tls import server_context
from kiosk.link import Link
from kiosk.sync.ports import Claimed
from tests.fakes.proxy import Line, Proxy, proxied
from tests.sync.authority import make_authority
from tests.sync.items import Author
from tests.sync.real_central import RealCentral, real_central
from tests.sync.test_real_central import Kiosk, make_kiosk

_RATE = 8_000.0  # 64 kbit/s
_RESET_EVERY_S = 20.0
_SMALL = 150_000
_BESIDE, _BESIDE_NEW = 3 * 1024, 5 * 1024

MakeItem = Callable[[Author, bytes], Claimed]
DOSSIERS: dict[str, MakeItem] = {
    "one page, no hashes": Author.deposit,
    "ten pages, no hashes": lambda author, scan: author.full_deposit(scan, hashed_pages=0),
    "ten pages, five hashes": lambda author, scan: author.full_deposit(scan, hashed_pages=5),
    "ten pages, ten hashes": Author.full_deposit,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A line, and how much of curl's goodput is to be had on it."""

    one_way_s: float
    least: float
    most_bytes: float = 1.10

    @property
    def line(self) -> Line:
        """Return it without resets."""
        return Line(bytes_per_s=_RATE, one_way_s=self.one_way_s)


CASES = (
    Case(one_way_s=0.05, least=0.90),
    Case(one_way_s=0.1, least=0.90),
    # What is in the air when a long line is cut is lost on any: for these no such limit is set.
    Case(one_way_s=0.3, least=0.75, most_bytes=2.0),
    Case(one_way_s=0.6, least=0.75, most_bytes=2.0),
)


def port_of(central: RealCentral) -> int:
    """Return where a central serves."""
    return int(central.url.rpartition(":")[2])


@contextmanager
def linked(kiosk: Kiosk, port: int) -> Iterator[Link]:
    """Lead an enrolled kiosk's calls through *port*."""
    identity = kiosk.enrolled.identity(kiosk.keys.request)
    link = Link(
        outbox=kiosk.outbox,
        memory=kiosk.memory,
        identity=replace(identity, url=f"https://127.0.0.1:{port}"),
    )
    try:
        yield link
    finally:
        link.stop()


def curl_s(payload: bytes, line: Line, folder: Path) -> float:
    """Return how long one ``curl -T`` takes, in seconds."""
    file, ca = folder / "payload", folder / "ca.pem"
    file.write_bytes(payload)
    authority = make_authority()
    ca.write_text(authority.pem)
    with sink(authority.server(folder)) as port, proxied(port, line=line) as proxy:
        words = ["curl", "-sS", "--cacert", str(ca), "-H", "Expect:", "-w", "%{time_total}"]
        words += ["-T", str(file), f"https://127.0.0.1:{proxy.port}/payload"]
        said = subprocess.run(words, check=True, capture_output=True, text=True, timeout=600)
    return float(said.stdout)


def ours(kiosk: Kiosk, proxy: Proxy, payload: bytes) -> tuple[float, int | None]:
    """Return how long the kiosk takes to a verified word, and what it handed to the system."""
    item = kiosk.author.full_deposit(payload, hashed_pages=5)
    kiosk.outbox.add(item)
    with linked(kiosk, proxy.port) as link, handed_over(proxy.port) as handed:
        began = time.monotonic()
        while item.item_id not in kiosk.outbox.delivered():
            if link.sync_once(only_due=True).waiting:
                time.sleep(0.5)  # as the schedule looks again; it counts against our goodput
        took_s = time.monotonic() - began
    return took_s, handed.total


def narrow(central: RealCentral, case: Case, payload: bytes, folder: Path) -> bool:
    """Print what one narrow line gave; tell whether it is enough."""
    by_curl = curl_s(payload, case.line, folder)
    kiosk = make_kiosk(central)
    line = replace(case.line, reset_every_s=_RESET_EVERY_S)
    with proxied(port_of(central), line=line) as proxy:
        took_s, handed = ours(kiosk, proxy, payload)
        tally = proxy.tally
    kiosk.link.stop()
    ratio = (handed or tally.up) / len(payload)
    goodput = by_curl / took_s
    is_good = ratio <= case.most_bytes and goodput >= case.least
    print(
        f"64 kbit/s, {case.one_way_s * 1000:.0f} ms each way, reset every 20 s ({tally.cuts} cuts,"
        f" {tally.connections} connections): {handed} bytes handed over, {tally.up} at the proxy,"
        f" for {len(payload)}: {ratio:.3f} (at most {case.most_bytes}); {took_s:.1f} s, curl"
        f" without resets {by_curl:.1f} s: {goodput:.2f} of its goodput (at least {case.least})"
        f"{'' if is_good else '  MISSED'}"
    )
    return is_good


def small(central: RealCentral, name: str, make: MakeItem) -> bool:
    """Print what a small dossier costs on a good line, warm and on a new connection."""
    kiosk, port = make_kiosk(central), port_of(central)
    beside = {}
    with proxied(port) as proxy, linked(kiosk, proxy.port) as link:
        for connection in ("new", "warm"):
            beside[connection] = sum(_sent(kiosk, proxy, link, make))
    kiosk.link.stop()
    more = beside["new"] - beside["warm"]
    is_good = beside["warm"] <= _BESIDE and more <= _BESIDE_NEW
    print(
        f"small dossier, {name}: beside a payload of {_SMALL}: {beside['warm']} bytes both ways on"
        f" a warm connection (at most {_BESIDE}), {more} more on a new one (at most {_BESIDE_NEW})"
        f"{'' if is_good else '  MISSED'}"
    )
    return is_good


def apart(central: RealCentral, name: str, make: MakeItem) -> None:
    """Print where those bytes go on a warm connection, part by part."""
    kiosk = make_kiosk(central)
    context = server_context(central.data / "keys", "127.0.0.1")
    with (
        tapped(port_of(central), context, central.ca_file) as (port, heard),
        proxied(port) as proxy,
        linked(kiosk, proxy.port) as link,
    ):
        _sent(kiosk, proxy, link, make)
        heard.forget()
        sealed = _sent(kiosk, proxy, link, make)
    kiosk.link.stop()
    said = [len(turn) for turn in heard.turns]
    plain = (said[0] + said[2] - _SMALL, said[1] + said[3])
    print(f"small dossier, {name}, part by part:")
    for what, turn in zip(("PUT", "its answer", "PATCH", "its answer"), heard.turns, strict=True):
        print(f"  {what}: " + ", ".join(f"{part} {size}" for part, size in parts(bytes(turn))))
    up, down = (whole - bare for whole, bare in zip(sealed, plain, strict=True))
    print(f"  TLS records: {up} up, {down} down; all: {sealed[0]} up, {sealed[1]} down")


def _sent(kiosk: Kiosk, proxy: Proxy, link: Link, make: MakeItem) -> tuple[int, int]:
    """Deliver one more dossier; return the bytes beside its payload, up and down."""
    before_up, before_down = proxy.tally.up, proxy.tally.down
    kiosk.outbox.add(make(kiosk.author, secrets.token_bytes(_SMALL)))
    report = link.run_due()
    if report is None or report.sent != 1:
        raise RuntimeError("a good line delivers")
    return proxy.tally.up - before_up - _SMALL, proxy.tally.down - before_down


def main() -> int:
    """Print all of it; return 1 when something misses its target."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bytes", type=int, default=300_000)
    parser.add_argument("--case", type=int, choices=range(len(CASES)))
    parser.add_argument("--small", action="store_true", help="the good line alone, part by part")
    options = parser.parse_args()
    cases = CASES if options.case is None else CASES[options.case : options.case + 1]
    payload = secrets.token_bytes(options.bytes)
    with (
        tempfile.TemporaryDirectory(prefix="wasl-line-") as root,
        real_central(Path(root) / "central") as central,
    ):
        good = [small(central, name, make) for name, make in DOSSIERS.items()]
        if options.small:
            apart(central, "ten pages, ten hashes", Author.full_deposit)
            return 0 if all(good) else 1
        if shutil.which("curl") is None:
            print("the narrow lines: not measured, curl is missing")
            return 1
        for number, case in enumerate(cases):
            folder = Path(root) / str(number)
            folder.mkdir()
            good.append(narrow(central, case, payload, folder))
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main())
