"""The counter's settings on the real desk: written whole, journalled by name, asked of two."""

from dataclasses import replace
from pathlib import Path

import pytest

from kiosk.desk.agents import answer_challenge
from kiosk.domain.agents import Actor, ForbiddenError, Role
from kiosk.domain.errors import InvalidInputError
from kiosk.settings import changed_text, read_settings
from kiosk.staff import WindowSettingsFile, WindowStaff
from kiosk.store import journal
from kiosk.store.errors import DiskFullError, ReadOnlyError
from tests.contracts.settings_contract import SettingsBench, SettingsContract
from tests.enrolled import EnrolledKiosk
from tests.store.mounts import read_only

PIN = "90213"
SUPERVISOR = Actor(name="karim", role=Role.SUPERVISOR)


@pytest.fixture
def staffed(kiosk: EnrolledKiosk) -> EnrolledKiosk:
    agents = kiosk.desk.agents
    technician = Actor(name="technician", role=None)
    agents.add(technician, "karim", Role.SUPERVISOR, PIN)
    agents.add(SUPERVISOR, "amina", Role.AGENT, "4821")
    return kiosk


class TestSettingsFile(SettingsContract):
    @pytest.fixture
    def bench(self, kiosk: EnrolledKiosk) -> SettingsBench:
        agents = kiosk.desk.agents
        added = agents.add(Actor(name="technician", role=None), "karim", Role.SUPERVISOR, PIN)
        agents.add(SUPERVISOR, "amina", Role.AGENT, "4821")
        staff = WindowStaff(kiosk.desk)
        staff.sign_in("amina", "4821")
        seed = added.seed or ""
        return SettingsBench(
            desk=WindowSettingsFile(kiosk.desk, staff),
            pin=PIN,
            code_for=lambda challenge: answer_challenge(seed, challenge)[1],
        )


def last_entry(kiosk: EnrolledKiosk) -> tuple[str, str, str]:
    connection = kiosk.store.db.conn
    query = "SELECT act, agent, reason FROM journal ORDER BY entry DESC LIMIT 1"
    act, agent, reason = connection.execute(query).fetchone()
    return act, agent, reason


def test_change_is_journalled_by_names_without_values(staffed: EnrolledKiosk) -> None:
    desk = staffed.desk.settings
    new = replace(desk.read(), backup_folder="/home/fatima.zahra/clef", lock_minutes=7)
    desk.change(SUPERVISOR, new)
    assert last_entry(staffed) == ("settings_changed", "karim", "lock_minutes,backup_folder")
    journal.verify(staffed.store.db.conn, None)


def test_agent_alone_is_refused(staffed: EnrolledKiosk) -> None:
    desk = staffed.desk.settings
    amina = Actor(name="amina", role=Role.AGENT)
    with pytest.raises(ForbiddenError):
        desk.change(amina, replace(desk.read(), lock_minutes=60))
    desk.change(replace(amina, by="karim"), replace(desk.read(), lock_minutes=60))
    assert last_entry(staffed) == ("settings_changed", "amina", "lock_minutes by_code:karim")


def test_backup_into_the_data_folder_is_refused(staffed: EnrolledKiosk) -> None:
    desk, inside = staffed.desk.settings, str(staffed.folder.root / "b")
    with pytest.raises(InvalidInputError, match="dies with it"):
        desk.change(SUPERVISOR, replace(desk.read(), backup_second_folder=inside))


def test_setting_of_the_environment_is_not_changed_in_vain(
    staffed: EnrolledKiosk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KIOSK_LOCK_MINUTES", "9")
    desk = staffed.desk.settings
    with pytest.raises(InvalidInputError, match="environment"):
        desk.change(SUPERVISOR, replace(desk.read(), lock_minutes=5))
    assert not staffed.folder.settings.exists()


def test_other_lines_of_the_file_stay(tmp_path: Path) -> None:
    file = tmp_path / "kiosk.toml"
    file.write_text('# réglé par Karim\npaper = "a5"  # bureau\n\nbackup_daily = 3\n', "utf-8")
    text = changed_text(file, {"paper": "a4", "printer": 'pdf:C:\\x "é"\x7f\n'})
    assert text.startswith('# réglé par Karim\npaper = "a4"\n\nbackup_daily = 3\nprinter = ')
    file.write_text(text, "utf-8")
    read = read_settings(file)
    assert (read.paper, read.printer, read.backup_daily) == ("a4", 'pdf:C:\\x "é"\x7f\n', 3)


@pytest.mark.parametrize(
    "text", ['printer = """\npaper = "a5"\n"""\n', '"paper" = "a5"\n', "paper='a5' # x\n"]
)
def test_file_of_another_shape_is_written_anew(tmp_path: Path, text: str) -> None:
    file = tmp_path / "kiosk.toml"
    file.write_text(text)
    file.write_text(changed_text(file, {"paper": "a4"}))
    assert read_settings(file).paper == "a4"


@pytest.mark.parametrize("text", ['paper="a5"\n[x]\n', "paper=", 'colour = "red"\n'])
def test_file_that_cannot_be_used_is_not_changed(tmp_path: Path, text: str) -> None:
    file = tmp_path / "kiosk.toml"
    file.write_text(text)
    with pytest.raises(InvalidInputError) as refused:
        changed_text(file, {"paper": "a4"})
    assert refused.value.field == "kiosk.toml"


def test_disk_that_refuses_leaves_file_and_journal_as_they_were(staffed: EnrolledKiosk) -> None:
    desk = staffed.desk.settings
    desk.change(SUPERVISOR, replace(desk.read(), lock_minutes=5))
    before, text = last_entry(staffed), staffed.folder.settings.read_text()
    new = replace(desk.read(), lock_minutes=6)
    with read_only(staffed.folder.root), pytest.raises((ReadOnlyError, DiskFullError)):
        desk.change(SUPERVISOR, new)
    assert staffed.folder.settings.read_text() == text
    assert last_entry(staffed) == before
