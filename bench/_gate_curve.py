"""Draws how often a defect spoils a page and how often it is told, grade by grade, as SVG."""

from collections.abc import Mapping, Sequence

Curve = Sequence[tuple[float, float, float]]
"""Grade 0 to 1, share of pages that are bad, share of pages that are refused."""
_WIDTH, _HEIGHT, _ACROSS = 190, 120, 3
_LEFT, _TOP, _PLOT_WIDTH, _PLOT_HEIGHT = 26, 24, 150, 70
_COLOURS = ("#b00020", "#00539f")


def gate_svg(curves: Mapping[str, Curve]) -> str:
    """Return one small plot a problem, three in a row."""
    rows = -(-len(curves) // _ACROSS)
    size = f'width="{_ACROSS * _WIDTH}" height="{rows * _HEIGHT + 20}"'
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="sans-serif">']
    parts.append('<rect width="100%" height="100%" fill="white"/>')
    for number, (name, curve) in enumerate(curves.items()):
        x, y = number % _ACROSS * _WIDTH, number // _ACROSS * _HEIGHT
        parts.append(f'<g transform="translate({x},{y})">{_plot(name, curve)}</g>')
    below = rows * _HEIGHT + 12
    for label, colour, x in (("bad", _COLOURS[0], 26), ("refused", _COLOURS[1], 70)):
        parts.append(f'<text x="{x}" y="{below}" font-size="11" fill="{colour}">{label}</text>')
    parts.append(
        f'<text x="140" y="{below}" font-size="11">share of pages by grade of the defect</text>'
    )
    return "\n".join([*parts, "</svg>"]) + "\n"


def _plot(name: str, curve: Curve) -> str:
    right = _LEFT + _PLOT_WIDTH
    frame = f'x="{_LEFT}" y="{_TOP}" width="{_PLOT_WIDTH}" height="{_PLOT_HEIGHT}"'
    parts = [
        f'<text x="{_LEFT}" y="{_TOP - 7}" font-size="12">{name}</text>',
        f'<rect {frame} fill="none" stroke="#999"/>',
        f'<text x="4" y="{_TOP + 8}" font-size="9">100 %</text>',
        f'<text x="12" y="{_TOP + _PLOT_HEIGHT}" font-size="9">0</text>',
        f'<text x="{right - 6}" y="{_TOP + _PLOT_HEIGHT + 11}" font-size="9">1</text>',
    ]
    for which, colour in enumerate(_COLOURS, start=1):
        points = " ".join(
            f"{_LEFT + point[0] * _PLOT_WIDTH:.1f},{_TOP + (1 - point[which]) * _PLOT_HEIGHT:.1f}"
            for point in curve
        )
        parts.append(
            f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"/>'
        )
    return "\n".join(parts)
