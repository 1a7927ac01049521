"""What an agent reads when something is refused or fails: what it is, and the one next thing.

Chosen by code, field and fault, never from an error's own text.
"""

from typing import Final

from kiosk.domain.dossier import MAX_PAGES
from kiosk.domain.errors import (
    ErrorCode,
    InvalidInputError,
    PageLimit,
    PrinterFault,
    PrinterUnavailableError,
    SourceUnavailableError,
    WaslError,
)
from kiosk.domain.identifiers import Fault
from kiosk.domain.views import PageFault
from kiosk.domain.words import Words
from kiosk.ui.i18n.scanning import SOURCE

ERROR: Final[dict[str, Words]] = {
    ErrorCode.INVALID_INPUT: Words(
        "Une valeur n’est pas acceptée. Relisez les champs de l’étape 1.",
        "إحدى القيم غير مقبولة. راجعوا خانات المرحلة 1.",
    ),
    ErrorCode.UNKNOWN_RECEIPT: Words(
        "Ce récépissé n’est pas sur ce poste. Vérifiez le numéro.",
        "هذا الوصل غير موجود في هذا الجهاز. تحققوا من الرقم.",
    ),
    ErrorCode.UNREADABLE_FILE: Words(
        "Ce fichier ne se lit pas : il est abîmé ou incomplet. Numérisez la page à nouveau.",
        "تعذرت قراءة هذا الملف: إنه تالف أو ناقص. أعيدوا نسخ الصفحة.",
    ),
    ErrorCode.FILE_TOO_LARGE: Words(
        "Ce fichier est trop grand. Numérisez la page à 300 points par pouce.",
        "هذا الملف كبير جداً. أعيدوا نسخ الصفحة بدقة 300 نقطة في البوصة.",
    ),
    ErrorCode.ENCRYPTED_PDF: Words(
        "Ce PDF demande un mot de passe. Numérisez le papier lui-même.",
        "هذا الملف محمي بكلمة مرور. انسخوا الوثيقة الورقية نفسها.",
    ),
    ErrorCode.NOT_ENROLLED: Words(
        "Ce poste n’est pas encore enrôlé. Tapez le code reçu de la CNSS.",
        "هذا الجهاز غير مسجل بعد. أدخلوا الرمز المتوصل به من الصندوق.",
    ),
    ErrorCode.WRONG_PIN: Words(
        "Ce code d’agent n’est pas le bon. Tapez-le à nouveau.",
        "رمز العون غير صحيح. أعيدوا إدخاله.",
    ),
    ErrorCode.LOCKED_OUT: Words(
        "Trop d’essais. Appelez votre responsable.", "محاولات كثيرة. اتصلوا بالمسؤول."
    ),
    ErrorCode.FORBIDDEN: Words(
        "Cette action demande un responsable. Appelez-le.",
        "هذا الإجراء من اختصاص المسؤول. اتصلوا به.",
    ),
    ErrorCode.NOT_CANCELLABLE: Words(
        "Ce dépôt ne peut plus être annulé. Orientez la personne vers la CNSS.",
        "لم يعد بالإمكان إلغاء هذا الإيداع. وجهوا الشخص إلى الصندوق.",
    ),
    ErrorCode.ANOTHER_WRITER: Words(
        "Wasl est déjà ouvert sur ce poste. Utilisez l’autre fenêtre.",
        "البرنامج مفتوح من قبل على هذا الجهاز. استعملوا النافذة الأخرى.",
    ),
    ErrorCode.NEWER_DATABASE: Words(
        "Ces données viennent d’une version plus récente. Mettez le programme à jour.",
        "هذه المعطيات من إصدار أحدث. حيِّنوا البرنامج.",
    ),
    ErrorCode.DAMAGED_DATABASE: Words(
        "Les données de ce poste sont abîmées. Ne déposez plus ; appelez le support.",
        "معطيات هذا الجهاز تالفة. أوقفوا الإيداع واتصلوا بالدعم.",
    ),
    ErrorCode.WRONG_KEY: Words(
        "La clé de ce poste manque. Appelez le support.", "مفتاح هذا الجهاز مفقود. اتصلوا بالدعم."
    ),
    ErrorCode.FOREIGN_BACKUP: Words(
        "Cette sauvegarde vient d’un autre poste. Choisissez celle de ce poste.",
        "هذه النسخة الاحتياطية من جهاز آخر. اختاروا نسخة هذا الجهاز.",
    ),
    ErrorCode.DISK_FULL: Words(
        "Le disque est plein ; rien n’est perdu. Libérez de la place, puis recommencez.",
        "القرص ممتلئ ولم يضع أي شيء. أفرغوا مساحة ثم أعيدوا المحاولة.",
    ),
    ErrorCode.READ_ONLY: Words(
        "Le dossier de données ne peut pas être écrit. Appelez le support.",
        "تعذرت الكتابة في مجلد المعطيات. اتصلوا بالدعم.",
    ),
    ErrorCode.DEVICE_UNAVAILABLE: Words(
        "L’appareil ne répond pas. Vérifiez qu’il est allumé et branché.",
        "الجهاز لا يستجيب. تأكدوا من تشغيله وتوصيله.",
    ),
    ErrorCode.OFFLINE: Words(
        "La CNSS n’est pas joignable. Vérifiez le réseau, puis réessayez.",
        "تعذر الاتصال بالصندوق. تحققوا من الشبكة ثم أعيدوا المحاولة.",
    ),
    ErrorCode.REFUSED: Words(
        "La CNSS a refusé. Vérifiez ce qui est tapé, ou appelez le support.",
        "رفض الصندوق الطلب. تحققوا مما أُدخل أو اتصلوا بالدعم.",
    ),
    ErrorCode.REVOKED: Words(
        "Ce poste n’est plus autorisé. Appelez le support.",
        "لم يعد هذا الجهاز مرخصاً. اتصلوا بالدعم.",
    ),
    ErrorCode.TLS: Words(
        "L’adresse de la CNSS n’est pas sûre. Vérifiez l’adresse et le fichier de confiance.",
        "عنوان الصندوق غير آمن. تحققوا من العنوان ومن ملف الثقة.",
    ),
    ErrorCode.NOT_A_RECEIPT: Words(
        "Ce n’est pas un récépissé. Vérifiez le numéro.", "هذا ليس وصلاً. تحققوا من الرقم."
    ),
    ErrorCode.BAD_SIGNATURE: Words(
        "La signature ne correspond pas. Gardez le papier et appelez la CNSS.",
        "التوقيع غير مطابق. احتفظوا بالوثيقة واتصلوا بالصندوق.",
    ),
    ErrorCode.UNKNOWN_KEY: Words(
        "La clé de signature n’est pas connue ici. Envoyez maintenant, puis vérifiez encore.",
        "مفتاح التوقيع غير معروف هنا. أرسلوا الآن ثم أعيدوا التحقق.",
    ),
    ErrorCode.JOURNAL_BROKEN: Words(
        "Le journal de ce poste a été modifié. Appelez le support.",
        "سجل هذا الجهاز مُعدَّل. اتصلوا بالدعم.",
    ),
}

TOO_MANY_PAGES: Final[dict[PageLimit, Words]] = {
    PageLimit.FILE: Words(
        f"Ce fichier a plus de {MAX_PAGES} pages, la limite d’un dossier. "
        "N’importez que les pages utiles.",
        f"عدد الصفحات يفوق {MAX_PAGES}، وهو الحد الأقصى للملف الواحد. "
        "استوردوا الصفحات اللازمة فقط.",
    ),
    PageLimit.DOSSIER: Words(
        f"Ce dossier a déjà {MAX_PAGES} pages, le plus possible. "
        "Validez-le, puis mettez la suite dans un autre.",
        f"بلغ هذا الملف {MAX_PAGES} صفحة وهو الحد الأقصى. أكدوه ثم ضعوا الباقي في ملف آخر.",
    ),
}

UNDRAWN: Final = Words(
    "Une case remplie ou une note de ce PDF ne peut pas être affichée. "
    "Imprimez-le, puis numérisez le papier.",
    "خانة معبأة أو ملاحظة في هذا الملف يتعذر إظهارها. اطبعوه ثم انسخوا الورقة.",
)

PRINTER: Final[dict[PrinterFault, Words]] = {
    PrinterFault.NO_PRINTER: Words(
        "Aucune imprimante n’est réglée. Notez le numéro pour l’assuré et appelez le support.",
        "لا توجد طابعة مضبوطة. دوِّنوا الرقم للمؤمَّن له واتصلوا بالدعم.",
    ),
    PrinterFault.OFFLINE: Words(
        "L’imprimante ne répond pas. Vérifiez qu’elle est allumée, fermée et branchée.",
        "الطابعة لا تستجيب. تأكدوا من تشغيلها وإغلاقها وتوصيلها.",
    ),
    PrinterFault.PAPER_OUT: Words(
        "L’imprimante n’a plus de papier. Mettez un rouleau, puis réimprimez.",
        "نفد ورق الطابعة. ضعوا لفافة جديدة ثم أعيدوا الطبع.",
    ),
    PrinterFault.INTERRUPTED: Words(
        "L’impression s’est arrêtée. Si le ticket n’est pas entier, réimprimez.",
        "توقف الطبع. إذا لم يكن الوصل كاملاً فأعيدوا الطبع.",
    ),
    PrinterFault.REFUSED: Words(
        "Ce papier ne convient pas à l’imprimante. Appelez le support.",
        "هذا الورق لا يناسب الطابعة. اتصلوا بالدعم.",
    ),
}

UNEXPECTED: Final = Words(
    "Imprévu ; rien de ce qui est déposé n’est perdu. Recommencez, ou appelez le support.",
    "حدث غير متوقع؛ لم يضع أي إيداع. أعيدوا المحاولة أو اتصلوا بالدعم.",
)

FIELD: Final[dict[str, Words]] = {
    "immatriculation": Words("Immatriculation (CNSS)", "رقم التسجيل (CNSS)"),
    "id_number": Words("Pièce d’identité", "وثيقة الهوية"),
    "phone": Words("Téléphone", "الهاتف"),
    "care_date": Words("Date des soins", "تاريخ العلاج"),
    "end_date": Words("Fin du traitement", "نهاية العلاج"),
    "amount": Words("Montant déclaré", "المبلغ المصرح به"),
    "reason": Words("Motif", "السبب"),
    "pages": Words("Pages", "الصفحات"),
    "piece": Words("Pièces", "الوثائق"),
    "pieces": Words("Pièces", "الوثائق"),
    "code": Words("Code d’enrôlement", "رمز التسجيل"),
    "url": Words("Adresse de la CNSS", "عنوان الصندوق"),
    "kiosk.toml": Words("Fichier kiosk.toml", "ملف kiosk.toml"),
    "ca_file": Words("Fichier de confiance", "ملف الثقة"),
    "place": Words("Dossier de la clé", "مجلد المفتاح"),
}
REFUSED_FIELD: Final = Words(
    "«{field}» n’est pas accepté. Corrigez-le, puis recommencez.",
    "«{field}» غير مقبول. صححوه ثم أعيدوا المحاولة.",
)

FAULT: Final[dict[tuple[str, Fault], Words]] = {
    ("immatriculation", Fault.MISSING): Words(
        "Tapez les 9 chiffres de la carte CNSS.", "أدخلوا الأرقام التسعة لبطاقة الصندوق."
    ),
    ("immatriculation", Fault.NOT_DIGITS): Words(
        "Seulement des chiffres. Relisez le numéro sur la carte.",
        "أرقام فقط. أعيدوا قراءة الرقم على البطاقة.",
    ),
    ("immatriculation", Fault.LENGTH): Words(
        "Il faut 9 chiffres. Relisez le numéro sur la carte.",
        "يجب إدخال 9 أرقام. أعيدوا قراءة الرقم على البطاقة.",
    ),
    ("immatriculation", Fault.PLACEHOLDER): Words(
        "Ce numéro n’est celui de personne. Demandez la carte CNSS.",
        "هذا الرقم لا يخص أحداً. اطلبوا بطاقة الصندوق.",
    ),
    ("id_number", Fault.MISSING): Words(
        "Tapez le numéro, ou choisissez «Aucune».", "أدخلوا الرقم أو اختاروا «بدون»."
    ),
    ("id_number", Fault.LENGTH): Words(
        "Ce numéro est trop long. Relisez-le sur la pièce.",
        "هذا الرقم طويل جداً. أعيدوا قراءته على الوثيقة.",
    ),
    ("phone", Fault.FORMAT): Words(
        "Ce n’est pas un numéro. Corrigez-le ou laissez vide.",
        "هذا ليس رقماً. صححوه أو اتركوا الخانة فارغة.",
    ),
    ("phone", Fault.NOT_A_MOBILE): Words(
        "Il faut un mobile en 06 ou 07. Corrigez ou laissez vide.",
        "يجب رقم محمول يبدأ بـ 06 أو 07. صححوه أو اتركوه فارغاً.",
    ),
}


def fault_words(fault: PageFault) -> Words:
    """Return what to read for a file, or a page of one, that could not be taken."""
    if fault.limit is not None:
        return TOO_MANY_PAGES[fault.limit]
    if fault.is_undrawn:
        return UNDRAWN
    return ERROR.get(fault.code, UNEXPECTED)


def error_words(error: WaslError) -> Words:
    """Return what to read for an error, by its code and the field it names."""
    if isinstance(error, InvalidInputError) and error.field in FIELD:
        field = FIELD[error.field]
        return Words(
            REFUSED_FIELD.fr.format(field=field.fr), REFUSED_FIELD.ar.format(field=field.ar)
        )
    if isinstance(error, SourceUnavailableError):
        return SOURCE[error.fault]
    if isinstance(error, PrinterUnavailableError):
        return PRINTER[error.fault]
    return ERROR.get(error.code, UNEXPECTED)
