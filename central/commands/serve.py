"""``central serve``."""

import argparse
import json
import os
from contextlib import ExitStack
from dataclasses import fields

from central import keys, opening, tls
from central.adapter import open_adapter
from central.commands.first_start import begin
from central.commands.place import place_of
from central.handing_over import handing_over
from central.http.app import make_app
from central.http.metrics import on_loopback
from central.identities import intake_identities, read_identities
from central.leftovers import sweeping
from central.limits import Limits
from central.serving import listen, make_server, url_of


def run(options: argparse.Namespace) -> None:
    """Serve until SIGTERM, saying on stdout when ready: one line of JSON with ``--json``.

    Raises:
        WaslError: The data folder or the address cannot be had.
    """
    place = place_of(options)
    given = options.intake_identity
    if given is not None:
        read_identities(given)  # said before anything is begun
    database = begin(place)
    listener = listen(options.host, options.port)
    ready = {
        "url": url_of(listener, options.host),
        "ca_file": str((options.data / "ca.pem").resolve()),
        "pid": os.getpid(),
    }

    def on_ready() -> None:
        lines = [json.dumps(ready)] if options.json else [f"{k}: {v}" for k, v in ready.items()]
        print("\n".join(lines), flush=True)

    limits = Limits(**{one.name: getattr(options, one.name) for one in fields(Limits)})
    intake = intake_identities(place.data, given)
    services = opening.services(place, database, intake, limits)
    opening.announce_keys(database, services.keys)
    app = make_app(services)
    context = tls.server_context(keys.own_folder(options.data), options.host)
    try:
        with ExitStack() as beside:
            beside.enter_context(sweeping(services))
            if options.metrics_port is not None:
                port = beside.enter_context(on_loopback(app.state.meters, options.metrics_port))
                ready["metrics_url"] = f"http://127.0.0.1:{port}/metrics"
            if options.adapter:
                adapter = open_adapter(options.adapter)
                beside.enter_context(handing_over(services, adapter))
            make_server(app, context, on_ready).run(sockets=[listener])
    finally:
        listener.close()
        database.close()
