"""Independent tus programs against ours, both ways: ``python -m bench.peers``.

Fetches the packages of ``tests/e2e/peers/package.json`` with npm into ``.cache/peers`` the first
time, then runs ``tests/e2e/test_tus_peers.py``, which the tests skip without them.
"""

import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
_PACKAGES = ROOT / "tests" / "e2e" / "peers" / "package.json"
_CACHE = ROOT / ".cache" / "peers"


def fetch() -> str:
    """Have the packages there as they are pinned; return why they are not, or ""."""
    wanted, there = _PACKAGES.read_bytes(), _CACHE / "package.json"
    if (_CACHE / "node_modules").is_dir() and there.read_bytes() == wanted:
        return ""
    if shutil.which("npm") is None or shutil.which("node") is None:
        return "Node and npm are missing"
    _CACHE.mkdir(parents=True, exist_ok=True)
    there.write_bytes(wanted)
    # Scripts of packages are nobody's business here, and a lock would name this machine's registry.
    words = ["npm", "install", "--ignore-scripts", "--no-audit", "--no-fund", "--no-package-lock"]
    done = subprocess.run(words, cwd=_CACHE, capture_output=True, text=True)
    return "" if done.returncode == 0 else f"npm could not install them: {done.stderr[-300:]}"


def main() -> int:
    """Print what each pair came to; return 1 when one does not hold."""
    why_not = fetch()
    if why_not:
        print(f"foreign tus peers of Node: not measured, {why_not}")
    words = [sys.executable, "-m", "pytest", "-v", "-rs", "-p", "no:randomly"]
    return subprocess.run([*words, "tests/e2e/test_tus_peers.py"], cwd=ROOT).returncode


if __name__ == "__main__":
    sys.exit(main())
