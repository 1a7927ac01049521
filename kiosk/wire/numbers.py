"""Whole numbers as JSON has them."""

from typing import Final

from pydantic import BeforeValidator


def _whole(value: object) -> object:
    return int(value) if isinstance(value, float) and value.is_integer() else value


WHOLE: Final = BeforeValidator(_whole)
"""JSON and its schemas know one kind of number: 7.0 is a whole one. To be read strictly, so that
true and "7" are none."""
