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
    "Nj3++h3i8;kwfymgot6kLZv*vLY^zXun8wTv+|?9;Pmx9B8oo0^9c^W7S=RC6la6I6Ec^+-#P0)uK-cJRqbj!IzS"
    "z~dRCV{F&T|N`+N^Q*ysyDfW^c;oa3au;^V}<k2$+NgqO}e$eK+(VFYYGoLXH!lXt_vIo_B*|F=^<B#^H@Swp`+v"
    "67{~9&<0g@M{IX$CU~{m*J*9PC0VDMOF_yFvh1o2*V=2@HGOzQILZ_#@4An9IB*0c?caphEWheb{O)%oXLW}Yu;W"
    "zb1F4JCc=t6kML{2==uY|WKRmf!h?-Jav6lc-IW8s3GA%DRJ%kz5(l|IVraxaC~t{BF@p|3W^(#JZ>38=Duj2ytY"
    "4r$b4ivxWcY2qwYciOrU=77<-JEf1gDBVNTugKAa01gi%;}DZ7x$lbIBpWyaErvvg3%qx;=%!BDDQK5RMT($+6cy"
    "n@S(RGe2;^J7X3<nNmPMaI6Kttj<ZlHB?K#Dc4ayD+d)nO&uFQ)%k+HzfxL1Ma{Io"
)
