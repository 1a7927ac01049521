"""Bodies of the protocol's calls, version 1, as pydantic models."""

from datetime import date
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from kiosk.domain.vocabulary import PieceKind, Stage
from kiosk.wire.courier import Carried
from kiosk.wire.manifests import DeviceCode, ReceiptText, Sha256Hex
from kiosk.wire.succession import MAX_STATEMENTS
from kiosk.wire.trust import KeyText, Signed

API = "/v1"
AUTHORITY = f"{API}/authority"
ROOT = f"{API}/root"
ENROLMENTS = f"{API}/enrolments"
KEYS = f"{API}/keys"
DEPOSITS = f"{API}/deposits"
UPLOADS = f"{API}/uploads"
BUNDLES = f"{API}/bundles"
UPDATES = f"{API}/updates"
TRUST = f"{API}/trust"
STATUS = f"{API}/status"
HEARTBEATS = f"{API}/heartbeats"
TIME = f"{API}/time"

MANIFEST_SIGNATURE_HEADER = "Wasl-Manifest-Signature"
"""base64url of the author's COSE_Sign1 over the manifest's hash."""
ACKNOWLEDGEMENT_HEADER = "Wasl-Acknowledgement"
"""base64url of the central's COSE_Sign1, on the PATCH that brought the last byte."""
MANIFEST_TYPE = "application/wasl-manifest+json"
PACKED_MANIFEST_TYPE = "application/wasl-manifest+zlib"
"""The same, made small for the line (:mod:`kiosk.wire.packing`)."""
LIST_PART_TYPE = "application/wasl-trust+zlib"
"""A part of the trust list (:mod:`kiosk.wire.trust_parts`)."""
BUNDLE_TYPE = "application/wasl-bundle-header"
"""The CBOR header of a bundle, as it stands in the bundle."""
TUS_VERSION = "1.0.0"
TUS_CONTENT_TYPE = "application/offset+octet-stream"
PROBLEM_TYPE = "application/problem+json"
CURSOR_PROOF = r"^[A-Za-z0-9_-]{0,64}$"
"""What proves how far a device was told (base64url); empty from a central that makes none."""


class ProblemType:
    """``type`` of problem documents (RFC 9457): what a client may tell apart."""

    BAD_CODE = "urn:wasl:bad-enrolment-code"
    SIGNATURE = "urn:wasl:signature-refused"
    STALE_SEQUENCE = "urn:wasl:stale-sequence"
    REVOKED = "urn:wasl:device-revoked"
    CONFLICT = "urn:wasl:conflict"
    MALFORMED = "urn:wasl:malformed"
    TOO_LARGE = "urn:wasl:too-large"
    UNKNOWN = "urn:wasl:unknown"
    NOT_YOURS = "urn:wasl:not-yours"
    UNKNOWN_DEPOSIT = "urn:wasl:unknown-deposit"
    WRONG_OFFSET = "urn:wasl:wrong-offset"
    DAMAGED_UPLOAD = "urn:wasl:damaged-upload"
    UNPROVEN_CURSOR = "urn:wasl:unproven-cursor"
    POINT_FULL = "urn:wasl:point-full"


class Message(BaseModel):
    """Base of what comes over the line: fields a newer side adds are ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Problem(Message):
    """A problem document. ``sequence`` tells the highest one seen, with STALE_SEQUENCE."""

    type: str = "about:blank"
    title: str = ""
    status: int = 0
    detail: str = ""
    sequence: int | None = None


class EnrolmentRequest(Message):
    """A one-time code against a code for the device. Signed with the new request key.

    ``parts``: a trust list may come that is only a beginning; the device fetches the rest.
    """

    code: Annotated[str, StringConstraints(min_length=8, max_length=64)]
    request_key: KeyText
    receipt_key: KeyText
    program_version: Annotated[str, StringConstraints(max_length=40)]
    parts: bool = False


class EnrolmentAnswer(Message):
    """What a device needs to take deposits without ever seeing the central again."""

    device: DeviceCode
    reserve_letter: Annotated[str, StringConstraints(pattern=r"^[A-HJ-NP-Z]$")]
    root_statement: str
    trust_list: str
    configuration: str
    time: AwareDatetime


class NewKeys(Signed):
    """The keys a device wants to have from now on, signed by the new request key."""

    device: DeviceCode
    request_key: KeyText
    receipt_key: KeyText


class KeyChange(Message):
    """A device's new keys; the call is signed by the old request key.

    ``proof`` is base64url of the new request key's COSE_Sign1 over :class:`NewKeys`.
    """

    request_key: KeyText
    receipt_key: KeyText
    proof: Annotated[str, StringConstraints(max_length=2048)]


class KeysAnswer(Message):
    """The central believes the new keys from now on, and the old one no more."""

    device: DeviceCode


class UploadPlace(Message):
    """Where missing bytes go: a path on the request's own origin, and how many are there."""

    path: Annotated[str, StringConstraints(pattern=r"^/v1/uploads/[A-Za-z0-9_-]{32,64}$")]
    offset: Annotated[int, Field(ge=0)]


class PutAnswer(Message):
    """Answer to a manifest or event: where its scan goes, or the acknowledgement."""

    upload: UploadPlace | None = None
    acknowledgement: str | None = None


class BundleState(StrEnum):
    """How far the central is with a carried bundle."""

    WANTED = "wanted"
    """The sealed document is still to come, to ``upload``."""
    PENDING = "pending"
    """It is here, sealed: whoever has the intake key will open it."""
    HELD = "held"
    """It was opened, and is held as if its author had sent it."""


class BundleAnswer(Message):
    """Answer to a carried bundle's header.

    Attributes:
        is_new: The central did not know of what the bundle brings.
        kind: What it brings, once it was opened.
        acknowledgement: For the author, to be carried back; once everything is held.
    """

    state: BundleState
    is_new: bool
    kind: Carried = Carried.UNKNOWN
    upload: UploadPlace | None = None
    acknowledgement: str | None = None


class Acknowledgement(Signed):
    """The central's signed word that it holds all of what that manifest names.

    ``item_id`` is the deposit's or the event's id. ``document_sha256`` is None when there was no
    scan to hold.
    """

    item_id: UUID
    receipt_number: ReceiptText
    manifest_sha256: Sha256Hex
    document_sha256: Sha256Hex | None
    at: AwareDatetime


class StatusUpdate(Signed):
    """A new stage of one deposit of this point."""

    receipt_number: ReceiptText
    status: Stage
    at: AwareDatetime
    reason_codes: Annotated[tuple[str, ...], Field(max_length=20)] = ()
    text_fr: Annotated[str, StringConstraints(max_length=1000)] = ""
    text_ar: Annotated[str, StringConstraints(max_length=1000)] = ""
    pieces_to_bring: Annotated[tuple[PieceKind, ...], Field(max_length=20)] = ()
    last_day: date | None = None


class AgentMessage(Signed):
    """A short word to the agents of a point, shown until its last day.

    ``id`` is made by the central once: the same message is shown once, however often it comes.
    """

    id: UUID
    text_fr: Annotated[str, StringConstraints(min_length=1, max_length=300)]
    text_ar: Annotated[str, StringConstraints(min_length=1, max_length=300)]
    from_at: AwareDatetime
    last_day: date


class Updates(Signed):
    """What is new for a device since its cursor. ``trust_list`` and ``configuration`` when newer.

    ``device`` and ``previous`` tie the answer to the question, so that a replayed or reordered
    one is told. ``recalls`` are deposits to be sent again, and ``recalled_since`` asks for all that
    was acknowledged from then on, by the central's clock: it was restored from a backup.
    ``root_version`` is that of the offline root's newest word. ``cursor_proof`` goes with
    ``cursor``: it is kept, and sent back with it.

    To a device that fetches the trust list in parts ``trust_version`` tells the newest one's
    version, and ``revoked`` the codes shut out since its own, the newest first.
    """

    device: DeviceCode
    previous: Annotated[int, Field(ge=0)]
    cursor: Annotated[int, Field(ge=0)]
    time: AwareDatetime
    statuses: Annotated[tuple[StatusUpdate, ...], Field(max_length=1000)] = ()
    recalls: Annotated[tuple[UUID, ...], Field(max_length=1000)] = ()
    recalled_since: AwareDatetime | None = None
    messages: Annotated[tuple[AgentMessage, ...], Field(max_length=1000)] = ()
    trust_list: str | None = None
    configuration: str | None = None
    root_version: Annotated[int, Field(ge=1)] | None = None
    cursor_proof: Annotated[str, StringConstraints(pattern=CURSOR_PROOF)] = ""
    trust_version: Annotated[int, Field(ge=1)] | None = None
    revoked: Annotated[tuple[DeviceCode, ...], Field(max_length=1000)] = ()
    more: bool = False


class UpdatesAnswer(Message):
    """``updates`` is a base64url COSE_Sign1 over :class:`Updates`."""

    updates: str


class RootAnswer(Message):
    """Words of the offline root (``wire.succession``), oldest first: each proves itself."""

    statements: Annotated[
        tuple[Annotated[str, StringConstraints(max_length=65_536)], ...],
        Field(max_length=MAX_STATEMENTS),
    ]


class StatusQuestion(Message):
    """A receipt's stage, asked with the text of its QR from any kiosk."""

    qr_text: Annotated[str, StringConstraints(max_length=1024)]


class StatusAnswer(Message):
    """The stage of one receipt: never identity or kind of care."""

    receipt_number: ReceiptText
    known: bool
    revoked_device: bool = False
    status: StatusUpdate | None = None
