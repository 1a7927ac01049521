"""WIA scanners on Windows, through the automation library wiaaut. Not yet tried on hardware.

Property numbers, formats and error codes are those of Microsoft's wiadef.h and wia_lh.h. The
library is loaded through comtypes when a device is asked for.
"""

from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any, Final, TypeVar

from kiosk.domain.errors import SourceFault, SourceUnavailableError
from kiosk.domain.scans import ScanOrder
from kiosk.scan.sources.acquire import Ability, AcquiredSource, Settings

_SCANNER: Final = 1
_PNG: Final = "{B96B3CAF-0728-11D3-9D7B-0000F81EF32E}"
_CAPABILITIES: Final = "3086"  # WIA_DPS_DOCUMENT_HANDLING_CAPABILITIES
_SELECT: Final = "3088"  # WIA_DPS_DOCUMENT_HANDLING_SELECT
_PAGES: Final = "3096"  # WIA_DPS_PAGES
_FEEDER, _FLATBED, _DUPLEX = 0x1, 0x2, 0x4
_X_DPI, _Y_DPI, _DATA_TYPE = "6147", "6148", "4103"  # WIA_IPS_XRES, WIA_IPS_YRES, WIA_IPA_DATATYPE
_GREY, _COLOUR = 2, 3
_FAULTS: Final = {
    0x80210002: SourceFault.JAMMED,
    0x80210003: SourceFault.NO_PAPER,
    0x80210005: SourceFault.BROKEN_OFF,  # offline
    0x80210006: SourceFault.BUSY,
    0x8021000A: SourceFault.BROKEN_OFF,  # communication
    0x80210016: SourceFault.COVER_OPEN,
}
_T = TypeVar("_T")


class WiaAutomation:
    """``acquire.Acquirer`` over WIA's device manager."""

    def __init__(
        self,
        create: Callable[[str], Any] | None = None,
        com_error: type[Exception] | None = None,
    ) -> None:
        """Remember how COM objects are made; comtypes is loaded when first needed if None."""
        self._create = create
        self._com_error = com_error

    def names(self) -> tuple[str, ...]:
        """Return the names of the scanners; see ``Acquirer.names``."""
        return tuple(_name_of(info) for info in self._scanners())

    def ability(self, name: str) -> Ability:
        """Return what a scanner can do; see ``Acquirer.ability``."""
        able = self._called(lambda: int(self._device(name).Properties(_CAPABILITIES).Value))
        has_feeder = bool(able & _FEEDER)
        return Ability(has_feeder=has_feeder, has_duplex=has_feeder and bool(able & _DUPLEX))

    def pages(self, name: str, settings: Settings) -> Iterator[bytes]:
        """Yield one PNG a page side; see ``Acquirer.pages``."""
        device = self._called(lambda: self._device(name))
        self._called(lambda: _apply(device, settings))
        taken = 0
        while True:
            try:
                picture = self._called(lambda: device.Items(1).Transfer(_PNG))
            except SourceUnavailableError as error:
                if error.fault is SourceFault.NO_PAPER and taken:
                    return  # the feeder has run empty
                raise
            taken += 1
            yield bytes(picture.FileData.BinaryData)
            if not settings.is_fed:
                return

    def _device(self, name: str) -> Any:
        for info in self._scanners():
            if _name_of(info) == name:
                return info.Connect()
        raise SourceUnavailableError(SourceFault.NOT_FOUND, "that scanner is not there")

    def _scanners(self) -> list[Any]:
        def listed() -> list[Any]:
            manager = self._made("WIA.DeviceManager")
            infos = manager.DeviceInfos
            found = [infos(number) for number in range(1, infos.Count + 1)]
            return [info for info in found if info.Type == _SCANNER]

        return self._called(listed)

    def _called(self, call: Callable[[], _T]) -> _T:
        """Return what a call of the library gives; its errors by their names."""
        self._load()
        assert self._com_error is not None  # noqa: S101 - set by _load
        try:
            return call()
        except self._com_error as error:
            code = int(getattr(error, "hresult", 0)) & 0xFFFFFFFF
            fault = _FAULTS.get(code, SourceFault.BROKEN_OFF)
            raise SourceUnavailableError(fault, f"WIA stopped with {code:#010x}") from error

    def _made(self, program: str) -> Any:
        assert self._create is not None  # noqa: S101 - set by _load
        return self._create(program)

    def _load(self) -> None:
        if self._create is None:
            try:
                client = import_module("comtypes.client")
                self._com_error = import_module("comtypes").COMError
            except (ImportError, OSError) as error:  # comtypes asks for Windows when it is loaded
                raise SourceUnavailableError(
                    SourceFault.NO_DRIVER, "comtypes is not installed"
                ) from error
            self._create = client.CreateObject


def _apply(device: Any, settings: Settings) -> None:
    if settings.is_fed:
        device.Properties(_SELECT).Value = _FEEDER | (_DUPLEX if settings.is_duplex else 0)
        device.Properties(_PAGES).Value = 1  # one transfer a page; the loop asks for the next
    else:
        device.Properties(_SELECT).Value = _FLATBED
    item = device.Items(1)
    item.Properties(_X_DPI).Value = settings.dpi
    item.Properties(_Y_DPI).Value = settings.dpi
    item.Properties(_DATA_TYPE).Value = _GREY if settings.is_grey else _COLOUR


def _name_of(info: Any) -> str:
    return str(info.Properties("Name").Value)


class WiaSource(AcquiredSource):
    """The source for ``wia:NAME``."""

    def __init__(self, order: ScanOrder, *, name: str | None = None) -> None:
        super().__init__(order, WiaAutomation(), name=name)
