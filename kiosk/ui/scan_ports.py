"""What the window asks of scanners and cameras. Every call may block: a worker makes them."""

import threading
from collections.abc import Callable
from typing import Protocol
from uuid import UUID

from kiosk.domain.scans import CameraView
from kiosk.domain.views import DraftPage, PageFault


class Scans(Protocol):
    """Pages from a device, straight into a draft."""

    def scan(
        self,
        draft_id: UUID,
        profile: str,
        on_page: Callable[[DraftPage | PageFault], None],
        *,
        replaced: int | None = None,
        backs_of: int = 0,
        stop: threading.Event | None = None,
    ) -> int:
        """Scan; *on_page* hears of each page as it is kept. Return the sheets to turn over.

        Once *stop* is set, by any thread, the run ends soon; what came is kept.

        Raises:
            SourceUnavailableError: The device gives no page, or no more; what came before is kept.
        """

    def look(
        self,
        draft_id: UUID,
        profile: str,
        on_page: Callable[[DraftPage | PageFault], None],
        *,
        shoot: bool = False,
        replaced: int | None = None,
    ) -> CameraView:
        """Return what a camera sees; a page that lies still, or *shoot*, is taken.

        Raises:
            SourceUnavailableError: The camera is not there, or no longer; its pages are kept.
        """

    def let_go(self) -> None:
        """Let the camera go."""
