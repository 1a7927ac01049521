"""What a trust list costs a kiosk: one device's news, and the first whole list on a narrow line.

``python -m bench.trust [DEVICES]``: a real central that knows DEVICES devices (2,155), a real kiosk
with its store, and a proxy between them that counts. The peer is the same kiosk asking as kiosks
did before lists came in parts: it gets the same list whole. The narrow line has 32 kbit/s and
100 ms each way, and is cut every 20 s; the kiosk syncs again at once, in a new start each time.
"""

import logging
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import structlog

from bench._device import enrolled
from central import registry, trust_lists
from kiosk.app import Kiosk, identity_of, open_kiosk
from kiosk.link import Link
from kiosk.wire.trust_parts import unpack_part
from tests.central.running import Central, in_thread
from tests.e2e.commands import run
from tests.fakes.proxy import Line, Proxy, kind_fates, proxied

_NARROW = Line(bytes_per_s=4000, one_way_s=0.1, reset_every_s=20)
_MOST_SYNCS = 40


def main(devices: int) -> None:
    """Measure and print."""
    # The central logs each request, which would be measured too.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    with tempfile.TemporaryDirectory(prefix="wasl-bench-") as name:
        root = Path(name)
        os.environ["KIOSK_KEYS"] = str(root / "keys")
        with in_thread(root / "central") as central:
            enrolled(central.services.database, [f"C{n:04d}" for n in range(devices)])
            port = int(central.url.rpartition(":")[2])
            with proxied(port) as proxy:
                _enrol(central, root / "near", proxy, "H0001")
                with open_kiosk(root / "near", writing=True) as kiosk:
                    _news(central, kiosk, proxy)
            with proxied(port, line=_NARROW) as proxy:
                _first(central, root / "far", proxy)
            _made(central)


def _enrol(central: Central, data: Path, proxy: Proxy, point: str) -> int:
    place = ("--central", f"https://127.0.0.1:{proxy.port}", "--ca", central.ca_file)
    return run("enrol", central.code(point), *place, "--data", data).exit_code


def _news(central: Central, kiosk: Kiosk, proxy: Proxy) -> None:
    identity = identity_of(kiosk.store.memory.enrolment(), kiosk.keys.request_key)
    before = Link(outbox=kiosk.store.outbox, memory=kiosk.store.memory, identity=identity)
    for point, link in enumerate((kiosk.link, before, kiosk.link, before), start=2):
        link.fetch_updates()  # connected, and up to date
        quiet = _carried(proxy, link.fetch_updates)
        enrolled(central.services.database, [f"H{point:04d}"])
        news = _carried(proxy, link.fetch_updates)
        how = "in parts" if link is kiosk.link else "as before"
        print(f"one enrolment, {how}: {news} bytes both ways; {quiet} where nothing is new")
        if kiosk.store.memory.trust_list().version != _version(central):
            raise RuntimeError("the kiosk's list is not the central's")
    with central.services.database.writing() as connection:
        registry.revoke(connection, "H0002A", central.services.now())
    print(f"one revocation, in parts: {_carried(proxy, kiosk.link.fetch_updates)} bytes")
    before.stop()


def _first(central: Central, data: Path, proxy: Proxy) -> None:
    began, version, tries = time.monotonic(), _version(central), 1
    while _enrol(central, data, proxy, "H0900") != 0:
        tries += 1
    took = time.monotonic() - began
    print(f"enrolled at 32 kbit/s: {took:.1f} s, {proxy.tally.down} bytes down, {tries} tries")
    began, down, cuts, syncs = time.monotonic(), proxy.tally.down, proxy.tally.cuts, 0
    listed = 0
    while listed <= version and syncs < _MOST_SYNCS:
        run("sync", "--data", data)
        syncs += 1
        with open_kiosk(data, writing=False) as kiosk:
            listed = kiosk.store.memory.trust_list().version
    print(
        f"whole list at 32 kbit/s, cut every 20 s: {time.monotonic() - began:.1f} s,"
        f" {proxy.tally.down - down} bytes down, {proxy.tally.cuts - cuts} cuts, {syncs} syncs"
    )
    if listed <= version:
        raise RuntimeError("the list did not come")
    proxy.treat(kind_fates(), Line())


def _made(central: Central) -> None:
    keys = central.services.keys
    with central.services.database.reading() as connection:
        made_s = _cpu(lambda: trust_lists.read(connection, keys))
        lists = trust_lists.TrustLists()
        listed = lists.current(connection, keys)
        packed_s = _cpu(lambda: listed._part(listed.version - 1))
        told_s = _cpu(lambda: lists.current(connection, keys).part(listed.version - 1))
    packed, after = 0, 0
    while (part := unpack_part(listed.part(after))).signature is None:
        packed, after = packed + len(listed.part(after)), part.upto
    packed += len(listed.part(after))
    print(f"the list: {len(listed.signed)} letters whole, {packed} bytes in parts")
    print(
        f"central's CPU: {made_s * 1e3:.0f} ms to make and sign a version, {packed_s * 1e3:.1f} ms"
        f" for a part, {told_s * 1e3:.2f} ms for each call after that"
    )


def _version(central: Central) -> int:
    with central.services.database.reading() as connection:
        return trust_lists.trust_version(connection)


def _carried(proxy: Proxy, act: Callable[[], object]) -> int:
    before = proxy.tally.up + proxy.tally.down
    act()
    return proxy.tally.up + proxy.tally.down - before


def _cpu(act: Callable[[], object], times: int = 5) -> float:
    found = []
    for _ in range(times):
        began = time.process_time()
        act()
        found.append(time.process_time() - began)
    return min(found)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 2_155)
