"""CBOR from outside: every way it can be wrong has one name, and a field has exactly its type."""

import io
from typing import TypeVar

import cbor2

from kiosk.wire.errors import MalformedMessageError

_T = TypeVar("_T")
# Found by feeding cbor2 spoiled bytes: its tags (decimals, big floats, day counts, shared values)
# let errors of the standard library through besides its own.
_UNDECODABLE = (
    cbor2.CBORError,
    ArithmeticError,
    AssertionError,
    LookupError,
    RuntimeError,
    TypeError,
    ValueError,
)


def decode(raw: bytes) -> object:
    """Return what *raw* holds; the caller bounds its length.

    Raises:
        MalformedMessageError: Not CBOR, or more than one item: what follows would be unsigned.
    """
    source = io.BytesIO(raw)
    try:
        value: object = cbor2.CBORDecoder(source).decode()
    except _UNDECODABLE as error:
        raise MalformedMessageError("not CBOR") from error
    if source.tell() != len(raw):
        raise MalformedMessageError("bytes after the end of a message")
    return value


def decode_map(raw: bytes) -> dict[object, object]:
    """Return the map that *raw* holds; the caller bounds its length.

    Raises:
        MalformedMessageError: Not CBOR, or no map.
    """
    return exactly(dict, decode(raw))


def exactly(kind: type[_T], value: object) -> _T:
    """Return *value* if it is a *kind*.

    Nothing is converted: ``bytes(n)`` of a number would fill the memory.

    Raises:
        MalformedMessageError: It is something else, a subclass (a truth value for a number)
            included.
    """
    if type(value) is not kind:
        raise MalformedMessageError(f"a field is no {kind.__name__}")
    return value
