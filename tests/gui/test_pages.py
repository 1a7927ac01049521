"""Step 2: pages come, are judged, turned, named, taken again."""

import os
import shutil
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication

from kiosk.domain.vocabulary import PieceKind
from kiosk.ui.dossier_pages import DossierPages
from kiosk.ui.i18n import acts
from kiosk.ui.i18n.faults import ERROR
from kiosk.ui.i18n.tongue import Language
from kiosk.ui.screens.pages import PagesScreen
from kiosk.ui.widgets.file_picker import FilePicker
from tests.fakes.desk import FakeDesk
from tests.gui.conftest import Opener
from tests.gui.driver import Driver, Key

Sheets = dict[str, Path]


@pytest.fixture
def at_pages(agent: Driver) -> Driver:
    agent.fill_insured()
    return agent


def _screen(agent: Driver) -> PagesScreen:
    return agent.window.deposit.pages


def _pages(agent: Driver) -> DossierPages:
    return _screen(agent).pages


@pytest.mark.parametrize("language", list(Language))
def test_damaged_file_is_told_in_words_and_the_others_stay(
    open_window: Opener, sheets: Sheets, language: Language
) -> None:
    agent = open_window(language=language)
    agent.fill_insured()
    agent.import_file(sheets["feuille"])
    agent.import_file(sheets["truncated"])
    words = ERROR["unreadable_file"]
    agent.wait(lambda: agent.says(words.fr if language is Language.FRENCH else words.ar))
    assert agent.says("truncated.jpg")
    assert len(_pages(agent).entries) == 1


def test_fault_stays_readable_while_the_next_file_comes(at_pages: Driver, sheets: Sheets) -> None:
    at_pages.press(Key.Key_F4)
    _screen(at_pages).picker.hide()
    _screen(at_pages).picker.picked.emit((sheets["truncated"], sheets["feuille"]))
    at_pages.wait(lambda: len(_pages(at_pages).entries) == 1 and not _screen(at_pages).is_busy())
    assert ERROR["unreadable_file"].fr in _screen(at_pages).message.fr


def test_coming_pages_are_told_in_words(at_pages: Driver, desk: FakeDesk, sheets: Sheets) -> None:
    desk.delay_s = 0.3
    at_pages.press(Key.Key_F4)
    at_pages.wait(_screen(at_pages).picker.isVisible)
    at_pages.type(str(sheets["feuille"]))
    at_pages.press(Key.Key_Return)
    at_pages.wait(lambda: at_pages.says("Lecture de feuille.jpg"))
    at_pages.press(Key.Key_F12)
    assert not desk.forms
    at_pages.wait(lambda: not _screen(at_pages).is_busy())
    assert not at_pages.says("Lecture de")


def test_blurred_page_is_explained_and_kept_by_g(at_pages: Driver, sheets: Sheets) -> None:
    at_pages.import_file(sheets["blurred"])
    assert at_pages.says("Page floue.")
    assert at_pages.says("Reposez à plat et reprenez.")
    at_pages.type("g")
    at_pages.wait(lambda: not _pages(at_pages).troubled())
    assert at_pages.says(acts.KEPT.fr)
    assert not at_pages.says("Page floue.")


def test_f2_on_a_blurred_page_puts_the_new_one_in_its_place(
    at_pages: Driver, sheets: Sheets
) -> None:
    at_pages.import_file(sheets["feuille"])
    at_pages.import_file(sheets["blurred"])
    at_pages.press(Key.Key_Down)
    at_pages.type("3")
    at_pages.press(Key.Key_F2)
    at_pages.take_file(sheets["facture"])
    at_pages.wait(lambda: not _pages(at_pages).troubled() and len(_pages(at_pages).entries) == 2)
    assert _pages(at_pages).kinds() == (PieceKind.FEUILLE_DE_SOINS, PieceKind.FACTURE)


def test_failed_retake_leaves_the_page_there(at_pages: Driver, sheets: Sheets) -> None:
    at_pages.import_file(sheets["blurred"])
    at_pages.press(Key.Key_F2)
    at_pages.take_file(sheets["truncated"])
    assert len(_pages(at_pages).entries) == 1


def test_r_turns_the_page(at_pages: Driver, sheets: Sheets) -> None:
    at_pages.import_file(sheets["feuille"])
    at_pages.type("r")
    at_pages.wait(lambda: _pages(at_pages).entries[0].page.rotated_deg == 90)


def test_delete_removes_the_page(at_pages: Driver, sheets: Sheets) -> None:
    at_pages.import_file(sheets["feuille"])
    at_pages.press(Key.Key_Delete)
    at_pages.wait(lambda: not _pages(at_pages).entries)
    assert at_pages.says(acts.NO_PAGES.fr)


def test_z_puts_the_removed_page_back_with_its_piece(at_pages: Driver, sheets: Sheets) -> None:
    for digit, name in enumerate(("feuille", "ordonnance"), 1):
        at_pages.import_file(sheets[name])
        at_pages.type(str(digit))
    before = _pages(at_pages)
    at_pages.press(Key.Key_Up, Key.Key_Delete)
    at_pages.wait(lambda: len(_pages(at_pages).entries) == 1)
    assert at_pages.says("Page 1 retirée. Z la remet.")
    at_pages.type("z")
    at_pages.wait(lambda: _pages(at_pages) == before)
    assert not at_pages.says("Z la remet")
    at_pages.type("z")  # there is nothing more to put back
    assert at_pages.desk.calls.count("put_back") == 1


def test_n_goes_to_the_page_to_take_again(at_pages: Driver, sheets: Sheets) -> None:
    at_pages.import_file(sheets["blurred"])
    at_pages.import_file(sheets["feuille"])
    at_pages.press(Key.Key_Down)
    at_pages.type("n")
    assert _screen(at_pages).list.current == _pages(at_pages).entries[0].page_id


def test_c_makes_a_page_continue_the_piece_before(at_pages: Driver, sheets: Sheets) -> None:
    at_pages.import_file(sheets["feuille"])
    at_pages.import_file(sheets["ordonnance"])
    at_pages.press(Key.Key_Down)
    at_pages.type("2")
    assert len(_pages(at_pages).pieces()) == 2
    at_pages.type("c")
    assert len(_pages(at_pages).pieces()) == 1


@pytest.mark.parametrize(("char", "kind"), [("é", "ordonnance"), ("à", "autre"), ("٣", "facture")])
def test_digits_of_french_and_arabic_keyboards_name_the_piece(
    at_pages: Driver, sheets: Sheets, char: str, kind: str
) -> None:
    at_pages.import_file(sheets["feuille"])
    event = QKeyEvent(QKeyEvent.Type.KeyPress, 0, Qt.KeyboardModifier.NoModifier, char)
    QApplication.sendEvent(_screen(at_pages).list, event)
    assert _pages(at_pages).kinds() == (PieceKind(kind),)


def test_enter_goes_through_the_pages_to_the_button(at_pages: Driver, sheets: Sheets) -> None:
    for name in ("feuille", "ordonnance"):
        at_pages.import_file(sheets[name])
    at_pages.press(Key.Key_Up, Key.Key_Return)
    assert _screen(at_pages).list.current == _pages(at_pages).entries[1].page_id
    at_pages.press(Key.Key_Return)
    assert QApplication.focusWidget() is not _screen(at_pages).list


def test_checklist_follows_the_pages(at_pages: Driver, sheets: Sheets) -> None:
    at_pages.import_file(sheets["feuille"])
    texts = at_pages.visible_texts(_screen(at_pages).card)
    assert texts.count(acts.PRESENT.fr) == 1
    assert texts.count(acts.MISSING.fr) == 2
    assert texts.count(acts.IF_PRESCRIBED.fr) == 2


def test_no_scanner_means_no_word_of_scanning(at_pages: Driver) -> None:
    assert at_pages.says(acts.ADD_PAGES.fr)
    assert not at_pages.says("+ Page")


def test_picker_lists_the_newest_first_and_takes_several(at_pages: Driver, sheets: Sheets) -> None:
    at_pages.press(Key.Key_F4)
    at_pages.type(str(sheets["feuille"].parent))
    at_pages.press(Key.Key_Return)
    picker = _screen(at_pages).picker
    at_pages.wait(lambda: picker.count() == len(sheets) + 1)
    at_pages.press(Key.Key_Down, Key.Key_Down, Key.Key_Space, Key.Key_Down, Key.Key_Space)
    at_pages.press(Key.Key_Return)
    at_pages.wait(lambda: not picker.isVisible() and not _screen(at_pages).is_busy())
    assert len(_pages(at_pages).entries) + bool(_screen(at_pages).message.fr) == 2


def _three_files(agent: Driver, sheets: Sheets, folder: Path) -> FilePicker:
    """List three copies of one age: their names alone tell which page comes first."""
    for name in ("3-resultat.jpg", "1-feuille.jpg", "2-facture.jpg"):
        shutil.copyfile(sheets["facture"], folder / name)
        os.utime(folder / name, (1_790_000_000, 1_790_000_000))
    agent.press(Key.Key_F4)
    agent.type(str(folder))
    agent.press(Key.Key_Return)
    picker = _screen(agent).picker
    agent.wait(lambda: picker.count() == 4)
    return picker


def test_ticked_files_come_by_name(at_pages: Driver, sheets: Sheets, tmp_path: Path) -> None:
    picker = _three_files(at_pages, sheets, tmp_path)
    assert [line.split()[1][1:2] for line in picker.lines()[1:]] == ["1", "2", "3"]
    os.utime(tmp_path / "3-resultat.jpg", (1_790_000_060, 1_790_000_060))
    at_pages.press(Key.Key_Return)
    at_pages.wait(lambda: "3-resultat" in picker.lines()[1])
    at_pages.press(Key.Key_Down)
    for _ in range(3):
        at_pages.press(Key.Key_Down, Key.Key_Space)
    with at_pages.qtbot.waitSignal(picker.picked) as picked:
        at_pages.press(Key.Key_Return)
    names = [file.name for file in picked.args[0]]
    assert names == ["1-feuille.jpg", "2-facture.jpg", "3-resultat.jpg"]


@pytest.mark.parametrize(
    ("language", "words"), [(Language.FRENCH, "2\u00a0choisis"), (Language.ARABIC, "ملفان مختاران")]
)
def test_ticks_are_drawn_and_counted(
    open_window: Opener, sheets: Sheets, tmp_path: Path, language: Language, words: str
) -> None:
    agent = open_window(language=language)
    agent.fill_insured()
    picker = _three_files(agent, sheets, tmp_path)
    assert [line[0] for line in picker.lines()] == ["↑", "☐", "☐", "☐"]
    agent.press(Key.Key_Down, Key.Key_Down, Key.Key_Space, Key.Key_Down, Key.Key_Space)
    assert [line[0] for line in picker.lines()] == ["↑", "☑", "☑", "☐"]
    assert agent.says(words)


def test_picker_speaks_the_language_switched_to(
    at_pages: Driver, sheets: Sheets, tmp_path: Path
) -> None:
    picker = _three_files(at_pages, sheets, tmp_path)
    at_pages.press(Key.Key_Down, Key.Key_Down, Key.Key_Space)
    at_pages.press(Key.Key_L, modifier=Qt.KeyboardModifier.ControlModifier)
    assert acts.PICKER_UP.ar in picker.lines()[0]
    assert not any("Ko" in line for line in picker.lines())
    assert picker.lines()[1].startswith("☑")
    assert at_pages.says("ملف واحد مختار")


def test_wrong_path_is_told_and_can_be_corrected(at_pages: Driver, tmp_path: Path) -> None:
    at_pages.press(Key.Key_F4)
    at_pages.type(str(tmp_path / "nowhere"))
    at_pages.press(Key.Key_Return)
    at_pages.wait(lambda: at_pages.says(acts.PICKER_NO_FOLDER.fr))
    at_pages.press(Key.Key_Escape)
    assert not _screen(at_pages).picker.isVisible()


def test_nothing_opens_a_window_of_its_own(at_pages: Driver, sheets: Sheets) -> None:
    at_pages.import_file(sheets["blurred"])
    shown = [widget for widget in QApplication.topLevelWidgets() if widget.isVisible()]
    assert shown == [at_pages.window]
