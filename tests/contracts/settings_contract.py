"""What every desk of the counter's settings must do; subclass it and give ``bench``."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest

from kiosk.domain.agents import ForbiddenError, WrongPinError
from kiosk.domain.counter_settings import OpeningLanguage, PaperName
from kiosk.domain.errors import InvalidInputError
from kiosk.ui.settings_ports import CounterSettingsDesk


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingsBench:
    """A desk whose file is empty; amina is signed in, karim is the supervisor with *pin*."""

    desk: CounterSettingsDesk
    pin: str
    code_for: Callable[[str], str]  # from the challenge


class SettingsContract:
    """Shows what stands, and changes it with a supervisor's leave alone."""

    def test_defaults_stand_where_nothing_was_set(self, bench: SettingsBench) -> None:
        shown = bench.desk.read()
        assert (shown.printer, shown.paper, shown.lock_minutes) == ("", PaperName.ROLL_80, 4)
        assert (shown.language, shown.backup_folder) == (OpeningLanguage.FRENCH, "")

    def test_supervisor_who_is_present_changes_everything(self, bench: SettingsBench) -> None:
        new = replace(
            bench.desk.read(),
            printer="escpos://192.0.2.7:9100",
            paper=PaperName.A5,
            language=OpeningLanguage.ARABIC,
            lock_minutes=9,
            backup_folder='/srv/sauvegarde "1" é',
            backup_second_folder="/media/clé",
        )
        changed = bench.desk.change(new, "karim", bench.pin)
        assert set(changed) == {
            "printer",
            "paper",
            "language",
            "lock_minutes",
            "backup_folder",
            "backup_second_folder",
        }
        assert bench.desk.read() == new

    def test_same_settings_change_nothing(self, bench: SettingsBench) -> None:
        assert bench.desk.change(bench.desk.read(), "karim", bench.pin) == ()

    @pytest.mark.parametrize("secret", ["1111", "13579", ""])
    def test_wrong_secret_changes_nothing(self, bench: SettingsBench, secret: str) -> None:
        before = bench.desk.read()
        with pytest.raises(WrongPinError):
            bench.desk.change(replace(before, lock_minutes=1), "karim", secret)
        assert bench.desk.read() == before

    def test_code_allows_what_it_was_asked_for(self, bench: SettingsBench) -> None:
        new = replace(bench.desk.read(), lock_minutes=12)
        code = bench.code_for(bench.desk.ask_code("karim", new))
        assert bench.desk.change(new, "karim", code) == ("lock_minutes",)

    def test_code_allows_nothing_else_and_only_once(self, bench: SettingsBench) -> None:
        before = bench.desk.read()
        new = replace(before, lock_minutes=12)
        code = bench.code_for(bench.desk.ask_code("karim", new))
        with pytest.raises(WrongPinError):
            bench.desk.change(replace(new, printer="memory:"), "karim", code)
        code = bench.code_for(bench.desk.ask_code("karim", new))
        bench.desk.change(new, "karim", code)
        with pytest.raises(WrongPinError):
            bench.desk.change(before, "karim", code)

    def test_nobody_else_gives_codes(self, bench: SettingsBench) -> None:
        with pytest.raises(ForbiddenError):
            bench.desk.ask_code("amina", bench.desk.read())

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("printer", "usb"),
            ("printer", "lpr://192.0.2.7"),
            ("backup_folder", "sauvegardes"),
            ("backup_second_folder", "C:"),
            ("lock_minutes", 0),
            ("lock_minutes", 61),
        ],
    )
    def test_refused_value_is_named_and_nothing_changes(
        self, bench: SettingsBench, field: str, value: Any
    ) -> None:
        before = bench.desk.read()
        new = replace(before, language=OpeningLanguage.ARABIC, **{field: value})
        with pytest.raises(InvalidInputError) as refused:
            bench.desk.change(new, "karim", bench.pin)
        assert refused.value.field == field
        assert bench.desk.read() == before
