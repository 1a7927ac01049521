"""The signed calls of devices."""

from dataclasses import replace
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import PlainTextResponse
from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool

from central import (
    deposits,
    events,
    heartbeats,
    registry,
    restored,
    rotation,
    stages,
    statements,
    trust_lists,
    uploads,
)
from central.admission import SignedCall, admitted, charge
from central.errors import ProblemError
from central.http.bodies import read_bounded
from central.http.parameters import header_parameter, parameters, path_parameter
from central.http.parsing import parsed
from central.http.security import SIGNED
from central.http.signed import SignedRoute, services_of, signed_call, verified
from central.registry import NewDevice
from central.restored import Claim, UnprovenError
from central.services import Services
from kiosk.wire import messages
from kiosk.wire.errors import MalformedMessageError
from kiosk.wire.heartbeats import (
    MAX_HEARTBEAT_BYTES,
    Heartbeat,
    HeartbeatAnswer,
    Nonce,
    TimeAnswer,
)
from kiosk.wire.manifests import MAX_MANIFEST_BYTES
from kiosk.wire.messages import (
    EnrolmentAnswer,
    EnrolmentRequest,
    KeyChange,
    KeysAnswer,
    ProblemType,
    PutAnswer,
    RootAnswer,
    StatusAnswer,
    StatusQuestion,
    UpdatesAnswer,
)
from kiosk.wire.packing import unpack
from kiosk.wire.succession import MAX_STATEMENTS

_SMALL = 8 * 1024
_MAX_COUNT = 2**53
_MAX_SIGNATURE = 1024
_DEPOSIT_ID = path_parameter("deposit_id", {"format": "uuid"})
_EVENT_ID = path_parameter("event_id", {"format": "uuid"})
_PATH_ID = path_parameter("path_id", {})
_SIGNATURE = header_parameter(messages.MANIFEST_SIGNATURE_HEADER, {"maxLength": _MAX_SIGNATURE})
_BINARY = {"type": "string", "format": "binary"}
router = APIRouter(route_class=SignedRoute)

ServicesOf = Annotated[Services, Depends(services_of)]
SmallCall = Annotated[SignedCall, Depends(signed_call(_SMALL))]
HeartbeatCall = Annotated[SignedCall, Depends(signed_call(MAX_HEARTBEAT_BYTES))]
signed_manifest = signed_call(MAX_MANIFEST_BYTES)
Count = Annotated[int, Query(ge=0, le=_MAX_COUNT)]
Proof = Annotated[str, Query(pattern=messages.CURSOR_PROOF)]


@router.get(messages.AUTHORITY, response_class=PlainTextResponse)
def get_authority(services: ServicesOf) -> PlainTextResponse:
    """Tell the authority and the root: public, and believed by who knows their hash alone."""
    return PlainTextResponse(services.authority, headers={"Cache-Control": "no-store"})


@router.get(messages.ROOT)
def get_root(services: ServicesOf, after: Count = 0) -> RootAnswer:
    """Tell what the offline root has said since version *after*: public, each proves itself."""
    words = [word.signed for word in services.keys.words if word.statement.version > after]
    return RootAnswer(statements=tuple(words[:MAX_STATEMENTS]))


@router.post(messages.ENROLMENTS, openapi_extra=SIGNED)
async def enrol(request: Request) -> EnrolmentAnswer:
    """Trade a one-time code for a device code. Signed with the new request key itself."""
    body = await read_bounded(request, _SMALL)
    return await run_in_threadpool(_enrol, request, body)


@router.post(messages.KEYS, openapi_extra=SIGNED)
def change_keys(call: SmallCall, services: ServicesOf) -> KeysAnswer:
    """Give the device new keys; signed by the old one, and proven by the new one."""
    change = parsed(KeyChange, call.body)
    with admitted(services, call.who) as (connection, device):
        rotation.rotate(connection, device, change, services.now())
    return KeysAnswer(device=device.code)


# The two calls of every dossier take their request as it is: to have parameters found and checked
# for them costs more than all else the node does with them but asking its database.
@router.put(
    messages.DEPOSITS + "/{deposit_id}",
    response_model=PutAnswer,
    openapi_extra=parameters(_DEPOSIT_ID, _SIGNATURE) | SIGNED,
)
async def put_deposit(request: Request) -> Response:
    """Hand in a deposit's frozen manifest; the same bytes again get the same answer."""
    call = await _manifest_call(request)
    deposit_id = _uuid(request, "deposit_id")
    signature = _manifest_signature(request)
    return await run_in_threadpool(_put_deposit, services_of(request), call, deposit_id, signature)


@router.put(
    messages.DEPOSITS + "/{path_id}/events/{event_id}",
    response_model=PutAnswer,
    openapi_extra=parameters(_PATH_ID, _EVENT_ID, _SIGNATURE) | SIGNED,
)
async def put_event(request: Request) -> Response:
    """Hand in a signed event on a deposit, named by its id or its receipt number."""
    call = await _manifest_call(request)
    event_id = _uuid(request, "event_id")
    signature = _manifest_signature(request)
    path_id = request.path_params["path_id"]
    services = services_of(request)
    return await run_in_threadpool(_put_event, services, call, path_id, event_id, signature)


@router.get(messages.UPDATES, openapi_extra=SIGNED)
def get_updates(
    call: SmallCall,
    services: ServicesOf,
    cursor: Count = 0,
    trust: Count = 0,
    config: Count = 0,
    proof: Proof = "",
    parts: Count = 0,
) -> UpdatesAnswer:
    """Tell what is new since *cursor*; *trust* and *config* are the versions the device has.

    *proof* came with that cursor. Without it a cursor ahead of what is known here is refused. With
    *parts* the device fetches the trust list itself, and is told its version alone.
    """
    asked = statements.Asked(trust=trust, config=config, in_parts=parts > 0)
    try:
        with admitted(services, call.who) as (connection, device):
            claim = Claim(device=device, cursor=cursor, proof=proof)
            return statements.updates(
                connection,
                services.keys,
                claim,
                lists=services.lists,
                asked=asked,
                now=services.now(),
            )
    except UnprovenError as error:
        with services.database.writing() as connection:
            restored.note_unproven(connection, error.claim, services.now())
        raise


@router.get(
    messages.TRUST,
    response_class=Response,
    responses={
        200: {"content": {messages.LIST_PART_TYPE: {"schema": _BINARY}}, "description": "A part"}
    },
    openapi_extra=SIGNED,
)
def get_trust(call: SmallCall, services: ServicesOf, after: Count = 0) -> Response:
    """Tell the entries of the trust list that changed after that version of it, packed."""
    with admitted(services, call.who) as (connection, _):
        part = services.lists.current(connection, services.keys).part(after)
    return Response(part, media_type=messages.LIST_PART_TYPE)


@router.post(messages.STATUS, openapi_extra=SIGNED)
def ask_status(call: SmallCall, services: ServicesOf) -> StatusAnswer:
    """Tell the stage of one receipt, to whoever holds its QR: never identity or kind of care."""
    question = parsed(StatusQuestion, call.body)
    with admitted(services, call.who) as (connection, _):
        return stages.of_receipt(connection, question.qr_text)


@router.post(messages.HEARTBEATS, openapi_extra=SIGNED)
def put_heartbeat(call: HeartbeatCall, services: ServicesOf) -> HeartbeatAnswer:
    """Take a device's report of itself; tell what is held of its numbers and its journal."""
    report = parsed(Heartbeat, call.body)
    with admitted(services, call.who) as (connection, device):
        beat = heartbeats.Beat(device=device, sequence=call.who.sequence, report=report)
        word = heartbeats.take(connection, beat, services.now())
    return HeartbeatAnswer(heartbeat=statements.heartbeat(services.keys, word))


@router.get(messages.TIME, openapi_extra=SIGNED)
def get_time(call: SmallCall, services: ServicesOf, nonce: Annotated[Nonce, Query()]) -> TimeAnswer:
    """Tell the time, signed over the caller's nonce: for devices whose clock is not believed."""
    with admitted(services, call.who):
        pass
    return TimeAnswer(time=statements.signed_time(services.keys, nonce, services.now()))


def _put_deposit(
    services: Services, call: SignedCall, deposit_id: UUID, signature: str
) -> Response:
    manifest = deposits.read(call.body, deposit_id)
    named = manifest.document.size_bytes if manifest.document else 0
    with admitted(services, call.who, items=1, size_bytes=named) as (connection, caller):
        taken = deposits.take(
            connection,
            caller=caller,
            manifest=manifest,
            content=call.body,
            signature=signature,
            key=services.keys.acknowledgement,
            now=services.now(),
        )
        charge(services, connection, caller, is_new=taken.is_new, size_bytes=named)
    return _json(uploads.answer(services, taken))


def _put_event(
    services: Services, call: SignedCall, path_id: str, event_id: UUID, signature: str
) -> Response:
    manifest = events.read(call.body, event_id)
    named = manifest.document.size_bytes if manifest.document else 0
    with admitted(services, call.who, items=1, size_bytes=named) as (connection, caller):
        taken = events.take(
            connection,
            caller=caller,
            path_id=path_id,
            manifest=manifest,
            content=call.body,
            signature=signature,
            key=services.keys.acknowledgement,
            now=services.now(),
        )
        charge(services, connection, caller, is_new=taken.is_new, size_bytes=named)
    return _json(uploads.answer(services, taken))


async def _manifest_call(request: Request) -> SignedCall:
    """Return a call whose body is the frozen manifest, as it was signed at the counter."""
    call = await signed_manifest(request)
    if request.headers.get("content-type") != messages.PACKED_MANIFEST_TYPE:
        return call
    try:
        return replace(call, body=unpack(call.body))
    except MalformedMessageError as error:
        raise ProblemError(400, ProblemType.MALFORMED, str(error)) from error


def _uuid(request: Request, name: str) -> UUID:
    found = deposits.one_id(request.path_params[name])
    if found is None:
        raise ProblemError(400, ProblemType.MALFORMED, f"{name} is no UUID in small letters")
    return found


def _manifest_signature(request: Request) -> str:
    text = request.headers.get(messages.MANIFEST_SIGNATURE_HEADER, "")
    if not 0 < len(text) <= _MAX_SIGNATURE:
        detail = f"{messages.MANIFEST_SIGNATURE_HEADER} is missing or too long"
        raise ProblemError(400, ProblemType.MALFORMED, detail)
    return text


def _json(answer: BaseModel) -> Response:
    # Written once: the usual way reads and checks again what has just been made here.
    return Response(answer.model_dump_json(), media_type="application/json")


def _enrol(request: Request, body: bytes) -> EnrolmentAnswer:
    asked = parsed(EnrolmentRequest, body)
    new = NewDevice(
        request_key=registry.public_key(asked.request_key),
        receipt_key=registry.public_key(asked.receipt_key),
        program_version=asked.program_version,
    )
    if new.request_key == new.receipt_key:
        detail = "the two keys of a device are not the same one"
        raise ProblemError(400, ProblemType.MALFORMED, detail)
    own = new.request_key
    verified(request, body, lambda key_id: own if key_id == own.key_id else None)
    services = services_of(request)
    now = services.now()
    with services.database.writing() as connection:
        device, reserve = registry.enrol(connection, asked.code, new, now)
        # Not one that is kept for others: what is new in it is not committed yet.
        listed = trust_lists.read(connection, services.keys)
        return EnrolmentAnswer(
            device=device.code,
            reserve_letter=reserve,
            root_statement=services.keys.root_statement,
            trust_list=listed.beginning(device.id) if asked.parts else listed.signed,
            configuration=statements.configuration(connection, services.keys, device.point),
            time=now,
        )
