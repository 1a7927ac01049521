"""Weights of the network; written by ``python -m bench._train_outline``."""

import base64
from functools import cache

import numpy as np

from kiosk.scan.picture import Floats

_FEATURES, _HIDDEN = 38, 16


@cache
def load_weights() -> tuple[Floats, Floats, Floats, float]:
    """Return the inner weights, their bias, the outer weights and the last shift."""
    flat = np.frombuffer(base64.b85decode(_TEXT), "<f4")
    inner, bias, outer, shift = np.split(
        flat, [_FEATURES * _HIDDEN, (_FEATURES + 1) * _HIDDEN, (_FEATURES + 2) * _HIDDEN]
    )
    return inner.reshape(_FEATURES, _HIDDEN), bias, outer, float(shift[0])


# Single-precision floats, little-endian, in base 85.
_TEXT = (
    "bLD%!OqSKVw>LaKIWnL=?^k=i3j`26x7^P?B{j;sEineZ@?E#RO=TOsNDkaRuNVQpHT2s&r9@A@<u+ZuFe}%-!3R"
    "~oNYdv$>GqSpjGl!){z0ca!eaiugpHlPrWv_Bii1Nw6dIhp0h#SQY_O2N@kLNR{rsUm*+N@9*0_njR7Vm%|0T4&2"
    "1M#US{U`d>>^semj#MFeq|#*s8CqGNqLw)UB+2HG$1lP)1LjiMTVk1s5hTJ-mBd`2bwy)<4BM_IjS5!jyWB_`ge3"
    "b9Jf}!Iz{HbKYWP3ks~3!6(N&8o%>+DZd>cUbjBsVWx5JJA3IAwf)+NuAW@dRxB?75OMYp*dkqagv~YvIM(P8<&g"
    "~Sw)>8sLsxk&XIx~&E{obBFM?QqUg3~a*wMf7{&OW9+H-RZWlzITZ_r$inqStM{0VZ9(xxga6-LXhLBNI`+K?Qj|"
    "WDbYEB3KGP-Eu=dDRHAd>FA2RlQyh90g$9Vq_Up8(qgE+<s$1lh?MTWzDUqM7-sdph&&{{?x!rhKdfB6l&n2HXFB"
    "P=awOHg+2A8RX9lLe)}Tthkj(zO6J930EI|Cd`zl{P$>e3eEmNR8l6r<dq-+&FD~fErm1Mm=loC!o=cBDY$hSN`R"
    "Yi@yMH6B?iglK~w>@~g<!_C?1U|RE!-C?zK^+!8S2WW;(BGK8t$0Pg6Cn4!1E}h~54o1TQACEm{549xc)W`~NP&$"
    "$fkApc1AUi1hy4UT9UTQem#N!6O>Y&ySdp$iYU<3sni9`GC^&sQg5wXqj;!syTn|$|232Ohw?fRmArn2l%|wm9%_"
    "9-M4S<@zMSY;Z?PcgbwVI&6irpx{E`wt~LeT`hJf9)IP}VTOw;9Vm#M{C?v$CZ=7v{o0%DQzvaq1mEPdghwRDr-h"
    "_f&_!0dX=v28W5js0-u1YgmFk($inR?rcxLQIX_6rI9+ncP}u%HXKPljs;skve5fJ2sMqqgQJnYZ=Ml9Tv7)>S#Q"
    "xlrVlv40G^yc${poDWsd5<1&HInao^TIkbjK7o0qM>8dJZ(*wL6jHQug293ij3U1%M@iY{`%cwAFHi0G_7NXU=A+"
    "{-^eWQq1ZieKKnr+5FpJ&(k_14{=!=}sd*$+Kd=iyiSl!6cnN#~RzdRr6cF4MS1C@nufFX@$@|L57_^g2f-d4sDj"
    "db~SpxGn>P{r!a-Tu7vZxs<J4*>aj4tFF6rDZQl94unz*ihPDyEEM}g*TVfYK6~{?Gaep1Yu#o1yoia4PS64W`Y_"
    "9jdszNHikQtFaijX|L=~p>DtWkiyMy9tu_c9{C5U7zqqft=35){6_g|scdV-i}vO&5bbaRJ%Bk$n=rb9^1Y?mrvA"
    "U?H+U_d-@bewlK>3%bj`fV#TBAT@fxhCu5-By*KN&?g_i6z{OU5~d_R=QS?BO3{=)4+~MgGaxm*EA8>Su!U>9TcR"
    "949fY~P2zP@%5WSSY>eneh70G+Pw$P_Okktl0N1h753u~J_q@J!mSzpJ#urQ0fxu8Hk5oN)>a2N?c5l=_HEAIY11"
    "hy=_>3)Adm+0X>4Y85FOUS*xgwPZ}J@=JASP(+LMLn3lCvT@c=-;3{or+mMKvB@W7F@+X+<=Y0#_UeMw-bcEcxTz"
    "ahwVVWm~Ah=F^wa>{GGSHEwZCLvD|pRRNebNH5b!A5e6VVj7l~?4Uad#wH{JG?n@rONoi2O09XLO-$o-pM(DA>5_"
    "QWvY*87%L`;G{TfmaP8URQ?Yve({<8Fh#3i@5XZiZezL<P;g$o7xE0n=B%bH_kE3pTVq=b;!sgd#RSb($f+hrMAx"
    "kr>{-c%M1H^Zf)sT1o%D^H(H2#$nUF{ePi8m&P=|yFiY==f_V!wd`a+1g|we3VuPp7J_|0*5al<Um-fb2;kbkK9#"
    "Ax<W46*#yw8II!+xxS&lV6ML)DZ9rzu<X(eJmhBRWmx>x-^8Gx8Si^Zlr&`Z5PN!#(ha*Bk#9kw99xw)J_fN77we"
    "IJ`Y?N9^1+nm}xJ3({6p+^KjGhI7BjtcR<vtW`v#1Rp|Y_Hb7BJr2NXcM@;bn&u3B@Vs5J<?ab<};kWEJ+kUF)Ez"
    "BRzD#=t0hdo3C1BmT~TGfS`iJti@2#iE!c~`Ok`od5yQ~FzKMswuBC`R2FuPrec|#yolf;XAny0S(x`zy-}F~NrR"
    "|nK6go4&7<3juv1*V%d9y&j!)BB}IrA4lwKrxz$PhX{G_6j+c4f~$=6`KJiv3r=G88O7!@^O&xm?&i+^|Bu<zUr5"
    "#_AJ4Z0PSkqBs@5A~Y2}i%BuQ=umvVc7e*i7ResHLT`q?QRP=W0aYMBK(MU8Hc{6-%Ao5#m2>tyb(Ceky!F98u3+"
    "XqCWNlM5Q$Ph#x}mboIk5RE85__u_?W~3(jl2sNb}`{(BTY-dsw)=Kd5vpUmRCJTyE$O{t<jXWra9ZaY6dpU;Xv4"
    "G@z(-;$d?61=UxjM4GG7kL^!0^;{R@FdVafwL*Ug)y?e4wW%LiY=ACSXP2Rqg1;-#drljO_2dVMb@dl@jx*?sT(r"
    "Cn0E5M#XrA3ywR7xeJilOEm@U5s8M0QA@1J3)DH+iR#w$M2mGNvki3ySBf^e9I+@Epl)Cc14HMPA+YgJse+HC2v4"
    "8iz+95u^v(T<TFbp(5I(XH-e?Ei1R4_q6=y%6IFYKkj37NM)6GM!?{0?_NxfeY@+NZKU<~SR_2P}|3VkS(#34P-~"
    "P6e30FS-)Fjn2?N5pgNMMQ9tpcU1?zI{iAms@J(YaoT#n(gJ0@t=8u~h~-DXVj;o5W^1-S0~abjAd`JQ0)cA3EVF"
    "+<fi;A^^~u$~-G)cNg+ejFOEEsbC3e-ne5-Oli<ZK^X#6z41zaLPvl&7_{QG6VQ%eItmq+QpzS+yYqgy<^Z58=F="
    "HeqhRgsuJ9LSMA4^p5${&1zf^)u|d{?+Zh{r+9PT-2XF7FQy@Jl77tnai)f7BE)5&QGC0ff~0!$Op~9k;7p>+wYS"
    ";tC}jnVKFU1PG$%}EJ&U}#MG$3?RU(;7P4T#F2G+v5P1N>CX)QXc9>y55Q2<9q)BYPB#i?<{jC5%g+x-oBTtw>y!"
    "c4K-E)6F;0JNQ392Q(;%Y3vw$eL4$^gT_kh3#B7gmkH^l$;d`O9ZOal<me4%31^=lGRCQ1&&z<MfZcrJfx?os>I4"
    "PtQxh{5_k$j43BTqXgu@8$%z!lQ0QDQ1wPV_qIDgMcaPA0u&FwAD3M}zSL2_Le!r>NuWT#amio55He)Hfq9?5Bqw"
    "mcCw)Ud;9^HVmNA?^CG=uHO(;Y^rIKMk=8PXb"
)
