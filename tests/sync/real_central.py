"""The real central in a process of its own, driven by its own command line."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]


@dataclass(slots=True, kw_only=True)
class RealCentral:
    """A running central."""

    data: Path
    url: str
    ca_file: Path
    process: "subprocess.Popen[str]"

    def command(self, *arguments: str) -> dict[str, Any]:
        """Run one of its commands beside it and return the JSON it prints."""
        done = subprocess.run(
            [sys.executable, "-m", "central", *arguments, "--data", str(self.data), "--json"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=30,
            check=True,
        )
        answer: dict[str, Any] = json.loads(done.stdout)
        return answer


@contextmanager
def real_central(data: Path, port: int = 0) -> Iterator[RealCentral]:
    """Serve from *data* on loopback until the block ends."""
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "central", "serve", "--json"),
            *("--data", str(data), "--port", str(port)),
        ],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None
    try:
        ready = json.loads(process.stdout.readline())
        yield RealCentral(
            data=data, url=ready["url"], ca_file=Path(ready["ca_file"]), process=process
        )
    finally:
        process.terminate()
        try:
            process.wait(10)
        finally:
            process.kill()
            process.wait(10)
            process.stdout.close()
