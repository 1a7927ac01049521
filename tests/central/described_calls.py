"""Calls made up from the published document, sent as somebody who may make them."""

import hashlib
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import requests
from schemathesis import GenerationMode
from schemathesis.core.parameters import ParameterLocation

from central import tokens
from central.tokens import Role
from kiosk.domain.receipt_number import ReceiptNumber
from kiosk.wire.cose import ContentType, sign
from kiosk.wire.encoding import b64
from kiosk.wire.errors import MalformedMessageError
from kiosk.wire.http_signatures import HttpRequest, sign_request
from kiosk.wire.manifests import freeze
from kiosk.wire.messages import (
    MANIFEST_SIGNATURE_HEADER,
    MANIFEST_TYPE,
    PACKED_MANIFEST_TYPE,
    TUS_VERSION,
)
from kiosk.wire.packing import pack, unpack
from tests.central.client import NOW, Client
from tests.central.parcels import deposit_parcel
from tests.central.running import Central

DOCUMENT = b"sealed" * 1000
_OFFICE = "/backoffice/v1/"
# The device numbers its own deposits from 1.
_FIRST_NUMBER, _NUMBERS = 500_000, 400_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """An enrolled device, and a token of each of the back office's roles."""

    central: Central
    device: Client
    tokens: dict[str, str]

    @classmethod
    def make(cls, central: Central, device: Client) -> "Caller":
        """Return one whose tokens are made now."""
        made = {}
        with central.services.database.writing() as connection:
            for part, role in (
                ("statuses", Role.STATUSES),
                ("messages", Role.MESSAGES),
                ("/metrics", Role.METRICS),
                ("", Role.REPORTS),
            ):
                made[part] = tokens.make(
                    connection,
                    name=f"fuzz-{role.value}",
                    role=role,
                    network=None,
                    life=timedelta(days=1),
                    now=central.services.now(),
                )
        return cls(central=central, device=device, tokens=made)

    def request(self, case: Any, *, is_signed: bool, is_ours: bool) -> requests.PreparedRequest:
        """Return the call of *case* as it goes on the wire, with who makes it."""
        is_signed = is_signed and not _is_spoiled(case, ParameterLocation.HEADER)
        if is_ours:
            case = self._ours(case)
        asked = case.as_transport_kwargs(base_url=self.device.url)
        fields = ("method", "url", "headers", "params", "json", "data", "files", "cookies")
        made = self.device.http.prepare_request(
            requests.Request(**{name: asked[name] for name in fields if name in asked})
        )
        if not is_signed:
            return made
        body = made.body if isinstance(made.body, bytes) else (made.body or "").encode()
        digest = hashlib.sha256(body).digest()
        if case.media_type in (MANIFEST_TYPE, PACKED_MANIFEST_TYPE):
            signature = sign(_frozen_sha256(body), self.device.request_key, ContentType.MANIFEST)
            made.headers[MANIFEST_SIGNATURE_HEADER] = b64(signature)
        signed = HttpRequest(method=made.method or "", url=made.url or "", headers={})
        sign_request(
            signed,
            key=self.device.request_key,
            sequence=next(self.device._sequence),
            body_sha256=digest,
            created=NOW,
        )
        made.headers.update(signed.headers)
        if case.path.startswith(_OFFICE) or case.path in self.tokens:
            part = case.path.removeprefix(_OFFICE)
            made.headers["Authorization"] = f"Bearer {self.tokens.get(part, self.tokens[''])}"
        return made

    def _ours(self, case: Any) -> Any:
        """Return the same call about the caller's own things, so that it gets further.

        A copy: a case that is changed is judged anew, and a body of bytes would be none.
        """
        spoiled = case.meta.generation.mode is not GenerationMode.POSITIVE
        case = case.operation.Case(
            method=case.method,
            path_parameters=dict(case.path_parameters),
            headers=dict(case.headers),
            cookies=dict(case.cookies),
            query=dict(case.query),
            body=dict(case.body) if isinstance(case.body, dict) else case.body,
            media_type=case.media_type,
        )
        if "secret" in case.path_parameters:
            place = self.device.put(self.device.manifest(DOCUMENT)).json()["upload"]["path"]
            case.path_parameters["secret"] = place.rpartition("/")[2]
        if spoiled:
            return case
        if "secret" in case.path_parameters:
            case.headers["Tus-Resumable"] = TUS_VERSION
            if case.method == "POST":
                case.headers["Upload-Length"] = str(len(DOCUMENT))
        if isinstance(case.body, dict) and "receipt_number" in case.body:
            self._number(case.body, case.path_parameters)
        if case.media_type == PACKED_MANIFEST_TYPE and "deposit_id" in case.path_parameters:
            manifest = self.device.manifest(None)
            case.path_parameters["deposit_id"] = str(manifest.deposit_id)
            case.body = pack(freeze(manifest, self.device.request_key).content)
        if "header_sha256" in case.path_parameters:
            case.body = deposit_parcel(self.central, self.device).packed
            case.path_parameters["header_sha256"] = hashlib.sha256(case.body).hexdigest()
        return case

    def _number(self, manifest: dict[str, Any], path: dict[str, Any]) -> None:
        sequence = _FIRST_NUMBER + int(manifest["sequence"]) % _NUMBERS
        number = str(ReceiptNumber(device=self.device.code, sequence=sequence))
        manifest |= {"device": self.device.code, "receipt_number": number}
        if "event_id" in path:
            deposit = self.device.manifest(None)
            self.device.put(deposit)
            manifest["deposit_id"] = path["path_id"] = str(deposit.deposit_id)
            manifest["receipt_number"] = deposit.receipt_number
            path["event_id"] = manifest["event_id"]
        else:
            path["deposit_id"] = manifest["deposit_id"]


def _frozen_sha256(body: bytes) -> bytes:
    with suppress(MalformedMessageError):
        body = unpack(body)
    return hashlib.sha256(body).digest()


def _is_spoiled(case: Any, part: ParameterLocation) -> bool:
    component = case.meta.components.get(part)
    return component is not None and component.mode is GenerationMode.NEGATIVE
