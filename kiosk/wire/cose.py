"""COSE_Sign1 (RFC 9052) with Ed25519, one content type for each thing that is signed."""

from collections.abc import Callable
from enum import StrEnum

import cbor2
from cwt import COSE, COSEKey
from cwt.exceptions import CWTError, VerifyError

from kiosk.wire.errors import BadSignatureError, MalformedMessageError, UnknownKeyError
from kiosk.wire.keys import PrivateKey, PublicKey
from kiosk.wire.strict_cbor import decode, decode_map, exactly

MAX_SIGNED_BYTES = 4 * 1024 * 1024
_ALG, _KID, _TYP = 1, 4, 16
_EDDSA = -8
_SIGN1_TAG = 18

KeyResolver = Callable[[bytes], PublicKey | None]
"""Finds a trusted key by its id; None when there is no such key."""


class ContentType(StrEnum):
    """What a signature is for (``typ``, RFC 9596): no signed thing passes for another."""

    RECEIPT = "wasl-r"
    MANIFEST = "wasl-manifest"
    ACKNOWLEDGEMENT = "wasl-ack"
    ROOT_STATEMENT = "wasl-root"
    TRUST_LIST = "wasl-trust"
    CONFIGURATION = "wasl-config"
    UPDATES = "wasl-updates"
    HEARTBEAT = "wasl-heartbeat"
    TIME = "wasl-time"
    BACKUP = "wasl-backup"
    COURIER = "wasl-courier"
    NEW_KEYS = "wasl-keys"
    DOSSIER = "wasl-dossier"


def sign(payload: bytes, key: PrivateKey, content_type: ContentType) -> bytes:
    """Return a tagged COSE_Sign1 that carries *payload*."""
    public = key.public
    cose_key = COSEKey.new(_key_map(public) | {-4: key.seed})
    signed = COSE.new().encode_and_sign(
        payload,
        cose_key,
        protected={_ALG: _EDDSA, _TYP: content_type.value},
        unprotected={_KID: public.key_id},
    )
    assert isinstance(signed, bytes)  # noqa: S101 the library answers bytes unless asked otherwise
    return signed


def attach(payload: bytes, signature: bytes, key_id: bytes, content_type: ContentType) -> bytes:
    """Return what :func:`sign` gave when it made *signature*; nothing is checked."""
    protected = cbor2.dumps({_ALG: _EDDSA, _TYP: content_type.value})
    return cbor2.dumps(cbor2.CBORTag(_SIGN1_TAG, [protected, {_KID: key_id}, payload, signature]))


def signature_of(signed: bytes) -> bytes:
    """Return the signature of what :func:`sign` made."""
    signature: bytes = cbor2.loads(signed).value[3]
    return signature


def verify(signed: bytes, resolve: KeyResolver, content_type: ContentType) -> bytes:
    """Return the payload once its signature by a trusted key holds.

    Raises:
        MalformedMessageError: Not a COSE_Sign1.
        UnknownKeyError: No trusted key has the id it names.
        BadSignatureError: The signature does not hold, or was made for another content type.
    """
    protected, key_id = _headers(signed)
    key = resolve(key_id)
    if key is None:
        raise UnknownKeyError(key_id)
    try:
        payload = COSE.new(verify_kid=False).decode(signed, COSEKey.new(_key_map(key)))
    except VerifyError as error:
        raise BadSignatureError("the signature does not hold") from error
    except (CWTError, ValueError, TypeError) as error:
        raise MalformedMessageError("not a COSE_Sign1 message") from error
    if protected.get(_ALG) != _EDDSA or protected.get(_TYP) != content_type.value:
        raise BadSignatureError(f"signed for another purpose than {content_type.value}")
    return bytes(payload)


def _headers(signed: bytes) -> tuple[dict[object, object], bytes]:
    if len(signed) > MAX_SIGNED_BYTES:
        raise MalformedMessageError("too large to be a signed message")
    message = decode(signed)
    if not isinstance(message, cbor2.CBORTag) or message.tag != _SIGN1_TAG:
        raise MalformedMessageError("not a COSE_Sign1 message")
    parts = exactly(list, message.value)
    if len(parts) != 4:
        raise MalformedMessageError("not a COSE_Sign1 message")
    protected, unprotected, payload, signature = parts
    # The library asserts what it expects of these; a stranger's bytes must not reach an assert.
    exactly(bytes, payload)
    exactly(bytes, signature)
    key_id = exactly(bytes, exactly(dict, unprotected).get(_KID))
    return decode_map(exactly(bytes, protected)), key_id


def _key_map(key: PublicKey) -> dict[int, object]:
    # OKP key of curve Ed25519 (RFC 9053, section 7.2).
    return {1: 1, -1: 6, 3: _EDDSA, 2: key.key_id, -2: key.raw}
