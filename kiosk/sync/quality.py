"""How good the line is, measured on what goes over it anyway, and what that means for scans."""

from dataclasses import dataclass
from datetime import datetime, timedelta

_POOR_BYTES_PER_S, _VERY_SLOW_BYTES_PER_S = 32 * 1024, 2 * 1024
_POOR_ANSWER_S = 1.5
_POOR_FAILURES = 0.3


@dataclass(frozen=True, slots=True, kw_only=True)
class LineQuality:
    """What the last exchanges showed; None where none has shown it yet.

    Attributes:
        goodput_bytes_per_s: How fast the line took the last large body.
        answer_s: How long the answer to a small call takes, the central's own work included.
        failed: Share of the last exchanges that the line ended, 0 to 1.
    """

    goodput_bytes_per_s: float | None = None
    answer_s: float | None = None
    failed: float = 0.0

    @property
    def is_poor(self) -> bool:
        """Tell whether a scan is long on its way, so that manifests should go before all scans."""
        pace, answer_s = self.goodput_bytes_per_s, self.answer_s
        return (
            (pace is not None and pace < _POOR_BYTES_PER_S)
            or (answer_s is not None and answer_s > _POOR_ANSWER_S)
            or self.failed > _POOR_FAILURES
        )

    @property
    def is_very_slow(self) -> bool:
        """Tell whether a scan takes minutes."""
        pace = self.goodput_bytes_per_s
        return pace is not None and pace < _VERY_SLOW_BYTES_PER_S


@dataclass(frozen=True, slots=True, kw_only=True)
class LinePolicy:
    """What a technician has set for a line that costs money or takes long.

    Attributes:
        is_metered: Each byte is paid for.
        scans_wait: On such a line a scan waits until its deposit is this old.
    """

    is_metered: bool = False
    scans_wait: timedelta = timedelta(hours=24)


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """In which order rows go now.

    Attributes:
        manifests_first: No scan goes while a manifest waits.
        made_before: Scans of deposits made later wait; None: none waits.
    """

    manifests_first: bool = False
    made_before: datetime | None = None


def order(
    quality: LineQuality, policy: LinePolicy, now: datetime, *, is_asked_for: bool = False
) -> Order:
    """Return the order for a line of that quality; what a person asks for goes whole, now."""
    costs = policy.is_metered or quality.is_very_slow
    may_wait = costs and not is_asked_for and policy.scans_wait > timedelta(0)
    return Order(
        manifests_first=policy.is_metered or quality.is_poor,
        made_before=now - policy.scans_wait if may_wait else None,
    )
