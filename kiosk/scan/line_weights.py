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
    "rZoq@GVnt_(@gTcor7V&ZlyfGFP<yE0Bk2b+VG>kZt(Rz(1||3m<SHP`qVT)(`tjgvND&xZ8_^dg*Z^W8SiL29fc"
    "jd7gd)&<`<1W%WDrkmF5dTj?2V7qPnELXC%eFz%RQ!iGj{NC|pfFDFkdjK~`Nq#COBLo9LK70J~E@7l^Mu*+{=Xc"
    "ao*QL0>PvB4q`?1C<It0`jIl=`C`-lr9iF7|N$USFR$yi8TVh(~^Tfh}Wq<h^nMNI|v;==}{0s;TH10D#?PsV&7g"
    "rW-2v6Cf|xZvhZubaQg$mxK9eek%Nstpc#a~9F+sVQtYh1AGSn33kSJByJ^Hfm~e?dI)e^Cf^zylm!V5PVuW|VQe"
    "dDyFh`a>&Hin^Pr2&87zx8aAizgH;H8Q_`=jSR{&0xBdQ0>@`YlsHSIQy5{sIrcBIt;}D?Ww5U9kN>;*JqMo3GbC"
    "?nxiOoIh~DzG4<XCQ?8@_^SoK(#}c0m{m)^H`h@=W(O5N_#7KQJo$pY%u-rEV9m6@"
)
