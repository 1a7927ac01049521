"""A disk under a power cut: what was fsynced is there, the rest in any part and order.

Strict on purpose: an fsync of a file settles its bytes and not its name, an fsync of a folder
settles the names in it and nothing else. Of what is not settled any part may have reached the
disk: writes torn at 512 or 4096 bytes, in any order, a length without its bytes. Names arrive in
the order they were made or, now and then, in no order. A rename is one step within its folder;
between two folders the name may be seen in both, and never in neither: every journalling file
system keeps that.
"""

import hashlib
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from tests.faults.trace import Call, UnknownCallError

_SECTORS = (512, 4096)
_SHARED = "-shm"


@dataclass(slots=True, eq=False)
class File:
    """Bytes that are settled, and what was done to them since."""

    settled: bytes = b""
    pending: list[tuple[int, bytes | None]] = field(default_factory=list)

    def content(self, changes: list[tuple[int, bytes | None]] | None = None) -> bytes:
        """Return the bytes after some of the changes, or all of them."""
        made = bytearray(self.settled)
        for offset, written in self.pending if changes is None else changes:
            if written is None:
                made[offset:] = bytes(max(0, offset - len(made)))
            else:
                made.extend(bytes(max(0, offset - len(made))))
                made[offset : offset + len(written)] = written
        return bytes(made)

    def sync(self) -> None:
        """Settle everything."""
        self.settled, self.pending = self.content(), []

    def found(self, chance: random.Random) -> bytes:
        """Return the bytes as they may be found."""
        if not self.pending:
            return self.settled
        match chance.randrange(5):
            case 0:
                return self.settled
            case 1:
                return self.content()
            case 2:
                return self._torn(chance)
            case 3:
                some = [change for change in self.pending if chance.random() < 0.5]
                return self.content(some)
            case _:
                return self._mixed(chance)

    def _torn(self, chance: random.Random) -> bytes:
        """Return the first changes, the last of them cut at a sector."""
        first = self.pending[: chance.randint(1, len(self.pending))]
        offset, written = first[-1]
        if written:
            sector = chance.choice(_SECTORS)
            edges = range(offset - offset % sector + sector, offset + len(written), sector)
            end = chance.choice(edges) - offset if edges else 0
            first[-1] = (offset, written[:end])
        return self.content(first)

    def _mixed(self, chance: random.Random) -> bytes:
        """Return old and new sectors in any mixture; where there is neither, zeros.

        What a truncation takes away goes with the length or stays: settled bytes behind the new
        end do not turn into zeros while the length is the old one. SQLite relies on that when it
        empties its log, and file systems with a journal change both in one step.
        """
        sector, new = chance.choice(_SECTORS), self.content()
        size = chance.choice((len(self.settled), len(new)))
        made = bytearray()
        for start in range(0, size, sector):
            is_new = chance.random() < 0.5 and (start < len(new) or start >= len(self.settled))
            source = new if is_new else self.settled
            made += source[start : start + sector].ljust(sector, b"\0")
        return bytes(made[:size])


@dataclass(slots=True, eq=False)
class Naming:
    """A change of one folder that is not settled: names that go and names that come.

    A file that left for another folder: ``partner`` is that folder, ``twin`` its change there.
    """

    gone: str | None = None
    come: tuple[str, "File | Folder"] | None = None
    partner: "Folder | None" = None
    twin: "Naming | None" = None


@dataclass(slots=True, eq=False)
class Folder:
    """Names that are settled, and what was done to them since."""

    settled: dict[str, "File | Folder"] = field(default_factory=dict)
    pending: list[Naming] = field(default_factory=list)

    def names(self, changes: list[Naming] | None = None) -> dict[str, "File | Folder"]:
        """Return the names after some of the changes, or all of them."""
        made = dict(self.settled)
        for change in self.pending if changes is None else changes:
            if change.gone is not None:
                made.pop(change.gone, None)
            if change.come is not None:
                made[change.come[0]] = change.come[1]
        return made

    def sync(self) -> None:
        """Settle every name, and with a file that left for another folder its name there."""
        self.settled, moved, self.pending = self.names(), self.pending, []
        for naming in moved:
            if naming.partner is not None and naming.twin is not None:
                naming.partner.settle_until(naming.twin)

    def settle_until(self, last: "Naming") -> None:
        """Settle the names up to one of the changes."""
        if last in self.pending:
            end = self.pending.index(last) + 1
            self.settled, self.pending = self.names(self.pending[:end]), self.pending[end:]

    def some(self, chance: random.Random) -> list[Naming]:
        """Return changes that may have reached the disk: the first ones, or any."""
        if chance.random() < 0.3:
            return [change for change in self.pending if chance.random() < 0.5]
        return self.pending[: chance.randint(0, len(self.pending))]


Tree = dict[str, bytes | None]
"""What is found: content by path from the disk's root, None for a folder."""


class Disk:
    """The folder around a data folder, followed call by call."""

    def __init__(self, before: Path, around: Path) -> None:
        """Begin with what lies in *before*, all of it settled; calls name it *around*."""
        self._around = around
        self.top = _read(before)

    def follow(self, call: Call) -> None:
        """Do to this disk what a call did.

        Raises:
            UnknownCallError: It cannot have happened on this disk.
        """
        folder, name = self._place(call.path)
        match call.kind:
            case "open":
                self._open(folder, name, call)
            case "write":
                self._file(folder, name).pending.append((call.offset, call.content))
            case "copy":
                self._copy(self._file(folder, name), call)
            case "truncate":
                self._file(folder, name).pending.append((call.offset, None))
            case "sync":
                self._sync(call.path)
            case "mkdir":
                folder.pending.append(Naming(come=(name, Folder())))
            case "unlink":
                folder.pending.append(Naming(gone=name))
            case "rename":
                self._rename(folder, name, call)
            case "link":
                to, new = self._place(call.target)
                to.pending.append(Naming(come=(new, self._file(folder, name))))
            case _:
                raise UnknownCallError(call.name)

    def bundles(self, suffix: str) -> dict[str, str]:
        """Return the SHA-256 of every settled file of that suffix whose name is settled."""
        found = {}
        for path, node in _walk(self.top, lambda folder: folder.settled):
            if isinstance(node, File) and path.endswith(suffix) and not node.pending:
                found[PurePosixPath(path).name] = hashlib.sha256(node.settled).hexdigest()
        return found

    def settled(self, path: str) -> bytes:
        """Return what is settled of a settled file; nothing when there is no such file."""
        found = self.with_nothing_pending().get(path)
        return found or b""

    def with_nothing_pending(self) -> Tree:
        """Return what is found when nothing unsettled arrived."""
        return _tree(self.top, lambda folder: folder.settled, lambda file: file.settled)

    def with_all_pending(self) -> Tree:
        """Return what is found when everything arrived, as after a kill."""
        return _tree(self.top, lambda folder: folder.names(), lambda file: file.content())

    def found(self, chance: random.Random) -> Tree:
        """Return the disk as it may be found."""
        folders = [self.top]
        for folder in folders:
            nodes = [
                *folder.settled.values(),
                *(naming.come[1] for naming in folder.pending if naming.come),
            ]
            folders += {id(node): node for node in nodes if isinstance(node, Folder)}.values()
        chosen = {id(folder): folder.some(chance) for folder in folders}
        for folder in folders:
            chosen[id(folder)] = [
                naming for naming in chosen[id(folder)] if _arrived(naming, chosen)
            ]
        contents: dict[int, bytes] = {}

        def content(file: File) -> bytes:
            return contents.setdefault(id(file), file.found(chance))

        return _tree(self.top, lambda folder: folder.names(chosen[id(folder)]), content)

    def _place(self, path: str) -> tuple[Folder, str]:
        if path == str(self._around):
            return self.top, "."
        parts = Path(path).relative_to(self._around).parts
        folder = self.top
        for part in parts[:-1]:
            node = folder.names().get(part)
            if not isinstance(node, Folder):
                raise UnknownCallError(f"{path} is in no folder")
            folder = node
        return folder, parts[-1]

    def _file(self, folder: Folder, name: str) -> File:
        node = folder.names().get(name)
        if not isinstance(node, File):
            raise UnknownCallError(f"{name} is no file")
        return node

    def _open(self, folder: Folder, name: str, call: Call) -> None:
        if name not in folder.names():
            folder.pending.append(Naming(come=(name, File())))
        elif call.offset == 0:
            self._file(folder, name).pending.append((0, None))

    def _copy(self, source: File, call: Call) -> None:
        content = source.content()[call.start : call.start + call.size]
        self._file(*self._place(call.target)).pending.append((call.offset, content))

    def _sync(self, path: str) -> None:
        folder, name = self._place(path)
        node = folder if name == "." else folder.names().get(name)
        if node is not None:  # an unlinked file that is still open matters to nobody
            node.sync()

    def _rename(self, folder: Folder, name: str, call: Call) -> None:
        node = folder.names()[name]
        to, new = self._place(call.target)
        if to is folder:
            folder.pending.append(Naming(gone=name, come=(new, node)))
        else:
            arrival = Naming(come=(new, node))
            to.pending.append(arrival)
            folder.pending.append(Naming(gone=name, partner=to, twin=arrival))


def _arrived(naming: Naming, chosen: dict[int, list[Naming]]) -> bool:
    """Tell whether a file that left did so: not before its new name is there."""
    partner = naming.partner
    if partner is None:
        return True
    return naming.twin not in partner.pending or naming.twin in chosen[id(partner)]


def _read(folder: Path) -> Folder:
    made = Folder()
    for entry in folder.iterdir():
        made.settled[entry.name] = (
            _read(entry) if entry.is_dir() else File(settled=entry.read_bytes())
        )
    return made


def _walk(
    folder: Folder, names: Callable[[Folder], dict[str, "File | Folder"]], at: str = ""
) -> Iterator[tuple[str, "File | Folder"]]:
    for name, node in names(folder).items():
        yield f"{at}{name}", node
        if isinstance(node, Folder):
            yield from _walk(node, names, f"{at}{name}/")


def _tree(
    top: Folder,
    names: Callable[[Folder], dict[str, "File | Folder"]],
    content: Callable[[File], bytes],
) -> Tree:
    return {
        path: content(node) if isinstance(node, File) else None for path, node in _walk(top, names)
    }


def write_tree(tree: Tree, to: Path, chance: random.Random) -> None:
    """Lay out on a real disk what is found; memory that was shared holds anything."""
    to.mkdir(mode=0o700)
    for path, content in sorted(tree.items()):
        if content is None:
            (to / path).mkdir(mode=0o700)
        elif path.endswith(_SHARED):
            _write(to / path, chance.randbytes(len(content)))
        else:
            _write(to / path, content)


def _write(path: Path, content: bytes) -> None:
    path.touch(mode=0o600)  # as all of the kiosk's files are: a key that others may read is refused
    path.write_bytes(content)


def digest(tree: Tree) -> bytes:
    """Return what tells two states apart; the shared-memory file is rebuilt whatever it holds."""
    made = hashlib.sha256()
    for path, content in sorted(tree.items()):
        if not path.endswith(_SHARED):
            made.update(repr((path, content)).encode())
    return made.digest()
