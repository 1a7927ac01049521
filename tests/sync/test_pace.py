"""How much is handed over at once, by how fast the line takes it."""

import socket
from pathlib import Path

import pytest

from kiosk.sync.pace import Pace
from tests.fakes.proxy import Line, proxied
from tests.sync.authority import Authority
from tests.sync.conftest import Rig
from tests.sync.items import SCAN
from tests.sync.small_central import cut_after, passing, serving


def told(sent: int, spent_s: float) -> Pace:
    pace = Pace()
    pace.note(sent, spent_s)
    return pace


def test_first_bytes_say_nothing_because_buffers_take_them_on_any_line() -> None:
    assert told(16 * 1024, 0.001).bytes_per_s is None
    assert told(16 * 1024, 2.0).bytes_per_s == 8 * 1024


@pytest.mark.parametrize(
    ("bytes_per_s", "piece", "is_narrow"),
    [(4_000, 2048, True), (16_384, 4096, True), (40_000, 10_000, False), (10**9, 16_384, False)],
)
def test_record_is_what_the_line_carries_in_a_quarter_of_a_second(
    bytes_per_s: int, piece: int, is_narrow: bool
) -> None:
    pace = told(bytes_per_s * 10, 10.0)
    assert (pace.piece_bytes, pace.is_narrow) == (piece, is_narrow)


def test_narrow_line_is_given_little_to_hold_back() -> None:
    kept = {}
    for name, pace in (("wide", told(10**6, 1.0)), ("narrow", told(80_000, 10.0))):
        with socket.socket() as opened:
            pace.tune(opened)
            kept[name] = opened.getsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF)
    assert kept["narrow"] * 4 == kept["wide"] <= 64 * 1024


def test_pace_of_a_narrow_line_is_found_while_a_scan_goes(rig: Rig) -> None:
    port = int(rig.identity.url.rpartition(":")[2])
    with proxied(port, line=Line(bytes_per_s=200_000.0)) as proxy:
        link = rig.relinked(url=f"https://127.0.0.1:{proxy.port}")
        rig.put(bytes(range(256)) * 400)
        assert link.sync_once().sent == 1
    found = link.quality().goodput_bytes_per_s
    assert found is not None
    # A busy machine makes any line narrower, none wider.
    assert found < 400_000


def test_new_connection_goes_on_with_the_last_session(
    rig: Rig, authority: Authority, tmp_path: Path
) -> None:
    (tmp_path / "again").mkdir()
    context = authority.server(tmp_path / "again")
    with serving(rig.central, context) as url:
        link = rig.relinked(url=url)
        for _ in range(3):
            rig.put()
            rig.central.faults += [passing, cut_after(len(SCAN) // 2)]
            link.sync_once()
    hits = context.session_stats()["hits"]
    assert rig.central.connections == hits + 1
    assert hits > 2
