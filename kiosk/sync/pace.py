"""How fast the line takes bytes, and how much of them it is then wise to hand over at once.

What was handed over and had not arrived when a line breaks is sent again. On a narrow line that is
what the system holds back, and the part of a TLS record that is there: it cannot be opened before
its last byte. So both are small there; on a wide line both are large, since each record costs 22
bytes and each small buffer a pause.
"""

import socket
import threading
from typing import Protocol

_AHEAD_S = 0.25
"""A record is about what the line carries in this time."""
_LEAST_PIECE, _MOST_PIECE, _FIRST_PIECE = 2 * 1024, 16 * 1024, 8 * 1024
_TELLING_BYTES, _TELLING_S = 32 * 1024, 1.0
"""Less than this says nothing: the first bytes go into buffers on any line."""
_SMALL_CALL_BYTES = 8 * 1024
_NEWEST_WEIGHS = 0.3
_NARROW_BYTES_PER_S = 32 * 1024
_WIDE_BUFFER, _NARROW_BUFFER = 64 * 1024, 16 * 1024
_WIDE_UNSENT, _NARROW_UNSENT = 16 * 1024, 2 * 1024
# Linux and macOS have it, under a name that not every Python knows.
_NOTSENT_LOWAT = getattr(socket, "TCP_NOTSENT_LOWAT", None)


class Tunable(Protocol):
    """A socket, as far as this file needs one."""

    def setsockopt(self, level: int, name: int, value: int, /) -> None:
        """See ``socket.socket``."""


class Pace:
    """What bodies have shown so far, on all connections to one central. Any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._bytes_per_s: float | None = None
        self._answer_s: float | None = None

    @property
    def answer_s(self) -> float | None:
        """Return how long answers to small calls take; the newest weigh most."""
        with self._lock:
            return self._answer_s

    @property
    def bytes_per_s(self) -> float | None:
        """Return how fast the line took the last body that was large enough to tell."""
        with self._lock:
            return self._bytes_per_s

    @property
    def piece_bytes(self) -> int:
        """Return how much should go into one TLS record."""
        pace = self.bytes_per_s
        if pace is None:
            return _FIRST_PIECE
        return max(_LEAST_PIECE, min(_MOST_PIECE, int(pace * _AHEAD_S)))

    @property
    def is_narrow(self) -> bool:
        """Tell whether what is handed over waits long before it goes."""
        pace = self.bytes_per_s
        return pace is not None and pace < _NARROW_BYTES_PER_S

    def note(self, sent: int, spent_s: float) -> None:
        """Take in that *sent* bytes of one body were taken in *spent_s* seconds."""
        if sent >= _TELLING_BYTES or spent_s >= _TELLING_S:
            with self._lock:
                self._bytes_per_s = sent / max(spent_s, 1e-6)

    def note_answer(self, sent: int, waited_s: float) -> None:
        """Take in how long an answer was waited for after the last of *sent* bytes."""
        if sent <= _SMALL_CALL_BYTES:
            with self._lock:
                before = waited_s if self._answer_s is None else self._answer_s
                self._answer_s = before + (waited_s - before) * _NEWEST_WEIGHS

    def tune(self, opened: Tunable) -> None:
        """Let the system hold back as much as is good on a line of this pace."""
        buffer = _NARROW_BUFFER if self.is_narrow else _WIDE_BUFFER
        # Linux doubles what it is told, for its own book-keeping.
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, buffer // 2)
        if _NOTSENT_LOWAT is not None:
            unsent = _NARROW_UNSENT if self.is_narrow else _WIDE_UNSENT
            opened.setsockopt(socket.IPPROTO_TCP, _NOTSENT_LOWAT, unsent)
