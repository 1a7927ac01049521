"""The QR matrix."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.papers import qr
from tests.papers.reading import codes_in, photograph
from tests.papers.samples import QR_TEXT

ALPHANUMERIC = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"


def painted(text: str, module: int, quiet: int) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    """Paint a code by hand, as a careless drawer might."""
    modules = np.array(qr.matrix(text), dtype=np.uint8)
    grey = np.pad((1 - modules) * 255, quiet, constant_values=255)
    return np.kron(grey, np.ones((module, module), np.uint8))


@given(st.text(ALPHANUMERIC, min_size=1, max_size=qr.MAX_TEXT))
def test_every_text_reads_back(text: str) -> None:
    assert codes_in(painted(text, 4, qr.QUIET_MODULES)) == [text]


@pytest.mark.parametrize("text", ["", "https://wasl.invalid", "É", "A\n", "A" * 901])
def test_text_outside_the_alphanumeric_mode_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="QR text"):
        qr.matrix(text)


def test_receipts_code_is_as_small_as_alphanumeric_mode_makes_it() -> None:
    """375 characters in byte mode would need version 14 (73 modules) at correction M."""
    assert len(qr.matrix(QR_TEXT)) == 65


def test_code_as_drawn_survives_a_photograph() -> None:
    assert codes_in(photograph(painted(QR_TEXT, 4, qr.QUIET_MODULES), 203)) == [QR_TEXT]


def test_code_of_one_dot_a_module_is_caught_by_the_reader() -> None:
    assert codes_in(photograph(painted(QR_TEXT, 1, qr.QUIET_MODULES), 203)) == []


def test_code_without_its_quiet_zone_is_caught_by_the_reader() -> None:
    assert codes_in(photograph(painted(QR_TEXT, 4, 0), 203)) == []
