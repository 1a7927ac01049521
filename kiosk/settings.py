"""Settings of one kiosk: kiosk.toml in the data folder, the environment and the central on top."""

import json
import logging
import re
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import platformdirs
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    PrivateAttr,
    ValidationError,
    field_validator,
)
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from kiosk.domain.counter_settings import LEAST_LOCK_MINUTES, MOST_LOCK_MINUTES
from kiosk.domain.errors import InvalidInputError
from kiosk.domain.scan_folders import misplaced, own_home
from kiosk.domain.scans import (
    LEAST_DPI,
    MAX_PROFILES,
    MOST_DPI,
    Colour,
    Feed,
    LockedBy,
    ScanProfile,
    kind_of,
)

_log = logging.getLogger(__name__)
_MAX_SETTINGS_BYTES = 64 * 1024
_LOCKABLE = ("profiles", "profiles_locked")


class Places(BaseSettings):
    """Where data and keys lie (``KIOSK_DATA``, ``KIOSK_KEYS``)."""

    model_config = SettingsConfigDict(env_prefix="KIOSK_")

    data: Path = Field(default_factory=lambda: Path(platformdirs.user_data_dir("wasl", False)))
    keys: Path = Field(
        default_factory=lambda: Path(platformdirs.user_config_dir("wasl", False)) / "keys"
    )


class Profile(BaseModel):
    """One way of scanning (``[[profiles]]``): see ``kiosk.domain.scans.ScanProfile``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Annotated[str, Field(min_length=1, max_length=60)]
    device: Annotated[str, Field(min_length=1, max_length=1000)]
    dpi: Annotated[int, Field(ge=LEAST_DPI, le=MOST_DPI)] = 300
    colour: Colour = Colour.COLOUR
    duplex: bool = False
    feed: Feed = Feed.AUTO

    def as_value(self) -> ScanProfile:
        """Return it as the domain has it."""
        return ScanProfile(**self.model_dump())


class Settings(BaseSettings):
    """What a technician may set (``KIOSK_PRINTER`` and so on override the file).

    Attributes:
        printer: Address of the printer, as ``escpos://HOST:9100``; empty: none.
        paper: Name of the paper in it.
        language: Of the window when it opens.
        lock_minutes: How long nothing may be touched before whoever works signs in again.
        backup_folder: Where backups go each hour: a folder of another disk; empty: none.
        backup_second_folder: A second place for them, as a stick; empty: none.
        backup_hourly: How many backups stay, the last one of each hour.
        backup_daily: How many days keep their last one.
        line_metered: Each byte of the line is paid for: manifests go at once, scans wait.
        line_scans_wait_hours: How old a deposit is when its scan goes on such a line, or on one
            that is very slow; 0: scans do not wait.
        profiles: Ways of scanning; the first one is what F2 uses.
        profiles_locked: Nothing else may be scanned with, and nothing about them changed.
    """

    model_config = SettingsConfigDict(env_prefix="KIOSK_", extra="forbid")

    printer: Annotated[str, Field(max_length=1000)] = ""
    paper: Literal["80mm", "58mm", "a5", "a4"] = "80mm"
    language: Literal["fr", "ar"] = "fr"
    lock_minutes: Annotated[int, Field(ge=LEAST_LOCK_MINUTES, le=MOST_LOCK_MINUTES)] = 4
    backup_folder: Annotated[str, Field(max_length=1000)] = ""
    backup_second_folder: Annotated[str, Field(max_length=1000)] = ""
    backup_hourly: Annotated[int, Field(ge=1, le=1000)] = 24
    backup_daily: Annotated[int, Field(ge=1, le=1000)] = 14
    line_metered: bool = False
    line_scans_wait_hours: Annotated[int, Field(ge=0, le=24 * 30)] = 24
    profiles: Annotated[tuple[Profile, ...], Field(max_length=MAX_PROFILES)] = ()
    profiles_locked: bool = False

    _is_locked_by_central: bool = PrivateAttr(default=False)

    @field_validator("profiles")
    @classmethod
    def _named_once_with_known_devices(cls, profiles: tuple[Profile, ...]) -> tuple[Profile, ...]:
        names = [profile.name for profile in profiles]
        if len(set(names)) < len(names):
            raise ValueError("two profiles of one name")
        if any(kind_of(profile.device) is None for profile in profiles):
            raise ValueError("no source reads such a device")
        return profiles

    @property
    def profiles_locked_by(self) -> LockedBy | None:
        """Return who locked the profiles; None: nobody did."""
        if self._is_locked_by_central:
            return LockedBy.CNSS
        return LockedBy.ADMINISTRATOR if self.profiles_locked else None

    def scan_profiles(self) -> tuple[ScanProfile, ...]:
        """Return the profiles as the domain has them."""
        return tuple(profile.as_value() for profile in self.profiles)

    def under(self, profiles: Sequence[Mapping[str, Any]], *, is_locked: bool) -> Self:
        """Return the settings with what the central signed on top.

        Args:
            profiles: Fields of its ways of scanning, in order: they come first, and one of the
                file with the name of one of them goes. One that this program does not understand
                is left out.
            is_locked: The file's profiles go, all of them; nothing else may be scanned with.
        """
        signed = [known for one in profiles if (known := _known_profile(one)) is not None]
        names = {profile.name for profile in signed}
        own = [] if is_locked else [one for one in self.profiles if one.name not in names]
        changes = {
            "profiles": (*signed, *own),
            "profiles_locked": is_locked or self.profiles_locked,
        }
        merged = self.model_copy(update=changes)
        merged._is_locked_by_central = is_locked
        return merged

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Let the environment override the file, which comes in as initial values.

        Profiles come from the file alone: whoever starts the program is not who locks them.
        """
        return _WithoutProfiles(settings_cls), init_settings


def _known_profile(fields: Mapping[str, Any]) -> Profile | None:
    try:
        profile = Profile(**fields)
    except ValidationError as error:
        names = [".".join(map(str, one["loc"])) for one in error.errors()]
        _log.warning("a signed scan profile is not understood: %s", ", ".join(names)[:200])
        return None
    said = misplaced(profile.device, home=own_home())
    if kind_of(profile.device) is None or said is not None:
        _log.warning("a signed scan profile is not understood: device %s", said or "of no kind")
        return None
    return profile


class _WithoutProfiles(EnvSettingsSource):
    """The environment, but for what an administrator may lock."""

    def __call__(self) -> dict[str, Any]:
        return {name: value for name, value in super().__call__().items() if name not in _LOCKABLE}


class _FileSettings(Settings):
    """What the file alone says."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Leave the environment out: it would hide a value that is refused without it."""
        return (init_settings,)


def read_settings(file: Path) -> Settings:
    """Return the settings; without a file the defaults.

    Raises:
        InvalidInputError: The file is no TOML, too large, has a value or name that is unknown, or
            a profile for a folder that no scans are taken from.
    """
    settings = _checked(_parse(_text_of(file)), Settings)
    for number, one in enumerate(settings.profiles, start=1):
        if (said := misplaced(one.device, home=own_home(), data=file.parent)) is not None:
            raise InvalidInputError(
                "kiosk.toml", f"cannot be used: profiles.{number}.device: {said}"
            )
    return settings


def changed_text(file: Path, changes: Mapping[str, str | int]) -> str:
    """Return what the file is to hold once *changes* are made; other lines stay as they are.

    Raises:
        InvalidInputError: The file, or a value, is not what :func:`read_settings` would take; its
            ``field`` names the value.
    """
    text = _text_of(file)
    wanted = _parse(text) | dict(changes)
    _checked(wanted, _FileSettings, names_field=True)
    lines = text.splitlines()
    for name, value in changes.items():
        line = f"{name} = {_toml(value)}"
        # What stands below the first header belongs to a profile.
        headers = (n for n, old in enumerate(lines) if old.lstrip().startswith("["))
        end = next(headers, len(lines))
        at = [n for n, old in enumerate(lines[:end]) if re.match(rf"\s*{name}\s*=", old)]
        if at:
            lines[at[0]] = line
        else:
            lines.insert(end, line)
    edited = "".join(f"{line}\n" for line in lines)
    try:
        if _parse(edited) == wanted:
            return edited
    except InvalidInputError:
        pass  # a value over several lines: written anew, without the comments
    return "".join(f"{name} = {_toml(value)}\n" for name, value in wanted.items())


def _toml(value: object) -> str:
    if isinstance(value, bool | int):
        return str(value).lower()
    if isinstance(value, list):
        return f"[{', '.join(map(_toml, value))}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{name} = {_toml(one)}' for name, one in value.items())}}}"
    # A JSON string of ASCII is a basic string of TOML, but for the one control JSON lets through.
    return json.dumps(str(value)).replace("\x7f", "\\u007f")


def _text_of(file: Path) -> str:
    try:
        if not file.exists():
            return ""
        if file.stat().st_size > _MAX_SETTINGS_BYTES:
            raise InvalidInputError("kiosk.toml", "is too large")
        return file.read_text("utf-8")
    except ValueError as error:
        raise InvalidInputError("kiosk.toml", "is not a TOML file") from error
    except OSError as error:
        raise InvalidInputError("kiosk.toml", f"cannot be read ({error.strerror})") from error


def _parse(text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # a number of 5,000 digits, endless brackets
        raise InvalidInputError("kiosk.toml", "is not a TOML file") from error


def _checked(
    fields: Mapping[str, Any], kind: type[Settings], *, names_field: bool = False
) -> Settings:
    # Refused here: BaseSettings takes names such as _env_file for itself, and reads that file.
    strangers = sorted(fields.keys() - Settings.model_fields.keys())
    if strangers:
        raise InvalidInputError("kiosk.toml", f"cannot be used: {', '.join(strangers)}"[:200])
    try:
        return kind(**fields)
    except ValidationError as error:
        names = [".".join(map(str, one["loc"])) for one in error.errors()]
        said = f"cannot be used: {', '.join(names)}"
        raise InvalidInputError(names[0] if names_field else "kiosk.toml", said) from None
