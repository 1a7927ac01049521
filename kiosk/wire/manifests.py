"""Frozen manifests: the exact bytes a kiosk signs once and never serialises again.

A deposit's manifest and an event's manifest travel unsealed in a signed request, or sealed to the
central's intake key in a bundle. The manifest's hash is over the unsealed bytes.
"""

import hashlib
from collections.abc import Sequence
from datetime import date
from typing import Annotated, Literal, TypeVar
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from kiosk.domain.moments import ClockTrust
from kiosk.domain.vocabulary import (
    Beneficiary,
    Depositor,
    DossierKind,
    EventKind,
    IdType,
    PieceKind,
)
from kiosk.wire.cose import ContentType, KeyResolver, sign, verify
from kiosk.wire.errors import BadSignatureError, MalformedMessageError
from kiosk.wire.keys import PrivateKey

MAX_MANIFEST_BYTES = 64 * 1024
MAX_DOCUMENT_BYTES = 64 * 1024 * 1024

Sha256Hex = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
ReceiptText = Annotated[
    str, StringConstraints(pattern=r"^[A-Z][0-9]{4}[A-HJ-NP-Z]-[0-9]{6}-[0-9]{2}$")
]
DeviceCode = Annotated[str, StringConstraints(pattern=r"^[A-Z][0-9]{4}[A-HJ-NP-Z]$")]
Reason = Annotated[str, StringConstraints(min_length=1, max_length=500, strip_whitespace=True)]
PageHash = Annotated[
    # 32 bytes in base64url; the last character carries four bits, and two that are nought.
    str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$")
]
AgentName = Annotated[str, StringConstraints(min_length=1, max_length=64)]


PageHashes = Annotated[tuple[PageHash, ...], Field(max_length=200)]


class Frozen(BaseModel):
    """Base of what is written once: values do not change.

    A field that is not known is passed over: a newer kiosk at an older central is not held for it.
    What must not be passed over is another ``version``. Hash and signature are over the bytes.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")


class Document(Frozen):
    """The sealed PDF a manifest commits to."""

    sha256: Sha256Hex
    size_bytes: Annotated[int, Field(gt=0, le=MAX_DOCUMENT_BYTES)]
    page_count: Annotated[int, Field(ge=1, le=200)]


class PieceEntry(Frozen):
    """One piece: its kind, and its pages counted from 1 (none when scanned later)."""

    kind: PieceKind
    pages: Annotated[tuple[Annotated[int, Field(ge=1, le=200)], ...], Field(max_length=200)] = ()


class PageNote(Frozen):
    """What was said about one page: problems kept by the agent, codes read."""

    page: Annotated[int, Field(ge=1, le=200)]
    problems: Annotated[tuple[str, ...], Field(max_length=20)] = ()
    original_is_so: bool = False
    codes: Annotated[tuple[tuple[str, str], ...], Field(max_length=200)] = ()


class Clock(Frozen):
    """When an act happened, and how far that is trusted."""

    utc: AwareDatetime
    monotonic_ms: Annotated[int, Field(ge=0)]
    trust: ClockTrust


class InsuredEntry(Frozen):
    """The insured person."""

    immatriculation: Annotated[str, StringConstraints(pattern=r"^[0-9]{9}$")]
    id_type: IdType
    id_number: Annotated[str, StringConstraints(max_length=40)] = ""
    phone: Annotated[str, StringConstraints(max_length=20)] = ""


class DepositManifest(Frozen):
    """Everything a deposit is, but the scan itself.

    ``salt`` keeps the manifest's hash, which stands in the receipt's QR, from being guessed back
    to an immatriculation when there is no scan yet. ``sequence`` counts the device's acts.
    ``page_hashes`` are perceptual, of 256 bits, one for each page with writing on it; none are told
    by a kiosk of an earlier version.
    """

    type: Literal["deposit"] = "deposit"
    version: Literal[1] = 1
    salt: Annotated[str, StringConstraints(min_length=16, max_length=64)]
    deposit_id: UUID
    receipt_number: ReceiptText
    device: DeviceCode
    sequence: Annotated[int, Field(ge=1)]
    clock: Clock
    agent: AgentName
    insured: InsuredEntry
    kind: DossierKind
    beneficiary: Beneficiary
    depositor: Depositor
    care_date: date
    end_date: date | None = None
    amount_centimes: Annotated[int, Field(gt=0, le=10_000_000_000)]
    pieces: Annotated[tuple[PieceEntry, ...], Field(min_length=1, max_length=200)]
    page_notes: Annotated[tuple[PageNote, ...], Field(max_length=200)] = ()
    page_hashes: PageHashes = ()
    document: Document | None
    group_id: UUID | None = None
    carnet_number: ReceiptText | None = None
    warnings: Annotated[tuple[str, ...], Field(max_length=400)] = ()
    reason: Annotated[str, StringConstraints(max_length=500)] = ""
    rules_version: Annotated[str, StringConstraints(max_length=40)]


class EventManifest(Frozen):
    """A signed act on a deposit after its receipt, under its number.

    ``deposit_id`` is None when another kiosk took the deposit and only the number is known.
    ``immatriculation`` is an amendment's corrected value; ``document`` the sealed pages of a
    complement or completion, ``page_hashes`` theirs.
    """

    type: Literal["event"] = "event"
    version: Literal[1] = 1
    salt: Annotated[str, StringConstraints(min_length=16, max_length=64)]
    event_id: UUID
    event: EventKind
    deposit_id: UUID | None
    receipt_number: ReceiptText
    device: DeviceCode
    sequence: Annotated[int, Field(ge=1)]
    clock: Clock
    agent: AgentName
    reason: Annotated[str, StringConstraints(max_length=500)] = ""
    immatriculation: Annotated[str, StringConstraints(pattern=r"^[0-9]{9}$")] | None = None
    pieces: Annotated[tuple[PieceEntry, ...], Field(max_length=200)] = ()
    page_notes: Annotated[tuple[PageNote, ...], Field(max_length=200)] = ()
    page_hashes: PageHashes = ()
    document: Document | None = None


Manifest = DepositManifest | EventManifest
_M = TypeVar("_M", DepositManifest, EventManifest)


class FrozenManifest(BaseModel):
    """A manifest's bytes, their hash, and the author's signature over that hash.

    ``signature`` is a COSE_Sign1 whose payload is the 32-byte SHA-256 of ``content``.
    """

    model_config = ConfigDict(frozen=True)

    content: bytes
    sha256: bytes
    signature: bytes


def freeze(manifest: Manifest, key: PrivateKey) -> FrozenManifest:
    """Serialise and sign *manifest*, once.

    Raises:
        MalformedMessageError: Larger than the protocol lets through.
    """
    content = manifest.model_dump_json().encode("utf-8")
    if len(content) > MAX_MANIFEST_BYTES:
        raise MalformedMessageError("the manifest is larger than the protocol allows")
    digest = hashlib.sha256(content).digest()
    return FrozenManifest(
        content=content, sha256=digest, signature=sign(digest, key, ContentType.MANIFEST)
    )


def check_signature(content: bytes, signature: bytes, resolve: KeyResolver) -> bytes:
    """Return the manifest's SHA-256 once its author's signature holds.

    Raises:
        BadSignatureError, UnknownKeyError, MalformedMessageError: As :func:`wire.cose.verify`.
    """
    digest = hashlib.sha256(content).digest()
    if verify(signature, resolve, ContentType.MANIFEST) != digest:
        raise BadSignatureError("the signature belongs to another manifest")
    return digest


def read_deposit(content: bytes) -> DepositManifest:
    """Read a deposit's frozen manifest.

    Raises:
        MalformedMessageError: Not one, or past a bound.
    """
    return _read(DepositManifest, content)


def read_event(content: bytes) -> EventManifest:
    """Read an event's frozen manifest.

    Raises:
        MalformedMessageError: Not one, or past a bound.
    """
    return _read(EventManifest, content)


def read_manifest(content: bytes) -> Manifest:
    """Read a frozen manifest of either kind, as it says itself which.

    Raises:
        MalformedMessageError: Neither, or past a bound.
    """
    if len(content) > MAX_MANIFEST_BYTES:
        raise MalformedMessageError("the manifest is larger than the protocol allows")
    try:
        kind = _Kind.model_validate_json(content).type
    except ValidationError:
        raise MalformedMessageError("not a manifest") from None
    return read_deposit(content) if kind == "deposit" else read_event(content)


class _Kind(BaseModel):
    model_config = ConfigDict(extra="ignore")

    type: Literal["deposit", "event"]


def _read(model: type[_M], content: bytes) -> _M:
    if len(content) > MAX_MANIFEST_BYTES:
        raise MalformedMessageError("the manifest is larger than the protocol allows")
    try:
        return model.model_validate_json(content, strict=True)
    except ValidationError as error:
        # Only field names and rules: a value would be personal data in a log.
        rules = sorted({_rule(one["loc"], one["type"]) for one in error.errors()})
        raise MalformedMessageError(f"not a manifest ({'; '.join(rules[:5])})") from None


def _rule(place: tuple[int | str, ...], kind: str) -> str:
    return f"{'.'.join(map(str, place))}: {kind}"


def page_count(pieces: Sequence[PieceEntry]) -> int:
    """Return the highest page number the pieces name; 0 when none is scanned."""
    return max((number for piece in pieces for number in piece.pages), default=0)
