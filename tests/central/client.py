"""A small device: makes keys, signs manifests and requests, and sends them with ``requests``."""

import hashlib
import itertools
import json
import secrets
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import requests

from kiosk.domain.ids import uuid7
from kiosk.domain.moments import ClockTrust
from kiosk.domain.receipt_number import ReceiptNumber
from kiosk.domain.vocabulary import (
    Beneficiary,
    Depositor,
    DossierKind,
    EventKind,
    IdType,
    PieceKind,
)
from kiosk.wire import messages
from kiosk.wire.encoding import b64
from kiosk.wire.http_signatures import HttpRequest, sign_request
from kiosk.wire.keys import PrivateKey
from kiosk.wire.manifests import (
    Clock,
    DepositManifest,
    Document,
    EventManifest,
    FrozenManifest,
    InsuredEntry,
    PieceEntry,
    freeze,
)

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
TIMEOUT_S = 20


@dataclass(kw_only=True)
class Client:
    """A device, enrolled or not yet."""

    url: str
    ca_file: Path
    request_key: PrivateKey = field(default_factory=PrivateKey.generate)
    receipt_key: PrivateKey = field(default_factory=PrivateKey.generate)
    code: str = ""
    reserve_letter: str = ""
    answer: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._sequence = itertools.count(1)
        self._acts = itertools.count(1)
        self.http = requests.Session()
        self.http.trust_env = False
        self.http.verify = str(self.ca_file)

    def close(self) -> None:
        self.http.close()

    def signed_headers(
        self, method: str, path: str, body: bytes, *, sequence: int | None = None
    ) -> dict[str, str]:
        request = HttpRequest(method=method, url=self.url + path, headers={})
        sign_request(
            request,
            key=self.request_key,
            sequence=next(self._sequence) if sequence is None else sequence,
            body_sha256=hashlib.sha256(body).digest(),
            created=NOW,
        )
        return dict(request.headers)

    def send(
        self, method: str, path: str, body: bytes = b"", headers: dict[str, str] | None = None
    ) -> requests.Response:
        return self.http.request(
            method, self.url + path, data=body, headers=headers or {}, timeout=TIMEOUT_S
        )

    def call(
        self, method: str, path: str, body: bytes = b"", headers: dict[str, str] | None = None
    ) -> requests.Response:
        signed = self.signed_headers(method, path, body)
        return self.send(method, path, body, signed | (headers or {}))

    def enrol(self, code: str, *, parts: bool = False) -> requests.Response:
        """Trade *code*; without *parts* as a kiosk of before, whose trust list comes whole."""
        fields: dict[str, object] = {
            "code": code,
            "request_key": b64(self.request_key.public.raw),
            "receipt_key": b64(self.receipt_key.public.raw),
            "program_version": "0.1.0",
        }
        body = json.dumps(fields | ({"parts": True} if parts else {})).encode()
        response = self.call("POST", messages.ENROLMENTS, body)
        if response.ok:
            self.answer = response.json()
            self.code = self.answer["device"]
            self.reserve_letter = self.answer["reserve_letter"]
        return response

    def manifest(
        self, document: bytes | None, *, number: int | None = None, **changes: Any
    ) -> DepositManifest:
        act = next(self._acts)
        fields: dict[str, Any] = {
            "salt": secrets.token_hex(8),
            "deposit_id": uuid7(NOW),
            "receipt_number": str(ReceiptNumber(device=self.code, sequence=number or act)),
            "device": self.code,
            "sequence": act,
            "clock": Clock(utc=NOW, monotonic_ms=1, trust=ClockTrust.VERIFIED),
            "agent": "Samira",
            "insured": InsuredEntry(immatriculation="123456789", id_type=IdType.NONE),
            "kind": DossierKind.MALADIE,
            "beneficiary": Beneficiary.SELF,
            "depositor": Depositor.SELF,
            "care_date": date(2026, 11, 1),
            "amount_centimes": 10_000 + act,
            "pieces": (PieceEntry(kind=PieceKind.FEUILLE_DE_SOINS, pages=(1,)),),
            "document": _document(document),
            "rules_version": "1",
        }
        return DepositManifest(**(fields | changes))

    def event(
        self,
        kind: EventKind,
        deposit: DepositManifest,
        document: bytes | None = None,
        **changes: Any,
    ) -> EventManifest:
        fields: dict[str, Any] = {
            "salt": secrets.token_hex(8),
            "event_id": uuid7(NOW),
            "event": kind,
            "deposit_id": deposit.deposit_id,
            "receipt_number": deposit.receipt_number,
            "device": self.code,
            "sequence": next(self._acts),
            "clock": Clock(utc=NOW, monotonic_ms=1, trust=ClockTrust.VERIFIED),
            "agent": "Samira",
            "reason": "asked for",
            "document": _document(document),
        }
        return EventManifest(**(fields | changes))

    def put(self, manifest: DepositManifest, frozen: FrozenManifest | None = None) -> Any:
        return self.put_frozen(
            f"{messages.DEPOSITS}/{manifest.deposit_id}",
            frozen or freeze(manifest, self.request_key),
        )

    def put_event(self, manifest: EventManifest, path_id: UUID | str | None = None) -> Any:
        place = path_id or manifest.deposit_id or manifest.receipt_number
        return self.put_frozen(
            f"{messages.DEPOSITS}/{place}/events/{manifest.event_id}",
            freeze(manifest, self.request_key),
        )

    def put_frozen(self, path: str, frozen: FrozenManifest) -> requests.Response:
        headers = {
            messages.MANIFEST_SIGNATURE_HEADER: b64(frozen.signature),
            "Content-Type": messages.MANIFEST_TYPE,
        }
        return self.call("PUT", path, frozen.content, headers)

    def patch(self, place: str, offset: int, body: bytes) -> requests.Response:
        return self.send("PATCH", place, body, tus_headers(offset))

    def head(self, place: str) -> requests.Response:
        return self.send("HEAD", place, headers={"Tus-Resumable": messages.TUS_VERSION})

    def deposit(self, document: bytes, **changes: Any) -> tuple[DepositManifest, str]:
        """Hand in a whole deposit; return its manifest and the acknowledgement's text."""
        manifest = self.manifest(document, **changes)
        place = self.put(manifest).json()["upload"]
        response = self.patch(place["path"], place["offset"], document)
        assert response.status_code == 204, response.text
        return manifest, response.headers[messages.ACKNOWLEDGEMENT_HEADER]


def tus_headers(offset: int) -> dict[str, str]:
    return {
        "Tus-Resumable": messages.TUS_VERSION,
        "Upload-Offset": str(offset),
        "Content-Type": messages.TUS_CONTENT_TYPE,
    }


def _document(content: bytes | None) -> Document | None:
    if content is None:
        return None
    return Document(
        sha256=hashlib.sha256(content).hexdigest(), size_bytes=len(content), page_count=1
    )
