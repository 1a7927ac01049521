"""Taking in a signed event on a deposit: cancellation, amendment, complement, completion."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row

from central import deposits, items, uploads
from central.errors import ProblemError
from central.items import ItemKind, Taken
from central.registry import Device
from central.schema import events
from kiosk.domain.vocabulary import EventKind
from kiosk.wire.errors import MalformedMessageError
from kiosk.wire.keys import PrivateKey
from kiosk.wire.manifests import EventManifest, read_event
from kiosk.wire.messages import ProblemType

_WITH_DOCUMENT = {EventKind.COMPLEMENT, EventKind.COMPLETION}


def take(
    connection: Connection,
    *,
    caller: Device,
    path_id: str,
    manifest: EventManifest,
    content: bytes,
    signature: str,
    key: PrivateKey,
    now: datetime,
) -> Taken:
    """Keep the event that *content* is and return it as kept; the same again changes nothing.

    Raises:
        ProblemError: On a deposit not known here, not the author's to make, or in
            conflict with what is kept.
    """
    event_id = manifest.event_id
    deposit = deposits.find(connection, path_id)
    if manifest.receipt_number != deposit.receipt_number or manifest.deposit_id not in (
        None,
        deposit.id,
    ):
        raise ProblemError(400, ProblemType.MALFORMED, "the event names another deposit")
    arrival = items.authenticate(
        connection, caller=caller, author=manifest.device, content=content, signature=signature
    )
    _check_right(manifest, deposit, arrival.author)
    item, is_new = items.keep(
        connection,
        item_id=event_id,
        kind=ItemKind.EVENT,
        receipt_number=manifest.receipt_number,
        arrival=arrival,
        document=manifest.document,
        now=now,
    )
    if not is_new:
        return Taken(item=item, is_new=False)
    connection.execute(
        events.insert().values(id=event_id, deposit_id=deposit.id, event=manifest.event.value)
    )
    return uploads.expect(connection, item, key=key, now=now)


def read(content: bytes, event_id: UUID) -> EventManifest:
    """Return the manifest that *content* is.

    Raises:
        ProblemError: Malformed, or of another event.
    """
    try:
        manifest = read_event(content)
    except MalformedMessageError as error:
        raise ProblemError(400, ProblemType.MALFORMED, str(error)) from error
    if manifest.event_id != event_id:
        raise ProblemError(400, ProblemType.MALFORMED, "the path names another event")
    if (manifest.document is not None) != (manifest.event in _WITH_DOCUMENT):
        detail = "complements and completions have a document, other events have none"
        raise ProblemError(400, ProblemType.MALFORMED, detail)
    if (manifest.immatriculation is not None) != (manifest.event is EventKind.AMENDMENT):
        detail = "an amendment, and nothing else, names the corrected value"
        raise ProblemError(400, ProblemType.MALFORMED, detail)
    return manifest


def _check_right(manifest: EventManifest, deposit: Row[Any], author: Device) -> None:
    if manifest.event is not EventKind.COMPLEMENT and author.point != deposit.point:
        detail = "only the point that took a deposit may do this to it"
        raise ProblemError(403, ProblemType.NOT_YOURS, detail)
