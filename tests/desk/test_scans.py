"""Pages of a device go into the draft one by one, each where it belongs."""

import os
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from uuid import UUID

import pytest

from kiosk.domain.errors import InvalidInputError, SourceFault, SourceUnavailableError
from kiosk.domain.scans import CameraHint, CameraView, ScanOrder, ScanProfile, StackToTurn
from kiosk.domain.views import DraftPage, PageFault
from kiosk.scan.capture import CaptureProcess
from kiosk.scan.processed import FrameFault, ProcessedPage
from tests.desk.counter import FORM_PAGE
from tests.enrolled import EnrolledKiosk

Outcome = ProcessedPage | FrameFault | StackToTurn
MakeKiosk = Callable[..., EnrolledKiosk]
PROFILES = (
    ScanProfile(name="Comptoir", device="sane:acme:s1:7", duplex=True),
    ScanProfile(name="Caméra", device="camera:0"),
)


class Scripted(CaptureProcess):
    """A device that gives what a test says; the pages are real ones of the pipeline."""

    def __init__(self, page: ProcessedPage) -> None:
        super().__init__()
        self._page = page
        self.orders: list[ScanOrder] = []
        self.runs: list[list[int | StackToTurn | Exception]] = []
        self.asked_after: list[int] = []

    def numbered(self, index: int) -> ProcessedPage:
        """Return a page with that number, which looks like no other."""
        page = replace(self._page.page, index=index, fingerprint=f"{7 << 4 * index:016x}")
        return replace(self._page, page=page)

    def scan(self, order: ScanOrder, stop: threading.Event | None = None) -> Iterator[Outcome]:
        """Yield the next run."""
        self.orders.append(order)
        for one in self.runs.pop(0):
            if isinstance(one, Exception):
                raise one
            yield one if isinstance(one, StackToTurn) else self.numbered(one)

    def look_through(
        self, order: ScanOrder, *, shoot: bool = False
    ) -> tuple[CameraView, ProcessedPage | FrameFault | None]:
        """See nothing, or take a page when it is asked for."""
        self.orders.append(order)
        view = CameraView(jpeg=b"", outline=None, hint=CameraHint.NO_PAGE, steady=0.0)
        return view, self.numbered(1) if shoot else None


@pytest.fixture
def device(capture: CaptureProcess) -> Iterator[Scripted]:
    (page,) = capture.process(FORM_PAGE, str(FORM_PAGE))
    assert isinstance(page, ProcessedPage)
    with Scripted(page) as scripted:
        yield scripted


@pytest.fixture
def kiosk(make: MakeKiosk, device: Scripted) -> EnrolledKiosk:
    return make(capture=device, profiles=PROFILES)


class Agent:
    """Somebody who scans into one draft."""

    def __init__(self, kiosk: EnrolledKiosk) -> None:
        self.desk = kiosk.desk
        self.draft: UUID = kiosk.desk.drafts.begin()
        self.told: list[DraftPage | PageFault] = []

    def scan(self, *, replaced: int | None = None, backs_of: int = 0) -> int:
        """Scan with the first profile."""
        return self.desk.scans.scan(
            self.draft, "Comptoir", self.told.append, replaced=replaced, backs_of=backs_of
        )

    def numbers(self) -> list[int]:
        """Return the device's numbers of the pages, in the draft's order."""
        return [page.index for page in self.desk.drafts.pages(self.draft).values()]


def test_backs_stand_between_their_fronts(kiosk: EnrolledKiosk, device: Scripted) -> None:
    agent = Agent(kiosk)
    device.runs = [[1], [1, 3, 5, StackToTurn(sheets=3)], [6, 4, 2]]
    assert agent.scan() == 0
    assert agent.scan() == 3
    assert agent.scan(backs_of=3) == 0
    assert agent.numbers() == [1, 1, 2, 3, 4, 5, 6]
    positions = [page.position for page in agent.told if isinstance(page, DraftPage)]
    assert positions == [1, 2, 4, 6, 7, 5, 3]
    assert [order.backs_of for order in device.orders] == [0, 0, 3]


def test_order_outlives_the_program(
    make: MakeKiosk, kiosk: EnrolledKiosk, device: Scripted
) -> None:
    agent = Agent(kiosk)
    device.runs = [[1, 3, StackToTurn(sheets=2)], [4, 2]]
    agent.scan()
    agent.scan(backs_of=2)
    found = list(kiosk.desk.drafts.resume(agent.draft))
    assert [one.page.index for one in found if isinstance(one, DraftPage)] == [1, 2, 3, 4]


def test_pages_before_a_jam_are_kept(kiosk: EnrolledKiosk, device: Scripted) -> None:
    agent = Agent(kiosk)
    device.runs = [[1, 2, SourceUnavailableError(SourceFault.JAMMED, "jammed")], [1]]
    with pytest.raises(SourceUnavailableError):
        agent.scan()
    assert agent.numbers() == [1, 2]
    agent.scan()
    assert agent.numbers() == [1, 2, 1]


def test_next_page_is_asked_for_when_the_last_is_durable(
    kiosk: EnrolledKiosk, device: Scripted
) -> None:
    # A shared folder lets a file go when the page after it is asked for.
    agent = Agent(kiosk)
    files: list[int] = []

    def run(order: ScanOrder, stop: threading.Event | None = None) -> Iterator[Outcome]:
        for index in (1, 2, 3):
            yield device.numbered(index)
            files.append(_count(kiosk))

    device.scan = run  # type: ignore[method-assign]
    agent.scan()
    assert files == sorted(files)
    assert len(set(files)) == 3


def _count(kiosk: EnrolledKiosk) -> int:
    return sum(len(names) for _, _, names in os.walk(kiosk.folder.root / "drafts"))


def test_page_is_taken_again_in_its_place(kiosk: EnrolledKiosk, device: Scripted) -> None:
    agent = Agent(kiosk)
    device.runs = [[1, 2], [7]]
    agent.scan()
    again = next(iter(kiosk.desk.drafts.pages(agent.draft)))
    agent.scan(replaced=again)
    assert agent.numbers() == [7, 2]
    assert device.orders[-1].pages == 1


def test_camera_page_comes_at_the_end_or_in_place(kiosk: EnrolledKiosk, device: Scripted) -> None:
    agent, look = Agent(kiosk), kiosk.desk.scans.look
    device.runs = [[2, 3]]
    agent.scan()
    look(agent.draft, "Caméra", agent.told.append)
    assert agent.numbers() == [2, 3]
    look(agent.draft, "Caméra", agent.told.append, shoot=True)
    assert agent.numbers() == [2, 3, 1]
    look(agent.draft, "Caméra", agent.told.append, shoot=True, replaced=1)
    assert agent.numbers() == [1, 3, 1]


@pytest.mark.parametrize(("profile", "replaced"), [("Autre", None), ("Comptoir", 9)])
def test_what_is_not_there_is_refused_before_anything_is_scanned(
    kiosk: EnrolledKiosk, device: Scripted, profile: str, replaced: int | None
) -> None:
    agent = Agent(kiosk)
    with pytest.raises(InvalidInputError):
        kiosk.desk.scans.scan(agent.draft, profile, agent.told.append, replaced=replaced)
    with pytest.raises(InvalidInputError):
        kiosk.desk.scans.look(agent.draft, profile, agent.told.append, replaced=replaced)
    assert device.orders == []


def test_profiles_are_those_of_the_settings(kiosk: EnrolledKiosk) -> None:
    profiles: Sequence[ScanProfile] = kiosk.desk.scans.profiles()
    assert [one.is_camera for one in profiles] == [False, True]
