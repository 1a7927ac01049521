"""Blobs in any S3 store: one PutObject a document, and never over another.

Credentials and address come from the environment as every S3 client reads them
(``AWS_ACCESS_KEY_ID``, ``AWS_SECRET_ACCESS_KEY``, ``AWS_ENDPOINT_URL``, ``AWS_REGION``).
"""

import hashlib
from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import urlsplit
from uuid import UUID

from obstore.exceptions import AlreadyExistsError, BaseError, NotFoundError
from obstore.store import S3Store

from central.blobs import DamagedBlobError
from kiosk.domain.errors import InvalidInputError

_SCHEME = "s3"
_READ_BLOCK = 256 * 1024


class S3Blobs:
    """See :class:`central.blobs.Blobs`: objects ``deposit/<item id>/<sha256>`` below a prefix."""

    def __init__(self, store: S3Store) -> None:
        self._store = store

    def put(self, item_id: UUID, sha256: bytes, blocks: Iterator[bytes]) -> None:
        """See :class:`central.blobs.Blobs`: If-None-Match, so what is there already stays."""
        content = b"".join(blocks)
        if hashlib.sha256(content).digest() != sha256:
            raise DamagedBlobError("the document has another hash than its manifest names")
        try:
            # Multipart would refuse parts below 5 MiB, and shows halves.
            self._store.put(_key(item_id, sha256), content, mode="create", use_multipart=False)
        except AlreadyExistsError:
            return
        except BaseError as error:
            raise OSError(f"the object store failed: {type(error).__name__}") from error

    def read(self, item_id: UUID, sha256: bytes) -> Iterator[bytes]:
        """See :class:`central.blobs.Blobs`."""
        try:
            found = self._store.get(_key(item_id, sha256))
            for block in found.stream(min_chunk_size=_READ_BLOCK):
                content = memoryview(block)
                for start in range(0, len(content), _READ_BLOCK):
                    yield bytes(content[start : start + _READ_BLOCK])
        except NotFoundError as error:
            raise FileNotFoundError("the document is not in the object store") from error
        except BaseError as error:
            raise OSError(f"the object store failed: {type(error).__name__}") from error

    def remove(self, item_id: UUID, sha256: bytes) -> None:
        """See :class:`central.blobs.Blobs`."""
        try:
            self._store.delete(_key(item_id, sha256))
        except NotFoundError:
            return
        except BaseError as error:
            raise OSError(f"the object store failed: {type(error).__name__}") from error


def open_s3(url: str) -> S3Blobs:
    """Return the blobs at *url* (``s3://BUCKET/PREFIX``).

    Raises:
        InvalidInputError: Not such a URL.
    """
    parts = urlsplit(url)
    if parts.scheme != _SCHEME or not parts.netloc or parts.query or parts.fragment:
        raise InvalidInputError("blobs", "not a folder and not a URL like s3://BUCKET/PREFIX")
    store = S3Store(
        parts.netloc,
        prefix=parts.path.strip("/") or None,
        # Loopback stores of tests speak plain HTTP; the documents are sealed in any case.
        client_options={"allow_http": True, "timeout": timedelta(seconds=30)},
        retry_config={"max_retries": 3, "retry_timeout": timedelta(seconds=20)},
    )
    return S3Blobs(store)


def _key(item_id: UUID, sha256: bytes) -> str:
    return f"deposit/{item_id}/{sha256.hex()}"
