"""Receipts on paper: printed once, marked when again, and open until they came out."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.desk.papers import _reason, point_label
from kiosk.domain.errors import PrinterUnavailableError, UnknownReceiptError
from kiosk.domain.receipt_number import ReceiptNumber
from kiosk.store.prints import Mark
from kiosk.wire.cose import ContentType
from kiosk.wire.trust import Configuration, only, open_statement
from printers.base import (
    PaperOutError,
    PrinterError,
    PrinterOfflineError,
    PrintInterruptedError,
)
from tests.desk.conftest import MakeKiosk
from tests.desk.counter import ORDONNANCE, Counter
from tests.fakes.escpos_reader import escpos_reader
from tests.papers.reading import codes_in_pdf, codes_in_png


def acts(counter: Counter) -> list[str]:
    """Return the acts of the journal from the deposit on."""
    rows = counter.kiosk.store.db.conn.execute("SELECT act FROM journal ORDER BY entry")
    return [act for (act,) in rows][1:]


def test_first_print_is_the_original_and_closes_its_intent(
    counter: Counter, tmp_path: Path
) -> None:
    answer = counter.deposit()
    assert [one.receipt_number for one in counter.desk.overview.open_prints()] == [
        answer.receipt_number
    ]
    picture = counter.desk.papers.print_receipt(answer.receipt_number)
    assert counter.desk.overview.open_prints() == ()
    assert acts(counter) == ["deposited", "printed"]
    assert (tmp_path / "receipt.pdf").read_bytes() == picture.pdf
    assert codes_in_pdf(picture.pdf) == [answer.receipt_qr]
    assert codes_in_png(picture.png) == [answer.receipt_qr]


def test_second_print_is_a_duplicata(counter: Counter) -> None:
    number = counter.deposit().receipt_number
    papers = counter.desk.papers
    first = papers.print_receipt(number)
    again = papers.print_receipt(number)
    assert acts(counter) == ["deposited", "printed", "reprinted"]
    assert again.pdf != first.pdf
    assert papers.picture(number).png == first.png


def marks_of(counter: Counter, number: str, mark: Mark) -> list[str]:
    """Return what is printed across the receipt."""
    stored = counter.kiosk.store.deposit(number)
    return [mark.name for mark in counter.desk.papers._facts(stored, mark).marks]


def test_amended_receipt_is_marked_and_shows_the_new_number(counter: Counter) -> None:
    number = counter.deposit().receipt_number
    papers = counter.desk.papers
    papers.print_receipt(number)
    counter.desk.events.amend(number, "123456785", "erreur")
    facts = papers._facts(counter.kiosk.store.deposit(number), Mark.RECTIFIE)
    assert facts.immatriculation_end == "785"
    assert marks_of(counter, number, Mark.RECTIFIE) == ["AMENDED"]
    papers.print_receipt(number)
    assert acts(counter) == ["deposited", "printed", "amended", "printed"]
    assert marks_of(counter, number, Mark.DUPLICATA) == ["AMENDED", "DUPLICATE"]


def test_cancelled_and_complemented_receipts_are_marked(counter: Counter) -> None:
    number = counter.deposit().receipt_number
    counter.desk.events.complement(number, counter.draft(ORDONNANCE), {})
    assert marks_of(counter, number, Mark.COMPLEMENT) == ["COMPLEMENT"]
    counter.desk.events.cancel(number, "erreur")
    assert marks_of(counter, number, Mark.ANNULE) == ["CANCELLED"]
    counter.desk.papers.print_receipt(number)
    assert counter.desk.overview.open_prints() == ()


def test_named_mark_stands_even_when_it_is_none(counter: Counter) -> None:
    number = counter.deposit().receipt_number
    first = counter.desk.papers.print_receipt(number)
    same = counter.desk.papers.print_receipt(number, mark=Mark.NONE)
    assert same.png == first.png


@pytest.fixture
def dead_port() -> Iterator[int]:
    """Return a port of this machine that refuses."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield int(taken.getsockname()[1])


@pytest.mark.parametrize("address", ["pdf:/no/such/folder/receipt.pdf", "unheard-of:x", "memory:x"])
def test_print_fault_leaves_the_intent_open(counter: Counter, address: str) -> None:
    number = counter.deposit().receipt_number
    with pytest.raises(PrinterUnavailableError):
        counter.desk.papers.print_receipt(number, address)
    assert len(counter.desk.overview.open_prints()) == 1
    assert acts(counter) == ["deposited"]
    counter.desk.papers.print_receipt(number, "memory:")
    assert counter.desk.overview.open_prints() == ()
    assert acts(counter) == ["deposited", "printed"]


def test_printer_that_is_off_is_told(counter: Counter, dead_port: int) -> None:
    number = counter.deposit().receipt_number
    with pytest.raises(PrinterUnavailableError) as told:
        counter.desk.papers.print_receipt(number, f"escpos://127.0.0.1:{dead_port}")
    assert told.value.fault == "offline"
    assert len(counter.desk.overview.open_prints()) == 1


def test_kiosk_without_a_printer_says_so(make: MakeKiosk) -> None:
    counter = Counter(make())
    number = counter.deposit().receipt_number
    with pytest.raises(PrinterUnavailableError) as told:
        counter.desk.papers.print_receipt(number)
    assert told.value.fault == "no_printer"


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (PaperOutError("no paper"), "paper_out"),
        (PrinterOfflineError("off"), "offline"),
        (PrintInterruptedError("half"), "interrupted"),
        (PrinterError("other"), "refused"),
    ],
)
def test_faults_of_printers_have_reasons(fault: PrinterError, reason: str) -> None:
    assert _reason(fault) == reason


def test_agent_says_whether_the_paper_came_out(counter: Counter) -> None:
    number = counter.deposit().receipt_number
    overview = counter.desk.overview
    overview.paper_came_out(number, False)
    assert len(overview.open_prints()) == 1
    overview.paper_came_out(number, True)
    assert overview.open_prints() == ()


def test_talon_carries_the_number_alone(counter: Counter, tmp_path: Path) -> None:
    number = counter.receive().receipt_number
    counter.desk.papers.print_talon(number)
    texts = codes_in_pdf((tmp_path / "receipt.pdf").read_bytes())
    assert texts == [f"HTTPS://WASL.INVALID/T/{number}"]
    assert counter.desk.receipts.number_in(texts[0]) == number


def test_receipt_of_another_kiosk_is_not_printed(counter: Counter) -> None:
    with pytest.raises(UnknownReceiptError):
        counter.desk.papers.print_receipt(str(ReceiptNumber(device="B0001A", sequence=7)))


def test_point_is_labelled_by_network_and_name(counter: Counter) -> None:
    central = counter.kiosk.central
    for name, label in (("Azrou Centre", "Cash Plus — Azrou Centre"), ("", "Cash Plus")):
        configuration = open_statement(
            Configuration,
            central.configuration(name=name),
            only(central.trust.public),
            ContentType.CONFIGURATION,
        )
        assert point_label(configuration) == label


def test_talon_goes_with_the_first_print_to_a_printer_only(counter: Counter) -> None:
    number = counter.deposit().receipt_number
    with escpos_reader() as printer:
        address = f"escpos://127.0.0.1:{printer.port}"
        counter.desk.papers.print_receipt(number, address)
        assert len(printer.slips) == 2
        counter.desk.papers.print_receipt(number, address)
        assert len(printer.slips) == 3
    receipt, talon, duplicate = (len(slip.rows) for slip in printer.slips)
    assert talon < receipt / 2 < duplicate
