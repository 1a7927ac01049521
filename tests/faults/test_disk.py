"""The rebuilt disk keeps what it must and may lose the rest."""

import random
from pathlib import Path

import pytest

from tests.faults.disk import Disk, Tree, digest, write_tree
from tests.faults.trace import Call, UnknownCallError, read_trace

AROUND = Path("/disk")
TURNS = 300


@pytest.fixture
def disk(tmp_path: Path) -> Disk:
    (tmp_path / "there").write_bytes(b"A" * 8192)
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    return Disk(tmp_path, AROUND)


def call(kind: str, path: str, **more: object) -> Call:
    return Call(kind=kind, name=kind, nth=1, path=f"/disk/{path}", **more)  # type: ignore[arg-type]


def found(disk: Disk) -> list[Tree]:
    return [disk.found(random.Random(turn)) for turn in range(TURNS)]  # noqa: S311


def test_synced_bytes_are_always_there(disk: Disk) -> None:
    disk.follow(call("write", "there", offset=4096, content=b"B" * 10))
    disk.follow(call("sync", "there"))
    assert {tree["there"] for tree in found(disk)} == {b"A" * 4096 + b"B" * 10 + b"A" * 4086}


def test_bytes_not_synced_may_be_torn_or_missing(disk: Disk) -> None:
    disk.follow(call("write", "there", offset=0, content=b"B" * 8192))
    seen = {tree["there"] for tree in found(disk)}
    assert {b"A" * 8192, b"B" * 8192, b"B" * 512 + b"A" * 7680} <= seen
    assert all(
        one and {one[i : i + 512] for i in range(0, 8192, 512)} <= {b"A" * 512, b"B" * 512}
        for one in seen
    )


def test_new_file_whose_folder_is_not_synced_may_be_absent(disk: Disk) -> None:
    disk.follow(call("open", "a/new"))
    disk.follow(call("write", "a/new", offset=0, content=b"all"))
    disk.follow(call("sync", "a/new"))
    assert {tree.get("a/new") for tree in found(disk)} == {None, b"all"}
    disk.follow(call("sync", "a"))
    assert {tree.get("a/new") for tree in found(disk)} == {b"all"}


def test_name_may_be_there_before_its_bytes(disk: Disk) -> None:
    disk.follow(call("open", "a/new"))
    disk.follow(call("write", "a/new", offset=0, content=b"all"))
    disk.follow(call("sync", "a"))
    assert {tree["a/new"] for tree in found(disk)} >= {b"", b"\0\0\0", b"all"}


def test_file_renamed_within_its_folder_has_one_name_or_the_other(disk: Disk) -> None:
    disk.follow(call("rename", "there", target="/disk/then"))
    names = {frozenset(tree) - {"a", "b"} for tree in found(disk)}
    assert names == {frozenset({"there"}), frozenset({"then"})}


def test_file_moved_between_folders_is_never_nowhere(disk: Disk) -> None:
    disk.follow(call("open", "a/x"))
    disk.follow(call("sync", "a"))
    disk.follow(call("rename", "a/x", target="/disk/b/x"))
    names = {frozenset(tree) & {"a/x", "b/x"} for tree in found(disk)}
    assert names == {frozenset({"a/x"}), frozenset({"b/x"}), frozenset({"a/x", "b/x"})}
    disk.follow(call("sync", "a"))
    assert {frozenset(tree) & {"a/x", "b/x"} for tree in found(disk)} == {frozenset({"b/x"})}


def test_emptied_and_removed_files_may_come_back(disk: Disk) -> None:
    disk.follow(call("truncate", "there", offset=1))
    assert {tree["there"] for tree in found(disk)} >= {b"A", b"A" * 8192}
    disk.follow(call("unlink", "there"))
    assert {"there" in tree for tree in found(disk)} == {True, False}
    assert "there" not in disk.with_all_pending()
    assert disk.with_nothing_pending()["there"] == b"A" * 8192


def test_bytes_copied_by_the_system_are_the_sources(disk: Disk) -> None:
    disk.follow(call("open", "a/copy"))
    disk.follow(call("copy", "there", target="/disk/a/copy", offset=0, start=8000, size=192))
    disk.follow(call("sync", "a"))
    assert {tree["a/copy"] for tree in found(disk)} == {b"", b"\0" * 192, b"A" * 192}
    disk.follow(call("sync", "a/copy"))
    assert {tree["a/copy"] for tree in found(disk)} == {b"A" * 192}


def test_linked_file_has_both_names_once_the_folder_is_synced(disk: Disk) -> None:
    disk.follow(call("link", "there", target="/disk/b/again"))
    assert {tree.get("b/again") for tree in found(disk)} == {None, b"A" * 8192}
    disk.follow(call("sync", "b"))
    disk.follow(call("unlink", "there"))
    assert {tree["b/again"] for tree in found(disk)} == {b"A" * 8192}


def test_settled_bundles_are_those_with_name_and_bytes(disk: Disk) -> None:
    for step in (
        call("open", "a/x.wasl.part"),
        call("write", "a/x.wasl.part", offset=0, content=b"x"),
        call("sync", "a/x.wasl.part"),
        call("rename", "a/x.wasl.part", target="/disk/a/x.wasl"),
    ):
        disk.follow(step)
        assert not disk.bundles(".wasl")
    disk.follow(call("sync", "a"))
    assert list(disk.bundles(".wasl")) == ["x.wasl"]


def test_states_are_laid_out_as_they_were_found(disk: Disk, tmp_path: Path) -> None:
    tree = disk.with_all_pending()
    write_tree(tree, tmp_path / "out", random.Random(1))  # noqa: S311
    again = Disk(tmp_path / "out", AROUND).with_nothing_pending()
    assert digest(again) == digest(tree)
    assert digest(again) != digest(again | {"there": b""})


def test_call_on_what_is_not_there_is_refused(disk: Disk) -> None:
    with pytest.raises(UnknownCallError):
        disk.follow(call("write", "nowhere", offset=0, content=b""))
    with pytest.raises(UnknownCallError):
        disk.follow(call("open", "no/folder"))


def test_call_that_the_harness_does_not_know_is_refused(tmp_path: Path) -> None:
    hexed = "".join(f"\\x{byte:02x}" for byte in f"{tmp_path}/x".encode())
    trace = tmp_path / "trace"
    trace.write_text(f'symlink("{hexed}", "{hexed}") = 0\n')
    with pytest.raises(UnknownCallError):
        read_trace(trace, tmp_path)
    trace.write_text(f"sendfile(4<{hexed}>, 5<\\x2f>, [0] => [9], 9) = 9\n")
    with pytest.raises(UnknownCallError, match="nobody has read"):
        read_trace(trace, tmp_path)
    trace.write_text(f'unlink("{hexed}") = -1 ENOENT (No such file)\nunlink("{hexed}") = 0\n')
    (gone,) = read_trace(trace, tmp_path)
    assert (gone.kind, gone.nth, gone.path) == ("unlink", 2, f"{tmp_path}/x")
