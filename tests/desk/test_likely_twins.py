"""The few pages of a dossier that are worth a closer look."""

import numpy as np

from kiosk.desk.likely_twins import likely_twins


def cells(rows: list[str]) -> str:
    return f"{int(''.join(rows), 2):064x}"


def flipped(fingerprint: str, bits: int) -> str:
    chosen = np.random.default_rng(bits).permutation(256)[:bits]
    return f"{int(fingerprint, 16) ^ sum(1 << int(bit) for bit in chosen):064x}"


PAGE = np.random.default_rng(7).bytes(32).hex()


def test_likest_come_first_and_few_are_looked_at() -> None:
    others = [(bits, flipped(PAGE, bits)) for bits in (60, 5, 130, 30, 80, 12, 0)]
    assert likely_twins(PAGE, others) == [0, 5, 12, 30]


def test_page_that_lies_otherwise_is_found() -> None:
    rows = [f"{np.random.default_rng(row).integers(1 << 16):016b}" for row in range(16)]
    turned = ["".join(column) for column in zip(*reversed(rows), strict=True)]
    assert likely_twins(cells(rows), [("turned", cells(turned))]) == ["turned"]
    back = likely_twins(cells(turned), [("upright", cells(rows))])
    assert back == ["upright"]


def test_page_of_an_earlier_version_is_like_none() -> None:
    assert likely_twins(PAGE, [(1, PAGE[:16])]) == []
    assert likely_twins(PAGE[:16], [(1, PAGE[:16]), (2, PAGE)]) == []
