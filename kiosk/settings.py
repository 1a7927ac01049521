"""Settings of one kiosk: kiosk.toml in the data folder, the environment on top."""

import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal

import platformdirs
from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from kiosk.domain.errors import InvalidInputError

_MAX_SETTINGS_BYTES = 64 * 1024


class Places(BaseSettings):
    """Where data and keys lie (``KIOSK_DATA``, ``KIOSK_KEYS``)."""

    model_config = SettingsConfigDict(env_prefix="KIOSK_")

    data: Path = Field(default_factory=lambda: Path(platformdirs.user_data_dir("wasl", False)))
    keys: Path = Field(
        default_factory=lambda: Path(platformdirs.user_config_dir("wasl", False)) / "keys"
    )


class Settings(BaseSettings):
    """What a technician may set (``KIOSK_PRINTER`` and so on override the file).

    Attributes:
        printer: Address of the printer, as ``escpos://HOST:9100``; empty: none.
        paper: Name of the paper in it.
        language: Of the window when it opens.
        backup_folder: Where backups go each hour: a folder of another disk; empty: none.
        backup_second_folder: A second place for them, as a stick; empty: none.
        backup_hourly: How many backups stay, the last one of each hour.
        backup_daily: How many days keep their last one.
    """

    model_config = SettingsConfigDict(env_prefix="KIOSK_", extra="forbid")

    printer: Annotated[str, Field(max_length=1000)] = ""
    paper: Literal["80mm", "58mm", "a5", "a4"] = "80mm"
    language: Literal["fr", "ar"] = "fr"
    backup_folder: Annotated[str, Field(max_length=1000)] = ""
    backup_second_folder: Annotated[str, Field(max_length=1000)] = ""
    backup_hourly: Annotated[int, Field(ge=1, le=1000)] = 24
    backup_daily: Annotated[int, Field(ge=1, le=1000)] = 14

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Let the environment override the file, which comes in as initial values."""
        return env_settings, init_settings


def read_settings(file: Path) -> Settings:
    """Return the settings; without a file the defaults.

    Raises:
        InvalidInputError: The file is no TOML, too large, or has a value or name that is unknown.
    """
    fields: dict[str, Any] = {}
    try:
        if file.exists():
            if file.stat().st_size > _MAX_SETTINGS_BYTES:
                raise InvalidInputError("kiosk.toml", "is too large")
            fields = tomllib.loads(file.read_text("utf-8"))
        # Refused here: BaseSettings takes names such as _env_file for itself, and reads that file.
        strangers = sorted(fields.keys() - Settings.model_fields.keys())
        if strangers:
            raise InvalidInputError("kiosk.toml", f"cannot be used: {', '.join(strangers)}"[:200])
        return Settings(**fields)
    except ValidationError as error:
        names = ", ".join(".".join(map(str, one["loc"])) for one in error.errors())
        raise InvalidInputError("kiosk.toml", f"cannot be used: {names}") from None
    except (ValueError, RecursionError) as error:  # a number of 5,000 digits, endless brackets
        raise InvalidInputError("kiosk.toml", "is not a TOML file") from error
    except OSError as error:
        raise InvalidInputError("kiosk.toml", f"cannot be read ({error.strerror})") from error
