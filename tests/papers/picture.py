"""Draws the sample receipt for the documents: ``python -m tests.papers.picture [FILE]``."""

import io
import sys
from pathlib import Path

from PIL import Image

from kiosk.papers.draw import draw, ensure_application
from kiosk.papers.paper import ROLL_80
from kiosk.papers.png import png_bytes
from kiosk.papers.receipt import receipt
from kiosk.papers.talon import talon
from printers.base import Rendered
from tests.papers.samples import receipt_facts, talon_facts

PICTURE = Path(__file__).resolve().parents[2] / "docs" / "pictures" / "receipt.png"
DESK = 205  # grey of the table
PAPER_MARGIN = 32  # dots: the 4 mm a print head does not reach
GAP = 40


def on_paper(rendered: Rendered) -> Image.Image:
    """Return a slip with the paper's own margins."""
    ink = Image.open(io.BytesIO(png_bytes(rendered))).convert("L")
    size = (ink.width + 2 * PAPER_MARGIN, ink.height + 2 * PAPER_MARGIN)
    paper = Image.new("L", size, 255)
    paper.paste(ink, (PAPER_MARGIN, PAPER_MARGIN))
    return paper


def picture() -> Image.Image:
    """Return receipt and talon side by side, dot for dot, in 4 greys."""
    ensure_application()
    left = on_paper(draw(receipt(receipt_facts()), ROLL_80))
    right = on_paper(draw(talon(talon_facts()), ROLL_80))
    desk = Image.new("L", (left.width + right.width + 3 * GAP, left.height + 2 * GAP), DESK)
    desk.paste(left, (GAP, GAP))
    desk.paste(right, (left.width + 2 * GAP, GAP))
    return desk.quantize(4)


def main() -> None:
    """Write the picture."""
    file = Path(sys.argv[1]) if len(sys.argv) > 1 else PICTURE
    file.parent.mkdir(parents=True, exist_ok=True)
    picture().save(file, optimize=True)


if __name__ == "__main__":
    main()
