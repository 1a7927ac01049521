"""From a raw HTTP request to a call whose signature holds."""

from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool

from central.admission import SignedCall, remember
from central.errors import ProblemError
from central.http.bodies import read_bounded
from central.http.problems import UNAVAILABLE
from central.services import Services
from kiosk.wire.errors import BadSignatureError, UnknownKeyError
from kiosk.wire.http_signatures import HttpRequest, VerifiedRequest, verify_request
from kiosk.wire.keys import PublicKey
from kiosk.wire.messages import ProblemType

_SIGNED_BY = "signed_by"
_ONCE = (b"signature", b"signature-input", b"content-digest", b"wasl-sequence")


class SignedRoute(APIRoute):
    """The route of signed calls: what was seen stays seen, also where the call was refused."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return FastAPI's own handler, with the nonces of refused calls kept before the answer."""
        handle = super().get_route_handler()

        async def handling(request: Request) -> Response:
            try:
                return await handle(request)
            except UNAVAILABLE:
                raise  # nothing can be kept now, and nothing was refused
            except Exception:  # whatever refused it, also a defect of ours; it goes on below
                who = getattr(request.state, _SIGNED_BY, None)
                if who is not None:
                    await run_in_threadpool(remember, services_of(request), who)
                raise

        return handling


def services_of(request: Request) -> Services:
    """Return what the application was made with."""
    services = request.app.state.services
    assert isinstance(services, Services)  # noqa: S101 set when the application is made
    return services


def signed_call(limit: int) -> Callable[[Request], Awaitable[SignedCall]]:
    """Return a dependency: a call by an enrolled device, its body at most *limit* bytes."""

    async def depend(request: Request) -> SignedCall:
        body = await read_bounded(request, limit)
        services = services_of(request)
        keys = services.request_keys

        def known(key_id: bytes) -> PublicKey | None:
            # Before the signature is looked at: what has to wait is not read, and so not seen.
            services.turnstile.look(key_id)
            return keys.known(key_id)

        try:
            # A key met before needs no database, and so no other thread.
            who = _verified(request, body, known)
        except UnknownKeyError:
            who = await run_in_threadpool(verified, request, body, keys.find)
        setattr(request.state, _SIGNED_BY, who)
        services.turnstile.take(who.key_id)
        return SignedCall(who=who, body=body)

    return depend


def verified(
    request: Request, body: bytes, resolve: Callable[[bytes], PublicKey | None]
) -> VerifiedRequest:
    """Return who signed the request as it was on the wire.

    Raises:
        ProblemError: No signature, one that does not hold, or an unknown key.
    """
    try:
        return _verified(request, body, resolve)
    except UnknownKeyError as error:
        raise _refused() from error


def _verified(
    request: Request, body: bytes, resolve: Callable[[bytes], PublicKey | None]
) -> VerifiedRequest:
    try:
        return verify_request(_as_on_the_wire(request), body, resolve)
    except BadSignatureError as error:
        raise _refused() from error


def _refused() -> ProblemError:
    return ProblemError(401, ProblemType.SIGNATURE, "the request's signature is refused")


def _as_on_the_wire(request: Request) -> HttpRequest:
    # Raw bytes, not the decoded path: a signature is over what was sent. No header that claims
    # another path, host or method is looked at.
    scope = request.scope
    names = [name for name, _ in scope["headers"]]
    if any(names.count(name) > 1 for name in _ONCE):
        raise BadSignatureError("a header of the signature is there twice")
    target = scope["raw_path"].decode("latin-1")
    if scope["query_string"]:
        target += "?" + scope["query_string"].decode("latin-1")
    headers = {
        name.decode("latin-1").title(): value.decode("latin-1") for name, value in scope["headers"]
    }
    return HttpRequest(
        method=request.method, url=f"https://central.invalid{target}", headers=headers
    )
