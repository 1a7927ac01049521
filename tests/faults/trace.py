"""What a process asked of the data folder, read back from ``strace -y -xx``."""

import json
import os
import re
from collections import Counter as Count
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.faults.counter import Told

TRACED = (
    "openat,open,creat,write,writev,pwrite64,pwritev,pwritev2,fsync,fdatasync,rename,renameat,"
    "renameat2,unlink,unlinkat,ftruncate,truncate,mkdir,mkdirat,rmdir,link,linkat,symlink,"
    "symlinkat,fallocate,copy_file_range,sendfile,sync_file_range,sendto"
)
_LINE = re.compile(r"^(\w+)\((.*)\) += (-?\d+|0x[0-9a-f]+)(?:<([^>]*)>)?")
_HEX = re.compile(r"\\x([0-9a-f]{2})")
_SYNCS = {"fsync", "fdatasync"}


class UnknownCallError(Exception):
    """The process asked for something of which the harness does not know what a cut leaves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call that went through.

    Attributes:
        kind: ``open``, ``write``, ``copy``, ``sync``, ``rename``, ``link``, ``unlink``,
            ``truncate``, ``mkdir`` or ``told``.
        name: Of the system call; ``nth``: how often it was called by then, failures included.
        path: Absolute; ``target`` is the new name of a rename or link, and where a copy goes.
        offset: Of a write, or the new size of a truncation, in bytes; 0 to empty a file at open.
        content: What was written.
        start: Where a copy begins in *path*, and its ``size``, in bytes.
    """

    kind: str
    name: str
    nth: int
    path: str = ""
    target: str = ""
    offset: int = -1
    content: bytes = b""
    start: int = 0
    size: int = 0
    told: Told | None = None


def read_trace(trace: Path, around: Path) -> list[Call]:
    """Return the calls that changed or synced something at or under *around*, and what was told.

    Raises:
        UnknownCallError: One of them is not understood.
    """
    return [*_Reader(str(around)).read(trace)]


class _Reader:
    def __init__(self, around: str) -> None:
        self._around = around
        self._counts: Count[str] = Count()
        self._position: dict[str, int] = {}

    def read(self, trace: Path) -> Iterator[Call]:
        with trace.open("r", encoding="ascii") as lines:
            for line in lines:
                name, args, result, _path = _parts(line)
                if not name:
                    continue
                self._counts[name] += 1
                if int(result, 0) >= 0:
                    yield from self._calls(name, args, int(result, 0))

    def _calls(self, name: str, args: list[str], result: int) -> Iterator[Call]:
        nth = self._counts[name]
        if name == "sendto":
            told: Told = json.loads(_text(args[1]))
            yield Call(kind="told", name=name, nth=nth, told=told)
            return
        paths = [path for path in _paths(name, args) if self._is_ours(path)]
        if not paths:
            return
        path = paths[0]
        match name:
            case "openat":
                yield from self._opened(args, result, path, nth)
            case "write" | "pwrite64":
                yield self._written(name, args, result, path, nth)
            case "sendfile":
                yield self._copied(args, result, nth)
            case "fsync" | "fdatasync":
                yield Call(kind="sync", name=name, nth=nth, path=path)
            case "rename" | "link":
                yield Call(kind=name, name=name, nth=nth, path=path, target=paths[-1])
            case "unlink" | "unlinkat" | "rmdir":
                yield Call(kind="unlink", name=name, nth=nth, path=path)
            case "ftruncate":
                yield Call(kind="truncate", name=name, nth=nth, path=path, offset=int(args[1]))
            case "mkdir":
                yield Call(kind="mkdir", name=name, nth=nth, path=path)
            case _:
                raise UnknownCallError(f"{name} {path}")

    def _opened(self, args: list[str], handle: int, path: str, nth: int) -> Iterator[Call]:
        self._position[str(handle)] = 0
        if "O_APPEND" in args[2]:
            raise UnknownCallError(f"O_APPEND {path}")
        if "O_CREAT" in args[2]:
            size = 0 if "O_TRUNC" in args[2] else -1
            yield Call(kind="open", name="openat", nth=nth, path=path, offset=size)

    def _written(self, name: str, args: list[str], result: int, path: str, nth: int) -> Call:
        handle = args[0].partition("<")[0]
        content = _text(args[1])[:result]
        if name == "pwrite64":
            offset = int(args[3])
        else:
            offset = self._position.get(handle, 0)
            self._position[handle] = offset + result
        return Call(kind="write", name=name, nth=nth, path=path, offset=offset, content=content)

    def _copied(self, args: list[str], result: int, nth: int) -> Call:
        to, source = map(_of_handle, args[:2])
        if not (self._is_ours(to) and self._is_ours(source)):
            raise UnknownCallError(f"sendfile {source} {to}: bytes that nobody has read")
        handle = args[0].partition("<")[0]
        offset = self._position.get(handle, 0)
        self._position[handle] = offset + result
        return Call(
            kind="copy",
            name="sendfile",
            nth=nth,
            path=source,
            target=to,
            offset=offset,
            start=int(args[2].removeprefix("[").partition("]")[0]),
            size=result,
        )

    def _is_ours(self, path: str) -> bool:
        return f"{path}/".startswith(f"{self._around}/")


def _parts(line: str) -> tuple[str, list[str], str, str]:
    found = _LINE.match(line)
    if found is None:
        return "", [], "0", ""
    return found[1], found[2].split(", "), found[3], found[4] or ""


def _paths(name: str, args: list[str]) -> Iterator[str]:
    """Yield the absolute paths a call names, by its handle or its text."""
    if name in {"openat", "unlinkat", "mkdirat"}:
        yield (
            os.path.normpath(f"{_of_handle(args[0])}/{_name(args[1])}")
            if not _name(args[1]).startswith("/")
            else _name(args[1])
        )
    elif name == "sendfile":
        yield from map(_of_handle, args[:2])
    elif "<" in args[0]:
        yield _of_handle(args[0])
    else:
        yield from (_name(arg) for arg in args if arg.startswith('"'))


def _of_handle(arg: str) -> str:
    return os.fsdecode(_text(arg.partition("<")[2].partition(">")[0]))


def _name(arg: str) -> str:
    return os.fsdecode(_text(arg))


def _text(arg: str) -> bytes:
    return bytes.fromhex("".join(_HEX.findall(arg)))
