"""A drawn paper as a PNG picture."""

import io

from PIL import Image

from printers.base import Rendered


def png_bytes(rendered: Rendered) -> bytes:
    """Return a 1-bit PNG, dot for dot, with its resolution inside."""
    size = (rendered.width_px, rendered.height_px)
    picture = Image.frombytes("1", size, rendered.rows, "raw", "1;I")
    buffer = io.BytesIO()
    picture.save(buffer, "PNG", dpi=(rendered.dpi, rendered.dpi))
    return buffer.getvalue()
