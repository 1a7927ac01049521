"""Reports count what came in and became of it; supervisors see their own network."""

import csv
import io
import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from central import duplicates, office, report, tokens
from central.http.answers import DuplicatesAnswer, PointsAnswer, ReportAnswer
from central.office_words import RawWord
from central.report import Period
from central.report_forms import as_csv, as_json
from central.tokens import Role
from kiosk.domain.errors import InvalidInputError
from kiosk.domain.moments import ClockTrust, local_date, rfc3339
from kiosk.domain.vocabulary import EventKind, IdType
from kiosk.wire.heartbeats import DiskReport
from kiosk.wire.manifests import Clock, InsuredEntry
from kiosk.wire.messages import HEARTBEATS
from tests.central.client import TIMEOUT_S, Client
from tests.central.conftest import new_point
from tests.central.running import Central, in_thread, run
from tests.central.test_heartbeats import report as heartbeat

NOW = datetime.now(UTC)
TODAY = local_date(NOW)


@pytest.fixture
def at(own: Central) -> Iterator[Callable[[str], Client]]:
    """Return a maker of devices at a point."""
    made: list[Client] = []

    def enrol(point: str) -> Client:
        client = own.client()
        made.append(client)
        assert client.enrol(own.code(point, f"Point {point}")).ok
        return client

    yield enrol
    for client in made:
        client.close()


def _deposit(client: Client, ago: timedelta, trust: ClockTrust = ClockTrust.VERIFIED) -> str:
    clock = Clock(utc=datetime.now(UTC) - ago, monotonic_ms=1, trust=trust)
    return str(client.deposit(os.urandom(30), clock=clock)[0].receipt_number)


def _say(central: Central, *lines: tuple[str, str, str]) -> None:
    raw = [
        RawWord(place=place, receipt=number, status=status, reasons=why, at=rfc3339(NOW))
        for place, (number, status, why) in enumerate(lines, 1)
    ]
    database = central.services.database
    found = [one.outcome for one in office.take(database, raw, said_by="t", now=NOW)]
    assert set(found) == {office.RECORDED}


_NO_RETURNS: dict[str, Any] = {"deposits": 0, "by_reason": {}, "by_point": {}}


def _made(central: Central, **changes: Any) -> dict[str, Any]:
    fields = {"first": TODAY - timedelta(days=9), "last": TODAY} | changes
    with central.services.database.reading() as connection:
        return as_json(report.make(connection, Period(**fields)))


def test_report_counts_by_day_network_point_stage_and_reason(
    own: Central, at: Callable[[str], Client]
) -> None:
    counter, agency = at("C0001"), at("A0001")
    hours = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]
    numbers = [_deposit(counter, timedelta(days=3, hours=hour)) for hour in hours]
    numbers.append(_deposit(agency, timedelta(days=3, hours=1)))
    _deposit(counter, timedelta(days=30))  # of another period
    _say(
        own,
        (numbers[0], "in_review", ""),
        (numbers[0], "returned", "missing_inpe late_deposit"),
        (numbers[1], "returned", "missing_inpe"),
        (numbers[10], "returned", "missing_inpe illegible"),
    )
    made = _made(own)
    assert (made["deposits"], made["cancelled"]) == (11, 0)
    assert made["proximity_share"] == round(10 / 11, 4)
    assert len(made["days"]) == 10
    assert sum(day["deposits"] for day in made["days"]) == 11
    assert {one["network"]: one["deposits"] for one in made["networks"]} == {"A": 1, "C": 10}
    assert made["points"][1] == {
        "point": "C0001",
        "name": "Point C0001",
        "deposits": 10,
        "returned": 2,
    }
    assert made["returns"] == {
        "deposits": 3,
        "by_reason": {"missing_inpe": 3, "illegible": 1, "late_deposit": 1},
        "by_point": {
            "A0001": {"illegible": 1, "missing_inpe": 1},
            "C0001": {"missing_inpe": 2, "late_deposit": 1},
        },
    }
    copies = made["stages"]["copy_received"]
    assert copies["count"] == 11
    # 1, 1, 2 … 10 hours after three days: the sixth is the median, the tenth the p90.
    assert abs(copies["median_s"] - (3 * 86_400 + 5 * 3600)) < 900
    assert abs(copies["p90_s"] - (3 * 86_400 + 9 * 3600)) < 900
    assert _made(own, network="A")["deposits"] == 1
    assert _made(own, network="B") | {"days": []} == {
        **{"from": str(TODAY - timedelta(days=9)), "to": str(TODAY), "network": "B"},
        **{"deposits": 0, "cancelled": 0, "proximity_share": None, "days": [], "networks": []},
        **{"points": [], "stages": {}, "returns": _NO_RETURNS},
    }


def test_deposit_by_a_clock_that_was_not_believed_counts_when_it_came(
    own: Central, at: Callable[[str], Client]
) -> None:
    counter = at("C0001")
    _deposit(counter, timedelta(days=400), ClockTrust.UNVERIFIED)
    _deposit(counter, timedelta(days=-400))  # and no deposit comes before it was made
    assert _made(own, first=TODAY)["deposits"] == 2


def test_csv_has_the_same_figures(own: Central, at: Callable[[str], Client]) -> None:
    for point in ("C0001", "H0002"):
        number = _deposit(at(point), timedelta(0))
        _say(own, (number, "returned", "duplicate"))
    with own.services.database.reading() as connection:
        text = as_csv(report.make(connection, Period(first=TODAY, last=TODAY)))
    rows = list(csv.DictReader(io.StringIO(text)))
    figures = {(row["measure"], row["point"] or row["reason"]): row["value"] for row in rows}
    assert figures["deposits_by_point", "C0001"] == "1"
    assert figures["returns_by_reason", "duplicate"] == "2"
    crossed = [row for row in rows if row["measure"] == "returns_by_point_and_reason"]
    assert [(one["network"], one["point"], one["reason"], one["value"]) for one in crossed] == [
        ("C", "C0001", "duplicate", "1"),
        ("H", "H0002", "duplicate", "1"),
    ]
    assert figures["proximity_share", ""] == "1.0"


def test_command_reports_and_refuses_what_it_cannot(central: Central, client: Client) -> None:
    _deposit(client, timedelta(0))
    code, said = run("report", "--network", "C", data=central.data)
    assert code == 0
    assert said["deposits"] >= 1
    for wrong in (
        ["--from", "2026-13-01"],
        ["--from", "2026-02-01", "--to", "2026-01-01"],
        ["--to", "9999-12-31"],
        ["--network", "Z"],
        ["--csv"],
    ):
        assert run("report", *wrong, data=central.data)[0] == 2, wrong


@pytest.mark.parametrize("first", [TODAY + timedelta(days=1), TODAY - timedelta(days=900)])
def test_days_that_are_none_are_refused(first: Any) -> None:
    with pytest.raises(InvalidInputError):
        Period(first=first, last=TODAY)


def _get(client: Client, path: str, token: str) -> Any:
    headers = {"Authorization": f"Bearer {token}"}
    return client.http.get(client.url + path, headers=headers, timeout=TIMEOUT_S)


def test_supervisor_of_a_network_sees_its_points_alone(central: Central) -> None:
    clients = []
    for point in ("H0001", "B0001"):
        client = central.client()
        client.enrol(central.code(point))
        _deposit(client, timedelta(0))
        clients.append(client)
    made = run("token", "make", "h", "--role", "reports", "--network", "H", data=central.data)[1]
    reported = _get(clients[0], "/backoffice/v1/report", made["token"]).json()
    assert {one["point"] for one in reported["points"]} == {"H0001"}
    listed = _get(clients[0], "/backoffice/v1/points", made["token"]).json()["points"]
    points = {one["point"] for one in listed}
    assert "H0001" in points
    assert all(point.startswith("H") for point in points)
    for path in ("report", "points", "duplicates"):
        other = _get(clients[0], f"/backoffice/v1/{path}?network=B", made["token"])
        assert other.status_code == 403, path
        wrong = _get(clients[0], f"/backoffice/v1/{path}?network=%22", made["token"])
        assert wrong.status_code == 400, path
    for days, status in {
        "from=x": 400,
        "from=2026-02-01&to=2026-01-01": 404,
        "to=9999-12-31": 404,
        "to=0001-01-01": 404,
    }.items():
        answer = _get(clients[0], f"/backoffice/v1/report?{days}", made["token"])
        assert answer.status_code == status, days
    for client in clients:
        client.close()


def _token(central: Central, network: str | None) -> str:
    with central.services.database.writing() as connection:
        return tokens.make(
            connection,
            name=f"reports-{network}",
            role=Role.REPORTS,
            network=network,
            life=timedelta(days=1),
            now=central.services.now(),
        )


def test_answers_have_the_form_that_is_published(own: Central, at: Callable[[str], Client]) -> None:
    counters = at("C0001"), at("H0002")
    for counter in counters:
        number = counter.deposit(os.urandom(30), amount_centimes=77_700)[0].receipt_number
        _say(own, (number, "returned", "duplicate illegible"))
    disk = DiskReport(free_bytes=10**9, days_left=12, takes_dossiers=True, is_writable=True)
    told = heartbeat(counters[0], disk=disk, faults=("printer",))
    beat = counters[0].call("POST", HEARTBEATS, told.model_dump_json().encode())
    assert beat.ok, beat.text
    forms: dict[str, type[BaseModel]] = {
        "report": ReportAnswer,
        "points": PointsAnswer,
        "duplicates": DuplicatesAnswer,
    }
    for network in (None, "C"):
        token = _token(own, network)
        for path, form in forms.items():
            answer = _get(counters[0], f"/backoffice/v1/{path}", token)
            form.model_validate_json(answer.content)
            with pytest.raises(ValidationError):
                form.model_validate(answer.json() | {"more": 1})
            assert "C0001" in answer.text


def test_same_dossier_at_two_points_is_flagged_whatever_its_kind(
    own: Central, at: Callable[[str], Client]
) -> None:
    first, second = at("C0001"), at("H0002")
    same = {"amount_centimes": 77_700, "care_date": TODAY}
    one = first.deposit(os.urandom(40), **same)[0]
    other = second.deposit(os.urandom(40), **same, kind="dentaire")[0]
    with own.services.database.reading() as connection:
        (pair,) = report_pairs(connection)
    assert (pair.receipt_number, pair.earlier_number) == (
        other.receipt_number,
        one.receipt_number,
    )
    assert (pair.is_cross_point, pair.reason) == (True, "same_facts")


def test_amended_number_is_compared_again(own: Central, at: Callable[[str], Client]) -> None:
    first, second = at("C0001"), at("H0002")
    same = {"amount_centimes": 55_500, "care_date": TODAY}
    first.deposit(os.urandom(40), **same)
    wrong = InsuredEntry(immatriculation="987654321", id_type=IdType.NONE)
    other = second.deposit(os.urandom(40), **same, insured=wrong)[0]
    with own.services.database.reading() as connection:
        assert report_pairs(connection) == []
    for number, pairs in (("123456789", 1), ("987654321", 0)):
        event = second.event(EventKind.AMENDMENT, other, immatriculation=number)
        assert second.put_event(event).status_code == 200
        with own.services.database.reading() as connection:
            assert len(report_pairs(connection)) == pairs


def report_pairs(connection: Any) -> Any:
    return duplicates.listed(connection, network=None, most=10)


def test_duplicates_are_listed_by_command(tmp_path: Path) -> None:
    with in_thread(tmp_path / "central") as central:
        client = central.client()
        assert client.enrol(central.code(new_point())).ok
        numbers = [client.deposit(os.urandom(40), amount_centimes=99_900)[0] for _ in range(2)]
        client.close()
        code, said = run("duplicates", data=central.data)
    assert code == 0
    [pair] = said["pairs"]
    assert (pair["receipt_number"], pair["earlier"], pair["cross_point"]) == (
        numbers[1].receipt_number,
        numbers[0].receipt_number,
        False,
    )
