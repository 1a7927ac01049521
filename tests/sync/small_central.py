"""A central in a few lines that keeps the protocol, and breaks it where a test asks it to."""

import hashlib
import json
import socket
import ssl
import struct
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from requests.structures import CaseInsensitiveDict

from kiosk.wire.cose import ContentType
from kiosk.wire.encoding import b64
from kiosk.wire.http_signatures import HttpRequest, verify_request
from kiosk.wire.keys import PrivateKey, PublicKey
from kiosk.wire.messages import (
    ACKNOWLEDGEMENT_HEADER,
    LIST_PART_TYPE,
    PACKED_MANIFEST_TYPE,
    PROBLEM_TYPE,
    TRUST,
    Acknowledgement,
    ProblemType,
    Updates,
)
from kiosk.wire.packing import unpack
from kiosk.wire.trust import TrustList, sign_statement
from tests.lists import SmallLists

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
_LINGER_0 = struct.pack("ii", 1, 0)

Fault = Callable[["Call"], bool]
"""Breaks one call; True when nothing more is to be done for it."""


class SmallCentral:
    """What it holds, and what it was asked. ``faults`` break the next calls, one each."""

    def __init__(self, request_key: PublicKey, device: str = "C0417A") -> None:
        self.device = device
        self.request_key = request_key
        self.trust_key = PrivateKey.generate()
        self.acknowledgement_key = PrivateKey.generate()
        self.manifests: dict[str, bytes] = {}
        self.documents: dict[str, bytearray] = {}
        self.faults: deque[Fault] = deque()
        self.calls: list[str] = []
        self.body_bytes = 0
        self.connections = 0
        self.highest_sequence = 0
        self.updates: Callable[[int], Updates] = self.nothing_new
        self.trust_version = 1
        self.unpacks = True
        """False: as a central from before manifests were packed."""
        self.lists: SmallLists | None = None
        """Tells the trust list in parts; None: as a central from before."""
        self.part: Callable[[int], bytes] | None = None
        """Tells other parts than those of ``lists``."""
        self.lock = threading.RLock()

    def trust_list(self) -> TrustList:
        """Return the trust list as it is now."""
        return TrustList(
            version=self.trust_version,
            issued_at=NOW,
            acknowledgement_keys=(b64(self.acknowledgement_key.public.raw),),
            devices=(),
        )

    def nothing_new(self, cursor: int) -> Updates:
        """Return updates without news, but with the newest trust list."""
        trust = sign_statement(self.trust_list(), self.trust_key, ContentType.TRUST_LIST)
        return Updates(
            device=self.device, previous=cursor, cursor=cursor, time=NOW, trust_list=trust
        )

    def acknowledge(self, item: str) -> str:
        """Return the signed word for *item*, whose bytes are all here."""
        manifest = json.loads(self.manifests[item])
        document = manifest["document"]
        word = Acknowledgement(
            item_id=item,
            receipt_number=manifest["receipt_number"],
            manifest_sha256=hashlib.sha256(self.manifests[item]).hexdigest(),
            document_sha256=document["sha256"] if document else None,
            at=NOW,
        )
        return sign_statement(word, self.acknowledgement_key, ContentType.ACKNOWLEDGEMENT)

    def is_complete(self, item: str) -> bool:
        """Tell whether all bytes of *item* are here."""
        document = json.loads(self.manifests[item])["document"]
        return not document or len(self.documents[item]) == document["size_bytes"]


class Call(BaseHTTPRequestHandler):
    """One call, read from the wire and answered."""

    protocol_version = "HTTP/1.1"
    server: "_Server"

    @property
    def central(self) -> SmallCentral:
        """Return the central asked."""
        return self.server.central

    def setup(self) -> None:
        super().setup()
        with self.central.lock:
            self.central.connections += 1

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""

    def do_call(self) -> None:
        """Serve one call, broken if a fault is planned."""
        with self.central.lock:
            self.central.calls.append(f"{self.command} {self.path}")
            fault = self.central.faults.popleft() if self.central.faults else None
        if fault is not None and fault(self):
            self.close_connection = True
            return
        if self.command in ("PATCH", "HEAD"):
            self._upload()
            return
        body = self.read_body()
        with self.central.lock:
            if self._is_fresh(body):
                self._signed(body)

    do_GET = do_POST = do_PUT = do_PATCH = do_HEAD = do_call

    def read_body(self, limit: int | None = None) -> bytes:
        """Read the body, or its first *limit* bytes."""
        length = int(self.headers.get("Content-Length", "0"))
        body = self.rfile.read(length if limit is None else min(limit, length))
        with self.central.lock:
            self.central.body_bytes += len(body)
        return body

    def answer(self, status: int, headers: Mapping[str, str], body: bytes = b"") -> None:
        """Answer."""
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if status != 204:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def say(self, content: dict[str, object]) -> None:
        """Answer 200 with JSON."""
        self.answer(200, {"Content-Type": "application/json"}, json.dumps(content).encode())

    def problem(self, status: int, kind: str, **more: object) -> None:
        """Answer with a problem document."""
        body = json.dumps({"type": kind, "status": status, **more}).encode()
        self.answer(status, {"Content-Type": PROBLEM_TYPE}, body)

    def reset(self) -> None:
        """Cut the line the hard way: the peer gets a TCP reset."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_0)
        self.rfile.close()
        self.connection.close()

    def _is_fresh(self, body: bytes) -> bool:
        key = self.central.request_key
        verified = verify_request(
            HttpRequest(
                method=self.command,
                url=f"https://central{self.path}",
                headers=CaseInsensitiveDict(self.headers.items()),
            ),
            body,
            lambda key_id: key if key.key_id == key_id else None,
        )
        if verified.sequence <= self.central.highest_sequence:
            self.problem(409, ProblemType.STALE_SEQUENCE, sequence=self.central.highest_sequence)
            return False
        self.central.highest_sequence = verified.sequence
        return True

    def _signed(self, body: bytes) -> None:
        central, parts = self.central, urlsplit(self.path)
        if parts.path == TRUST and central.lists is not None:
            after = int(parse_qs(parts.query)["after"][0])
            told = (central.part or central.lists.packed)(after)
            self.answer(200, {"Content-Type": LIST_PART_TYPE}, told)
            return
        if self.command == "GET":
            updates = central.updates(int(parse_qs(parts.query)["cursor"][0]))
            signed = sign_statement(updates, central.trust_key, ContentType.UPDATES)
            self.say({"updates": signed})
            return
        item = parts.path.rpartition("/")[2]
        if self.headers["Content-Type"] == PACKED_MANIFEST_TYPE:
            if not central.unpacks:
                self.problem(400, ProblemType.MALFORMED)
                return
            body = unpack(body)
        if central.manifests.setdefault(item, body) != body:
            self.problem(409, ProblemType.CONFLICT)
            return
        central.documents.setdefault(item, bytearray())
        if central.is_complete(item):
            self.say({"acknowledgement": central.acknowledge(item)})
        else:
            path = f"/v1/uploads/{item.replace('-', '')}"
            self.say({"upload": {"path": path, "offset": len(central.documents[item])}})

    def _upload(self) -> None:
        central = self.central
        secret = self.path.rpartition("/")[2]
        item = next(key for key in central.manifests if key.replace("-", "") == secret)
        there = central.documents[item]
        if self.command == "PATCH":
            if int(self.headers["Upload-Offset"]) != len(there):
                self.problem(409, ProblemType.WRONG_OFFSET)
                return
            there += self.read_body()
        headers = {"Upload-Offset": str(len(there))}
        if central.is_complete(item):
            headers[ACKNOWLEDGEMENT_HEADER] = central.acknowledge(item)
        self.answer(204 if self.command == "PATCH" else 200, headers)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    # http.server would print what a cut line raises.
    block_on_close = False

    def __init__(self, central: SmallCentral, context: ssl.SSLContext | None) -> None:
        super().__init__(("127.0.0.1", 0), Call)
        self.central = central
        if context is not None:
            # The handshake belongs to the connection's thread, not to the accepting one.
            self.socket = context.wrap_socket(
                self.socket, server_side=True, do_handshake_on_connect=False
            )

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: cut lines are what these tests are about."""


@contextmanager
def serving(central: SmallCentral, context: ssl.SSLContext | None) -> Iterator[str]:
    """Serve *central* on loopback; yield its https origin (also of one that speaks no TLS)."""
    server = _Server(central, context)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"https://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def cut_after(count: int) -> Fault:
    """Take *count* bytes of the body, keep them, and reset the line."""

    def fault(call: Call) -> bool:
        body = call.read_body(count)
        secret = call.path.rpartition("/")[2]
        for item, there in call.central.documents.items():
            if item.replace("-", "") == secret:
                there += body
        call.reset()
        return True

    return fault


def answering(
    status: int, kind: str, body: bytes = b"", headers: Mapping[str, str] | None = None
) -> Fault:
    """Read the call whole and answer something else."""

    def fault(call: Call) -> bool:
        call.read_body()
        call.answer(status, {"Content-Type": kind, **(headers or {})}, body)
        return True

    return fault


def refusing(status: int, kind: str, **more: object) -> Fault:
    """Read the call whole and answer with a problem document."""

    def fault(call: Call) -> bool:
        call.read_body()
        call.problem(status, kind, **more)
        return True

    return fault


def passing(call: Call) -> bool:
    """Break nothing."""
    return False


def resetting(call: Call) -> bool:
    """Cut the line as soon as the headers are there."""
    call.reset()
    return True


def saying(content: dict[str, object]) -> Fault:
    """Read the call whole and answer 200 with JSON."""

    def fault(call: Call) -> bool:
        call.read_body()
        call.say(content)
        return True

    return fault
