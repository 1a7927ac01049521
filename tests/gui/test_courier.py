"""The stick, from where one looks at what waits, by keyboard, in both languages."""

from dataclasses import replace
from pathlib import Path

import pytest

from kiosk.domain.errors import (
    ErrorCode,
    NoCourierError,
    StickError,
    StickFullError,
    StickGoneError,
    StickReadOnlyError,
    StickUnreliableError,
    WaslError,
)
from kiosk.ui.i18n import courier as words
from kiosk.ui.i18n.faults import ERROR
from kiosk.ui.i18n.tongue import Language
from tests.fakes.courier import FakeCourier
from tests.gui.conftest import Opener
from tests.gui.driver import Driver, Key
from tests.gui.test_fit import SMALL, cut_texts, overlapping

STICK = Path("/media/cle")


class RevokedError(WaslError):
    """The central has shut this device out."""

    code = ErrorCode.REVOKED


def _opened(agent: Driver) -> Driver:
    agent.press(Key.Key_F6)
    agent.press(Key.Key_F4)
    assert agent.window.to_send.stick.isVisible()
    return agent


def _said(agent: Driver) -> str:
    return agent.window.to_send.stick.message.fr


def _typed(agent: Driver) -> Driver:
    _opened(agent)
    agent.type(str(STICK))
    return agent


def test_export_by_keyboard_tells_what_lies_on_the_stick(
    agent: Driver, courier: FakeCourier
) -> None:
    _typed(agent).press(Key.Key_Return)
    agent.wait(lambda: "12" in _said(agent))
    assert courier.places == [("export", STICK)]
    assert _said(agent) == "Sur la clé, relu : 12\u00a0dossiers. Confiez-la au coursier."


def test_import_by_keyboard_tells_confirmations(agent: Driver, courier: FakeCourier) -> None:
    _typed(agent).press(Key.Key_F3)
    agent.wait(lambda: "12" in _said(agent))
    assert courier.places == [("take_in", STICK)]
    courier.imported = replace(courier.imported, waiting=2, line_failed=True)
    agent.press(Key.Key_F3)
    agent.wait(lambda: _said(agent).startswith("Pas de réseau : 2"))
    courier.imported = replace(courier.imported, refused=(("x.wasl", "damaged"),))
    agent.press(Key.Key_F3)
    agent.wait(lambda: _said(agent).startswith("1 fichiers"))


def test_without_a_place_nothing_is_asked(agent: Driver, courier: FakeCourier) -> None:
    _opened(agent)
    agent.press(Key.Key_Return)
    assert _said(agent) == words.NO_PLACE.fr
    assert courier.places == []
    agent.press(Key.Key_Escape)
    assert not agent.window.to_send.stick.isVisible()
    assert agent.window.to_send.isVisible()


def test_nothing_to_carry_and_damaged_bundles_are_told(agent: Driver, courier: FakeCourier) -> None:
    courier.exported = replace(courier.exported, deposits=0, events=0)
    _typed(agent).press(Key.Key_Return)
    agent.wait(lambda: _said(agent) == words.NOTHING.fr)
    courier.exported = replace(courier.exported, deposits=1, damaged=("C0417A-000131-39",))
    agent.press(Key.Key_Return)
    agent.wait(lambda: "À traiter" in _said(agent))
    courier.exported = replace(courier.exported, deposits=10_000, damaged=(), left_here=212)
    agent.press(Key.Key_Return)
    agent.wait(lambda: "212 restent ici" in _said(agent))


@pytest.mark.parametrize(
    "fault",
    [
        StickFullError("full", needed_bytes=5_000_000, free_bytes=1_000_000),
        StickReadOnlyError("read-only"),
        StickGoneError("gone"),
        StickUnreliableError("forgetful"),
        NoCourierError("nothing"),
    ],
    ids=lambda fault: fault.fault.value,
)
def test_each_fault_says_what_to_do(agent: Driver, courier: FakeCourier, fault: StickError) -> None:
    courier.faults.append(fault)
    _typed(agent).press(Key.Key_Return)
    begins = words.FAULT[fault.fault].fr.split("{")[0]
    agent.wait(lambda: _said(agent).startswith(begins))
    assert "{" not in _said(agent)
    agent.press(Key.Key_Return)
    agent.wait(lambda: "12" in _said(agent))


def test_other_errors_have_their_words(agent: Driver, courier: FakeCourier) -> None:
    courier.faults.append(RevokedError("shut out"))
    _typed(agent).press(Key.Key_F3)
    agent.wait(lambda: _said(agent) == ERROR[ErrorCode.REVOKED].fr)


@pytest.mark.parametrize("language", list(Language))
def test_nothing_is_cut_on_the_smallest_screen(
    open_window: Opener, courier: FakeCourier, language: Language
) -> None:
    agent = open_window(language=language, size=SMALL)
    courier.faults.append(StickFullError("full", needed_bytes=5_000_000, free_bytes=1_000_000))
    _typed(agent).press(Key.Key_Return)
    agent.wait(lambda: "5" in _said(agent))
    # The bar at the top may just be finding room for what the line says now.
    agent.wait(lambda: cut_texts(agent.window) == [])
    assert overlapping(agent.window) == []
