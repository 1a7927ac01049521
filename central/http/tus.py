"""Resumable uploads: tus 1.0 with creation, checksum, expiration (https://tus.io/protocols).

The URL itself is the authority; that the device is not revoked is looked at again each time.
"""

import re
from email.utils import format_datetime
from typing import Annotated

from fastapi import APIRouter, Header, Path, Request, Response
from starlette.concurrency import run_in_threadpool

from central import places, uploads
from central.errors import ProblemError
from central.http.bodies import blocks, declared_length, drain
from central.http.checksums import ALGORITHMS, read_checked
from central.http.parameters import header_parameter, parameters, path_parameter
from central.http.signed import services_of
from central.uploads import Receiving, Upload
from kiosk.wire.encoding import b64
from kiosk.wire.manifests import MAX_DOCUMENT_BYTES
from kiosk.wire.messages import (
    ACKNOWLEDGEMENT_HEADER,
    TUS_CONTENT_TYPE,
    TUS_VERSION,
    UPLOADS,
    ProblemType,
)

router = APIRouter()
_SECRET = re.compile(r"^[A-Za-z0-9_-]{32,64}$")
Secret = Annotated[str, Path(pattern=_SECRET.pattern)]
Length = Annotated[int, Header(alias="Upload-Length", ge=0, le=MAX_DOCUMENT_BYTES)]
_PLACE = UPLOADS + "/{secret}"


@router.options(_PLACE, status_code=204, response_class=Response)
@router.options(UPLOADS, status_code=204, response_class=Response)
def options() -> Response:
    """Tell what is spoken here."""
    return Response(
        status_code=204,
        headers={
            "Tus-Resumable": TUS_VERSION,
            "Tus-Version": TUS_VERSION,
            "Tus-Max-Size": str(MAX_DOCUMENT_BYTES),
            "Tus-Extension": "creation,creation-with-upload,checksum,expiration",
            "Tus-Checksum-Algorithm": ",".join(ALGORITHMS),
        },
    )


@router.head(_PLACE, response_class=Response)
def head(secret: Secret, request: Request) -> Response:
    """Tell how many bytes are there."""
    _check_version(request)
    upload = uploads.look(services_of(request), secret)
    answer = _told(upload, secret, status=200)
    # Of use to who asks where to go on, and 50 bytes too many for who has just sent.
    answer.headers["Upload-Length"] = str(upload.length)
    answer.headers["Cache-Control"] = "no-store"
    return answer


_BYTES = {
    "requestBody": {
        "content": {TUS_CONTENT_TYPE: {"schema": {"type": "string", "format": "binary"}}}
    }
}


@router.post(_PLACE, status_code=201, response_class=Response, openapi_extra=_BYTES)
async def create(secret: Secret, length: Length, request: Request) -> Response:
    """Begin the upload whose manifest is here; a body begins it with bytes.

    For clients that want to create what they send: it is there already, so they are told where.
    Bytes are taken only where none came before; how many there are is told in any case.
    """
    _check_version(request)
    services = services_of(request)
    upload = await run_in_threadpool(uploads.look, services, secret)
    if upload.length != length:
        await drain(request)
        raise ProblemError(400, ProblemType.MALFORMED, "the manifest names another length")
    if request.headers.get("content-type") == TUS_CONTENT_TYPE and upload.offset == 0:
        upload = await _receive(request, secret, 0)
    answer = _told(upload, secret, status=201)
    answer.headers["Location"] = request.url.path
    return answer


@router.patch(
    _PLACE,
    status_code=204,
    response_class=Response,
    openapi_extra=_BYTES
    | parameters(
        path_parameter("secret", {"pattern": _SECRET.pattern}),
        header_parameter(
            "Upload-Offset", {"type": "integer", "minimum": 0, "maximum": MAX_DOCUMENT_BYTES}
        ),
    ),
)
async def patch(request: Request) -> Response:
    """Add bytes; the last one brings the acknowledgement in a header."""
    secret, offset = request.path_params["secret"], _offset(request)
    if not _SECRET.fullmatch(secret):
        raise ProblemError(400, ProblemType.MALFORMED, "not the place of an upload")
    _check_version(request)
    if request.headers.get("content-type") != TUS_CONTENT_TYPE:
        raise ProblemError(415, "about:blank", f"the body's type is {TUS_CONTENT_TYPE}")
    return _told(await _receive(request, secret, offset), secret, status=204)


async def _receive(request: Request, secret: str, offset: int) -> Upload:
    receiving = await run_in_threadpool(uploads.receiving, services_of(request), secret, offset)
    try:
        if declared_length(request) > receiving.missing_bytes:
            await drain(request)
            raise ProblemError(413, ProblemType.TOO_LARGE, "more bytes than the manifest names")
        checksum = request.headers.get("upload-checksum")
        if checksum is not None:
            receiving.append(await read_checked(request, checksum, receiving.missing_bytes))
        else:
            await _receive_as_it_comes(request, receiving)
        return await run_in_threadpool(receiving.finish)
    finally:
        # However it ended: what came before a cut is not asked for again.
        if receiving.is_clear:
            receiving.close()
        else:
            await run_in_threadpool(receiving.close)


async def _receive_as_it_comes(request: Request, receiving: Receiving) -> None:
    async for block in blocks(request, quiet_s=uploads.GATHER_S):
        receiving.append(block)
        if receiving.is_persist_due:
            await run_in_threadpool(receiving.persist)


def _offset(request: Request) -> int:
    text = request.headers.get("upload-offset", "")
    if not (text.isascii() and text.isdigit() and len(text) <= 18):
        raise ProblemError(400, ProblemType.MALFORMED, "Upload-Offset is missing or no number")
    if (offset := int(text)) > MAX_DOCUMENT_BYTES:
        raise ProblemError(400, ProblemType.MALFORMED, "Upload-Offset is beyond any document")
    return offset


def _told(upload: Upload, secret: str, *, status: int) -> Response:
    headers = {"Tus-Resumable": TUS_VERSION, "Upload-Offset": str(upload.offset)}
    if upload.acknowledgement is not None:
        headers[ACKNOWLEDGEMENT_HEADER] = b64(upload.acknowledgement)
    elif (ends := places.ends_at(secret)) is not None:
        headers["Upload-Expires"] = format_datetime(ends, usegmt=True)
    return Response(status_code=status, headers=headers)


def _check_version(request: Request) -> None:
    if request.headers.get("tus-resumable") != TUS_VERSION:
        raise ProblemError(
            412,
            "about:blank",
            "another version of tus than this",
            headers={"Tus-Version": TUS_VERSION},
        )
