"""Opens the bundles that were carried here while no intake key was at hand."""

from dataclasses import dataclass
from functools import partial
from uuid import UUID

from central import carried, intake
from central.carried import State
from central.identities import Identities
from central.intake import NotTakenError, Refusal
from central.registry import Device
from central.services import Services
from kiosk.wire.bundles import BundleHeader

_MAY_COME = {Refusal.SEALED_FOR_OTHERS.value, "unknown-deposit"}
"""Another key, or the deposit an event is about, may still come."""


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
            opened += 1
            is_getting_on = True
            _mark(services, bundle_id, State.OPENED)
    return Round(opened=opened, refused=refused)


def _take(
    services: Services,
    identities: Identities,
    bundle_id: UUID,
    header: BundleHeader,
    carrier: Device | None,
) -> None:
    opened = intake.open_bundle(header, identities)
    document = partial(services.blobs.read, bundle_id, header.document_sha256)
    intake.take_whole(services, opened, document, carrier)


def _mark(services: Services, bundle_id: UUID, state: State, refusal: str | None = None) -> None:
    with services.database.writing() as connection:
        carried.mark(connection, bundle_id, state, refusal)
