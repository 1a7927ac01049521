"""The checks of a central's promises pass on the real one, and catch each broken one."""

import dataclasses
import os
import stat
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Connection, Table, select

from central import database, items, schema
from central.blobs import FolderBlobs
from central.services import Services
from tests.central.promises import (
    BrokenPromiseError,
    acknowledged_document_is_held,
    deposit_is_there_once,
    document_is_durable_before_its_acknowledgement,
)
from tests.central.running import Central, in_thread


class ForgetfulBlobs(FolderBlobs):
    """Says it stored a document and did not."""

    def put(self, item_id: UUID, sha256: bytes, blocks: Iterator[bytes]) -> None:
        """Read all, keep nothing."""
        for _ in blocks:
            pass


class CarelessBlobs(FolderBlobs):
    """Writes a document in place, and syncs nothing."""

    def put(self, item_id: UUID, sha256: bytes, blocks: Iterator[bytes]) -> None:
        """Keep the bytes in memory's care."""
        target = self._path(item_id, sha256)
        target.parent.mkdir(parents=True)
        target.write_bytes(b"".join(blocks))


@pytest.fixture
def order(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Note what reaches disk and database, in order."""
    seen: list[str] = []
    fsync, replace, acknowledge = os.fsync, Path.replace, items.acknowledge

    def noting_fsync(handle: int) -> None:
        fsync(handle)
        is_folder = stat.S_ISDIR(os.fstat(handle).st_mode)
        seen.append("folder synced" if is_folder else "file synced")

    def noting_replace(source: Path, target: Path) -> Path:
        seen.append("renamed")
        return replace(source, target)

    def noting_acknowledge(*arguments: Any, **more: Any) -> Any:
        seen.append("acknowledged")
        return acknowledge(*arguments, **more)

    monkeypatch.setattr(os, "fsync", noting_fsync)
    monkeypatch.setattr(Path, "replace", noting_replace)
    monkeypatch.setattr(items, "acknowledge", noting_acknowledge)
    return seen


def _with_blobs(kind: type[FolderBlobs], data: Path, services: Services) -> Services:
    return dataclasses.replace(services, blobs=kind(data / "blobs"))


def test_the_real_central_keeps_its_promises(central: Central) -> None:
    deposit_is_there_once(central)
    acknowledged_document_is_held(central)


def test_the_real_central_syncs_before_it_speaks(central: Central, order: list[str]) -> None:
    document_is_durable_before_its_acknowledgement(central, order)


def test_a_central_that_keeps_every_copy_is_caught(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As if no constraint held: each sending gets a row and an upload of its own.
    def keep_again(connection: Connection, table: Table, row: dict[str, Any]) -> bool:
        if table is schema.items:
            kept = select(schema.items.c.id).where(schema.items.c.id == row["id"])
            if connection.execute(kept).one_or_none() is not None:
                row = row | {"id": uuid.uuid4()}
        return insert_once(connection, table, row)

    insert_once = database.insert_once
    monkeypatch.setattr(items, "insert_once", keep_again)
    with in_thread(tmp_path / "central") as central, pytest.raises(BrokenPromiseError):
        deposit_is_there_once(central)


def test_a_central_that_forgets_documents_is_caught(tmp_path: Path) -> None:
    data = tmp_path / "central"
    with (
        in_thread(data, lambda services: _with_blobs(ForgetfulBlobs, data, services)) as central,
        pytest.raises(BrokenPromiseError),
    ):
        acknowledged_document_is_held(central)


def test_a_central_that_speaks_before_it_syncs_is_caught(tmp_path: Path, order: list[str]) -> None:
    data = tmp_path / "central"
    with (
        in_thread(data, lambda services: _with_blobs(CarelessBlobs, data, services)) as central,
        pytest.raises(BrokenPromiseError),
    ):
        document_is_durable_before_its_acknowledgement(central, order)
