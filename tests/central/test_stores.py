"""The folder, the database and the S3 store keep the same promises."""

import threading
from contextlib import closing
from pathlib import Path
from uuid import UUID

import pytest

from central.blobs import Blobs, FolderBlobs
from central.blobs_s3 import open_s3
from central.database import Database
from central.staging import FolderStaging, Leftovers, UploadBusyError
from central.staging_rows import RowStaging
from kiosk.domain.errors import InvalidInputError
from tests.central.client import Client
from tests.central.outside import ObjectStore
from tests.central.running import Central
from tests.contracts.stores_contract import BlobsContract, StagingContract


@pytest.fixture
def item_id(client: Client) -> UUID:
    manifest = client.manifest(b"what is awaited")
    assert client.put(manifest).ok
    return manifest.deposit_id


class TestFolderBlobs(BlobsContract):
    @pytest.fixture
    def blobs(self, tmp_path: Path) -> Blobs:
        return FolderBlobs(tmp_path)


class TestS3Blobs(BlobsContract):
    @pytest.fixture
    def blobs(self, object_store: ObjectStore) -> Blobs:
        return open_s3(object_store.url("contract"))

    def test_wrong_secret_is_an_os_error(
        self, object_store: ObjectStore, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "another")
        with pytest.raises(OSError, match="object store"):
            open_s3(object_store.url("contract")).put(UUID(int=1), _SHA256_OF_NOTHING, iter([b""]))


@pytest.fixture
def database(central: Central) -> Database:
    return central.services.database


class TestFolderStaging(StagingContract):
    @pytest.fixture
    def staging(self, tmp_path: Path) -> FolderStaging:
        return FolderStaging(tmp_path)

    @pytest.fixture
    def leftovers(self, staging: FolderStaging) -> Leftovers:
        return staging


def test_bytes_go_into_no_file_that_was_forgotten(database: Database, tmp_path: Path) -> None:
    # One opens the file, another forgets it, the first locks what has no name any more.
    staging, item_id, stopping = FolderStaging(tmp_path), UUID(int=7), threading.Event()

    def forget() -> None:
        with database.reading() as connection:
            while not stopping.is_set():
                staging.clear(connection, item_id)

    forgetting = threading.Thread(target=forget)
    forgetting.start()
    try:
        lost = tried = 0
        while tried < 300:
            try:
                with closing(staging.appender(item_id)) as appender:
                    appender.append(b"x")
                    lost += staging.size_bytes(item_id) == 0
            except UploadBusyError:
                continue
            tried += 1
    finally:
        stopping.set()
        forgetting.join()
    assert lost == 0


class TestRowsOfSqlite(StagingContract):
    @pytest.fixture
    def staging(self, central: Central) -> RowStaging:
        return RowStaging(central.services.database)

    @pytest.fixture
    def leftovers(self, staging: RowStaging) -> Leftovers:
        return staging


_SHA256_OF_NOTHING = bytes.fromhex(
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
)


@pytest.mark.parametrize("url", ["s3:", "s3:///prefix", "s4://bucket", "s3://bucket/?x=1"])
def test_what_is_no_s3_url_is_refused(url: str) -> None:
    with pytest.raises(InvalidInputError):
        open_s3(url)
