"""Bundles that a kiosk brings for another one: signed by their author, still sealed."""

import hashlib
from typing import Annotated

from fastapi import APIRouter, Depends, Path
from sqlalchemy import Connection

from central import carried, intake, uploads
from central.admission import SignedCall, admitted, charge
from central.errors import ProblemError
from central.http.security import SIGNED
from central.http.signed import SignedRoute, services_of, signed_call
from central.intake import NotTakenError, Opened, Refusal
from central.items import Item, Taken
from central.registry import Device
from central.services import Services
from kiosk.wire.bundles import MAX_HEADER_BYTES, BundleHeader, parse_header
from kiosk.wire.courier import Carried
from kiosk.wire.errors import DamagedBundleError
from kiosk.wire.messages import BUNDLE_TYPE, BUNDLES, BundleAnswer, BundleState, ProblemType

router = APIRouter(route_class=SignedRoute)
HeaderCall = Annotated[SignedCall, Depends(signed_call(MAX_HEADER_BYTES))]
HeaderHash = Annotated[str, Path(pattern=r"^[0-9a-f]{64}$")]


@router.put(
    BUNDLES + "/{header_sha256}",
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {BUNDLE_TYPE: {"schema": {"type": "string", "format": "binary"}}},
        }
    }
    | SIGNED,
)
def put_bundle(
    header_sha256: HeaderHash,
    call: HeaderCall,
    services: Annotated[Services, Depends(services_of)],
) -> BundleAnswer:
    """Hand in the header of another kiosk's bundle; the same again gets the answer of then."""
    if hashlib.sha256(call.body).hexdigest() != header_sha256:
        raise ProblemError(400, ProblemType.MALFORMED, "the path names another header")
    header = _parsed(call.body)
    opened = _opened(header, services)
    named = _named_bytes(header, opened)
    with admitted(services, call.who, items=1, size_bytes=named) as (connection, carrier):
        item, is_new = _kept(connection, services, header, call.body, opened, carrier)
        charge(services, connection, carrier, is_new=is_new, size_bytes=named)
    return _answer(services, item, is_new=is_new, is_open=item.id == header.item_id)


def _named_bytes(header: BundleHeader, opened: Opened | None) -> int:
    # A manifest that travels alone names a document all the same, and gets a place for it.
    document = opened.manifest.document if opened else None
    return document.size_bytes if document else header.document_bytes


def _kept(
    connection: Connection,
    services: Services,
    header: BundleHeader,
    packed: bytes,
    opened: Opened | None,
    carrier: Device,
) -> tuple[Item, bool]:
    held = carried.held(connection, header)
    if held is not None and held.acknowledgement is not None:
        return held, False
    if opened is None:
        return carried.keep(connection, header, packed, carrier, services.now())
    try:
        return intake.take(connection, services, opened, carrier)
    except NotTakenError as error:
        raise ProblemError(403, ProblemType.NOT_YOURS, error.reason) from error
    except ProblemError as error:
        if error.problem_type == ProblemType.REVOKED:
            # Not the carrier's revocation: it must not think that it was shut out itself.
            detail = "the bundle's device has been revoked"
            raise ProblemError(403, ProblemType.NOT_YOURS, detail) from error
        raise


def _answer(services: Services, item: Item, *, is_new: bool, is_open: bool) -> BundleAnswer:
    done = BundleState.HELD if is_open else BundleState.PENDING
    kind = Carried(item.kind) if is_open else Carried.UNKNOWN
    if item.acknowledgement is None and item.document_sha256 is None:
        return BundleAnswer(state=done, is_new=is_new, kind=kind)
    answer = uploads.answer(services, Taken(item=item))
    if answer.upload is not None:
        return BundleAnswer(
            state=BundleState.WANTED, is_new=is_new, kind=kind, upload=answer.upload
        )
    # The central's word on a sealed bundle is nothing that its author waits for.
    word = answer.acknowledgement if is_open else None
    return BundleAnswer(state=done, is_new=is_new, kind=kind, acknowledgement=word)


def _parsed(body: bytes) -> BundleHeader:
    try:
        return parse_header(body)
    except DamagedBundleError as error:
        raise ProblemError(400, ProblemType.MALFORMED, str(error)) from error


def _opened(header: BundleHeader, services: Services) -> Opened | None:
    if not services.intake:
        return None
    try:
        return intake.open_bundle(header, services.intake)
    except NotTakenError as error:
        if error.reason == Refusal.SEALED_FOR_OTHERS:
            return None  # perhaps for an intake key of before: whoever has that will open it
        raise ProblemError(400, ProblemType.MALFORMED, error.reason) from error
