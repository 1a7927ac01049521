"""What the back office's reading calls answer, field by field, for who reads the document.

They are made by ``central.report_forms``, ``central.silence`` and ``central.duplicates``, as they
are for the commands; tests hold both to each other.
"""

from datetime import date
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from kiosk.domain.moments import ClockTrust

_Point = Annotated[str, StringConstraints(pattern=r"^[A-Z][0-9]{4}$")]
_Network = Annotated[str, StringConstraints(pattern=r"^[A-Z]$")]
_Count = Annotated[int, Field(ge=0)]
_Counts = dict[str, _Count]
_Share = Annotated[float, Field(ge=0, le=1)]


class _Answer(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class DayOfReport(_Answer):
    """Deposits of a day, by network."""

    day: date
    deposits: _Count
    by_network: _Counts


class NetworkOfReport(_Answer):
    """Deposits of a network; ``share`` is its part of all."""

    network: _Network
    name: str
    is_proximity: bool
    deposits: _Count
    share: _Share


class PointOfReport(_Answer):
    """Deposits of a point; ``returned``: those that came back at least once."""

    point: _Point
    name: str
    deposits: _Count
    returned: _Count


class TimeOfStage(_Answer):
    """How long after the deposit a stage was first reached, in seconds."""

    count: _Count
    median_s: _Count
    p90_s: _Count


class Returns(_Answer):
    """What came back: deposits, and reasons of their returns, of all points and of each."""

    deposits: _Count
    by_reason: _Counts
    by_point: dict[str, _Counts]


class ReportAnswer(_Answer):
    """Deposits of some days and what became of them; ``network`` null for all that there are."""

    first: Annotated[date, Field(alias="from")]
    to: date
    network: _Network | None
    deposits: _Count
    cancelled: _Count
    proximity_share: _Share | None
    days: list[DayOfReport]
    networks: list[NetworkOfReport]
    points: list[PointOfReport]
    stages: dict[str, TimeOfStage]
    returns: Returns


class DeviceAnswer(_Answer):
    """A device; from ``version`` on as it last reported, not there before its first report."""

    device: str
    revoked: bool
    silent: bool
    silent_for_s: _Count
    heartbeat_at: AwareDatetime | None
    journal_faults: _Counts
    cursor_unproven: bool
    version: str = ""
    counts: _Counts = {}
    oldest_s: _Count | None = None
    held: _Count = 0
    faults: list[str] = []
    disk_free_bytes: _Count | None = None
    disk_days_left: _Count | None = None
    clock: ClockTrust = ClockTrust.UNVERIFIED
    clock_off_s: int | None = None
    drift_ppm: float | None = None
    journal_entries: _Count = 0


class PointAnswer(_Answer):
    """A point and its devices, by code."""

    point: _Point
    name: str
    devices: list[DeviceAnswer]


class PointsAnswer(_Answer):
    """Points by code; devices unheard of, contradictions and doubtful cursors of all of them."""

    points: list[PointAnswer]
    silent: _Count
    journal_faults: _Count
    cursors_unproven: _Count


class PairAnswer(_Answer):
    """A deposit that repeats an earlier one; null what a network's token does not see."""

    receipt_number: str | None
    earlier: str | None
    deposited_at: AwareDatetime | None
    earlier_at: AwareDatetime | None
    reason: str
    cross_point: bool


class DuplicatesAnswer(_Answer):
    """The newest pairs."""

    pairs: list[PairAnswer]
