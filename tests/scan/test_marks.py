"""Form fields and annotations of a PDF: all that shows is drawn, or the page is refused by name."""

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pikepdf
import pypdfium2
import pytest
from pikepdf import Array, Dictionary, Name, Object, String

from kiosk.domain.errors import FileTooLargeError, UndrawnMarkError
from kiosk.scan.capture import CaptureProcess
from kiosk.scan.marks import MAX_MARKS
from kiosk.scan.picture import Pixels
from kiosk.scan.processed import FrameFault, ProcessedPage
from kiosk.scan.render import decode_pdf_page
from tests.scan.hostile import encoded, paper

Entries = dict[str, object]
Draw = Callable[[bytes], Pixels]
BOX = (50, 50, 150, 80)
SHEET = (200, 140)
ARABIC = "845,50 درهم"
QUADS = [50, 80, 150, 80, 50, 50, 150, 50]
RED = [1, 0, 0]
HELVETICA = {"Type": Name.Font, "Subtype": Name.Type1, "BaseFont": Name.Helvetica}
MARKS: dict[str, Entries] = {
    "FreeText": {"Contents": "Vu le 12", "DA": "/Helv 12 Tf 1 0 0 rg"},
    "Ink": {"InkList": [[50, 50, 100, 80, 150, 50]], "C": RED},
    "Highlight": {"QuadPoints": QUADS, "C": [1, 1, 0]},
    "Underline": {"QuadPoints": QUADS, "C": RED},
    "StrikeOut": {"QuadPoints": QUADS, "C": RED},
    "Squiggly": {"QuadPoints": QUADS, "C": RED},
    "Square": {"C": RED},
    "Circle": {"C": RED},
}
"""Annotations of which pdfium makes an appearance where they bring none."""
UNMADE: dict[str, Entries] = {
    "Stamp": {"Name": Name.Approved},
    "Line": {"L": BOX, "C": RED},
    "Polygon": {"Vertices": [50, 50, 150, 80, 150, 50], "C": RED},
    "PolyLine": {"Vertices": [50, 50, 150, 80, 150, 50], "C": RED},
    "Caret": {"C": RED},
}
"""Of these it makes none."""
FIELDS: dict[str, Entries] = {
    "text": {"FT": Name.Tx, "V": "MONTANT 845,50 DH"},
    "accents": {"FT": Name.Tx, "V": "Fès, le 3 août: « œil » 12 €"},
    "choice": {"FT": Name.Ch, "Ff": 1 << 17, "V": "ALD", "Opt": ["ALD", "Maladie"]},
    "list": {"FT": Name.Ch, "V": "ALD", "Opt": ["ALD", "Maladie"]},
    "box": {"FT": Name.Btn, "V": Name.Yes, "AS": Name.Yes, "MK": {"CA": "4"}},
}


def pdf_object(value: object) -> Object:
    """Return a Python value as pikepdf keeps it."""
    if isinstance(value, str):
        return String(value)
    if isinstance(value, dict):
        return Dictionary({f"/{key}": pdf_object(one) for key, one in value.items()})
    if isinstance(value, (list, tuple)):
        return Array([pdf_object(one) for one in value])
    return value  # type: ignore[return-value]


def appearance(pdf: pikepdf.Pdf) -> Object:
    """Return an appearance that fills the box with blue."""
    drawing = pdf.make_stream(b"0 0 1 rg 0 0 100 30 re f")
    drawing.Type, drawing.Subtype = Name.XObject, Name.Form
    drawing.BBox = Array([0, 0, 100, 30])
    return drawing


def marked(
    *marks: Entries,
    is_form: bool = False,
    has_look: bool = False,
    form: Entries | None = None,
    root: Entries | None = None,
) -> bytes:
    """Return a PDF of one empty page with *marks* in its box; *has_look* gives each its own."""
    with pikepdf.new() as pdf:
        pdf.add_blank_page(page_size=SHEET)
        laid = []
        for number, mark in enumerate(marks):
            basic: Entries = {"Type": Name.Annot, "Rect": BOX, "F": 4}
            if is_form:
                basic |= {"Subtype": Name.Widget, "T": f"f{number}", "DA": "/Helv 11 Tf 0 g"}
            one = pdf_object(basic | mark)
            if has_look:
                look = appearance(pdf)
                one.AP = Dictionary(N=Dictionary(Yes=look) if "AS" in mark else look)
            laid.append(pdf.make_indirect(one))
        pdf.pages[0].Annots = Array(laid)
        if is_form:
            fonts = {"Font": {"Helv": HELVETICA}}
            pdf.Root.AcroForm = pdf_object({"DR": fonts, "DA": "/Helv 11 Tf 0 g"} | (form or {}))
            pdf.Root.AcroForm.Fields = Array(laid)
        for key, value in (root or {}).items():
            pdf.Root[f"/{key}"] = pdf_object(value)
        file = io.BytesIO()
        pdf.save(file)
        return file.getvalue()


def drawn(content: bytes) -> Pixels:
    """Return the page as the product draws it."""
    return decode_pdf_page(content).pixels


def drawn_without_forms(content: bytes) -> Pixels:
    """Return the page as pdfium draws it when nobody asks for its fields."""
    with pypdfium2.PdfDocument(content) as document:
        bitmap = document[0].render(scale=2, may_draw_forms=False, draw_annots=False)
        return np.array(bitmap.to_numpy()[:, :, :3], np.uint8, copy=True)


def check_shows(draw: Draw, content: bytes) -> None:
    """Check that there is ink in the box, and nowhere else."""
    pixels = draw(content)
    scale = pixels.shape[1] / SHEET[0]
    left, right = (round(x * scale) for x in (BOX[0] - 3, BOX[2] + 3))
    top, bottom = (round((SHEET[1] - y) * scale) for y in (BOX[3] + 3, BOX[1] - 3))
    inked = np.asarray((pixels < 200).any(2))
    assert inked[top:bottom, left:right].sum() > 20 * scale, "nothing shows"
    inked[top:bottom, left:right] = False
    assert not inked.any()


@pytest.mark.parametrize("need", [None, True, False])
@pytest.mark.parametrize("kind", FIELDS)
def test_filled_field_without_an_appearance_is_drawn(kind: str, need: bool | None) -> None:
    form: Entries = {} if need is None else {"NeedAppearances": need}
    check_shows(drawn, marked(FIELDS[kind], is_form=True, form=form))


@pytest.mark.parametrize("kind", [*FIELDS, "signature", "arabic"])
def test_field_is_drawn_as_it_looks_in_its_file(kind: str) -> None:
    others: dict[str, Entries] = {
        "signature": {"FT": Name.Sig},
        "arabic": {"FT": Name.Tx, "V": ARABIC},
    }
    field = (FIELDS | others)[kind]
    content = marked(field, is_form=True, has_look=True)
    check_shows(drawn, content)
    assert tuple(drawn(content)[310, 415]) == (255, 0, 0)


@pytest.mark.parametrize("is_form", [False, True])
@pytest.mark.parametrize("kind", MARKS)
def test_annotation_without_an_appearance_is_drawn(kind: str, is_form: bool) -> None:
    mark: Entries = {"Subtype": Name(f"/{kind}")} | MARKS[kind]
    check_shows(drawn, marked(mark, form={}, is_form=is_form))


@pytest.mark.parametrize("kind", [*MARKS, *UNMADE])
def test_annotation_is_drawn_as_it_looks_in_its_file(kind: str) -> None:
    mark: Entries = {"Subtype": Name(f"/{kind}")} | (MARKS | UNMADE)[kind]
    check_shows(drawn, marked(mark, has_look=True))


@pytest.mark.parametrize("draw", [drawn_without_forms])
def test_drawing_that_loses_marks_is_caught(draw: Draw) -> None:
    ink: Entries = {"Subtype": Name.Ink} | MARKS["Ink"]
    for content in (marked(FIELDS["text"], is_form=True, has_look=True), marked(ink)):
        with pytest.raises(AssertionError, match="nothing shows"):
            check_shows(draw, content)


def test_ticked_box_whose_tick_is_not_in_the_file_is_refused() -> None:
    ticked = FIELDS["box"] | {"AS": Name.On, "V": Name.On}
    with pytest.raises(UndrawnMarkError):
        drawn(marked(ticked, is_form=True, has_look=True))
    check_shows(drawn, marked(ticked, is_form=True))
    stateless = {key: value for key, value in FIELDS["box"].items() if key != "AS"}
    with pytest.raises(UndrawnMarkError):
        drawn(marked(stateless | {"AP": {"N": {"Yes": {}}}}, is_form=True))


@pytest.mark.filterwarnings("ignore::pikepdf.PageCopyWarning")  # such a file is the point
def test_field_of_a_page_cut_out_of_its_form_is_refused() -> None:
    field: Entries = FIELDS["text"] | {"Subtype": Name.Widget, "T": "total"}
    with pytest.raises(UndrawnMarkError):
        drawn(marked(field, has_look=True))
    assert (drawn(marked(field)) == 255).all()  # nobody shows it


@pytest.mark.parametrize("kind", UNMADE)
def test_annotation_that_cannot_be_drawn_is_refused(kind: str) -> None:
    with pytest.raises(UndrawnMarkError):
        drawn(marked({"Subtype": Name(f"/{kind}")} | UNMADE[kind]))


@pytest.mark.parametrize(
    "content",
    [
        marked({"FT": Name.Tx, "V": ARABIC}, is_form=True),
        marked(
            {"FT": Name.Tx, "V": ARABIC},
            is_form=True,
            has_look=True,  # which pdfium makes anew, as it is told to, and then without letters
            form={"NeedAppearances": True},
        ),
        marked({"Subtype": Name.FreeText, "Contents": ARABIC, "DA": "/Helv 12 Tf 0 g"}),
        marked({"Subtype": Name.FreeText, "Contents": "Vu le 12"}),
        marked(
            {"FT": Name.Tx, "V": "rien"},
            is_form=True,
            form={"XFA": "<xdp/>"},
            root={"NeedsRendering": True},
        ),
    ],
    ids=["arabic", "arabic made anew", "arabic note", "note without a font", "dynamic XFA"],
)
def test_letters_that_cannot_be_drawn_are_refused(content: bytes) -> None:
    with pytest.raises(UndrawnMarkError):
        drawn(content)


@pytest.mark.parametrize(
    "content",
    [
        marked({"FT": Name.Tx}, is_form=True),
        marked({"FT": Name.Tx, "V": ARABIC, "F": 2}, is_form=True),
        marked({"FT": Name.Tx, "V": ARABIC, "F": 36}, is_form=True),
        marked({"FT": Name.Sig, "V": {"Type": Name.Sig}}, is_form=True),
        marked({"FT": Name.Btn, "V": Name.Off, "AS": Name.Off}, is_form=True),
        marked({"Subtype": Name.Link, "Border": [0, 0, 0]}),
        marked({"Subtype": Name.Popup, "Contents": ARABIC}),
        marked({"Subtype": Name.Stamp, "Rect": [50, 50, 50, 50]}),
    ],
    ids=["empty", "hidden", "not seen", "signature", "off", "link", "popup", "of no size"],
)
def test_what_does_not_show_is_not_missed(content: bytes) -> None:
    assert (drawn(content) == 255).all()


def test_marks_on_a_page_that_is_one_image_are_drawn_finely() -> None:
    content = encoded(paper(300, 210, "L"), "PDF", resolution=108)
    assert decode_pdf_page(content).dpi == 108
    with pikepdf.open(io.BytesIO(content)) as pdf:
        pdf.pages[0].Annots = Array(
            [pdf_object({"Type": Name.Annot, "Rect": BOX, "Subtype": Name.Square, "C": RED})]
        )
        file = io.BytesIO()
        pdf.save(file)
    picture = decode_pdf_page(file.getvalue())
    assert picture.dpi == 300
    assert (picture.pixels[:, :, 2] > 200).any()
    assert ((picture.pixels[:, :, 2] > 200) & (picture.pixels[:, :, 0] < 80)).any()


def test_page_of_endless_annotations_is_too_large() -> None:
    with pikepdf.new() as pdf:
        pdf.add_blank_page(page_size=SHEET)
        link = pdf.make_indirect(
            pdf_object({"Type": Name.Annot, "Rect": BOX, "Subtype": Name.Link})
        )
        pdf.pages[0].Annots = Array([link] * (MAX_MARKS + 1))
        file = io.BytesIO()
        pdf.save(file)
    with pytest.raises(FileTooLargeError):
        drawn(file.getvalue())


def test_pdfium_is_built_without_scripts_and_xfa() -> None:
    assert not {"V8", "XFA"} & set(pypdfium2.PDFIUM_INFO.flags)


def test_child_names_what_it_could_not_draw(tmp_path: Path) -> None:
    with pikepdf.open(io.BytesIO(marked(FIELDS["text"], is_form=True))) as pdf:
        other = marked({"Subtype": Name.Stamp, "Name": Name.Approved})
        with pikepdf.open(io.BytesIO(other)) as stamped:
            pdf.pages.extend(stamped.pages)
            pdf.save(tmp_path / "form.pdf")
    with CaptureProcess() as capture:
        filled, stamp = capture.process(tmp_path / "form.pdf", "form.pdf")
    assert isinstance(filled, ProcessedPage)
    assert filled.page.ink_ratio > 0.001
    assert isinstance(stamp, FrameFault)
    assert type(stamp.error) is UndrawnMarkError
