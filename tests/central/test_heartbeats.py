"""Heartbeats: counts and gaps of a device's numbers, its journal's head, and who is silent."""

import json
import os
import secrets
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from central import heartbeats, numbers, registry
from central.cli import main
from central.heartbeats import Beat
from kiosk.domain.moments import ClockTrust
from kiosk.domain.receipt_number import MAX_SEQUENCE
from kiosk.wire import messages
from kiosk.wire.cose import ContentType
from kiosk.wire.encoding import unb64
from kiosk.wire.heartbeats import (
    MAX_HEARTBEAT_BYTES,
    MAX_RANGES,
    ClockReport,
    EpochHeld,
    Heartbeat,
    HeartbeatAnswer,
    HeartbeatWord,
    Issued,
    JournalHead,
    TimeAnswer,
    TimeWord,
)
from kiosk.wire.keys import PublicKey
from kiosk.wire.messages import ProblemType
from kiosk.wire.trust import RootStatement, only, open_statement
from tests.central.client import NOW, Client
from tests.central.running import Central, run

MakeClient = Callable[[str | None], Client]


def head(entries: int, fill: str = "a") -> JournalHead:
    return JournalHead(entries=entries, hash=fill * 64)


def report(client: Client, *, issued: int = 0, **changes: Any) -> Heartbeat:
    fields: dict[str, Any] = {
        "nonce": secrets.token_urlsafe(16),
        "version": "0.1.0",
        "counts": {"queued": 2, "held": 1},
        "oldest_s": 7800,
        "held": 1,
        "journal": head(10),
        "clock": ClockReport(utc=NOW, monotonic_ms=5, trust=ClockTrust.UNVERIFIED),
        "issued": (Issued(epoch=client.code, highest=issued),),
    }
    return Heartbeat(**(fields | changes))


def trust_key(central: Central) -> PublicKey:
    keys = central.services.keys
    root = open_statement(
        RootStatement, keys.root_statement, only(keys.root), ContentType.ROOT_STATEMENT
    )
    return PublicKey(unb64(root.trust_key))


def beat(central: Central, client: Client, told: Heartbeat) -> HeartbeatWord:
    response = client.call("POST", messages.HEARTBEATS, told.model_dump_json().encode())
    assert response.status_code == 200, response.text
    signed = HeartbeatAnswer.model_validate_json(response.content).heartbeat
    word = open_statement(HeartbeatWord, signed, only(trust_key(central)), ContentType.HEARTBEAT)
    assert (word.nonce, word.device) == (told.nonce, client.code)
    return word


def own(word: HeartbeatWord, client: Client) -> EpochHeld:
    (found,) = (one for one in word.epochs if one.epoch == client.code)
    return found


def of_device(central: Central, client: Client, *options: str) -> tuple[dict[str, Any], Any]:
    code, told = run("points", *options, data=central.data)
    assert code == 0
    (found,) = (
        device
        for point in told["points"]
        for device in point["devices"]
        if device["device"] == client.code
    )
    return found, told


def test_numbers_that_did_not_come_are_named_and_both_letters_told(
    central: Central, client: Client
) -> None:
    for number in (1, 2, 4, 7):
        client.deposit(os.urandom(50), number=number)
    word = beat(central, client, report(client, issued=9))
    held = own(word, client)
    assert (held.highest, held.count, held.asked_to, held.told_from) == (7, 4, 9, 1)
    assert [(gap.first, gap.last) for gap in held.missing] == [(8, 9), (5, 6), (3, 3)]
    assert {one.epoch[-1] for one in word.epochs} == {client.code[-1], client.reserve_letter}
    for number in (3, 5):
        client.deposit(os.urandom(50), number=number)
    held = own(beat(central, client, report(client, issued=9)), client)
    assert (held.highest, held.count) == (7, 6)
    assert [(gap.first, gap.last) for gap in held.missing] == [(8, 9), (6, 6)]


def test_numbers_beyond_what_the_device_knows_are_told_too(
    central: Central, client: Client
) -> None:
    # A kiosk restored from an older backup does not know the last numbers it gave out.
    for number in (1, 2, 3):
        client.deposit(os.urandom(50), number=number)
    held = own(beat(central, client, report(client, issued=1)), client)
    assert (held.highest, held.count, held.missing) == (3, 3, ())


def test_counting_begins_where_nothing_is_missing(central: Central, client: Client) -> None:
    for number in (1, 2, 3, 5):
        client.deposit(os.urandom(50), number=number)
    beat(central, client, report(client, issued=5))
    with central.services.database.reading() as connection:
        assert numbers._after(connection, client.code, 3) == [5]
        assert (
            connection.exec_driver_sql(
                "SELECT whole_to FROM whole_epochs WHERE epoch = ?", (client.code,)
            ).scalar()
            == 3
        )


def test_answer_stays_small_however_many_gaps_there_are() -> None:
    odd = range(1, 2 * MAX_RANGES + 400, 2)
    held = numbers.counted("C0417A", 0, odd, MAX_SEQUENCE)
    assert (len(held.missing), held.count) == (MAX_RANGES, len(odd))
    assert held.missing[0].last == MAX_SEQUENCE
    assert held.told_from == held.missing[-1].first > 1
    # The widest ranges there are, for both letters of a device.
    assert 2 * len(held.model_dump_json()) < 32 * 1024


def test_head_of_the_journal_held_before_comes_back(central: Central, client: Client) -> None:
    first = beat(central, client, report(client, journal=head(10)))
    assert (first.journal_before, first.journal) == (None, head(10))
    second = beat(central, client, report(client, journal=head(12, "b")))
    assert (second.journal_before, second.journal) == (head(10), head(12, "b"))
    again = beat(central, client, report(client, journal=head(12, "b")))
    assert again.journal_before == again.journal == head(12, "b")
    assert of_device(central, client)[0]["journal_faults"] == {}


@pytest.mark.parametrize(
    ("later", "kind"),
    [
        (head(9), "journal_went_back"),
        (head(10, "b"), "journal_forked"),
        (head(0, "0"), "journal_went_back"),
    ],
)
def test_journal_that_goes_back_or_forks_is_a_fault_for_ever(
    central: Central, client: Client, later: JournalHead, kind: str
) -> None:
    before = of_device(central, client)[1]["journal_faults"]
    beat(central, client, report(client, journal=head(10)))
    assert beat(central, client, report(client, journal=later)).journal_before == head(10)
    beat(central, client, report(client, journal=head(11, "c")))
    device, told = of_device(central, client)
    assert device["journal_faults"] == {kind: 1}
    assert told["journal_faults"] == before + 1


def test_longer_journal_is_asked_what_it_has_where_the_last_one_ended(
    central: Central, client: Client
) -> None:
    def told(journal: JournalHead, *passed: JournalHead) -> HeartbeatWord:
        return beat(central, client, report(client, journal=journal, journal_passed=passed))

    told(head(10))
    assert told(head(12, "b"), head(10)).journal_before == head(10)
    # Restored from a backup at 8, and longer than what was held by now.
    assert told(head(14, "c"), head(8, "8")).journal_before == head(12, "b")
    assert of_device(central, client)[0]["journal_faults"] == {}
    # That word was lost: it is asked again, and nothing is noted twice.
    assert told(head(15, "d"), head(8, "8")).journal_before == head(12, "b")
    assert told(head(16, "e"), head(12, "9"), head(15, "d")).journal_before == head(15, "d")
    assert of_device(central, client)[0]["journal_faults"] == {"journal_forked": 1}
    told(head(17, "f"), head(15, "d"), head(16, "e"))
    assert of_device(central, client)[0]["journal_faults"] == {"journal_forked": 1}


def test_device_that_missed_an_answer_or_knows_no_such_thing_is_no_fault(
    central: Central, client: Client
) -> None:
    def told(journal: JournalHead, passed: tuple[JournalHead, ...] | None) -> HeartbeatWord:
        return beat(central, client, report(client, journal=journal, journal_passed=passed))

    told(head(10), ())
    told(head(12, "b"), ())  # the answer to the first was lost
    told(head(14, "c"), (head(10), head(12, "b")))
    told(head(14, "c"), (head(12, "b"), head(14, "c")))
    # A program of before, for a day: it tells no more than its head.
    assert told(head(20, "d"), None).journal_before == head(14, "c")
    told(head(22, "e"), (head(14, "c"),))
    told(head(23, "f"), (head(20, "d"), head(22, "e")))
    assert of_device(central, client)[0]["journal_faults"] == {}


def test_journal_restored_minutes_ago_is_not_taken_for_one_on_its_way(
    central: Central, client: Client
) -> None:
    database, now = central.services.database, datetime.now(UTC)
    with database.reading() as connection:
        device = registry.by_code(connection, client.code)
    assert device is not None

    def take(sequence: int, journal: JournalHead, *passed: JournalHead) -> HeartbeatWord:
        told = report(client, journal=journal, journal_passed=passed)
        with database.writing() as connection:
            one = Beat(device=device, sequence=sequence, report=told)
            return heartbeats.take(connection, one, now)

    take(8, head(20))
    # Shorter and of a lower sequence: it may have been overtaken, so it is only told the head.
    assert take(5, head(18, "b"), head(10)).journal_before == head(20)
    assert of_device(central, client)[0]["journal_faults"] == {}
    take(6, head(22, "c"), head(20, "9"))
    assert of_device(central, client)[0]["journal_faults"] == {"journal_forked": 1}


def test_heartbeat_that_was_overtaken_is_no_fault(central: Central, client: Client) -> None:
    database = central.services.database
    with database.reading() as connection:
        device = registry.by_code(connection, client.code)
    assert device is not None

    def take(sequence: int, entries: int, at: datetime) -> HeartbeatWord:
        told = report(client, journal=head(entries))
        with database.writing() as connection:
            one = Beat(device=device, sequence=sequence, report=told)
            return heartbeats.take(connection, one, at)

    now = datetime.now(UTC)
    take(8, 20, now)
    assert take(7, 19, now + timedelta(seconds=9)).journal == head(20)
    assert of_device(central, client)[0]["journal_faults"] == {}
    # Minutes later it cannot have been on its way: the device was set back.
    assert take(7, 19, now + heartbeats.LATE).journal == head(19)
    assert of_device(central, client)[0]["journal_faults"] == {"journal_went_back": 1}


def test_points_list_tells_what_waits_and_who_is_silent(
    central: Central, client: Client, enrolled: MakeClient
) -> None:
    quiet = enrolled(None)
    told = report(client, faults=("disk_full",))
    beat(central, client, told)
    device, _ = of_device(central, client)
    assert (device["counts"], device["held"], device["oldest_s"]) == (told.counts, 1, 7800)
    assert (device["faults"], device["clock"]) == (["disk_full"], "unverified")
    assert (device["silent"], device["journal_entries"]) == (False, 10)
    assert 0 <= device["silent_for_s"] < 60
    never, _ = of_device(central, quiet)
    assert (never["heartbeat_at"], never["silent"]) == (None, False)
    late, all_told = of_device(central, client, "--silent-after-hours", "0")
    assert late["silent"]
    devices = [one for point in all_told["points"] for one in point["devices"]]
    assert all_told["silent"] == sum(one["silent"] for one in devices) > 1


def test_points_are_listed_in_words_too(
    central: Central, client: Client, capsys: pytest.CaptureFixture[str]
) -> None:
    beat(central, client, report(client, journal=head(10), faults=("disk_full",)))
    beat(central, client, report(client, journal=head(9), faults=("disk_full",)))
    assert main(["points", "--data", str(central.data)]) == 0
    lines = dict(line.split(": ", 1) for line in capsys.readouterr().out.splitlines())
    assert lines[client.code] == ("0.0 h ago, 2 to send, 1 held, disk_full, journal_went_back")
    wrong = ["points", "--data", str(central.data), "--silent-after-hours", "-1"]
    assert main(wrong) == 2


def test_stats_keep_their_keys(central: Central) -> None:
    _, told = run("stats", data=central.data)
    assert list(told) == [
        *("deposits", "blobs", "bytes", "acknowledged", "devices", "duplicates_flagged")
    ]


def test_time_is_signed_over_the_callers_nonce(central: Central, client: Client) -> None:
    nonce = secrets.token_urlsafe(16)
    response = client.call("GET", f"{messages.TIME}?nonce={nonce}")
    assert response.status_code == 200
    signed = TimeAnswer.model_validate_json(response.content).time
    key = only(trust_key(central))
    word = open_statement(TimeWord, signed, key, ContentType.TIME)
    assert word.nonce == nonce
    assert abs(word.time - datetime.now(UTC)) < timedelta(seconds=30)


@pytest.mark.parametrize("query", ["", "?nonce=", "?nonce=short", "?nonce=" + "a" * 65])
def test_time_without_a_proper_nonce_is_refused(client: Client, query: str) -> None:
    response = client.call("GET", messages.TIME + query)
    assert response.status_code == 400
    assert response.json()["type"] == ProblemType.MALFORMED


def test_number_without_a_fraction_is_whole_however_it_is_spelled(client: Client) -> None:
    body = report(client).model_dump(mode="json") | {"held": 3.0}
    assert client.call("POST", messages.HEARTBEATS, json.dumps(body).encode()).status_code == 200


HOSTILE: list[dict[str, Any]] = [
    {"counts": {f"s{n}": 1 for n in range(17)}},
    {"counts": {"Nom du patient": 1}},
    {"held": -1},
    {"held": True},
    {"held": "1"},
    {"held": 1.5},
    {"disk": {"free_bytes": 1, "takes_dossiers": 1, "is_writable": True}},
    {"held": 2**60},
    {"faults": ["x"] * 21},
    {"faults": ["Amina a appelé"]},
    {"journal": {"entries": 3, "hash": "zz"}},
    {"issued": [{"epoch": "C0417A", "highest": 1_000_000}]},
    {"clock": {"utc": "2026-11-23T10:00:00", "monotonic_ms": 1, "trust": "verified"}},
    {"nonce": "short"},
]


@pytest.mark.parametrize("change", HOSTILE, ids=lambda change: next(iter(change)))
def test_hostile_heartbeat_is_refused_and_changes_nothing(
    central: Central, client: Client, change: dict[str, Any]
) -> None:
    body = report(client).model_dump(mode="json") | change
    response = client.call("POST", messages.HEARTBEATS, json.dumps(body).encode())
    assert response.status_code == 400
    assert response.json()["type"] == ProblemType.MALFORMED
    assert "Amina" not in response.text
    assert of_device(central, client)[0]["heartbeat_at"] is None


def test_heartbeat_too_long_unsigned_or_replayed_is_refused(
    central: Central, client: Client
) -> None:
    long = report(client).model_dump_json().encode() + b" " * MAX_HEARTBEAT_BYTES
    assert client.call("POST", messages.HEARTBEATS, long).status_code == 413
    body = report(client).model_dump_json().encode()
    assert client.send("POST", messages.HEARTBEATS, body).status_code == 401
    signed = client.signed_headers("POST", messages.HEARTBEATS, body)
    assert client.send("POST", messages.HEARTBEATS, body, signed).status_code == 200
    assert client.send("POST", messages.HEARTBEATS, body, signed).status_code == 409


def test_revoked_device_is_told_nothing(central: Central, client: Client) -> None:
    with central.services.database.writing() as connection:
        registry.revoke(connection, client.code, datetime.now(UTC))
    body = report(client).model_dump_json().encode()
    for response in (
        client.call("POST", messages.HEARTBEATS, body),
        client.call("GET", f"{messages.TIME}?nonce={'n' * 22}"),
    ):
        assert response.status_code == 403
        assert response.json()["type"] == ProblemType.REVOKED
    assert of_device(central, client)[0]["silent"] is False
