"""Step 1: fields are judged when they are left, never while somebody types."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QComboBox, QLineEdit, QPushButton

from kiosk.domain.vocabulary import DossierKind, IdType
from kiosk.ui.i18n import texts
from kiosk.ui.i18n.faults import FAULT
from kiosk.ui.i18n.help import HELP
from kiosk.ui.i18n.tongue import Language
from kiosk.ui.judging import Tone
from kiosk.ui.screens.insured_form import InsuredForm
from tests.gui.conftest import Opener
from tests.gui.driver import Driver, Key


def _form(agent: Driver) -> InsuredForm:
    return agent.window.deposit.insured.form


def test_digits_are_grouped_and_counted_while_typing(agent: Driver) -> None:
    agent.type("12345678")
    assert _form(agent).immatriculation.text().split() == ["123", "456", "78"]
    assert agent.says("8 de 9 chiffres")
    assert _form(agent).fields["immatriculation"].verdict.tone is Tone.NEUTRAL


def test_eight_digits_are_refused_only_when_the_field_is_left(agent: Driver) -> None:
    agent.type("12345678")
    agent.press(Key.Key_Tab)
    verdict = _form(agent).fields["immatriculation"].verdict
    assert verdict.is_wrong
    assert agent.says("Il faut 9 chiffres. Relisez le numéro sur la carte.")


def test_wrong_key_asks_for_a_second_typing(agent: Driver) -> None:
    agent.type("101455267")
    agent.press(Key.Key_Return)
    form = _form(agent)
    assert form.fields["again"].isVisible()
    assert QApplication.focusWidget() is form.again
    agent.type("101455268")
    agent.press(Key.Key_Tab)
    assert form.fields["again"].verdict.words == texts.AGAIN_DIFFERENT
    form.fields["again"].focus()
    agent.type("101455267")
    agent.press(Key.Key_Tab)
    assert not form.fields["again"].verdict.is_wrong


@pytest.mark.parametrize("language", list(Language))
def test_empty_second_typing_is_asked_for_not_called_different(
    open_window: Opener, language: Language
) -> None:
    agent = open_window(language=language)
    agent.type("101455267")
    agent.press(Key.Key_Return, Key.Key_Tab)
    assert _form(agent).fields["again"].verdict.words == texts.AGAIN_MISSING
    assert agent.says(agent.window.tongue.say(texts.AGAIN_MISSING))


@pytest.mark.parametrize("key", [Key.Key_Tab, Key.Key_Backtab])
def test_tab_stops_only_where_the_focus_is_drawn(agent: Driver, key: Qt.Key) -> None:
    _form(agent).fields["beneficiary"].focus()
    stops = []
    for _ in range(20):
        agent.press(key)
        stops.append(QApplication.focusWidget())
    assert _form(agent).phone in stops
    drawn = (QLineEdit, QPushButton, QComboBox)  # those the style sheet gives a ring
    assert [stop for stop in stops if not isinstance(stop, drawn)] == []


def test_second_typing_goes_when_the_number_is_right_after_all(agent: Driver) -> None:
    agent.type("101455267")
    agent.press(Key.Key_Return)
    _form(agent).fields["immatriculation"].focus()
    agent.type("101455262")
    agent.press(Key.Key_Tab)
    assert not _form(agent).fields["again"].isVisible()


@pytest.mark.parametrize(
    ("language", "words"),
    [
        (Language.FRENCH, "Dans le délai : reste 40\u00a0jours"),
        (Language.ARABIC, "داخل الأجل: بقي \u206640\u2069 يوماً"),
    ],
)
def test_care_date_says_how_long_there_is(
    open_window: Opener, language: Language, words: str
) -> None:
    agent = open_window(language=language)
    _form(agent).fields["care_date"].focus()
    agent.type("02112026")
    agent.press(Key.Key_Tab)
    assert _form(agent).care_date.text() == "02/11/2026"
    assert agent.says(words)


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("", texts.DATE_MISSING),
        ("99992026", texts.DATE_SHAPE),
        ("24112026", texts.DATE_FUTURE),
        ("02111926", texts.DATE_LONG_AGO),
    ],
)
def test_wrong_dates_say_what_to_do(agent: Driver, typed: str, words: object) -> None:
    _form(agent).fields["care_date"].focus()
    agent.type(typed)
    agent.press(Key.Key_Tab)
    assert _form(agent).fields["care_date"].verdict.words == words


def test_late_care_warns_and_lets_go_on(agent: Driver) -> None:
    _form(agent).fields["care_date"].focus()
    agent.type("02082026")
    agent.press(Key.Key_Tab)
    verdict = _form(agent).fields["care_date"].verdict
    assert verdict.tone is Tone.ATTENTION
    assert not verdict.is_wrong


def test_end_of_treatment_belongs_to_long_illness(agent: Driver) -> None:
    form = _form(agent)
    assert not form.fields["end_date"].isVisible()
    form.fields["kind"].focus()
    agent.press(Key.Key_Right)
    assert form.kind.value() is DossierKind.ALD
    assert form.fields["end_date"].isVisible()


def test_arrows_choose_the_other_way_round_in_arabic(open_window: Opener) -> None:
    agent = open_window(language=Language.ARABIC)
    _form(agent).fields["kind"].focus()
    agent.press(Key.Key_Left)
    assert _form(agent).kind.value() is DossierKind.ALD


def test_no_document_asks_for_no_number(agent: Driver) -> None:
    form = _form(agent)
    form.document.setFocus()
    for _ in IdType:
        agent.press(Key.Key_Down)
    assert form.document.value() is IdType.NONE
    assert not form.id_number.isVisible()
    assert agent.says(texts.ID_NONE.fr)
    assert agent.window.deposit.insured.value().id_number == ""


def test_amount_is_shown_as_money_when_left(agent: Driver) -> None:
    _form(agent).fields["amount"].focus()
    agent.type("1234,5")
    agent.press(Key.Key_Tab)
    assert _form(agent).amount.text() == "1\u00a0234,50\u00a0DH"


def test_going_on_with_a_wrong_field_goes_to_it(agent: Driver) -> None:
    _form(agent).fields["depositor"].focus()
    agent.press(Key.Key_Return)
    assert agent.window.deposit.insured.isVisible()
    assert QApplication.focusWidget() is _form(agent).immatriculation
    assert agent.says("À corriger : Immatriculation (CNSS)")


def test_f1_helps_with_the_field_that_has_the_focus(agent: Driver) -> None:
    agent.press(Key.Key_F1)
    assert agent.says(HELP["immatriculation"].fr)
    _form(agent).fields["amount"].focus()
    assert agent.says(HELP["amount"].fr)
    agent.press(Key.Key_F1)
    assert not agent.says(HELP["amount"].fr)


def test_arabic_digits_are_taken_as_digits(agent: Driver) -> None:
    event = QKeyEvent(QKeyEvent.Type.KeyPress, 0, Qt.KeyboardModifier.NoModifier, "١")
    QApplication.sendEvent(_form(agent).immatriculation, event)
    assert _form(agent).immatriculation.text() == "1"


def test_fault_words_are_those_of_the_table(agent: Driver) -> None:
    agent.type("100000000")
    agent.press(Key.Key_Tab)
    expected = next(words for (_, fault), words in FAULT.items() if fault == "placeholder")
    assert _form(agent).fields["immatriculation"].verdict.words == expected
