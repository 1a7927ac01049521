"""Problem documents (RFC 9457) for everything that is refused, and for what broke here."""

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from starlette.exceptions import HTTPException

from central.errors import ProblemError
from kiosk.wire.messages import PROBLEM_TYPE, ProblemType

UNAVAILABLE = (OperationalError, PoolTimeoutError, OSError)
"""What is raised while the database or the store cannot be had: 503, and nothing is decided."""
_RETRY_AFTER_S = "5"
log = structlog.get_logger("central")


def problem_response(
    status: int,
    problem_type: str,
    detail: str,
    *,
    sequence: int | None = None,
    headers: dict[str, str] | None = None,
) -> JSONResponse:
    """Return a problem document."""
    body: dict[str, object] = {"type": problem_type, "status": status, "detail": detail}
    body["title"] = detail if problem_type == "about:blank" else problem_type.rpartition(":")[2]
    if sequence is not None:
        body["sequence"] = sequence
    return JSONResponse(body, status, headers=headers, media_type=PROBLEM_TYPE)


def install(app: FastAPI) -> None:
    """Turn every error of a call into a problem document that shows nothing of its content."""
    app.add_exception_handler(ProblemError, _on_problem)
    app.add_exception_handler(RequestValidationError, _on_invalid)
    app.add_exception_handler(HTTPException, _on_http)
    for unavailable in UNAVAILABLE:
        app.add_exception_handler(unavailable, _on_unavailable)


async def _on_problem(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, ProblemError)  # noqa: S101 registered for this type alone
    return on_problem(error)


def on_problem(error: ProblemError) -> JSONResponse:
    """Return the problem document of a refusal."""
    return problem_response(
        error.status,
        error.problem_type,
        error.detail,
        sequence=error.sequence,
        headers=error.headers,
    )


async def _on_invalid(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)  # noqa: S101 registered for this type alone
    # Places and rules only: a value may be somebody's.
    rules = sorted({f"{one['loc'][-1]}: {one['type']}" for one in error.errors()})
    return problem_response(400, ProblemType.MALFORMED, "; ".join(rules[:5]))


async def _on_http(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)  # noqa: S101 registered for this type alone
    kind = ProblemType.UNKNOWN if error.status_code == 404 else "about:blank"
    headers = dict(error.headers) if error.headers else None
    return problem_response(error.status_code, kind, error.detail, headers=headers)


async def _on_unavailable(_request: Request, error: Exception) -> JSONResponse:
    log.error("unavailable", error=type(error).__name__)
    return problem_response(
        503, "about:blank", "try again later", headers={"Retry-After": _RETRY_AFTER_S}
    )
