"""PostgreSQL, an S3 store and nodes of the central, as processes whose CPU can be read."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg

from central import opening
from central.database import Database
from central.opening import Place
from tests.central import outside

REPOSITORY = Path(__file__).resolve().parents[1]
_TICKS = os.sysconf("SC_CLK_TCK")
_DURABLE = ("fsync", "synchronous_commit", "full_page_writes")


@dataclass(slots=True, kw_only=True)
class Node:
    """A ``central serve`` in a process of its own."""

    process: subprocess.Popen[str]
    port: int

    def usage(self) -> dict[str, float]:
        """Return what it has now: open files (connections among them), threads, memory."""
        pid = self.process.pid
        return {
            "open files": sum(1 for _ in Path(f"/proc/{pid}/fd").iterdir()),
            "threads": _status(pid, "Threads"),
            "memory, MB": _status(pid, "VmRSS") / 1024,
        }

    def end(self) -> None:
        """Stop it as an operator would, if it still runs."""
        self.process.terminate()
        self.process.wait(60)


@dataclass(slots=True, kw_only=True)
class Servers:
    """What runs, and where."""

    folder: Path
    place: Place
    database: Database
    nodes: list[Node] = field(default_factory=list)

    @property
    def ca_file(self) -> Path:
        """Return what clients trust."""
        return self.place.data / "ca.pem"

    def start_node(self) -> Node:
        """Start one more node, with its own folder and a copy of the keys."""
        data = self.folder / f"node-{len(self.nodes)}"
        shutil.copytree(self.place.data / "keys", data / "keys")
        command = [sys.executable, "-m", "central", "serve", "--data", str(data), "--json"]
        environment = os.environ | {
            "WASL_CENTRAL_DATABASE": str(self.place.database),
            "WASL_CENTRAL_BLOBS": str(self.place.blobs),
        }
        with (self.folder / f"{data.name}.log").open("wb") as log:
            process = subprocess.Popen(
                command,
                cwd=REPOSITORY,
                env=environment,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        assert process.stdout is not None  # noqa: S101 it was asked for
        url = json.loads(process.stdout.readline())["url"]
        node = Node(process=process, port=int(url.rpartition(":")[2]))
        self.nodes.append(node)
        return node

    def end_nodes(self) -> None:
        """Stop all nodes."""
        for node in self.nodes:
            node.end()

    def cpu_s(self) -> dict[str, float]:
        """Return the CPU used so far by each party, seconds."""
        parties = dict.fromkeys(("nodes", "postgres", "weed"), 0.0)
        ours = {node.process.pid for node in self.nodes}
        for stat in Path("/proc").glob("[0-9]*/stat"):
            try:
                name, _, rest = stat.read_text().partition("(")[2].rpartition(")")
            except OSError:
                continue  # it has ended
            fields = rest.split()
            # The last two are of children that have ended: connections, for PostgreSQL.
            spent = sum(map(int, fields[11:15])) / _TICKS
            if int(stat.parent.name) in ours:
                parties["nodes"] += spent
            elif name in parties and _descends(int(stat.parent.name), os.getpid()):
                parties[name] += spent
        return parties


@contextmanager
def servers(nodes: int) -> Iterator[Servers]:
    """Run PostgreSQL, an S3 store and *nodes*; all end with the block.

    Raises:
        RuntimeError: PostgreSQL would not survive a power cut.
    """
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="wasl-bench-")))
        (folder / "s3").mkdir()
        url = stack.enter_context(outside.postgresql())
        _assert_durable(url)
        # None fills up in a run: while it makes room the store refuses what it is given.
        store = stack.enter_context(outside.object_store(folder / "s3", volumes=16, volume_mb=1024))
        os.environ.update(store.environment)  # its clients, here and in the nodes, read it there
        place = Place(data=folder / "central", database=url, blobs=store.url("bench"))
        database, _ = opening.begin(place)
        stack.callback(database.close)
        running = Servers(folder=folder, place=place, database=database)
        stack.callback(running.end_nodes)
        for _ in range(nodes):
            running.start_node()
        yield running


def _assert_durable(url: str) -> None:
    with psycopg.connect(url) as connection:
        for name in _DURABLE:
            row = connection.execute("SELECT current_setting(%s)", (name,)).fetchone()
            if row != ("on",):
                raise RuntimeError(f"PostgreSQL runs with {name}={row}")


def _descends(pid: int, ancestor: int) -> bool:
    while pid not in (0, 1, ancestor):
        try:
            pid = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
        except OSError:
            return False
    return pid == ancestor


def _status(pid: int, name: str) -> int:
    text = Path(f"/proc/{pid}/status").read_text()
    return int(next(line.split()[1] for line in text.splitlines() if line.startswith(f"{name}:")))
