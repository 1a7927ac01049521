"""What waits, the connectivity pill, and sending now."""

from dataclasses import replace
from datetime import date, timedelta
from functools import partial

import pytest
from PySide6.QtGui import QImage

from kiosk.domain.errors import DeviceUnavailableError, ErrorCode, WaslError
from kiosk.domain.views import QUEUE_PAGE, Returned
from kiosk.domain.vocabulary import DepositState, DossierKind, HeldReason, PieceKind, Stage
from kiosk.domain.words import Words
from kiosk.ui.i18n import acts, texts
from kiosk.ui.i18n.faults import ERROR
from kiosk.ui.i18n.tongue import Language
from kiosk.ui.widgets.frame import pill_words
from kiosk.ui.widgets.queue_table import QueueTable, state_words
from kiosk.ui.workers import Glance
from tests.fakes.desk import FakeDesk
from tests.fakes.line import FakeLine
from tests.fakes.queue import make_row
from tests.gui.conftest import Opener
from tests.gui.driver import Driver, Key


class OfflineError(WaslError):
    """The line is down."""

    code = ErrorCode.OFFLINE


def fourteen_waiting(desk: FakeDesk) -> None:
    """Put 14 deposits in the queue, the oldest 2 h 10 ago."""
    old = desk.now - timedelta(hours=2, minutes=10)
    desk.rows = [make_row(f"C0417A-{n:06d}", desk.now - timedelta(minutes=n)) for n in range(13)]
    desk.rows.append(make_row("C0417A-000900", old))


@pytest.mark.parametrize(
    ("language", "words"),
    [
        (Language.FRENCH, "Hors ligne · 14 en attente · 2\u00a0h\u00a010"),
        (Language.ARABIC, "غير متصل · \u206614\u2069 في الانتظار"),
    ],
)
def test_pill_tells_how_many_wait_and_how_long(
    open_window: Opener, desk: FakeDesk, line: FakeLine, language: Language, words: str
) -> None:
    fourteen_waiting(desk)
    line.is_up = False
    agent = open_window(language=language)
    agent.wait(lambda: agent.says(words))


def test_pill_is_never_without_words(desk: FakeDesk) -> None:
    empty = Glance(queue=desk.queue(), is_online=None, last_exchange_at=None, disk=None)
    fourteen_waiting(desk)
    full = replace(empty, queue=desk.queue())
    said = [pill_words(None)]
    for glance in (empty, full):
        said += [pill_words(replace(glance, is_online=online)) for online in (None, True, False)]
    assert all(words.fr and words.ar for words, _ in said)


def test_held_deposit_shows_before_everything_else(
    open_window: Opener, desk: FakeDesk, line: FakeLine
) -> None:
    fourteen_waiting(desk)
    desk.rows[2] = replace(
        desk.rows[2], state=DepositState.HELD, held_reason=HeldReason.BUNDLE_DAMAGED
    )
    agent = open_window()
    agent.wait(lambda: agent.says("À traiter · 1"))
    agent.press(Key.Key_F6)
    agent.wait(lambda: agent.says(acts.HELD_NOTE.fr))


def test_f5_sends_and_says_so_once_the_queue_is_empty(
    open_window: Opener, desk: FakeDesk, line: FakeLine
) -> None:
    fourteen_waiting(desk)
    agent = open_window()
    agent.press(Key.Key_F6)
    line.delay_s = 0.2
    agent.press(Key.Key_F5)
    agent.wait(lambda: agent.says(acts.SENDING.fr))
    agent.wait(lambda: agent.says(acts.SENT_ALL.fr))
    agent.wait(lambda: agent.says("En ligne · tout est envoyé"))


def test_sending_without_a_line_does_not_say_success(
    open_window: Opener, desk: FakeDesk, line: FakeLine
) -> None:
    fourteen_waiting(desk)
    line.is_up = False
    agent = open_window()
    agent.press(Key.Key_F6)
    agent.press(Key.Key_F5)
    agent.wait(lambda: agent.says("14 en attente : nouvel essai automatique."))
    assert not agent.says(acts.SENT_ALL.fr)


def test_failed_sending_says_what_to_do(
    open_window: Opener, desk: FakeDesk, line: FakeLine
) -> None:
    line.faults.append(OfflineError("refused"))
    agent = open_window()
    agent.press(Key.Key_F6, Key.Key_F5)
    agent.wait(lambda: agent.says(ERROR[ErrorCode.OFFLINE].fr))


def test_escape_comes_back_to_the_deposit_as_it_was(agent: Driver) -> None:
    agent.type("12345")
    agent.press(Key.Key_F6)
    assert agent.window.to_send.isVisible()
    agent.press(Key.Key_Escape)
    assert agent.window.deposit.insured.isVisible()
    assert agent.window.deposit.insured.form.immatriculation.text() != ""


def test_states_are_told_with_their_reason(desk: FakeDesk) -> None:
    row = make_row("C0417A-000131", desk.now)
    waiting = state_words(replace(row, last_error="timeout", attempts=2), desk.now)
    assert waiting[0].fr == "En attente · la CNSS ne répond pas à temps"
    unknown = state_words(replace(row, last_error="never heard of"), desk.now)
    assert unknown[0].fr == "En attente · nouvel essai prévu"
    there = replace(
        row,
        state=DepositState.ACKNOWLEDGED,
        stage=Stage.COPY_RECEIVED,
        acknowledged_at=desk.now,
    )
    assert state_words(there, desk.now)[0].fr.startswith("Copie reçue par la CNSS ")
    back = replace(there, stage=Stage.RETURNED)
    assert state_words(back, desk.now)[0].fr == "Retourné : à compléter"


def test_queue_of_a_bad_fortnight_shows_at_once(
    open_window: Opener, desk: FakeDesk, line: FakeLine
) -> None:
    desk.rows = [
        make_row(f"C0417A-{n:06d}", desk.now - timedelta(minutes=n), DossierKind.ALD)
        for n in range(2_700)
    ]
    agent = open_window()
    agent.press(Key.Key_F6)
    agent.wait(lambda: agent.says("2\u00a0700"))
    assert isinstance(agent.window.grab().toImage(), QImage)


def test_queue_that_cannot_be_read_is_told_and_comes_back(
    open_window: Opener, desk: FakeDesk
) -> None:
    agent = open_window()
    agent.wait(lambda: "queue" in desk.calls)
    desk.queue_faults.append(DeviceUnavailableError("disk went away"))
    agent.tasks.look.emit()
    agent.wait(agent.window.trouble.isVisible)
    assert agent.says(acts.UNREADABLE_QUEUE.fr)
    agent.tasks.look.emit()
    agent.wait(lambda: not agent.window.trouble.isVisible())


@pytest.mark.parametrize("language", list(Language))
def test_nothing_is_stated_of_a_queue_that_cannot_be_read(
    open_window: Opener, desk: FakeDesk, language: Language
) -> None:
    agent = open_window(language=language)
    say = agent.window.tongue.say
    agent.press(Key.Key_F6)
    agent.wait(lambda: agent.says(say(acts.NOTHING_WAITS)) and agent.says(say(acts.NO_DEPOSITS)))
    desk.queue_faults += [DeviceUnavailableError("disk went away")] * 3
    agent.tasks.look.emit()
    agent.wait(agent.window.trouble.isVisible)
    shown = agent.visible_texts(agent.window.to_send)
    assert sum(say(acts.UNKNOWN) in text for text in shown) == 4
    assert agent.says(say(texts.STATE_UNKNOWN))
    facts = (acts.NOTHING_WAITS, acts.HELD_NONE, acts.NO_DEPOSITS, texts.ONLINE_ALL_SENT)
    assert [fact for fact in facts if agent.says(say(fact))] == []
    desk.queue_faults.clear()
    agent.tasks.look.emit()
    agent.wait(lambda: agent.says(say(acts.NOTHING_WAITS)) and agent.says(say(acts.NO_DEPOSITS)))


def _has_rows(table: QueueTable, wanted: int) -> bool:
    return table.model().rowCount() == wanted


def test_older_rows_come_as_one_scrolls_and_none_before(
    open_window: Opener, desk: FakeDesk, line: FakeLine
) -> None:
    line.is_up = False
    desk.rows = [
        make_row(f"C0417A-{n:06d}", desk.now - timedelta(minutes=n), DossierKind.ALD)
        for n in range(100)
    ]
    agent = open_window()
    agent.wait(lambda: agent.says("Hors ligne · 100 en attente · 1\u00a0h\u00a039"))
    table = agent.window.to_send.table
    assert table.model().rowCount() == 0
    agent.press(Key.Key_F6)
    agent.wait(lambda: table.model().rowCount() == QUEUE_PAGE)
    table.selectRow(3)
    for wanted in (2 * QUEUE_PAGE, 3 * QUEUE_PAGE, 100):
        table.scrollToBottom()
        agent.wait(partial(_has_rows, table, wanted))
    assert [index.row() for index in table.selectionModel().selectedRows()] == [3]


RETURNED = Returned(
    why=Words("Pièce manquante : Ordonnance.", "وثيقة ناقصة: وصفة طبية."),
    pieces_to_bring=(PieceKind.ORDONNANCE, PieceKind.FACTURE),
    last_day=date(2026, 12, 31),
)


@pytest.mark.parametrize(
    ("language", "parts"),
    [
        (Language.FRENCH, ("Pièce manquante : Ordonnance.", "Ordonnance, Facture", "31/12/2026")),
        (Language.ARABIC, ("وثيقة ناقصة: وصفة طبية.", "وصفة طبية، فاتورة", "31/12/2026")),
    ],
)
def test_returned_dossier_is_told_with_all_that_has_to_be_brought(
    open_window: Opener, desk: FakeDesk, language: Language, parts: tuple[str, ...]
) -> None:
    desk.rows = [
        replace(
            make_row(f"C0417A-{n:06d}", desk.now - timedelta(minutes=n)),
            state=DepositState.ACKNOWLEDGED,
            stage=Stage.RETURNED if n == 3 else Stage.IN_REVIEW,
            returned=RETURNED if n == 3 else None,
        )
        for n in range(5)
    ]
    agent = open_window(language=language)
    agent.press(Key.Key_F6)
    label = agent.window.to_send._returned
    agent.wait(label.isVisible)
    assert "C0417A-000003" in label.text()
    assert all(part in label.text() for part in parts)


def test_returned_and_lost_are_not_told_as_if_all_were_well(desk: FakeDesk) -> None:
    row = replace(make_row("C0417A-000131", desk.now), state=DepositState.ACKNOWLEDGED)
    tones = {
        stage: state_words(replace(row, stage=stage), desk.now)[1]
        for stage in (Stage.RETURNED, Stage.LOST, Stage.DAMAGED, Stage.SETTLED)
    }
    assert list(tones.values()) == ["attention", "wrong", "wrong", "ok"]


def test_message_of_the_cnss_is_shown_whatever_the_agent_does(
    open_window: Opener, desk: FakeDesk
) -> None:
    desk.messages = (Words("Fermé le 30.", "مغلق يوم 30."),)
    agent = open_window()
    agent.wait(agent.window.messages.isVisible)
    assert agent.window.messages.text() == "Fermé le 30."
    desk.messages = ()
    agent.press(Key.Key_F6)
    agent.wait(lambda: not agent.window.messages.isVisible())
