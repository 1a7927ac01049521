"""A courier's stick at the central: bundles taken in, the central's words written back on it."""

from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from central import intake, rotation
from central.identities import Identities
from central.intake import NotTakenError
from central.items import Item, ItemKind
from central.services import Services
from kiosk.domain.errors import StickError
from kiosk.wire import courier, stick
from kiosk.wire.bundles import check_open, read_header_of, read_open
from kiosk.wire.courier import CourierList
from kiosk.wire.encoding import b64
from kiosk.wire.errors import (
    BadSignatureError,
    DamagedBundleError,
    MalformedMessageError,
    UnknownKeyError,
)
from kiosk.wire.keys import PublicKey
from kiosk.wire.stick import Found

DAMAGED, UNREADABLE, RENAMED, MISSING = "damaged", "unreadable", "renamed", "missing"
ODD, BAD_LIST = "not-ours", "list-refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What became of a stick.

    Attributes:
        refused: Name on the stick and why, as a code.
        unwritten: Words that could not be put on the stick; their items are held all the same.
    """

    deposits: int
    events: int
    new: int
    already_there: int
    written: int
    unwritten: int
    refused: tuple[tuple[str, str], ...]


class Reception:
    """Takes one stick in. Whatever is wrong with one file is said of it, and the others go on."""

    def __init__(self, services: Services, identities: Identities, found: Found) -> None:
        self._services = services
        self._identities = identities
        self._found = found
        self._refused: list[tuple[str, str]] = []
        self._counted: Counter[tuple[ItemKind, bool]] = Counter()
        self._words: dict[UUID, str] = {}
        self._written = 0
        self._unwritten = 0

    def take_in(self) -> Taken:
        """Take everything in, deposits before what happened to them."""
        self._refused += [(name, ODD) for name in self._found.odd]
        for item_id in self._in_order():
            try:
                item, is_new = self._take(item_id)
            except NotTakenError as error:
                self._refused.append((courier.bundle_name(item_id), error.reason))
                continue
            self._counted[item.kind, is_new] += 1
            if item.acknowledgement is not None:  # else its document is still to come
                self._words[item.id] = b64(item.acknowledgement)
        self._write_words()
        self._refused += self._missing()
        counted = self._counted
        return Taken(
            deposits=counted[ItemKind.DEPOSIT, True] + counted[ItemKind.DEPOSIT, False],
            events=counted[ItemKind.EVENT, True] + counted[ItemKind.EVENT, False],
            new=counted[ItemKind.DEPOSIT, True],
            already_there=counted[ItemKind.DEPOSIT, False],
            written=self._written,
            unwritten=self._unwritten,
            refused=tuple(self._refused),
        )

    def _in_order(self) -> Iterator[UUID]:
        later: list[UUID] = []
        for item_id in self._found.bundles:
            try:
                with stick.open_bundle(self._found.folder, item_id) as source:
                    header = read_header_of(source)
                opened = intake.open_bundle(header, self._identities)
            except (OSError, DamagedBundleError, NotTakenError):
                later.append(item_id)  # named when its turn comes
                continue
            if opened.kind is ItemKind.DEPOSIT:
                yield item_id
            else:
                later.append(item_id)
        yield from later

    def _take(self, item_id: UUID) -> tuple[Item, bool]:
        try:
            with stick.open_bundle(self._found.folder, item_id) as source:
                header = check_open(source)
                if header.item_id != item_id:
                    raise NotTakenError(RENAMED)
                opened = intake.open_bundle(header, self._identities)
                return intake.take_whole(self._services, opened, lambda: read_open(source))
        except OSError as error:
            raise NotTakenError(UNREADABLE) from error
        except DamagedBundleError as error:
            raise NotTakenError(DAMAGED) from error

    def _write_words(self) -> None:
        targets = {
            self._found.folder / courier.acknowledgement_name(item_id): word
            for item_id, word in self._words.items()
        }
        new = {path: word for path, word in targets.items() if not _says(path, word)}
        for path, word in new.items():
            with suppress(StickError):  # told by its count
                stick.write_unsynced(path, word.encode("ascii"))
        if new:
            # Once for all: a cheap stick takes a second for each file that is synced by itself.
            stick.sync_all(self._found.folder)
        self._written = sum(_says(path, word) for path, word in targets.items())
        self._unwritten = len(targets) - self._written

    def _missing(self) -> Iterator[tuple[str, str]]:
        there = set(self._found.bundles)
        for device in self._found.lists:
            listed = self._list_of(device)
            if listed is None:
                yield courier.list_name(device), BAD_LIST
                continue
            for one in listed.bundles:
                if one.item_id not in there:
                    yield courier.bundle_name(one.item_id), MISSING

    def _list_of(self, device: str) -> CourierList | None:
        def resolve(key_id: bytes) -> PublicKey | None:
            with self._services.database.reading() as connection:
                author = rotation.signer(connection, key_id, "request")
            return author[1] if author is not None else None

        path = self._found.folder / courier.list_name(device)
        try:
            listed = courier.open_list(stick.read_small(path, courier.MAX_LIST_BYTES), resolve)
        except (
            *(OSError, UnicodeDecodeError, BadSignatureError),
            *(UnknownKeyError, MalformedMessageError),
        ):
            return None
        return listed if listed.device == device else None


def _says(path: Path, word: str) -> bool:
    try:
        return stick.read_small(path, courier.MAX_ACKNOWLEDGEMENT_BYTES) == word
    except (OSError, UnicodeDecodeError):
        return False
