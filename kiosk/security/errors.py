"""What can be wrong with keys."""

from kiosk.domain.errors import ErrorCode, WaslError


class WrongKeyError(WaslError):
    """The keys of this data folder are absent, unreadable, or another folder's."""

    code = ErrorCode.WRONG_KEY
