"""What the back office says reaches the point once, and no impossible word does."""

import os
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select

from central import office, office_csv
from central.office_words import RawWord
from central.schema import office_words
from kiosk.domain.moments import local_date, rfc3339
from kiosk.domain.receipt_number import ReceiptNumber
from kiosk.domain.vocabulary import EventKind, Stage
from kiosk.wire.messages import StatusUpdate
from tests.central import reading
from tests.central.client import Client
from tests.central.conftest import new_point
from tests.central.running import Central, run

TODAY = local_date(datetime.now(UTC)).isoformat()


@pytest.fixture(params=["central", "shared_central"], ids=["sqlite", "postgresql"])
def anywhere(request: pytest.FixtureRequest) -> Central:
    """Return a central on either database."""
    served: Central = request.getfixturevalue(request.param)
    return served


@pytest.fixture
def device(anywhere: Central) -> Iterator[Client]:
    client = anywhere.client()
    assert client.enrol(anywhere.code(new_point())).ok
    yield client
    client.close()


def _said(central: Central, *lines: tuple[str, ...]) -> list[str]:
    """Say *lines* (receipt, status, reasons, date) and return what became of each."""
    raw = [
        RawWord(place=place, receipt=line[0], status=line[1], reasons=line[2], at=line[3])
        for place, line in enumerate(lines, 1)
    ]
    database, now = central.services.database, datetime.now(UTC)
    return [one.outcome for one in office.take(database, raw, said_by="test", now=now)]


def _told(central: Central, client: Client) -> list[StatusUpdate]:
    return list(reading.updates(client, central.services.keys.root, "?cursor=0").statuses)


def test_words_reach_the_point_in_order_and_once(anywhere: Central, device: Client) -> None:
    number = device.deposit(os.urandom(50))[0].receipt_number
    lines = [
        (number, "originals_received", "", TODAY),
        (number, "in_review", "", TODAY),
        (number, "settled", "", TODAY),
        (number, "paid", "", TODAY),
    ]
    assert _said(anywhere, *lines) == [office.RECORDED] * 4
    assert _said(anywhere, *lines, lines[1]) == [office.UNCHANGED] * 5
    told = _told(anywhere, device)
    assert [one.status.value for one in told] == ["copy_received", *(line[1] for line in lines)]
    # The day began before the copy came: what follows is never told as earlier.
    assert [one.at for one in told] == sorted(one.at for one in told)


def test_return_tells_all_in_both_languages(anywhere: Central, device: Client) -> None:
    number = device.deposit(os.urandom(50))[0].receipt_number
    reasons = "missing_piece:ordonnance missing_inpe"
    assert _said(anywhere, (number, "returned", reasons, TODAY)) == [office.RECORDED]
    told = _told(anywhere, device)[-1]
    assert told.reason_codes == ("missing_inpe", "missing_piece:ordonnance")
    assert "Ordonnance" in told.text_fr
    assert "وصفة طبية" in told.text_ar
    assert [piece.value for piece in told.pieces_to_bring] == ["feuille_de_soins", "ordonnance"]
    assert told.last_day == local_date(datetime.now(UTC)) + timedelta(days=60)
    assert _said(anywhere, (number, "returned", "late_deposit", TODAY)) == ["impossible_move"]


def test_impossible_words_are_refused_and_the_others_taken(
    anywhere: Central, device: Client
) -> None:
    number = device.deposit(os.urandom(50))[0].receipt_number
    waiting = device.manifest(os.urandom(50))
    device.put(waiting)
    stranger = str(ReceiptNumber(device="H9999A", sequence=7))
    ahead = rfc3339(datetime.now(UTC) + timedelta(days=2))
    verdicts = {
        (number, "paid", "", TODAY): "impossible_move",
        (number, "copy_received", "", TODAY): "not_the_back_offices_to_say",
        (number, "cancelled", "", TODAY): "not_the_back_offices_to_say",
        (number, "approved", "", TODAY): "unknown_status",
        (number, "returned", "", TODAY): "reasons_missing",
        (number, "returned", "because", TODAY): "unknown_reason",
        (number, "in_review", "late_deposit", TODAY): "reasons_unexpected",
        (number, "in_review", "", "yesterday"): "bad_date",
        (number, "in_review", "", ahead): "date_ahead",
        (number, "in_review", "", "0001-01-01"): "bad_date",
        (number[:-2] + "00", "in_review", "", TODAY): "not_a_receipt",
        (stranger, "in_review", "", TODAY): "unknown_receipt",
        (waiting.receipt_number, "settled", "", TODAY): "impossible_move",
        ("x" * 5000, "in_review", "", TODAY): "too_long",
        (number, "in_review", "", TODAY): office.RECORDED,
    }
    assert dict(zip(verdicts, _said(anywhere, *verdicts), strict=True)) == verdicts


def test_paper_before_its_copy_is_not_told_less_when_the_copy_comes(
    anywhere: Central, device: Client
) -> None:
    document = os.urandom(50)
    manifest = device.manifest(document)
    place = device.put(manifest).json()["upload"]
    line = (manifest.receipt_number, "originals_received", "", TODAY)
    assert _said(anywhere, line) == [office.RECORDED]
    assert device.patch(place["path"], 0, document).status_code == 204
    assert [one.status for one in _told(anywhere, device)] == [Stage.ORIGINALS_RECEIVED]
    # The copy is there all the same.
    assert _said(anywhere, (manifest.receipt_number, "in_review", "", TODAY)) == [office.RECORDED]


def test_cancellation_that_comes_after_the_settlement_undoes_nothing(
    anywhere: Central, device: Client
) -> None:
    manifest, _ = device.deposit(os.urandom(50))
    _said(anywhere, (manifest.receipt_number, "settled", "", TODAY))
    cancelled = device.put_event(device.event(EventKind.CANCELLATION, manifest))
    assert cancelled.json()["acknowledgement"] is not None
    assert _told(anywhere, device)[-1].status is Stage.SETTLED
    assert _said(anywhere, (manifest.receipt_number, "paid", "", TODAY)) == [office.RECORDED]


def test_cancelled_deposit_takes_no_more_words(anywhere: Central, device: Client) -> None:
    manifest, _ = device.deposit(os.urandom(50))
    device.put_event(device.event(EventKind.CANCELLATION, manifest))
    assert _said(anywhere, (manifest.receipt_number, "settled", "", TODAY)) == ["impossible_move"]


def test_many_words_come_in_lots_and_the_same_file_again_changes_nothing(
    central: Central, client: Client
) -> None:
    numbers = [client.deposit(os.urandom(20))[0].receipt_number for _ in range(3)]
    lines = [(number, "in_review", "", TODAY) for number in numbers] * 400
    found = _said(central, *lines)
    assert (found.count(office.RECORDED), found.count(office.UNCHANGED)) == (3, 1197)
    with central.services.database.reading() as connection:
        condition = office_words.c.receipt_number.in_(numbers)
        assert connection.scalar(select(func.count()).where(condition)) == 3


def _import(central: Central, file: Path, content: str | bytes) -> tuple[int, Any]:
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    return run("status", "import", str(file), data=central.data)


def test_file_is_taken_in_and_its_bad_lines_are_named(
    central: Central, client: Client, tmp_path: Path
) -> None:
    first, second = (client.deposit(os.urandom(20))[0].receipt_number for _ in range(2))
    content = (
        "receipt,status,reason codes,date\r\n"
        f"{first},returned,missing_piece:facture missing_inpe,{TODAY}\r\n"
        "\r\n"
        f"{second},paid,,{TODAY}\r\n"
        f"{second},in_review,,{TODAY}\r\n"
    )
    code, said = _import(central, tmp_path / "words.csv", content)
    assert code == 2
    assert (said["lines"], said["recorded"], said["unchanged"]) == (3, 2, 0)
    refused = {
        "line": 4,
        "receipt": second,
        "reason": "impossible_move",
        "current": "copy_received",
    }
    assert said["refused"] == [refused]
    code, said = _import(
        central, tmp_path / "words.csv", content.replace(f"{second},paid,,{TODAY}\r\n", "")
    )
    assert (code, said["recorded"], said["unchanged"], said["refused"]) == (0, 0, 2, [])


@pytest.mark.parametrize(
    "shape",
    [
        "{number},in_review,,{today}\n",
        "\ufeff{number};in_review;;{french}\n",
        "Date;Statut;Receipt\n{today};in_review;{number}\n",
        '"{number}","in_review","","{today}"',
    ],
    ids=["no names", "spreadsheet", "other order", "quoted"],
)
def test_files_of_several_shapes_are_read(shape: str, tmp_path: Path) -> None:
    file = tmp_path / "words.csv"
    french = datetime.fromisoformat(TODAY).strftime("%d/%m/%Y")
    file.write_text(shape.format(number="C0417A-000131-39", today=TODAY, french=french), "utf-8")
    (word,) = office_csv.read_file(file)
    assert (word.receipt, word.status, word.reasons) == ("C0417A-000131-39", "in_review", "")
    assert word.at in (TODAY, french)


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (b"\xff\xfe\x00", "unreadable_file"),
        (b"receipt,wrong\nC0417A-000131-39,x\n", "invalid_input"),
        (b"a" * (office_csv.MAX_BYTES + 1), "file_too_large"),
    ],
    ids=["no text", "no status column", "too large"],
)
def test_file_that_is_none_is_refused(
    content: bytes, error: str, central: Central, tmp_path: Path
) -> None:
    code, said = _import(central, tmp_path / "words.csv", content)
    assert (code, said["error"]["code"]) == (2, error)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"], ids=["lf", "crlf", "cr"])
def test_stray_quote_costs_its_own_line_alone(
    end: str, central: Central, client: Client, tmp_path: Path
) -> None:
    first, second = (client.deposit(os.urandom(20))[0].receipt_number for _ in range(2))
    lines = [
        "receipt,status,reason_codes,date",
        f"{first},in_review,,{TODAY}",
        f'{second},"in_review,,{TODAY}',
        f"{first},settled,,{TODAY}",
        f'{second},"in_',  # a cell that reaches over its line
        f'review",,{TODAY}',
        f'{second},"in_review"x,,{TODAY}',
        f'{second},"' + "x" * 200_000,
        f"{second},in_review,,{TODAY}",
        "XX,paid,,2026-11-25",
    ]
    code, said = _import(central, tmp_path / "words.csv", end.join(lines))
    assert (code, said["lines"], said["recorded"]) == (2, 9, 3)
    assert [(one["line"], one["reason"], one["receipt"]) for one in said["refused"]] == [
        *((line, "bad_line", second) for line in (3, 5)),
        (6, "not_a_receipt", 'review"'),
        *((line, "bad_line", second) for line in (7, 8)),
        (10, "not_a_receipt", "XX"),
    ]


@pytest.mark.hypothesis
@given(st.text(alphabet='",;\r\n Ax=\x00\u2028', max_size=60))
def test_every_line_is_read_or_named(text: str) -> None:
    with tempfile.NamedTemporaryFile() as file:
        file.write(text.encode())
        file.flush()
        places = [word.place for word in office_csv.read_file(Path(file.name))]
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    says_something = [
        place for place, line in enumerate(lines, 1) if line.translate(_NOTHING).strip()
    ]
    assert set(says_something) <= set(places)
    assert places == sorted(set(places))


_NOTHING = str.maketrans("", "", '",; ')


def test_empty_file_says_nothing(central: Central, tmp_path: Path) -> None:
    code, said = _import(central, tmp_path / "words.csv", b"")
    assert (code, said["lines"]) == (0, 0)
    assert run("status", "import", str(tmp_path / "none.csv"), data=central.data)[0] == 2
