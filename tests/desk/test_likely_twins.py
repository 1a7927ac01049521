"""The few pages of a dossier that are worth a closer look."""

import numpy as np

from kiosk.desk.likely_twins import likely_twins

PAGE, WRITING = (np.random.default_rng(seed).bytes(32).hex() for seed in (7, 8))
FAR = np.random.default_rng(9).bytes(32).hex()


def hashed(rows: list[str]) -> str:
    return f"{int(''.join(rows), 2):064x}"


def flipped(fingerprint: str, bits: int) -> str:
    chosen = np.random.default_rng(bits).permutation(256)[:bits]
    return f"{int(fingerprint, 16) ^ sum(1 << int(bit) for bit in chosen):064x}"


def test_likest_come_first_and_few_are_looked_at() -> None:
    others = [(bits, flipped(PAGE, bits) + FAR) for bits in (60, 5, 130, 30, 80, 12, 0, 70, 71)]
    assert likely_twins(PAGE + WRITING, others) == [0, 5, 12, 30, 60, 70]


def test_writing_alone_is_enough() -> None:
    others = [(1, FAR + flipped(WRITING, 20)), (2, FAR + flipped(WRITING, 120))]
    assert likely_twins(PAGE + WRITING, others) == [1]


def test_page_that_lies_otherwise_is_found() -> None:
    rows = [f"{np.random.default_rng(row).integers(1 << 16):016b}" for row in range(16)]
    turned = ["".join(column) for column in zip(*reversed(rows), strict=True)]
    upright, aside = hashed(rows) + FAR, hashed(turned) + WRITING
    assert likely_twins(upright, [("aside", aside)]) == ["aside"]
    assert likely_twins(aside, [("upright", upright)]) == ["upright"]


def test_page_of_an_earlier_version_is_like_none() -> None:
    assert likely_twins(PAGE + WRITING, [(1, PAGE[:16])]) == []
    assert likely_twins(PAGE[:16], [(1, PAGE[:16]), (2, PAGE + WRITING)]) == []
