"""Who calls with a token of the back office."""

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import Header, Request
from starlette.concurrency import run_in_threadpool

from central import tokens
from central.errors import ProblemError
from central.http.signed import services_of
from central.services import Services
from central.tokens import Caller, Role

# Published as a scheme of security, not as one more parameter.
_Authorization = Annotated[str, Header(max_length=300, include_in_schema=False)]


def caller(role: Role) -> Callable[[Request, str], Awaitable[Caller]]:
    """Return a dependency: who calls, with a token of that role."""

    async def depend(request: Request, authorization: _Authorization = "") -> Caller:
        return await run_in_threadpool(authorised, services_of(request), authorization, role)

    return depend


def authorised(services: Services, authorization: str, role: Role) -> Caller:
    """Return who calls.

    Raises:
        ProblemError: No token, one that opens nothing, or one for something else.
    """
    scheme, _, token = authorization.partition(" ")
    found = None
    if scheme.lower() == "bearer" and token:
        with services.database.reading() as connection:
            found = tokens.caller_of(connection, token.strip(), services.now())
    if found is None:
        challenge = {"WWW-Authenticate": 'Bearer realm="wasl"'}
        detail = "a token of the back office is needed"
        raise ProblemError(401, "about:blank", detail, headers=challenge)
    if found.role is not role:
        raise ProblemError(403, "about:blank", f"this token is not for {role.value}")
    if found.network is not None and role in tokens.OF_ALL:
        raise ProblemError(403, "about:blank", f"{role.value} are of all networks, not of one")
    return found
