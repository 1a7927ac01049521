"""Checks of Wasl, laid out like the program they check."""
