"""The look of the window: colours, sizes, fonts and the style sheet made of them."""

from typing import Final

from PySide6.QtGui import QFont, QFontDatabase
from PySide6.QtWidgets import QWidget

from kiosk import fonts

INK: Final = "#14212B"
INK_2: Final = "#53626C"
INK_3: Final = "#5F6C74"
BACKGROUND: Final = "#F3F5F4"
SURFACE: Final = "#FFFFFF"
LINE: Final = "#DBE1DF"
DESK: Final = "#22303A"
FOCUS: Final = "#1F8FFF"
PRIMARY: Final = "#0B5D66"
PRIMARY_SOFT: Final = "#E3F0F0"
OK: Final = "#17693F"
OK_SOFT: Final = "#E2F3EA"
ATTENTION: Final = "#8A5C00"
ATTENTION_SOFT: Final = "#FDF1D6"
WRONG: Final = "#B3261E"
WRONG_SOFT: Final = "#FBE6E4"
OUTLINE: Final = "#FF8A7A"
"""Drawn on the dark desk around what is wrong: the soft red that stands out there."""

TEXT_PX: Final = 15
FIELD_PX: Final = 18
TITLE_PX: Final = 19
FIGURE_PX: Final = 34
SMALL_PX: Final = 13
RADIUS: Final = 8
CARD_RADIUS: Final = 12
TOP_PX: Final = 52
STATUS_PX: Final = 40
CONTROL_PX: Final = 40
SCROLL_BAR_PX: Final = 10

TONES: Final = {
    "neutral": (INK_2, BACKGROUND),
    "ok": (OK, OK_SOFT),
    "attention": (ATTENTION, ATTENTION_SOFT),
    "wrong": (WRONG, WRONG_SOFT),
}


def load_fonts() -> QFont:
    """Load the bundled fonts once and return the font of ordinary text.

    Latin first, then Arabic: Qt picks the family that has the letter.
    """
    for content in fonts.font_contents():
        QFontDatabase.addApplicationFontFromData(content)
    return sans(TEXT_PX)


def sans(size_px: int, *, bold: bool = False) -> QFont:
    """Return the sans face in pixels."""
    font = QFont([fonts.SANS, fonts.ARABIC])
    font.setPixelSize(size_px)
    font.setWeight(QFont.Weight.DemiBold if bold else QFont.Weight.Normal)
    return font


def mono(size_px: int, *, bold: bool = False) -> QFont:
    """Return the face of receipt numbers."""
    font = QFont([fonts.MONO])
    font.setPixelSize(size_px)
    font.setWeight(QFont.Weight.Bold if bold else QFont.Weight.Medium)
    return font


def set_look(widget: QWidget, **properties: str | bool) -> None:
    """Give a widget properties that the style sheet looks at, and let it see them."""
    changed = [name for name, one in properties.items() if widget.property(name) != one]
    for name in changed:
        widget.setProperty(name, properties[name])
    if changed:
        widget.style().unpolish(widget)
        widget.style().polish(widget)
        widget.update()


def style_sheet() -> str:
    """Return the window's style sheet."""
    return _FRAME + _CONTROLS + _TEXTS + _tones()


_FRAME = f"""
QWidget {{ color: {INK}; font-size: {TEXT_PX}px; }}
QMainWindow, #work {{ background: {BACKGROUND}; }}
#top, #status {{ background: {SURFACE}; }}
#top {{ border-bottom: 1px solid {LINE}; }}
#status {{ border-top: 1px solid {LINE}; }}
QFrame[card="true"] {{
    background: {SURFACE}; border: 1px solid {LINE}; border-radius: {CARD_RADIUS}px;
}}
QFrame[desk="true"] {{ background: {DESK}; border: none; border-radius: {CARD_RADIUS}px; }}
QScrollArea, QScrollArea > QWidget > QWidget {{ background: transparent; border: none; }}
QFrame[row="true"] {{
    background: {SURFACE}; border: 1px solid {LINE}; border-radius: 10px; padding: 2px;
}}
QFrame[row="true"][current="true"] {{
    background: {PRIMARY_SOFT}; border: 2px solid {PRIMARY}; padding: 1px;
}}
QFrame[row="true"][current="true"][ring="true"] {{ border: 3px solid {FOCUS}; padding: 0; }}
QFrame[rule="true"] {{ background: {LINE}; max-height: 1px; min-height: 1px; border: none; }}
QTableView {{
    background: {SURFACE}; border: 1px solid {SURFACE}; padding: 2px; gridline-color: {LINE};
    selection-background-color: {PRIMARY_SOFT}; selection-color: {INK}; outline: 0;
}}
QTableView::item {{ padding: 0 5px; border-bottom: 1px solid {LINE}; }}
QListWidget {{
    background: {SURFACE}; border: 1px solid {LINE}; border-radius: {RADIUS}px; padding: 4px;
    outline: 0;
}}
QListWidget:focus {{ border: 3px solid {FOCUS}; padding: 2px; }}
QListWidget::item {{ padding: 7px 8px; border-radius: 6px; color: {INK}; }}
QListWidget::item:selected {{ background: {PRIMARY_SOFT}; color: {PRIMARY}; }}
QListWidget::item:focus {{ background: {PRIMARY_SOFT}; border: 1px solid {PRIMARY}; }}
QTableView:focus {{ border: 3px solid {FOCUS}; padding: 0; border-radius: {RADIUS}px; }}
QHeaderView::section {{
    background: {SURFACE}; color: {INK_2}; border: none; border-bottom: 1px solid {LINE};
    padding: 6px 8px; font-size: {SMALL_PX}px; font-weight: 600;
}}
QScrollBar:vertical {{ background: transparent; width: {SCROLL_BAR_PX}px; margin: 0; }}
QScrollBar::handle:vertical {{ background: #B9C3C1; border-radius: 5px; min-height: 32px; }}
QScrollBar::add-line, QScrollBar::sub-line {{ height: 0; width: 0; }}
"""

_CONTROLS = f"""
QPushButton {{
    background: {SURFACE}; color: {INK}; border: 1px solid {LINE}; border-radius: {RADIUS}px;
    padding: 0 9px; font-weight: 600; outline: 0;
}}
QPushButton[bare="true"] {{ padding: 0; }}
QPushButton:hover {{ border-color: {INK_3}; }}
QPushButton:focus {{ border: 3px solid {FOCUS}; padding: 0 7px; }}
QPushButton[small="true"] {{ font-size: {SMALL_PX}px; padding: 0 7px; }}
QPushButton[small="true"]:focus {{ padding: 0 5px; }}
QPushButton[primary="true"], QPushButton:checked {{
    background: {PRIMARY}; color: {SURFACE}; border-color: {PRIMARY};
}}
QPushButton[primary="true"]:focus, QPushButton:checked:focus {{ border-color: {FOCUS}; }}
QPushButton[section="true"] {{
    background: transparent; color: {INK_2}; border-color: transparent; font-weight: 400;
}}
QPushButton[section="true"]:checked {{
    background: {PRIMARY_SOFT}; color: {PRIMARY}; font-weight: 600;
}}
QPushButton[section="true"]:focus {{ border-color: {FOCUS}; }}
QPushButton[onred="true"] {{
    background: transparent; color: {SURFACE}; border-color: transparent;
}}
QPushButton[onred="true"]:focus {{ border: 3px solid {SURFACE}; }}
QLineEdit, QComboBox {{
    background: {SURFACE}; border: 1px solid #AEB9B7; border-radius: {RADIUS}px;
    padding: 5px 12px; font-size: {FIELD_PX}px; min-height: 28px;
    selection-background-color: {FOCUS};
}}
QLineEdit:focus {{ border: 3px solid {FOCUS}; padding: 3px 10px; }}
QLineEdit[tone="wrong"] {{ border-color: {WRONG}; }}
QLineEdit[tone="attention"] {{ border-color: {ATTENTION}; }}
QLineEdit[tone="wrong"]:focus, QLineEdit[tone="attention"]:focus {{ border-color: {FOCUS}; }}
QLineEdit:read-only {{ background: {BACKGROUND}; color: {INK_2}; }}
QComboBox {{
    border: 1px solid {SURFACE}; padding: 0 6px; font-size: {SMALL_PX}px; min-height: 20px;
    font-weight: 600; color: {PRIMARY};
}}
QComboBox:focus {{ border: 3px solid {FOCUS}; padding: 0 4px; }}
QComboBox::drop-down {{ border: none; width: 16px; }}
QComboBox::down-arrow {{ image: none; }}
QComboBox QAbstractItemView {{
    background: {SURFACE}; border: 1px solid {LINE}; font-size: {TEXT_PX}px;
    selection-background-color: {PRIMARY_SOFT}; selection-color: {PRIMARY};
}}
"""

_TEXTS = f"""
QLabel {{ background: transparent; border: none; }}
QLabel[role="title"] {{ font-size: {TITLE_PX}px; font-weight: 600; }}
QLabel[role="head"] {{ font-weight: 600; color: {INK_2}; }}
QLabel[role="strong"] {{ font-weight: 600; }}
QLabel[role="label"], QLabel[role="hint"] {{ font-size: {SMALL_PX}px; color: {INK_2}; }}
QLabel[role="onprimary"] {{ color: {SURFACE}; font-weight: 600; }}
QLabel[role="section"] {{ color: {INK_2}; }}
QLabel[role="section"][open="true"] {{ color: {PRIMARY}; font-weight: 600; }}
QLabel[role="circle"] {{
    border-radius: 13px; background: {LINE}; color: {INK_2}; font-size: 12px; font-weight: 700;
}}
QLabel[role="circle"][when="now"] {{ background: {PRIMARY}; color: {SURFACE}; }}
QLabel[role="circle"][when="done"] {{ background: {OK}; color: {SURFACE}; }}
QLabel[role="step"] {{ font-weight: 600; color: {INK_3}; }}
QLabel[role="step"][when="now"] {{ color: {INK}; }}
QLabel[role="quiet"] {{ color: {INK_2}; }}
QLabel[role="small"] {{ font-size: {SMALL_PX}px; color: {INK_2}; }}
QLabel[role="figure"] {{ font-size: {FIGURE_PX}px; font-weight: 600; }}
QLabel[role="ondesk"] {{ color: #E8EEEE; font-size: {SMALL_PX}px; }}
QLabel[role="ondesktitle"] {{ color: #E8EEEE; font-size: {TITLE_PX}px; }}
QLabel[role="onred"] {{ color: {SURFACE}; }}
QLabel[role="key"] {{
    background: {BACKGROUND}; color: {INK}; border: 1px solid #C3CDCB; border-radius: 5px;
    padding: 1px 6px; font-size: 12px; font-weight: 700;
}}
QLabel[role="key"][dark="true"] {{
    background: rgba(255, 255, 255, 36); color: {SURFACE};
    border-color: rgba(255, 255, 255, 130);
}}
QLabel[role="notice"] {{
    background: {PRIMARY_SOFT}; border-radius: {RADIUS}px; padding: 10px 12px;
    font-size: {SMALL_PX}px;
}}
QLabel[role="chip"], QLabel[role="pill"] {{
    border-radius: 6px; padding: 2px 7px; font-size: 12px; font-weight: 600;
}}
QLabel[role="pill"] {{ border-radius: 14px; padding: 5px 12px; font-size: {SMALL_PX}px; }}
"""


def _tones() -> str:
    rules = []
    for tone, (colour, soft) in TONES.items():
        rules.append(
            f'QLabel[role="hint"][tone="{tone}"], QLabel[role="figure"][tone="{tone}"],'
            f'QLabel[role="strong"][tone="{tone}"] {{ color: {colour}; }}'
            f'QLabel[role="chip"][tone="{tone}"], QLabel[role="pill"][tone="{tone}"],'
            f'QLabel[role="notice"][tone="{tone}"] {{ color: {colour}; background: {soft}; }}'
        )
    rules.append(f'QLabel[role="figure"][tone="neutral"] {{ color: {INK}; }}')
    rules.append(f'QFrame[banner="wrong"] {{ background: {WRONG}; border-radius: {RADIUS}px; }}')
    rules.append(
        f'QFrame[banner="attention"] {{ background: {ATTENTION}; border-radius: {RADIUS}px; }}'
    )
    return "\n".join(rules)
