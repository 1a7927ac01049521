"""One item to the central: its frozen manifest, the bytes that are missing, the signed word back.

How the bytes go is in :mod:`kiosk.sync.tus`.
"""

import hashlib
import threading
from collections.abc import Callable
from uuid import UUID

from kiosk.sync.outcomes import ExchangeError, OutcomeClass, exchange_error
from kiosk.sync.ports import Claimed, Delivered, ItemKind, ManifestThere
from kiosk.sync.transport import Transport
from kiosk.sync.tus import TusSender
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
    DEPOSITS,
    MANIFEST_SIGNATURE_HEADER,
    MANIFEST_TYPE,
    PACKED_MANIFEST_TYPE,
    Acknowledgement,
    ProblemType,
    PutAnswer,
    UploadPlace,
)
from kiosk.wire.packing import pack
from kiosk.wire.trust import TrustList, open_statement

_MAX_ROUNDS = 3
_MAX_PLACES = 10_000
_OTHER_TYPE = 415


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
        self._tus = TusSender(transport=transport, stopping=stopping)
        # Where scans go whose manifest went ahead: it need not be sent again to learn that.
        self._places: dict[UUID, UploadPlace] = {}
        self._packs = True

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
            word = self._tus.send(item.document, put.upload.path, put.upload.offset)
            if word:
                return self._accept(item, word, already_there=False)
        raise exchange_error(
            OutcomeClass.SERVER_ERROR, "all bytes are sent, but no word comes back"
        )

    def _put(self, item: Claimed) -> PutAnswer:
        if not self._packs:
            return self._put_as(MANIFEST_TYPE, item.manifest, item)
        try:
            return self._put_as(PACKED_MANIFEST_TYPE, pack(item.manifest), item)
        except ExchangeError as error:
            if error.problem.type != ProblemType.MALFORMED and error.status != _OTHER_TYPE:
                raise
        answer = self._put_as(MANIFEST_TYPE, item.manifest, item)
        # A central from before manifests were packed: it is not asked again.
        self._packs = False
        return answer

    def _put_as(self, content_type: str, body: bytes, item: Claimed) -> PutAnswer:
        path = f"{DEPOSITS}/{item.path_id}"
        if item.kind is ItemKind.EVENT:
            path = f"{path}/events/{item.item_id}"
        headers = {
            "Content-Type": content_type,
            MANIFEST_SIGNATURE_HEADER: b64(item.signature),
        }
        return self._transport.signed("PUT", path, body, headers=headers).read(PutAnswer)

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


def _check_manifest(item: Claimed) -> None:
    if hashlib.sha256(item.manifest).digest() != item.manifest_sha256:
        raise DamagedBundleError("the kept manifest is not the one that was signed")


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
