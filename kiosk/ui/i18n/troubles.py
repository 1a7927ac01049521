"""What an agent reads about pages, about what waits for a person, and about the line."""

from typing import Final

from kiosk.domain.vocabulary import HeldReason, ProblemKind
from kiosk.domain.words import Words

PROBLEM_CHIP: Final[dict[ProblemKind, Words]] = {
    ProblemKind.BLURRED: Words("Floue — à refaire", "غير واضحة — تعاد"),
    ProblemKind.GLARE: Words("Reflet", "انعكاس ضوء"),
    ProblemKind.SHADOW: Words("Ombre", "ظل"),
    ProblemKind.CUT_OFF: Words("Coupée — à refaire", "مبتورة — تعاد"),
    ProblemKind.TOO_DARK: Words("Trop sombre — à refaire", "مظلمة — تعاد"),
    ProblemKind.LOW_RESOLUTION: Words("Peu détaillée", "قليلة التفاصيل"),
    ProblemKind.OUTLINE_UNCERTAIN: Words("Bords à vérifier", "حواف للتحقق"),
    ProblemKind.BLANK: Words("Vide ?", "فارغة؟"),
    ProblemKind.DUPLICATE_PAGE: Words("Déjà là ?", "مكررة؟"),
}

PROBLEM_TITLE: Final[dict[ProblemKind, Words]] = {
    ProblemKind.BLURRED: Words("Page floue.", "صفحة غير واضحة."),
    ProblemKind.GLARE: Words("Reflet sur la page.", "انعكاس ضوء على الصفحة."),
    ProblemKind.SHADOW: Words("Ombre sur la page.", "ظل على الصفحة."),
    ProblemKind.CUT_OFF: Words("Page coupée ou couverte.", "صفحة مبتورة أو مغطاة."),
    ProblemKind.TOO_DARK: Words("Page trop sombre.", "صفحة مظلمة."),
    ProblemKind.LOW_RESOLUTION: Words("Page peu détaillée.", "صفحة قليلة التفاصيل."),
    ProblemKind.OUTLINE_UNCERTAIN: Words("Bords incertains.", "حواف غير مؤكدة."),
    ProblemKind.BLANK: Words("Page vide ?", "صفحة فارغة؟"),
    ProblemKind.DUPLICATE_PAGE: Words("Page déjà là ?", "صفحة مكررة؟"),
}

PROBLEM_ADVICE: Final[dict[ProblemKind, Words]] = {
    ProblemKind.BLURRED: Words(
        "Le texte n’est pas lisible. Reposez à plat et reprenez.",
        "النص غير مقروء. ضعوا الورقة مبسوطة وأعيدوا نسخها.",
    ),
    ProblemKind.GLARE: Words(
        "Une partie n’est pas lisible. Éloignez la lampe et reprenez.",
        "جزء من النص غير مقروء. أبعدوا المصباح وأعيدوا النسخ.",
    ),
    ProblemKind.SHADOW: Words(
        "Une partie est dans l’ombre. Écartez la main et reprenez.",
        "جزء من الصفحة في الظل. أبعدوا اليد وأعيدوا النسخ.",
    ),
    ProblemKind.CUT_OFF: Words(
        "Un bord manque, ou un doigt le couvre. Posez la page entière et reprenez.",
        "أحد الحواف ناقص أو يغطيه إصبع. ضعوا الصفحة كاملة وأعيدوا النسخ.",
    ),
    ProblemKind.TOO_DARK: Words(
        "Le texte se lit mal. Ajoutez de la lumière et reprenez.",
        "النص صعب القراءة. زيدوا الإضاءة وأعيدوا النسخ.",
    ),
    ProblemKind.LOW_RESOLUTION: Words(
        "Le petit texte se lit mal. Rapprochez la page et reprenez.",
        "النص الصغير صعب القراءة. قربوا الصفحة وأعيدوا النسخ.",
    ),
    ProblemKind.OUTLINE_UNCERTAIN: Words(
        "L’image entière est prise. Placez les coins de la page, ou gardez-la ainsi.",
        "أُخذت الصورة كاملة. حددوا زوايا الصفحة أو احتفظوا بها هكذا.",
    ),
    ProblemKind.BLANK: Words(
        "Rien n’y est écrit. Retirez-la, ou gardez-la si l’original est ainsi.",
        "لا شيء مكتوب فيها. أزيلوها أو احتفظوا بها إن كان الأصل كذلك.",
    ),
    ProblemKind.DUPLICATE_PAGE: Words(
        "Elle ressemble à une page déjà prise. Retirez-la, ou gardez-la.",
        "تشبه صفحة سبق نسخها. أزيلوها أو احتفظوا بها.",
    ),
}

MUST_RETAKE: Final = frozenset({ProblemKind.BLURRED, ProblemKind.CUT_OFF, ProblemKind.TOO_DARK})
"""Problems shown as wrong; the others ask for attention."""

HELD: Final[dict[HeldReason, Words]] = {
    HeldReason.REFUSED_FOR_GOOD: Words(
        "refusé par la CNSS, appelez le support", "رفضه الصندوق، اتصلوا بالدعم"
    ),
    HeldReason.CONFLICT: Words(
        "déjà connu autrement à la CNSS, appelez le support",
        "معروف لدى الصندوق بشكل مختلف، اتصلوا بالدعم",
    ),
    HeldReason.TOO_LARGE: Words(
        "copie trop grande, numérisez à nouveau", "النسخة كبيرة جداً، أعيدوا النسخ"
    ),
    HeldReason.BUNDLE_DAMAGED: Words(
        "copie abîmée, numérisez à nouveau", "النسخة تالفة، أعيدوا النسخ"
    ),
    HeldReason.DEVICE_REVOKED: Words(
        "poste non autorisé, appelez le support", "جهاز غير مرخص، اتصلوا بالدعم"
    ),
}

OUTCOME: Final[dict[str, Words]] = {
    "delivered": Words("arrivé à la CNSS", "وصل إلى الصندوق"),
    "already_there": Words("déjà à la CNSS", "موجود لدى الصندوق"),
    "conflict": Words("déjà connu autrement à la CNSS", "معروف لدى الصندوق بشكل مختلف"),
    "refused_for_good": Words("refusé par la CNSS", "رفضه الصندوق"),
    "too_large": Words("copie trop grande", "النسخة كبيرة جداً"),
    "rate_limited": Words("la CNSS demande d’attendre", "الصندوق يطلب الانتظار"),
    "signature_refused": Words("signature du poste refusée", "رُفض توقيع الجهاز"),
    "revoked": Words("poste non autorisé", "جهاز غير مرخص"),
    "clock_wrong": Words("vérifiez la date et l’heure du poste", "تحققوا من تاريخ الجهاز وساعته"),
    "certificate_wrong": Words("adresse de la CNSS non sûre", "عنوان الصندوق غير آمن"),
    "captive_portal": Words("le réseau demande une connexion", "الشبكة تطلب تسجيل الدخول"),
    "dns": Words("adresse de la CNSS introuvable", "تعذر العثور على عنوان الصندوق"),
    "connect": Words("la CNSS n’est pas joignable", "تعذر الاتصال بالصندوق"),
    "timeout": Words("la CNSS ne répond pas à temps", "الصندوق لا يستجيب في الوقت المحدد"),
    "reset": Words("connexion coupée", "انقطع الاتصال"),
    "server_error": Words("panne à la CNSS", "عطب لدى الصندوق"),
    "local_io": Words("disque de ce poste", "قرص هذا الجهاز"),
    "bundle_damaged": Words("copie abîmée", "النسخة تالفة"),
    "device_revoked": Words("poste non autorisé", "جهاز غير مرخص"),
}
"""By outcome class of the protocol. A class not in the table is shown as «on réessaiera»."""

OUTCOME_UNKNOWN: Final = Words("nouvel essai prévu", "ستعاد المحاولة")
