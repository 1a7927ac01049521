"""The one kind of connection that is opened: pinned TLS 1.3, a small send buffer, timed sends."""

import socket
import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from threading import Lock
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3 import HTTPSConnectionPool, PoolManager
from urllib3.connection import HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError

from kiosk.sync.pace import Pace

_NO_CHECK_TIME = (
    0x200000  # X509_V_FLAG_NO_CHECK_TIME, openssl/x509_vfy.h; Python has no name for it
)

CheckDates = Callable[[bytes], None]
"""Judges the dates of a server's certificate (DER); raises ``ssl.SSLCertVerificationError``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeouts:
    """How long one step may take.

    Attributes:
        connect_s: To connect, and again to agree on TLS.
        read_s: Until the next bytes come.
        send_s: Until the next piece, of at most 16 KiB, is taken by the system.
        answer_s: For the whole body of one answer.
    """

    connect_s: float = 5.0
    read_s: float = 30.0
    send_s: float = 30.0
    answer_s: float = 120.0


class _Context(ssl.SSLContext):
    """Goes on with the last TLS session: a certificate less to carry, and for the central to sign.

    It was checked when that session began, against the same authorities; dates are looked at each
    time by who judges them.
    """

    _session: ssl.SSLSession | None = None

    def remember(self, opened: ssl.SSLSocket) -> None:
        """Keep the session of a connection that is about to be closed."""
        session = opened.session
        if session is not None and session.has_ticket:
            self._session = session

    def wrap_socket(self, *args: Any, **kwargs: Any) -> ssl.SSLSocket:
        """See ``ssl.SSLContext``."""
        return super().wrap_socket(*args, **{**kwargs, "session": self._session})


class Meter:
    """Counts the bytes handed to TLS: request lines, headers and bodies."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._sent = 0

    @property
    def sent(self) -> int:
        """Return the bytes sent so far."""
        with self._lock:
            return self._sent

    def add(self, count: int) -> None:
        """Count *count* more bytes."""
        with self._lock:
            self._sent += count


class _Connection(HTTPSConnection):
    meter: Meter
    pace: Pace
    send_s: float
    check_dates: CheckDates | None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._held = bytearray()
        self._sent, self._spent_s = 0, 0.0

    def connect(self) -> None:
        try:
            super().connect()
        except TimeoutError as error:
            # Boxes in between accept any connection and then stay silent: as good as none.
            raise ConnectTimeoutError(self, "no TLS handshake in time") from error
        if self.check_dates is not None:
            # Nothing was said yet; urllib3 closes a connection that raises here.
            self.check_dates(_certificate_of(self.sock))

    def close(self) -> None:
        # By now the server's tickets have come, if it gives any: they follow the first answer.
        if isinstance(self.sock, ssl.SSLSocket):
            self.ssl_context.remember(self.sock)  # type: ignore[union-attr]
        super().close()

    def request(self, *args: Any, **kwargs: Any) -> None:
        self._sent, self._spent_s = 0, 0.0
        self._held.clear()
        super().request(*args, **kwargs)
        self._send_piece(len(self._held))

    def send(self, data: Any) -> None:
        # Head and body come in parts of their own, and each record costs 22 bytes: what does not
        # fill one waits for what follows, which comes from memory or this machine's disk.
        self._held += data
        # A socket's timeout bounds a whole sendall(): on a 2G line only a small piece is fair.
        while len(self._held) >= (full := self.pace.piece_bytes):
            self._send_piece(full)

    def getresponse(self) -> Any:
        began = time.monotonic()
        response = super().getresponse()
        self.pace.note_answer(self._sent, time.monotonic() - began)
        return response

    def _send_piece(self, size: int) -> None:
        if not size:
            return
        piece = bytes(self._held[:size])
        del self._held[:size]
        if self.sock is not None:
            self.sock.settimeout(self.send_s)
            self.pace.tune(self.sock)
        began = time.monotonic()
        super().send(piece)
        self._sent += len(piece)
        self._spent_s += time.monotonic() - began
        self.pace.note(self._sent, self._spent_s)
        self.meter.add(len(piece))


class _Pool(HTTPSConnectionPool):
    ConnectionCls = _Connection

    def __init__(
        self,
        *args: Any,
        meter: Meter,
        pace: Pace,
        send_s: float,
        check_dates: CheckDates | None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self._meter = meter
        self._pace = pace
        self._send_s = send_s
        self._check_dates = check_dates

    def _new_conn(self) -> Any:
        connection = super()._new_conn()
        if isinstance(connection, _Connection):
            connection.meter = self._meter
            connection.pace = self._pace
            connection.send_s = self._send_s
            connection.check_dates = self._check_dates
        return connection


class PinnedAdapter(HTTPAdapter):
    """Trusts the given authorities alone, whatever the environment or the system says.

    Args:
        check_dates: Judges the dates of the server's certificate; OpenSSL then checks no dates,
            and all the rest as ever. None: OpenSSL checks dates by the machine's clock.

    Raises:
        ssl.SSLError: *ca_pem* holds no certificate.
    """

    def __init__(
        self,
        *,
        ca_pem: str,
        timeouts: Timeouts,
        meter: Meter,
        pace: Pace,
        check_dates: CheckDates | None = None,
    ) -> None:
        self._context = _Context(ssl.PROTOCOL_TLS_CLIENT)
        self._context.minimum_version = ssl.TLSVersion.TLSv1_3
        self._context.load_verify_locations(cadata=ca_pem)
        if check_dates is not None:
            self._context.verify_flags |= _NO_CHECK_TIME
        self._timeouts = timeouts
        self._meter = meter
        self._pace = pace
        self._check_dates = check_dates
        super().__init__(max_retries=0)

    def init_poolmanager(
        self, connections: int, maxsize: int, block: bool = False, **pool_kwargs: Any
    ) -> None:
        """Make the pools of such connections; called by requests."""
        self.poolmanager = PoolManager(
            num_pools=connections,
            maxsize=maxsize,
            block=block,
            ssl_context=self._context,
            socket_options=[
                (socket.IPPROTO_TCP, socket.TCP_NODELAY, 1),
                (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
            ],
            **pool_kwargs,
        )
        self.poolmanager.pool_classes_by_scheme = {
            "https": partial(
                _Pool,
                meter=self._meter,
                pace=self._pace,
                send_s=self._timeouts.send_s,
                check_dates=self._check_dates,
            )
        }

    def cert_verify(
        self,
        conn: Any,
        url: str | bytes,
        verify: bool | str | bytes | None,
        cert: str | bytes | tuple[Any, Any] | Mapping[str, Any] | None,
    ) -> None:
        """Leave the context alone: requests would load its own bundle of authorities into it."""
        conn.cert_reqs = "CERT_REQUIRED"
        conn.ca_certs = None
        conn.ca_cert_dir = None


def _certificate_of(opened: Any) -> bytes:
    certificate = opened.getpeercert(binary_form=True)
    return certificate if isinstance(certificate, bytes) else b""
