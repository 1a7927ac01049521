"""The ``tuspy`` package as a program: ``-m tests.e2e.peers.tuspy FILE URL``.

It believes the authorities in REQUESTS_CA_BUNDLE.
"""

import sys

from tusclient.uploader.uploader import Uploader

_PIECE = 64 * 1024

if __name__ == "__main__":
    Uploader(
        file_path=sys.argv[1],
        url=sys.argv[2],
        chunk_size=_PIECE,
        retries=30,
        retry_delay=1,
        upload_checksum="checked" in sys.argv,
    ).upload()
