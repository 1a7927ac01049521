"""The contract of sources finds sources that do not keep it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.domain.errors import WaslError
from kiosk.scan.sources.base import RawFrame
from tests.contracts.source_contract import SourceContract


class _Mute:
    """A mistake made on purpose: ends without a page and without a word."""

    def frames(self, *, first: int = 1) -> Iterator[RawFrame]:
        """Yield nothing."""
        yield from ()

    def settle(self, index: int, error: WaslError | None) -> None:
        """Do nothing."""

    def close(self) -> None:
        """Do nothing."""


class _Forgetful(_Mute):
    """Another: what it has to settle goes with the close, as a handle that is let go."""

    def frames(self, *, first: int = 1) -> Iterator[RawFrame]:
        """Yield three sides."""
        self._open = {1, 2, 3}
        for index in (1, 2, 3):
            yield RawFrame(source="three", index=index, content=Path())

    def settle(self, index: int, error: WaslError | None) -> None:
        """Fail on what is gone."""
        self._open.remove(index)

    def close(self) -> None:
        """Let everything go."""
        self._open.clear()


def test_source_that_ends_without_a_word_is_caught() -> None:
    with pytest.raises(pytest.fail.Exception, match="DID NOT RAISE"):
        SourceContract().test_source_without_a_page_says_why(_Mute())


def test_source_that_settles_nothing_when_closed_is_caught() -> None:
    with pytest.raises(KeyError):
        SourceContract().test_frames_may_be_settled_when_the_source_is_closed(_Forgetful())
