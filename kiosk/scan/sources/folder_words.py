"""What the text file beside a file in quarantine says, to whoever stands at the printer."""

from typing import Final

from kiosk.domain.errors import ErrorCode, WaslError
from kiosk.domain.words import Words

_REASON: Final[dict[ErrorCode, Words]] = {
    ErrorCode.UNREADABLE_FILE: Words(
        "Ce fichier ne se lit pas : il est vide, abîmé ou incomplet. Numérisez la page à nouveau.",
        "تعذرت قراءة هذا الملف: إنه فارغ أو تالف أو ناقص. أعيدوا نسخ الصفحة.",
    ),
    ErrorCode.FILE_TOO_LARGE: Words(
        "Ce fichier est trop grand. Numérisez à 300 points par pouce, 200 pages au plus.",
        "هذا الملف كبير جداً. انسخوا بدقة 300 نقطة في البوصة و200 صفحة على الأكثر.",
    ),
    ErrorCode.ENCRYPTED_PDF: Words(
        "Ce PDF demande un mot de passe. Numérisez le papier lui-même.",
        "هذا الملف محمي بكلمة مرور. انسخوا الوثيقة الورقية نفسها.",
    ),
}
_RETRY: Final = Words(
    "Pour réessayer, remettez le fichier dans le dossier de numérisation.",
    "لإعادة المحاولة، أعيدوا الملف إلى مجلد النسخ.",
)


def reason_of(error: WaslError) -> str:
    """Return the reason: the code, then French and Arabic, then what to do."""
    words = _REASON.get(error.code, _REASON[ErrorCode.UNREADABLE_FILE])
    return "\n".join((error.code.value, words.fr, words.ar, "", _RETRY.fr, _RETRY.ar, ""))
