"""A token of one network tells and changes nothing of another's points, whatever the call."""

import itertools
import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import requests
from sqlalchemy import update

from central import tokens
from central.schema import office_tokens
from central.tokens import OF_ALL, Role
from kiosk.domain.moments import local_date
from kiosk.wire.manifests import DepositManifest
from tests.central import reading
from tests.central.client import Client
from tests.central.published import Call, calls, document_of
from tests.central.running import Central, in_thread, run

TODAY = local_date(datetime.now(UTC)).isoformat()
MINE, OTHERS = "C0001", "B0001"


@dataclass(frozen=True, slots=True, kw_only=True)
class Two:
    """The same dossier at points of two networks."""

    central: Central
    mine: Client
    others: Client
    deposits: dict[str, DepositManifest]

    def told(self) -> int:
        """Return how far the other network's point has been told things."""
        return reading.updates(self.others, self.central.services.keys.root, "?cursor=0").cursor


# Another one at each call: what was said before changes nothing.
_stages = itertools.cycle(("in_review", "originals_received", "damaged", "lost"))


# How each call that changes something names another network's things. A new call needs a line.
def _status(two: Two) -> dict[str, Any]:
    number = two.deposits[OTHERS].receipt_number
    return {"statuses": [{"receipt": number, "status": next(_stages), "date": TODAY}]}


def _message(two: Two) -> dict[str, Any]:
    del two
    return {"text_fr": "Bonjour", "text_ar": "مرحبا", "point": OTHERS}


BODIES: dict[tuple[str, str], Callable[[Two], dict[str, Any]]] = {
    ("POST", "/backoffice/v1/statuses"): _status,
    ("POST", "/backoffice/v1/messages"): _message,
}


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Two]:
    with in_thread(Path(tmp_path_factory.mktemp("networks"))) as central:
        clients, deposits = {}, {}
        for point in (MINE, OTHERS):
            client = clients[point] = central.client()
            assert client.enrol(central.code(point, f"Point {point}")).ok
            deposits[point] = client.deposit(os.urandom(30), amount_centimes=77_700)[0]
        yield Two(central=central, mine=clients[MINE], others=clients[OTHERS], deposits=deposits)
        for client in clients.values():
            client.close()


_names = itertools.count()


def _token(two: Two, role: Role, network: str | None) -> str | None:
    """Return a token, or None where there is none of that role for a network alone."""
    wanted = ["--network", network] if network else []
    name = f"{role.value}-{next(_names)}"
    code, made = run("token", "make", name, "--role", role.value, *wanted, data=two.central.data)
    assert code == 0 or "without --network" in made["error"]["message"]
    return str(made["token"]) if code == 0 else None


def _make(two: Two, call: Call, token: str) -> requests.Response:
    body = b"" if call.method == "GET" else json.dumps(BODIES[call.name](two)).encode()
    return two.mine.send(call.method, call.target, body, {"Authorization": f"Bearer {token}"})


def _reaches(two: Two, call: Call, token: str) -> bool:
    """Tell whether a call showed the other network's things, or changed them."""
    before, answer = two.told(), _make(two, call, token)
    assert answer.status_code in (200, 404), answer.text
    shown = OTHERS in answer.text if call.method == "GET" else False
    return shown or two.told() > before


def test_token_of_a_network_reaches_no_other(two: Two) -> None:
    asked = [one for one in calls(document_of(two.mine)) if one.role is not None]
    assert len(asked) >= 6
    limited = {role: _token(two, role, MINE[0]) for role in Role}
    whole = {role: _token(two, role, None) for role in Role}
    assert {role for role, token in limited.items() if token is None} == OF_ALL
    for call in asked:
        assert call.role is not None
        own, every = limited[call.role], whole[call.role]
        assert own is None or not _reaches(two, call, own), call.name
        # The same call with a token of all networks does: so this test can fail.
        assert every is not None
        assert _reaches(two, call, every), call.name


def test_word_on_another_networks_deposit_is_refused_by_name(two: Two) -> None:
    (call,) = (one for one in calls(document_of(two.mine)) if one.role is Role.STATUSES)
    token = _token(two, Role.STATUSES, MINE[0])
    number = two.deposits[OTHERS].receipt_number
    every = _token(two, Role.STATUSES, None)
    assert token is not None
    assert every is not None
    refused = {"place": 1, "receipt": number, "reason": "other_network", "current": None}
    assert _make(two, call, token).json()["refused"] == [refused]
    assert _make(two, call, every).json()["recorded"] == 1
    # What was said by who may is not told to the other either.
    assert _make(two, call, token).json()["refused"] == [refused]


def test_message_to_all_is_one_to_the_tokens_network(two: Two) -> None:
    token, before = _token(two, Role.MESSAGES, MINE[0]), two.told()
    body = json.dumps({"text_fr": "Bonjour", "text_ar": "مرحبا"}).encode()
    headers = {"Authorization": f"Bearer {token}"}
    sent = two.mine.send("POST", "/backoffice/v1/messages", body, headers)
    assert (sent.json()["points"], two.told()) == (1, before)


def test_pair_across_networks_hides_its_other_side(two: Two) -> None:
    (call,) = (one for one in calls(document_of(two.mine)) if "duplicates" in one.template)
    seen = {}
    for network, point in (("C", MINE), ("B", OTHERS)):
        token = _token(two, Role.REPORTS, network)
        assert token is not None
        (seen[point],) = _make(two, call, token).json()["pairs"]
    mine, others = two.deposits[MINE].receipt_number, two.deposits[OTHERS].receipt_number
    assert (seen[MINE]["receipt_number"], seen[MINE]["earlier"]) == (None, mine)
    assert (seen[OTHERS]["receipt_number"], seen[OTHERS]["earlier"]) == (others, None)
    for pair in seen.values():
        assert pair["cross_point"] is True
        assert [pair["deposited_at"], pair["earlier_at"]].count(None) == 1


def test_token_of_figures_from_before_is_refused_where_it_names_a_network(two: Two) -> None:
    token, now = _token(two, Role.METRICS, None), datetime.now(UTC)
    with two.central.services.database.writing() as connection:
        of_figures = update(office_tokens).where(office_tokens.c.role == Role.METRICS.value)
        connection.execute(of_figures.values(network="C"))
        assert tokens.caller_of(connection, str(token), now) is not None
    answer = two.mine.send("GET", "/metrics", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 403
