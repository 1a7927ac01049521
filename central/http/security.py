"""Who may make a call, as the published document says it; what it says is tried in tests."""

from typing import Any

from central.tokens import Role
from kiosk.wire.plain_signatures import SEQUENCE_HEADER

_BY_SIGNATURE = {
    "signature": ("Signature", "RFC 9421, ed25519, tag `wasl-1`, by the device's request key"),
    "signatureInput": ("Signature-Input", "what is signed, by which key, and a nonce of once"),
    "contentDigest": ("Content-Digest", "RFC 9530: SHA-256 of the body"),
    "sequence": (SEQUENCE_HEADER, "counts the device's requests; none comes twice"),
}
_BY_TOKEN = "officeToken"  # noqa: S105 the name of a scheme
SCHEMES: dict[str, dict[str, str]] = {
    name: {"type": "apiKey", "in": "header", "name": header, "description": text}
    for name, (header, text) in _BY_SIGNATURE.items()
} | {
    _BY_TOKEN: {
        "type": "http",
        "scheme": "bearer",
        "description": "A token of the role named here: `central token make NAME --role ROLE`",
    }
}
SIGNED: dict[str, Any] = {"security": [{name: [] for name in _BY_SIGNATURE}]}
"""What a route adds to its place in the document when a device has to sign its calls."""


def by_token(role: Role) -> dict[str, Any]:
    """Return what a route adds when a token of *role* opens it."""
    return {"security": [{_BY_TOKEN: [role.value]}]}
