"""What the central tells of its trust list: what changed, in parts, from memory, on any node."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bench._device import enrolled as enrolled_at
from central import opening, registry, trust_lists
from central.opening import Place
from kiosk.wire import messages
from kiosk.wire.keys import PrivateKey, PublicKey
from kiosk.wire.messages import Updates
from kiosk.wire.trust_parts import (
    PART_ENTRIES,
    Entry,
    ListPart,
    put_in,
    read_entries,
    signed_list,
    unpack_part,
)
from tests.central import reading
from tests.central.client import Client
from tests.central.conftest import new_point
from tests.central.crowd import crowd
from tests.central.running import Central, in_thread
from tests.central.test_rotation import MakeClient, ask, change

MANY = 260
"""Devices, of two entries each: more than one part."""


def trust_key(central: Central) -> PublicKey:
    return central.services.keys.trust.public


def part(client: Client, after: int) -> ListPart:
    """Return the part of the list that *client* is told."""
    response = client.call("GET", f"{messages.TRUST}?after={after}")
    assert response.status_code == 200, response.text
    assert response.headers["Content-Type"] == messages.LIST_PART_TYPE
    return unpack_part(response.content)


def gathered(client: Client, central: Central, held: tuple[Entry, ...], after: int) -> str:
    """Return the list that comes of all parts after that version."""
    entries = held
    while True:
        told = part(client, after)
        entries, after = put_in(entries, told.devices), told.upto
        if told.signature is not None:
            return signed_list(entries, told, trust_key(central))[0]


def updates(client: Client, central: Central, query: str) -> Updates:
    return reading.updates(client, central.services.keys.root, query)


def whole(client: Client, central: Central) -> str:
    """Return the list as a kiosk of before is sent it."""
    signed = updates(client, central, "?cursor=0").trust_list
    assert signed is not None
    return signed


@pytest.fixture(params=["sqlite", "postgresql"])
def either(request: pytest.FixtureRequest) -> Central:
    """Return a central on each engine."""
    name = "central" if request.param == "sqlite" else "shared_central"
    made: Central = request.getfixturevalue(name)
    return made


@pytest.fixture
def device(either: Central) -> Iterator[Client]:
    """Return a device at a point of its own."""
    client = either.client()
    assert client.enrol(either.code(new_point())).ok
    yield client
    client.close()


def test_kiosk_that_fetches_lists_is_told_the_version_and_who_was_shut_out(
    either: Central, device: Client
) -> None:
    version = reading.trust_list(device, either.services.keys.root).version
    quiet = updates(device, either, f"?cursor=0&trust={version}&parts=1")
    assert (quiet.trust_list, quiet.trust_version, quiet.revoked) == (None, None, ())
    (other,) = enrolled_at(either.services.database, [new_point()])
    with either.services.database.writing() as connection:
        registry.revoke(connection, other.code, datetime.now(UTC))
    told = updates(device, either, f"?cursor=0&trust={version}&parts=1")
    assert (told.trust_list, told.trust_version) == (None, version + 2)
    assert told.revoked == (other.code, other.code[:-1] + "B")
    again = updates(device, either, f"?cursor=0&trust={version + 2}&parts=1")
    assert (again.trust_version, again.revoked) == (None, ())


def test_what_changed_makes_the_list_that_others_are_sent_whole(
    either: Central, device: Client
) -> None:
    before = whole(device, either)
    version = reading.trust_list(device, either.services.keys.root, before).version
    first, second = enrolled_at(either.services.database, [new_point(), new_point()])
    with either.services.database.writing() as connection:
        registry.revoke(connection, first.code, datetime.now(UTC))
    told = part(device, version)
    changed = {str(entry["device"])[:-1] for entry in told.devices}
    assert changed == {first.code[:-1], second.code[:-1]}
    held = read_entries(before, trust_key(either))
    now = gathered(device, either, held, version)
    assert now == whole(device, either) == gathered(device, either, (), 0)


def test_new_keys_of_a_device_are_a_change_of_it_alone(
    central: Central, client: Client, enrolled: MakeClient
) -> None:
    before = whole(client, central)
    version = reading.trust_list(client, central.services.keys.root, before).version
    other = enrolled(None)
    wanted = change(other, PrivateKey.generate(), PrivateKey.generate())
    assert ask(other, wanted).status_code == 200
    told = part(client, version)
    own = other.code
    assert [entry["device"] for entry in told.devices] == [own, own[:-1] + "B", own]
    held = read_entries(before, trust_key(central))
    assert gathered(client, central, held, version) == whole(client, central)


def test_list_of_many_comes_in_parts_and_a_newcomer_is_sent_its_beginning(tmp_path: Path) -> None:
    with in_thread(tmp_path / "many") as central:
        crowd(central.services.database, MANY, central.services.now())
        client = central.client()
        root = central.services.keys.root
        assert client.enrol(central.code("C9999"), parts=True).ok
        beginning = reading.trust_list(client, root)
        assert (beginning.version, len(beginning.devices)) == (1, 2)
        assert beginning.device_of(client.receipt_key.public.key_id) is not None
        first, held = part(client, 1), read_entries(client.answer["trust_list"], trust_key(central))
        assert PART_ENTRIES <= len(first.devices) < 2 * MANY
        assert first.signature is None
        assert gathered(client, central, held, 1) == whole(client, central)
        # One that knows nothing of parts is sent all of it, as ever.
        old = central.client()
        assert old.enrol(central.code("C9999")).ok
        assert len(reading.trust_list(old, root).devices) == 2 * (MANY + 2)
        for one in (client, old):
            one.close()


def test_list_is_made_once_a_version_and_its_parts_are_kept_in_bounds(
    central: Central, client: Client
) -> None:
    lists, keys = trust_lists.TrustLists(), central.services.keys
    with central.services.database.reading() as connection:
        listed = lists.current(connection, keys)
        assert lists.current(connection, keys) is listed
        assert lists.newer(connection, keys, listed.version) is None
        for after in range(500):
            listed.part(after)
        assert listed.part(1) is listed.part(1)
        assert len(listed._parts) <= 64
    enrolled_at(central.services.database, [new_point()])
    with central.services.database.reading() as connection:
        assert lists.current(connection, keys).version == listed.version + 1


def test_all_nodes_sign_the_same_bytes(empty_database: str, tmp_path: Path) -> None:
    place = Place(data=tmp_path / "node", database=empty_database)
    database, _ = opening.begin(place)
    enrolled_at(database, ["C0001", "C0002"])
    other, _ = opening.begin(place)
    signed = []
    for one in (database, other):
        with one.reading() as connection:
            keys = opening.services(place, one).keys
            signed.append(trust_lists.read(connection, keys).signed)
        one.close()
    assert signed[0] == signed[1]


def test_enrolment_that_fails_at_last_is_in_nobodys_list(central: Central, client: Client) -> None:
    before, version = whole(client, central), part(client, 2**50).upto
    with pytest.raises(_DiskFullError):
        _enrol_in_vain(central, client)
    assert whole(client, central) == before
    # The next one has the version that was not committed.
    enrolled_at(central.services.database, [new_point()])
    assert part(client, 2**50).upto == version + 1
    held = read_entries(before, trust_key(central))
    now = gathered(client, central, held, version)
    assert now == whole(client, central)
    assert len(read_entries(now, trust_key(central))) == len(held) + 2


class _DiskFullError(Exception):
    pass


def _enrol_in_vain(central: Central, client: Client) -> None:
    with central.services.database.writing() as connection:
        code, _ = registry.make_code(
            connection, point=new_point(), name=None, now=datetime.now(UTC)
        )
        new = registry.NewDevice(
            request_key=PrivateKey.generate().public,
            receipt_key=PrivateKey.generate().public,
            program_version="test",
        )
        device, _ = registry.enrol(connection, code, new, datetime.now(UTC))
        trust_lists.read(connection, central.services.keys).beginning(device.id)
        raise _DiskFullError


@pytest.mark.parametrize("query", ["?after=-1", "?after=x", "?after=99999999999999999999"])
def test_version_that_is_none_is_refused(client: Client, query: str) -> None:
    assert client.call("GET", f"{messages.TRUST}{query}").status_code == 400


def test_device_that_was_shut_out_is_told_nothing(central: Central, client: Client) -> None:
    with central.services.database.writing() as connection:
        registry.revoke(connection, client.code, datetime.now(UTC))
    response = client.call("GET", f"{messages.TRUST}?after=0")
    assert response.status_code == 403
    unsigned = client.send("GET", f"{messages.TRUST}?after=0")
    assert unsigned.status_code in (400, 401)
