"""What every source of frames must do. Subclass it once per source."""

import pytest

from kiosk.scan.sources.base import Source


class SourceContract:
    """Subclasses give ``source``: three page sides under the name ``three``."""

    @pytest.fixture
    def source(self) -> Source:
        """Return a source of three page sides."""
        raise AssertionError("a subclass says which source")

    def test_frames_are_counted_from_one(self, source: Source) -> None:
        assert [frame.index for frame in source.frames()] == [1, 2, 3]

    def test_frames_name_their_source(self, source: Source) -> None:
        assert {frame.source for frame in source.frames()} == {"three"}

    def test_frames_go_on_where_asked(self, source: Source) -> None:
        assert [frame.index for frame in source.frames(first=3)] == [3]

    def test_nothing_comes_after_the_last(self, source: Source) -> None:
        assert list(source.frames(first=4)) == []

    def test_closing_twice_is_closing(self, source: Source) -> None:
        source.close()
        source.close()
