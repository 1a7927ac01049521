"""The port by which accepted dossiers leave for the insurer's own system."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import BinaryIO, ClassVar, Protocol

from kiosk.domain.errors import ErrorCode, InvalidInputError, WaslError


class AdapterError(WaslError):
    """The other system did not take a parcel; it is offered again."""

    code: ClassVar[ErrorCode] = ErrorCode.REFUSED
    retryable: ClassVar[bool] = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """One signed bundle.

    Attributes:
        name: A file name that is this parcel's for ever: by it the other system knows it again.
        write: Writes the bundle; may raise ``OSError``.
    """

    name: str
    write: Callable[[BinaryIO], None]


class Adapter(Protocol):
    """Takes parcels into another system; one process of all nodes calls it at a time."""

    def deliver(self, parcel: Parcel) -> None:
        """Hand a parcel over, whole and durably before returning.

        A parcel of a name that was delivered before changes nothing, though it was taken away
        meanwhile: who calls may have died before it could note the first time.

        Raises:
            AdapterError, OSError: Nothing was delivered, or perhaps all of it; never a part.
        """


ADAPTERS: dict[str, str] = {"folder": "central.adapter_folder:open_adapter"}
"""By the word before the colon: what makes an adapter of the text after it."""


def open_adapter(text: str) -> Adapter:
    """Return the adapter at ``SCHEME:PLACE``.

    Raises:
        InvalidInputError: No such scheme, or no place.
    """
    scheme, _, place = text.partition(":")
    if scheme not in ADAPTERS or not place:
        raise InvalidInputError("adapter", f"not like {'|'.join(sorted(ADAPTERS))}:PLACE")
    module, _, name = ADAPTERS[scheme].partition(":")
    opened: Adapter = getattr(import_module(module), name)(place)
    return opened


def default_place(data: Path) -> str:
    """Return where parcels go unless told otherwise: a folder beside the central's data."""
    return f"folder:{data / 'handed-over'}"
