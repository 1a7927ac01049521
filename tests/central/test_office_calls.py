"""The back office's interface opens to its own tokens alone, and does what the file does."""

import json
import os
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests

from central import tokens
from central.http.office import MESSAGES, STATUSES
from central.tokens import Role
from kiosk.domain.moments import local_date
from kiosk.wire.messages import PROBLEM_TYPE
from tests.central import reading
from tests.central.client import TIMEOUT_S, Client
from tests.central.running import Central, run

TODAY = local_date(datetime.now(UTC)).isoformat()
NEXT_WEEK = (local_date(datetime.now(UTC)) + timedelta(days=7)).isoformat()


def _token(central: Central, name: str, role: str, *more: str) -> str:
    code, made = run("token", "make", name, "--role", role, *more, data=central.data)
    assert code == 0, made
    return str(made["token"])


def _post(client: Client, path: str, token: str, body: Any) -> requests.Response:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return client.http.post(client.url + path, data=content, headers=headers, timeout=TIMEOUT_S)


def _word(number: str, status: str, **more: Any) -> dict[str, Any]:
    return {"receipt": number, "status": status, "date": TODAY, **more}


def test_words_come_in_by_call_as_by_file(central: Central, client: Client) -> None:
    token = _token(central, "office-1", "statuses")
    number = client.deposit(os.urandom(30))[0].receipt_number
    words = {
        "statuses": [
            _word(number, "paid"),
            _word(number, "returned", reason_codes=["missing_inpe"], last_day=NEXT_WEEK),
        ]
    }
    answer = _post(client, STATUSES, token, words)
    assert answer.status_code == 200, answer.text
    refused = {
        "place": 1,
        "receipt": number,
        "reason": "impossible_move",
        "current": "copy_received",
    }
    assert answer.json() == {"recorded": 1, "unchanged": 0, "refused": [refused]}
    assert _post(client, STATUSES, token, words).json()["unchanged"] == 1
    told = reading.updates(client, central.services.keys.root, "?cursor=0").statuses[-1]
    assert (told.status.value, str(told.last_day)) == ("returned", NEXT_WEEK)


def test_call_without_a_token_that_holds_is_refused(central: Central, client: Client) -> None:
    body: dict[str, list[object]] = {"statuses": []}
    reports = _token(central, "reports-1", "reports")
    gone = _token(central, "gone-1", "statuses")
    assert run("token", "revoke", "gone-1", data=central.data)[0] == 0
    now = datetime.now(UTC)
    with central.services.database.writing() as connection:
        old = tokens.make(
            connection,
            name="old-1",
            role=Role.STATUSES,
            network=None,
            life=timedelta(days=1),
            now=now - timedelta(days=2),
        )
    tries = {"": 401, "wrong": 401, "x" * 250: 401, gone: 401, old: 401, reports: 403}
    for token, status in tries.items():
        answer = _post(client, STATUSES, token, body)
        assert (answer.status_code, answer.headers["Content-Type"]) == (status, PROBLEM_TYPE)
        assert token not in answer.text or not token
    # A device's signature opens nothing here.
    signed = client.call("POST", STATUSES, json.dumps(body).encode())
    assert signed.status_code == 401


def test_token_is_kept_as_a_hash_and_shown_once(central: Central) -> None:
    token = _token(central, "office-2", "statuses", "--network", "C")
    listed = run("token", "list", data=central.data)[1]["tokens"]
    assert [one["network"] for one in listed if one["name"] == "office-2"] == ["C"]
    assert token not in json.dumps(listed)
    assert all(token.encode() not in file.read_bytes() for file in central.data.glob("central.db*"))


@pytest.mark.parametrize(
    "arguments",
    [
        ("make", "a b", "--role", "statuses"),
        ("make", "named", "--role", "king"),
        ("make", "named", "--role", "reports", "--network", "Z"),
        ("make", "named", "--role", "reports", "--days", "0"),
        ("revoke", "nobody"),
    ],
)
def test_wrong_use_of_tokens_is_refused(central: Central, arguments: tuple[str, ...]) -> None:
    code, said = run("token", *arguments, data=central.data)
    assert (code, said["error"]["code"]) == (2, "invalid_input")


def test_name_is_given_once(central: Central) -> None:
    _token(central, "office-3", "statuses")
    assert run("token", "make", "office-3", "--role", "metrics", data=central.data)[0] == 2


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b'{"statuses": [{}]}', 400),
        (b'{"statuses": [], "surprise": 1}', 400),
        (json.dumps({"statuses": [_word("C", "paid")] * 1001}).encode(), 400),
        (b'{"statuses": [{"receipt": "\\u0000", "status": "\\ud800", "date": ""}]}', 400),
        (b" " * (1024 * 1024 + 1), 413),
    ],
    ids=["empty", "no fields", "unknown field", "too many", "odd letters", "too large"],
)
def test_hostile_bodies_are_refused_by_rule(
    central: Central, client: Client, body: bytes, status: int
) -> None:
    name = f"hostile-{abs(hash(body))}"
    answer = _post(client, STATUSES, _token(central, name, "statuses"), body)
    assert (answer.status_code, answer.headers["Content-Type"]) == (status, PROBLEM_TYPE)


def test_message_reaches_the_points_it_is_for(central: Central, client: Client) -> None:
    token = _token(central, "messages-1", "messages", "--network", client.code[0])
    point = client.code[:-1]
    new = {"text_fr": "Fermé le 30.", "text_ar": "مغلق يوم 30.", "days": 3, "point": point}
    assert _post(client, MESSAGES, token, new).json()["points"] == 1
    told = reading.updates(client, central.services.keys.root, "?cursor=0")
    (message,) = told.messages
    assert (message.text_fr, message.text_ar) == ("Fermé le 30.", "مغلق يوم 30.")
    assert message.last_day == local_date(datetime.now(UTC)) + timedelta(days=2)
    later = reading.updates(client, central.services.keys.root, f"?cursor={told.cursor}")
    assert later.messages == ()
    assert _post(client, MESSAGES, token, new | {"point": "H9998"}).status_code == 404


def test_message_of_the_command_goes_to_a_network(central: Central, client: Client) -> None:
    said = ["message", "--fr", "Bonjour", "--ar", "مرحبا"]
    code, sent = run(*said, "--network", client.code[0], data=central.data)
    assert code == 0
    assert sent["points"] >= 1
    told = reading.updates(client, central.services.keys.root, "?cursor=0")
    assert str(told.messages[-1].id) == sent["message"]
    assert run(*said, "--point", "H9998", data=central.data)[0] == 2
    assert run("message", "--fr", "", "--ar", "", data=central.data)[0] == 2
