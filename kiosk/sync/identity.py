"""Which central, and as whom."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from time import monotonic

from kiosk.wire.keys import PrivateKey, PublicKey


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """An enrolled device and the central it talks to.

    Attributes:
        url: Origin of the central, ``https://host:port``.
        ca_pem: The only certificate authorities that may vouch for it.
        root_key: The offline root's key, pinned at enrolment.
        trust_key: The key the root statement names for trust lists, configuration and updates.
    """

    url: str
    ca_pem: str
    device: str
    request_key: PrivateKey = field(repr=False)
    root_key: PublicKey
    trust_key: PublicKey


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceKeys:
    """A device's new keys, as enrolment needs them; both are kept safe before it begins."""

    request: PrivateKey = field(repr=False)
    receipt: PublicKey


def _utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Clocks:
    """The two clocks sync lives by: the wall for times that are kept, the monotonic for waits."""

    now: Callable[[], datetime] = _utc_now
    monotonic: Callable[[], float] = monotonic
