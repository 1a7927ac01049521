"""A central with a real socket: in a thread, or in a process of its own that can be killed."""

import io
import json
import ssl
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import structlog
from fastapi import FastAPI

from central import keys, opening, registry, tls
from central.cli import main
from central.http.app import make_app
from central.opening import Place
from central.services import Services
from central.serving import listen, make_server, url_of
from tests.central.client import Client

REPOSITORY = Path(__file__).parents[2]
START_S = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Central:
    """A running central and what it works with."""

    url: str
    data: Path
    services: Services
    app: FastAPI

    @property
    def ca_file(self) -> Path:
        return self.data / "ca.pem"

    def code(self, point: str, name: str | None = None) -> str:
        with self.services.database.writing() as connection:
            return registry.make_code(connection, point=point, name=name, now=datetime.now(UTC))[0]

    def client(self) -> Client:
        return Client(url=self.url, ca_file=self.ca_file)

    def blobs(self) -> list[Path]:
        return [file for file in (self.data / "blobs").rglob("*") if file.is_file()]


def found(data: Path) -> None:
    """Make a central in *data*, as the first ``central serve`` does."""
    opening.begin(Place(data=data))[0].close()


@contextmanager
def in_thread(
    place: Path | Place,
    change: Callable[[Services], Services] = lambda services: services,
    context: ssl.SSLContext | None = None,
    port: int = 0,
) -> Iterator[Central]:
    """Serve from a thread of this process, with its own certificate unless *context* has one."""
    if not structlog.is_configured():
        # Its log lines may come while a command's answer is read from stdout.
        log_to_nobody()
    place = place if isinstance(place, Place) else Place(data=place)
    data = place.data
    database, _ = opening.begin(place)
    services = change(opening.services(place, database))
    listener = listen("127.0.0.1", port)
    ready = threading.Event()
    context = context or tls.server_context(keys.own_folder(data), "127.0.0.1")
    app = make_app(services)
    server = make_server(app, context, ready.set)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    assert ready.wait(START_S)
    try:
        yield Central(url=url_of(listener, "127.0.0.1"), data=data, services=services, app=app)
    finally:
        server.should_exit = True
        thread.join(START_S)
        listener.close()
        database.close()


class Process:
    """``central serve`` as its users start it."""

    def __init__(self, data: Path, port: int = 0, *options: str) -> None:
        # A pipe nobody reads would fill, and stop the server in the middle of a log line.
        self._log = tempfile.TemporaryFile("w+")  # noqa: SIM115 closed when the process ends
        command = [sys.executable, "-m", "central", "serve", "--data", str(data), "--json"]
        self.process = subprocess.Popen(
            [*command, "--port", str(port), *options],
            cwd=REPOSITORY,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
        )
        assert self.process.stdout is not None
        self.ready: dict[str, Any] = json.loads(self.process.stdout.readline())
        self.url: str = self.ready["url"]
        self.port = int(self.url.rpartition(":")[2])

    def kill(self) -> None:
        """Kill -9: no chance to tidy up."""
        self.process.kill()
        self._end()

    def stop(self) -> tuple[int, str]:
        """SIGTERM; return the exit code and what was logged."""
        self.process.terminate()
        return self._end()

    def _end(self) -> tuple[int, str]:
        self.process.communicate(timeout=START_S)
        self._log.seek(0)
        logged = self._log.read()
        self._log.close()
        return self.process.returncode, logged


def run(*arguments: str, data: Path) -> tuple[int, Any]:
    """Run one command with ``--json`` in this process; return its exit code and its JSON."""
    said = io.StringIO()
    with redirect_stdout(said), redirect_stderr(io.StringIO()):
        code = main([*arguments, "--data", str(data), "--json"])
    return code, json.loads(said.getvalue())


def log_to_nobody() -> None:
    """Let log lines go where nobody reads them."""
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(io.StringIO()))
