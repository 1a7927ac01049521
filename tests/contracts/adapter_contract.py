"""What every adapter to the insurer's own system must do. Subclass it once per adapter."""

from typing import BinaryIO

import pytest

from central.adapter import Adapter, AdapterError, Parcel

NAME = "C0417A-000131-39.deposit.0190b0c0-b0c0-7000-8000-000000000001.zip"


def parcel(content: bytes = b"bundle", name: str = NAME) -> Parcel:
    """Return a parcel of those bytes."""
    return Parcel(name=name, write=lambda out: _write(out, content))


def _write(out: BinaryIO, content: bytes) -> None:
    out.write(content)


class AdapterContract:
    """``arrived`` tells what the other system sees; ``take_all`` lets it take what is there."""

    def arrived(self, adapter: Adapter) -> dict[str, bytes]:
        """Return the parcels that wait for the other system, by name."""
        raise AssertionError("a subclass says what its other system sees")

    def take_all(self, adapter: Adapter) -> None:
        """Let the other system take what waits."""
        raise AssertionError("a subclass says how its other system takes")

    def test_parcel_arrives_whole(self, adapter: Adapter) -> None:
        adapter.deliver(parcel(b"a" * 300_000))
        adapter.deliver(parcel(b"b", "other.zip"))
        assert self.arrived(adapter) == {NAME: b"a" * 300_000, "other.zip": b"b"}

    def test_same_name_again_changes_nothing(self, adapter: Adapter) -> None:
        adapter.deliver(parcel(b"first"))
        adapter.deliver(parcel(b"second"))
        assert self.arrived(adapter) == {NAME: b"first"}

    def test_what_was_taken_does_not_come_again(self, adapter: Adapter) -> None:
        adapter.deliver(parcel())
        self.take_all(adapter)
        adapter.deliver(parcel())
        assert self.arrived(adapter) == {}

    def test_parcel_that_cannot_be_written_leaves_no_part(self, adapter: Adapter) -> None:
        def fail(out: BinaryIO) -> None:
            out.write(b"half")
            raise OSError(5, "the document cannot be read")

        with pytest.raises((AdapterError, OSError)):
            adapter.deliver(Parcel(name=NAME, write=fail))
        assert self.arrived(adapter) == {}
        adapter.deliver(parcel(b"whole"))
        assert self.arrived(adapter) == {NAME: b"whole"}
