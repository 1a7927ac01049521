"""How the published document names the parameters of calls that read their request themselves."""

from typing import Any

_TEXT = {"type": "string"}


def path_parameter(name: str, rules: dict[str, Any]) -> dict[str, Any]:
    """Return a part of the path, under JSON Schema *rules* beside being text."""
    return {"name": name, "in": "path", "required": True, "schema": _TEXT | rules}


def header_parameter(name: str, rules: dict[str, Any]) -> dict[str, Any]:
    """Return a header that has to be there."""
    return {"name": name, "in": "header", "required": True, "schema": _TEXT | rules}


def parameters(*named: dict[str, Any]) -> dict[str, Any]:
    """Return what a route adds to its place in the document."""
    return {"parameters": list(named)}
