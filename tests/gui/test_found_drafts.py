"""A dossier found after a crash: offered, gone on with at the same step, or given up."""

from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from kiosk.domain.errors import ErrorCode, WaslError
from kiosk.domain.form import DepositForm
from kiosk.domain.views import DraftPage, FoundDraft, PageFault
from kiosk.domain.vocabulary import AbandonReason, Beneficiary, DossierKind, IdType, PieceKind
from kiosk.ui.i18n import acts
from kiosk.ui.i18n.tongue import Language
from kiosk.ui.steps import Step
from tests.fakes.desk import FakeDesk
from tests.gui.conftest import Opener
from tests.gui.driver import Driver, Key

Sheets = dict[str, Path]
FORM = DepositForm(
    immatriculation="123456785",
    id_type=IdType.PASSPORT,
    id_number="AB1234567",
    phone="0661234567",
    beneficiary=Beneficiary.CHILD,
    kind=DossierKind.DENTAIRE,
    care_date="02/11/2026",
    amount="845,50",
)
MARKS = {1: PieceKind.FEUILLE_DE_SOINS, 2: PieceKind.FACTURE}


class DiskFullFault(WaslError):
    code = ErrorCode.DISK_FULL


def left_open(desk: FakeDesk, sheets: Sheets, *names: str, form: DepositForm = FORM) -> None:
    """Leave a draft behind, as a program that was killed does."""
    told: list[DraftPage | PageFault] = []
    draft_id = desk.begin()
    for name in names:
        desk.add_pages(draft_id, sheets[name], told.append)
    desk.note(draft_id, form, {n: kind for n, kind in MARKS.items() if n <= len(names)})


def offered(open_window: Opener, language: Language = Language.FRENCH) -> Driver:
    agent = open_window(language=language)
    agent.wait(agent.window.found_drafts.isVisible)
    return agent


def only_draft(desk: FakeDesk) -> FoundDraft:
    (found,) = desk.open_drafts()
    return found


def test_found_dossier_goes_on_at_the_pages_with_everything_in_place(
    desk: FakeDesk, open_window: Opener, sheets: Sheets
) -> None:
    left_open(desk, sheets, "feuille", "facture")
    agent = offered(open_window)
    assert agent.says("Un dossier commencé a été retrouvé : 2\u00a0pages.")
    agent.press(Key.Key_Return)
    agent.wait(lambda: len(agent.deposit.pages.pages.entries) == 2)
    agent.wait(lambda: not agent.deposit.pages.is_busy())
    assert agent.deposit.step is Step.PAGES
    assert agent.deposit.pages.pages.marks() == MARKS
    assert not agent.window.found_drafts.isVisible()
    agent.press(Key.Key_F12)
    agent.wait(lambda: bool(agent.deposit.doubts()))  # a page of each is missing for dental care
    agent.press(Key.Key_Right, Key.Key_F12)
    agent.wait(agent.deposit.receipt.isVisible)
    (sent,) = desk.forms
    assert (sent.immatriculation, sent.id_type, sent.id_number) == (
        FORM.immatriculation,
        FORM.id_type,
        FORM.id_number,
    )
    assert (sent.beneficiary, sent.kind, sent.amount) == (FORM.beneficiary, FORM.kind, FORM.amount)
    assert desk.open_drafts() == ()


def test_half_typed_form_goes_on_at_the_first_step(
    desk: FakeDesk, open_window: Opener, sheets: Sheets
) -> None:
    left_open(desk, sheets, form=DepositForm(immatriculation="123456785", phone="0661234567"))
    agent = offered(open_window)
    agent.press(Key.Key_Return)
    agent.wait(lambda: not agent.deposit.pages.is_busy())
    assert agent.deposit.step is Step.INSURED
    assert agent.deposit.insured.form.phone.text() == "0661234567"
    assert not agent.deposit.insured.form.fields["amount"].verdict.is_wrong
    agent.deposit.insured.form.amount.setFocus()
    agent.type("12")
    agent.press(Key.Key_Tab)
    agent.wait(lambda: only_draft(desk).form.amount.startswith("12"))


def test_arabic_window_offers_in_arabic(
    desk: FakeDesk, open_window: Opener, sheets: Sheets
) -> None:
    left_open(desk, sheets, "feuille", "facture")
    agent = offered(open_window, Language.ARABIC)
    assert agent.says("عُثر على ملف لم يكتمل")


@pytest.mark.parametrize(
    ("keys", "reason"),
    [
        ((Key.Key_Delete, Key.Key_Delete), AbandonReason.CLIENT_TAKES_BACK),
        (
            (Key.Key_Delete, Key.Key_Right, Key.Key_Right, Key.Key_Return),
            AbandonReason.ENTERED_BY_MISTAKE,
        ),
    ],
)
def test_found_dossier_is_given_up_for_a_reason(
    desk: FakeDesk,
    open_window: Opener,
    sheets: Sheets,
    keys: tuple[Key, ...],
    reason: AbandonReason,
) -> None:
    left_open(desk, sheets, "feuille")
    agent = offered(open_window)
    agent.press(keys[0])
    agent.wait(lambda: agent.says("Le client reprend son dossier."))
    agent.press(*keys[1:])
    agent.wait(lambda: desk.reasons == [reason])
    agent.wait(lambda: not agent.window.found_drafts.isVisible())
    assert QApplication.focusWidget() is agent.deposit.insured.form.immatriculation


def test_escape_leaves_the_dossier_for_later(
    desk: FakeDesk, open_window: Opener, sheets: Sheets
) -> None:
    left_open(desk, sheets, "feuille")
    agent = offered(open_window)
    agent.press(Key.Key_Delete, Key.Key_Escape)
    assert agent.window.found_drafts.isVisible()
    agent.press(Key.Key_Escape)
    assert not agent.window.found_drafts.isVisible()
    agent.type("12")
    assert agent.deposit.insured.form.immatriculation.text() == "12"
    assert len(desk.open_drafts()) == 1


def test_second_dossier_is_offered_once_the_first_is_done(
    desk: FakeDesk, open_window: Opener, sheets: Sheets
) -> None:
    left_open(desk, sheets, "feuille")
    left_open(desk, sheets, "feuille", "facture")
    agent = offered(open_window)
    agent.press(Key.Key_Return)
    agent.wait(lambda: len(agent.deposit.pages.pages.entries) == 1)
    assert not agent.window.found_drafts.isVisible()
    agent.wait(lambda: not agent.deposit.pages.is_busy())
    agent.press(Key.Key_Escape, Key.Key_Escape, Key.Key_Delete)
    agent.wait(agent.window.found_drafts.isVisible)
    agent.wait(lambda: agent.says("2\u00a0pages"))


def test_lost_page_is_told_and_the_others_are_there(
    desk: FakeDesk, open_window: Opener, sheets: Sheets
) -> None:
    left_open(desk, sheets, "feuille", "facture")
    desk.lost_pages.add(1)
    agent = offered(open_window)
    agent.press(Key.Key_Return)
    agent.wait(lambda: not agent.deposit.pages.is_busy())
    assert [entry.page_id for entry in agent.deposit.pages.pages.entries] == [2]
    assert agent.says("feuille.jpg")


def test_dossier_that_cannot_be_given_up_now_stays_offered(
    desk: FakeDesk, open_window: Opener, sheets: Sheets
) -> None:
    left_open(desk, sheets, "feuille")
    desk.drop_faults.append(DiskFullFault("no room"))
    agent = offered(open_window)
    agent.press(Key.Key_Delete, Key.Key_Delete)
    agent.wait(lambda: not agent.says("Le client reprend son dossier."))
    assert agent.window.found_drafts.isVisible()
    assert len(desk.open_drafts()) == 1


def test_open_dossier_is_not_put_aside_for_a_found_one(
    desk: FakeDesk, open_window: Opener, sheets: Sheets
) -> None:
    left_open(desk, sheets, "feuille")
    agent = offered(open_window)
    agent.deposit.insured.form.immatriculation.setFocus()
    agent.type("123")
    agent.window.found_drafts.focus("resume")
    agent.press(Key.Key_Return)
    assert agent.says(acts.FINISH_FIRST.fr)
    assert agent.deposit.insured.form.immatriculation.text() == "123"


def test_field_that_is_left_is_kept(agent: Driver) -> None:
    agent.type("123456785")
    assert agent.desk.open_drafts() == ()
    agent.press(Key.Key_Return)
    agent.wait(lambda: len(agent.desk.open_drafts()) == 1)
    agent.wait(
        lambda: only_draft(agent.desk).form.immatriculation.replace("\xa0", "") == "123456785"
    )


def test_marks_and_pages_are_kept(agent: Driver, sheets: Sheets) -> None:
    agent.fill_insured()
    agent.import_file(sheets["feuille"])
    agent.type("3")
    agent.wait(lambda: dict(only_draft(agent.desk).marks) == {1: PieceKind.FACTURE})
    assert only_draft(agent.desk).form.group_id is not None


def test_words_that_cannot_be_kept_are_told_and_tried_again(agent: Driver) -> None:
    agent.desk.note_faults.append(DiskFullFault("no room"))
    agent.type("123456785")
    agent.press(Key.Key_Return)
    agent.wait(lambda: agent.deposit.insured._side.message.fr != "")
    agent.type("DA45210")
    agent.press(Key.Key_Return)
    agent.wait(lambda: only_draft(agent.desk).form.id_number != "")


def test_closing_leaves_the_dossier_to_be_found(agent: Driver, sheets: Sheets) -> None:
    agent.type("123456785")
    assert not agent.window.close()
    assert agent.says(acts.CLOSE_TEXT.fr)
    agent.wait(lambda: len(agent.desk.open_drafts()) == 1)
    agent.press(Key.Key_Right, Key.Key_Return)
    agent.wait(lambda: not agent.window.isVisible())
    assert agent.desk.reasons == []


def test_retake_replaces_in_the_same_draft_page(agent: Driver, sheets: Sheets) -> None:
    agent.fill_insured()
    agent.import_file(sheets["blurred"])
    agent.import_file(sheets["facture"])
    agent.press(Key.Key_Up)
    agent.press(Key.Key_F2)
    agent.take_file(sheets["feuille"])
    agent.wait(lambda: not agent.deposit.pages.pages.troubled())
    assert [entry.page_id for entry in agent.deposit.pages.pages.entries] == [1, 2]
    assert "drop" not in agent.desk.calls
    assert agent.desk.calls.count("replace_page") == 1
