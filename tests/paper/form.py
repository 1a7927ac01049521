"""The feuille de soins maladie 610-1-02, after ../shared/domain.md section 2."""

import numpy as np

from tests.paper.canvas import Canvas
from tests.paper.people import Case, dirhams
from tests.paper.symbols import draw_code128, draw_signature, draw_stamp

BLUE, BLACK = "#1d3b8f", "#23242b"
LEFT, RIGHT = 12.0, 198.0


def draw_feuille(canvas: Canvas, case: Case, rng: np.random.Generator) -> None:
    """Fill an A4 canvas with the form, printed parts and handwriting."""
    ink = BLUE if rng.random() < 0.7 else BLACK
    _heading(canvas)
    _insured(canvas, case, rng, ink)
    _doctor(canvas, case, rng, ink)
    _acts(canvas, case, rng, ink)
    _foot(canvas)


def write(
    canvas: Canvas,
    x: float,
    y: float,
    words: str,
    rng: np.random.Generator,
    ink: str,
    size: float = 6.0,
) -> None:
    """Write by hand: no two lines have one slope, size or distance from the rule."""
    canvas.text(
        x + float(rng.uniform(0, 2)),
        y + float(rng.normal(-0.4, 0.35)),
        words,
        size * float(rng.uniform(0.92, 1.08)),
        face="hand",
        ink=ink,
        bold=bool(rng.random() < 0.4),
        turn_deg=float(rng.normal(-0.4, 0.7)),
        opacity=float(rng.uniform(0.82, 0.97)),
    )


def _both(canvas: Canvas, y: float, french: str, arabic: str, size: float = 3.0) -> None:
    canvas.text(LEFT + 3, y, french, size)
    canvas.text(RIGHT - 3, y, arabic, size * 1.05, face="arabic", align="right")


def _cells(
    canvas: Canvas, x: float, y: float, value: str, count: int, rng: np.random.Generator, ink: str
) -> None:
    for i in range(count):
        canvas.box(x + i * 6.2, y, 6.2, 7.2, line=0.22, ink="#3f5c55")
        if i < len(value):
            canvas.text(
                x + i * 6.2 + 3.1 + float(rng.normal(0, 0.3)),
                y + 5.8 + float(rng.normal(0, 0.25)),
                value[i],
                6.4,
                face="hand",
                align="centre",
                ink=ink,
                bold=True,
            )


def _tick(
    canvas: Canvas, x: float, y: float, french: str, arabic: str, is_ticked: bool, ink: str
) -> None:
    canvas.box(x, y - 3.2, 3.8, 3.8, line=0.25)
    width = canvas.text(x + 5.2, y, french, 2.9)
    canvas.text(x + 6.8 + width, y, arabic, 3.0, face="arabic")
    if is_ticked:
        canvas.stroke([(x - 0.4, y - 1.6), (x + 1.5, y + 0.8), (x + 5.2, y - 4.8)], 0.55, ink)


def _section(canvas: Canvas, y: float, french: str, arabic: str) -> None:
    canvas.box(LEFT, y, RIGHT - LEFT, 6.4, fill="#d5e6df", ink="#3f5c55")
    canvas.text(LEFT + 3, y + 4.6, french, 3.2, bold=True, ink="#123f35")
    canvas.text(RIGHT - 3, y + 4.5, arabic, 3.4, face="arabic", align="right", ink="#123f35")


def _heading(canvas: Canvas) -> None:
    canvas.text(LEFT, 14, "CNSS", 6.2, bold=True, ink="#0f5c4d")
    canvas.text(LEFT, 18.5, "Caisse Nationale de Sécurité Sociale", 2.5)
    words = "الصندوق الوطني للضمان الاجتماعي"
    canvas.text(RIGHT, 14, words, 3.8, face="arabic", align="right", ink="#0f5c4d")
    canvas.text(RIGHT, 19, "Réf. 610-1-02", 2.6, align="right")
    canvas.text(105, 24, "FEUILLE DE SOINS MALADIE", 5.2, align="centre", bold=True)
    canvas.text(105, 30.5, "ورقة العلاجات المتعلقة بالمرض", 5.0, face="arabic", align="centre")
    canvas.text(105, 35, "ANAM 1.2.01.01 — Assurance Maladie Obligatoire", 2.4, align="centre")


def _insured(canvas: Canvas, case: Case, rng: np.random.Generator, ink: str) -> None:
    canvas.box(LEFT, 38, RIGHT - LEFT, 84, ink="#3f5c55", line=0.35)
    _section(canvas, 38, "Partie réservée à l'assuré", "خاص بالمؤمَّن له")
    _both(canvas, 52, "Nom et prénom :", "الاسم العائلي والشخصي :")
    canvas.dots(42, 52.6, 156)
    write(canvas, 44, 52, case.name, rng, ink)
    _both(canvas, 62, "N° immatriculation :", "رقم التسجيل :")
    _cells(canvas, 62, 56.4, case.immatriculation, 9, rng, ink)
    _both(canvas, 72, "N° CIN :", "رقم بطاقة التعريف الوطنية :")
    _cells(canvas, 62, 66.4, case.cin, 8, rng, ink)
    _both(canvas, 82, "Lien de parenté du bénéficiaire :", "علاقة القرابة :")
    _tick(canvas, 78, 82, "Conjoint", "زوج", case.relation == "conjoint", ink)
    _tick(canvas, 114, 82, "Enfant", "ابن", case.relation == "enfant", ink)
    _both(canvas, 92, "Adresse :", "العنوان :")
    canvas.dots(30, 92.6, 172)
    write(canvas, 32, 92, f"{case.street}, {case.city}", rng, ink, 5.6)
    _both(canvas, 102, "Montant des frais :", "مبلغ المصاريف :")
    canvas.dots(46, 102.6, 90)
    write(canvas, 50, 102, dirhams(case.total), rng, ink)
    canvas.text(92, 102, "Dhs", 3.0)
    canvas.text(102, 102, "درهم", 3.2, face="arabic")
    _both(canvas, 112, "Nombre de pièces jointes :", "عدد الوثائق المرفقة :")
    canvas.dots(58, 112.6, 90)
    write(canvas, 64, 112, f"{len(case.medicines) + 2:02d}", rng, ink)
    canvas.text(LEFT + 3, 119, "Fait le :", 2.8)
    write(canvas, 28, 119, case.care_date, rng, ink, 5.2)
    canvas.text(104, 119, "Signature de l'assuré  —", 2.8)
    canvas.text(158, 119, "توقيع المؤمَّن له", 3.0, face="arabic", align="right")
    draw_signature(canvas, 163, 117.5, 20, rng, ink)


def _doctor(canvas: Canvas, case: Case, rng: np.random.Generator, ink: str) -> None:
    top = 126.0
    canvas.box(LEFT, top, RIGHT - LEFT, 74, ink="#3f5c55", line=0.35)
    _section(canvas, top, "Partie réservée au médecin traitant", "خاص بالطبيب المعالج")
    _both(canvas, top + 13.5, "Bénéficiaire des soins :", "المستفيد من العلاجات :")
    canvas.dots(54, top + 14.1, 156)
    write(canvas, 56, top + 13.5, case.beneficiary, rng, BLACK)
    _both(canvas, top + 22.5, "Date de naissance :", "تاريخ الازدياد :")
    canvas.dots(46, top + 23.1, 92)
    write(canvas, 50, top + 22.5, case.birth, rng, BLACK)
    _tick(canvas, 104, top + 22.5, "M", "ذكر", case.is_man, BLACK)
    _tick(canvas, 130, top + 22.5, "F", "أنثى", not case.is_man, BLACK)
    _both(canvas, top + 31.5, "Type de soins :", "نوع العلاج :")
    kinds = (("Maladie", "مرض"), ("Maternité", "أمومة"), ("Hospitalisation", "استشفاء"))
    for i, (french, arabic) in enumerate((*kinds, ("Accident", "حادثة"))):
        _tick(canvas, 40 + (0, 30, 63, 106)[i], top + 31.5, french, arabic, i == 0, ink)
    for x, title, number in (
        (LEFT + 3, "INPE du médecin", case.doctor_inpe),
        (LEFT + 64, "INPE de l'établissement", case.house_inpe),
    ):
        canvas.box(x, top + 36, 56, 34, fill="#fdfcf6", ink="#8a8f96", radius=1.2)
        canvas.text(x + 28, top + 40.5, title, 2.5, align="centre")
        draw_code128(canvas, x + 6, top + 43, number, width=44, height=13)
        for i, digit in enumerate(number):
            canvas.box(x + 3.4 + i * 5.5, top + 60, 5.5, 6.4, line=0.18)
            canvas.text(x + 6.1 + i * 5.5, top + 64.8, digit, 3.6, align="centre")
    canvas.text(164, top + 41, "Cachet et signature", 2.6, align="centre")
    canvas.text(164, top + 45, "الخاتم والتوقيع", 2.9, face="arabic", align="centre")
    colour = str(rng.choice(["#3a4fb5", "#7a2a8c", "#b0323c"]))
    words = (case.doctor.upper() + " · " + case.city.upper(), "INPE", case.doctor_inpe)
    draw_stamp(canvas, 166, top + 58, words, int(rng.integers(1 << 30)), colour)
    draw_signature(canvas, 150, top + 62, 28, rng, BLACK)


def _acts(canvas: Canvas, case: Case, rng: np.random.Generator, ink: str) -> None:
    top = 204.0
    columns = (LEFT, 40.0, 74.0, 108.0, 142.0, RIGHT)
    heads = (
        ("Date", "التاريخ"),
        ("Acte", "العمل الطبي"),
        ("Cotation", "الترميز"),
        ("Montant Dhs", "المبلغ"),
        ("Cachet, signature", "الخاتم والتوقيع"),
    )
    canvas.box(LEFT, top, RIGHT - LEFT, 54, ink="#3f5c55", line=0.35)
    canvas.box(LEFT, top, RIGHT - LEFT, 11, fill="#e8f0ec", ink="#3f5c55")
    for i, (french, arabic) in enumerate(heads):
        middle = (columns[i] + columns[i + 1]) / 2
        canvas.text(middle, top + 4.6, french, 2.7, align="centre", bold=True)
        canvas.text(middle, top + 9.2, arabic, 2.9, face="arabic", align="centre")
        canvas.line(columns[i + 1], top, columns[i + 1], top + 54, 0.2, "#3f5c55")
    acts = [("C", "Cs", case.consultation)]
    if rng.random() < 0.5:
        acts.append(("ECG", "K 6,5", 10000))
    for row in range(4):
        y = top + 11 + row * 10.75
        canvas.line(LEFT, y + 10.75, RIGHT, y + 10.75, 0.15, "#3f5c55")
        if row < len(acts):
            write(canvas, LEFT + 2, y + 8, case.care_date, rng, ink, 4.6)
            write(canvas, 50, y + 8, acts[row][0], rng, ink, 5.4)
            write(canvas, 84, y + 8, acts[row][1], rng, ink, 5.4)
            write(canvas, 112, y + 8, dirhams(acts[row][2]), rng, ink, 5.4)


def _foot(canvas: Canvas) -> None:
    notes = (
        "Une feuille par personne et par événement. Toutes les pièces jointes sont des originaux.",
        "À déposer dans les deux mois qui suivent le premier acte, ou dans les 60 jours de la fin "
        "d'un traitement continu.",
        "Joindre l'ordonnance et les codes-barres des médicaments achetés.",
    )
    for i, note in enumerate(notes):
        canvas.text(LEFT, 265 + i * 4.3, f"{i + 1}. {note}", 2.5)
    arabic = "ورقة واحدة لكل شخص ولكل حالة. يجب أن تكون جميع الوثائق المرفقة أصلية."
    canvas.text(RIGHT, 279, arabic, 2.9, face="arabic", align="right")
    canvas.text(105, 287, "610-1-02", 2.4, align="centre", ink="#6b7078")
