"""What came in, how long each stage took, and what came back: by day, network and point."""

from array import array
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from math import ceil
from typing import Any

from sqlalchemy import Connection, Select, select

from central.schema import deposits, points, statuses
from kiosk.domain.errors import InvalidInputError
from kiosk.domain.moments import bounds_of_day, local_date
from kiosk.domain.vocabulary import Network, Stage
from kiosk.wire.messages import StatusUpdate

MOST_DAYS = 400
PROXIMITY = frozenset({Network.CASH_PLUS, Network.BARID_CASH, Network.CHAABI_CASH})
"""Networks of counters near people's homes; the others are the insurer's own agencies."""
_AT_ONCE = 5000


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """Days in Casablanca, both included; *network* None for all that there are."""

    first: date
    last: date
    network: str | None = None

    def __post_init__(self) -> None:
        if not (self.first.year >= 2000 and self.last.year <= 2200):
            raise InvalidInputError("from", "days of this century")
        if not 0 <= (self.last - self.first).days < MOST_DAYS:
            raise InvalidInputError("from", f"1 to {MOST_DAYS} days, the first before the last")

    @property
    def bounds(self) -> tuple[datetime, datetime]:
        """Return when it begins, and when what follows begins."""
        return bounds_of_day(self.first)[0], bounds_of_day(self.last)[1]


@dataclass(frozen=True, slots=True, kw_only=True)
class StageTime:
    """How long after the deposit a stage was reached for the first time, in seconds."""

    count: int
    median_s: int
    p90_s: int


@dataclass(slots=True, kw_only=True)
class Report:
    """Counts of the deposits of a period, whenever what followed them happened.

    Attributes:
        by_day: Deposits by day and network; every day of the period is there.
        by_point: Deposits by point.
        returned_by_point: Deposits that came back at least once.
        reasons_by_point: Reasons of returns, by point; one return may have several.
    """

    period: Period
    by_day: dict[date, Counter[str]]
    by_point: Counter[str] = field(default_factory=Counter)
    cancelled: int = 0
    names: dict[str, str] = field(default_factory=dict)
    stages: dict[Stage, StageTime] = field(default_factory=dict)
    reasons_by_point: dict[str, Counter[str]] = field(default_factory=dict)
    returned_by_point: Counter[str] = field(default_factory=Counter)

    @property
    def deposits(self) -> int:
        """Return how many there are."""
        return self.by_point.total()

    @property
    def by_network(self) -> Counter[str]:
        """Return deposits by network."""
        return sum(self.by_day.values(), Counter[str]())

    @property
    def by_reason(self) -> Counter[str]:
        """Return reasons of returns at all points."""
        return sum(self.reasons_by_point.values(), Counter[str]())

    @property
    def proximity_share(self) -> float | None:
        """Return which part came through proximity points; None when nothing came."""
        if not self.deposits:
            return None
        near = sum(self.by_network[network.value] for network in PROXIMITY)
        return round(near / self.deposits, 4)


def make(connection: Connection, period: Period) -> Report:
    """Return the report of *period*.

    Rows are read in passing: memory grows with points, and by 8 bytes with each stage reached.
    """
    days = (period.last - period.first).days + 1
    report = Report(
        period=period,
        by_day={period.first + timedelta(days=count): Counter() for count in range(days)},
    )
    _count_deposits(connection, report)
    _follow_stages(connection, report)
    rows = connection.execute(select(points.c.code, points.c.name))
    report.names = {row.code: row.name for row in rows if row.code in report.by_point}
    return report


def _count_deposits(connection: Connection, report: Report) -> None:
    table = deposits
    asked = select(table.c.point, table.c.deposited_at, table.c.cancelled_at)
    for row in _stream(connection, _of_period(asked, report.period)):
        report.by_day[local_date(row.deposited_at)][row.point[0]] += 1
        report.by_point[row.point] += 1
        report.cancelled += row.cancelled_at is not None


def _follow_stages(connection: Connection, report: Report) -> None:
    took: dict[Stage, array[float]] = {}
    asked = (
        select(statuses.c.receipt_number, statuses.c.update_json, deposits.c.deposited_at)
        .join(deposits, deposits.c.receipt_number == statuses.c.receipt_number)
        .order_by(statuses.c.receipt_number, statuses.c.cursor)
    )
    number, reached = "", set[Stage]()
    for row in _stream(connection, _of_period(asked, report.period)):
        if row.receipt_number != number:
            number, reached = row.receipt_number, set()
        told = StatusUpdate.model_validate_json(row.update_json)
        if told.status is Stage.RETURNED:
            report.reasons_by_point.setdefault(number[:5], Counter()).update(told.reason_codes)
            report.returned_by_point[number[:5]] += told.status not in reached
        if told.status not in reached:
            reached.add(told.status)
            seconds = max(0.0, (told.at - row.deposited_at).total_seconds())
            took.setdefault(told.status, array("d")).append(seconds)
    report.stages = {stage: _time(took[stage]) for stage in Stage if stage in took}


def _time(seconds: "array[float]") -> StageTime:
    ordered = sorted(seconds)

    def rank(part: float) -> int:
        # The nearest rank: a time that was really taken.
        return round(ordered[max(0, ceil(part * len(ordered)) - 1)])

    return StageTime(count=len(ordered), median_s=rank(0.5), p90_s=rank(0.9))


def _of_period(asked: Select[Any], period: Period) -> Select[Any]:
    begins, ends = period.bounds
    within = asked.where(deposits.c.deposited_at >= begins, deposits.c.deposited_at < ends)
    if period.network is None:
        return within
    return within.where(deposits.c.point.startswith(period.network, autoescape=True))


def _stream(connection: Connection, asked: Select[Any]) -> Iterator[Any]:
    return iter(connection.execution_options(yield_per=_AT_ONCE).execute(asked))
