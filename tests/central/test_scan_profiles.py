"""Ways of scanning: set by a command, told in the signed configuration, narrowest scope first."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from central import scan_profiles
from central.scan_profiles import Scope
from kiosk.domain.errors import InvalidInputError
from kiosk.wire.trust import Configuration, SignedProfile
from tests.central import reading
from tests.central.client import NOW, Client
from tests.central.running import Central, run

MakeClient = Callable[[str | None], Client]
GLASS = '[[profiles]]\nname = "Vitre"\ndevice = "sane:acme:a4:*"\ndpi = 200\ncolour = "grey"\n'


@pytest.fixture
def set_file(tmp_path: Path, central: Central) -> Callable[..., tuple[int, Any]]:
    """Return what writes a file of profiles and sets it."""

    def put(text: str, *scope: str) -> tuple[int, Any]:
        file = tmp_path / "profiles.toml"
        file.write_text(text, "utf-8")
        return run("profiles", "set", str(file), *scope, data=central.data)

    return put


def _told(central: Central, client: Client, version: int = 0) -> Configuration | None:
    root = central.services.keys.root
    told = reading.updates(client, root, f"?cursor=0&config={version}").configuration
    return None if told is None else reading.configuration(client, root, told)


def test_profiles_set_for_a_point_come_with_its_next_updates_signed(
    central: Central, client: Client, set_file: Callable[..., tuple[int, Any]]
) -> None:
    before = _told(central, client)
    assert before is not None
    assert (before.profiles, before.profiles_locked) == ((), False)
    point = client.code[:-1]
    code, said = set_file("profiles_locked = true\n" + GLASS, "--point", point)
    answer = {"set_for": point, "profiles": 1, "profiles_locked": True, "points_told": 1}
    assert (code, said) == (0, answer)
    told = _told(central, client, before.version)
    assert told is not None
    assert (told.version, told.profiles_locked) == (before.version + 1, True)
    glass = SignedProfile(name="Vitre", device="sane:acme:a4:*", dpi=200, colour="grey")
    assert told.profiles == (glass,)
    assert _told(central, client, told.version) is None


def test_the_same_file_again_tells_nobody(
    central: Central, client: Client, set_file: Callable[..., tuple[int, Any]]
) -> None:
    point = client.code[:-1]
    assert set_file(GLASS, "--point", point)[1]["points_told"] == 1
    assert set_file(GLASS, "--point", point)[1]["points_told"] == 0
    assert run("profiles", "clear", "--point", point, data=central.data)[1]["points_told"] == 1
    assert run("profiles", "clear", "--point", point, data=central.data)[1]["points_told"] == 0


def test_narrower_scope_takes_the_place_of_the_wider_one_and_gives_it_back(
    central: Central, enrolled: MakeClient
) -> None:
    # A network of its own: other tests share the central.
    first, second = (enrolled(point) for point in ("H0001", "H0002"))
    everywhere, network, point = Scope(), Scope(network="H"), Scope(point="H0001")
    wide, narrow, one = (SignedProfile(name=name, device="camera:0") for name in ("w", "n", "o"))

    def names() -> list[tuple[str, ...]]:
        told = [_told(central, client) for client in (first, second)]
        return [tuple(p.name for p in each.profiles) for each in told if each is not None]

    def choose(scope: Scope, profile: SignedProfile) -> None:
        with central.services.database.writing() as connection:
            scan_profiles.choose(connection, scope, [profile], is_locked=False, now=NOW)

    def forget(scope: Scope) -> None:
        with central.services.database.writing() as connection:
            scan_profiles.forget(connection, scope)

    choose(point, one)
    choose(network, narrow)
    choose(everywhere, wide)
    try:
        assert names() == [("o",), ("n",)]
        later = _told(central, enrolled("H0003"))
        assert later is not None
        assert [one.name for one in later.profiles] == ["n"]
        forget(network)
        assert names() == [("o",), ("w",)]
        forget(point)
        assert names() == [("w",), ("w",)]
    finally:
        forget(everywhere)
    assert names() == [(), ()]


def test_what_is_set_is_shown(
    central: Central, client: Client, set_file: Callable[..., tuple[int, Any]]
) -> None:
    point = client.code[:-1]
    show = ("profiles", "show", "--point", point)
    assert run(*show, data=central.data)[1]["set_for"] is None
    set_file(GLASS, "--point", point)
    shown = run(*show, data=central.data)[1]
    assert (shown["set_for"], shown["profiles"][0]["name"]) == (point, "Vitre")
    listed = run("profiles", "show", data=central.data)[1]["set"]
    assert point in [one["set_for"] for one in listed]


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("profiles_locked = true\n", "profiles_locked"),
        (GLASS.replace("200", "74"), "profiles.1.dpi"),
        (GLASS.replace("200", "1201"), "profiles.1.dpi"),
        (GLASS.replace("200", "true"), "profiles.1.dpi"),
        (GLASS.replace("sane:", "fax:"), "profiles.1.device"),
        (GLASS.replace("sane:acme:a4:*", "folder:"), "profiles.1.device"),
        (GLASS.replace("sane:acme:a4:*", "folder:scans"), "profiles.1.device"),
        (GLASS.replace("sane:acme:a4:*", "folder:C:/"), "profiles.1.device"),
        (GLASS.replace("sane:", "camera:\\u202e"), "profiles.1.device"),
        (GLASS.replace("grey", "sepia"), "profiles.1.colour"),
        (GLASS.replace("Vitre", ""), "profiles.1.name"),
        (GLASS.replace("Vitre", "a\\nb"), "profiles.1.name"),
        (GLASS.replace("Vitre", "x" * 61), "profiles.1.name"),
        (GLASS + GLASS, "profiles.2.name"),
        (GLASS * 21, "profiles"),
        (GLASS + 'feed = "belt"\n', "profiles.1.feed"),
        (GLASS + "lamp = 3\n", "profiles.1.lamp"),
        ("printer = 'x'\n" + GLASS, "printer"),
        ("profiles = 3\n", "profiles"),
        ("[[profiles", "TOML"),
        ("a = " + "[" * 5000, "TOML"),
        ("#" * 70_000, "65536"),
    ],
)
def test_file_that_no_kiosk_would_take_is_refused_by_name(
    text: str,
    named: str,
    client: Client,
    central: Central,
    set_file: Callable[..., tuple[int, Any]],
) -> None:
    code, said = set_file(text, "--point", client.code[:-1])
    assert (code, said["error"]["code"]) == (2, "invalid_input")
    assert named in said["error"]["message"]
    assert scan_profiles.Chosen() == _chosen(central, client)


def _chosen(central: Central, client: Client) -> scan_profiles.Chosen:
    with central.services.database.reading() as connection:
        return scan_profiles.of_point(connection, client.code[:-1])


@pytest.mark.parametrize(
    "scope",
    [
        (),
        ("--network", "9"),
        ("--point", "C99"),
        ("--point", "Z9999"),
        ("--all", "--point", "C0001"),
    ],
)
def test_scope_that_is_none_is_refused(
    scope: tuple[str, ...], set_file: Callable[..., tuple[int, Any]]
) -> None:
    code, said = set_file(GLASS, *scope)
    assert (code, said["error"]["code"]) == (2, "invalid_input")


def test_a_scope_is_one_thing() -> None:
    with pytest.raises(InvalidInputError):
        Scope(network="C", point="C0001")
