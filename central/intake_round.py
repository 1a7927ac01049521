"""Opens the bundles that were carried here while no intake key was at hand."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from uuid import UUID

import structlog

from central import carried, intake
from central.carried import State
from central.identities import Identities
from central.intake import NotTakenError, Refusal
from central.registry import Device
from central.services import Services
from kiosk.wire.bundles import BundleHeader

_MAY_COME = {Refusal.SEALED_FOR_OTHERS.value, "unknown-deposit"}
"""Another key, or the deposit an event is about, may still come."""
log = structlog.get_logger("central")


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """What became of the bundles that waited."""

    opened: int
    refused: int


def take_in_whole(services: Services, identities: Identities) -> Round:
    """Open what waits, again and again while something of it is held by that."""
    opened = refused = 0
    is_getting_on = True
    while is_getting_on:
        is_getting_on = False
        with services.database.reading() as connection:
            waiting = carried.whole(connection)
        for bundle_id, header, carrier in waiting:
            try:
                _take(services, identities, bundle_id, header, carrier)
            except NotTakenError as error:
                if error.reason not in _MAY_COME:
                    refused += 1
                    _mark(services, bundle_id, State.REFUSED, error.reason)
                continue
            except FileNotFoundError:
                log.warning("document_missing", bundle=str(bundle_id))
                continue  # one that a restored store lacks holds up no other
            opened += 1
            is_getting_on = True
            _mark(services, bundle_id, State.OPENED)
    clear_doubles(services)
    return Round(opened=opened, refused=refused)


def clear_doubles(services: Services) -> int:
    """Remove what lies under an opened bundle and under what it brought; return how many went.

    Each is read and hashed where it stays before the other goes. What an earlier round left, since
    it died or the store failed, is found again.
    """
    with services.database.reading() as connection:
        doubled = carried.doubled(connection)
    cleared = 0
    for bundle_id, header in doubled:
        if _lies_whole(services, header):
            services.blobs.remove(bundle_id, header.document_sha256)
            _mark(services, bundle_id, State.CLEARED)
            cleared += 1
    return cleared


def _lies_whole(services: Services, header: BundleHeader) -> bool:
    digest = hashlib.sha256()
    try:
        for block in services.blobs.read(header.item_id, header.document_sha256):
            digest.update(block)
    except FileNotFoundError:
        return False  # a cancelled deposit's scan was never taken out of its bundle
    return digest.digest() == header.document_sha256


def _take(
    services: Services,
    identities: Identities,
    bundle_id: UUID,
    header: BundleHeader,
    carrier: Device | None,
) -> None:
    opened = intake.open_bundle(header, identities)
    document = partial(_document, services, bundle_id, header)
    intake.take_whole(services, opened, document, carrier)


def _document(services: Services, bundle_id: UUID, header: BundleHeader) -> Iterator[bytes]:
    try:
        yield from services.blobs.read(bundle_id, header.document_sha256)
    except FileNotFoundError:
        # The database came back from a backup that was made before the double was removed.
        yield from services.blobs.read(header.item_id, header.document_sha256)


def _mark(services: Services, bundle_id: UUID, state: State, refusal: str | None = None) -> None:
    with services.database.writing() as connection:
        carried.mark(connection, bundle_id, state, refusal)
