"""A real nginx in front of a central, on loopback: its configuration is that of operations.md."""

import getpass
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from central import keys

OPERATIONS = Path(__file__).parents[2] / "docs" / "operations.md"
_START_S = 10.0


@contextmanager
def in_front_of(
    url: str, data: Path, folder: Path, *, mutual: Path | None = None, buffers: bool = False
) -> Iterator[str]:
    """Run nginx before the central at *url*; yield the URL of nginx. Skips where there is none.

    Args:
        url: Of the central.
        data: Its data folder.
        folder: For nginx.
        mutual: The authority whose certificates clients must have.
        buffers: Hold request bodies back, as operations.md warns of.
    """
    program = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if program is None:
        pytest.skip("nginx is not installed (Debian: nginx-light)")
    port = _free_port()
    own = keys.own_folder(data)
    words = {
        "LISTEN": f"127.0.0.1:{port}",
        "CERTIFICATE": str(own / "server.pem"),
        "KEY": str(own / "server.key"),
        "CENTRAL": url.removeprefix("https://"),
        "CA": str(data / "ca.pem"),
    }
    server = re.sub(rf"\b({'|'.join(words)})\b", lambda match: words[match[0]], documented("nginx"))
    if buffers:
        server = server.replace("proxy_request_buffering off", "proxy_request_buffering on")
    if mutual is not None:
        layer = documented("nginx mutual").replace("CLIENT_CA", str(mutual))
        server = server.replace("location / {", f"{layer}\n    location / {{")
    temporary = "".join(
        f"{kind}_temp_path {folder}/{kind};\n"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    configuration = folder / "nginx.conf"
    configuration.write_text(
        f"daemon off;\nworker_processes 1;\npid {folder}/pid;\nerror_log {folder}/error.log;\n"
        f"user {_user()};\nevents {{}}\nhttp {{\naccess_log off;\n{temporary}{server}}}\n"
    )
    process = subprocess.Popen(
        [program, "-c", str(configuration), "-p", str(folder), "-e", str(folder / "error.log")]
    )
    try:
        _wait_for(port, process, folder)
        yield f"https://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(_START_S)


def documented(name: str) -> str:
    """Return the configuration that docs/operations.md gives under a fence of that name."""
    text = OPERATIONS.read_text(encoding="utf-8")
    return text.split(f"```{name}\n", 1)[1].split("```", 1)[0]


def _user() -> str:
    return getpass.getuser()


def _free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_for(port: int, process: "subprocess.Popen[bytes]", folder: Path) -> None:
    until = time.monotonic() + _START_S
    while time.monotonic() < until:
        assert process.poll() is None, (folder / "error.log").read_text()
        with closing(socket.socket()) as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    raise AssertionError("nginx does not answer")
