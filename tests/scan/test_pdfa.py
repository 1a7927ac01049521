"""A dossier is PDF/A-2b; the checker that says so catches every broken one."""

import io
import shutil
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import cv2
import numpy as np
import pikepdf
import pypdfium2
import pytest
from PIL import Image, ImageCms

from kiosk.domain.vocabulary import PieceKind
from kiosk.scan.compress import compress_page
from kiosk.scan.onepage import write_one_page
from kiosk.scan.pdf import build_pdf
from kiosk.scan.srgb import srgb_profile
from tests.paper import draw_page
from tests.scan.pdfa import pdfa_faults

DEPOSIT = "0197c0de-0000-7000-8000-000000000001"
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
Breaks = Callable[[pikepdf.Pdf], None]


@pytest.fixture(scope="module")
def dossier() -> bytes:
    """Return a dossier of three pages: black ink, a coloured stamp, a photograph turned."""
    text, stamp = draw_page("facture", 8900, dpi=150), draw_page("ordonnance", 8901, dpi=150)
    soft = cv2.GaussianBlur(
        np.random.default_rng(3).uniform(0, 255, (700, 500, 3)).astype(np.float32), (0, 0), 20
    )
    photo = cv2.normalize(soft, np.zeros_like(soft), 10, 230, cv2.NORM_MINMAX).astype(np.uint8)
    pages = [
        write_one_page(compress_page(image, 150), 150) for image in (text.image, stamp.image, photo)
    ]
    pages[2] = _turned(pages[2])
    kinds = [PieceKind.FEUILLE_DE_SOINS, None, PieceKind.NOTE_HONORAIRES]
    return build_pdf(pages, deposit_id=DEPOSIT, kinds=kinds, created_at=NOON)


def _turned(content: bytes) -> bytes:
    with pikepdf.open(io.BytesIO(content)) as pdf:
        pdf.pages[0].Rotate = 90
        return _saved(pdf)


def test_dossier_is_pdfa_2b(dossier: bytes) -> None:
    assert pdfa_faults(dossier) == []
    with pikepdf.open(io.BytesIO(dossier)) as pdf:
        assert pdf.open_metadata().pdfa_status == "2B"
        assert int(pdf.pages[2].Rotate) == 90


@pytest.mark.skipif(shutil.which("qpdf") is None, reason="qpdf is not installed")
def test_qpdf_finds_nothing_wrong(dossier: bytes, tmp_path: Path) -> None:
    file = tmp_path / "dossier.pdf"
    file.write_bytes(dossier)
    ran = subprocess.run(
        ["qpdf", "--check", str(file)], capture_output=True, text=True, timeout=60, check=False
    )
    assert (ran.returncode, ran.stderr) == (0, "")
    assert "No syntax or stream encoding errors" in ran.stdout


@pytest.mark.skipif(
    shutil.which("verapdf") is None,
    reason="veraPDF is in no package registry we install from: our own checker stands alone",
)
def test_verapdf_agrees(dossier: bytes, tmp_path: Path) -> None:
    file = tmp_path / "dossier.pdf"
    file.write_bytes(dossier)
    ran = subprocess.run(
        ["verapdf", "--flavour", "2b", "--format", "text", str(file)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ran.stdout.startswith("PASS"), ran.stdout


@pytest.mark.skipif(shutil.which("pdftoppm") is None, reason="poppler-utils is not installed")
def test_poppler_and_pdfium_draw_the_dossier_alike(dossier: bytes, tmp_path: Path) -> None:
    subprocess.run(
        ["pdftoppm", "-r", "75", "-png", "-", str(tmp_path / "p")],
        input=dossier,
        check=True,
        timeout=60,
    )
    document = pypdfium2.PdfDocument(dossier)
    try:
        for sheet, file in zip(document, sorted(tmp_path.glob("p-*.png")), strict=True):
            pdfium = sheet.render(scale=75 / 72).to_numpy()[:, :, 2::-1].astype(int)
            with Image.open(file) as seen:
                poppler = np.asarray(seen.convert("RGB"), int)
            assert abs(pdfium.shape[0] - poppler.shape[0]) <= 1
            height, width = np.minimum(pdfium.shape[:2], poppler.shape[:2])
            apart = np.abs(pdfium[:height, :width] - poppler[:height, :width])
            assert apart.mean() < 4
            assert pdfium.std() > 10  # neither drew an empty page
    finally:
        document.close()


def test_profile_of_the_intent_is_srgb() -> None:
    ours = ImageCms.ImageCmsProfile(io.BytesIO(srgb_profile()))
    rng = np.random.default_rng(4)
    colours = Image.fromarray(rng.integers(0, 256, (64, 64, 3), np.uint8))
    same = ImageCms.profileToProfile(colours, ours, ImageCms.createProfile("sRGB"))
    assert same is not None
    assert np.abs(np.asarray(same, int) - np.asarray(colours, int)).max() <= 1


def _saved(pdf: pikepdf.Pdf) -> bytes:
    file = io.BytesIO()
    pdf.save(
        file,
        deterministic_id=True,
        compress_streams=False,
        stream_decode_level=pikepdf.StreamDecodeLevel.none,
        fix_metadata_version=False,
    )
    return file.getvalue()


def _broken(dossier: bytes, breaks: Breaks) -> list[str]:
    with pikepdf.open(io.BytesIO(dossier)) as pdf:
        breaks(pdf)
        return pdfa_faults(_saved(pdf))


def test_copy_written_by_another_library_still_passes(dossier: bytes) -> None:
    assert _broken(dossier, lambda pdf: None) == []


def _no_intent(pdf: pikepdf.Pdf) -> None:
    del pdf.Root.OutputIntents


def _old_intent(pdf: pikepdf.Pdf) -> None:
    pdf.Root.OutputIntents[0].S = pikepdf.Name.GTS_PDFX


def _newer_profile(pdf: pikepdf.Pdf) -> None:
    profile = pdf.Root.OutputIntents[0].DestOutputProfile
    changed = bytearray(profile.read_bytes())
    changed[8] = 5
    profile.write(bytes(changed))


def _replaced(old: bytes, new: bytes) -> Breaks:
    def breaks(pdf: pikepdf.Pdf) -> None:
        packet = pdf.Root.Metadata.read_bytes()
        assert old in packet
        pdf.Root.Metadata.write(packet.replace(old, new))

    return breaks


def _no_metadata(pdf: pikepdf.Pdf) -> None:
    del pdf.Root.Metadata


def _attached(pdf: pikepdf.Pdf) -> None:
    pdf.attachments["virus.exe"] = b"MZ-payload"


def _script(pdf: pikepdf.Pdf) -> None:
    pdf.Root.OpenAction = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="app.alert('x')")


def _page_action(pdf: pikepdf.Pdf) -> None:
    pdf.pages[0].AA = pikepdf.Dictionary(O=pikepdf.Dictionary(S=pikepdf.Name.Named))


def _group(pdf: pikepdf.Pdf) -> None:
    pdf.pages[1].Group = pikepdf.Dictionary(
        Type=pikepdf.Name.Group, S=pikepdf.Name.Transparency, CS=pikepdf.Name.DeviceRGB
    )


def _image(pdf: pikepdf.Pdf, name: str = "/Back") -> pikepdf.Object:
    return pdf.pages[0].Resources.XObject[name]


def _soft_mask(pdf: pikepdf.Pdf) -> None:
    _image(pdf).SMask = _image(pdf, "/Ink0")


def _interpolated(pdf: pikepdf.Pdf) -> None:
    _image(pdf).Interpolate = True


def _cmyk(pdf: pikepdf.Pdf) -> None:
    _image(pdf).ColorSpace = pikepdf.Name.DeviceCMYK


def _inverted(pdf: pikepdf.Pdf) -> None:
    _image(pdf, "/Ink0").DecodeParms.BlackIs1 = True


def _lzw(pdf: pikepdf.Pdf) -> None:
    _image(pdf).Filter = pikepdf.Array([pikepdf.Name.LZWDecode, pikepdf.Name.DCTDecode])


def _annotation(pdf: pikepdf.Pdf) -> None:
    link = pikepdf.Dictionary(Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Link, Rect=[0, 0, 9, 9])
    pdf.pages[0].Annots = pikepdf.Array([link])


def _text(pdf: pikepdf.Pdf) -> None:
    pdf.pages[0].contents_add(b"BT /F1 12 Tf (Bonjour) Tj ET")


def _tiny(pdf: pikepdf.Pdf) -> None:
    pdf.pages[0].MediaBox = pikepdf.Array([0, 0, 2, 2])


def _other_subject(pdf: pikepdf.Pdf) -> None:
    pdf.docinfo["/Subject"] = "somebody"


def _other_date(pdf: pikepdf.Pdf) -> None:
    pdf.docinfo["/ModDate"] = "D:20200101000000Z"


@pytest.mark.parametrize(
    ("breaks", "clause"),
    [
        (_no_intent, "6.2.3"),
        (_old_intent, "6.2.3"),
        (_newer_profile, "6.2.4.2"),
        (_replaced(b"<pdfaid:part>2</pdfaid:part>\n", b""), "6.6.4"),
        (_replaced(b"<pdfaid:conformance>B", b"<pdfaid:conformance>A"), "6.6.4"),
        (_replaced(b"</pdf:Producer>", b""), "6.6.2.1"),
        (_replaced(b'id="W5M0', b'encoding="UTF-8" id="W5M0'), "6.6.2.1"),
        (_replaced(b"http://ns.adobe.com/xap/1.0/mm/", b"http://wasl.invalid/own/"), "6.6.2.3"),
        (_no_metadata, "6.6.2"),
        (_other_subject, "6.6.3"),
        (_other_date, "6.6.3"),
        (_attached, "6.8"),
        (_script, "6.5.1"),
        (_page_action, "6.5.2"),
        (_group, "6.2.10"),
        (_soft_mask, "6.2.10"),
        (_interpolated, "6.2.8.1"),
        (_cmyk, "6.2.4.3"),
        (_inverted, "a stencil"),
        (_lzw, "6.1.7.2"),
        (_annotation, "6.3"),
        (_text, "6.2.2"),
        (_tiny, "6.1.13"),
    ],
)
def test_broken_dossier_is_caught(dossier: bytes, breaks: Breaks, clause: str) -> None:
    faults = _broken(dossier, breaks)
    assert any(fault.startswith(f"{clause} ") for fault in faults), faults


@pytest.mark.parametrize(
    ("old", "new", "clause"),
    [
        (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", b"%PDF-1.7\n%abcd\n", "6.1.2"),
        (b"%%EOF\n", b"%%EOF\nhidden", "6.1.3"),
        (b"/ID [<", b"/No [<", "6.1.3"),
        (b"Do Q\nendstream", b"Do Q Q\nendstream", "6.1.7.1"),
        (b"/Subtype /XML", b"/Subtype /XML /Filter []", "6.6.2"),
        (b" >>\nendobj\n", b" >> endobj\n", "6.1.9"),
        (b"%PDF-1.7", b"%PDF-2.0", "6.1.2"),
        (b"0000000000 65535 f \n", b"0000000000 65535 f\n", "6.1.4"),
        (b"startxref\n", b"startxref\n1", "6.1.4"),
    ],
)
def test_broken_syntax_is_caught(dossier: bytes, old: bytes, new: bytes, clause: str) -> None:
    assert old in dossier
    faults = pdfa_faults(dossier.replace(old, new))
    assert any(fault.startswith(f"{clause} ") for fault in faults), faults
