"""Bringing deposits to the central, over any line. Knows no store: it speaks to ports."""
