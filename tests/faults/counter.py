"""A kiosk at work in a child process, which says what it promises as it promises it."""

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import TypeVar
from uuid import UUID, uuid4

from kiosk.desk import Desk
from kiosk.desk.backups import restore_backup
from kiosk.domain.errors import WaslError
from kiosk.domain.form import DepositForm
from kiosk.domain.views import DraftPage, EventRecorded
from kiosk.domain.vocabulary import PieceKind
from kiosk.security.keystore import DeviceKeys, FileKeystore
from kiosk.store.errors import StoreError
from kiosk.store.folder import DataFolder
from kiosk.store.store import Store, open_for_writing
from kiosk.wire.encoding import b64
from kiosk.wire.trust import DeviceKey
from tests.enrolled import DEVICE, TestCentral, TestClock, make_desk
from tests.faults.person import REASON, StandInCapture, typed

Told = dict[str, str]
"""One thing that was said to somebody: ``what`` names it, the rest says which."""
Tell = Callable[[Told], None]
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """What a power cut does not touch, because it lies elsewhere."""

    central: TestCentral = field(default_factory=TestCentral)
    capture: StandInCapture = field(default_factory=StandInCapture)


class Counter:
    """One process of a kiosk: what an agent does, each act tried again once when it is refused.

    Args:
        device: Central and pipeline.
        root: The data folder; the keys lie in a folder beside it.
        tell: Hears of every promise, right after the call that makes it has returned.
        changed: Puts a broken store in the place of the good one.
    """

    def __init__(
        self,
        device: Device,
        root: Path,
        tell: Tell,
        changed: Callable[["Counter", Store], Store] = lambda _counter, store: store,
    ) -> None:
        self.device = device
        self.folder = DataFolder(root)
        self.tell = tell
        self.clock = TestClock()
        self._changed = changed
        self._keys: DeviceKeys | None = None
        self._store: Store | None = None
        self._desk: Desk | None = None

    @property
    def place(self) -> Path:
        """Where backups go: a stick, say."""
        return self.folder.root.with_name("backups")

    @property
    def keys(self) -> DeviceKeys:
        """The device's keys."""
        assert self._keys is not None
        return self._keys

    @property
    def store(self) -> Store:
        """The open store."""
        assert self._store is not None
        return self._store

    @property
    def desk(self) -> Desk:
        """The desk on it."""
        assert self._desk is not None
        return self._desk

    def make_folder(self) -> None:
        """Make or find the data folder and its keys, as the composition root does."""
        self.attempt(self.folder.make)
        self._keys = self.attempt(self._own_keys)

    def _own_keys(self) -> DeviceKeys:
        keystore = FileKeystore(self.folder.root.with_name("keys"))
        if self.folder.exists():
            keys = keystore.load(self.folder.read_id())
            self.folder.check_key(keys.database_key)
            return keys
        keys = DeviceKeys.generate(self.folder.new_id())
        keystore.save(keys)
        self.folder.keep_id(keys.store_id, keys.database_key)
        return keys

    def attempt(self, act: Callable[[], T]) -> T:
        """Do *act*; when it is refused with a named error say so, and try once more."""
        try:
            return act()
        except WaslError as error:
            self.tell({"what": "refused", "code": error.code.value})
        return act()

    def open(self) -> None:
        """Start up: become the writer and stand at the desk."""
        self.make_folder()
        key = self.keys.database_key
        opened = self.attempt(lambda: open_for_writing(self.folder, self.clock.read, key))
        store = self._store = self._changed(self, opened)
        keys, clock = self.keys, self.clock
        self._desk = make_desk(store, self.device.capture, keys, clock.read, clock.utc)
        self.tell({"what": "opened"})

    def enrol(self) -> None:
        """Keep what an enrolment brings."""
        key = b64(self.keys.receipt_key.public.raw)
        own = DeviceKey(device=DEVICE, receipt_key=key)
        brought = self.device.central.enrolment(devices=(own,))
        self.attempt(lambda: self.store.memory.keep_enrolment(brought))
        self.tell({"what": "enrolled"})

    def close(self) -> None:
        """Leave the desk as at the end of a day; left already is fine."""
        store, self._store = self._store, None
        if store is not None:
            self.desk.drafts.close()
            store.close()

    @property
    def recovery(self) -> Path:
        """Return the file with the recovery identity, as a technician brings it."""
        return self.folder.root.with_name("recovery.age")

    def back_up(self) -> None:
        """Take a backup."""
        self.tell({"what": "backing_up"})
        report = self.attempt(lambda: self.desk.backups.take(self.place))
        self.tell({"what": "backup", "name": report.path.name})

    def restore(self) -> None:
        """Put the newest backup in place of a data folder that is lost."""
        keys = self.folder.root.with_name("keys")
        self.attempt(
            lambda: restore_backup(
                self.folder.root,
                self.place,
                keystore=FileKeystore(keys),
                keystore_folder=keys,
                clock=self.clock.read,
                identity=self.recovery,
            )
        )

    def purge(self) -> None:
        """Remove what the central has had for long, as it says itself."""
        self.attempt(lambda: self.store.memory.keep_time(self.clock.now + timedelta(days=100)))
        self.attempt(self.store.retention.run)

    def draft(self, pages: int = 1) -> UUID:
        """Open a draft and keep pages in it."""
        draft = self.attempt(self.desk.drafts.begin)
        for _ in range(pages):
            self.add_page(draft)
        return draft

    def add_page(self, draft: UUID) -> None:
        """Scan one page into a draft."""
        self.attempt(lambda: self.desk.drafts.add_pages(draft, Path("tray"), self._page(draft)))

    def replace_page(self, draft: UUID) -> None:
        """Scan the first page of a draft again."""
        page = min(self.desk.drafts.pages(draft))
        self.attempt(
            lambda: self.desk.drafts.replace_page(draft, page, Path("tray"), self._page(draft))
        )

    def _page(self, draft: UUID) -> Callable[[object], None]:
        return lambda outcome: self.heard(draft, outcome)

    def heard(self, draft: UUID, outcome: object) -> None:
        """Show a page that is kept."""
        assert isinstance(outcome, DraftPage), outcome
        self.tell({"what": "page", "draft": str(draft), "page": str(outcome.page_id)})

    def drop_page(self, draft: UUID) -> None:
        """Take the last page out again; a refusal leaves at most noise on the disk."""
        page = max(self.desk.drafts.pages(draft))
        self.tell({"what": "page_goes", "draft": str(draft), "page": str(page)})
        with contextlib.suppress(StoreError):
            self.desk.drafts.drop(draft, page)

    def note(self, draft: UUID, form: DepositForm) -> None:
        """Let the draft know what was typed so far."""
        self.tell({"what": "noting", "draft": str(draft), "amount": form.amount})
        marks = self.marks(draft)
        self.attempt(lambda: self.desk.drafts.note(draft, form, marks))
        self.tell({"what": "noted", "draft": str(draft), "amount": form.amount})

    def abandon(self, draft: UUID) -> None:
        """Give the papers of a draft back."""
        with self.ending(draft):
            self.attempt(lambda: self.desk.drafts.drop(draft))

    @contextlib.contextmanager
    def ending(self, draft: UUID, request: UUID | None = None) -> Iterator[None]:
        """Say that a draft is about to end, in a deposit when there is a *request*, and did."""
        self.tell({"what": "draft_ends", "draft": str(draft), "request": str(request or "")})
        yield
        self.tell({"what": "draft_ended", "draft": str(draft)})

    def confirm(self, draft: UUID, request: UUID | None = None) -> str:
        """Make a draft a deposit; its number is shown once ``confirm`` has returned."""
        request, deposits = request or uuid4(), self.desk.deposits
        form, marks = typed(), self.marks(draft)
        with self.ending(draft, request):
            made = self.attempt(lambda: deposits.confirm(draft, form, marks, request))
            self.show(made.receipt_number, made.deposit_id)
        self.tell({"what": "answered", "request": str(request), "number": made.receipt_number})
        return made.receipt_number

    def marks(
        self, draft: UUID, kind: PieceKind = PieceKind.FEUILLE_DE_SOINS
    ) -> dict[int, PieceKind]:
        """Mark the first page of a draft; a page that was refused has used up its id."""
        return {min(self.desk.drafts.pages(draft)): kind}

    def take(self, pages: int = 1) -> str:
        """Take a whole dossier and return its number."""
        return self.confirm(self.draft(pages))

    def receive(self) -> str:
        """Take a dossier that is scanned later."""
        request, counts = uuid4(), [(PieceKind.FEUILLE_DE_SOINS, 1), (PieceKind.ORDONNANCE, 2)]
        made = self.attempt(lambda: self.desk.deposits.receive(typed(), counts, request))
        return self.show(made.receipt_number, made.deposit_id)

    def show(self, number: str, item: UUID) -> str:
        """Say that a receipt is on the screen."""
        self.tell({"what": "receipt", "number": number, "item": str(item)})
        return number

    def after_receipt(self, act: Callable[[], EventRecorded]) -> None:
        """Do something to a deposit under its number."""
        done = self.attempt(act)
        self.tell(
            {
                "what": "event",
                "number": done.receipt_number,
                "item": str(done.event_id),
                "event": done.event,
            }
        )

    def number(self) -> str:
        """Return the number of the newest deposit."""
        return self.desk.overview.queue().rows[0].receipt_number

    def cancel(self, number: str) -> None:
        """Give the dossier back."""
        self.after_receipt(lambda: self.desk.events.cancel(number, REASON))
