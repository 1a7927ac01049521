"""Numbers on a command line, refused in words that say what is wanted."""

import argparse
from collections.abc import Callable
from typing import TypeVar

_N = TypeVar("_N", int, float)


def number(kind: Callable[[str], _N], least: _N, most: _N) -> Callable[[str], _N]:
    """Return what reads an argument as a number from *least* to *most*."""

    def read(text: str) -> _N:
        try:
            value = kind(text)
        except ValueError:
            value = None
        if value is None or not least <= value <= most:
            raise argparse.ArgumentTypeError(f"not a number from {least:,} to {most:,}")
        return value

    return read
