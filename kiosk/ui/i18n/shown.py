"""Counts, sizes, durations and moments in both languages; pure, no Qt."""

from datetime import datetime
from typing import Final, NamedTuple

from kiosk.domain.moments import CASABLANCA
from kiosk.domain.money import NBSP
from kiosk.domain.words import Words

_ISOLATE: Final = "\u2066"
_END_ISOLATE: Final = "\u2069"


class Plural(NamedTuple):
    """A counted noun: French singular and plural, Arabic after CLDR's categories for ``ar``.

    ``{n}`` stands for the number; Arabic needs none for one and two.
    """

    one: str
    more: str
    ar_zero: str
    ar_one: str
    ar_two: str
    ar_few: str
    ar_many: str
    ar_other: str


DAYS: Final = Plural(
    *("{n} jour", "{n} jours"),
    *("أقل من يوم", "يوم واحد", "يومان", "{n} أيام", "{n} يوماً", "{n} يوم"),
)
PAGES: Final = Plural(
    *("{n} page", "{n} pages"),
    *("لا صفحات", "صفحة واحدة", "صفحتان", "{n} صفحات", "{n} صفحة", "{n} صفحة"),
)
SHEETS: Final = Plural(
    *("{n} feuille", "{n} feuilles"),
    *("لا أوراق", "ورقة واحدة", "ورقتان", "{n} أوراق", "{n} ورقة", "{n} ورقة"),
)
DEPOSITS: Final = Plural(
    *("{n} dossier", "{n} dossiers"),
    *("لا ملفات", "ملف واحد", "ملفان", "{n} ملفات", "{n} ملفاً", "{n} ملف"),
)
PAGES_TO_RETAKE: Final = Plural(
    *("{n} page à refaire", "{n} pages à refaire"),
    *("لا صفحات تعاد", "صفحة واحدة تعاد", "صفحتان تعادان"),
    *("{n} صفحات تعاد", "{n} صفحة تعاد", "{n} صفحة تعاد"),
)
PIECES_MISSING: Final = Plural(
    *("{n} pièce manquante", "{n} pièces manquantes"),
    *("لا وثائق ناقصة", "وثيقة واحدة ناقصة", "وثيقتان ناقصتان"),
    *("{n} وثائق ناقصة", "{n} وثيقة ناقصة", "{n} وثيقة ناقصة"),
)
TICKED: Final = Plural(
    *("{n} choisi", "{n} choisis"),
    *("لا ملفات مختارة", "ملف واحد مختار", "ملفان مختاران"),
    *("{n} ملفات مختارة", "{n} ملفاً مختاراً", "{n} ملف مختار"),
)


def isolated(text: str) -> str:
    """Return *text* as one left-to-right piece inside an Arabic sentence (Unicode TR9)."""
    return f"{_ISOLATE}{text}{_END_ISOLATE}"


def fill(words: Words, **values: str | Words) -> Words:
    """Return *words* with its ``{name}`` places filled; figures stay in order in Arabic.

    A ``Words`` value gives each language its own text; a plain one is isolated in Arabic.
    """
    french = {name: one.fr if isinstance(one, Words) else one for name, one in values.items()}
    arabic = {
        name: one.ar if isinstance(one, Words) else isolated(one) for name, one in values.items()
    }
    return Words(words.fr.format(**french), words.ar.format(**arabic))


def joined(*parts: Words, by: str = " · ") -> Words:
    """Return several words as one line."""
    return Words(by.join(part.fr for part in parts), by.join(part.ar for part in parts))


def same(text: str) -> Words:
    """Return a text that is the same in both languages: a number, a code."""
    return Words(text, isolated(text))


def counted(count: int, noun: Plural) -> Words:
    """Return «4 pages» / «4 صفحات», with Arabic duals and its three plurals."""
    french = (noun.more if count >= 2 else noun.one).replace(" ", NBSP, 1)
    french = french.format(n=grouped(count))
    return Words(french, _arabic_form(count, noun).format(n=isolated(grouped(count))))


def _arabic_form(count: int, noun: Plural) -> str:
    if count in (0, 1, 2):
        return (noun.ar_zero, noun.ar_one, noun.ar_two)[count]
    if 3 <= count % 100 <= 10:
        return noun.ar_few
    return noun.ar_many if count % 100 >= 11 else noun.ar_other


def grouped(count: int) -> str:
    """Return «2 700»: groups of three, kept together."""
    return f"{count:,}".replace(",", NBSP)


def size(size_bytes: int) -> Words:
    """Return «156 Ko», «2,1 Mo» or «41 Go», in powers of ten."""
    value, unit = float(size_bytes), 0
    while value >= 1000 and unit < 3:
        value, unit = value / 1000, unit + 1
    french, arabic = (("o", "بايت"), ("Ko", "ك.ب"), ("Mo", "م.ب"), ("Go", "ج.ب"))[unit]
    digits = 1 if unit >= 2 and value < 10 else 0
    figure = f"{value:.{digits}f}".replace(".", ",")
    return Words(f"{figure}{NBSP}{french}", f"{isolated(figure)}{NBSP}{arabic}")


def duration(seconds: float) -> Words:
    """Return «2 h 10», «12 min», «38 s» or days."""
    whole = max(0, int(seconds))
    if whole < 60:
        return _unit(whole, "s", "ث")
    if whole < 3600:
        return _unit(whole // 60, "min", "د")
    if whole < 2 * 86_400:
        hours, minutes = divmod(whole // 60, 60)
        arabic = f"{isolated(str(hours))}{NBSP}س {isolated(f'{minutes:02d}')}{NBSP}د"
        return Words(f"{hours}{NBSP}h{NBSP}{minutes:02d}", arabic)
    return counted(whole // 86_400, DAYS)


def _unit(count: int, french: str, arabic: str) -> Words:
    return Words(f"{count}{NBSP}{french}", f"{isolated(str(count))}{NBSP}{arabic}")


def clock(moment: datetime, now: datetime) -> Words:
    """Return the hour in Casablanca, «11:42», with the day before it when it is not today."""
    local, today = moment.astimezone(CASABLANCA), now.astimezone(CASABLANCA)
    if local.date() == today.date():
        return same(local.strftime("%H:%M"))
    return same(local.strftime(f"%d/%m{NBSP}%H:%M"))
