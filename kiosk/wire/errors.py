"""What can be wrong with something that came over the wire or out of a QR."""

from kiosk.domain.errors import ErrorCode, WaslError


class BadSignatureError(WaslError):
    """The signature does not fit the bytes, or the bytes are not what was signed for."""

    code = ErrorCode.BAD_SIGNATURE


class UnknownKeyError(WaslError):
    """Signed by a key that is in no trust list known here."""

    code = ErrorCode.UNKNOWN_KEY

    def __init__(self, key_id: bytes) -> None:
        super().__init__(f"no trusted key has the id {key_id.hex()}")
        self.key_id = key_id


class MalformedMessageError(WaslError):
    """Well signed or not, the bytes do not hold a message of this protocol."""

    code = ErrorCode.REFUSED


class DamagedBundleError(WaslError):
    """A bundle's bytes are not the ones that were written."""

    code = ErrorCode.UNREADABLE_FILE
