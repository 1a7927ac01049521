"""Real small and real read-only filesystems, where the tests may mount them."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


@contextmanager
def small_disk(at: Path, size_kb: int) -> Iterator[Path]:
    """Mount a tmpfs of *size_kb* kilobytes at *at*; skip where that is not permitted."""
    at.mkdir()
    _mount("-t", "tmpfs", "-o", f"size={size_kb}k", "tmpfs", str(at))
    try:
        yield at
    finally:
        _unmount(at)


@contextmanager
def read_only(folder: Path) -> Iterator[Path]:
    """Make *folder* read-only for as long as the block lasts; skip where that is not permitted."""
    _mount("--bind", str(folder), str(folder))
    try:
        _mount("-o", "remount,ro,bind", str(folder))
        yield folder
    finally:
        _unmount(folder)


def _mount(*arguments: str) -> None:
    try:
        done = subprocess.run(
            ["mount", *arguments], capture_output=True, text=True, timeout=10, check=False
        )
        reason = done.stderr.strip()
    except OSError as error:
        reason = str(error)
    else:
        if done.returncode == 0:
            return
    pytest.skip(f"no filesystem may be mounted here: {reason}")


def _unmount(at: Path) -> None:
    # Lazily: a connection that a failing test left open must not keep the mount.
    subprocess.run(["umount", "-l", str(at)], check=True, timeout=10)
