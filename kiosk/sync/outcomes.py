"""What can come of an exchange with the central, and what happens next: one table.

What an agent reads of each class stands in ``kiosk.ui.i18n.troubles.OUTCOME``, in French and
Arabic; what the command line says in ``kiosk.sync.said``. Tests hold all three to the same classes.
"""

from dataclasses import dataclass
from enum import Enum, StrEnum
from typing import ClassVar

from kiosk.domain.errors import ErrorCode, WaslError
from kiosk.domain.vocabulary import HeldReason
from kiosk.sync.said import said
from kiosk.wire.messages import Problem


class OutcomeClass(StrEnum):
    """The protocol's classes of outcome. Their values are kept in the outbox and shown."""

    DELIVERED = "delivered"
    ALREADY_THERE = "already_there"
    CONFLICT = "conflict"
    REFUSED_FOR_GOOD = "refused_for_good"
    TOO_LARGE = "too_large"
    RATE_LIMITED = "rate_limited"
    SIGNATURE_REFUSED = "signature_refused"
    REVOKED = "revoked"
    CLOCK_WRONG = "clock_wrong"
    CERTIFICATE_WRONG = "certificate_wrong"
    CAPTIVE_PORTAL = "captive_portal"
    DNS = "dns"
    CONNECT = "connect"
    TIMEOUT = "timeout"
    RESET = "reset"
    SERVER_ERROR = "server_error"
    LOCAL_IO = "local_io"


class Next(Enum):
    """What becomes of the row."""

    DONE = "done"
    RETRY = "retry"
    HOLD = "hold"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What one class means.

    Attributes:
        held: Why the row waits for a person, when ``next`` is HOLD.
        reached: The central itself answered.
        about_line: Any other row would meet the same, so trying each is hammering.
        code: What a command that needed the exchange ends with.
    """

    next: Next
    held: HeldReason | None = None
    reached: bool = False
    about_line: bool = False
    code: ErrorCode = ErrorCode.OFFLINE


_DONE, _RETRY, _HOLD = Next.DONE, Next.RETRY, Next.HOLD

RULES: dict[OutcomeClass, Rule] = {
    OutcomeClass.DELIVERED: Rule(next=_DONE, reached=True),
    OutcomeClass.ALREADY_THERE: Rule(next=_DONE, reached=True),
    OutcomeClass.CONFLICT: Rule(
        next=_HOLD,
        held=HeldReason.CONFLICT,
        reached=True,
        code=ErrorCode.REFUSED,
    ),
    OutcomeClass.REFUSED_FOR_GOOD: Rule(
        next=_HOLD,
        held=HeldReason.REFUSED_FOR_GOOD,
        reached=True,
        code=ErrorCode.REFUSED,
    ),
    OutcomeClass.TOO_LARGE: Rule(
        next=_HOLD,
        held=HeldReason.TOO_LARGE,
        reached=True,
        code=ErrorCode.REFUSED,
    ),
    OutcomeClass.RATE_LIMITED: Rule(next=_RETRY, reached=True, about_line=True),
    # Not held: a central restored from a backup may not know the device yet.
    OutcomeClass.SIGNATURE_REFUSED: Rule(next=_RETRY, reached=True, code=ErrorCode.REFUSED),
    OutcomeClass.REVOKED: Rule(
        next=_HOLD,
        held=HeldReason.DEVICE_REVOKED,
        reached=True,
        code=ErrorCode.REVOKED,
    ),
    OutcomeClass.CLOCK_WRONG: Rule(next=_RETRY, about_line=True, code=ErrorCode.TLS),
    OutcomeClass.CERTIFICATE_WRONG: Rule(next=_RETRY, about_line=True, code=ErrorCode.TLS),
    OutcomeClass.CAPTIVE_PORTAL: Rule(next=_RETRY, about_line=True),
    OutcomeClass.DNS: Rule(next=_RETRY, about_line=True),
    OutcomeClass.CONNECT: Rule(next=_RETRY, about_line=True),
    OutcomeClass.TIMEOUT: Rule(next=_RETRY),
    OutcomeClass.RESET: Rule(next=_RETRY),
    OutcomeClass.SERVER_ERROR: Rule(next=_RETRY, reached=True),
    OutcomeClass.LOCAL_IO: Rule(next=_RETRY),
}


class ExchangeError(WaslError):
    """An exchange with the central did not give what it was made for.

    Attributes:
        outcome: Its class; :data:`RULES` says what happens next.
        retry_after_s: How long the central asked to be left alone; None when it did not.
        problem: The central's own words, when it gave some.
        status: HTTP status; 0 when there was no answer.
    """

    code: ClassVar[ErrorCode] = ErrorCode.OFFLINE
    retryable: ClassVar[bool] = True

    def __init__(
        self,
        outcome: OutcomeClass,
        message: str,
        *,
        retry_after_s: float | None = None,
        problem: Problem | None = None,
        status: int = 0,
    ) -> None:
        self.problem = problem or Problem()
        super().__init__(said(outcome.value, self.problem.type, message))
        self.outcome = outcome
        self.retry_after_s = retry_after_s
        self.status = status


class OfflineError(ExchangeError):
    """The central could not be talked to now."""


class RefusedError(ExchangeError):
    """The central said no, and would again."""

    code = ErrorCode.REFUSED
    retryable = False


class RevokedError(ExchangeError):
    """The central has shut this device out."""

    code = ErrorCode.REVOKED
    retryable = False


class TlsError(ExchangeError):
    """Whoever answered could not prove to be the central."""

    code = ErrorCode.TLS


_ERRORS: dict[ErrorCode, type[ExchangeError]] = {
    kind.code: kind for kind in (OfflineError, RefusedError, RevokedError, TlsError)
}


def exchange_error(
    outcome: OutcomeClass,
    message: str,
    *,
    retry_after_s: float | None = None,
    problem: Problem | None = None,
    status: int = 0,
) -> ExchangeError:
    """Return the error whose ``code`` is the one the table gives *outcome*."""
    kind = _ERRORS[RULES[outcome].code]
    return kind(outcome, message, retry_after_s=retry_after_s, problem=problem, status=status)
