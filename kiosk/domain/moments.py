"""Dates and times: UTC inside, Casablanca for people, and how far a clock is trusted."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from importlib.resources import files
from zoneinfo import ZoneInfo

from kiosk.domain.errors import InvalidInputError


def _casablanca() -> ZoneInfo:
    # The bundled rules, not the machine's: Ramadan's hour is decided late, and old PCs lag.
    with files("tzdata").joinpath("zoneinfo", "Africa", "Casablanca").open("rb") as rules:
        return ZoneInfo.from_file(rules, key="Africa/Casablanca")


CASABLANCA = _casablanca()


class ClockTrust(StrEnum):
    """How far the wall clock was believed when an act was recorded."""

    VERIFIED = "verified"
    UNVERIFIED = "unverified"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockReading:
    """When an act happened.

    Attributes:
        utc: Wall clock, timezone-aware UTC.
        monotonic_ms: The machine's monotonic clock; comparable within one boot only.
        trust: Whether the wall clock agreed with the central's last signed time.
    """

    utc: datetime
    monotonic_ms: int
    trust: ClockTrust


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustedTime:
    """The central's last signed time, and what this machine's clocks said when it came.

    ``drift_ppm`` is how fast the wall clock was found to run; None while that is not known.
    """

    central: datetime
    wall: datetime
    monotonic_ms: int
    boot_id: str
    drift_ppm: float | None = None


_TOLERANCE = timedelta(minutes=5)
_BELIEVED_ACROSS_BOOTS = timedelta(days=30)


def judge_clock(
    wall: datetime, monotonic_ms: int, boot_id: str, trusted: TrustedTime | None
) -> ClockTrust:
    """Tell how far a wall clock is believed.

    Within one boot the monotonic clock says what time it must be. Across boots a clock that was
    right when it was last compared is believed for 30 days, unless it has gone back, or for as
    long as its known drift keeps it right.
    """
    if trusted is None:
        return ClockTrust.UNVERIFIED
    if boot_id and boot_id == trusted.boot_id:
        passed = timedelta(milliseconds=monotonic_ms - trusted.monotonic_ms)
        is_right = abs(wall - trusted.central - passed) <= _TOLERANCE
    else:
        was_right = abs(trusted.wall - trusted.central) <= _TOLERANCE
        is_right = was_right and -_TOLERANCE <= wall - trusted.central <= _believed_for(trusted)
    return ClockTrust.VERIFIED if is_right else ClockTrust.UNVERIFIED


def _believed_for(trusted: TrustedTime) -> timedelta:
    drift = abs(trusted.drift_ppm or 0.0) / 1e6
    if drift * _BELIEVED_ACROSS_BOOTS <= _TOLERANCE:
        return _BELIEVED_ACROSS_BOOTS
    return _TOLERANCE / drift


def best_known_utc(
    wall: datetime, monotonic_ms: int, boot_id: str, trusted: TrustedTime | None
) -> datetime:
    """Return what time it most likely is: the central's carried on, where the wall is not believed.

    Ages are told by this; acts are recorded by the wall clock and how far it is trusted.
    """
    if judge_clock(wall, monotonic_ms, boot_id, trusted) is ClockTrust.VERIFIED:
        return wall
    return passed_for_sure(monotonic_ms, boot_id, trusted) or wall


def passed_for_sure(
    monotonic_ms: int, boot_id: str, trusted: TrustedTime | None
) -> datetime | None:
    """Return a time that has surely been reached, whatever the wall clock says; None if unknown.

    The central's last signed time, and within the same boot what the monotonic clock adds to it.
    What must not happen too early is counted by this: a clock set forward changes nothing.
    """
    if trusted is None:
        return None
    if boot_id and boot_id == trusted.boot_id:
        return trusted.central + timedelta(milliseconds=max(0, monotonic_ms - trusted.monotonic_ms))
    return trusted.central


def rfc3339(moment: datetime) -> str:
    """Return a UTC time as ``2026-11-23T10:42:07.123Z`` (milliseconds)."""
    text = moment.astimezone(UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")


def parse_rfc3339(text: str) -> datetime:
    """Read a UTC time written by :func:`rfc3339`.

    Raises:
        ValueError: Not such a time, or without an offset.
    """
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("a time without an offset")
    try:
        return moment.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("a time outside the calendar") from error


def local_date(moment: datetime) -> date:
    """Return the day in Casablanca."""
    return moment.astimezone(CASABLANCA).date()


def shown_date(day: date) -> str:
    """Return ``dd/mm/yyyy``."""
    return day.strftime("%d/%m/%Y")


def shown_time(moment: datetime) -> str:
    """Return ``dd/mm/yyyy HH:MM`` in Casablanca."""
    return moment.astimezone(CASABLANCA).strftime("%d/%m/%Y %H:%M")


def parse_day(text: str, field: str) -> date:
    """Read ``YYYY-MM-DD`` or ``dd/mm/yyyy``.

    Raises:
        InvalidInputError: Neither.
    """
    for pattern in ("%Y-%m-%d", "%d/%m/%Y"):
        try:
            return datetime.strptime(text.strip()[:20], pattern).date()
        except ValueError:
            continue
    raise InvalidInputError(field, "not a date (YYYY-MM-DD or dd/mm/yyyy)")


def deadline(first_act: date, treatment_end: date | None = None) -> date:
    """Return the last day a dossier is in time.

    Two calendar months after the first act (a month that is too short gives its last day), or 60
    days after the end of a continuous treatment. Source: the printed form 610-1-02.
    """
    if treatment_end is not None:
        return treatment_end + timedelta(days=60)
    months = first_act.month - 1 + 2
    year, month = first_act.year + months // 12, months % 12 + 1
    for day in (first_act.day, 30, 29, 28):
        try:
            return date(year, month, min(day, first_act.day))
        except ValueError:
            continue
    raise AssertionError("every month has 28 days")


def bounds_of_day(day: date) -> tuple[datetime, datetime]:
    """Return when a day begins in Casablanca, and when the next one does."""
    begins, ends = (
        datetime.combine(one, time(), CASABLANCA) for one in (day, day + timedelta(days=1))
    )
    return begins, ends


def check_care_dates(first_act: date, treatment_end: date | None, today: date) -> None:
    """Refuse care that has not happened yet or ends before it begins.

    Raises:
        InvalidInputError: The field and what is wrong with it.
    """
    if first_act > today:
        raise InvalidInputError("care_date", "is in the future")
    if first_act.year < 2000:
        raise InvalidInputError("care_date", "is too long ago to be right")
    if treatment_end is not None and treatment_end < first_act:
        raise InvalidInputError("end_date", "is before the first act")
    if treatment_end is not None and treatment_end > today:
        raise InvalidInputError("end_date", "is in the future")
