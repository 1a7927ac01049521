"""Before enrolment the window offers enrolment only."""

from pathlib import Path

import pytest

from kiosk.domain.errors import ErrorCode, WaslError
from kiosk.ui.i18n import texts
from kiosk.ui.i18n.faults import ERROR, UNEXPECTED
from kiosk.ui.i18n.tongue import Language
from tests.fakes.desk import FakeDesk
from tests.fakes.line import FakeLine
from tests.gui.conftest import Opener
from tests.gui.driver import Driver, Key

URL = "https://central.example.ma"


class RefusedError(WaslError):
    """The central said no."""

    code = ErrorCode.REFUSED


@pytest.fixture
def ca_file(tmp_path: Path) -> Path:
    file = tmp_path / "ca.pem"
    file.write_text("-----BEGIN CERTIFICATE-----\n")
    return file


@pytest.fixture
def stranger(desk: FakeDesk, open_window: Opener) -> Driver:
    desk.identity_known = None
    return open_window()


def _fill(agent: Driver, ca_file: Path) -> None:
    agent.type("ABCD-EFGH")
    agent.press(Key.Key_Return)
    agent.type(URL)
    agent.press(Key.Key_Return)
    agent.type(str(ca_file))
    agent.press(Key.Key_Return)


def test_unknown_kiosk_offers_enrolment_only(stranger: Driver) -> None:
    assert stranger.window.enrolment.isVisible()
    stranger.press(Key.Key_F6)
    assert stranger.window.enrolment.isVisible()
    assert not stranger.says(texts.TO_SEND.fr)


def test_enrolment_by_keyboard_opens_the_deposit(
    stranger: Driver, line: FakeLine, ca_file: Path
) -> None:
    _fill(stranger, ca_file)
    stranger.wait(stranger.window.deposit.isVisible)
    assert line.enrolments == [("ABCD-EFGH", URL, ca_file)]
    assert stranger.says("Cash Plus — Azrou Centre")


def test_text_of_a_qr_is_enough(stranger: Driver, line: FakeLine) -> None:
    text = "HTTPS://CENTRAL.EXAMPLE.MA/E/ABCD-EFGH/" + "A" * 52
    stranger.type(text)
    stranger.press(Key.Key_Return)
    stranger.wait(stranger.window.deposit.isVisible)
    assert [told[:2] for told in line.enrolments] == [(text, "")]


def test_slow_enrolment_is_told_in_words_and_asked_once(
    stranger: Driver, line: FakeLine, ca_file: Path
) -> None:
    line.delay_s = 0.3
    _fill(stranger, ca_file)
    stranger.press(Key.Key_Return)
    assert stranger.says(texts.ENROLLING.fr)
    stranger.wait(stranger.window.deposit.isVisible)
    assert len(line.enrolments) == 1


def test_refused_enrolment_says_what_to_do_and_can_be_tried_again(
    stranger: Driver, line: FakeLine, ca_file: Path
) -> None:
    line.faults.append(RefusedError("code used up"))
    _fill(stranger, ca_file)
    stranger.wait(lambda: stranger.says(ERROR[ErrorCode.REFUSED].fr))
    stranger.press(Key.Key_Return)
    stranger.wait(stranger.window.deposit.isVisible)


def test_fields_say_what_is_missing(stranger: Driver) -> None:
    stranger.press(Key.Key_Return)
    stranger.type("http://plain.example")
    stranger.press(Key.Key_Return, Key.Key_Return)
    assert stranger.says(texts.ENROL_CODE_MISSING.fr)
    assert stranger.says(texts.ENROL_URL_WRONG.fr)
    assert stranger.says(texts.ENROL_CA_MISSING.fr)


def test_f4_chooses_the_trust_file(stranger: Driver, ca_file: Path) -> None:
    stranger.press(Key.Key_F4)
    stranger.type(str(ca_file))
    stranger.press(Key.Key_Return)
    stranger.wait(lambda: stranger.says("Enrôler ce poste"))
    stranger.press(Key.Key_Return)
    assert not stranger.says(texts.ENROL_CA_MISSING.fr)


def test_enrolment_speaks_arabic(desk: FakeDesk, open_window: Opener) -> None:
    desk.identity_known = None
    agent = open_window(language=Language.ARABIC)
    assert agent.says("تسجيل هذا الجهاز")


def test_bug_behind_a_port_is_told_and_logged_without_its_message(
    desk: FakeDesk,
    open_window: Opener,
    line: FakeLine,
    ca_file: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    desk.identity_known = None
    line.bugs.append(KeyError("123456785"))
    agent = open_window()
    _fill(agent, ca_file)
    agent.wait(lambda: agent.says(UNEXPECTED.fr))
    assert "KeyError" in caplog.text
    assert "123456785" not in caplog.text
