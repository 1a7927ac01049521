"""Taking in a deposit's frozen manifest, however often it comes."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, select

from central import duplicates, items, one_by_one, same_pages, uploads
from central.errors import ProblemError
from central.items import Item, ItemKind, Taken
from central.registry import Device
from central.schema import deposits
from kiosk.domain.errors import NotAReceiptError
from kiosk.domain.moments import ClockTrust
from kiosk.domain.receipt_number import ReceiptNumber, parse
from kiosk.wire.errors import MalformedMessageError
from kiosk.wire.keys import PrivateKey
from kiosk.wire.manifests import DepositManifest, read_deposit
from kiosk.wire.messages import ProblemType


def take(
    connection: Connection,
    *,
    caller: Device,
    manifest: DepositManifest,
    content: bytes,
    signature: str,
    key: PrivateKey,
    now: datetime,
) -> Taken:
    """Keep the deposit that *content* is and return it as kept; the same again changes nothing.

    Raises:
        ProblemError: Not the author's, or in conflict with what is kept.
    """
    number = checked_number(manifest.receipt_number)
    arrival = items.authenticate(
        connection, caller=caller, author=manifest.device, content=content, signature=signature
    )
    if number.device != manifest.device:
        raise ProblemError(403, ProblemType.NOT_YOURS, "the number is not of the device's range")
    item, is_new = items.keep(
        connection,
        item_id=manifest.deposit_id,
        kind=ItemKind.DEPOSIT,
        receipt_number=manifest.receipt_number,
        arrival=arrival,
        document=manifest.document,
        now=now,
    )
    if not is_new:
        return Taken(item=item, is_new=False)
    _add(connection, manifest, item, number.point, now)
    return uploads.expect(connection, item, key=key, now=now)


def read(content: bytes, deposit_id: UUID) -> DepositManifest:
    """Return the manifest that *content* is.

    Raises:
        ProblemError: Malformed, or of another deposit.
    """
    try:
        manifest = read_deposit(content)
    except MalformedMessageError as error:
        raise ProblemError(400, ProblemType.MALFORMED, str(error)) from error
    if manifest.deposit_id != deposit_id:
        raise ProblemError(400, ProblemType.MALFORMED, "the path names another deposit")
    return manifest


def find(connection: Connection, path_id: str) -> Row[Any]:
    """Return the deposit of that id or receipt number.

    Raises:
        ProblemError: It is not known here (yet), or the text is neither.
    """
    deposit_id = one_id(path_id)
    if deposit_id is not None:
        condition = deposits.c.id == deposit_id
    elif str(checked_number(path_id)) == path_id:
        condition = deposits.c.receipt_number == path_id
    else:
        raise ProblemError(400, ProblemType.MALFORMED, "a receipt number has one spelling")
    row = connection.execute(select(deposits).where(condition)).one_or_none()
    if row is None:
        raise ProblemError(404, ProblemType.UNKNOWN_DEPOSIT, "this deposit is not known here")
    return row


def one_id(text: str) -> UUID | None:
    """Return the UUID in *text*; None where it is none, or spelled otherwise than the protocol's.

    A path that could be written in several ways would pass whoever allows or refuses it by its
    text.
    """
    try:
        found = UUID(text)
    except ValueError:
        return None
    return found if str(found) == text else None


def checked_number(text: str) -> ReceiptNumber:
    """Return the receipt number in *text*.

    Raises:
        ProblemError: Its check digits do not hold.
    """
    try:
        return parse(text)
    except NotAReceiptError as error:
        raise ProblemError(400, ProblemType.MALFORMED, "not a receipt number") from error


def _add(
    connection: Connection, manifest: DepositManifest, item: Item, point: str, now: datetime
) -> None:
    fingerprint = duplicates.fingerprint(manifest, manifest.insured.immatriculation)
    clock = manifest.clock
    person = same_pages.person_of(manifest.insured.immatriculation)
    page_hashes = same_pages.packed(manifest.page_hashes)
    row = {
        "id": manifest.deposit_id,
        "receipt_number": manifest.receipt_number,
        "point": point,
        "fingerprint": fingerprint,
        # By the counter's clock where that was believed, and never later than it came.
        "deposited_at": min(clock.utc, now) if clock.trust is ClockTrust.VERIFIED else now,
        "person": person if page_hashes else None,
        "page_hashes": page_hashes,
    }
    if not one_by_one.insert(connection, row, person, item.document_sha256):
        detail = "another deposit has this receipt number"
        raise ProblemError(409, ProblemType.CONFLICT, detail)
    told = duplicates.Told(
        fingerprint=fingerprint,
        document_sha256=item.document_sha256,
        person=person,
        page_hashes=page_hashes,
    )
    duplicates.flag(connection, item.id, told)
