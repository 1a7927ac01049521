"""What this node counts for Prometheus, and what the database tells at each look: no person."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from sqlalchemy import Connection, func, select

from central import duplicates, handing_over, silence
from central.schema import restorations, uploads
from central.services import Services
from central.silence import DeviceState

SILENT_AFTER = timedelta(hours=24)
_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)


class Meters:
    """One node's figures. A registry of its own: several nodes may live in one process."""

    def __init__(self, services: Services) -> None:
        self.registry = CollectorRegistry()
        labels = ("method", "route")
        self._requests = Counter(
            "wasl_requests", "Requests answered", (*labels, "status"), registry=self.registry
        )
        self._seconds = Histogram(
            "wasl_request_seconds",
            "Time from request to answer",
            labels,
            registry=self.registry,
            buckets=_BUCKETS,
        )
        self.registry.register(_State(services))

    def count(self, method: str, route: str | None, status: int, seconds: float) -> None:
        """Count a request by its route, never by its path: paths carry secrets."""
        # What is no route, or no method of ours, is one line whatever a stranger sends.
        named = (method if route else "other", route or "none")
        self._requests.labels(*named, str(status)).inc()
        self._seconds.labels(*named).observe(seconds)

    def text(self) -> bytes:
        """Return everything in Prometheus's text form."""
        return generate_latest(self.registry)


class _State(Collector):
    """What the database knows of devices, points and what waits."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def describe(self) -> Iterator[GaugeMetricFamily]:
        """Name nothing beforehand: registering asks no database."""
        return iter(())

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Look once, and yield what was seen."""
        now = self._services.now()
        with self._services.database.reading() as connection:
            yield from _points(connection, now)
            for name, help_text, value in (
                ("wasl_uploads_open", "Documents not wholly here", _open_uploads(connection)),
                ("wasl_restorations", "Backups noticed", _restorations(connection)),
                ("wasl_duplicates_flagged", "Repeats noted", duplicates.count(connection)),
            ):
                yield GaugeMetricFamily(name, help_text, value=value)
            yield _repeats(connection)
        waiting = handing_over.waiting(self._services.database)
        yield GaugeMetricFamily("wasl_hand_over_waiting", "Parcels that wait", value=waiting)


def _repeats(connection: Connection) -> GaugeMetricFamily:
    pairs = GaugeMetricFamily("wasl_duplicate_pairs", "Pairs noted, by why", labels=["reason"])
    for reason, count in duplicates.by_reason(connection).items():
        pairs.add_metric([reason], count)
    return pairs


def _points(connection: Connection, now: datetime) -> Iterator[GaugeMetricFamily]:
    silent = GaugeMetricFamily(
        "wasl_point_silent_seconds", "Since any device of the point was heard", labels=["point"]
    )
    devices: list[DeviceState] = []
    points_silent = 0
    for point in silence.of_points(connection, now):
        heard = [device for device in point.devices if not device.is_revoked]
        devices += heard
        if heard:
            quiet = min(device.silent_for for device in heard)
            silent.add_metric([point.code], quiet.total_seconds())
            points_silent += quiet > SILENT_AFTER
    yield silent
    reports = [device.report for device in devices if device.report is not None]
    for name, help_text, value in (
        ("wasl_devices", "Devices not revoked", len(devices)),
        ("wasl_points_silent", "Points unheard of for 24 hours", points_silent),
        (
            "wasl_kiosks_to_send",
            "Deposits that wait on kiosks",
            sum(map(silence.to_send, reports)),
        ),
        (
            "wasl_kiosks_held",
            "Deposits on kiosks that wait for a person",
            sum(report.held for report in reports),
        ),
        (
            "wasl_kiosks_oldest_seconds",
            "Age of the oldest deposit not sent",
            max((report.oldest_s or 0 for report in reports), default=0),
        ),
        (
            "wasl_journal_faults",
            "Journals that contradicted themselves",
            sum(sum(device.journal_faults.values()) for device in devices),
        ),
        (
            "wasl_cursors_unproven",
            "Devices that claim, unproven, to have been told more than is known",
            sum(device.is_ahead for device in devices),
        ),
    ):
        yield GaugeMetricFamily(name, help_text, value=value)


def _open_uploads(connection: Connection) -> int:
    is_open = (uploads.c.finished_at.is_(None), uploads.c.closed_at.is_(None))
    return connection.scalar(select(func.count()).select_from(uploads).where(*is_open)) or 0


def _restorations(connection: Connection) -> int:
    return connection.scalar(select(func.count()).select_from(restorations)) or 0
