"""Which options a SANE driver has, and which values stand for what is asked.

Drivers name the same thing differently: "ADF", "Automatic Document Feeder(left aligned)", "ADF
Duplex", "24bit Color", "True Gray". The words below are those of SANE 1.2's backends.
"""

import re
from dataclasses import dataclass
from typing import Final

from kiosk.domain.errors import SourceFault, SourceUnavailableError
from kiosk.domain.scans import Colour, Feed, ScanProfile

_OPTION: Final = re.compile(r"^ +(--?[\w-]+)(?:\[=\(|[ =])?([^\[\n]*?)\)?\]?(?: \[([^\]]*)\])?$")
_RANGE: Final = re.compile(r"^(-?[\d.]+)\.\.(-?[\d.]+)")
_NUMBER: Final = re.compile(r"\d+(?:\.\d+)?")
_FEEDERS: Final = ("adf", "feeder", "sheetfed")
_FLATBEDS: Final = ("flatbed", "platen", "normal", "document table")
_BOTH: Final = ("duplex", "both")
_MODES: Final = {Colour.COLOUR: ("color", "colour"), Colour.GREY: ("gray", "grey")}
_A4_MM: Final = (210.0, 297.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """An option: the values it takes, as the driver lists them; empty when inactive."""

    values: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """A scan's arguments, and what they make the device do.

    Attributes:
        arguments: For ``scanimage``.
        is_fed: Pages come from a feeder, as many as there are.
        is_duplex: Both sides come in one pass.
    """

    arguments: tuple[str, ...]
    is_fed: bool
    is_duplex: bool


def read_options(text: str) -> dict[str, Choice]:
    """Return the options of a device by name, from ``scanimage -A``."""
    options = {}
    for line in text.splitlines():
        if match := _OPTION.match(line):
            name, values, current = match.groups()
            is_off = current == "inactive" or (current or "").startswith("inactive")
            options[name] = Choice(values=() if is_off else tuple(values.strip().split("|")))
    return options


def set_up(profile: ScanProfile, options: dict[str, Choice]) -> Setup:
    """Return how to scan as *profile* asks, as near as the device can.

    Raises:
        SourceUnavailableError: It has no feeder, or no flatbed, where the profile insists.
    """
    sources = _values(options, "--source")
    source, is_fed, is_duplex = _source(profile, sources)
    arguments = [f"--source={source}"] if source else []
    if profile.duplex and is_fed and not is_duplex and (switch := _duplex_switch(options)):
        arguments.append(switch)
        is_duplex = True
    if mode := _holding(_values(options, "--mode"), _MODES[profile.colour]):
        arguments.append(f"--mode={mode}")
    if resolution := _resolution(profile.dpi, _values(options, "--resolution")):
        arguments.append(f"--resolution={resolution}")
    for name, side_mm in zip(("-x", "-y"), _A4_MM, strict=True):
        if span := _RANGE.match("".join(_values(options, name))):
            arguments += [name, f"{min(side_mm, float(span[2])):g}"]
    return Setup(arguments=tuple(arguments), is_fed=is_fed, is_duplex=is_duplex)


def _source(profile: ScanProfile, sources: tuple[str, ...]) -> tuple[str, bool, bool]:
    feeders = [one for one in sources if any(word in one.lower() for word in _FEEDERS + _BOTH)]
    doubles = [one for one in feeders if any(word in one.lower() for word in _BOTH)]
    singles = [one for one in feeders if one not in doubles]
    if profile.feed is Feed.FEEDER and not feeders and sources:
        raise SourceUnavailableError(SourceFault.CANNOT, "this scanner has no feeder")
    if profile.feed is not Feed.FLATBED and feeders:
        if profile.duplex and doubles:
            return doubles[0], True, True
        return (singles or doubles)[0], True, not singles
    flat = _holding(sources, _FLATBEDS)
    if profile.feed is Feed.FLATBED and not flat and sources:
        raise SourceUnavailableError(SourceFault.CANNOT, "this scanner has no flatbed")
    # A device that names no source is a sheet feeder or a flatbed, and takes one page at a time.
    return flat or (sources[0] if sources else ""), profile.feed is Feed.FEEDER, False


def _duplex_switch(options: dict[str, Choice]) -> str | None:
    """Return the option by which drivers without a duplex source turn it on."""
    if "yes" in _values(options, "--duplex"):
        return "--duplex=yes"
    if both := _holding(_values(options, "--adf-mode"), _BOTH):
        return f"--adf-mode={both}"
    return None


def _resolution(dpi: int, values: tuple[str, ...]) -> str | None:
    """Return the value nearest to *dpi* that is not below it, or the greatest."""
    if not values:
        return None
    if span := _RANGE.match(values[0]):
        low, high = float(span[1]), float(span[2])
        return f"{min(max(dpi, low), high):g}"
    numbers = sorted(float(found[0]) for one in values if (found := _NUMBER.match(one)))
    enough = [number for number in numbers if number >= dpi]
    return f"{(enough or numbers[-1:])[0]:g}" if numbers else None


def _holding(values: tuple[str, ...], words: tuple[str, ...]) -> str | None:
    """Return the first value that holds one of *words*, the earlier word first."""
    held = (one for word in words for one in values if word in one.lower())
    return next(held, None)


def _values(options: dict[str, Choice], name: str) -> tuple[str, ...]:
    return options[name].values if name in options else ()
