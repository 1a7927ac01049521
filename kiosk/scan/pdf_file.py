"""A PDF written object by object: nothing but the offsets of what is written stays in memory.

Syntax as ISO 19005-2 wants it (6.1): a classic cross-reference table, a file identifier, no
encryption, nothing behind the end.
"""

import hashlib
import zlib
from typing import BinaryIO, Final

_HEADER: Final = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"
_ID_BYTES: Final = 16


class PdfFile:
    """A PDF being written. Numbers are given by ``reserve``; each is to be written once."""

    def __init__(self, file: BinaryIO) -> None:
        """Begin to write to *file*, from where it stands."""
        self._file = file
        self._offsets: list[int | None] = []
        self._written = 0
        self._hash = hashlib.sha256()
        self._put(_HEADER)

    def reserve(self) -> int:
        """Return the number of an object that is written later."""
        self._offsets.append(None)
        return len(self._offsets)

    def write(self, body: str, number: int | None = None) -> int:
        """Write an object under *number*, a new one when None; return its number."""
        number = self._begin(number)
        self._put(f"{body}\nendobj\n".encode("ascii"))
        return number

    def write_stream(self, entries: str, content: bytes) -> int:
        """Write a stream with *entries* in its dictionary, beside its length."""
        number = self._begin(None)
        self._put(f"<< {entries} /Length {len(content)} >>\nstream\n".encode("ascii"))
        self._put(content)
        self._put(b"\nendstream\nendobj\n")
        return number

    def write_packed(self, entries: str, content: bytes) -> int:
        """Write a stream compressed by Flate."""
        return self.write_stream(f"{entries} /Filter /FlateDecode", zlib.compress(content, 9))

    def finish(self, root: int, info: int) -> None:
        """Write the cross-reference table and the trailer.

        Raises:
            ValueError: A reserved object was never written.
        """
        start, count = self._written, len(self._offsets) + 1
        check = self._hash.digest()[:_ID_BYTES].hex()
        self._put(f"xref\n0 {count}\n0000000000 65535 f \n".encode("ascii"))
        for number, offset in enumerate(self._offsets, 1):
            if offset is None:
                raise ValueError(f"object {number} was never written")
            self._put(f"{offset:010d} 00000 n \n".encode("ascii"))
        trailer = f"/Size {count} /Root {root} 0 R /Info {info} 0 R /ID [<{check}> <{check}>]"
        self._put(f"trailer\n<< {trailer} >>\nstartxref\n{start}\n%%EOF\n".encode("ascii"))

    def _begin(self, number: int | None) -> int:
        number = self.reserve() if number is None else number
        if self._offsets[number - 1] is not None:
            raise ValueError(f"object {number} was written already")
        self._offsets[number - 1] = self._written
        self._put(f"{number} 0 obj\n".encode("ascii"))
        return number

    def _put(self, content: bytes) -> None:
        self._file.write(content)
        self._hash.update(content)
        self._written += len(content)


def text_string(text: str) -> str:
    """Return *text* as a PDF string (ISO 32000-1, 7.9.2.2)."""
    if text.isascii() and text.isprintable() and not set(text) & set("()\\"):
        return f"({text})"
    return f"<feff{text.encode('utf-16-be').hex()}>"
