"""Bodies as the models they must fit, or the places where they do not."""

from typing import TypeVar

from pydantic import BaseModel, ValidationError

from central.errors import ProblemError
from kiosk.wire.messages import ProblemType

_M = TypeVar("_M", bound=BaseModel)


def parsed(model: type[_M], body: bytes) -> _M:
    """Return *body* as *model*.

    Raises:
        ProblemError: It does not fit; places and rules are told, no value.
    """
    try:
        # JSON as the document says it: no true for a one, no "5" for a five.
        return model.model_validate_json(body, strict=True)
    except ValidationError as error:
        # A value may be somebody's, and so may the name of a field that is not known.
        rules = sorted({_rule(one["loc"], one["type"]) for one in error.errors()})
        raise ProblemError(400, ProblemType.MALFORMED, "; ".join(rules[:5])) from None


def _rule(place: tuple[int | str, ...], kind: str) -> str:
    known = (*place[:-1], "?") if kind == "extra_forbidden" else place
    return f"{'.'.join(map(str, known))}: {kind}"
