"""One item to the central: its frozen manifest, the bytes that are missing, the signed word back.

The bytes go by tus 1.0 in one streaming PATCH; after a cut the central is asked where to go on.
"""

import hashlib
import threading
from collections.abc import Callable, Iterator
from uuid import UUID

from kiosk.sync.outcomes import ExchangeError, OutcomeClass, exchange_error
from kiosk.sync.ports import Claimed, Delivered, ItemKind, ManifestThere, SealedDocument
from kiosk.sync.transport import Answer, Transport
from kiosk.wire.cose import ContentType
from kiosk.wire.encoding import b64, unb64
from kiosk.wire.errors import (
    BadSignatureError,
    DamagedBundleError,
    MalformedMessageError,
    UnknownKeyError,
)
from kiosk.wire.manifests import read_deposit, read_event
from kiosk.wire.messages import (
    ACKNOWLEDGEMENT_HEADER,
    DEPOSITS,
    MANIFEST_SIGNATURE_HEADER,
    MANIFEST_TYPE,
    TUS_CONTENT_TYPE,
    TUS_VERSION,
    Acknowledgement,
    ProblemType,
    PutAnswer,
    UploadPlace,
)
from kiosk.wire.trust import TrustList, open_statement

_MAX_ROUNDS = 3
_MAX_PLACES = 10_000
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


class Uploader:
    """Delivers claimed items.

    Args:
        trust: Gives the newest verified trust list.
        refresh: Fetches updates, a newer trust list among them.
        stopping: Set when the program is closing.
    """

    def __init__(
        self,
        *,
        transport: Transport,
        trust: Callable[[], TrustList],
        refresh: Callable[[], None],
        stopping: threading.Event,
    ) -> None:
        self._transport = transport
        self._trust = trust
        self._refresh = refresh
        self._stopping = stopping
        # Where scans go whose manifest went ahead: it need not be sent again to learn that.
        self._places: dict[UUID, UploadPlace] = {}

    def announce(self, item: Claimed) -> Delivered | ManifestThere:
        """Return once the central holds the manifest of *item*, whatever becomes of its scan.

        Raises:
            ExchangeError, DamagedBundleError: As :meth:`deliver`.
        """
        _check_manifest(item)
        put = self._put(item)
        if put.acknowledgement is not None:
            held_before = item.document is not None
            return self._accept(item, put.acknowledgement, already_there=held_before)
        if put.upload is None:
            raise exchange_error(OutcomeClass.SERVER_ERROR, "neither a place nor a word")
        if len(self._places) < _MAX_PLACES:
            self._places[item.item_id] = put.upload
        return ManifestThere()

    def deliver(self, item: Claimed) -> Delivered | ManifestThere:
        """Return once the central's verified word for all of *item* is here.

        ManifestThere when the central would take a scan that is not to be sent.

        Raises:
            ExchangeError: Not now, or never; its ``outcome`` says which.
            DamagedBundleError: What lies here is not what was signed.
            OSError: What lies here could not be read.
            StoppedError: The program is closing.
        """
        _check_manifest(item)
        known = self._places.pop(item.item_id, None) if item.document else None
        is_first = known is None
        for _ in range(_MAX_ROUNDS):
            put, known = PutAnswer(upload=known) if known else self._put(item), None
            if put.acknowledgement is not None:
                # Held before a byte of the scan was sent. Without a scan nobody can tell.
                already_there = is_first and item.document is not None
                return self._accept(item, put.acknowledgement, already_there=already_there)
            is_first = False
            if put.upload is None:
                break
            if item.document is None:
                return ManifestThere()
            word = self._send(item.document, put.upload.path, put.upload.offset)
            if word:
                return self._accept(item, word, already_there=False)
        raise exchange_error(
            OutcomeClass.SERVER_ERROR, "all bytes are sent, but no word comes back"
        )

    def _put(self, item: Claimed) -> PutAnswer:
        path = f"{DEPOSITS}/{item.path_id}"
        if item.kind is ItemKind.EVENT:
            path = f"{path}/events/{item.item_id}"
        headers = {
            "Content-Type": MANIFEST_TYPE,
            MANIFEST_SIGNATURE_HEADER: b64(item.signature),
        }
        return self._transport.signed("PUT", path, item.manifest, headers=headers).read(PutAnswer)

    def _send(self, document: SealedDocument, path: str, offset: int) -> str:
        """Return the acknowledgement as it came, or "" when it has to be asked for."""
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

    def _accept(self, item: Claimed, text: str, *, already_there: bool) -> Delivered:
        try:
            word = self._verify(text)
            signed = unb64(text)
        except (BadSignatureError, UnknownKeyError, MalformedMessageError) as error:
            # Never held: keys are replaced, and what was sent is safe here meanwhile.
            raise exchange_error(OutcomeClass.SERVER_ERROR, str(error)) from error
        if not _is_word_for(word, item):
            raise exchange_error(
                OutcomeClass.SERVER_ERROR, "the acknowledgement is for something else"
            )
        return Delivered(acknowledgement=word, signed=signed, already_there=already_there)

    def _verify(self, text: str) -> Acknowledgement:
        kind = ContentType.ACKNOWLEDGEMENT
        try:
            return open_statement(Acknowledgement, text, self._trust().acknowledgement_key, kind)
        except UnknownKeyError:
            self._refresh()
        return open_statement(Acknowledgement, text, self._trust().acknowledgement_key, kind)


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


def _check_manifest(item: Claimed) -> None:
    if hashlib.sha256(item.manifest).digest() != item.manifest_sha256:
        raise DamagedBundleError("the kept manifest is not the one that was signed")


def _is_contended(error: ExchangeError) -> bool:
    # After a cut the central may still be busy with what came before it.
    return error.status == 423 or error.problem.type == ProblemType.WRONG_OFFSET


def _offset(answer: Answer) -> int:
    text = answer.headers.get("Upload-Offset", "")
    if not (text.isascii() and text.isdigit() and len(text) <= 12):
        raise exchange_error(OutcomeClass.SERVER_ERROR, "an answer without an offset")
    return int(text)


def _is_word_for(word: Acknowledgement, item: Claimed) -> bool:
    """Tell whether *word* is about exactly this manifest, and its scan if that was sent."""
    if item.document is not None:
        documents = {item.document.sha256.hex()}
    else:
        manifest = (read_event if item.kind is ItemKind.EVENT else read_deposit)(item.manifest)
        # Unwanted here, but it may have arrived before the cancellation.
        documents = {manifest.document.sha256} if manifest.document else set()
    known = word.document_sha256 in documents or (
        word.document_sha256 is None and item.document is None
    )
    return (
        word.item_id == item.item_id
        and word.receipt_number == item.receipt_number
        and word.manifest_sha256 == item.manifest_sha256.hex()
        and known
    )
