"""After a whole deposit nothing of it can be read: in the data folder, in /tmp, in file names."""

import math
import tempfile
from collections import Counter
from pathlib import Path

import pytest

from tests.desk.counter import FORM_PAGE, ORDONNANCE, PERSONAL
from tests.desk.counter import Counter as Agent

MARKS = (b"%PDF-", b"\xff\xd8\xff\xe0", b"\x89PNG\r\n", b"JFIF", b"SQLite format 3", b"/Type/Page")
_BLOCK = 4096
# A page of ciphertext has 7.9 bits a byte and more; text and pictures' headers far less.
_LEAST_BITS = 7.5


def bits_a_byte(block: bytes) -> float:
    """Return the entropy of a block's bytes."""
    total = len(block)
    return -sum(n / total * math.log2(n / total) for n in Counter(block).values())


def readable(folder: Path) -> list[str]:
    """Return what can be read in a folder: personal texts, marks of files, dull blocks."""
    found = []
    for file in sorted(one for one in folder.rglob("*") if one.is_file()):
        content = file.read_bytes()
        name = file.relative_to(folder).as_posix()
        for text in PERSONAL:
            if text.encode() in content or text in name:
                found.append(f"{name}: {text}")
        found += [f"{name}: {mark!r}" for mark in MARKS if mark in content]
        if file.suffix == ".db":
            blocks = (content[at : at + _BLOCK] for at in range(0, len(content), _BLOCK))
            found += [f"{name}: low entropy" for one in blocks if bits_a_byte(one) < _LEAST_BITS]
    return found


def in_temp() -> set[Path]:
    return set(Path(tempfile.gettempdir()).iterdir())


def test_nothing_of_a_deposit_can_be_read(agent: Agent) -> None:
    before = in_temp()
    answer = agent.deposit(FORM_PAGE, ORDONNANCE, FORM_PAGE)
    folder = agent.kiosk.folder.root
    assert readable(folder) == []
    agent.desk.papers.picture(answer.receipt_number)
    agent.kiosk.store.close()
    assert readable(folder) == []
    new = [one for one in in_temp() - before if one.is_dir() and "wasl" in one.name]
    assert [found for one in new for found in readable(one)] == []


@pytest.mark.parametrize("content", [PERSONAL[0].encode(), b"%PDF-1.7", b"\xff\xd8\xff\xe0"])
def test_check_sees_what_can_be_read(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.bin").write_bytes(content)
    assert readable(tmp_path)
    (tmp_path / "x.bin").unlink()
    (tmp_path / "wasl.db").write_bytes(b"name, number, " * 600)
    assert readable(tmp_path)


@pytest.fixture
def agent(counter: Agent) -> Agent:
    return counter
