"""The page pipeline on files, and what scans can be taken from."""

from argparse import Namespace
from dataclasses import asdict
from time import monotonic

from kiosk.cli.answer import Answer
from kiosk.desk.scanning import list_devices, scan_files, write_pdf
from kiosk.domain.errors import WaslError
from kiosk.domain.page import Outline, Page

_REFUSED = 2


def scan(options: Namespace) -> Answer:
    """Run the pipeline on every file; a file that cannot be read does not stop the others.

    Raises:
        InvalidInputError: ``--out`` cannot be made or written.
    """
    began = monotonic()
    entries: list[dict[str, object]] = []
    pdfs: list[bytes] = []
    refused = False
    keep = options.out is not None and not options.no_pdf
    for scanned in scan_files(options.files):
        if scanned.page is not None:
            entries.append(_page_entry(scanned.page))
            if keep:
                pdfs.append(scanned.pdf)
        elif scanned.error is not None:
            refused = True
            entries.append(_fault_entry(scanned.source, scanned.error))
    pdf = write_pdf(options.out, pdfs) if pdfs else None
    fields = {
        "pages": entries,
        "pdf": str(pdf) if pdf else None,
        "bytes": pdf.stat().st_size if pdf else _sum_bytes(entries),
        "elapsed_ms": round((monotonic() - began) * 1000),
    }
    return Answer(
        fields=fields,
        lines=tuple(_line(entry) for entry in entries),
        exit_code=_REFUSED if refused else 0,
    )


def devices() -> Answer:
    """List the sources of this machine."""
    found = list_devices()
    return Answer(
        fields={"devices": [asdict(device) for device in found]},
        lines=tuple(f"{device.id}  {device.name}" for device in found),
    )


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
    if "error" in entry:
        return f"{entry['source']}: {entry['error']}"
    size = f"{entry['width_px']}×{entry['height_px']} px, {entry['bytes']} bytes"
    return f"{entry['source']} {entry['index']}: {size}, problems {entry['problems'] or 'none'}"
