"""The bytes of a sealed scan by tus 1.0: one streaming PATCH, and HEAD to go on after a cut."""

import hashlib
import threading
from collections.abc import Callable, Iterator

from kiosk.sync.outcomes import ExchangeError, OutcomeClass, exchange_error
from kiosk.sync.ports import SealedDocument
from kiosk.sync.transport import Answer, Transport
from kiosk.wire.errors import DamagedBundleError
from kiosk.wire.messages import (
    ACKNOWLEDGEMENT_HEADER,
    TUS_CONTENT_TYPE,
    TUS_VERSION,
    ProblemType,
)

_LEAST_PROGRESS = 4 * 1024
_MAX_CONTENDED = 5
_CONTENDED_PAUSE_S = 0.5
_SLICE = 16 * 1024
_CUT = {OutcomeClass.RESET, OutcomeClass.TIMEOUT, OutcomeClass.SERVER_ERROR}
_TUS = {"Tus-Resumable": TUS_VERSION}


class StoppedError(Exception):
    """The program is closing; the item stays as it is."""


class _LocalFaultError(Exception):
    """Wraps what reading the bundle raised: urllib3 takes a bare OSError for the line's."""

    def __init__(self, fault: OSError | DamagedBundleError) -> None:
        super().__init__(str(fault))
        self.fault = fault


class TusSender:
    """Sends what is missing of a document to its place, whoever serves it.

    Args:
        stopping: Set when the program is closing.
    """

    def __init__(self, *, transport: Transport, stopping: threading.Event) -> None:
        self._transport = transport
        self._stopping = stopping

    def send(self, document: SealedDocument, path: str, offset: int) -> str:
        """Return the acknowledgement as it came, or "" when it has to be asked for.

        Raises:
            ExchangeError: Not now, or never; its ``outcome`` says which.
            DamagedBundleError, OSError: What lies here is damaged, or could not be read.
            StoppedError: The program is closing.
        """
        contended = 0
        while True:
            if offset > document.size_bytes:
                raise exchange_error(OutcomeClass.SERVER_ERROR, "an offset past the end")
            try:
                answer = self._patch(document, path, offset)
            except ExchangeError as error:
                if error.problem.type == ProblemType.UNKNOWN:
                    return ""  # the upload has expired: the manifest's PUT opens a new one
                reached = self._after_fault(error, document, path)
                if _is_contended(error):
                    contended += 1
                    if contended > _MAX_CONTENDED:
                        raise
                    self._stopping.wait(_CONTENDED_PAUSE_S)
                elif reached - offset < _LEAST_PROGRESS and reached != document.size_bytes:
                    raise
            else:
                word = answer.headers.get(ACKNOWLEDGEMENT_HEADER, "")
                reached = _offset(answer)
                if word or reached <= offset:
                    return word
            if reached == document.size_bytes:
                return ""
            offset = reached

    def _after_fault(self, error: ExchangeError, document: SealedDocument, path: str) -> int:
        """Return how far the central got; what cannot be gone on with is raised."""
        if error.problem.type == ProblemType.DAMAGED_UPLOAD:
            for _ in _checked(document, 0, lambda: None):
                pass  # raises if the bytes were damaged here rather than on the way
            raise error
        if error.outcome not in _CUT:
            raise error
        try:
            return _offset(self._transport.plain("HEAD", path, headers=_TUS))
        except ExchangeError:
            raise error from None

    def _patch(self, document: SealedDocument, path: str, offset: int) -> Answer:
        headers = {
            **_TUS,
            "Content-Type": TUS_CONTENT_TYPE,
            "Upload-Offset": str(offset),
        }
        body = _Body(document, offset, self._check_stop)
        try:
            return self._transport.plain("PATCH", path, body, headers=headers)
        except _LocalFaultError as error:
            raise error.fault from error

    def _check_stop(self) -> None:
        if self._stopping.is_set():
            raise StoppedError


class _Body:
    """The document from an offset, with the length that keeps requests from chunking it."""

    def __init__(
        self, document: SealedDocument, offset: int, check_stop: Callable[[], None]
    ) -> None:
        self._document = document
        self._offset = offset
        self._check_stop = check_stop

    def __len__(self) -> int:
        return self._document.size_bytes - self._offset

    def __iter__(self) -> Iterator[bytes]:
        try:
            yield from _checked(self._document, self._offset, self._check_stop)
        except (OSError, DamagedBundleError) as fault:
            raise _LocalFaultError(fault) from fault


def _checked(
    document: SealedDocument, offset: int, check_stop: Callable[[], None]
) -> Iterator[bytes]:
    """Yield the bytes from *offset*; the last ones only if the whole has the signed hash.

    What lies before *offset* is read too: a disk is fast, and a damaged scan must not be
    completed at the central.
    """
    digest, position, kept = hashlib.sha256(), 0, b""
    for block in document.read(0):
        digest.update(block)
        start = max(offset - position, 0)
        position += len(block)
        for at in range(start, len(block), _SLICE):
            check_stop()
            if kept:
                yield kept
            kept = block[at : at + _SLICE]
    if position != document.size_bytes or digest.digest() != document.sha256:
        raise DamagedBundleError("the sealed scan is not the one that was signed")
    if kept:
        yield kept


def _is_contended(error: ExchangeError) -> bool:
    # After a cut the central may still be busy with what came before it.
    return error.status == 423 or error.problem.type == ProblemType.WRONG_OFFSET


def _offset(answer: Answer) -> int:
    text = answer.headers.get("Upload-Offset", "")
    if not (text.isascii() and text.isdigit() and len(text) <= 12):
        raise exchange_error(OutcomeClass.SERVER_ERROR, "an answer without an offset")
    return int(text)
