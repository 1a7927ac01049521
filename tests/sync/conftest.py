"""A device, its memory and its outbox, against the small central."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest

from kiosk.link import LinePolicy, Link
from kiosk.sync.connection import Timeouts
from kiosk.sync.identity import Clocks, Identity
from kiosk.sync.ports import Claimed, Delivered
from kiosk.wire.keys import PrivateKey
from tests.fakes.memory_outbox import MemoryDevice, MemoryOutbox
from tests.sync.authority import Authority, make_authority
from tests.sync.items import NOW, SCAN, Author
from tests.sync.small_central import SmallCentral, serving

# A loaded machine may take a second for an answer that is on its way.
QUICK = Timeouts(connect_s=2.0, read_s=1.5, send_s=2.0, answer_s=5.0)


@dataclass(slots=True)
class Clock:
    """Two clocks a test moves."""

    now: datetime = NOW
    monotonic_s: float = 1000.0

    def pass_s(self, seconds: float) -> None:
        """Let time pass."""
        self.now += timedelta(seconds=seconds)
        self.monotonic_s += seconds

    def clocks(self) -> Clocks:
        """Return them as sync takes them."""
        return Clocks(now=lambda: self.now, monotonic=lambda: self.monotonic_s)


@dataclass(slots=True, kw_only=True)
class Rig:
    """A kiosk's line, wired to a central."""

    central: SmallCentral
    identity: Identity
    link: Link
    outbox: MemoryOutbox
    memory: MemoryDevice
    author: Author
    clock: Clock
    links: list[Link] = field(default_factory=list)

    def put(self, scan: bytes | None = SCAN) -> Claimed:
        """Queue a new deposit."""
        item = self.author.deposit(scan)
        self.outbox.add(item)
        return item

    def delivered(self) -> dict[UUID, Delivered]:
        """Return what the outbox was told is delivered."""
        return self.outbox.delivered()

    def relinked(self, timeouts: Timeouts = QUICK, **changes: str) -> Link:
        """Return a link with another identity, on the same outbox and memory."""
        return self._link(replace(self.identity, **changes), timeouts)  # type: ignore[arg-type]

    def with_policy(self, policy: LinePolicy) -> Link:
        """Return a link that keeps to *policy*, on the same outbox and memory."""
        return self._link(self.identity, QUICK, policy)

    def _link(
        self, identity: Identity, timeouts: Timeouts, policy: LinePolicy | None = None
    ) -> Link:
        link = Link(
            outbox=self.outbox,
            memory=self.memory,
            identity=identity,
            clocks=self.clock.clocks(),
            timeouts=timeouts,
            draw=lambda: 0.5,
            policy=policy,
        )
        self.links.append(link)
        return link


@pytest.fixture(scope="session")
def authority() -> Authority:
    """Return the authority everybody here believes."""
    return make_authority()


@pytest.fixture
def rig(authority: Authority, tmp_path: Path) -> Iterator[Rig]:
    """Serve a small central and link a kiosk to it."""
    request_key, clock = PrivateKey.generate(), Clock()
    central = SmallCentral(request_key.public)
    outbox, memory = MemoryOutbox(), MemoryDevice(central.trust_list())
    with serving(central, authority.server(tmp_path)) as url:
        identity = Identity(
            url=url,
            ca_pem=authority.pem,
            device=central.device,
            request_key=request_key,
            root_key=PrivateKey.generate().public,
            trust_key=central.trust_key.public,
        )
        link = Link(
            outbox=outbox,
            memory=memory,
            identity=identity,
            clocks=clock.clocks(),
            timeouts=QUICK,
            draw=lambda: 0.5,
        )
        one = Rig(
            central=central,
            identity=identity,
            link=link,
            outbox=outbox,
            memory=memory,
            author=Author(receipt_key=request_key),
            clock=clock,
        )
        yield one
        for each in (link, *one.links):
            each.stop()
