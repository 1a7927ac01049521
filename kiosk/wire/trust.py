"""Who may be believed: the offline root's statement, and the trust list of the central.

The offline root signs who may open sealed scans and which key signs trust lists, so that a
compromised central cannot put in recipients of its own. Its public key is pinned at enrolment.
"""

from collections.abc import Collection
from typing import Annotated, Self, TypeVar

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from kiosk.domain.scans import MAX_PROFILES
from kiosk.wire.cose import ContentType, KeyResolver, sign, verify
from kiosk.wire.encoding import b64, unb64
from kiosk.wire.errors import MalformedMessageError
from kiosk.wire.keys import PrivateKey, PublicKey
from kiosk.wire.manifests import DeviceCode

AgeRecipient = Annotated[str, StringConstraints(pattern=r"^age1[0-9a-z]{58}$")]
MAX_ACKNOWLEDGEMENT_KEYS = 16
KeyText = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{43}$")]


Certificate = Annotated[
    str,
    StringConstraints(
        max_length=8192,
        pattern=r"^-----BEGIN CERTIFICATE-----\n[A-Za-z0-9+/=\n]+-----END CERTIFICATE-----\n$",
    ),
]


class Signed(BaseModel):
    """Base of a signed statement; fields a newer central adds are ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class RootStatement(Signed):
    """What the offline root vouches for.

    Attributes:
        recipients: age recipients of every sealed scan, at least operations and recovery.
        intake: age recipient of sealed manifests in bundles.
        trust_key: Ed25519 key that signs trust lists, configuration and updates.
        recovery: those of *recipients* who may open a lost device's keys, in its backups.
        root_key: Ed25519 key that signs the next statement; None: the one that signed this.
        authorities: Certificates (PEM) by which the central is known over TLS from now on; none:
            those that were pinned stay.
    """

    version: Annotated[int, Field(ge=1)]
    issued_at: AwareDatetime
    recipients: Annotated[tuple[AgeRecipient, ...], Field(min_length=2, max_length=8)]
    intake: AgeRecipient
    trust_key: KeyText
    recovery: Annotated[tuple[AgeRecipient, ...], Field(max_length=8)] = ()
    root_key: KeyText | None = None
    authorities: Annotated[tuple[Certificate, ...], Field(max_length=4)] = ()

    @property
    def backup_recipients(self) -> tuple[str, ...]:
        """Return who opens the keys in a backup; everybody where the root singles out nobody."""
        return self.recovery or self.recipients


class DeviceKey(Signed):
    """A device's receipt key, so that its receipts can be checked anywhere, offline."""

    device: DeviceCode
    receipt_key: KeyText
    revoked: bool = False

    def public(self) -> PublicKey:
        """Return the key the device's receipts are checked with."""
        return PublicKey(unb64(self.receipt_key))


class TrustList(Signed):
    """Keys by which acknowledgements and receipts are believed."""

    version: Annotated[int, Field(ge=1)]
    issued_at: AwareDatetime
    acknowledgement_keys: Annotated[
        tuple[KeyText, ...], Field(min_length=1, max_length=MAX_ACKNOWLEDGEMENT_KEYS)
    ]
    devices: Annotated[tuple[DeviceKey, ...], Field(max_length=100_000)]

    def acknowledgement_key(self, key_id: bytes) -> PublicKey | None:
        """Return the acknowledgement key of that id."""
        keys = (PublicKey(unb64(text)) for text in self.acknowledgement_keys)
        return next((key for key in keys if key.key_id == key_id), None)

    def device_of(self, key_id: bytes) -> DeviceKey | None:
        """Return the device whose receipt key has that id."""
        return next(
            (one for one in self.devices if one.public().key_id == key_id),
            None,
        )

    def with_revoked(self, codes: Collection[str]) -> Self:
        """Return the list with the devices of these codes shut out, besides those that are."""
        if not codes:
            return self
        devices = tuple(
            one.model_copy(update={"revoked": True}) if one.device in codes else one
            for one in self.devices
        )
        return self.model_copy(update={"devices": devices})


class SignedProfile(Signed):
    """A way of scanning that the central sets; words a newer one adds are judged by the kiosk."""

    name: Annotated[str, StringConstraints(min_length=1, max_length=60)]
    device: Annotated[str, StringConstraints(min_length=1, max_length=1000)]
    dpi: int = 300
    colour: Annotated[str, StringConstraints(max_length=20)] = "colour"
    duplex: bool = False
    feed: Annotated[str, StringConstraints(max_length=20)] = "auto"


class Configuration(Signed):
    """Signed settings of a point, from the central.

    ``profiles`` come before those of the kiosk's own file; ``profiles_locked``: nothing but them.
    """

    version: Annotated[int, Field(ge=1)]
    point: Annotated[str, StringConstraints(pattern=r"^[A-Z][0-9]{4}$")]
    point_name: Annotated[str, StringConstraints(max_length=120)]
    verify_host: Annotated[str, StringConstraints(pattern=r"^[a-z0-9.-]{1,100}$")] = "wasl.invalid"
    amount_notice_centimes: Annotated[int, Field(gt=0)] | None = None
    law_notice: Annotated[str, StringConstraints(max_length=300)] = ""
    retention_scan_days: Annotated[int, Field(ge=1, le=3650)] = 7
    retention_metadata_days: Annotated[int, Field(ge=1, le=3650)] = 90
    profiles: Annotated[tuple[SignedProfile, ...], Field(max_length=MAX_PROFILES)] = ()
    profiles_locked: bool = False


_S = TypeVar("_S", bound=BaseModel)


def sign_statement(statement: BaseModel, key: PrivateKey, content_type: ContentType) -> str:
    """Return *statement* as base64url of a COSE_Sign1 over its JSON."""
    return b64(sign(statement.model_dump_json().encode("utf-8"), key, content_type))


def open_statement(
    model: type[_S], signed: str, resolve: KeyResolver, content_type: ContentType
) -> _S:
    """Return the statement once its signature holds.

    Raises:
        BadSignatureError, UnknownKeyError, MalformedMessageError: As :func:`wire.cose.verify`.
    """
    payload = verify(unb64(signed), resolve, content_type)
    try:
        return model.model_validate_json(payload)
    except ValidationError as error:
        raise MalformedMessageError(f"not a {content_type.value} statement") from error


def only(key: PublicKey) -> KeyResolver:
    """Return a resolver that knows this one key."""
    return lambda key_id: key if key.key_id == key_id else None
