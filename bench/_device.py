"""A lean device of a benchmark: real keys, real manifests, requests signed as they go."""

import hashlib
import itertools
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

from central import registry
from central.database import Database
from kiosk.domain.ids import uuid7
from kiosk.domain.moments import ClockTrust
from kiosk.domain.page_hash import BYTES
from kiosk.domain.receipt_number import ReceiptNumber
from kiosk.domain.vocabulary import Beneficiary, Depositor, DossierKind, IdType, PieceKind
from kiosk.wire import messages
from kiosk.wire.encoding import b64
from kiosk.wire.http_signatures import HttpRequest, sign_request
from kiosk.wire.keys import PrivateKey
from kiosk.wire.manifests import (
    Clock,
    DepositManifest,
    Document,
    FrozenManifest,
    InsuredEntry,
    PieceEntry,
    freeze,
)
from kiosk.wire.packing import pack

PEOPLE = 1_000_000
"""How many insured persons dossiers come of: one in eight of the country's."""
_HOST = "127.0.0.1"
_PAGES = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Deposit:
    """A deposit that waits: its path, its frozen manifest, its sealed bytes."""

    path: str
    frozen: FrozenManifest
    document: bytes


@dataclass(slots=True, kw_only=True)
class Device:
    """An enrolled device; its requests are whole byte strings for one keep-alive connection."""

    code: str
    request_key: PrivateKey
    _sequence: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    _acts: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def deposit(self, document: bytes) -> Deposit:
        """Confirm a dossier as a kiosk would; hardly another one has its sum and pages."""
        act, now = next(self._acts), datetime.now(UTC)
        manifest = DepositManifest(
            salt=secrets.token_hex(16),
            deposit_id=uuid7(now),
            receipt_number=str(ReceiptNumber(device=self.code, sequence=act)),
            device=self.code,
            sequence=act,
            clock=Clock(utc=now, monotonic_ms=1, trust=ClockTrust.VERIFIED),
            agent="Samira",
            insured=InsuredEntry(
                immatriculation=f"{secrets.randbelow(PEOPLE):09d}", id_type=IdType.NONE
            ),
            kind=DossierKind.MALADIE,
            beneficiary=Beneficiary.SELF,
            depositor=Depositor.SELF,
            care_date=date(2026, 11, 1),
            amount_centimes=1 + secrets.randbelow(10**7),
            pieces=(
                PieceEntry(kind=PieceKind.FEUILLE_DE_SOINS, pages=(1,)),
                PieceEntry(kind=PieceKind.ORDONNANCE, pages=(2, 3)),
                PieceEntry(kind=PieceKind.FACTURE, pages=(4, 5)),
            ),
            document=Document(
                sha256=hashlib.sha256(document).hexdigest(),
                size_bytes=len(document),
                page_count=_PAGES,
            ),
            page_hashes=tuple(b64(secrets.token_bytes(BYTES)) for _ in range(_PAGES)),
            rules_version="1",
        )
        path = f"{messages.DEPOSITS}/{manifest.deposit_id}"
        return Deposit(path=path, frozen=freeze(manifest, self.request_key), document=document)

    def put(self, deposit: Deposit) -> bytes:
        """Return the request that hands in the manifest."""
        headers = {
            messages.MANIFEST_SIGNATURE_HEADER: b64(deposit.frozen.signature),
            "Content-Type": messages.PACKED_MANIFEST_TYPE,
        }
        return self.signed("PUT", deposit.path, pack(deposit.frozen.content), headers)

    def signed(
        self, method: str, path: str, body: bytes = b"", headers: dict[str, str] | None = None
    ) -> bytes:
        """Return a signed request."""
        request = HttpRequest(method=method, url=f"https://{_HOST}{path}", headers={})
        sign_request(
            request,
            key=self.request_key,
            sequence=next(self._sequence),
            body_sha256=hashlib.sha256(body).digest(),
            created=datetime.now(UTC),
        )
        return encoded(method, path, dict(request.headers) | (headers or {}), body)


def patch(place: str, offset: int, body: bytes) -> bytes:
    """Return the request that adds *body* to an upload."""
    headers = {
        "Tus-Resumable": messages.TUS_VERSION,
        "Upload-Offset": str(offset),
        "Content-Type": messages.TUS_CONTENT_TYPE,
    }
    return encoded("PATCH", place, headers, body)


def encoded(method: str, path: str, headers: dict[str, str], body: bytes) -> bytes:
    """Return one HTTP/1.1 request."""
    lines = [f"{method} {path} HTTP/1.1", f"Host: {_HOST}", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1") + body


def enrolled(database: Database, points: list[str]) -> list[Device]:
    """Enrol one device at each of *points*, without the exchange that would tell it so."""
    devices, now = [], datetime.now(UTC)
    with database.writing() as connection:
        for point in points:
            key = PrivateKey.generate()
            new = registry.NewDevice(
                request_key=key.public,
                receipt_key=PrivateKey.generate().public,
                program_version="bench",
            )
            code, _ = registry.make_code(connection, point=point, name=None, now=now)
            device, _ = registry.enrol(connection, code, new, now)
            devices.append(Device(code=device.code, request_key=key))
    return devices
