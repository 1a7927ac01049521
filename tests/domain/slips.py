"""Slips of a hand or tongue that check digits are there to catch."""

from collections.abc import Callable, Iterator

from hypothesis import strategies as st

ANY_TEXT = st.text(st.characters())
"""Every sign there is, lone surrogates (which a command line may hold) included."""


def single_slips(text: str) -> Iterator[str]:
    """Yield *text* with one digit replaced, or two neighbours swapped."""
    for at, sign in enumerate(text):
        if sign.isdecimal():
            for other in "0123456789":
                if other != sign:
                    yield text[:at] + other + text[at + 1 :]
    for at in range(len(text) - 1):
        one, two = text[at], text[at + 1]
        if one != two:
            yield text[:at] + two + one + text[at + 2 :]


def slips_let_through(is_accepted: Callable[[str], bool], text: str) -> list[str]:
    """Return the slips of *text* that are taken for right; a good check lets none through."""
    return [slip for slip in single_slips(text) if is_accepted(slip)]
