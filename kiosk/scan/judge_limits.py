"""Limits of the judge; written by ``python -m bench._train_gate``."""

from typing import Final

UNREAD_ABOVE: Final = 0.1947
"""Share of the writing expected to be lost to blur or too few pixels."""
SHADED_ABOVE: Final = 0.0233
"""Share expected to be lost under the edge of a shadow."""
WASHED_ABOVE: Final = 0.058
"""Share of the writing that is washed out."""
COARSE_BELOW: Final = 8.78
"""Height of the small print in page pixels, ascenders and all."""
DARK_BELOW: Final = 12.0
"""Usual light of the paper."""
