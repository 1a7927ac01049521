"""The source that scans through SANE: flatbed, feeder, both sides, at home or on the network."""

from collections.abc import Iterator
from typing import Final

from kiosk.domain.errors import SourceFault, SourceUnavailableError, WaslError
from kiosk.domain.scans import ScanOrder
from kiosk.scan.limits import MAX_CONTAINER_BYTES, MAX_PAGES
from kiosk.scan.sources import sane_tool
from kiosk.scan.sources.base import RawFrame
from kiosk.scan.sources.collate import numbering
from kiosk.scan.sources.sane_devices import resolve
from kiosk.scan.sources.sane_options import read_options, set_up

_AHEAD: Final = 3
"""Pages the feeder may be ahead of the pipeline: never waiting for it, and never filling memory."""


class SaneSource:
    """The page sides one run of a scanner gives, each as soon as the device has sent it."""

    def __init__(
        self,
        order: ScanOrder,
        *,
        name: str | None = None,
        page_limit_s: float = sane_tool.PAGE_LIMIT_S,
    ) -> None:
        """Take an order; the device is looked for when frames are asked for.

        Args:
            order: What to scan.
            name: What the frames give as their source; the device's id when None.
            page_limit_s: How long the driver may take for one page.
        """
        self._order = order
        self._name = order.profile.device if name is None else name
        self._page_limit_s = page_limit_s
        self._scan: sane_tool.Scan | None = None
        self._sheets_to_turn = 0

    @property
    def backs_left(self) -> int:
        """Sheets to be turned over and scanned again: the device sees one side."""
        return self._sheets_to_turn

    def frames(self, *, first: int = 1) -> Iterator[RawFrame]:
        """Yield one frame a page side; see ``Source.frames``."""
        device = resolve(self._order.profile.device)
        options = read_options(sane_tool.ask(["-d", device.address, "-A"]))
        setup = set_up(self._order.profile, options)
        most = min(self._order.pages or MAX_PAGES, MAX_PAGES) if setup.is_fed else 1
        by_hand = self._order.profile.duplex and setup.is_fed and not setup.is_duplex
        self.close()
        self._scan = sane_tool.Scan(
            ["-d", device.address, *setup.arguments, f"--batch-count={most}"],
            limit_s=self._page_limit_s,
        )
        taken = 0
        for content in self._pages(self._scan, most):
            taken += 1
            index = numbering(taken, by_hand=by_hand, backs_of=self._order.backs_of)
            if index >= first:
                yield RawFrame(source=self._name, index=index, content=content)
        if by_hand and not self._order.backs_of:
            self._sheets_to_turn = taken
        if taken < self._order.backs_of:
            raise SourceUnavailableError(
                SourceFault.BACKS_MISSING, f"{taken} backs of {self._order.backs_of} sheets"
            )

    def settle(self, index: int, error: WaslError | None) -> None:
        """Do nothing: the paper is still there."""

    def close(self) -> None:
        """End the driver; a second call does nothing."""
        scan, self._scan = self._scan, None
        if scan is not None:
            scan.close()

    def _pages(self, scan: sane_tool.Scan, most: int) -> Iterator[bytes]:
        try:
            for number in range(1, most + 1):
                scan.allow(min(number + _AHEAD, most))
                content = scan.page()
                if content is None:
                    return
                if len(content) > MAX_CONTAINER_BYTES:
                    raise SourceUnavailableError(SourceFault.CANNOT, "a page beyond all bounds")
                yield content
        finally:
            scan.close()
