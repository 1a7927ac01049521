"""The other papers of a dossier: prescription, invoice, till receipt, vignettes, results."""

import numpy as np

from tests.paper.canvas import Canvas
from tests.paper.form import BLACK, BLUE, write
from tests.paper.people import ANALYSES, Case, dirhams
from tests.paper.symbols import draw_ean13, draw_qr, draw_signature, draw_stamp

STAMPS = ("#2f49b8", "#6f2d91", "#b12a3a", "#1d6b52")


def draw_ordonnance(canvas: Canvas, case: Case, rng: np.random.Generator) -> None:
    """A doctor's prescription, by hand, with a round stamp and a signature."""
    middle, width = canvas.width_mm / 2, canvas.width_mm
    unit = width / 148
    _letterhead(canvas, case, unit)
    right = width - 10 * unit
    ink = BLUE if rng.random() < 0.6 else BLACK
    line = f"{case.city}, le"
    canvas.text(right - 38 * unit, 44 * unit, line, 3.2 * unit, align="right")
    write(canvas, right - 36 * unit, 44 * unit, case.care_date, rng, ink, 6 * unit)
    canvas.text(10 * unit, 53 * unit, "Nom du patient :", 3.1 * unit)
    write(canvas, 37 * unit, 53 * unit, case.name, rng, ink, 6.4 * unit)
    canvas.text(middle, 64 * unit, "ORDONNANCE", 4.6 * unit, align="centre", bold=True)
    words = "وصفة طبية"
    canvas.text(middle, 70 * unit, words, 4.2 * unit, face="arabic", align="centre")
    y = 82.0
    for i, medicine in enumerate(case.medicines):
        write(canvas, 12 * unit, y * unit, f"{i + 1}) {medicine.name}", rng, ink, 6 * unit)
        write(canvas, 24 * unit, (y + 7.5) * unit, medicine.posology, rng, ink, 5.6 * unit)
        y += 17.5
    colour = STAMPS[int(rng.integers(len(STAMPS)))]
    ring = (case.doctor.upper() + " · " + case.speciality[0].upper(), case.city.upper(), case.phone)
    spot = (width - 42 * unit + float(rng.normal(0, 3)), min(y + 16, 182) * unit)
    draw_stamp(canvas, *spot, ring, int(rng.integers(1 << 30)), colour)
    draw_signature(canvas, spot[0] - 20, spot[1] + 4, 38, rng, ink)
    _foot(canvas, case, unit)


def _letterhead(canvas: Canvas, case: Case, unit: float) -> None:
    right = canvas.width_mm - 10 * unit
    canvas.text(10 * unit, 15 * unit, case.doctor, 4.6 * unit, bold=True, ink="#173a6b")
    canvas.text(10 * unit, 20.5 * unit, case.speciality[0], 3.2 * unit)
    canvas.text(10 * unit, 25.2 * unit, "Diplômé de la Faculté de Médecine", 2.7 * unit)
    canvas.text(10 * unit, 29.6 * unit, f"INPE {case.doctor_inpe}", 2.7 * unit)
    for y, words, size in (
        (15.0, case.doctor_ar, 4.6),
        (20.8, case.speciality[1], 3.6),
        (25.6, "خريج كلية الطب", 3.1),
    ):
        canvas.text(
            right, y * unit, words, size * unit, face="arabic", align="right", ink="#173a6b"
        )
    canvas.line(10 * unit, 33 * unit, right, 33 * unit, 0.5 * unit, "#173a6b")


def _foot(canvas: Canvas, case: Case, unit: float) -> None:
    bottom = canvas.height_mm - 8 * unit
    canvas.line(10 * unit, bottom - 5, canvas.width_mm - 10 * unit, bottom - 5, 0.3, "#173a6b")
    words = f"{case.street} — {case.city} · Tél. {case.phone}"
    canvas.text(canvas.width_mm / 2, bottom, words, 2.6 * unit, align="centre")


def draw_facture(canvas: Canvas, case: Case, rng: np.random.Generator) -> None:
    """A pharmacy's invoice, printed."""
    if rng.random() < 0.3:  # the customer's copy of a carbonless set
        canvas.paper(str(rng.choice(["#fff3b8", "#fde3e6", "#e6f2e0", "#e3eefb"])))
    width, left = canvas.width_mm, 9.0
    right = width - left
    canvas.text(left, 14, f"PHARMACIE {case.city.upper()} CENTRE", 4.4, bold=True, ink="#0d6b3c")
    canvas.text(right, 14, f"صيدلية {case.city_ar}", 4.6, face="arabic", align="right")
    canvas.text(left, 19, f"{case.street} — {case.city}", 2.7)
    canvas.text(left, 23.2, f"Tél. {case.phone} · INPE {case.house_inpe}", 2.7)
    canvas.text(width / 2, 34, f"FACTURE N° {int(rng.integers(1000, 99999))}", 4.6, align="centre")
    canvas.text(width / 2, 40, "فاتورة", 4.2, face="arabic", align="centre")
    canvas.text(left, 48, f"Client : {case.name}", 3.1)
    canvas.text(right, 48, f"Date : {case.care_date}", 3.1, align="right")
    columns = (left, right - 58, right - 42, right - 22, right)
    canvas.box(left, 53, right - left, 8, fill="#e4efe8", ink="#2f5f47")
    for i, head in enumerate(("Désignation", "Qté", "P.P.V.", "Montant")):
        x = left + 2 if i == 0 else (columns[i] + columns[i + 1]) / 2
        canvas.text(x, 58.4, head, 2.9, bold=True, align="left" if i == 0 else "centre")
    y, total = 61.0, 0
    for medicine in case.medicines:
        total += medicine.price
        canvas.text(left + 2, y + 5.6, medicine.name, 2.8, fit=columns[1] - left - 4)
        canvas.text((columns[1] + columns[2]) / 2, y + 5.6, "1", 2.9, align="centre")
        canvas.text(columns[3] - 2, y + 5.6, dirhams(medicine.price), 2.9, align="right")
        canvas.text(right - 2, y + 5.6, dirhams(medicine.price), 2.9, align="right")
        y += 8.4
        canvas.line(left, y, right, y, 0.12, "#7d8a83")
    for x in columns:
        canvas.line(x, 53, x, y, 0.2, "#2f5f47")
    canvas.text(right - 26, y + 8, "Total à payer", 3.2, align="right", bold=True)
    canvas.text(right - 2, y + 8, f"{dirhams(total)} DH", 3.4, align="right", bold=True)
    canvas.text(right - 26, y + 13.5, "المبلغ الإجمالي", 3.2, face="arabic", align="right")
    canvas.text(left, y + 20, "Arrêtée la présente facture à la somme indiquée ci-dessus.", 2.6)
    ring = (f"PHARMACIE {case.city.upper()} CENTRE", "PAYÉ", case.care_date)
    seed = int(rng.integers(1 << 30))
    draw_stamp(canvas, left + 28, y + 40, ring, seed, STAMPS[int(rng.integers(len(STAMPS)))])
    draw_signature(canvas, left + 14, y + 42, 30, rng, BLUE)


def draw_ticket(canvas: Canvas, case: Case, rng: np.random.Generator) -> None:
    """A till receipt of a pharmacy, on 80 mm thermal paper."""
    middle, right = canvas.width_mm / 2, canvas.width_mm - 4
    grey = "#33343a"
    canvas.text(middle, 10, f"PHARMACIE {case.city.upper()}", 4.4, align="centre", bold=True)
    canvas.text(middle, 16, f"صيدلية {case.city_ar}", 4.4, face="arabic", align="centre")
    canvas.text(middle, 21, case.street, 2.9, align="centre", ink=grey)
    canvas.text(middle, 25.4, f"Tél. {case.phone}", 2.9, align="centre", ink=grey)
    ticket = int(rng.integers(100, 9999))
    canvas.text(4, 33, f"{case.care_date}  {int(rng.integers(9, 20)):02d}:14", 2.9, ink=grey)
    canvas.text(right, 33, f"Ticket {ticket:06d}", 2.9, align="right", ink=grey)
    canvas.dots(4, 36, right)
    y = 41.0
    for medicine in case.medicines:
        canvas.text(4, y, medicine.name, 2.9, ink=grey, fit=right - 4)
        canvas.text(8, y + 4.4, f"1 x {dirhams(medicine.price)}", 2.9, ink=grey)
        canvas.text(right, y + 4.4, dirhams(medicine.price), 2.9, align="right", ink=grey)
        y += 10
    canvas.dots(4, y - 2, right)
    total = sum(medicine.price for medicine in case.medicines)
    canvas.text(4, y + 5, "TOTAL DH", 4.6, bold=True)
    canvas.text(right, y + 5, dirhams(total), 4.6, align="right", bold=True)
    canvas.text(4, y + 11, "Espèces", 2.9, ink=grey)
    canvas.text(right, y + 11, dirhams(total), 2.9, align="right", ink=grey)
    number = case.medicines[0].ean
    draw_ean13(canvas, middle - 15.7, y + 18, number)
    canvas.text(middle, y + 42, "Merci de votre visite — شكرا لزيارتكم", 2.9, align="centre")


def draw_vignettes(canvas: Canvas, case: Case, rng: np.random.Generator) -> None:
    """A sheet with the price labels cut from medicine boxes and glued on, a little askew."""
    canvas.text(12, 16, "Codes-barres des médicaments", 4.2, bold=True)
    words = "الرموز الشريطية للأدوية"
    canvas.text(canvas.width_mm - 12, 16, words, 4.4, face="arabic", align="right")
    write(canvas, 12, 28, f"{case.name} — {case.immatriculation}", rng, BLUE, 6.6)
    canvas.line(12, 32, canvas.width_mm - 12, 32, 0.3)
    per_row = 2 if canvas.width_mm > 150 else 1
    for i, medicine in enumerate(case.medicines):
        x = 40 + (i % per_row) * 88 + float(rng.normal(0, 4))
        y = 62 + (i // per_row) * 54 + float(rng.normal(0, 2.5))
        canvas.turned(x + 12, y, float(rng.normal(0, 4.5)))
        tint = str(rng.choice(["#fbf3dc", "#eef4fb", "#fdfdfb", "#f3f7ec", "#fbeeee"]))
        canvas.box(-32.6, -19.6, 66.4, 41.4, fill="#c9c9c4", ink=None, radius=0.6)
        canvas.box(-33, -20, 66, 41, fill=tint, ink="#b9bbb4", line=0.15, radius=0.5)
        canvas.text(0, -14.5, medicine.name, 2.9, align="centre", bold=True, fit=60)
        canvas.text(-30, -9.5, f"LOT {medicine.lot}", 2.5)
        canvas.text(30, -9.5, f"PPV : {dirhams(medicine.price)} DH", 3.1, align="right", bold=True)
        canvas.box(-22.5, -7, 45, 22, fill="#ffffff", ink=None)
        draw_ean13(canvas, -15.7, -5.5, medicine.ean, module_mm=0.33)
        canvas.straight()


def draw_resultats(canvas: Canvas, case: Case, rng: np.random.Generator) -> None:
    """A laboratory's table of results in French and Arabic."""
    right = canvas.width_mm - 12
    words = f"LABORATOIRE D'ANALYSES — {case.city.upper()}"
    canvas.text(12, 16, words, 4.2, bold=True, ink="#7a1f2b")
    words = f"مختبر التحليلات الطبية {case.city_ar}"
    canvas.text(right, 24, words, 4.4, face="arabic", align="right", ink="#7a1f2b")
    canvas.text(12, 24, f"{case.street} · Tél. {case.phone}", 2.7)
    canvas.line(12, 28, right, 28, 0.6, "#7a1f2b")
    canvas.text(12, 38, f"Patient : {case.name}", 3.4, bold=True)
    canvas.text(right, 38, case.name_ar, 3.8, face="arabic", align="right")
    canvas.text(12, 44, f"Né(e) le {case.birth}", 3.0)
    canvas.text(right, 44, f"Prélèvement du {case.care_date}", 3.0, align="right")
    canvas.text(12, 50, f"Prescripteur : {case.doctor}", 3.0)
    canvas.text(canvas.width_mm / 2, 62, "RÉSULTATS", 4.8, align="centre", bold=True)
    canvas.text(canvas.width_mm / 2, 68.5, "النتائج", 4.6, face="arabic", align="centre")
    heads = (("Analyse", 14.0), ("Résultat", 92.0), ("Unité", 112.0), ("Normales", 134.0))
    canvas.box(12, 74, right - 12, 8, fill="#f1e4e6", ink="#7a1f2b")
    for head, x in heads:
        canvas.text(x, 79.4, head, 3.0, bold=True)
    canvas.text(right - 3, 79.4, "التحليل", 3.3, face="arabic", align="right")
    y = 82.0
    chosen = sorted(rng.permutation(len(ANALYSES))[: int(rng.integers(7, 14))].tolist())
    for i in chosen:
        french, arabic, unit, low, high, places = ANALYSES[i]
        value = float(rng.uniform(low * 0.8, high * 1.15))
        is_out = not low <= value <= high
        y += 10
        canvas.text(14, y - 3, french, 3.1)
        canvas.text(106, y - 3, _decimal(value, places), 3.2, align="right", bold=is_out)
        canvas.text(112, y - 3, unit, 3.0)
        limits = f"{_decimal(low, places)} à {_decimal(high, places)}"
        canvas.text(134, y - 3, limits, 3.0)
        canvas.text(right - 3, y - 3, arabic, 3.3, face="arabic", align="right")
        canvas.line(12, y, right, y, 0.1, "#a98a8f")
    canvas.text(12, y + 10, "Validé par le biologiste responsable.", 2.8)
    ring = (f"LABORATOIRE · {case.city.upper()}", "BIOLOGISTE", case.house_inpe)
    draw_stamp(canvas, right - 30, y + 26, ring, int(rng.integers(1 << 30)), STAMPS[1])
    draw_signature(canvas, right - 46, y + 30, 32, rng, BLACK)


def _decimal(value: float, places: int) -> str:
    return f"{value:,.{places}f}".replace(",", "\u00a0").replace(".", ",")


def draw_fse(canvas: Canvas, case: Case, rng: np.random.Generator) -> None:
    """A printed prescription of the electronic care sheet, with its QR code and number."""
    right = canvas.width_mm - 12
    canvas.text(12, 18, "Prescription électronique", 5.0, bold=True, ink="#0d4f70")
    canvas.text(right, 18, "وصفة طبية إلكترونية", 5.0, face="arabic", align="right")
    canvas.text(12, 25, f"N° FSE : {case.fse_number}", 3.6, bold=True)
    text = f"FSE;1;{case.fse_number};{case.doctor_inpe};{case.care_date};{len(case.medicines)}"
    draw_qr(canvas, right - 38, 30, text, side=38)
    for i, words in enumerate(
        (
            f"Prescripteur : {case.doctor}",
            f"INPE : {case.doctor_inpe}",
            f"Patient : {case.name}",
            f"Immatriculation : {case.immatriculation}",
            f"Date : {case.care_date}",
        )
    ):
        canvas.text(12, 38 + i * 6.2, words, 3.3)
    y = 84.0
    canvas.line(12, y - 8, right, y - 8, 0.4, "#0d4f70")
    for i, medicine in enumerate(case.medicines):
        canvas.text(12, y, f"{i + 1}. {medicine.name}", 3.5, bold=True)
        canvas.text(18, y + 6, medicine.posology, 3.2)
        y += 16
    ring = (case.doctor.upper(), case.city.upper(), case.phone)
    draw_stamp(canvas, right - 28, y + 18, ring, int(rng.integers(1 << 30)), STAMPS[0])
    draw_signature(canvas, right - 44, y + 22, 34, rng, BLUE)


def draw_blank(canvas: Canvas, case: Case, rng: np.random.Generator) -> None:
    """An empty back side: nothing but a few specks of dust."""
    del case
    for _ in range(int(rng.integers(3, 12))):
        x = float(rng.uniform(5, canvas.width_mm - 5))
        y = float(rng.uniform(5, canvas.height_mm - 5))
        canvas.stroke([(x, y), (x + 0.1, y + 0.1)], float(rng.uniform(0.06, 0.16)), "#8a8880", 0.6)
