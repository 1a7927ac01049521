"""The application: routes, problems, and the document that describes them."""

from fastapi import FastAPI

from central.http import (
    bundle_calls,
    device_calls,
    metrics,
    office,
    openapi,
    problems,
    reading,
    tus,
)
from central.http.guard import Guard
from central.http.meters import Meters
from central.services import Services


def make_app(services: Services) -> FastAPI:
    """Return the application, ready to serve."""
    # The usual /docs page fetches scripts from abroad; the bare document is enough.
    app = FastAPI(
        title="Wasl central",
        version="1",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    app.state.services = services
    app.state.meters = Meters(services)
    app.include_router(device_calls.router)
    app.include_router(bundle_calls.router)
    app.include_router(tus.router)
    app.include_router(office.router)
    app.include_router(reading.router)
    app.include_router(metrics.router)
    problems.install(app)
    openapi.describe(app)
    app.add_middleware(Guard, in_work=services.limits.in_work)
    return app
