"""A courier's stick at a kiosk: words for this kiosk taken in, others' bundles handed on."""

import contextlib
import hashlib
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from uuid import UUID

from kiosk.domain.courier import CourierProgress, Imported, OnProgress
from kiosk.domain.errors import StickError, StickGoneError
from kiosk.sync.outcomes import RULES, ExchangeError, Next, OutcomeClass
from kiosk.sync.ports import Delivered, DeviceMemory, Parcel, Parcels, SealedDocument
from kiosk.sync.transport import Transport
from kiosk.sync.tus import StoppedError, TusSender
from kiosk.wire import courier, stick
from kiosk.wire.bundles import BundleHeader, check_open, pack_header, read_open
from kiosk.wire.cose import ContentType
from kiosk.wire.courier import Carried
from kiosk.wire.encoding import unb64
from kiosk.wire.errors import (
    BadSignatureError,
    DamagedBundleError,
    MalformedMessageError,
    UnknownKeyError,
)
from kiosk.wire.messages import BUNDLE_TYPE, BUNDLES, Acknowledgement, BundleAnswer, BundleState
from kiosk.wire.stick import Found
from kiosk.wire.trust import open_statement

_DOWN_AFTER = 2
DAMAGED, UNREADABLE, RENAMED, ODD = "damaged", "unreadable", "renamed", "not-ours"
UNKNOWN_KEY, BAD_WORD, ANOTHERS_WORD = "unknown-key", "bad-word", "word-for-something-else"


class _WrongWordError(Exception):
    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Import:
    """One stick, once. Whatever is wrong with one file is said of it, and the others go on.

    Args:
        refresh: Fetches updates, a newer trust list among them.
        stopping: Set when the program is closing.
    """

    def __init__(
        self,
        found: Found,
        *,
        transport: Transport,
        parcels: Parcels,
        memory: DeviceMemory,
        refresh: Callable[[], None],
        stopping: threading.Event,
    ) -> None:
        self._found = found
        self._transport = transport
        self._parcels = parcels
        self._trust = memory.trust_list
        self._refresh = refresh
        self._is_refreshed = False
        self._tus = TusSender(transport=transport, stopping=stopping)
        self._counted: Counter[tuple[bool, bool]] = Counter()
        self._acknowledged = self._unwritten = self._waiting = self._in_a_row = 0
        self._line_failed = False
        self._refused: list[tuple[str, str]] = [(name, ODD) for name in found.odd]

    def run(self, on_progress: OnProgress) -> Imported:
        """Take in what is for this kiosk, then hand on what is for the central.

        Raises:
            StickError: The stick was pulled out; what was done is done.
            ExchangeError: This device has been revoked.
        """
        for item_id in self._found.acknowledgements:
            self._take_word(item_id)
        others = [item for item in self._found.bundles if not self._sends_itself(item)]
        for count, item_id in enumerate(others, start=1):
            self._hand_on(item_id)
            on_progress(CourierProgress(done=count, total=len(others), done_bytes=0, total_bytes=0))
        counted = self._counted
        return Imported(
            deposits=counted[False, True] + counted[False, False],
            events=counted[True, True] + counted[True, False],
            new=counted[False, True],
            already_there=counted[False, False],
            acknowledgements=self._acknowledged,
            waiting=self._waiting,
            unwritten=self._unwritten,
            refused=tuple(self._refused),
            line_failed=self._line_failed,
        )

    def _sends_itself(self, item_id: UUID) -> bool:
        # What a restore adopted has no row that would be sent; it goes as others' bundles do.
        parcel = self._parcels.find(item_id)
        return parcel is not None and (parcel.kind is not None or parcel.is_delivered)

    def _take_word(self, item_id: UUID) -> None:
        parcel = self._parcels.find(item_id)
        if parcel is None or parcel.is_delivered:
            return
        name = courier.acknowledgement_name(item_id)
        try:
            text = stick.read_small(self._found.folder / name, courier.MAX_ACKNOWLEDGEMENT_BYTES)
            word = self._verified(text)
            if not _is_word_for(word, parcel):
                raise _WrongWordError(ANOTHERS_WORD)
        except (OSError, UnicodeDecodeError):
            self._check_there()
            self._refused.append((name, UNREADABLE))
        except _WrongWordError as error:
            self._refused.append((name, error.reason))
        else:
            delivered = Delivered(acknowledgement=word, signed=unb64(text), already_there=False)
            self._parcels.accept(item_id, delivered)
            self._acknowledged += 1

    def _verified(self, text: str) -> Acknowledgement:
        kind = ContentType.ACKNOWLEDGEMENT
        try:
            try:
                return open_statement(
                    Acknowledgement, text, self._trust().acknowledgement_key, kind
                )
            except UnknownKeyError:
                self._refresh_once()
            return open_statement(Acknowledgement, text, self._trust().acknowledgement_key, kind)
        except UnknownKeyError as error:
            # It stays on the stick: the next import, with a line, fetches the list of keys.
            raise _WrongWordError(UNKNOWN_KEY) from error
        except (BadSignatureError, MalformedMessageError) as error:
            raise _WrongWordError(BAD_WORD) from error

    def _refresh_once(self) -> None:
        if not self._is_refreshed:
            self._is_refreshed = True
            with contextlib.suppress(ExchangeError):
                self._refresh()

    def _hand_on(self, item_id: UUID) -> None:
        if self._in_a_row >= _DOWN_AFTER:
            self._waiting += 1
            return
        name = courier.bundle_name(item_id)
        try:
            with stick.open_bundle(self._found.folder, item_id) as source:
                header = check_open(source)
            if header.item_id != item_id:
                self._refused.append((name, RENAMED))
                return
            answer, is_new = self._deliver(header)
        except OSError:
            self._check_there()
            self._refused.append((name, UNREADABLE))
        except DamagedBundleError:
            self._refused.append((name, DAMAGED))
        except StoppedError:
            self._waiting += 1
            self._in_a_row = _DOWN_AFTER
        except ExchangeError as error:
            self._after(error, name)
        else:
            self._in_a_row = 0
            self._counted[answer.kind is Carried.EVENT, is_new] += 1
            self._bring_back(header, answer)

    def _deliver(self, header: BundleHeader) -> tuple[BundleAnswer, bool]:
        answer = first = self._put(header)
        if answer.state is BundleState.WANTED and answer.upload and header.has_document:
            document = SealedDocument(
                sha256=header.document_sha256,
                size_bytes=header.document_bytes,
                read=partial(self._read, header.item_id),
            )
            self._tus.send(document, answer.upload.path, answer.upload.offset)
            answer = self._put(header)
        return answer, first.is_new

    def _put(self, header: BundleHeader) -> BundleAnswer:
        packed = pack_header(header)
        path = f"{BUNDLES}/{hashlib.sha256(packed).hexdigest()}"
        headers = {"Content-Type": BUNDLE_TYPE}
        return self._transport.signed("PUT", path, packed, headers=headers).read(BundleAnswer)

    def _read(self, item_id: UUID, offset: int) -> Iterator[bytes]:
        with stick.open_bundle(self._found.folder, item_id) as source:
            yield from read_open(source, offset)

    def _after(self, error: ExchangeError, name: str) -> None:
        rule = RULES[error.outcome]
        if error.outcome is OutcomeClass.REVOKED:
            raise error
        if rule.next is Next.HOLD:
            self._in_a_row = 0
            self._refused.append((name, error.outcome.value))
            return
        self._waiting += 1
        self._line_failed = True
        self._in_a_row = self._in_a_row + 1 if rule.about_line else 0

    def _bring_back(self, header: BundleHeader, answer: BundleAnswer) -> None:
        if answer.acknowledgement is None:
            return
        name = courier.acknowledgement_name(header.item_id)
        try:
            word = self._verified(answer.acknowledgement)
            if (word.item_id, word.manifest_sha256) != (
                header.item_id,
                header.manifest_sha256.hex(),
            ):
                raise _WrongWordError(ANOTHERS_WORD)
            stick.write_verified(self._found.folder / name, (answer.acknowledgement.encode(),))
        except _WrongWordError as error:
            self._refused.append((name, error.reason))
        except StickError:
            # Held at the central all the same; its author hears of it over a line, or next time.
            self._unwritten += 1

    def _check_there(self) -> None:
        if not self._found.folder.is_dir():
            raise StickGoneError("the stick was pulled out")


def _is_word_for(word: Acknowledgement, parcel: Parcel) -> bool:
    documents: Sequence[str | None] = [
        parcel.document_sha256.hex() if parcel.document_sha256 else None
    ]
    if not parcel.wants_document:
        documents = [*documents, None]
    return (
        word.item_id == parcel.item_id
        and word.receipt_number == parcel.receipt_number
        and word.manifest_sha256 == parcel.manifest_sha256.hex()
        and word.document_sha256 in documents
    )
