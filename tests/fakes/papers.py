"""Pictures of papers, drawn: what a scanner would have seen."""

import io

from PIL import Image, ImageDraw, ImageFilter


def jpeg(image: Image.Image, side: int) -> bytes:
    """Return a picture as JPEG with at most *side* pixels a side."""
    small = image.convert("RGB")
    small.thumbnail((side, side))
    out = io.BytesIO()
    small.save(out, "JPEG", quality=80)
    return out.getvalue()


def draw_paper(lines: int = 18, *, blurred: bool = False) -> Image.Image:
    """Draw a sheet with grey lines for text."""
    paper = Image.new("RGB", (850, 1200), "#FDFDFB")
    pen = ImageDraw.Draw(paper)
    for n in range(lines):
        width = 300 + (n * 137) % 380
        pen.rounded_rectangle((80, 90 + n * 58, 80 + width, 102 + n * 58), 6, fill="#9AA5AB")
    return paper.filter(ImageFilter.GaussianBlur(9)) if blurred else paper


def draw_slip(number: str) -> bytes:
    """Return a receipt as a PNG: its number, and a square where the QR is."""
    slip = Image.new("L", (576, 1100), 255)
    pen = ImageDraw.Draw(slip)
    pen.text((160, 60), number, fill=0)
    pen.rectangle((160, 500, 416, 756), fill=0)
    out = io.BytesIO()
    slip.save(out, "PNG")
    return out.getvalue()


def turned(picture: bytes, turns: int) -> bytes:
    """Return a JPEG turned clockwise by so many quarters."""
    if not turns:
        return picture
    with Image.open(io.BytesIO(picture)) as opened:
        out = io.BytesIO()
        opened.rotate(-90 * turns, expand=True).save(out, "JPEG")
    return out.getvalue()
