"""What the central refuses, as a problem document to a device or as an error to an operator."""

from kiosk.domain.errors import ErrorCode, WaslError


class ProblemError(Exception):
    """A call is refused: becomes a problem document (RFC 9457). Its text names no person."""

    def __init__(
        self,
        status: int,
        problem_type: str,
        detail: str,
        *,
        sequence: int | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.problem_type = problem_type
        self.detail = detail
        self.sequence = sequence
        self.headers = headers or {}


class NewerDatabaseError(WaslError):
    """Written by a later version of the central."""

    code = ErrorCode.NEWER_DATABASE


class DamagedDatabaseError(WaslError):
    """The database file cannot be read as one."""

    code = ErrorCode.DAMAGED_DATABASE


class WrongKeyError(WaslError):
    """A key is missing, or does not open what it should."""

    code = ErrorCode.WRONG_KEY


class ReadOnlyError(WaslError):
    """The data folder cannot be written."""

    code = ErrorCode.READ_ONLY


class DiskFullError(WaslError):
    """No space is left for what has to be kept."""

    code = ErrorCode.DISK_FULL


class AddressError(WaslError):
    """The address to serve on cannot be had."""

    code = ErrorCode.REFUSED


class TurnTakenError(WaslError):
    """Another process does it at this moment."""

    code = ErrorCode.ANOTHER_WRITER

    def __init__(self, name: str) -> None:
        super().__init__(f"another process has the turn of {name} now: try again later")


class TurnLostError(WaslError):
    """The database let go of a turn, so that another process may have it."""

    code = ErrorCode.REFUSED

    def __init__(self, name: str) -> None:
        super().__init__(f"the database let go of the turn of {name}")
