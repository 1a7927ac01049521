"""The child's heap: kept between the pages of a stack, handed back once no page comes.

Each in a process of its own: what is set holds for a process to its end.
"""

import subprocess
import sys

import pytest

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="glibc's heap is the only one that is told anything"
)

_KEEPS = """
import resource, sys
from kiosk.scan.heap import keep_for_next_page

def faults():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    picture = bytearray(24 << 20)
    picture[::4096] = bytes(len(range(0, len(picture), 4096)))
    del picture
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

if "keep" in sys.argv:
    keep_for_next_page()
faults()
print(faults())
"""

_GIVES_BACK = """
import os
from pathlib import Path
from kiosk.scan import heap

def held_mb():
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGESIZE") >> 20

heap.keep_for_next_page()
heap.IDLE_S = 0.05
pieces = [bytearray(1 << 20) for _ in range(50)]
last = bytearray(1 << 20)
del pieces
kept = held_mb()
quiet, other = os.pipe()
os.write(other, b"x")
with open(quiet, "rb", buffering=0) as requests:
    heap.give_back_when_idle(requests)
    asked = held_mb()
    requests.read(1)
    heap.give_back_when_idle(requests)
    print(kept - asked, kept - held_mb())
"""


def _output_of(program: str, *arguments: str) -> str:
    command = [sys.executable, "-c", program, *arguments]
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=60)
    return done.stdout


def test_second_picture_takes_the_memory_of_the_first() -> None:
    assert int(_output_of(_KEEPS, "keep")) < 500
    assert int(_output_of(_KEEPS)) > 5000  # 24 MB in pages of 4 KB, cleared by the kernel again


def test_memory_is_given_back_only_when_no_page_comes() -> None:
    asked, idle = (int(mb) for mb in _output_of(_GIVES_BACK).split())
    assert asked < 10
    assert idle > 40
