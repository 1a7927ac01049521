"""Our sender as a program, to be killed at any byte: ``-m tests.e2e.peers.ours FILE URL CA``."""

import hashlib
import sys
import threading
import time
from pathlib import Path
from urllib.parse import urlsplit

from kiosk.sync.identity import Clocks
from kiosk.sync.outcomes import ExchangeError
from kiosk.sync.ports import SealedDocument
from kiosk.sync.transport import Transport
from kiosk.sync.tus import TusSender
from kiosk.wire.keys import PrivateKey
from tests.sync.items import sealed

_TRIES, _PAUSE_S = 120, 0.25


def _send(document: SealedDocument, url: str, ca: Path) -> None:
    parts = urlsplit(url)
    transport = Transport(
        url=f"https://{parts.netloc}",
        ca_pem=ca.read_text(),
        key=PrivateKey.generate(),
        next_sequence=lambda at_least: at_least,
        clocks=Clocks(),
        note=lambda _outcome: None,
    )
    sender = TusSender(transport=transport, stopping=threading.Event())
    for tried in range(_TRIES):
        try:
            sender.send(document, parts.path, 0)
        except ExchangeError as error:
            # As the engine does it, at shorter intervals: the other side may be starting.
            if tried == _TRIES - 1:
                raise
            print(error, file=sys.stderr)
            time.sleep(_PAUSE_S)
        else:
            return


if __name__ == "__main__":
    content = Path(sys.argv[1]).read_bytes()
    whole = sealed(content)
    assert whole.sha256 == hashlib.sha256(content).digest()
    _send(whole, sys.argv[2], Path(sys.argv[3]))
