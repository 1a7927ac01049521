"""The application: routes, problems, and the document that describes them."""

from typing import Any

from fastapi import FastAPI
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from central.http import device_calls, problems, tus
from central.http.guard import Guard
from central.services import Services
from kiosk.wire.manifests import DepositManifest, EventManifest
from kiosk.wire.messages import (
    DEPOSITS,
    ENROLMENTS,
    MANIFEST_TYPE,
    STATUS,
    EnrolmentRequest,
    Problem,
    StatusQuestion,
)

_SCHEMAS = "#/components/schemas/"
# Bodies are read raw, because a signature is over bytes; the models they must fit are these.
_BODIES: dict[tuple[str, str], tuple[str, type[BaseModel]]] = {
    (ENROLMENTS, "post"): ("application/json", EnrolmentRequest),
    (STATUS, "post"): ("application/json", StatusQuestion),
    (DEPOSITS + "/{deposit_id}", "put"): (MANIFEST_TYPE, DepositManifest),
    (DEPOSITS + "/{path_id}/events/{event_id}", "put"): (MANIFEST_TYPE, EventManifest),
}


def make_app(services: Services) -> FastAPI:
    """Return the application, ready to serve."""
    # The usual /docs page fetches scripts from abroad; the bare document is enough.
    app = FastAPI(
        title="Wasl central",
        version="1",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        responses={"4XX": {"model": Problem, "description": "Refused; `type` tells why"}},
    )
    app.state.services = services
    app.include_router(device_calls.router)
    app.include_router(tus.router)
    problems.install(app)
    _describe_bodies(app)
    app.add_middleware(Guard)
    return app


def _describe_bodies(app: FastAPI) -> None:
    describe = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is not None:
            return app.openapi_schema
        document = describe()
        models: list[type[BaseModel]] = [model for _, model in _BODIES.values()]
        _, schemas = models_json_schema(
            [(model, "validation") for model in models],
            ref_template=_SCHEMAS + "{model}",
        )
        document["components"]["schemas"].update(schemas["$defs"])
        for (path, method), (media_type, model) in _BODIES.items():
            document["paths"][path][method]["requestBody"] = {
                "required": True,
                "content": {media_type: {"schema": {"$ref": _SCHEMAS + model.__name__}}},
            }
        return document

    app.openapi = openapi  # type: ignore[method-assign]  # the way FastAPI documents
