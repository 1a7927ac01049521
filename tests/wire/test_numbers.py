"""JSON has one kind of number, and true is none."""

import json
from typing import Annotated

import pytest
from pydantic import BaseModel, Field, ValidationError

from kiosk.wire.numbers import WHOLE


class _Told(BaseModel):
    days: Annotated[int, WHOLE, Field(ge=1, le=366)]


def read(value: object) -> int:
    return _Told.model_validate_json(json.dumps({"days": value}), strict=True).days


@pytest.mark.parametrize("value", [7, 7.0])
def test_seven_is_seven_however_it_is_spelled(value: float) -> None:
    assert read(value) == 7


@pytest.mark.parametrize("value", [True, "7", 7.5, 1e308, None, [7], float("inf")])
def test_what_is_no_whole_number_is_refused(value: object) -> None:
    with pytest.raises(ValidationError):
        read(value)
