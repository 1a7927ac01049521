"""The file in which an operator writes ways of scanning: the same lines as in ``kiosk.toml``."""

import tomllib
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from kiosk.domain.errors import InvalidInputError
from kiosk.domain.scan_folders import misplaced
from kiosk.domain.scans import LEAST_DPI, MAX_PROFILES, MOST_DPI, Colour, Feed, kind_of
from kiosk.wire.trust import SignedProfile

MAX_FILE_BYTES = 64 * 1024


class _Profile(BaseModel):
    """One of the file: stricter than what a kiosk is told, since who errs is there to mend it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Annotated[str, StringConstraints(min_length=1, max_length=60)]
    device: Annotated[str, StringConstraints(min_length=1, max_length=1000)]
    dpi: Annotated[int, Field(strict=True, ge=LEAST_DPI, le=MOST_DPI)] = 300
    colour: Colour = Colour.COLOUR
    duplex: Annotated[bool, Field(strict=True)] = False
    feed: Feed = Feed.AUTO


class ProfileFile(BaseModel):
    """What the file says."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    profiles: Annotated[tuple[_Profile, ...], Field(max_length=MAX_PROFILES)] = ()
    profiles_locked: Annotated[bool, Field(strict=True)] = False

    def signed(self) -> tuple[SignedProfile, ...]:
        """Return the profiles as kiosks are told."""
        return tuple(SignedProfile(**one.model_dump(mode="json")) for one in self.profiles)


def read_profile_file(file: Path) -> ProfileFile:
    """Return what *file* says.

    Raises:
        InvalidInputError: Not there, too large, no TOML, or a value no kiosk would take; it says
            which.
    """
    try:
        with file.open("rb") as opened:
            content = opened.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise InvalidInputError("file", "cannot be read") from error
    if len(content) > MAX_FILE_BYTES:
        raise InvalidInputError("file", f"is larger than {MAX_FILE_BYTES} bytes")
    try:
        fields = tomllib.loads(content.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise InvalidInputError("file", "is not a TOML file in UTF-8") from error
    return _checked(fields)


def _checked(fields: dict[str, Any]) -> ProfileFile:
    try:
        read = ProfileFile(**fields)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(one + 1 if isinstance(one, int) else one) for one in first["loc"])
        raise InvalidInputError("file", f"{place[:100]}: {first['msg'].lower()[:200]}") from None
    names = [one.name for one in read.profiles]
    for number, one in enumerate(read.profiles, start=1):
        if not one.name.isprintable() or one.name != one.name.strip():
            raise InvalidInputError("file", f"profiles.{number}.name: not a printable name")
        if kind_of(one.device) is None or not one.device.partition(":")[2].strip():
            said = f"profiles.{number}.device: no source reads such a device"
            raise InvalidInputError("file", said)
        if (wrong := misplaced(one.device)) is not None:
            raise InvalidInputError("file", f"profiles.{number}.device: {wrong}")
        if not one.device.isprintable():
            raise InvalidInputError("file", f"profiles.{number}.device: not printable")
        if names.index(one.name) != number - 1:
            raise InvalidInputError("file", f"profiles.{number}.name: two of one name")
    if read.profiles_locked and not read.profiles:
        raise InvalidInputError("file", "profiles_locked: without a profile nothing could be used")
    return read
