"""A deposit from start to receipt, by keyboard alone."""

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from kiosk.domain.errors import (
    DeviceUnavailableError,
    InvalidInputError,
    PrinterFault,
    PrinterUnavailableError,
)
from kiosk.domain.views import OpenPrint
from kiosk.domain.vocabulary import Beneficiary, DossierKind, PieceKind
from kiosk.ui.i18n import acts, faults
from kiosk.ui.i18n.tongue import Language
from kiosk.ui.steps import Step
from kiosk.ui.widgets.said import NO_WORDS
from tests.fakes.desk import FakeDesk
from tests.gui.conftest import Opener
from tests.gui.driver import Driver, Key

Sheets = dict[str, Path]


def _complete(agent: Driver, sheets: Sheets) -> None:
    agent.fill_insured()
    for digit, name in enumerate(("feuille", "ordonnance", "facture"), 1):
        agent.import_file(sheets[name])
        agent.press(Key.Key_Down)
        agent.type(str(digit))


@pytest.mark.parametrize("language", list(Language))
def test_deposit_reaches_its_receipt_without_the_mouse(
    open_window: Opener, sheets: Sheets, language: Language
) -> None:
    agent = open_window(language=language)
    _complete(agent, sheets)
    agent.press(Key.Key_F12)
    agent.wait(lambda: agent.window.deposit.receipt.state[0] == acts.PRINTED)
    assert agent.says("C0417A-000131-39")
    assert agent.says("000 131 39")
    form = agent.desk.forms[0]
    assert form.kind is DossierKind.MALADIE
    assert form.beneficiary is Beneficiary.SELF
    assert form.group_id is not None


def test_enter_begins_with_a_new_person(agent: Driver, sheets: Sheets) -> None:
    _complete(agent, sheets)
    agent.press(Key.Key_F12)
    agent.wait(agent.window.deposit.receipt.isVisible)
    agent.press(Key.Key_Return)
    assert agent.window.deposit.step is Step.INSURED
    assert agent.window.deposit.insured.form.immatriculation.text() == ""
    assert QApplication.focusWidget() is agent.window.deposit.insured.form.immatriculation


def test_f9_keeps_the_insured_masked_and_in_the_same_group(agent: Driver, sheets: Sheets) -> None:
    _complete(agent, sheets)
    agent.press(Key.Key_F12)
    agent.wait(agent.window.deposit.receipt.isVisible)
    agent.press(Key.Key_F9)
    shown = agent.window.deposit.insured.form.immatriculation.text()
    assert shown == "•••••• 785"
    agent.press(Key.Key_Right, Key.Key_Right)  # the child
    agent.press(Key.Key_Return, Key.Key_Return)
    agent.type("03112026")
    agent.press(Key.Key_Return)
    agent.type("100")
    agent.press(Key.Key_Return, Key.Key_Return)
    agent.wait(agent.window.deposit.pages.isVisible)
    agent.wait(lambda: agent.window.deposit.pages.book.is_open)
    assert agent.says("dossier 2")
    agent.import_file(sheets["feuille"])
    agent.press(Key.Key_F12)
    agent.press(Key.Key_Right)
    agent.press(Key.Key_F12)
    agent.wait(lambda: len(agent.desk.forms) == 2)
    first, second = agent.desk.forms
    assert second.group_id == first.group_id
    assert second.beneficiary is Beneficiary.CHILD
    assert second.immatriculation == first.immatriculation


def test_after_the_deposit_no_screen_holds_the_whole_number(agent: Driver, sheets: Sheets) -> None:
    _complete(agent, sheets)
    agent.press(Key.Key_F12)
    agent.wait(agent.window.deposit.receipt.isVisible)
    assert not any("123" in text for text in agent.visible_texts())
    assert agent.says("•••••• 785")


def test_missing_pieces_ask_why_without_a_dialog(agent: Driver, sheets: Sheets) -> None:
    agent.fill_insured()
    agent.import_file(sheets["feuille"])
    agent.press(Key.Key_F12)
    assert agent.window.deposit.step is Step.REASON
    assert not agent.desk.forms
    agent.press(Key.Key_F12)
    assert agent.window.deposit.pages.card.message == acts.REASON_MISSING
    agent.press(Key.Key_Right, Key.Key_Right)
    agent.press(Key.Key_F12)
    agent.wait(agent.window.deposit.receipt.isVisible)
    assert agent.desk.forms[0].reason == acts.REASON_NOT_PRESCRIBED.fr


def test_escape_goes_back_from_the_reason_and_keeps_the_pages(
    agent: Driver, sheets: Sheets
) -> None:
    agent.fill_insured()
    agent.import_file(sheets["feuille"])
    agent.press(Key.Key_F12, Key.Key_Escape)
    assert agent.window.deposit.pages.isVisible()
    agent.press(Key.Key_Escape)
    assert agent.window.deposit.insured.isVisible()
    assert len(agent.window.deposit.pages.pages.entries) == 1


def test_escape_asks_only_when_something_would_be_lost(agent: Driver) -> None:
    agent.press(Key.Key_Escape)
    assert not agent.window.deposit.question.isVisible()
    agent.type("123")
    agent.press(Key.Key_Escape)
    assert agent.window.deposit.question.isVisible()
    agent.press(Key.Key_Escape)
    assert agent.window.deposit.insured.form.immatriculation.text() != ""
    agent.press(Key.Key_Escape, Key.Key_Delete)
    assert agent.window.deposit.insured.form.immatriculation.text() == ""


def test_abandoned_draft_is_dropped(agent: Driver, sheets: Sheets) -> None:
    agent.fill_insured()
    agent.press(Key.Key_Escape, Key.Key_Escape, Key.Key_Delete)
    agent.wait(lambda: "drop" in agent.desk.calls)


def test_printer_fault_leaves_the_deposit_and_offers_to_print_again(
    agent: Driver, sheets: Sheets
) -> None:
    agent.desk.print_faults.append(PrinterUnavailableError(PrinterFault.PAPER_OUT, "no roll"))
    _complete(agent, sheets)
    agent.press(Key.Key_F12)
    receipt = agent.window.deposit.receipt
    agent.wait(lambda: receipt.state[0] == acts.PRINT_FAILED)
    assert receipt.state[1] == faults.PRINTER[PrinterFault.PAPER_OUT]
    assert agent.says("C0417A-000131-39")
    agent.press(Key.Key_F12)
    agent.wait(lambda: receipt.state[0] == acts.PRINTED)
    assert len(agent.desk.forms) == 1


@pytest.mark.parametrize(
    ("language", "words"),
    [
        (Language.FRENCH, "Imprimante : ticket 80 mm"),
        (Language.ARABIC, "الطابعة: تذكرة \u206680\u2069 مم"),
    ],
)
def test_printer_is_named_in_the_language_of_the_window(
    open_window: Opener, language: Language, words: str
) -> None:
    assert open_window(language=language).says(words)


def test_without_a_printer_the_number_is_copied_by_hand(
    open_window: Opener, sheets: Sheets
) -> None:
    agent = open_window(printer=NO_WORDS)
    _complete(agent, sheets)
    agent.press(Key.Key_F12)
    agent.wait(agent.window.deposit.receipt.isVisible)
    assert agent.window.deposit.receipt.state == (acts.NOT_PRINTED, acts.NOT_PRINTED_NEXT)
    assert "print_receipt" not in agent.desk.calls


def test_refused_field_brings_the_agent_back_to_it(
    agent: Driver, desk: FakeDesk, sheets: Sheets
) -> None:
    desk.refusals.append(InvalidInputError("amount", "above what this point takes"))
    _complete(agent, sheets)
    agent.press(Key.Key_F12)
    agent.wait(lambda: agent.window.deposit.step is Step.INSURED)
    assert QApplication.focusWidget() is agent.window.deposit.insured.form.amount
    assert len(agent.window.deposit.pages.pages.entries) == 3


def test_second_try_carries_the_same_request(agent: Driver, desk: FakeDesk, sheets: Sheets) -> None:
    desk.refusals.append(DeviceUnavailableError("a moment's fault"))
    _complete(agent, sheets)
    agent.press(Key.Key_F12)
    agent.wait(lambda: agent.window.deposit.step is Step.PAGES)
    agent.press(Key.Key_F12)
    agent.wait(agent.window.deposit.receipt.isVisible)
    assert desk.calls.count("confirm") == 2
    assert len(desk.forms) == 1


def test_marks_follow_the_digits(agent: Driver, sheets: Sheets) -> None:
    _complete(agent, sheets)
    kinds = agent.window.deposit.pages.pages.kinds()
    assert kinds == (PieceKind.FEUILLE_DE_SOINS, PieceKind.ORDONNANCE, PieceKind.FACTURE)


def test_receipts_left_open_are_asked_about_at_the_start(
    open_window: Opener, desk: FakeDesk
) -> None:
    desk.unseen = [OpenPrint(receipt_number="C0417A-000130-42", created_at=desk.now)]
    agent = open_window()
    agent.wait(agent.window.open_prints.isVisible)
    assert agent.says("Le récépissé C0417A-000130-42 est-il sorti ?")
    agent.press(Key.Key_Space)
    agent.wait(lambda: not desk.unseen)
    agent.wait(lambda: not agent.window.open_prints.isVisible())


def test_control_l_mirrors_the_window_and_back(agent: Driver) -> None:
    agent.press(Key.Key_L, modifier=Qt.KeyboardModifier.ControlModifier)
    assert agent.window.layoutDirection() == Qt.LayoutDirection.RightToLeft
    assert agent.says("المؤمَّن له")
    agent.press(Key.Key_L, modifier=Qt.KeyboardModifier.ControlModifier)
    assert agent.window.layoutDirection() == Qt.LayoutDirection.LeftToRight


def test_closing_asks_first_when_a_dossier_would_be_lost(agent: Driver) -> None:
    agent.type("123")
    agent.press(Key.Key_F6)
    assert not agent.window.close()
    assert agent.window.deposit.question.isVisible()
    assert agent.window.close()


def test_closing_with_nothing_typed_closes(agent: Driver) -> None:
    assert agent.window.close()
