"""Windows' scanning libraries as our drivers call them: pytwain, and WIA's automation objects.

They hold the order of calls that the real ones ask for, and refuse what is out of turn.
"""

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

from PIL import Image

NAME = "Acme S1"


def picture(kind: str) -> bytes:
    """Return a page as that library hands it over: a BMP or a PNG."""
    out = io.BytesIO()
    Image.new("L", (200, 280), 240).save(out, kind, dpi=(300, 300))
    return out.getvalue()


class TwainError(Exception):
    """pytwain's base error."""


class CapUnsupported(TwainError):
    """The source does not know a capability."""


class PaperJam(TwainError):
    """Paper is stuck."""


class DSTransferCancelled(TwainError):
    """Nothing was transferred."""


class CheckStatus(Exception):
    """The nearest value was taken."""


class FakeTwain:
    """The module ``twain``: one source, with sheets in its feeder.

    Attributes:
        pages: What comes; an error is raised in its place.
        set_to: What was set, by capability.
        open_handles: Native pictures that were not freed.
        opened: How many sources and managers are open.
    """

    ICAP_UNITS, ICAP_XRESOLUTION, ICAP_YRESOLUTION, ICAP_PIXELTYPE = 258, 4376, 4377, 257
    CAP_FEEDERENABLED, CAP_AUTOFEED, CAP_XFERCOUNT, CAP_DUPLEXENABLED = 4098, 4103, 1, 4115
    TWTY_UINT16, TWTY_FIX32, TWTY_BOOL, TWTY_INT16 = 4, 7, 6, 1
    exceptions = SimpleNamespace(TwainError=TwainError, CheckStatus=CheckStatus)

    def __init__(self, pages: Sequence[bytes | Exception], unknown: Sequence[int] = ()) -> None:
        self.pages = list(pages)
        self.unknown = tuple(unknown)
        self.set_to: dict[int, object] = {}
        self.open_handles: set[int] = set()
        self.opened = 0

    def SourceManager(self, window: int, ProductName: str) -> "_Manager":
        """Open the manager."""
        self.opened += 1
        return _Manager(self)

    def dib_to_bm_file(self, handle: int) -> bytes:
        """Return a BMP."""
        assert handle in self.open_handles
        return self._given[handle]

    def global_handle_free(self, handle: int) -> None:
        """Free a picture."""
        self.open_handles.remove(handle)

    @property
    def _given(self) -> dict[int, bytes]:
        return _GIVEN


_GIVEN: dict[int, bytes] = {}


class _Manager:
    def __init__(self, twain: FakeTwain) -> None:
        self._twain = twain
        self.source_list = [NAME]

    def open_source(self, name: str) -> "_Source | None":
        if name not in self.source_list:
            return None
        self._twain.opened += 1
        return _Source(self._twain)

    def close(self) -> None:
        self._twain.opened -= 1


class _Source:
    def __init__(self, twain: FakeTwain) -> None:
        self._twain = twain
        self._state = "open"

    def get_capability(self, capability: int) -> object:
        if capability in self._twain.unknown:
            raise CapUnsupported
        return None

    def set_capability(self, capability: int, kind: int, value: object) -> None:
        assert self._state == "open"
        if capability in self._twain.unknown:
            raise CapUnsupported
        self._twain.set_to[capability] = value
        if value == 77.0:
            raise CheckStatus

    def request_acquire(self, *, show_ui: bool, modal_ui: bool) -> None:
        assert (self._state, show_ui, modal_ui) == ("open", False, False)
        self._state = "enabled"

    def modal_loop(self) -> None:
        assert self._state == "enabled"
        self._state = "ready"

    def xfer_image_natively(self) -> tuple[int, int]:
        assert self._state == "ready"
        if not self._twain.pages:
            raise DSTransferCancelled
        page = self._twain.pages.pop(0)
        if isinstance(page, Exception):
            raise page
        handle = len(_GIVEN) + 1
        _GIVEN[handle] = page
        self._twain.open_handles.add(handle)
        return handle, len(self._twain.pages)

    def hide_ui(self) -> None:
        self._state = "open"

    def close(self) -> None:
        self._twain.opened -= 1


class ComError(Exception):
    """comtypes' error, with its code."""

    def __init__(self, hresult: int) -> None:
        super().__init__(hresult)
        self.hresult = hresult - (1 << 32)  # as COM gives it: signed


NO_PAPER = 0x80210003
JAMMED = 0x80210002


@dataclass(slots=True)
class FakeWia:
    """``WIA.DeviceManager`` with one scanner.

    Attributes:
        pages: What comes; an error is raised in its place. Then the feeder is empty.
        able: The bits of WIA_DPS_DOCUMENT_HANDLING_CAPABILITIES.
        set_to: What was set, by property.
    """

    pages: list[bytes | Exception]
    able: int = 0x1 | 0x2
    set_to: dict[str, object] = field(default_factory=dict)

    def create(self, program: str) -> Any:
        """Make the device manager."""
        assert program == "WIA.DeviceManager"
        return SimpleNamespace(DeviceInfos=_Infos(self))

    def transfer(self, kind: str) -> Any:
        """Transfer the next page."""
        assert kind == "{B96B3CAF-0728-11D3-9D7B-0000F81EF32E}"  # PNG
        if not self.pages:
            raise ComError(NO_PAPER)
        page = self.pages.pop(0)
        if isinstance(page, Exception):
            raise page
        return SimpleNamespace(FileData=SimpleNamespace(BinaryData=page))

    def properties(self, name: str) -> Any:
        """Return a property that can be read or set."""
        return _Property(self, name)


class _Infos:
    Count = 2

    def __init__(self, wia: FakeWia) -> None:
        self._wia = wia

    def __call__(self, number: int) -> Any:
        kinds = {1: (2, "A camera"), 2: (1, NAME)}  # counted from 1, as COM does
        kind, name = kinds[number]
        return SimpleNamespace(
            Type=kind,
            Properties=lambda _: SimpleNamespace(Value=name),
            Connect=lambda: _device(self._wia),
        )


def _device(wia: FakeWia) -> Any:
    item = SimpleNamespace(Properties=wia.properties, Transfer=wia.transfer)
    items: Callable[[int], Any] = {1: item}.__getitem__
    return SimpleNamespace(Properties=wia.properties, Items=items)


class _Property:
    def __init__(self, wia: FakeWia, name: str) -> None:
        self._wia, self._name = wia, name

    @property
    def Value(self) -> object:
        return self._wia.able if self._name == "3086" else self._wia.set_to[self._name]

    @Value.setter
    def Value(self, value: object) -> None:
        self._wia.set_to[self._name] = value
