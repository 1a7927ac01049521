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
from kiosk.domain.scans import DeviceKind, LockedBy, ScanOrder, ScanProfile, kind_of
from kiosk.settings import Settings, read_settings

_REFUSED = 2
_LOCKS: Final = {
    LockedBy.CNSS: "the CNSS, in the configuration it signed",
    LockedBy.ADMINISTRATOR: "the administrator of this kiosk, in kiosk.toml",
}


@dataclass(slots=True, kw_only=True)
class _Run:
    """What a scan has given so far."""

    keep: bool
    entries: list[dict[str, object]] = field(default_factory=list)
    pdfs: list[tuple[int, bytes]] = field(default_factory=list)
    refused: bool = False

    def take(self, scanned: ScannedPage, place: int) -> None:
        """Take a page, which stands at *place* in the PDF, or why there is none."""
        if scanned.page is not None:
            self.entries.append(_page_entry(scanned.page))
            if self.keep:
                self.pdfs.append((place, scanned.pdf))
        elif scanned.error is not None:
            self.refused = True
            self.entries.append(_fault_entry(scanned.source, scanned.error))

    def fields(self, out: Path, began: float) -> dict[str, object]:
        """Write the PDF, if one is wanted, and return the answer."""
        in_order = [pdf for _, pdf in sorted(self.pdfs, key=lambda one: one[0])]
        pdf = write_pdf(out, in_order) if in_order else None
        return {
            "pages": self.entries,
            "pdf": str(pdf) if pdf else None,
            "bytes": pdf.stat().st_size if pdf else _sum_bytes(self.entries),
            "elapsed_ms": round((monotonic() - began) * 1000),
        }


def scan(options: Namespace, open_kiosk: OpenKiosk) -> Answer:
    """Run the pipeline on files or on what a device gives.

    A file that cannot be read does not stop the others. A device that breaks off ends the scan
    with ``device_unavailable``; the pages before are in the answer and in the PDF.

    Raises:
        InvalidInputError: Wrong use, or ``--out`` cannot be made or written.
        ForbiddenError: The profiles are locked, and this is none of them.
    """
    if bool(options.files) is bool(options.device):
        raise InvalidInputError("arguments", "either FILE or --device ID")
    began = monotonic()
    run = _Run(keep=options.out is not None and not options.no_pdf)
    broken = None
    if options.device:
        order = _order(options, _settings(options, open_kiosk))
        try:
            for scanned in scan_device(order, _wait_until_turned):
                run.take(scanned, _place(scanned, run))
        except DeviceUnavailableError as error:
            broken = error
    elif options.duplex or options.pages is not None:
        raise InvalidInputError("arguments", "--duplex and --pages go with --device")
    else:
        for place, scanned in enumerate(scan_files(options.files)):
            run.take(scanned, place)
    fields = run.fields(options.out, began)
    lines = [_line(entry) for entry in run.entries]
    if fields["pdf"] is not None:
        lines.append(f"{fields['pdf']}: {fields['bytes']} bytes")
    code = _REFUSED if run.refused else 0
    if broken is not None:
        fields["error"] = {"code": broken.code.value, "message": str(broken)}
        lines.append(f"{broken.code.value}: {broken}")
        code = exit_code(broken.code)
    return Answer(fields=fields, lines=tuple(lines), exit_code=code)


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
