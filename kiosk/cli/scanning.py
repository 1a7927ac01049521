"""The page pipeline on files or a device, and what scans can be taken from."""

import sys
from argparse import Namespace
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from time import monotonic
from typing import Final

from kiosk.cli.answer import Answer
from kiosk.cli.ports import OpenKiosk
from kiosk.desk.scanning import (
    Device,
    ScannedPage,
    check_place,
    check_writable,
    list_devices,
    scan_device,
    scan_files,
    write_pdf,
)
from kiosk.domain.agents import ForbiddenError
from kiosk.domain.dossier import MAX_PAGES
from kiosk.domain.errors import (
    DeviceUnavailableError,
    InvalidInputError,
    NotEnrolledError,
    WaslError,
    exit_code,
)
from kiosk.domain.page import Outline, Page
from kiosk.domain.scans import DeviceKind, Keeping, LockedBy, ScanOrder, ScanProfile, kind_of
from kiosk.settings import Settings, read_settings

_REFUSED, _INTERRUPTED = 2, 130
_LOCKS: Final = {
    LockedBy.CNSS: "the CNSS, in the configuration it signed",
    LockedBy.ADMINISTRATOR: "the administrator of this kiosk, in kiosk.toml",
}


@dataclass(slots=True, kw_only=True)
class _Run:
    """What a scan has given so far.

    Attributes:
        out: The folder for the PDF; None: there is to be none.
        written: The PDF, once it is.
        broken: Why the run ended before its end, and the exit code of that.
    """

    out: Path | None
    written: Path | None = None
    entries: list[dict[str, object]] = field(default_factory=list)
    pdfs: list[tuple[int, bytes]] = field(default_factory=list)
    refused: bool = False
    broken: tuple[WaslError, int] | None = None

    def take(self, scanned: ScannedPage, place: int) -> None:
        """Take a page, which stands at *place* in the PDF, or why there is none."""
        if scanned.page is not None:
            self.entries.append(_page_entry(scanned.page))
            if self.out is not None:
                self.pdfs.append((place, scanned.pdf))
        elif scanned.error is not None:
            self.refused = True
            self.entries.append(_fault_entry(scanned.source, scanned.error))

    def write(self) -> None:
        """Write the PDF, if one is wanted and there is a page.

        Raises:
            InvalidInputError: ``--out`` cannot be written.
        """
        in_order = [pdf for _, pdf in sorted(self.pdfs, key=lambda one: one[0])]
        if self.out is not None and in_order:
            self.written = write_pdf(self.out, in_order)

    def break_off(self, error: WaslError, code: int | None = None) -> None:
        """Note why the run ended before its end."""
        self.broken = error, exit_code(error.code) if code is None else code

    def answer(self, began: float) -> Answer:
        """Return the answer."""
        size = self.written.stat().st_size if self.written else _sum_bytes(self.entries)
        fields: dict[str, object] = {
            "pages": self.entries,
            "pdf": str(self.written) if self.written else None,
            "bytes": size,
            "elapsed_ms": round((monotonic() - began) * 1000),
        }
        lines = [_line(entry) for entry in self.entries]
        if self.written is not None:
            lines.append(f"{self.written}: {size} bytes")
        code = _REFUSED if self.refused else 0
        if self.broken is not None:
            error, code = self.broken
            fields["error"] = {"code": error.code.value, "message": str(error)}
            lines.append(f"{error.code.value}: {error}")
        return Answer(fields=fields, lines=tuple(lines), exit_code=code)


def scan(options: Namespace, open_kiosk: OpenKiosk) -> Answer:
    """Run the pipeline on files or on what a device gives.

    A file that cannot be read does not stop the others. A device that breaks off ends the scan
    with ``device_unavailable``; the pages before are in the answer and in the PDF. A folder's
    files go once the PDF with their pages is on the disk; without one they stay as they are.

    Raises:
        InvalidInputError: Wrong use, or ``--out`` cannot be made or written.
        ForbiddenError: The profiles are locked, and this is none of them.
    """
    if bool(options.files) is bool(options.device):
        raise InvalidInputError("arguments", "either FILE or --device ID")
    began = monotonic()
    run = _Run(out=None if options.no_pdf else options.out)
    order = _order(options, _settings(options, open_kiosk)) if options.device else None
    if order is None and (options.duplex or options.pages is not None):
        raise InvalidInputError("arguments", "--duplex and --pages go with --device")
    if run.out is not None:
        check_writable(run.out)
    if order is not None:
        _scan_device(order, run)
    else:
        for place, scanned in enumerate(scan_files(options.files)):
            run.take(scanned, place)
        run.write()
    return run.answer(began)


def _scan_device(order: ScanOrder, run: _Run) -> None:
    """Take what a device gives; what came is in the PDF however the run ends, or it is said."""
    keeping = Keeping.NOTHING if run.out is None else Keeping.AT_END
    pages = scan_device(replace(order, keeping=keeping), _wait_until_turned, run.write)
    try:
        for scanned in pages:
            run.take(scanned, _place(scanned, run))
    except DeviceUnavailableError as error:
        run.break_off(error)
    except InvalidInputError as error:
        run.break_off(_lost(order, run, error))
    except KeyboardInterrupt:
        _keep_interrupted(order, run)


def _keep_interrupted(order: ScanOrder, run: _Run) -> None:
    said = "interrupted"
    if _is_folder(order):
        said = "interrupted; the folder keeps its files, and the next scan takes them again"
    try:
        run.write()
    except InvalidInputError as error:
        run.break_off(_lost(order, run, error))
    else:
        run.break_off(DeviceUnavailableError(said), _INTERRUPTED)


def _lost(order: ScanOrder, run: _Run, error: InvalidInputError) -> InvalidInputError:
    said = "the folder keeps its files" if _is_folder(order) else "scan them again"
    return InvalidInputError(
        error.field, f"{error.problem}; {len(run.pdfs)} pages are in no PDF: {said}"
    )


def _is_folder(order: ScanOrder) -> bool:
    return kind_of(order.profile.device) is DeviceKind.FOLDER


def devices(options: Namespace, open_kiosk: OpenKiosk) -> Answer:
    """List the profiles and the sources of this machine."""
    settings = _settings(options, open_kiosk)
    found = list_devices(settings.scan_profiles())
    return Answer(
        fields={
            "devices": [asdict(device) for device in found],
            "profiles_locked": settings.profiles_locked,
            "profiles_locked_by": settings.profiles_locked_by,
        },
        lines=(*map(_device_line, found), *_lock_lines(settings)),
    )


def _device_line(one: Device) -> str:
    """Return what names a device and what it is, for people."""
    if one.profile:
        return f"{one.id}  profile of {one.device}{', both sides' if one.duplex else ''}"
    return f"{one.id}  {one.name}"


def _lock_lines(settings: Settings) -> tuple[str, ...]:
    """Return who locked the profiles, in one line; no line where nobody did."""
    by = settings.profiles_locked_by
    return (f"the scan profiles are locked by {_LOCKS[by]}",) if by is not None else ()


def _settings(options: Namespace, open_kiosk: OpenKiosk) -> Settings:
    """Return the settings that hold: an enrolled kiosk's with what the central signed on top."""
    try:
        kiosk = open_kiosk(options.data, writing=False)
    except NotEnrolledError:
        return read_settings(options.data / "kiosk.toml")
    kiosk.close()
    return kiosk.settings


def _order(options: Namespace, settings: Settings) -> ScanOrder:
    """Return the order for a profile or a device, within what an administrator allows."""
    pages = 0 if options.pages is None else options.pages
    if options.pages is not None and not 1 <= options.pages <= MAX_PAGES:
        raise InvalidInputError("pages", f"must be 1 to {MAX_PAGES}")
    known = {profile.name: profile for profile in settings.scan_profiles()}
    profile = known.get(options.device)
    if settings.profiles_locked and (profile is None or options.duplex):
        names = ", ".join(known) or "none"
        raise ForbiddenError(f"{_lock_lines(settings)[0]}; take one of them, as it is: {names}")
    if profile is None:
        if kind_of(options.device) in (None, DeviceKind.FILES):
            raise InvalidInputError("device", "neither a profile nor a device; see devices")
        profile = ScanProfile(name=options.device, device=options.device)
    check_place(profile, options.data)
    if options.duplex:
        profile = replace(profile, duplex=True)
    return ScanOrder(profile=profile, pages=pages)


def _place(scanned: ScannedPage, run: _Run) -> int:
    return scanned.page.index if scanned.page is not None else len(run.entries)


def _wait_until_turned(sheets: int) -> None:
    words = f"Turn the {sheets} sheets over as they lie, put them in again, then press Enter."
    print(words, file=sys.stderr, flush=True)
    if not sys.stdin.readline():
        raise DeviceUnavailableError("nobody can say that the stack is turned over")


def _page_entry(page: Page) -> dict[str, object]:
    return {
        "source": page.source,
        "index": page.index,
        "width_px": page.width_px,
        "height_px": page.height_px,
        "dpi": page.dpi,
        "outline": _corners(page.outline),
        "outline_confidence": round(page.outline_confidence, 3),
        "skew_deg": round(page.skew_deg, 2),
        "rotated_deg": page.rotated_deg,
        "sharpness": round(page.sharpness, 3),
        "problems": [problem.kind.value for problem in page.problems],
        "codes": [
            {"format": code.format, "text": code.text, "outline": _corners(code.outline)}
            for code in page.codes
        ],
        "bytes": page.size_bytes,
    }


def _fault_entry(source: str, error: WaslError) -> dict[str, object]:
    return {"source": source, "error": {"code": error.code.value, "message": str(error)}}


def _corners(outline: Outline | None) -> list[list[float]] | None:
    return [[round(x, 1), round(y, 1)] for x, y in outline] if outline else None


def _sum_bytes(entries: list[dict[str, object]]) -> int:
    return sum(size for entry in entries if isinstance(size := entry.get("bytes"), int))


def _line(entry: dict[str, object]) -> str:
    error, problems = entry.get("error"), entry.get("problems")
    if isinstance(error, dict):
        return f"{entry['source']}: {error['code']}: {error['message']}"
    size = f"{entry['width_px']}×{entry['height_px']} px, {entry['bytes']} bytes"
    said = ", ".join(problems) if isinstance(problems, list) and problems else "none"
    return f"{entry['source']} {entry['index']}: {size}, problems: {said}"
