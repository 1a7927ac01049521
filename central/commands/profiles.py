"""``central profiles``."""

import argparse
from typing import Any

from sqlalchemy import Connection

from central import opening, scan_profiles
from central.commands.place import place_of
from central.profile_file import ProfileFile, read_profile_file
from central.scan_profiles import Chosen, Scope


def run(options: argparse.Namespace) -> dict[str, Any]:
    """Set, forget or show the ways of scanning that kiosks are told.

    Raises:
        InvalidInputError: The file is not usable, or there is no such network or point.
    """
    scope = Scope(network=options.network, point=options.point)
    file = read_profile_file(options.file) if options.act == "set" else None
    database = opening.existing(place_of(options))
    try:
        with database.writing() as connection:
            if file is not None:
                return _set(connection, scope, file)
            return _clear(connection, scope) if options.act == "clear" else _show(connection, scope)
    finally:
        database.close()


def _set(connection: Connection, scope: Scope, file: ProfileFile) -> dict[str, Any]:
    told = scan_profiles.choose(
        connection, scope, file.signed(), is_locked=file.profiles_locked, now=opening.now()
    )
    return {
        "set_for": scope.key or "all",
        "profiles": len(file.profiles),
        "profiles_locked": file.profiles_locked,
        "points_told": told,
    }


def _clear(connection: Connection, scope: Scope) -> dict[str, Any]:
    return {
        "cleared_for": scope.key or "all",
        "points_told": scan_profiles.forget(connection, scope),
    }


def _show(connection: Connection, scope: Scope) -> dict[str, Any]:
    if scope.point is None:
        listed = scan_profiles.everything(connection)
        return {"set": [_fields(one) for one in listed if (one.scope or "").startswith(scope.key)]}
    return {"point": scope.point} | _fields(scan_profiles.of_point(connection, scope.point))


def _fields(chosen: Chosen) -> dict[str, Any]:
    return {
        "set_for": None if chosen.scope is None else chosen.scope or "all",
        "profiles_locked": chosen.is_locked,
        "profiles": [one.model_dump(mode="json") for one in chosen.profiles],
    }
