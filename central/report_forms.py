"""A report as JSON, and as one CSV table whose rows can be filtered and summed."""

import csv
import io
from collections.abc import Iterator
from typing import Any

from central.report import PROXIMITY, Report
from kiosk.domain.vocabulary import Network
from kiosk.domain.words import NETWORK

COLUMNS = ("measure", "day", "network", "point", "stage", "reason", "value")


def as_json(report: Report) -> dict[str, Any]:
    """Return the report's fields."""
    period, by_network = report.period, report.by_network
    return {
        "from": period.first.isoformat(),
        "to": period.last.isoformat(),
        "network": period.network,
        "deposits": report.deposits,
        "cancelled": report.cancelled,
        "proximity_share": report.proximity_share,
        "days": [
            {
                "day": day.isoformat(),
                "deposits": counts.total(),
                "by_network": dict(sorted(counts.items())),
            }
            for day, counts in report.by_day.items()
        ],
        "networks": [
            {
                "network": letter,
                "name": NETWORK[Network(letter)].fr,
                "is_proximity": letter in PROXIMITY,
                "deposits": count,
                "share": round(count / report.deposits, 4),
            }
            for letter, count in sorted(by_network.items())
        ],
        "points": [
            {
                "point": point,
                "name": report.names.get(point, ""),
                "deposits": count,
                "returned": report.returned_by_point[point],
            }
            for point, count in sorted(report.by_point.items())
        ],
        "stages": {
            stage.value: {"count": time.count, "median_s": time.median_s, "p90_s": time.p90_s}
            for stage, time in report.stages.items()
        },
        "returns": {
            "deposits": report.returned_by_point.total(),
            "by_reason": dict(report.by_reason.most_common()),
            "by_point": {
                point: dict(reasons.most_common())
                for point, reasons in sorted(report.reasons_by_point.items())
            },
        },
    }


def as_csv(report: Report) -> str:
    """Return the report as CSV: one figure a row, what it is about in the columns before it."""
    out = io.StringIO()
    table = csv.DictWriter(out, COLUMNS, restval="", lineterminator="\r\n")
    table.writeheader()
    table.writerows(_rows(report))
    return out.getvalue()


def _rows(report: Report) -> Iterator[dict[str, Any]]:
    for day, counts in report.by_day.items():
        for letter, count in sorted(counts.items()):
            row = {"measure": "deposits_by_day", "day": day.isoformat(), "network": letter}
            yield row | {"value": count}
    for point, count in sorted(report.by_point.items()):
        of_point = {"network": point[0], "point": point}
        yield {"measure": "deposits_by_point", **of_point, "value": count}
        returned = report.returned_by_point[point]
        yield {"measure": "returned_by_point", **of_point, "value": returned}
    for stage, time in report.stages.items():
        for measure, value in (
            ("stage_count", time.count),
            ("stage_median_s", time.median_s),
            ("stage_p90_s", time.p90_s),
        ):
            yield {"measure": measure, "stage": stage.value, "value": value}
    for reason, count in report.by_reason.most_common():
        yield {"measure": "returns_by_reason", "reason": reason, "value": count}
    for point, reasons in sorted(report.reasons_by_point.items()):
        of_point = {"network": point[0], "point": point}
        for reason, count in reasons.most_common():
            row = {"measure": "returns_by_point_and_reason", **of_point, "reason": reason}
            yield row | {"value": count}
    yield {"measure": "cancelled", "value": report.cancelled}
    if report.proximity_share is not None:
        yield {"measure": "proximity_share", "value": report.proximity_share}
