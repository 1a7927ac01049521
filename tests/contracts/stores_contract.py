"""What every store of a central must do, whatever it is made of."""

import hashlib
import os
import threading
from collections.abc import Iterator
from contextlib import closing
from uuid import UUID, uuid4

import pytest

from central.blobs import Blobs, DamagedBlobError
from central.database import Database
from central.staging import Leftovers, Staging, UploadBusyError

BLOCK = 100_000


class BlobsContract:
    """Subclass it once per store."""

    def test_document_is_read_back(self, blobs: Blobs) -> None:
        content, item = os.urandom(3 * BLOCK + 1), uuid4()
        digest = hashlib.sha256(content).digest()
        parts = [content[start : start + BLOCK] for start in range(0, len(content), BLOCK)]
        blobs.put(item, digest, iter(parts))
        read = list(blobs.read(item, digest))
        assert b"".join(read) == content
        assert max(map(len, read)) <= 256 * 1024

    def test_same_document_again_changes_nothing(self, blobs: Blobs) -> None:
        item, digest = uuid4(), hashlib.sha256(b"sealed").digest()
        for _ in range(2):
            blobs.put(item, digest, iter([b"sealed"]))
        assert b"".join(blobs.read(item, digest)) == b"sealed"

    def test_document_is_never_written_over(self, blobs: Blobs) -> None:
        item, digest = uuid4(), hashlib.sha256(b"sealed").digest()
        blobs.put(item, digest, iter([b"sealed"]))
        with pytest.raises(DamagedBlobError):
            blobs.put(uuid4(), digest, iter([b"others"]))
        assert b"".join(blobs.read(item, digest)) == b"sealed"

    def test_bytes_with_another_hash_are_not_kept(self, blobs: Blobs) -> None:
        item, digest = uuid4(), hashlib.sha256(b"sealed").digest()
        with pytest.raises(DamagedBlobError):
            blobs.put(item, digest, iter([b"sea", b"lex"]))
        with pytest.raises(OSError, match=r"."):
            list(blobs.read(item, digest))

    def test_missing_document_is_an_os_error(self, blobs: Blobs) -> None:
        with pytest.raises(OSError, match=r"."):
            list(blobs.read(uuid4(), bytes(32)))

    def test_removed_document_is_gone_and_others_stay(self, blobs: Blobs) -> None:
        removed, kept, digest = uuid4(), uuid4(), hashlib.sha256(b"sealed").digest()
        for item in (removed, kept):
            blobs.put(item, digest, iter([b"sealed"]))
        for _ in range(2):  # the second time nothing is there
            blobs.remove(removed, digest)
        with pytest.raises(FileNotFoundError):
            list(blobs.read(removed, digest))
        assert b"".join(blobs.read(kept, digest)) == b"sealed"
        blobs.put(removed, digest, iter([b"sealed"]))
        assert b"".join(blobs.read(removed, digest)) == b"sealed"

    def test_many_put_one_document_at_once(self, blobs: Blobs) -> None:
        item, digest = uuid4(), hashlib.sha256(b"sealed").digest()
        start, failed = threading.Barrier(4), []

        def put() -> None:
            start.wait(20)
            try:
                blobs.put(item, digest, iter([b"sealed"]))
            except OSError as error:
                failed.append(error)

        threads = [threading.Thread(target=put) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert failed == []
        assert b"".join(blobs.read(item, digest)) == b"sealed"


class StagingContract:
    """Subclass it once per store. ``item_id`` is that of an item whose document is awaited."""

    def test_nothing_is_there_at_first(self, staging: Staging, item_id: UUID) -> None:
        assert staging.size_bytes(item_id) == 0
        assert b"".join(_read(staging, item_id)) == b""
        staging.discard(item_id)

    def test_bytes_are_read_back_in_order(self, staging: Staging, item_id: UUID) -> None:
        parts = [os.urandom(size) for size in (1, BLOCK, 7)]
        with closing(staging.appender(item_id)) as appender:
            for part in parts:
                appender.append(part)
            assert appender.size_bytes() == BLOCK + 8
        assert staging.size_bytes(item_id) == BLOCK + 8
        assert b"".join(staging.read(item_id)) == b"".join(parts)

    def test_next_one_goes_on_where_the_last_stopped(self, staging: Staging, item_id: UUID) -> None:
        for part in (b"abc", b"def"):
            with closing(staging.appender(item_id)) as appender:
                appender.append(part)
        assert b"".join(staging.read(item_id)) == b"abcdef"

    def test_two_at_once_never_mix(self, staging: Staging, item_id: UUID) -> None:
        # A store says so when the second comes, or at the latest when it adds bytes.
        with closing(staging.appender(item_id)) as first:
            try:
                second = staging.appender(item_id)
            except UploadBusyError:
                first.append(b"first")
            else:
                first.append(b"first")
                with pytest.raises(UploadBusyError):
                    second.append(b"second")
                second.close()
        assert b"".join(staging.read(item_id)) == b"first"

    def test_reset_begins_anew(self, staging: Staging, item_id: UUID) -> None:
        with closing(staging.appender(item_id)) as appender:
            appender.append(b"wrong")
            appender.reset()
            assert appender.size_bytes() == 0
            appender.append(b"right!")
        assert b"".join(staging.read(item_id)) == b"right!"

    def test_cleared_bytes_are_gone_and_told_apart_from_none(
        self, leftovers: Leftovers, staging: Staging, item_id: UUID, database: Database
    ) -> None:
        assert item_id not in leftovers.staged()
        with closing(staging.appender(item_id)) as appender:
            appender.append(b"sealed")
        assert item_id in leftovers.staged()
        told = []
        for _ in range(2):
            with database.writing() as connection:
                told.append(leftovers.clear(connection, item_id))
        assert told == [True, False]
        assert item_id not in leftovers.staged()
        assert staging.size_bytes(item_id) == 0

    def test_nothing_is_added_unseen_to_what_was_cleared(
        self, leftovers: Leftovers, staging: Staging, item_id: UUID, database: Database
    ) -> None:
        # Whoever is at it keeps it, or is told at the next bytes: what is claimed is there.
        with closing(staging.appender(item_id)) as appender:
            appender.append(b"sealed")
            with database.writing() as connection:
                is_cleared = leftovers.clear(connection, item_id)
            if is_cleared:
                with pytest.raises(UploadBusyError):
                    appender.append(b"more")
            else:
                appender.append(b"more")
        assert staging.size_bytes(item_id) == (0 if is_cleared else 10)

    def test_discarded_bytes_are_gone(self, staging: Staging, item_id: UUID) -> None:
        with closing(staging.appender(item_id)) as appender:
            appender.append(b"sealed")
        staging.discard(item_id)
        assert staging.size_bytes(item_id) == 0
        assert b"".join(_read(staging, item_id)) == b""


def _read(staging: Staging, item_id: UUID) -> Iterator[bytes]:
    try:
        yield from staging.read(item_id)
    except FileNotFoundError:
        return
