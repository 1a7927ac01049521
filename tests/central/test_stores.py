"""The folder, the database and the S3 store keep the same promises."""

from pathlib import Path
from uuid import UUID

import pytest

from central.blobs import Blobs, FolderBlobs
from central.blobs_s3 import open_s3
from central.staging import FolderStaging, Staging
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


class TestFolderStaging(StagingContract):
    @pytest.fixture
    def staging(self, tmp_path: Path) -> Staging:
        return FolderStaging(tmp_path)


class TestRowsOfSqlite(StagingContract):
    @pytest.fixture
    def staging(self, central: Central) -> Staging:
        return RowStaging(central.services.database)


_SHA256_OF_NOTHING = bytes.fromhex(
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
)


@pytest.mark.parametrize("url", ["s3:", "s3:///prefix", "s4://bucket", "s3://bucket/?x=1"])
def test_what_is_no_s3_url_is_refused(url: str) -> None:
    with pytest.raises(InvalidInputError):
        open_s3(url)
