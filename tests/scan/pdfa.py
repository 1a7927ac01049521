"""A strict reader of PDF/A-2b for the clauses a dossier could break; stricter where it can be.

Written from ISO 19005-2 and beside no code of the product: the syntax is read from the bytes, the
objects through qpdf. A dossier has no font, annotation, form, action or transparency at all, so
that any of them is a fault here even where the standard has a way to allow it.
"""

import io
import re
import struct
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from typing import Any

import pikepdf

_RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
_PDFAID = "{http://www.aiim.org/pdfa/ns/id/}"
_INFO_TO_XMP = {
    "/Subject": "{http://purl.org/dc/elements/1.1/}description",
    "/Title": "{http://purl.org/dc/elements/1.1/}title",
    "/Author": "{http://purl.org/dc/elements/1.1/}creator",
    "/Producer": "{http://ns.adobe.com/pdf/1.3/}Producer",
    "/Keywords": "{http://ns.adobe.com/pdf/1.3/}Keywords",
    "/Creator": "{http://ns.adobe.com/xap/1.0/}CreatorTool",
    "/CreationDate": "{http://ns.adobe.com/xap/1.0/}CreateDate",
    "/ModDate": "{http://ns.adobe.com/xap/1.0/}ModifyDate",
}
_KNOWN_SCHEMAS = (
    "http://purl.org/dc/elements/1.1/",
    "http://ns.adobe.com/xap/1.0/",
    "http://ns.adobe.com/xap/1.0/mm/",
    "http://ns.adobe.com/pdf/1.3/",
    "http://www.aiim.org/pdfa/ns/id/",
    "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
)
_OPERATORS = {"q", "Q", "cm", "rg", "g", "Do"}
_FORBIDDEN_KEYS = {
    "/AA": "6.5.2 additional actions",
    "/OpenAction": "6.5.1 an action",
    "/JS": "6.5.1 a script",
    "/A": "6.5.1 an action",
    "/AcroForm": "6.4 a form",
    "/Annots": "6.3 annotations",
    "/Font": "6.2.11 fonts",
    "/EF": "6.8 an embedded file",
    "/EmbeddedFiles": "6.8 embedded files",
    "/AF": "6.8 associated files",
    "/OCProperties": "6.9 optional content",
    "/Requirements": "6.11 requirements",
    "/Group": "6.2.10 a transparency group",
    "/SMask": "6.2.10 a soft mask",
    "/ExtGState": "6.2.10 graphics states",
    "/Alternates": "6.2.8 alternate images",
    "/OPI": "6.2.8 OPI",
    "/PS": "6.2.9 PostScript",
    "/F": "6.1.7.1 an external file",
    "/FFilter": "6.1.7.1 an external file",
    "/PresSteps": "6.10 alternate presentations",
}


def pdfa_faults(content: bytes) -> list[str]:
    """Return every clause broken, each beginning with its number; empty for a PDF/A-2b of ours."""
    faults = list(_syntax(content))
    try:
        pdf = pikepdf.open(io.BytesIO(content), suppress_warnings=True)
    except pikepdf.PdfError as error:
        return [*faults, f"6.1 cannot be opened: {type(error).__name__}"]
    with pdf:
        faults += [f"6.1 {problem}" for problem in pdf.check_pdf_syntax()]
        faults += _objects(pdf)
        faults += _pages(pdf)
        faults += _output_intent(pdf)
        faults += _metadata(pdf)
    return faults


def _syntax(content: bytes) -> Iterator[str]:
    if not re.match(rb"%PDF-1\.[0-7]\r?\n%[\x80-\xff]{4}", content):
        yield "6.1.2 no header with a binary comment"
    if not re.search(rb"%%EOF(\r\n|\r|\n)?\Z", content):
        yield "6.1.3 bytes behind the end"
    if content.count(b"%%EOF") != 1:
        yield "6.1.3 more than one end"
    trailer = content.rpartition(b"trailer")[2]
    if not re.search(rb"/ID\s*\[\s*<[0-9a-f]{32}>\s*<[0-9a-f]{32}>\s*\]", trailer):
        yield "6.1.3 no file identifier"
    if b"/Encrypt" in trailer:
        yield "6.1.3 encrypted"
    yield from _cross_references(content)
    for found in re.finditer(rb"\d+ 0 obj|endobj", content):
        is_line = content[found.start() - 1 : found.start()] in (b"\n", b"\r")
        if not is_line or content[found.end() : found.end() + 1] not in (b"\n", b"\r"):
            yield "6.1.9 an object that does not begin and end in lines of its own"
    for found in re.finditer(rb"/Length (\d+)[^>]*>>\s*stream(\r\n|\n|.)", content, re.DOTALL):
        end = found.end() + int(found[1])
        if found[2] not in (b"\r\n", b"\n") or not re.match(
            rb"(\r\n|\n|\r)?endstream", content[end : end + 12]
        ):
            yield "6.1.7.1 a stream whose length is not its length"


def _cross_references(content: bytes) -> Iterator[str]:
    start = re.search(rb"startxref\r?\n(\d+)\r?\n%%EOF", content)
    table = re.match(rb"xref\n0 (\d+)\n((?:\d{10} \d{5} [nf][ \r][\r\n])+)", content[_at(start) :])
    if table is None:
        yield "6.1.4 no classic cross-reference table"
        return
    entries = [table[2][n : n + 20] for n in range(0, len(table[2]), 20)]
    if len(entries) != int(table[1]):
        yield "6.1.4 a table of another length"
    for number, entry in enumerate(entries):
        if entry[17:18] == b"n" and not content[int(entry[:10]) :].startswith(b"%d 0 obj" % number):
            yield f"6.1.4 object {number} is elsewhere"


def _at(start: re.Match[bytes] | None) -> int:
    return int(start[1]) if start else 0


def _objects(pdf: pikepdf.Pdf) -> Iterator[str]:
    for thing in [*pdf.objects, pdf.trailer]:
        yield from _dictionaries(thing)


def _dictionaries(thing: Any, depth: int = 0) -> Iterator[str]:
    if depth > 8 or not isinstance(thing, pikepdf.Object):
        return
    if isinstance(thing, pikepdf.Array):
        for part in thing:
            if isinstance(part, pikepdf.Object) and not part.is_indirect:
                yield from _dictionaries(part, depth + 1)
        return
    if not isinstance(thing, pikepdf.Dictionary | pikepdf.Stream):
        return
    keys: Any = thing.keys()
    for key in keys:
        if key in _FORBIDDEN_KEYS:
            yield _FORBIDDEN_KEYS[key]
        value = thing.get(key)
        if isinstance(value, pikepdf.Object) and not value.is_indirect:
            yield from _dictionaries(value, depth + 1)
    if isinstance(thing, pikepdf.Stream):
        yield from _stream(thing)


def _stream(stream: Any) -> Iterator[str]:
    filters = stream.get("/Filter", pikepdf.Array())
    for name in filters if isinstance(filters, pikepdf.Array) else [filters]:
        if str(name) not in ("/FlateDecode", "/DCTDecode", "/CCITTFaxDecode"):
            yield f"6.1.7.2 the filter {name}"
    if stream.get("/Subtype") != pikepdf.Name.Image:
        if stream.get("/Type") == pikepdf.Name.XObject:
            yield "6.2.9 a form"
        return
    if bool(stream.get("/Interpolate", False)):
        yield "6.2.8.1 an interpolated image"
    if bool(stream.get("/ImageMask", False)):
        parameters = stream.get("/DecodeParms", pikepdf.Dictionary())
        if int(parameters.get("/K", 0)) != -1 or bool(parameters.get("/BlackIs1", False)):
            yield "a stencil that is not ink as G4"
        if int(stream.BitsPerComponent) != 1 or "/ColorSpace" in stream:
            yield "6.2.8 a stencil with colours"
    elif stream.get("/ColorSpace") not in (pikepdf.Name.DeviceRGB, pikepdf.Name.DeviceGray):
        yield "6.2.4.3 a colour space without an intent"
    elif int(stream.BitsPerComponent) not in (1, 2, 4, 8, 16):
        yield "6.2.8.2 odd bits a component"


def _pages(pdf: pikepdf.Pdf) -> Iterator[str]:
    for sheet in pdf.pages:
        _, _, right, top = (float(value) for value in sheet.MediaBox)
        if not (3 <= right <= 14_400 and 3 <= top <= 14_400):
            yield "6.1.13 a page of an impossible size"
        if "/Resources" not in sheet.obj:
            yield "6.2.2 resources that are not the page's own"
        for step in pikepdf.parse_content_stream(sheet):
            if str(step.operator) not in _OPERATORS:
                yield f"6.2.2 the operator {step.operator}"


def _output_intent(pdf: pikepdf.Pdf) -> Iterator[str]:
    intents = [one for one in pdf.Root.get("/OutputIntents", []) if one.get("/S") == "/GTS_PDFA1"]
    if len(intents) != 1:
        yield "6.2.3 not one output intent for PDF/A"
        return
    profile = intents[0].get("/DestOutputProfile")
    if profile is None:
        yield "6.2.3 an output intent without a profile"
        return
    header = profile.read_bytes()[:128]
    version, kind, space, mark = header[8], header[12:16], header[16:20], header[36:40]
    size = struct.unpack(">I", header[:4])[0]
    if mark != b"acsp" or kind not in (b"mntr", b"prtr") or version > 4:
        yield "6.2.4.2 a profile of another kind or version"
    if space != b"RGB " or int(profile.N) != 3 or size != len(profile.read_bytes()):
        yield "6.2.4.2 a profile of other colours"


def _metadata(pdf: pikepdf.Pdf) -> Iterator[str]:
    stream = pdf.Root.get("/Metadata")
    if stream is None or stream.get("/Subtype") != pikepdf.Name.XML:
        yield "6.6.2 no metadata"
        return
    if "/Filter" in stream:
        yield "6.6.2 metadata that is filtered"
    packet = stream.read_bytes()
    header = re.match(rb"<\?xpacket ([^?]*)\?>", packet)
    if header is None or b"bytes=" in header[1] or b"encoding=" in header[1]:
        yield "6.6.2.1 no packet header, or one with bytes or encoding"
    try:
        said = _properties(packet.decode("utf-8"))
    except (ET.ParseError, UnicodeDecodeError):
        yield "6.6.2.1 metadata that is no XML"
        return
    if (said.get(f"{_PDFAID}part"), said.get(f"{_PDFAID}conformance")) != ("2", "B"):
        yield "6.6.4 not said to be PDF/A-2b"
    for name in said:
        if name[1:].split("}")[0] not in _KNOWN_SCHEMAS:
            yield f"6.6.2.3 {name} without an extension schema"
    for key, name in _INFO_TO_XMP.items():
        if key in pdf.docinfo and _shown(str(pdf.docinfo[key])) != said.get(name):
            yield f"6.6.3 {key} says something else than the metadata"


def _properties(packet: str) -> dict[str, str]:
    root = ET.fromstring(packet.lstrip("\ufeff"))  # noqa: S314 - made by the test itself
    said: dict[str, str] = {}
    for described in root.iter(f"{_RDF}Description"):
        said |= {name: value for name, value in described.attrib.items() if _RDF not in name}
        said |= {one.tag: "".join(one.itertext()).strip() for one in described}
    return said


def _shown(value: str) -> str:
    """Return a PDF date as XMP writes it; anything else as it is."""
    found = re.fullmatch(r"D:(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z", value)
    return "{}-{}-{}T{}:{}:{}Z".format(*found.groups()) if found else value
