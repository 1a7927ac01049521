"""A real central, in another year than this machine where asked, and a kiosk enrolled at it."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from central import registry, statements, trust_lists
from central.registry import NewDevice
from kiosk.app import identity_of
from kiosk.clock import KioskClock
from kiosk.link import Identity, Link
from kiosk.store.enrolment import Enrolment
from kiosk.store.folder import DataFolder
from kiosk.store.store import Store, open_for_writing
from kiosk.store.vitals import StoreVitals
from kiosk.wire.keys import PrivateKey
from tests.central.running import Central, in_thread
from tests.database_key import KEY
from tests.fakes.memory_outbox import MemoryOutbox
from tests.sync.items import Author


@dataclass(frozen=True, slots=True, kw_only=True)
class Dated:
    """What a test needs of both sides. The kiosk's store is real; its outbox has no disk."""

    central: Central
    identity: Identity
    link: Link
    outbox: MemoryOutbox
    store: Store
    clock: KioskClock
    author: Author

    def relinked(self, **changes: object) -> Link:
        """Return a link as somebody else, or to somebody else."""
        return _link(self.store, self.outbox, replace(self.identity, **changes))  # type: ignore[arg-type]


@contextmanager
def dated(
    folder: Path,
    *,
    away: timedelta = timedelta(0),
    context: ssl.SSLContext | None = None,
    ca_pem: str | None = None,
) -> Iterator[Dated]:
    """Serve a central whose clock is *away* from this machine's; enrol a kiosk without the line."""

    def now() -> datetime:
        return datetime.now(UTC) + away

    with (
        in_thread(folder / "central", lambda one: replace(one, now=now), context) as central,
        enrolled_at(central, folder / "kiosk", ca_pem) as one,
    ):
        yield one


@contextmanager
def enrolled_at(central: Central, folder: Path, ca_pem: str | None = None) -> Iterator[Dated]:
    """Enrol a kiosk whose data lie in *folder*, without the line."""
    clock, data = KioskClock(), DataFolder(folder)
    data.make()
    store = open_for_writing(data, clock.read, KEY)
    clock.judge_by(store.memory.trusted_time)
    request_key = PrivateKey.generate()
    enrolment = _enrol(central, request_key, ca_pem or central.ca_file.read_text("ascii"))
    store.memory.keep_enrolment(enrolment)
    identity = identity_of(enrolment, request_key)
    outbox = MemoryOutbox()
    link = _link(store, outbox, identity)
    try:
        yield Dated(
            central=central,
            identity=identity,
            link=link,
            outbox=outbox,
            store=store,
            clock=clock,
            author=Author(device=enrolment.device, receipt_key=request_key),
        )
    finally:
        link.stop()
        store.close()


def _link(store: Store, outbox: MemoryOutbox, identity: Identity) -> Link:
    clock = KioskClock()
    clock.judge_by(store.memory.trusted_time)
    return Link(
        outbox=outbox,
        memory=store.memory,
        identity=identity,
        vitals=StoreVitals(store, clock.read),
        program_version="0.1.0",
    )


def _enrol(central: Central, request_key: PrivateKey, ca_pem: str) -> Enrolment:
    services = central.services
    new = NewDevice(
        request_key=request_key.public,
        receipt_key=PrivateKey.generate().public,
        program_version="0.1.0",
    )
    now = services.now()
    with services.database.writing() as connection:
        code, _ = registry.make_code(connection, point="C0417", name="Azrou Centre", now=now)
        device, reserve = registry.enrol(connection, code, new, now)
        return Enrolment(
            device=device.code,
            reserve_letter=reserve,
            url=central.url,
            ca_pem=ca_pem,
            root_key=services.keys.root,
            root_statement=services.keys.root_statement,
            trust_list=trust_lists.read(connection, services.keys).signed,
            configuration=statements.configuration(connection, services.keys, device.point),
        )
