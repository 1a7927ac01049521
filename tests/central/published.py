"""Every call that the published document names, and who it says may make it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from central.tokens import Role
from tests.central.client import Client

_SIGNED = {"Signature", "Signature-Input", "Content-Digest", "Wasl-Sequence"}
# What stands in a path so that it is a path of that call.
_PLACES = {
    "deposit_id": "01a2093b-1584-7295-898b-e0aa29a07075",
    "event_id": "01a2093b-1584-7295-898b-e0aa29a07075",
    "path_id": "01a2093b-1584-7295-898b-e0aa29a07075",
    "header_sha256": "0" * 64,
    "secret": "s" * 43,
}
_QUERIES = {"/v1/time": "?nonce=" + "0" * 22}


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call. ``role`` is whose tokens open it; neither a role nor a signature: anybody may."""

    method: str
    template: str
    is_signed: bool
    role: Role | None

    @property
    def name(self) -> tuple[str, str]:
        return self.method, self.template

    @property
    def target(self) -> str:
        """Return a path of the call, with the query that it cannot do without."""
        return self.template.format_map(_PLACES) + _QUERIES.get(self.template, "")


def document_of(client: Client) -> dict[str, Any]:
    document: dict[str, Any] = client.send("GET", "/openapi.json").json()
    return document


def calls(document: dict[str, Any]) -> Iterator[Call]:
    """Yield every call of *document*, each of which says who may make it."""
    schemes = document["components"]["securitySchemes"]
    for template, operations in document["paths"].items():
        for method, operation in operations.items():
            (way,) = operation["security"] or [{}]
            roles = [role for name in way if "scheme" in schemes[name] for role in way[name]]
            headers = {schemes[name]["name"] for name in way if "name" in schemes[name]}
            assert headers in (set(), _SIGNED), f"{method} {template} asks for {headers}"
            yield Call(
                method=method.upper(),
                template=template,
                is_signed=bool(headers),
                role=Role(roles[0]) if roles else None,
            )
