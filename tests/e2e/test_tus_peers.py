"""Our sender against a foreign server, foreign clients against ours; both sides are killed."""

import hashlib
import os
import secrets
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import pytest
import requests

from central.blobs import FolderBlobs
from kiosk.sync.ports import Claimed
from tests.e2e.commands import ROOT
from tests.fakes.proxy import Line, Proxy, proxied
from tests.sync.authority import Authority, make_authority
from tests.sync.real_central import RealCentral, real_central
from tests.sync.test_real_central import make_kiosk

PACKAGES = ROOT / ".cache" / "peers" / "node_modules"
SCRIPTS = ROOT / "tests" / "e2e" / "peers"
DOCUMENT = secrets.token_bytes(400_000)
SLOW = Line(bytes_per_s=150_000.0)
KILL_AT = 150_000
pytestmark = pytest.mark.timeout(120)

needs_node = pytest.mark.skipif(
    shutil.which("node") is None or not (PACKAGES / "@tus" / "server").is_dir(),
    reason="Node or the packages of tests/e2e/peers/package.json are missing:"
    " `python -m bench.peers` fetches them",
)


@dataclass(slots=True)
class Programs:
    """Programs of a test; those that still run at its end are killed."""

    folder: Path
    environment: dict[str, str] = field(default_factory=dict)
    _started: "list[subprocess.Popen[str]]" = field(default_factory=list)

    def start(self, *words: object) -> "subprocess.Popen[str]":
        """Start one."""
        one = subprocess.Popen(
            [*map(str, words)],
            cwd=ROOT,
            env={**os.environ, **self.environment},
            stdout=subprocess.PIPE,
            text=True,
        )
        self._started.append(one)
        return one

    def node(self, script: str, *words: object) -> "subprocess.Popen[str]":
        """Start a script of the peers beside their packages."""
        place = self.folder / "node"
        if not place.exists():
            place.mkdir()
            (place / "node_modules").symlink_to(PACKAGES)
        shutil.copy(SCRIPTS / script, place)
        return self.start("node", place / script, *words)

    def python(self, module: str, *words: object) -> "subprocess.Popen[str]":
        """Start a module of the peers."""
        return self.start(sys.executable, "-m", f"tests.e2e.peers.{module}", *words)

    def close(self) -> None:
        """Kill what runs."""
        for one in self._started:
            one.kill()
            one.wait(10)
            if one.stdout is not None:
                one.stdout.close()


@pytest.fixture
def programs(tmp_path: Path) -> Iterator[Programs]:
    one = Programs(tmp_path)
    yield one
    one.close()


def kill_midway(proxy: Proxy, program: "subprocess.Popen[str]") -> None:
    """End *program* with ``kill -9`` once so many bytes are on the line."""
    assert proxy.tally.wait_for_up(proxy.tally.up + KILL_AT, 60)
    assert program.poll() is None, "it had ended before"
    program.kill()
    program.wait(10)


def _first_line(program: "subprocess.Popen[str]") -> str:
    assert program.stdout is not None
    return program.stdout.readline().strip()


@needs_node
def test_our_sender_goes_on_with_a_foreign_server(programs: Programs, tmp_path: Path) -> None:
    authority: Authority = make_authority()
    authority.server(tmp_path)
    store, ca, file = tmp_path / "store", tmp_path / "ca.pem", tmp_path / "document"
    ca.write_text(authority.pem)
    file.write_bytes(DOCUMENT)
    store.mkdir()
    server = programs.node("server.mjs", store, tmp_path / "server.pem", 0)
    port = int(_first_line(server))
    made = requests.post(
        f"https://127.0.0.1:{port}/v1/uploads",
        headers={"Tus-Resumable": "1.0.0", "Upload-Length": str(len(DOCUMENT))},
        verify=str(ca),
        timeout=20,
    )
    assert made.status_code == 201
    place = made.headers["Location"]
    with proxied(port, line=SLOW) as proxy:
        url = f"https://127.0.0.1:{proxy.port}{place}"
        kill_midway(proxy, programs.python("ours", file, url, ca))
        again = programs.python("ours", file, url, ca)
        kill_midway(proxy, server)
        _first_line(programs.node("server.mjs", store, tmp_path / "server.pem", port))
        assert again.wait(60) == 0
        sent = proxy.tally.up
    kept = (store / place.rpartition("/")[2]).read_bytes()
    assert hashlib.sha256(kept).digest() == hashlib.sha256(DOCUMENT).digest()
    # It went on where it was: begun anew each time, it would have sent the whole and twice more.
    assert sent < len(DOCUMENT) + KILL_AT


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a foreign client may send one document of a real deposit."""

    central: RealCentral
    item: Claimed
    path: str

    def kept(self) -> bytes:
        """Return what the central holds of it in the end."""
        assert self.item.document is not None
        blobs = FolderBlobs(self.central.data / "blobs")
        return b"".join(blobs.read(self.item.item_id, self.item.document.sha256))


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    """Serve a central that has a manifest, and waits for its document."""
    with real_central(tmp_path / "central") as central:
        kiosk = make_kiosk(central)
        item = kiosk.author.deposit(DOCUMENT)
        yield Place(central=central, item=item, path=kiosk.announce(item).path)
        kiosk.link.stop()


class Client(Protocol):
    """Starts a foreign client that sends a file to an upload that is there."""

    def __call__(
        self, programs: Programs, file: Path, url: str, *, is_again: bool
    ) -> "subprocess.Popen[str]": ...


def tuspy(programs: Programs, file: Path, url: str, *, is_again: bool) -> "subprocess.Popen[str]":
    """Start it; when it goes on, each of its pieces has a checksum."""
    return programs.python("tuspy", file, url, *(["checked"] if is_again else []))


def tus_js(programs: Programs, file: Path, url: str, *, is_again: bool) -> "subprocess.Popen[str]":
    """Start it; it goes on by itself."""
    return programs.node("client.mjs", file, url)


@pytest.mark.parametrize("client", [tuspy, pytest.param(tus_js, marks=needs_node)])
def test_foreign_client_goes_on_with_our_server(
    programs: Programs, place: Place, tmp_path: Path, client: Client
) -> None:
    file, central = tmp_path / "document", place.central
    file.write_bytes(DOCUMENT)
    ca = str(central.ca_file)
    programs.environment = {"REQUESTS_CA_BUNDLE": ca, "NODE_EXTRA_CA_CERTS": ca}
    port = int(central.url.rpartition(":")[2])
    with proxied(port, line=SLOW) as proxy:
        url = f"https://127.0.0.1:{proxy.port}{place.path}"
        kill_midway(proxy, client(programs, file, url, is_again=False))
        again = client(programs, file, url, is_again=True)
        assert proxy.tally.wait_for_up(proxy.tally.up + KILL_AT // 2, 60)
        central.kill()
        central.start()
        assert again.wait(60) == 0
        sent = proxy.tally.up
    assert place.kept() == DOCUMENT
    assert sent < len(DOCUMENT) + KILL_AT + 2 * 64 * 1024
