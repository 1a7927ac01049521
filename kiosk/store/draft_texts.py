"""What lies in a draft's rows as JSON: the form as typed, the marks, a page."""

import contextlib
from collections.abc import Mapping
from functools import cache

from pydantic import TypeAdapter, ValidationError

from kiosk.domain.form import DepositForm
from kiosk.domain.page import Page
from kiosk.domain.vocabulary import PieceKind


@cache
def _forms() -> TypeAdapter[DepositForm]:
    return TypeAdapter(DepositForm)


@cache
def _marks() -> TypeAdapter[dict[int, PieceKind]]:
    return TypeAdapter(dict[int, PieceKind])


@cache
def _pages() -> TypeAdapter[Page]:
    return TypeAdapter(Page)


def write_form(form: DepositForm) -> str:
    """Return a form as JSON."""
    return _forms().dump_json(form).decode("utf-8")


def read_form(text: str) -> DepositForm:
    """Return the form; an empty one where another version's words cannot be read any more.

    The pages are worth more than the words: those are typed again in a minute.
    """
    with contextlib.suppress(ValidationError):
        return _forms().validate_json(text)
    return DepositForm()


def write_marks(marks: Mapping[int, PieceKind]) -> str:
    """Return kinds by page id as JSON."""
    return _marks().dump_json(dict(marks)).decode("utf-8")


def read_marks(text: str) -> dict[int, PieceKind]:
    """Return kinds by page id; none where they cannot be read, as for :func:`read_form`."""
    with contextlib.suppress(ValidationError):
        return _marks().validate_json(text)
    return {}


def write_page(page: Page) -> str:
    """Return a page as JSON."""
    return _pages().dump_json(page).decode("utf-8")


def read_page(text: str) -> Page | None:
    """Return the page; None where it cannot be read."""
    with contextlib.suppress(ValidationError):
        return _pages().validate_json(text)
    return None
