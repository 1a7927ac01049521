"""A store of documents that fails is a reason to come again: nothing acknowledged, nothing lost."""

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import UUID

import pytest

from central.blobs import Blobs
from central.services import Services
from kiosk.wire.messages import ACKNOWLEDGEMENT_HEADER
from tests.central import reading
from tests.central.client import Client
from tests.central.running import Central, in_thread

DOCUMENT = os.urandom(150_000)


@dataclass(slots=True)
class Failing:
    """Real blobs behind a store that fails the next *failures* times, before or after it kept."""

    blobs: Blobs
    failures: int = 0
    keeps_first: bool = False

    def put(self, item_id: UUID, sha256: bytes, blocks: Iterator[bytes]) -> None:
        if self.failures:
            self.failures -= 1
            if self.keeps_first:  # its answer was lost
                self.blobs.put(item_id, sha256, blocks)
            raise OSError("the object store failed: GenericError")
        self.blobs.put(item_id, sha256, blocks)

    def read(self, item_id: UUID, sha256: bytes) -> Iterator[bytes]:
        return self.blobs.read(item_id, sha256)

    def remove(self, item_id: UUID, sha256: bytes) -> None:
        self.blobs.remove(item_id, sha256)


@pytest.fixture(scope="module")
def failing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Central, Client]]:
    def change(services: Services) -> Services:
        return replace(services, blobs=Failing(services.blobs))

    with in_thread(Path(tmp_path_factory.mktemp("failing")), change) as central:
        client = central.client()
        assert client.enrol(central.code("C0001")).ok
        yield central, client
        client.close()


def _store(central: Central) -> Failing:
    store = central.services.blobs
    assert isinstance(store, Failing)
    return store


@pytest.mark.parametrize("keeps_first", [False, True], ids=["nothing kept", "answer lost"])
@pytest.mark.parametrize("in_pieces", [False, True])
def test_failed_store_is_told_as_try_again_and_the_next_try_ends_it(
    failing: tuple[Central, Client], keeps_first: bool, in_pieces: bool
) -> None:
    central, client = failing
    store = _store(central)
    store.failures, store.keeps_first = 2, keeps_first
    manifest = client.manifest(DOCUMENT)
    place = client.put(manifest).json()["upload"]["path"]
    sent = 0
    if in_pieces:
        sent = 70_000
        assert client.patch(place, 0, DOCUMENT[:sent]).status_code == 204
    # The last bytes, and the manifest again, each meet the store.
    for refused in (client.patch(place, sent, DOCUMENT[sent:]), client.put(manifest)):
        assert refused.status_code == 503, refused.text
        assert int(refused.headers["Retry-After"]) > 0
        assert ACKNOWLEDGEMENT_HEADER not in refused.headers
        # Nothing that came has to be sent again.
        assert int(client.head(place).headers["Upload-Offset"]) == len(DOCUMENT)
    done = client.put(manifest).json()
    assert done["upload"] is None
    word = reading.acknowledgement(client, central.services.keys.root, done["acknowledgement"])
    assert word.item_id == manifest.deposit_id
    assert manifest.document is not None
    digest = bytes.fromhex(manifest.document.sha256)
    assert b"".join(store.read(manifest.deposit_id, digest)) == DOCUMENT
