"""The composition root: settings, store, devices, link and desk come together here only."""

import contextlib
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from types import TracebackType
from typing import Self

from kiosk import cli
from kiosk.clock import KioskClock
from kiosk.desk import Desk
from kiosk.desk.agents import Agents
from kiosk.desk.backups import Backups, Restored, restore_backup
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
from kiosk.domain.errors import InvalidInputError, NotEnrolledError, WaslError
from kiosk.link import DeviceKeys as EnrolmentKeys
from kiosk.link import Enrolled, Identity, LinePolicy, Link
from kiosk.logs import log_to
from kiosk.scan.capture import CaptureProcess
from kiosk.security.errors import WrongKeyError
from kiosk.security.keystore import DeviceKeys, Keystore, generation_id
from kiosk.security.machine import keystore_of
from kiosk.settings import Places, Settings, read_settings
from kiosk.store.backup import Rotation
from kiosk.store.enrolment import Enrolment
from kiosk.store.errors import StoreError
from kiosk.store.folder import DataFolder
from kiosk.store.memory import former_request_keys
from kiosk.store.store import Store, open_for_reading, open_for_writing
from kiosk.store.vitals import StoreVitals
from kiosk.version import VERSION
from kiosk.wire.keys import PrivateKey


@dataclass(slots=True, kw_only=True)
class Kiosk:
    """One opened data folder with everything that works on it. Close it when done."""

    settings: Settings
    store: Store
    keys: DeviceKeys
    desk: Desk
    link: Link
    capture: CaptureProcess
    keystore: Keystore

    def renew_keys(self) -> dict[str, str]:
        """Give this device new signing keys, from the next start on; return their ids.

        Asked again after an answer that was lost, the same keys are told again.

        Raises:
            NotEnrolledError: There is no device yet.
            WrongKeyError: They cannot be kept.
            WaslError: The line or the central refused; the keys of before stay in use.
        """
        generation = self.store.memory.key_generation() + 1
        at = generation_id(self.keys.store_id, generation)
        try:
            signing = self.keystore.load(at)
        except WrongKeyError:
            signing = DeviceKeys.generate(at)
            # Durable before the central knows them: it believes no others from then on.
            self.keystore.save(signing)
        receipt = signing.receipt_key.public
        self.link.tell_new_keys(EnrolmentKeys(request=signing.request_key, receipt=receipt))
        self.store.memory.keep_key_generation(generation, self.keys.request_key.public)
        return {
            "request_key": signing.request_key.public.key_id.hex(),
            "receipt_key": receipt.key_id.hex(),
        }

    def enrol(self, code: str, url: str, ca_file: Path | None) -> Enrolled:
        """Enrol this device and keep what the central answered.

        Raises:
            InvalidInputError: Enrolled already, or the code, address or file cannot be right.
            WaslError: The line or the central refused.
        """
        if self.desk.deposits.identity() is not None:
            raise InvalidInputError("code", "this device is enrolled already")
        pair = EnrolmentKeys(request=self.keys.request_key, receipt=self.keys.receipt_key.public)
        enrolled = self.link.enrol(code, url, ca_file, lambda: pair)
        self.store.memory.keep_enrolment(
            Enrolment(
                device=enrolled.device,
                reserve_letter=enrolled.reserve_letter,
                url=enrolled.url,
                ca_pem=enrolled.ca_pem,
                root_key=enrolled.root_key,
                root_statement=enrolled.root_statement,
                trust_list=enrolled.trust_list,
                configuration=enrolled.configuration,
            )
        )
        self.store.memory.keep_time(enrolled.central_time)
        self.link.adopt(enrolled.identity(self.keys.request_key))
        return enrolled

    def keep_house(self) -> None:
        """Remove scans and details whose time has come, and keep a reserve on the disk.

        A disk that refuses is no reason to stop: it shows in ``doctor`` and at the next deposit.
        """
        with contextlib.suppress(NotEnrolledError, StoreError):
            self.store.retention.run()
            self.desk.backups.remove_old_orphans()
        with contextlib.suppress(StoreError):
            self.store.guard.stock_up()

    def close(self) -> None:
        """Stop the line, let drafts rest, end the capture process, let the next writer in."""
        self.link.stop()
        self.desk.drafts.close()
        self.capture.close()
        self.store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def open_kiosk(data: Path, *, writing: bool, keys: Path | None = None) -> Kiosk:
    """Open a data folder; a writer makes it when it is not there.

    Args:
        data: The data folder.
        writing: Become its one writer; readers work beside a writer.
        keys: The keystore's folder; ``KIOSK_KEYS`` or the platform's when None.

    Raises:
        NotEnrolledError: For reading, and there is no kiosk in that folder.
        WrongKeyError, AnotherWriterError, NewerDatabaseError, DamagedDatabaseError,
        ReadOnlyError, DiskFullError: The named state; nothing was changed.
    """
    folder = DataFolder(data)
    keystore, _ = _keystore(folder, keys)
    clock = KioskClock()
    if not folder.exists() and not writing:
        raise NotEnrolledError("there is no kiosk in this folder yet: enrol it first")
    if writing:
        folder.make()
        device_keys = _own_keys(folder, keystore)
        store = open_for_writing(folder, clock.read, device_keys.database_key)
    else:
        device_keys = _kept_keys(folder, keystore)
        store = open_for_reading(folder, clock.read, device_keys.database_key)
    try:
        clock.judge_by(store.memory.trusted_time)
        device_keys = _signing_keys(store, device_keys, keystore)
        if writing:
            with contextlib.suppress(StoreError):  # a full disk shows where something is begun
                store.guard.stock_up()
        settings = _under_signed(read_settings(folder.settings), store)
        return _assemble(store, device_keys, clock, settings, keystore)
    except BaseException:
        store.close()
        raise


def _under_signed(settings: Settings, store: Store) -> Settings:
    """Return the settings with the signed configuration on top, once there is one."""
    try:
        signed = store.memory.enrolment().configured()
    except NotEnrolledError:
        return settings
    profiles = [profile.model_dump() for profile in signed.profiles]
    return settings.under(profiles, is_locked=signed.profiles_locked)


def _assemble(
    store: Store, keys: DeviceKeys, clock: KioskClock, settings: Settings, keystore: Keystore
) -> Kiosk:
    capture = CaptureProcess()
    drafts = Drafts(store, capture, clock.read)
    receipts = Receipts(store, capture, keys, clock.best_known_utc)
    printer = PrinterSettings(address=settings.printer, paper=settings.paper)
    desk = Desk(
        drafts=drafts,
        deposits=Deposits(store, drafts, keys, clock.read),
        events=Events(store, drafts, receipts, keys, clock.read),
        papers=Papers(store, receipts, printer, clock.read),
        receipts=receipts,
        overview=Overview(store, receipts, keys, clock.read),
        inspection=Inspection(store, settings.printer, clock.read),
        backups=Backups(store, keys, clock.read, _backup_places(settings), _rotation(settings)),
        agents=Agents(store, clock.read),
        scans=Scans(drafts, capture, settings.scan_profiles()),
        shifts=Shifts(store, receipts, clock.read),
        settings=SettingsFile(store, clock.read),
    )
    link = Link(
        outbox=store.outbox,
        memory=store.memory,
        identity=_identity(store, keys),
        parcels=store.parcels,
        roots=store.memory,
        lists=store.lists,
        vitals=StoreVitals(store, clock.read),
        program_version=VERSION,
        policy=LinePolicy(
            is_metered=settings.line_metered,
            scans_wait=timedelta(hours=settings.line_scans_wait_hours),
        ),
    )
    return Kiosk(
        settings=settings,
        store=store,
        keys=keys,
        desk=desk,
        link=link,
        capture=capture,
        keystore=keystore,
    )


def _keystore(folder: DataFolder, keys: Path | None) -> tuple[Keystore, Path]:
    """Return the keystore, and the folder for what is noted beside it."""
    places = Places()
    where = keys or places.keys
    if where.resolve().is_relative_to(folder.root.resolve()):
        raise WrongKeyError("the keys' folder lies in the data folder: whoever takes one has both")
    is_named = keys is not None or "keys" in places.model_fields_set
    return keystore_of(where, is_named=is_named), where


def _own_keys(folder: DataFolder, keystore: Keystore) -> DeviceKeys:
    if folder.exists():
        return _kept_keys(folder, keystore)
    keys = DeviceKeys.generate(folder.new_id())
    # Keys first: an id without keys would be a folder nobody can ever open.
    keystore.save(keys)
    folder.keep_id(keys.store_id, keys.database_key)
    return keys


def _kept_keys(folder: DataFolder, keystore: Keystore) -> DeviceKeys:
    keys = keystore.load(folder.read_id())
    folder.check_key(keys.database_key)
    return keys


def _signing_keys(store: Store, keys: DeviceKeys, keystore: Keystore) -> DeviceKeys:
    generation = store.memory.key_generation()
    if not generation:
        return keys
    try:
        return keys.renewed(keystore.load(generation_id(keys.store_id, generation)))
    except WrongKeyError:
        if keys.request_key.public in former_request_keys(store.db.conn):
            raise  # nobody believes these any more: what they signed would be refused
        # Another PC, by a restore: its keystore was given the keys of the backup's day whole.
        return keys


def _backup_places(settings: Settings) -> tuple[Path, ...]:
    named = (settings.backup_folder, settings.backup_second_folder)
    return tuple(Path(name) for name in named if name)


def _rotation(settings: Settings) -> Rotation:
    return Rotation(hourly=settings.backup_hourly, daily=settings.backup_daily)


def restore_kiosk(
    data: Path,
    place: Path,
    *,
    identity: Path | None,
    lost: Path | None = None,
    keys: Path | None = None,
) -> Restored:
    """Put the backup in *place* into the empty data folder *data*; see ``desk.backups``."""
    keystore, keystore_folder = _keystore(DataFolder(data), keys)
    return restore_backup(
        data,
        place,
        keystore=keystore,
        keystore_folder=keystore_folder,
        clock=KioskClock().read,
        identity=identity,
        lost=lost,
    )


def _identity(store: Store, keys: DeviceKeys) -> Identity | None:
    try:
        return identity_of(store.memory.enrolment(), keys.request_key)
    except NotEnrolledError:
        return None


def identity_of(enrolment: Enrolment, request_key: PrivateKey) -> Identity:
    """Return who an enrolled device is, for the line."""
    return Identity(
        url=enrolment.url,
        ca_pem=enrolment.ca_pem,
        device=enrolment.device,
        request_key=request_key,
        root_key=enrolment.root_key,
        trust_key=enrolment.trust_key(),
    )


def main(arguments: Sequence[str]) -> int:
    """Run the window (no command) or one command; return the exit code."""
    return cli.main(
        arguments, open_kiosk=open_kiosk, open_window=_open_window, restore_kiosk=restore_kiosk
    )


def _open_window(data: Path, once: bool) -> int:
    # Qt is loaded only where a window is wanted.
    from kiosk.counter import show, show_refused

    try:
        kiosk = open_kiosk(data, writing=True)
    except WaslError as error:
        show_refused(error, once=once)
        raise
    with kiosk:
        with contextlib.suppress(OSError):  # a full disk costs the log, not the window
            log_to(kiosk.store.folder.root / "logs")
        return show(kiosk, once=once)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
