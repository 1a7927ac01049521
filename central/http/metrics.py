"""``GET /metrics`` for Prometheus: with a token here, without one on loopback alone."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import PlainTextResponse
from prometheus_client import CONTENT_TYPE_LATEST, start_http_server

from central.errors import AddressError
from central.http.callers import caller
from central.http.meters import Meters
from central.http.security import by_token
from central.tokens import Caller, Role

PATH = "/metrics"
router = APIRouter(tags=["back office"])
MetricsCaller = Annotated[Caller, Depends(caller(Role.METRICS))]


def meters_of(request: Request) -> Meters:
    """Return what the application counts with."""
    meters = request.app.state.meters
    assert isinstance(meters, Meters)  # noqa: S101 set when the application is made
    return meters


@router.get(PATH, response_class=PlainTextResponse, openapi_extra=by_token(Role.METRICS))
def get_metrics(who: MetricsCaller, meters: Annotated[Meters, Depends(meters_of)]) -> Response:
    """Tell this node's figures and the state of all points."""
    del who
    return Response(meters.text(), media_type=CONTENT_TYPE_LATEST)


@contextmanager
def on_loopback(meters: Meters, port: int) -> Iterator[int]:
    """Serve the figures on 127.0.0.1 until the block ends; yield the port (0 takes a free one).

    Raises:
        AddressError: The port cannot be had.
    """
    try:
        server, thread = start_http_server(port, "127.0.0.1", registry=meters.registry)
    except OSError as error:
        raise AddressError(f"the port {port} for figures cannot be had") from error
    try:
        yield int(server.server_port)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
