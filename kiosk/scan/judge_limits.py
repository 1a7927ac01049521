"""Limits of the judge; written by ``python -m bench._train_gate``."""

from typing import Final

BLURRED_BELOW: Final = 0.552
"""Sharpness of the smaller writing."""
SMALL_PRINT_PX: Final = 13.0
"""Height of the small print in page pixels, below which it is too coarse."""
SHADE_BELOW: Final = 0.679
"""Light of the darkest paper against the brightest, in a shadow."""
GLARE_ABOVE: Final = 0.0028
"""Share of the writing that is washed out, times how uneven the light is."""
