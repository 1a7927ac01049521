"""Who works at the window: signed in over the desk, and named in every act made there."""

import threading
from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

from kiosk.domain.agents import TECHNICIAN, Actor, ForbiddenError, Task
from kiosk.domain.counter_settings import CounterSettings
from kiosk.domain.counting import EpochCount
from kiosk.domain.form import DepositForm
from kiosk.domain.page import Outline
from kiosk.domain.shifts import DayClosed, ShiftCounts
from kiosk.domain.views import (
    QUEUE_PAGE,
    DraftPage,
    FoundDraft,
    FrameView,
    OpenPrint,
    PageFault,
    QueueView,
    ReceiptStatus,
)
from kiosk.domain.vocabulary import AbandonReason, DepositState, PieceKind

if TYPE_CHECKING:
    from kiosk.desk import Desk

CODE_DIGITS = 8
AskCounts = Callable[[], Collection[EpochCount] | None]


class WindowStaff:
    """``ui.staff_ports.Staff`` over the desk. Threads: any.

    Args:
        desk: The counter.
        ask_counts: Asks the central what it counts of this device's numbers.
    """

    def __init__(self, desk: "Desk", ask_counts: AskCounts = lambda: None) -> None:
        self._desk = desk
        self._ask_counts = ask_counts
        self._actor: Actor | None = None
        self._asked_for: tuple[str, Task, str] | None = None

    @property
    def name(self) -> str:
        """Who acts. The technician, whom the store refuses at a kiosk with agents, when nobody."""
        actor = self._actor
        return TECHNICIAN if actor is None else actor.name

    def is_asked(self) -> bool:
        """Tell whether this kiosk has agents."""
        return self._desk.agents.exist()

    def sign_in(self, name: str, pin: str) -> str:
        """Let somebody work."""
        self._actor = self._desk.agents.sign_in(name, pin)
        return self._actor.name

    def sign_out(self) -> None:
        """Nobody works any more."""
        self._actor = None
        self._asked_for = None

    def hand_over(self, own_pin: str, to: str, pin: str) -> ShiftCounts:
        """Hand the counter over; from then on *to* works here."""
        giver = self._desk.agents.sign_in(self._signed_in().name, own_pin)
        taker = self._desk.agents.sign_in(to, pin)
        counts = self._desk.shifts.hand_over(giver, taker)
        self._actor = taker
        return counts

    def close_day(self) -> DayClosed:
        """Count the day, beside the central's count when it can be asked."""
        actor = self._signed_in()
        return self._desk.shifts.close_day(actor, self._ask_counts())

    def ask_code(self, supervisor: str, receipt: str) -> str:
        """Return the challenge to read to a supervisor."""
        number = self._desk.receipts.number_in(receipt)
        return self.ask_leave(supervisor, Task.RELEASE, number)

    def release(self, receipt: str, supervisor: str, secret: str) -> DepositState:
        """Send a held deposit again, by a supervisor's PIN or the code they dictated."""
        number = self._desk.receipts.number_in(receipt)
        allowed = self.leave_of(supervisor, secret, Task.RELEASE, number)
        return self._desk.shifts.release(allowed, number)

    def ask_leave(self, supervisor: str, task: Task, subject: str) -> str:
        """Return a challenge to read to a supervisor, for one task on one thing."""
        shown = self._desk.agents.challenge(self._signed_in(), supervisor, task, subject)
        self._asked_for = (supervisor, task, subject)
        return shown

    def leave_of(self, supervisor: str, secret: str, task: Task, subject: str) -> Actor:
        """Return who acts with a supervisor's leave: by their PIN, or the code they dictated."""
        actor, agents = self._signed_in(), self._desk.agents
        # A PIN may have eight digits too: they are a code only after a challenge for just this.
        if self._asked_for == (supervisor, task, subject) and len(secret) == CODE_DIGITS:
            allowed = agents.allow(actor, supervisor, secret, task, subject)
            self._asked_for = None
            return allowed
        return agents.sign_in(supervisor, secret)

    def _signed_in(self) -> Actor:
        if self._actor is None:
            raise ForbiddenError("nobody is signed in")
        return self._actor


class WindowSettingsFile:
    """``ui.settings_ports.CounterSettingsDesk`` over the desk."""

    def __init__(self, desk: "Desk", staff: WindowStaff) -> None:
        self._file = desk.settings
        self._staff = staff

    def read(self) -> CounterSettings:
        """Return the settings that hold at the next start."""
        return self._file.read()

    def ask_code(self, supervisor: str, new: CounterSettings) -> str:
        """Return the challenge to read to a supervisor."""
        return self._staff.ask_leave(supervisor, Task.SETTINGS, new.fingerprint())

    def change(self, new: CounterSettings, supervisor: str, secret: str) -> tuple[str, ...]:
        """Keep other settings, by a supervisor's PIN or the code they dictated."""
        allowed = self._staff.leave_of(supervisor, secret, Task.SETTINGS, new.fingerprint())
        return self._file.change(allowed, new)


class WindowDrafts:
    """``ui.ports.Drafts`` over the desk, in the name of who works."""

    def __init__(self, desk: "Desk", staff: WindowStaff) -> None:
        self._drafts = desk.drafts
        self._staff = staff

    def begin(self) -> UUID:
        """Open a draft."""
        return self._drafts.begin(agent=self._staff.name)

    def note(self, draft_id: UUID, form: DepositForm, marks: Mapping[int, PieceKind]) -> None:
        """Keep what was typed so far."""
        self._drafts.note(draft_id, form, marks)

    def drop(
        self,
        draft_id: UUID,
        page_id: int | None = None,
        *,
        reason: AbandonReason = AbandonReason.CLIENT_TAKES_BACK,
    ) -> None:
        """Remove one page, or abandon the whole draft."""
        self._drafts.drop(draft_id, page_id, reason=reason, agent=self._staff.name)

    def tidy(self) -> None:
        """Clear away what ended drafts left."""
        self._drafts.tidy()

    def add_pages(
        self,
        draft_id: UUID,
        file: Path,
        on_page: Callable[[DraftPage | PageFault], None],
        *,
        stop: threading.Event | None = None,
    ) -> None:
        """Run a file through the page pipeline, until it is stopped."""
        self._drafts.add_pages(draft_id, file, on_page, stop=stop)

    def replace_page(
        self,
        draft_id: UUID,
        page_id: int,
        file: Path,
        on_page: Callable[[DraftPage | PageFault], None],
        *,
        stop: threading.Event | None = None,
    ) -> None:
        """Take a page again."""
        self._drafts.replace_page(draft_id, page_id, file, on_page, stop=stop)

    def put_back(self, draft_id: UUID) -> DraftPage:
        """Put the page that was removed last where it was."""
        return self._drafts.put_back(draft_id)

    def change_page(
        self, draft_id: UUID, page_id: int, *, quarter_turns: int = 0, keep: bool | None = None
    ) -> DraftPage:
        """Turn a page, or note that the original is like that."""
        return self._drafts.change_page(draft_id, page_id, quarter_turns=quarter_turns, keep=keep)

    def frame(self, draft_id: UUID, page_id: int) -> FrameView:
        """Return the whole picture in which a page lies."""
        return self._drafts.frame(draft_id, page_id)

    def place_page(self, draft_id: UUID, page_id: int, outline: Outline) -> DraftPage:
        """Cut a page out again by corners that were set."""
        return self._drafts.place_page(draft_id, page_id, outline)

    def open_drafts(self) -> tuple[FoundDraft, ...]:
        """Return every draft that is neither deposited nor abandoned."""
        return self._drafts.open_drafts()

    def resume(self, draft_id: UUID) -> Iterator[DraftPage | PageFault]:
        """Go on with a draft that was found."""
        return self._drafts.resume(draft_id)


class WindowOverview:
    """``ui.ports.Overview`` over the desk, in the name of who works."""

    def __init__(self, desk: "Desk", staff: WindowStaff) -> None:
        self._overview = desk.overview
        self._staff = staff

    def queue(self, at_most: int = QUEUE_PAGE) -> QueueView:
        """Return what is not purged: totals, and the newest rows."""
        return self._overview.queue(at_most)

    def find(self, text: str) -> ReceiptStatus:
        """Return the stage of a receipt."""
        return self._overview.find(text, self._staff.name)

    def open_prints(self) -> tuple[OpenPrint, ...]:
        """Return receipts whose paper nobody has confirmed."""
        return self._overview.open_prints()

    def paper_came_out(self, receipt_number: str, came_out: bool) -> None:
        """Close an open print intent, or leave it open."""
        self._overview.paper_came_out(receipt_number, came_out, self._staff.name)
