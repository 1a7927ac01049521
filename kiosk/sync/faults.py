"""From what the libraries raise and what the central answers to a class of outcome."""

import socket
import ssl
from collections.abc import Iterator, Mapping
from datetime import UTC
from email.utils import parsedate_to_datetime

import requests
from pydantic import ValidationError
from urllib3.exceptions import NameResolutionError, NewConnectionError

from kiosk.sync.outcomes import ExchangeError, OutcomeClass, exchange_error
from kiosk.wire.messages import PROBLEM_TYPE, Problem, ProblemType

MAX_RETRY_AFTER_S = 3600.0
_NOT_YET_VALID, _EXPIRED = 9, 10  # X509_V_ERR_CERT_*, openssl/x509_vfy.h
_NOT_TLS = {"WRONG_VERSION_NUMBER", "HTTP_REQUEST", "UNKNOWN_PROTOCOL", "PACKET_LENGTH_TOO_LONG"}
_CUT_SHORT = {"UNEXPECTED_EOF_WHILE_READING"}

_PROBLEMS: dict[str, OutcomeClass] = {
    ProblemType.BAD_CODE: OutcomeClass.REFUSED_FOR_GOOD,
    ProblemType.SIGNATURE: OutcomeClass.SIGNATURE_REFUSED,
    ProblemType.STALE_SEQUENCE: OutcomeClass.SIGNATURE_REFUSED,
    ProblemType.REVOKED: OutcomeClass.REVOKED,
    ProblemType.CONFLICT: OutcomeClass.CONFLICT,
    ProblemType.MALFORMED: OutcomeClass.REFUSED_FOR_GOOD,
    ProblemType.TOO_LARGE: OutcomeClass.TOO_LARGE,
    ProblemType.NOT_YOURS: OutcomeClass.REFUSED_FOR_GOOD,
    # The deposit of another kiosk may come later, or again after a restore of the central.
    ProblemType.UNKNOWN_DEPOSIT: OutcomeClass.SERVER_ERROR,
    ProblemType.UNKNOWN: OutcomeClass.SERVER_ERROR,
    ProblemType.WRONG_OFFSET: OutcomeClass.SERVER_ERROR,
    ProblemType.DAMAGED_UPLOAD: OutcomeClass.SERVER_ERROR,
    ProblemType.UNPROVEN_CURSOR: OutcomeClass.SERVER_ERROR,
    ProblemType.POINT_FULL: OutcomeClass.REFUSED_FOR_GOOD,
}


def line_fault(error: BaseException) -> ExchangeError:
    """Return the error for an exchange that got no answer."""
    outcome = _classify(list(_chain(error)))
    return exchange_error(outcome, type(error).__name__)


def answer_fault(status: int, headers: Mapping[str, str], body: bytes) -> ExchangeError | None:
    """Return the error an answer stands for; None when the call did what it should.

    Only the central's own word (a problem document of its types, or 413) may lead to a held row:
    whatever a box in between makes up is tried again.
    """
    kind = headers.get("Content-Type", "").partition(";")[0].strip().lower()
    problem = _problem(body) if kind == PROBLEM_TYPE else None
    retry_after_s = _retry_after(headers)
    outcome = _of_answer(status, kind, problem, retry_after_s)
    if outcome is None:
        return None
    return exchange_error(
        outcome,
        f"HTTP {status}",
        retry_after_s=retry_after_s,
        problem=problem,
        status=status,
    )


def _of_answer(
    status: int, kind: str, problem: Problem | None, retry_after_s: float | None
) -> OutcomeClass | None:
    if 200 <= status < 300 and kind != "text/html":
        return None
    if problem is not None and problem.type in _PROBLEMS:
        return _PROBLEMS[problem.type]
    if status == 429 or (status == 503 and retry_after_s is not None):
        return OutcomeClass.RATE_LIMITED
    if status == 413:
        return OutcomeClass.TOO_LARGE
    if status == 401:
        return OutcomeClass.SIGNATURE_REFUSED
    if status == 408:
        return OutcomeClass.TIMEOUT
    # No redirect is ever part of the protocol; 511 is RFC 6585's word for a portal.
    if status < 400 or status == 511:
        return OutcomeClass.CAPTIVE_PORTAL
    return OutcomeClass.SERVER_ERROR


def _problem(body: bytes) -> Problem | None:
    try:
        return Problem.model_validate_json(body)
    except ValidationError:
        return None


def _retry_after(headers: Mapping[str, str]) -> float | None:
    text = headers.get("Retry-After", "").strip()[:64]
    if not text:
        return None
    if text.isascii() and text.isdigit():
        return min(float(text), MAX_RETRY_AFTER_S)
    try:
        # Against the answer's own Date: this machine's clock may be years off.
        until = parsedate_to_datetime(text)
        at = parsedate_to_datetime(headers.get("Date", ""))
        wait_s = (until.astimezone(UTC) - at.astimezone(UTC)).total_seconds()
    except (ValueError, TypeError, OverflowError):
        return None
    return min(max(wait_s, 0.0), MAX_RETRY_AFTER_S)


def _chain(error: BaseException) -> Iterator[BaseException]:
    # requests and urllib3 wrap in three ways: __cause__, .reason and the first argument.
    seen: set[int] = set()
    ahead: list[object] = [error]
    while ahead:
        one = ahead.pop(0)
        if isinstance(one, BaseException) and id(one) not in seen:
            seen.add(id(one))
            yield one
            ahead += [one.__cause__, one.__context__, getattr(one, "reason", None), *one.args]


def _classify(chain: list[BaseException]) -> OutcomeClass:
    for one in chain:
        if isinstance(one, NameResolutionError | socket.gaierror):
            return OutcomeClass.DNS
        if isinstance(one, ssl.SSLError):
            return _of_tls(one)
    if any(isinstance(one, requests.ConnectTimeout | NewConnectionError) for one in chain):
        return OutcomeClass.CONNECT
    if any(isinstance(one, requests.Timeout | TimeoutError) for one in chain):
        return OutcomeClass.TIMEOUT
    return OutcomeClass.RESET


def _of_tls(error: ssl.SSLError) -> OutcomeClass:
    if isinstance(error, ssl.SSLCertVerificationError):
        if error.verify_code in (_NOT_YET_VALID, _EXPIRED):
            return OutcomeClass.CLOCK_WRONG
        return OutcomeClass.CERTIFICATE_WRONG
    if isinstance(error, ssl.SSLEOFError | ssl.SSLZeroReturnError) or error.reason in _CUT_SHORT:
        return OutcomeClass.RESET
    if error.reason in _NOT_TLS:
        return OutcomeClass.CAPTIVE_PORTAL
    return OutcomeClass.CERTIFICATE_WRONG
