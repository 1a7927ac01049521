"""Limits of the judge: ``python -m bench._train_gate``, then by hand (docs/figures.md)."""

from typing import Final

UNREAD_ABOVE: Final = 0.24
"""Share of the writing expected to be lost to blur or too few pixels."""
SHADED_ABOVE: Final = 0.05
"""Share expected to be lost under the edge of a shadow."""
WASHED_ABOVE: Final = 0.0688
"""Share of the writing that is washed out."""
COARSE_BELOW: Final = 8.78
"""Height of the small print in page pixels, ascenders and all."""
DARK_BELOW: Final = 12.0
"""Usual light of the paper."""
