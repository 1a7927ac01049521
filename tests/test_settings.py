"""Settings: the file, the environment above it, and a hostile file refused by name."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.strategies import characters

from kiosk.domain.errors import InvalidInputError
from kiosk.domain.scans import Colour, Feed, LockedBy, ScanProfile
from kiosk.settings import Places, Settings, changed_text, read_settings


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "kiosk.toml"


def test_without_a_file_the_defaults_hold(file: Path) -> None:
    assert read_settings(file) == Settings(printer="", paper="80mm", language="fr")


def test_file_is_read(file: Path) -> None:
    file.write_text('printer = "escpos://192.0.2.7:9100"\npaper = "a5"\nlanguage = "ar"\n')
    assert read_settings(file).model_dump(exclude_defaults=True) == {
        "printer": "escpos://192.0.2.7:9100",
        "paper": "a5",
        "language": "ar",
    }


def test_environment_stands_above_the_file(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file.write_text('printer = "memory:"\npaper = "a5"\n')
    monkeypatch.setenv("KIOSK_PRINTER", "pdf:out.pdf")
    read = read_settings(file)
    assert (read.printer, read.paper) == ("pdf:out.pdf", "a5")


def test_other_variables_of_the_kiosk_are_no_settings(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("KIOSK_DATA", "KIOSK_KEYS", "KIOSK_PIN"):
        monkeypatch.setenv(name, "1234")
    assert read_settings(file) == Settings(printer="", paper="80mm", language="fr")


@pytest.mark.parametrize(
    "text",
    [
        'paper = "a3"',
        'language = "en"',
        "printer = 5",
        f'printer = "{"x" * 1001}"',
        'colour = "red"',
        "[printer]\nhost = 1",
        'paper = "a4"\npaper = "a5"',
        "printer =",
        "printer = " + "1" * 5_000,
        "a = " + "[" * 30_000,
        "#" * 70_000,
        # Names the settings library takes for itself.
        '_env_prefix = "HOME"',
        "_cli_parse_args = true",
        '_secrets_dir = "secrets"',
        "__pydantic_self__ = 1",
        "self = 1",
    ],
    ids=lambda text: text[:20],
)
def test_file_that_cannot_be_used_is_refused_by_name(file: Path, text: str) -> None:
    file.write_text(text)
    with pytest.raises(InvalidInputError) as refused:
        read_settings(file)
    assert refused.value.field == "kiosk.toml"
    assert len(str(refused.value)) < 300


def test_file_cannot_make_the_kiosk_read_another(file: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.env"
    other.write_text("KIOSK_PRINTER=escpos://203.0.113.9:9100\n")
    file.write_text(f'_env_file = "{other.as_posix()}"\n')
    with pytest.raises(InvalidInputError):
        read_settings(file)


def test_file_in_no_encoding_or_no_file_at_all_is_refused(file: Path) -> None:
    file.write_bytes(b'printer = "\xff"')
    with pytest.raises(InvalidInputError, match="not a TOML file"):
        read_settings(file)
    file.unlink()
    file.mkdir()
    with pytest.raises(InvalidInputError, match="cannot be read"):
        read_settings(file)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=200) | st.text(characters(codec="utf-8")).map(str.encode))
def test_any_bytes_are_settings_or_refused_input(file: Path, content: bytes) -> None:
    file.write_bytes(content)
    try:
        read = read_settings(file)
    except InvalidInputError:
        return
    assert isinstance(read, Settings)


def test_wrong_value_in_the_environment_is_refused_and_not_repeated(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KIOSK_PAPER", "papyrus")
    with pytest.raises(InvalidInputError) as refused:
        read_settings(file)
    assert "papyrus" not in str(refused.value)


def test_places_come_from_the_environment_and_keys_never_lie_in_the_data_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    places = Places()
    assert not places.keys.is_relative_to(places.data)
    assert not places.data.is_relative_to(places.keys)
    monkeypatch.setenv("KIOSK_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("KIOSK_KEYS", str(tmp_path / "keys"))
    assert (Places().data, Places().keys) == (tmp_path / "data", tmp_path / "keys")


PROFILES = """
profiles_locked = true
[[profiles]]
name = "Chargeur"
device = "sane:acme:s1:7"
dpi = 200
colour = "grey"
duplex = true
feed = "feeder"
[[profiles]]
name = "Photo"
device = "camera:0"
"""


def test_profiles_are_read(file: Path) -> None:
    file.write_text(PROFILES)
    read = read_settings(file)
    assert read.profiles_locked
    assert read.scan_profiles() == (
        ScanProfile(
            name="Chargeur",
            device="sane:acme:s1:7",
            dpi=200,
            colour=Colour.GREY,
            duplex=True,
            feed=Feed.FEEDER,
        ),
        ScanProfile(name="Photo", device="camera:0"),
    )


def test_environment_does_not_reach_profiles(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Whoever may start the program is not the administrator who locked them.
    file.write_text(PROFILES)
    monkeypatch.setenv("KIOSK_PROFILES", "[]")
    monkeypatch.setenv("KIOSK_PROFILES_LOCKED", "false")
    read = read_settings(file)
    assert read.profiles_locked
    assert len(read.profiles) == 2


@pytest.mark.parametrize(
    "lines",
    [
        'name = "A"\ndevice = "ftp:x"',
        'name = "A"',
        'name = ""\ndevice = "camera:0"',
        'name = "A"\ndevice = "camera:0"\ndpi = 5000',
        'name = "A"\ndevice = "camera:0"\nwhat = 1',
        'name = "A"\ndevice = "camera:0"\n[[profiles]]\nname = "A"\ndevice = "camera:1"',
    ],
)
def test_profile_that_cannot_be_is_refused(file: Path, lines: str) -> None:
    file.write_text(f"[[profiles]]\n{lines}\n")
    with pytest.raises(InvalidInputError, match="profiles"):
        read_settings(file)


@pytest.mark.parametrize("place", ["", " ", ".", "scans", "~/scans", "/", "/srv/..", "//"])
def test_folder_that_is_no_folder_for_scans_is_refused_by_name(file: Path, place: str) -> None:
    file.write_text(OWN.format(name="Copieur").replace("camera:0", f"folder:{place}"))
    with pytest.raises(InvalidInputError, match=r"profiles\.1\.device"):
        read_settings(file)


@pytest.mark.parametrize("below", ["", "spool", "x/../drafts"])
def test_data_folder_is_no_folder_for_scans(file: Path, below: str) -> None:
    place = f"folder:{file.parent / below}"
    file.write_text(OWN.format(name="Copieur").replace("camera:0", place))
    with pytest.raises(InvalidInputError, match="data folder"):
        read_settings(file)


def test_signed_profile_for_a_misplaced_folder_is_left_out(
    file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    home = str(Path.home())
    signed = [{"name": name, "device": f"folder:{name}"} for name in ("scans", home, "/srv/scans")]
    merged = read_settings(file).under(signed, is_locked=True)
    assert [one.name for one in merged.profiles] == ["/srv/scans"]
    assert "whole path" in caplog.text


def test_change_at_the_counter_leaves_profiles_as_they_are(file: Path) -> None:
    file.write_text('paper = "80mm"\n' + PROFILES)
    file.write_text(changed_text(file, {"paper": "a5", "printer": "memory:", "lock_minutes": 5}))
    read = read_settings(file)
    assert (read.paper, read.printer, read.lock_minutes) == ("a5", "memory:", 5)
    assert read.profiles_locked
    assert [one.name for one in read.profiles] == ["Chargeur", "Photo"]
    assert "[[profiles]]" in file.read_text()


def test_profiles_outlive_a_file_that_is_written_anew(file: Path) -> None:
    # A value over several lines cannot be changed in its place.
    file.write_text('printer = """\nmemory:"""\n' + PROFILES)
    before = read_settings(file)
    file.write_text(changed_text(file, {"printer": "pdf:x.pdf"}))
    after = read_settings(file)
    assert after.printer == "pdf:x.pdf"
    assert (after.profiles, after.profiles_locked) == (before.profiles, True)


SIGNED = {"name": "Chargeur", "device": "sane:fujitsu:fi-7160:a1b2", "dpi": 300}
OWN = '[[profiles]]\nname = "{name}"\ndevice = "camera:0"\n'


def _named(settings: Settings) -> list[tuple[str, str]]:
    return [(one.name, one.device) for one in settings.scan_profiles()]


def test_signed_profiles_come_first_and_take_the_place_of_their_names(tmp_path: Path) -> None:
    file = tmp_path / "kiosk.toml"
    file.write_text(OWN.format(name="Chargeur") + OWN.format(name="Vitre"))
    settings = read_settings(file).under([SIGNED], is_locked=False)
    assert _named(settings) == [("Chargeur", str(SIGNED["device"])), ("Vitre", "camera:0")]
    assert not settings.profiles_locked


def test_lock_of_the_central_leaves_its_profiles_alone(tmp_path: Path) -> None:
    file = tmp_path / "kiosk.toml"
    file.write_text("profiles_locked = false\n" + OWN.format(name="Vitre"))
    settings = read_settings(file).under([SIGNED], is_locked=True)
    assert _named(settings) == [("Chargeur", str(SIGNED["device"]))]
    assert settings.profiles_locked
    assert settings.profiles_locked_by is LockedBy.CNSS


def test_central_that_locks_nothing_opens_no_lock_of_the_file(tmp_path: Path) -> None:
    file = tmp_path / "kiosk.toml"
    file.write_text("profiles_locked = true\n" + OWN.format(name="Vitre"))
    settings = read_settings(file).under([], is_locked=False)
    assert settings.profiles_locked
    assert settings.profiles_locked_by is LockedBy.ADMINISTRATOR
    assert Settings().profiles_locked_by is None


@pytest.mark.parametrize(
    "odd", [{"colour": "infrared"}, {"dpi": 5000}, {"device": "holo:1"}, {"feed": "robot"}]
)
def test_signed_profile_of_a_newer_central_is_left_out(
    odd: dict[str, object], caplog: pytest.LogCaptureFixture
) -> None:
    settings = Settings().under([SIGNED | odd, SIGNED | {"name": "Vitre"}], is_locked=True)
    assert [one.name for one in settings.scan_profiles()] == ["Vitre"]
    assert "not understood" in caplog.text
