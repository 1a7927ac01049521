"""What a dossier's PDF says of itself, as XMP and as document information, in agreement."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from xml.sax.saxutils import escape

from kiosk.scan.pdf_file import text_string

PRODUCER: Final = "Wasl"

_PACKET: Final = """<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/">
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about=""
 xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:pdf="http://ns.adobe.com/pdf/1.3/"
 xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/"
 xmlns:xmp="http://ns.adobe.com/xap/1.0/"
 xmlns:xmpMM="http://ns.adobe.com/xap/1.0/mm/">
<pdfaid:part>2</pdfaid:part>
<pdfaid:conformance>B</pdfaid:conformance>
<dc:format>application/pdf</dc:format>
<dc:identifier>{identifier}</dc:identifier>
<dc:description>
<rdf:Alt><rdf:li xml:lang="x-default">{identifier}</rdf:li></rdf:Alt>
</dc:description>
<pdf:Producer>{producer}</pdf:Producer>
<xmp:CreateDate>{moment}</xmp:CreateDate>
<xmp:ModifyDate>{moment}</xmp:ModifyDate>
<xmpMM:DocumentID>uuid:{identifier}</xmpMM:DocumentID>
</rdf:Description>
</rdf:RDF>
</x:xmpmeta>
<?xpacket end="r"?>"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Description:
    """The deposit a document belongs to, and when it was made (UTC)."""

    deposit_id: str
    created_at: datetime

    def xmp(self) -> bytes:
        """Return the XMP packet: PDF/A-2b, the deposit as ``dc:identifier``."""
        return _PACKET.format(
            identifier=escape(self.deposit_id),
            producer=PRODUCER,
            moment=self.created_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        ).encode("utf-8")

    def information(self) -> str:
        """Return the document information dictionary, saying the same."""
        moment = text_string(self.created_at.strftime("D:%Y%m%d%H%M%SZ"))
        return (
            f"<< /Subject {text_string(self.deposit_id)} /Producer {text_string(PRODUCER)}"
            f" /CreationDate {moment} /ModDate {moment} >>"
        )
