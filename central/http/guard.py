"""The outermost layer of every request: odd paths, what broke, and one scrubbed log line."""

import time
from pathlib import PurePath
from traceback import extract_tb

import structlog
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from central.http.problems import on_problem, problem_response
from central.limits import saturated
from kiosk.wire.messages import ProblemType

log = structlog.get_logger("central")


class Guard:
    """Wraps the application. Logs name the route, never a path, a secret, a value or a body."""

    def __init__(self, app: ASGIApp, in_work: int) -> None:
        self._app = app
        self._in_work, self._most_in_work = 0, in_work

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun, status = time.monotonic(), 0

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        self._in_work += 1
        try:
            await self._serve(scope, receive, sending)
        except ClientDisconnect:
            log.info("cut", method=scope["method"])
        except Exception as error:  # noqa: BLE001 the outermost loop of a request
            # Neither its text nor its values: both may hold what a person sent.
            last = extract_tb(error.__traceback__)[-1]
            place = f"{PurePath(last.filename).name}:{last.lineno}"
            log.error("bug", error=type(error).__name__, place=place)
            if status == 0:
                response = problem_response(500, "about:blank", "an error of the central")
                await response(scope, receive, sending)
        finally:
            self._in_work -= 1
        route = getattr(scope.get("route"), "path_format", None)
        taken_s = time.monotonic() - begun
        taken_ms = round(taken_s * 1000, 1)
        scope["app"].state.meters.count(scope["method"], route, status, taken_s)
        log.info("request", method=scope["method"], route=route, status=status, ms=taken_ms)

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._in_work > self._most_in_work:
            # Said at once: a queue without end would only make everybody wait for nothing.
            await on_problem(saturated())(scope, receive, send)
            return
        # No path of the protocol needs escapes, so one that has them is a trick: what is routed
        # would not be what was signed.
        raw_path: bytes = scope.get("raw_path") or scope["path"].encode()
        if [name for name, _ in scope["headers"]].count(b"host") != 1:
            detail = "a request names one host"
            await problem_response(400, ProblemType.MALFORMED, detail)(scope, receive, send)
            return
        is_odd = b"%" in raw_path or b"//" in raw_path or not raw_path.isascii()
        if is_odd or (raw_path.endswith(b"/") and raw_path != b"/"):
            detail = "the path is written in another way than the protocol's"
            await problem_response(400, ProblemType.MALFORMED, detail)(scope, receive, send)
            return
        await self._app(scope, receive, send)
