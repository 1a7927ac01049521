"""Weights of the network for lines; written by ``python -m bench._train_gate``."""

import base64
from functools import cache

import numpy as np

from kiosk.scan.picture import Floats

_MEASURES, _HIDDEN = 8, 10


@cache
def load_weights() -> tuple[Floats, Floats, Floats, float]:
    """Return the inner weights, their bias, the outer weights and the last shift."""
    flat = np.frombuffer(base64.b85decode(_TEXT), "<f4")
    inner, bias, outer, shift = np.split(
        flat, [_MEASURES * _HIDDEN, (_MEASURES + 1) * _HIDDEN, (_MEASURES + 2) * _HIDDEN]
    )
    return inner.reshape(_MEASURES, _HIDDEN), bias, outer, float(shift[0])


# Single-precision floats, little-endian, in base 85.
_TEXT = (
    "-xZp^eo%!xQ*VF0bPbljrin7YGU6t`_#D5zD3AEQMo<Ahw@p&NsPLt}cu_<^Gs&O5AWH(i0^qhkL|iVvL&~W;Mo}"
    "QXfpc#@aXo`SkSRF6M!x4iPoL&J11_MxC(?gDX^MtEg7t_!a=+F+1!-wMac(j{O&@{3kXv;>%wNYnIEbu1L2H^nx"
    "cuC|{ZAIY-BUBaUpn+Yi0*7YpyfipV4*p_8N+V9o<AtR;lUHXl9%{CxPrbvIq9cA&{fAh<a`c5KnoDSm@uKgI(BJ"
    "4Ko>4RmJZ;(LMkc1!h;OJ1UM7G6^4;N(szZxZ{`EQrCSC+z#SDoLm<6Bi{HLKZc_z6r-}(cWQhboy3L6{N2hnd)!"
    "9ZpHyc{L8+<~(D3S2K!b7J&BT`;I(ae!PgxlOc@_yU9Qt|LTdzoTDS*Z=dU?=LoH4luwVA5g03SUe>iEB;0dVV!O"
    "ev0_NjLA*Fq=g<oQEx~;lPnUyTl`MHT#X>VQ+ql;lDi#0tI9M#8h3`i-L+#sG{UjJ"
)
