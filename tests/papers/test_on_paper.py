"""A receipt through the network driver, read back by a printer that shares no code with it."""

import numpy as np

from kiosk.papers.draw import draw
from kiosk.papers.paper import ROLL_58, ROLL_80, Paper
from kiosk.papers.receipt import receipt
from kiosk.papers.talon import talon
from printers.base import open_printer
from tests.fakes.escpos_reader import Slip, escpos_reader
from tests.papers.reading import Grey, codes_in, photograph
from tests.papers.samples import QR_TEXT, receipt_facts, talon_facts


def picture(slip: Slip) -> Grey:
    """Return what lies under the cutter, 0 is black; fed paper is white."""
    full = [row or [0] * slip.width for row in slip.rows]
    return ((1 - np.array(full, dtype=np.uint8)) * 255).astype(np.uint8)


def printed(paper: Paper, paper_mm: int) -> list[Slip]:
    with escpos_reader() as reader:
        printer = open_printer(f"escpos://127.0.0.1:{reader.port}?paper_mm={paper_mm}")
        printer.print(draw(receipt(receipt_facts()), paper))
        printer.print(draw(talon(talon_facts()), paper))
        assert reader.strange == b""
        return reader.slips


def test_receipt_and_talon_come_out_of_an_80_mm_printer() -> None:
    first, second = printed(ROLL_80, 80)
    assert first.width == 576
    assert codes_in(photograph(picture(first), 203)) == [QR_TEXT]
    assert codes_in(photograph(picture(second), 203)) == [talon_facts().qr_text]


def test_receipt_and_talon_come_out_of_a_58_mm_printer() -> None:
    first, second = printed(ROLL_58, 58)
    assert first.width == 384
    assert codes_in(photograph(picture(first), 203)) == [QR_TEXT]
    assert codes_in(photograph(picture(second), 203)) == [talon_facts().qr_text]


def test_paper_is_fed_past_the_cutter() -> None:
    """The cutter sits above the head: without feeding it would cut through the last lines."""
    first, _ = printed(ROLL_80, 80)
    fed = 0
    while not first.rows[-1 - fed]:
        fed += 1
    assert fed >= 100
