"""A kiosk enrolled without a network: statements signed by keys of the test, a store, a desk."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pyrage

from kiosk.desk import Desk
from kiosk.desk.agents import Agents
from kiosk.desk.backups import Backups
from kiosk.desk.counter_settings import SettingsFile
from kiosk.desk.deposits import Deposits
from kiosk.desk.drafts import Drafts
from kiosk.desk.events import Events
from kiosk.desk.inspection import Inspection
from kiosk.desk.overview import Overview
from kiosk.desk.papers import Papers, PrinterSettings
from kiosk.desk.receipts import Receipts
from kiosk.desk.scans import Scans
from kiosk.desk.shifts import Shifts
from kiosk.domain.moments import ClockReading, ClockTrust
from kiosk.domain.scans import ScanProfile
from kiosk.scan.capture import CaptureProcess
from kiosk.security.keystore import DeviceKeys
from kiosk.store.enrolment import Enrolment
from kiosk.store.folder import DataFolder
from kiosk.store.store import Store, open_for_writing
from kiosk.wire.cose import ContentType
from kiosk.wire.encoding import b64
from kiosk.wire.keys import PrivateKey
from kiosk.wire.trust import (
    Configuration,
    DeviceKey,
    RootStatement,
    SignedProfile,
    TrustList,
    sign_statement,
)

DEVICE = "C0417A"
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


@dataclass(slots=True)
class TestClock:
    """A clock that a test moves; every reading is a second after the one before."""

    __test__ = False

    now: datetime = NOW
    monotonic_ms: int = 1_000
    trust: ClockTrust = ClockTrust.VERIFIED

    def read(self) -> ClockReading:
        """Return the next reading."""
        self.now += timedelta(seconds=1)
        self.monotonic_ms += 1_000
        return ClockReading(utc=self.now, monotonic_ms=self.monotonic_ms, trust=self.trust)

    def utc(self) -> datetime:
        """Return the wall clock alone."""
        return self.now


@dataclass(frozen=True, slots=True, kw_only=True)
class TestCentral:
    """Who signs what a device believes, and who opens what it seals."""

    __test__ = False

    root: PrivateKey = field(default_factory=PrivateKey.generate)
    trust: PrivateKey = field(default_factory=PrivateKey.generate)
    acknowledgement: PrivateKey = field(default_factory=PrivateKey.generate)
    operations: pyrage.x25519.Identity = field(default_factory=pyrage.x25519.Identity.generate)
    recovery: pyrage.x25519.Identity = field(default_factory=pyrage.x25519.Identity.generate)
    intake: pyrage.x25519.Identity = field(default_factory=pyrage.x25519.Identity.generate)

    def root_statement(self) -> str:
        """Return who may open sealed scans, signed by the offline root."""
        statement = RootStatement(
            version=1,
            issued_at=NOW,
            recipients=(str(self.operations.to_public()), str(self.recovery.to_public())),
            intake=str(self.intake.to_public()),
            recovery=(str(self.recovery.to_public()),),
            trust_key=b64(self.trust.public.raw),
        )
        return sign_statement(statement, self.root, ContentType.ROOT_STATEMENT)

    def trust_list(self, version: int = 1, devices: tuple[DeviceKey, ...] = ()) -> str:
        """Return a signed trust list."""
        statement = TrustList(
            version=version,
            issued_at=NOW,
            acknowledgement_keys=(b64(self.acknowledgement.public.raw),),
            devices=devices,
        )
        return sign_statement(statement, self.trust, ContentType.TRUST_LIST)

    def configuration(
        self,
        version: int = 1,
        name: str = "Azrou Centre",
        notice: int | None = None,
        profiles: tuple[SignedProfile, ...] = (),
        *,
        is_locked: bool = False,
    ) -> str:
        """Return a signed configuration of the point."""
        statement = Configuration(
            version=version,
            point="C0417",
            point_name=name,
            amount_notice_centimes=notice,
            profiles=profiles,
            profiles_locked=is_locked,
        )
        return sign_statement(statement, self.trust, ContentType.CONFIGURATION)

    def enrolment(
        self,
        device: str = DEVICE,
        *,
        devices: tuple[DeviceKey, ...] = (),
        notice: int | None = None,
    ) -> Enrolment:
        """Return what enrolling *device* would have brought."""
        return Enrolment(
            device=device,
            reserve_letter="B",
            url="https://127.0.0.1:1",
            ca_pem="",
            root_key=self.root.public,
            root_statement=self.root_statement(),
            trust_list=self.trust_list(devices=devices),
            configuration=self.configuration(notice=notice),
        )


@dataclass(slots=True, kw_only=True)
class EnrolledKiosk:
    """A kiosk that may take deposits. Everything is real but the central."""

    folder: DataFolder
    keys: DeviceKeys
    central: TestCentral
    clock: TestClock
    store: Store
    desk: Desk

    def close(self) -> None:
        """Forget drafts and let the next writer in; the capture process is its owner's."""
        self.desk.drafts.close()
        self.store.close()


def make_kiosk(
    root: Path,
    capture: CaptureProcess,
    *,
    device: str = DEVICE,
    central: TestCentral | None = None,
    printer: str = "",
    clock: TestClock | None = None,
    notice: int | None = None,
    profiles: Sequence[ScanProfile] = (),
) -> EnrolledKiosk:
    """Make a data folder of an enrolled kiosk under *root*.

    Args:
        root: The data folder to be.
        capture: The page pipeline; shared between kiosks, because it takes a second to start.
        device: The device's code.
        central: Who signs; a new one when None.
        printer: The address in its settings; none when empty.
        clock: Moved by the test; a new one when None.
        notice: Amount in centimes above which the configuration wants a notice.
        profiles: Ways of scanning in its settings.
    """
    folder, keys = DataFolder(root), DeviceKeys.generate(uuid4())
    central, clock = central or TestCentral(), clock or TestClock()
    folder.make()
    folder.keep_id(keys.store_id, keys.database_key)
    store = open_for_writing(folder, clock.read, keys.database_key)
    own = DeviceKey(device=device, receipt_key=b64(keys.receipt_key.public.raw))
    store.memory.keep_enrolment(central.enrolment(device, devices=(own,), notice=notice))
    desk = make_desk(store, capture, keys, clock.read, clock.utc, printer, profiles)
    return EnrolledKiosk(
        folder=folder, keys=keys, central=central, clock=clock, store=store, desk=desk
    )


def make_desk(
    store: Store,
    capture: CaptureProcess,
    keys: DeviceKeys,
    clock: Callable[[], ClockReading],
    utc: Callable[[], datetime],
    printer: str = "",
    profiles: Sequence[ScanProfile] = (),
) -> Desk:
    """Put a desk on an open store, as the composition root does."""
    drafts = Drafts(store, capture, clock)
    receipts = Receipts(store, capture, keys, utc)
    return Desk(
        drafts=drafts,
        deposits=Deposits(store, drafts, keys, clock),
        events=Events(store, drafts, receipts, keys, clock),
        papers=Papers(store, receipts, PrinterSettings(address=printer), clock),
        receipts=receipts,
        overview=Overview(store, receipts, keys, clock),
        inspection=Inspection(store, printer, clock),
        backups=Backups(store, keys, clock),
        agents=Agents(store, clock),
        shifts=Shifts(store, receipts, clock),
        settings=SettingsFile(store, clock),
        scans=Scans(drafts, capture, profiles),
    )
