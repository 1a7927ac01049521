"""From a sealed bundle to a deposit or event that is held as if its author had sent it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

import pyrage
from sqlalchemy import Connection, select

from central import deposits, events, leftovers, registry, schema, uploads
from central.errors import ProblemError
from central.identities import Identities
from central.items import Item, ItemKind
from central.registry import Device
from central.services import Services
from kiosk.wire.bundles import BundleHeader
from kiosk.wire.encoding import b64
from kiosk.wire.errors import MalformedMessageError
from kiosk.wire.manifests import MAX_MANIFEST_BYTES, DepositManifest, Manifest, read_manifest
from kiosk.wire.messages import ProblemType


class Refusal(StrEnum):
    """Why a bundle is not taken in, beside the protocol's own problems."""

    SEALED_FOR_OTHERS = "sealed-for-others"
    CONTRADICTORY = "contradictory"
    UNKNOWN_DEVICE = "unknown-device"


class NotTakenError(Exception):
    """One bundle is not taken in; others are. ``reason`` is a code."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A bundle's manifest, unsealed: exactly the bytes its author signed, and what they say."""

    header: BundleHeader
    content: bytes
    manifest: Manifest

    @property
    def kind(self) -> ItemKind:
        """Return what the bundle brings."""
        return ItemKind(self.manifest.type)


def open_bundle(header: BundleHeader, identities: Identities) -> Opened:
    """Unseal the manifest of a bundle and hold it against the bundle's header.

    Raises:
        NotTakenError: Sealed for somebody else, no manifest, or not the one the header names.
    """
    try:
        content: bytes = pyrage.decrypt(header.sealed_manifest, list(identities))
    except pyrage.DecryptError as error:
        raise NotTakenError(Refusal.SEALED_FOR_OTHERS) from error
    if len(content) > MAX_MANIFEST_BYTES:
        raise NotTakenError(Refusal.CONTRADICTORY)
    try:
        manifest = read_manifest(content)
    except MalformedMessageError as error:
        raise NotTakenError(_code(ProblemType.MALFORMED)) from error
    opened = Opened(header=header, content=content, manifest=manifest)
    if not _is_one(opened):
        raise NotTakenError(Refusal.CONTRADICTORY)
    return opened


def take(
    connection: Connection, services: Services, opened: Opened, carrier: Device | None
) -> tuple[Item, bool]:
    """Keep what a bundle brings; return it as kept, and whether it was new.

    *carrier* is the device that brought it; None when it came on a stick.

    Raises:
        ProblemError: As for the author's own call.
        NotTakenError: The author is not enrolled here.
    """
    manifest, header = opened.manifest, opened.header
    author = registry.by_code(connection, manifest.device)
    if author is None:
        raise NotTakenError(Refusal.UNKNOWN_DEVICE)
    kept = connection.scalar(select(schema.items.c.id).where(schema.items.c.id == header.item_id))
    caller, signature = carrier or author, b64(header.signature)
    key, now = services.keys.acknowledgement, services.now()
    if isinstance(manifest, DepositManifest):
        taken = deposits.take(
            connection,
            caller=caller,
            manifest=manifest,
            content=opened.content,
            signature=signature,
            key=key,
            now=now,
        )
    else:
        taken = events.take(
            connection,
            caller=caller,
            path_id=str(manifest.deposit_id or manifest.receipt_number),
            manifest=manifest,
            content=opened.content,
            signature=signature,
            key=key,
            now=now,
        )
    return taken.item, kept is None


def take_whole(
    services: Services,
    opened: Opened,
    document: Callable[[], Iterator[bytes]],
    carrier: Device | None = None,
) -> tuple[Item, bool]:
    """Keep what a whole bundle brings, its document too; return it as kept, and whether new.

    Raises:
        NotTakenError: Refused, by the code of the protocol's problem.
    """
    try:
        with services.database.writing() as connection:
            item, is_new = take(connection, services, opened, carrier)
        if item.acknowledgement is None and opened.header.has_document:
            item = uploads.hold_whole(services, item, document())
        elif item.kind is ItemKind.EVENT and item.acknowledgement is not None:
            leftovers.drop_released(services, item.id)
    except ProblemError as error:
        raise NotTakenError(_code(error.problem_type)) from error
    return item, is_new


def _is_one(opened: Opened) -> bool:
    header, manifest = opened.header, opened.manifest
    item_id = manifest.deposit_id if manifest.type == "deposit" else manifest.event_id
    if (item_id, manifest.receipt_number) != (header.item_id, header.receipt_number):
        return False
    if not header.has_document:
        return True  # a manifest may travel alone; what it names comes otherwise, or no more
    named = manifest.document
    return named is not None and (bytes.fromhex(named.sha256), named.size_bytes) == (
        header.document_sha256,
        header.document_bytes,
    )


def _code(problem_type: str) -> str:
    return problem_type.rpartition(":")[2]
