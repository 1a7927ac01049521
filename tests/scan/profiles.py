"""Colour profiles for tests, made byte for byte (ICC.1:2010), so that none has a licence."""

import struct

import numpy as np

D50 = (0.9642, 1.0, 0.8249)
WIDE = ((0.7977, 0.2880, 0.0), (0.1352, 0.7119, 0.0), (0.0313, 0.0001, 0.8249))
"""Red, green and blue of ROMM RGB, far outside of sRGB."""


def grey_of_gamma(gamma: float) -> bytes:
    """Return a grey profile whose light is a power of its values."""
    return _profile("GRAY", "XYZ ", {"kTRC": _gamma(gamma)})


def grey_of_dot_gain(percent: float) -> bytes:
    """Return a grey profile of a press whose dots of 50 % come out larger by *percent*."""
    ink = 1 - np.linspace(0, 1, 256)
    light = 1 - np.clip(ink + 4 * percent / 100 * ink * (1 - ink), 0, 1)
    table = np.round(light * 65_535).astype(">u2").tobytes()
    return _profile("GRAY", "XYZ ", {"kTRC": b"curv" + bytes(4) + struct.pack(">I", 256) + table})


def wide_rgb(gamma: float = 1.8, *, name: str = "wide") -> bytes:
    """Return a profile of three colours far outside of sRGB."""
    colours = {key: _xyz(one) for key, one in zip(("rXYZ", "gXYZ", "bXYZ"), WIDE, strict=True)}
    curves = dict.fromkeys(("rTRC", "gTRC", "bTRC"), _gamma(gamma))
    return _profile("RGB ", "XYZ ", colours | curves, name=name)


def four_inks() -> bytes:
    """Return a profile of a press by a table of the sixteen mixtures of full inks, in CIELAB."""
    nodes = []
    for mixture in np.ndindex(2, 2, 2, 2):
        cyan, magenta, yellow, black = mixture
        light = 100 * (1 - 0.35 * cyan) * (1 - 0.45 * magenta) * (1 - 0.1 * yellow)
        green_red = -35 * cyan + 70 * magenta
        blue_yellow = -45 * cyan + 80 * yellow
        lab = np.array([light, green_red, blue_yellow]) * (1 - 0.9 * black)
        nodes += [lab[0] * 255 / 100, lab[1] + 128, lab[2] + 128]
    table = np.clip(np.round(nodes), 0, 255).astype(np.uint8).tobytes()
    straight = bytes(range(256))
    matrix = struct.pack(">9i", *(65_536 * one for one in (1, 0, 0, 0, 1, 0, 0, 0, 1)))
    head = b"mft1" + bytes(4) + bytes((4, 3, 2, 0)) + matrix
    return _profile("CMYK", "Lab ", {"A2B0": head + straight * 4 + table + straight * 3})


def _gamma(gamma: float) -> bytes:
    return b"curv" + bytes(4) + struct.pack(">IH", 1, round(gamma * 256))


def _xyz(colour: tuple[float, ...]) -> bytes:
    return b"XYZ " + bytes(4) + struct.pack(">3i", *(round(part * 65_536) for part in colour))


def _profile(space: str, between: str, tags: dict[str, bytes], *, name: str = "test") -> bytes:
    said = name.encode("ascii") + b"\0"
    text = b"desc" + bytes(4) + struct.pack(">I", len(said)) + said + bytes(78)
    every = {"desc": text, "wtpt": _xyz(D50), "cprt": b"text" + bytes(4) + b"none\0"} | tags
    entries, body = b"", b""
    first = 128 + 4 + 12 * len(every)
    for key, content in every.items():
        entries += key.encode("ascii") + struct.pack(">II", first + len(body), len(content))
        body += content + bytes(-len(content) % 4)
    head = struct.pack(">I4sI4s4s4s", first + len(body), b"test", 0x02400000, b"prtr", *(
        one.encode("ascii") for one in (space, between)
    ))  # fmt: skip
    head += bytes(12) + b"acsp" + bytes(28) + struct.pack(">3i", 63_190, 65_536, 54_061)
    return head.ljust(128, b"\0") + struct.pack(">I", len(every)) + entries + body
