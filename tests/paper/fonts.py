"""The faces of sample paper, loaded from their packages under names of our own."""

import os
import struct
from typing import Literal

import fontpkg
from PySide6.QtCore import QByteArray
from PySide6.QtGui import QFont, QFontDatabase, QGuiApplication
from PySide6.QtWidgets import QApplication

Face = Literal["print", "arabic", "hand"]

_PACKAGES: dict[Face, str] = {
    "print": "noto-sans",
    "arabic": "noto-sans-arabic",
    "hand": "caveat",
}
_families: dict[Face, str] = {}
_kept: list[QGuiApplication] = []  # a collected application takes its fonts along


def font_of(face: Face, *, is_bold: bool = False) -> QFont:
    """A font 100 pixels high, to be scaled: Qt rounds small sizes. Needs no set-up before."""
    if not _families:
        _load()
    others = [family for name, family in _families.items() if name != face]
    font = QFont([_families[face], *others])  # what a face lacks comes from ours, not the system's
    font.setPixelSize(100)
    font.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    if is_bold:
        font.setWeight(QFont.Weight.Bold)
    return font


def _load() -> None:
    if QGuiApplication.instance() is None:
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
        # a QApplication, because tests of the window in the same process can use no other
        _kept.append(QApplication(["paper"]))
    for face, package in _PACKAGES.items():
        renamed = _renamed(fontpkg.path(package).read_bytes())
        font_id = QFontDatabase.addApplicationFontFromData(QByteArray(renamed))
        _families[face] = QFontDatabase.applicationFontFamilies(font_id)[0]


def _renamed(font: bytes) -> bytes:
    """The font with another family name (its "name" table, OpenType specification).

    Qt looks faces up by name: where the system has a "Noto Sans" of its own, that one could be
    drawn with, and the same page would look different on another machine.
    """
    patched = bytearray(font)
    (tables,) = struct.unpack_from(">H", font, 4)
    for index in range(tables):
        tag, _, offset, length = struct.unpack_from(">4sIII", font, 12 + 16 * index)
        if tag == b"name":
            table = font[offset : offset + length]
            for old, new in (("Noto", "Xoto"), ("Caveat", "Xaveat")):
                for encoding in ("utf-16-be", "latin-1"):
                    table = table.replace(old.encode(encoding), new.encode(encoding))
            patched[offset : offset + length] = table
    return bytes(patched)
