"""Weights of the network; written by ``python -m bench._train_orient``."""

import base64
from functools import cache

import numpy as np

from kiosk.scan.picture import Floats

_FEATURES, _HIDDEN = 72, 24


@cache
def load_weights() -> tuple[Floats, Floats, Floats, float]:
    """Return the inner weights, their bias, the outer weights and the last shift."""
    flat = np.frombuffer(base64.b85decode(_TEXT), "<f2").astype(np.float32)
    inner, bias, outer, shift = np.split(
        flat, [_FEATURES * _HIDDEN, (_FEATURES + 1) * _HIDDEN, (_FEATURES + 2) * _HIDDEN]
    )
    return inner.reshape(_FEATURES, _HIDDEN), bias, outer, float(shift[0])


# Half-precision floats, little-endian, in base 85.
_TEXT = (
    "v@$<1TrDlD1FdYb6f)+Z)hbf84lmNKD=3IE5v#PPOD+1f3n3yhB&{tby(KHO;5I9;dZgyF1F_#TC>cH)5VLEolB&"
    "9>Z!eWDgebbJz_Z1(Z87<-qp(~ws3d6|W-v80-5k-hNFv5D__DUOU^MKpd$8y<`L~3&*f=naZm9mXzBS^o9xz2N6"
    "0;UK;-phEVy7vz;V;-TtgYp)9yBJkKc>btAGZ~@b2zcFf~XC)0ylWDiz`PploCxguA)seF02W+)GcB*6*8eO=dH="
    "OdaY(960%~aaH{gPjjC8E8!-Yng|JaE@HKxj*|U~5!YEj`PZ?`CJ0_DU%PDrYbfQ}__A0L_5;QQm{IuXWNwP^fbh"
    "n2r)iMUMoGoItTq-j$9WWg=ML7el=d}?pWUUr3TR46!*Q0^94y?5>^ekF6A~E=`YBF}U2QL9BTQgHGT&yoMH8%gG"
    "Dz!;6!m(2{(<o6W4k>M}FDjcScr9)yaj_>U538o9csGZ!S}KX8(zWfREiIKaFtHaeWv*i`bup4IG_-&-gsDoh{4H"
    "Owx3Y&dS*@}&aW==Xr6@`=4YTd3VKOx|vmLoIy)O?ey&I$`*0nq}S1e1hbgJF7SG3hJw6$ZlR5Z=74lwU2r7GMpi"
    "!X#RzAXH+05tqF!>r@5t}H1vUlWC?vo*Xk1hu-SpReMsv@o2m@2E<v$}2uH{W792d8rw(l`keS6tTIjovu(c8L-u"
    "*-ZI260=E<{8!Hd14XM<jm?l58Y9@9sP_`yAd$MPt5v(1sG^N)rpRCZd8nI-og(|6_c`juxs4!P4->Iss1u{#lo2"
    "fCf&b8{Lv#A5D->spwO|4-jqp;^MQn6Mr`LA2CRWv*&Nie7~QnMK|P&95NXE1iPYNe*Kb1@XM7AkzSa;fg5rLZ<O"
    "SE(bD$F1?Q;x&1*ST9X7*s>QkM>GL4+b?mpB(Pz%RV#R?;4g`_b+107vZy&U!7MDQfv;#TbunnSk*WS9(W($L&aN"
    "^nH8U!-XtF?@$1(x594ic@jxd6yzBN8Dp)h4G+po|x*ef@%4=>dzvNPtb$F1}<p)4u7v9kj>Ww6OJc&QXC#Wb2Vk"
    "2RVzb2gx~*r|XvR5j);t2T|W7_~n)lD6+FB(yf9ExM90P8?}D^{-hqxi&l{ODlD<LNZ#d<tXi{6Eejp-ZJT%JhiP"
    "iYO>ociL~#q*RvZk{I&Qv)v|x8<u!A#Sh%dL7%YP{rzFfX{xK%8N3?*eE41+^g|dq)0=1tg1g|hH1gVKQEVZ_<R4"
    "eYPinQ^yv8|Ul61N$%<1TBkBDb%wv$5B)@TnTG7_t&A0jfqJ5hL0&t+aKqktT&LO0r=nCa!lmptmWu^)G<37Pkfv"
    "T(gk0F0@QEfGqef{4DRW6|SA8tE~~R0IPkhOr-%RwK8xiDym!|)he*E<E%TdMX__WrLI{tqc5zt8#O8<JuXi#S1<"
    "ReA1uQ#LL~OFt~B8@)wO3YW+{}kU9U?tcDf<C=PVsGYpDb-Ffs?b6eNYMpEFS`8?>UXE;aeMEwTJIPPQsII<=U%@"
    "-=xkJ}<kts<aa<AvK@20<Ir4TD5<diM41rB{0~cT(9{t)+j!<Lb32PnKGTW*|eQCv#^l0bg~w&>N9aO;+<Hw|1><"
    "cD6(^`dN4nwJ2z9dcD0(Xgt_dfJ+lb32d-l-mAE3XqcguYmozaqJDj(;XE?LB?X5m9gS!m5*D`In0WEPjaI}axD7"
    "o>qC$i=`qPiWr7qn?K$SX0mP&7ljXsu%^f;M$Gce8M{I5=UpO{K3m{j|$6!L8S{13FhX+cecOyr}>y%PhnrS+t5Z"
    "#;#?l_cf2K#4nL9-LG3O@-i5-KQ)Rm`Y(qsStUcQ899S6j4ge))U8+{)*p>Bxh$)-y{*)<7p>YUnzisURk@b0U$I"
    "H5ZMVBOq%nB5`z?2|C@3_n*eJOwaWtwk+$lt}^ENcFfu652^|CrGld-`uwlZinUoYCN9W5F$5xI&g?y+4s+_qdgK"
    "CwKhbTk6ARx~aoYPCnWO|spzKe666ZL2}A2DoCke6NTp@v$4ae<`vWG&RE?!Zg7jO}V2hK&sR)OEa~uk1(1oIy7}"
    "6b24u@3^X~ktt=I}ho&O5d?<x0i7nW)(=@&+db5l+wJakx1G2uegDjjkc&DwjUbet3H!jpL!n0*9@Gy?E5v|EM9J"
    "E?Ck+h#VkvWYp?KGFMP_rncva*b{AvJ|KMy%c++A4)Fp|_2)Bq)L>$gn=I$*m79n6581;;9?BOSO@+DYl`x!m(tu"
    "rm^WYq_BRuBP}~H?6L~6KC}g|<1$z?7pMa-H8Cc#HMvVP4>r9wQlii`z&QP`Nh5AK)i6~#(zRPQr7>|dTros3@h)"
    "h(v#TUHNinY~TB|X#O|ugv2rrQy5H1C@SGO9t_OC86?6sXZ{U?93tTg2{QGu$p@-o)9O0aw~uQkxD`?TP(n7D5;W"
    "wK<hS+NZ@R4PTWVJy5d0W_O5BeN+mk~CAO=%(YR?JYnxfvvH$7_0gsda^*UP$=0U1~pNz8#2N(128hQ)U;!^ZZEb"
    "jf3=;suryCL;<RkLueO9VRxfL=HMU_e3@jqHeX2pQWim)6N-B1^H8&JA!Ln1eX)>uLA24OFs3}n`oG42#Ww16Z`?"
    "U9~#;=bu+Zcs64ZC(U6to#DnWZ=|uQf6_uQx>~tf&$#8Mzib{3Ld`JT+~!TDR@9UpP#&ur=7X4mqT)A}b9vVY7EH"
    "<TO^SAgN}xI<k$haU_5-)HC$3DzmmN1Sowiov;oxoidoN>a{4iXeXAf3Lvqz`?^xJm@w!vbt}j?k2p-TUb$Q{7dT"
    "-z_AXGe0y~Vbkg7>Kt~iQ1RJKPeCNvtXgEfsX>MR#Ce5h)!ZY&6`;x5;(DX(xfO&p~&!nBPshO$?<JSJqYh%!kwf"
    "U=vi3^qBk{<N_*iMThoBeZKehcd&g7o^KDd?Ruy>9-;{i8G8b>a^#!M5uW=(>1F!@3zCV8aC{yb1nt45H<d?wz2>"
    ")Z7VG>nW|l|*)v!s%qn&+fiH|UEim>W2Qkg05;@5@p|KRX<t{(Enz`aQO|d2&9=0>JN;HHtHnKo1$*?%Br?G&!!Z"
    "?w#{V7VRCbo#N*Eyj$R2)LMXt1=Vr!x~c;ITQhgE)&ckF_)}b~X1kQ@A}Y>b5Pe3pT(s_O)m@`#E1R7cn_FfHOfd"
    "I<~#IydrF|ATzM5ur)5UDym<sY%5$eo-r=B7&54=wlW~M<}T!?eJQ83$}Ebm?kVCgmoYS|=CRT&cC-{RR<Y_B8nA"
    "h=Myd0x6fyrbB)B=W_a-Ve3$uDS^tNd>+ptoy@U_h=oG`Vl7_*)vzOCprr>h1jTP;*MXtQ9sWi{<Ie=s7nFf^{I0"
    "kQC~1T^X@kF*9k2sm9b)GWa;ry9JvpfhA8B&}X3+%iWi|B;QfpDg=0f3^c7j5DIKGO;+SJ2sECq%a4yc)R{KleYg"
    "fp|EPUinn|&TsE^Ww6^;)j<ANbi?%f~QMKQ=7^@yPCMvHm4=kK3U$B_8xUdf<D>!7i$T0aX(=?qiQ8u$XHZjV!3O"
    "anTi?vZWf~ll6t+vgzSSNQYvnPKzOtDq4U$RRzDmSmF05#jFu`Fz{2B?}WeIy37HnkElt}pN>ovW8PN3vO;Z?uN7"
    "89F92V>4o=2c#G_X0l^6)3@QS&9ebEQL>LTBs5F6i7dh{n>5QaD=ZJB0W{eqRIZvfD>!v12PoAv38YFlgEhN1+PD"
    "?62e+CupShW<I50RgN;B)V?;*FdJ+-H-)Uz$M>NkeErLH!#0<^;}h^{5GVkFPCNI77s!Kx-W`6oc4D7CQ{(Khih5"
    "jeiAC?^B8YO{<pAvwG@i#LwCNips-)G?8;^RS$@>@w}OiZ!dWFR>E0TQM9mYNuhaUa2^-=dS&&MlheaBrwdQ9yg3"
    "IB(>|PY_yO!L$Xu2TQkTnS~AqP%Q4n7KCh%PskOtj3^?(ukGM*&8@DGloi@-q{~fru8@Y9>HZ`<0v$2`5D!K5ht~"
    ";eRx3MRzKQoZHLL}?7GB0VhvAI>b2{W&?iYN>;R5Fw>doa5;7_*0*9yIZ^l&QTY53EkC$FFKM!=Y3+?lDIlyf2e8"
    "ZLn#soVJ%P9XO@2Nw8xrb~jfs$swT|G`2&u`611z1u<qdw=|Em6(|8SH>}$+5G2Q-o-8CXq%h;M9;nMU8?0`y@H8"
    "N@<T8e>Pos`9Rxow4Lo{J9W-@u587$eTNHy#^Ww@=fuegD#GqYc>L91>o`M2w=-#7fRbFBs<1~|U8Dk(Cz*s%|}u"
    "DQyzKe%Z%oiTf@N;gcYaW$qYZm-m`DJWUA12BO!UN^_InzcW(Gq(k>v@|j^1+n|IFSUT9YOjqg$uPmNJg+~nGqR^"
    "MAF!XNTc(jPiY@1|$Tb_TZ86lezpBNw1+G%3t2iV)y|Q<-%eoUB<+^>jORq;bX0g+)H#BxQIILANg}4;8k~4F=xv"
    "d{ENx9i3kg^P>6(yjsNhGu>U9cjx1~CvV__b*?(5i8+>NBL6eXa+sl(9^;4XmZC`>n39?Yt*H55RCf<vWGGlfD(b"
    "$vvyRI6V116up1BMm)MbnLIzfxjnBv_d2t?YdluIcB}"
)
