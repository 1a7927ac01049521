"""What every source of frames must do. Subclass it once per source."""

import pytest

from kiosk.domain.errors import UnreadableFileError, WaslError
from kiosk.scan.sources.base import Source


class SourceContract:
    """Subclasses give ``source``, three page sides under the name ``three``, and ``barren``."""

    @pytest.fixture
    def source(self) -> Source:
        """Return a source of three page sides."""
        raise AssertionError("a subclass says which source")

    @pytest.fixture
    def barren(self) -> Source:
        """Return a source that has no page to give."""
        raise AssertionError("a subclass says which source")

    def test_source_without_a_page_says_why(self, barren: Source) -> None:
        # Whoever scans has papers in hand: an end without a word is taken for success.
        with pytest.raises(WaslError):
            self._take(barren)

    def test_frames_may_be_settled_when_the_source_is_closed(self, source: Source) -> None:
        frames = list(source.frames())
        source.close()
        for frame in frames:
            source.settle(frame.index, UnreadableFileError("blank") if frame.index == 2 else None)
        source.close()

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

    @staticmethod
    def _take(source: Source) -> None:
        """Take what comes; a refused frame is as good as an error, since it is told too."""
        try:
            for frame in source.frames():
                if frame.refusal is not None:
                    raise frame.refusal
        finally:
            source.close()
