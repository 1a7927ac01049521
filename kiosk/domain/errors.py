"""Every error the product names, with its exit code."""

from enum import StrEnum
from typing import ClassVar


class ErrorCode(StrEnum):
    """Error codes of the command line's JSON."""

    INVALID_INPUT = "invalid_input"
    UNKNOWN_RECEIPT = "unknown_receipt"
    UNREADABLE_FILE = "unreadable_file"
    FILE_TOO_LARGE = "file_too_large"
    ENCRYPTED_PDF = "encrypted_pdf"
    NOT_ENROLLED = "not_enrolled"
    WRONG_PIN = "wrong_pin"
    LOCKED_OUT = "locked_out"
    FORBIDDEN = "forbidden"
    NOT_CANCELLABLE = "not_cancellable"
    ANOTHER_WRITER = "another_writer"
    NEWER_DATABASE = "newer_database"
    DAMAGED_DATABASE = "damaged_database"
    WRONG_KEY = "wrong_key"
    FOREIGN_BACKUP = "foreign_backup"
    DISK_FULL = "disk_full"
    READ_ONLY = "read_only"
    DEVICE_UNAVAILABLE = "device_unavailable"
    OFFLINE = "offline"
    REFUSED = "refused"
    REVOKED = "revoked"
    TLS = "tls"
    NOT_A_RECEIPT = "not_a_receipt"
    BAD_SIGNATURE = "bad_signature"
    UNKNOWN_KEY = "unknown_key"
    JOURNAL_BROKEN = "journal_broken"


_VERIFICATION = {ErrorCode.BAD_SIGNATURE, ErrorCode.UNKNOWN_KEY, ErrorCode.JOURNAL_BROKEN}
_WORLD = {
    ErrorCode.ANOTHER_WRITER,
    ErrorCode.NEWER_DATABASE,
    ErrorCode.DAMAGED_DATABASE,
    ErrorCode.WRONG_KEY,
    ErrorCode.FOREIGN_BACKUP,
    ErrorCode.DISK_FULL,
    ErrorCode.READ_ONLY,
    ErrorCode.DEVICE_UNAVAILABLE,
    ErrorCode.OFFLINE,
    ErrorCode.REFUSED,
    ErrorCode.REVOKED,
    ErrorCode.TLS,
}


def exit_code(code: ErrorCode) -> int:
    """Return 1 (the world said no), 2 (wrong use or refused input) or 3 (verification failed)."""
    if code in _WORLD:
        return 1
    if code in _VERIFICATION:
        return 3
    return 2


class WaslError(Exception):
    """Base of every error raised on purpose.

    Its text is for engineers: English, without personal data. What an agent reads is chosen in
    ``kiosk.ui`` from the code and the fields.
    """

    code: ClassVar[ErrorCode]
    retryable: ClassVar[bool] = False


class InvalidInputError(WaslError):
    """A typed value was refused."""

    code = ErrorCode.INVALID_INPUT

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(f"{field}: {problem}")
        self.field = field
        self.problem = problem


class UnknownReceiptError(WaslError):
    """No deposit of that number is kept here."""

    code = ErrorCode.UNKNOWN_RECEIPT


class UnreadableFileError(WaslError):
    """A file is not an image or PDF that can be decoded."""

    code = ErrorCode.UNREADABLE_FILE


class UndrawnMarkError(UnreadableFileError):
    """A PDF page holds a form field or an annotation that cannot be drawn."""


class FileTooLargeError(WaslError):
    """A file exceeds the bounds on bytes, pixels, pages or time."""

    code = ErrorCode.FILE_TOO_LARGE


class PageLimit(StrEnum):
    """What has more pages than are taken: what is to be done next differs."""

    FILE = "file"
    DOSSIER = "dossier"


class TooManyPagesError(FileTooLargeError):
    """A file, or a dossier, has more pages than are taken."""

    def __init__(self, limit: PageLimit, message: str) -> None:
        super().__init__(message)
        self.limit = limit


class EncryptedPdfError(WaslError):
    """A PDF asks for a password."""

    code = ErrorCode.ENCRYPTED_PDF


class NotEnrolledError(WaslError):
    """The device has no code yet: only enrolment is possible."""

    code = ErrorCode.NOT_ENROLLED


class NotCancellableError(WaslError):
    """Already cancelled, settled or paid."""

    code = ErrorCode.NOT_CANCELLABLE


class NotAReceiptError(WaslError):
    """The text, image or PDF carries no receipt of ours."""

    code = ErrorCode.NOT_A_RECEIPT


class DeviceUnavailableError(WaslError):
    """A scanner, camera or printer cannot be used now."""

    code = ErrorCode.DEVICE_UNAVAILABLE
    retryable = True


class PrinterFault(StrEnum):
    """Why a paper did not come out, or not surely: what is to be done next differs."""

    NO_PRINTER = "no_printer"
    OFFLINE = "offline"
    PAPER_OUT = "paper_out"
    INTERRUPTED = "interrupted"
    REFUSED = "refused"


class PrinterUnavailableError(DeviceUnavailableError):
    """The paper did not come out, or not surely; the deposit stands."""

    def __init__(self, fault: PrinterFault, message: str) -> None:
        super().__init__(message)
        self.fault = fault


class SourceFault(StrEnum):
    """Why a scanner, camera or folder gives no page: what is to be done next differs."""

    NOT_FOUND = "not_found"
    AMBIGUOUS = "ambiguous"
    NO_DRIVER = "no_driver"
    BUSY = "busy"
    DENIED = "denied"
    NO_PAPER = "no_paper"
    JAMMED = "jammed"
    COVER_OPEN = "cover_open"
    BROKEN_OFF = "broken_off"
    NO_ANSWER = "no_answer"
    CANNOT = "cannot"
    BACKS_MISSING = "backs_missing"
    CAMERA_GONE = "camera_gone"
    FOLDER_GONE = "folder_gone"
    FILES_LEFT = "files_left"
    NOTHING_CAME = "nothing_came"


class SourceUnavailableError(DeviceUnavailableError):
    """A source gives no page, or no more; the pages before stay."""

    def __init__(self, fault: SourceFault, message: str) -> None:
        super().__init__(message)
        self.fault = fault


class StickFault(StrEnum):
    """Why a courier's stick cannot be used: what is to be done next differs."""

    FULL = "full"
    READ_ONLY = "read_only"
    GONE = "gone"
    UNRELIABLE = "unreliable"
    EMPTY = "empty"


class StickError(WaslError):
    """A courier's stick cannot be used as it is; nothing was lost.

    Attributes:
        needed_bytes, free_bytes: Told with FULL where they are known.
    """

    fault: ClassVar[StickFault]

    def __init__(self, message: str, *, needed_bytes: int = 0, free_bytes: int = 0) -> None:
        super().__init__(message)
        self.needed_bytes = needed_bytes
        self.free_bytes = free_bytes


class StickFullError(StickError):
    """No room for what has to go on it."""

    code = ErrorCode.DISK_FULL
    fault = StickFault.FULL


class StickReadOnlyError(StickError):
    """It cannot be written: its switch, or rights."""

    code = ErrorCode.READ_ONLY
    fault = StickFault.READ_ONLY


class StickGoneError(StickError):
    """It is not there, or was pulled out."""

    code = ErrorCode.DEVICE_UNAVAILABLE
    retryable = True
    fault = StickFault.GONE


class StickUnreliableError(StickError):
    """What was read back is not what was written: another stick is needed."""

    code = ErrorCode.DEVICE_UNAVAILABLE
    fault = StickFault.UNRELIABLE


class NoCourierError(StickError):
    """No courier has been here: there is nothing of ours on it."""

    code = ErrorCode.INVALID_INPUT
    fault = StickFault.EMPTY
