"""What each of the central's commands does."""

import argparse
import json
import os
import sys
from typing import Any

from sqlalchemy import func, select

from central import duplicates, keys, opening, registry, schema, tls
from central.export import export
from central.http.app import make_app
from central.serving import listen, make_server, url_of
from kiosk.domain.moments import rfc3339

_LOUD = """
************************************************************************************
  DEMONSTRATION KEYS were made in {folder}
  Whoever holds that folder can read every dossier and name new recipients.
  Never use them for real people: make root, operations, recovery and intake apart.
************************************************************************************
"""


def serve(options: argparse.Namespace) -> dict[str, Any] | None:
    """Serve until SIGTERM; with ``--json`` print one line when ready."""
    database, are_new = opening.begin(options.data)
    if are_new:
        _say_loudly(options)
    listener = listen(options.host, options.port)
    ready = {
        "url": url_of(listener, options.host),
        "ca_file": str((options.data / "ca.pem").resolve()),
        "pid": os.getpid(),
    }

    def on_ready() -> None:
        lines = [json.dumps(ready)] if options.json else [f"{k}: {v}" for k, v in ready.items()]
        print("\n".join(lines), flush=True)

    app = make_app(opening.services(options.data, database))
    context = tls.server_context(keys.own_folder(options.data), options.host)
    try:
        make_server(app, context, on_ready).run(sockets=[listener])
    finally:
        listener.close()
        database.close()
    return None


def enrol_code(options: argparse.Namespace) -> dict[str, Any]:
    """Make a one-time code for a point."""
    database, are_new = opening.begin(options.data)
    if are_new:
        _say_loudly(options)
    with database.writing() as connection:
        code, expires_at = registry.make_code(
            connection, point=options.point, name=options.name, now=opening.now()
        )
    database.close()
    return {"code": code, "point": options.point, "expires_at": rfc3339(expires_at)}


def stats(options: argparse.Namespace) -> dict[str, Any]:
    """Count what the central holds."""
    items, deposits, uploads = schema.items, schema.deposits, schema.uploads
    database = opening.existing(options.data)
    with database.reading() as connection:
        blobs, size_bytes = connection.execute(
            select(func.count(), func.coalesce(func.sum(items.c.document_bytes), 0))
            .select_from(uploads)
            .join(items, items.c.id == uploads.c.item_id)
            .where(uploads.c.finished_at.is_not(None))
        ).one()
        acknowledged = (
            select(func.count())
            .select_from(deposits)
            .join(items, items.c.id == deposits.c.id)
            .where(items.c.acknowledgement.is_not(None))
        )
        answer = {
            "deposits": connection.scalar(select(func.count()).select_from(deposits)),
            "blobs": blobs,
            "bytes": int(size_bytes),
            "acknowledged": connection.scalar(acknowledged),
            "devices": connection.scalar(select(func.count()).select_from(schema.devices)),
            "duplicates_flagged": duplicates.count(connection),
        }
    database.close()
    return answer


def export_dossiers(options: argparse.Namespace) -> dict[str, Any]:
    """Write accepted dossiers to a folder."""
    database = opening.existing(options.data)
    answer = export(database, opening.blobs(options.data), options.out, options.identity)
    database.close()
    return answer


def _say_loudly(options: argparse.Namespace) -> None:
    print(_LOUD.format(folder=keys.demo_folder(options.data).resolve()), file=sys.stderr)
