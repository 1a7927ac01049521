"""Invented people, doctors and medicines: everything a page says, chosen by a seed.

The three immatriculations are the ones ../shared/domain.md section 3 gives for tests: valid by
key and nobody's. INPE numbers, telephone numbers and medicine numbers are made up.
"""

from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from tests.paper.symbols import ean13_of

T = TypeVar("T")

IMMATRICULATIONS = ("101455262", "123456785", "187654325")
FIRST_NAMES = (  # women's and men's in turn
    ("Fatima Zahra", "فاطمة الزهراء"),
    ("Rachid", "رشيد"),
    ("Khadija", "خديجة"),
    ("Youssef", "يوسف"),
    ("Samira", "سميرة"),
    ("Hassan", "حسن"),
    ("Naïma", "نعيمة"),
    ("Abdellah", "عبد الله"),
    ("Imane", "إيمان"),
    ("Mehdi", "المهدي"),
)
LAST_NAMES = (
    ("El Amrani", "العمراني"),
    ("Benjelloun", "بنجلون"),
    ("Ouazzani", "الوزاني"),
    ("Tazi", "التازي"),
    ("Idrissi", "الإدريسي"),
    ("Chraïbi", "الشرايبي"),
    ("Lahlou", "لحلو"),
    ("Bennani", "بناني"),
    ("Aït Hammou", "أيت حمو"),
    ("Sqalli", "الصقلي"),
)
CITIES = (
    ("Azrou", "أزرو"),
    ("Khénifra", "خنيفرة"),
    ("Taroudant", "تارودانت"),
    ("Ouezzane", "وزان"),
    ("Tiznit", "تيزنيت"),
    ("Guercif", "جرسيف"),
    ("Midelt", "ميدلت"),
    ("Sefrou", "صفرو"),
)
STREETS = (
    "12, rue des Orangers",
    "Hay Al Massira n° 48",
    "Lot. Atlas, n° 7",
    "27, av. Hassan II",
    "Douar Aït Yahia",
    "3, rue Ibn Rochd",
)
SPECIALITIES = (
    ("Médecine générale", "الطب العام"),
    ("Pédiatrie", "طب الأطفال"),
    ("Cardiologie", "أمراض القلب"),
    ("Endocrinologie", "أمراض الغدد"),
)
MEDICINES = (
    ("DOLIZEN 500 mg, comprimés B/20", "1 cp x 3 / jour pendant 5 jours", 1420),
    ("AMOXIBEL 1 g, comprimés dispersibles B/14", "1 cp matin et soir, 7 jours", 7860),
    ("TENSIMAR 5 mg, comprimés B/30", "1 cp le matin", 9530),
    ("GLUCOVAL 850 mg, comprimés B/60", "1 cp au milieu du repas x 2", 4470),
    ("VENTAZIR 100 µg, suspension pour inhalation", "2 bouffées si besoin", 5290),
    ("GASTROPEL 20 mg, gélules B/28", "1 gél. avant le dîner, 4 semaines", 11650),
    ("FERVITAL sirop, flacon 150 ml", "1 c. à café x 2 / jour", 3890),
    ("HISTALOR 10 mg, comprimés B/15", "1 cp le soir, 10 jours", 4205),
    ("CARDISOL 75 mg, comprimés B/30", "1 cp / jour", 2980),
    ("COLLYVIS collyre, flacon 10 ml", "1 goutte x 4 / jour", 3150),
    ("VITADRIS 100 000 UI, ampoule buvable", "1 ampoule, à renouveler", 2240),
    ("ORTHOGEL 1 %, tube 50 g", "1 application x 3 / jour", 2760),
)
ANALYSES = (
    ("Hémoglobine", "الهيموغلوبين", "g/dl", 11.5, 17.0, 1),
    ("Hématocrite", "الهيماتوكريت", "%", 36.0, 50.0, 1),
    ("Leucocytes", "الكريات البيضاء", "/mm³", 4000, 10000, 0),
    ("Plaquettes", "الصفائح الدموية", "/mm³", 150000, 400000, 0),
    ("Glycémie à jeun", "السكر في الدم", "g/l", 0.70, 1.10, 2),
    ("HbA1c", "الخضاب السكري", "%", 4.0, 6.0, 1),
    ("Créatinine", "الكرياتينين", "mg/l", 6.0, 12.0, 1),
    ("Urée", "اليوريا", "g/l", 0.15, 0.45, 2),
    ("Cholestérol total", "الكوليسترول", "g/l", 1.30, 2.00, 2),
    ("Triglycérides", "الدهون الثلاثية", "g/l", 0.40, 1.50, 2),
    ("CRP", "البروتين التفاعلي", "mg/l", 0.0, 6.0, 1),
    ("TSH", "هرمون الغدة الدرقية", "mUI/l", 0.40, 4.00, 2),
    ("Ferritine", "الفيريتين", "ng/ml", 20.0, 250.0, 0),
    ("Vitamine D", "فيتامين د", "ng/ml", 30.0, 60.0, 1),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Medicine:
    """A box bought: its name, how to take it, public price (PPV) in centimes, EAN-13, lot."""

    name: str
    posology: str
    price: int
    ean: str
    lot: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One person's event of care: the facts every page of a dossier repeats."""

    name: str
    name_ar: str
    immatriculation: str
    cin: str
    birth: str
    street: str
    city: str
    city_ar: str
    relation: str
    beneficiary: str
    is_man: bool
    doctor: str
    doctor_ar: str
    speciality: tuple[str, str]
    doctor_inpe: str
    house_inpe: str
    phone: str
    care_date: str
    medicines: tuple[Medicine, ...]
    consultation: int
    fse_number: str

    @property
    def total(self) -> int:
        """What the dossier cost in centimes."""
        return self.consultation + sum(medicine.price for medicine in self.medicines)


def dirhams(centimes: int) -> str:
    """Write an amount as papers do: ``1 234,50``."""
    whole, rest = divmod(centimes, 100)
    return f"{whole:,}".replace(",", "\u00a0") + f",{rest:02d}"


def _pick(rng: np.random.Generator, things: tuple[T, ...]) -> T:
    return things[int(rng.integers(len(things)))]


def _digits(rng: np.random.Generator, count: int) -> str:
    return "".join(str(int(d)) for d in rng.integers(0, 10, count))


def _medicines(rng: np.random.Generator) -> tuple[Medicine, ...]:
    chosen = rng.permutation(len(MEDICINES))[: int(rng.integers(2, 6))]
    return tuple(
        Medicine(
            name=MEDICINES[i][0],
            posology=MEDICINES[i][1],
            price=MEDICINES[i][2] + 10 * int(rng.integers(0, 90)),
            ean=ean13_of("611800" + _digits(rng, 6)),
            lot=_digits(rng, 5),
        )
        for i in chosen
    )


def _treated(rng: np.random.Generator, insured: tuple[str, str], relation: str) -> tuple[str, str]:
    if not relation:
        return insured
    is_woman = FIRST_NAMES.index(insured) % 2 == 0
    start = int(is_woman) if relation == "conjoint" else int(rng.integers(2))
    return _pick(rng, FIRST_NAMES[start::2])


def case_of(seed: int, immatriculation: str | None = None) -> Case:
    """The case number *seed*; the same number always gives the same case."""
    rng = np.random.default_rng([seed, 7])
    first, last, city = _pick(rng, FIRST_NAMES), _pick(rng, LAST_NAMES), _pick(rng, CITIES)
    doctor_first, doctor_last = _pick(rng, FIRST_NAMES), _pick(rng, LAST_NAMES)
    relation = _pick(rng, ("", "", "conjoint", "enfant"))
    treated = _treated(rng, first, relation)
    day, month = int(rng.integers(1, 29)), int(rng.integers(1, 13))
    return Case(
        name=f"{last[0]} {first[0]}",
        name_ar=f"{last[1]} {first[1]}",
        immatriculation=immatriculation or _pick(rng, IMMATRICULATIONS),
        cin=_pick(rng, ("AB", "D", "QA", "Z", "BK")) + _digits(rng, 6),
        birth=f"{int(rng.integers(1, 29)):02d}/{int(rng.integers(1, 13)):02d}/"
        f"{int(rng.integers(1948, 2021))}",
        street=_pick(rng, STREETS),
        city=city[0],
        city_ar=city[1],
        relation=relation,
        beneficiary=f"{last[0]} {treated[0]}",
        is_man=FIRST_NAMES.index(treated) % 2 == 1,
        doctor=f"Dr {doctor_first[0]} {doctor_last[0]}",
        doctor_ar=f"الدكتور(ة) {doctor_first[1]} {doctor_last[1]}",
        speciality=_pick(rng, SPECIALITIES),
        doctor_inpe="1" + _digits(rng, 8),
        house_inpe="0" + _digits(rng, 8),
        phone="05 35 " + " ".join(_digits(rng, 2) for _ in range(3)),
        care_date=f"{day:02d}/{month:02d}/2026",
        medicines=_medicines(rng),
        consultation=100 * int(rng.choice([150, 200, 250, 300])),
        fse_number="FSE" + _digits(rng, 12),
    )
