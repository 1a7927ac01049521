"""The product's words in French and Arabic, shared by every screen and paper."""

from typing import Final, NamedTuple

from kiosk.domain.vocabulary import (
    Beneficiary,
    Depositor,
    DepositState,
    DossierKind,
    IdType,
    Network,
    PieceKind,
    Stage,
)


class Words(NamedTuple):
    """One meaning in the two languages of the counter."""

    fr: str
    ar: str


DOSSIER_KIND: Final[dict[DossierKind, Words]] = {
    DossierKind.MALADIE: Words("Maladie", "مرض"),
    DossierKind.ALD: Words("ALD", "أمراض مزمنة"),
    DossierKind.DENTAIRE: Words("Dentaire", "علاجات الأسنان"),
    DossierKind.OPTIQUE: Words("Optique", "نظارات طبية"),
    DossierKind.MATERNITE: Words("Maternité", "أمومة"),
}

PIECE_KIND: Final[dict[PieceKind, Words]] = {
    PieceKind.FEUILLE_DE_SOINS: Words("Feuille de soins", "ورقة العلاجات"),
    PieceKind.ORDONNANCE: Words("Ordonnance", "وصفة طبية"),
    PieceKind.FACTURE: Words("Facture", "فاتورة"),
    PieceKind.CODES_BARRES: Words("Codes-barres des médicaments", "الرموز الشريطية للأدوية"),
    PieceKind.RESULTATS: Words("Résultats d’analyses", "نتائج التحاليل"),
    PieceKind.RADIO: Words("Radio", "صورة بالأشعة"),
    PieceKind.NOTE_HONORAIRES: Words("Note d’honoraires", "بيان الأتعاب"),
    PieceKind.ACCORD_PREALABLE: Words("Accord préalable", "الموافقة المسبقة"),
    PieceKind.CERTIFICAT: Words("Certificat", "شهادة"),
    PieceKind.AUTRE: Words("Autre pièce", "وثيقة أخرى"),
}

BENEFICIARY: Final[dict[Beneficiary, Words]] = {
    Beneficiary.SELF: Words("Assuré", "المؤمَّن له"),
    Beneficiary.SPOUSE: Words("Conjoint", "الزوج(ة)"),
    Beneficiary.CHILD: Words("Enfant", "ابن/ابنة"),
}

DEPOSITOR: Final[dict[Depositor, Words]] = {
    Depositor.SELF: Words("Assuré", "المؤمَّن له"),
    Depositor.FAMILY: Words("Un proche", "أحد الأقارب"),
    Depositor.OTHER: Words("Autre personne", "شخص آخر"),
}

ID_TYPE: Final[dict[IdType, Words]] = {
    IdType.CIN: Words("Carte nationale", "بطاقة التعريف الوطنية"),
    IdType.SEJOUR: Words("Carte de séjour", "بطاقة الإقامة"),
    IdType.SEJOUR_RECEPISSE: Words("Récépissé de séjour", "وصل الإقامة"),
    IdType.PASSPORT: Words("Passeport", "جواز السفر"),
    IdType.NONE: Words("Aucune", "بدون"),
}

STAGE: Final[dict[Stage, Words]] = {
    Stage.DEPOSITED: Words("Déposé", "تم الإيداع"),
    Stage.SCAN_TO_COME: Words("Reçu, numérisation à venir", "تم الإيداع والنسخ لاحقاً"),
    Stage.COPY_RECEIVED: Words("Copie reçue par la CNSS", "تم التوصل بالنسخة"),
    Stage.ORIGINALS_RECEIVED: Words("Originaux reçus", "تم التوصل بالأصول"),
    Stage.IN_REVIEW: Words("En traitement", "قيد المعالجة"),
    Stage.RETURNED: Words("Retourné : à compléter", "أُعيد لاستكماله"),
    Stage.SETTLED: Words("Réglé", "تمت التسوية"),
    Stage.PAID: Words("Payé", "تم الأداء"),
    Stage.LOST: Words("Originaux égarés", "ضاعت الأصول"),
    Stage.DAMAGED: Words("Originaux abîmés", "تضررت الأصول"),
    Stage.CANCELLED: Words("Annulé", "أُلغي الإيداع"),
}

DEPOSIT_STATE: Final[dict[DepositState, Words]] = {
    DepositState.TO_SCAN: STAGE[Stage.SCAN_TO_COME],
    DepositState.QUEUED: Words("En attente", "في انتظار الإرسال"),
    DepositState.SENDING: Words("Envoi en cours", "جارٍ الإرسال"),
    DepositState.ACKNOWLEDGED: STAGE[Stage.COPY_RECEIVED],
    DepositState.PURGED: STAGE[Stage.COPY_RECEIVED],
    DepositState.HELD: Words("À traiter", "يحتاج إلى معالجة"),
    DepositState.CANCELLED: STAGE[Stage.CANCELLED],
}

NETWORK: Final[dict[Network, Words]] = {
    Network.CASH_PLUS: Words("Cash Plus", "كاش بلوس"),
    Network.BARID_CASH: Words("Barid Cash", "بريد كاش"),
    Network.CHAABI_CASH: Words("Chaabi Cash", "الشعبي كاش"),
    Network.CNSS_AGENCY: Words("Agence CNSS", "وكالة الضمان الاجتماعي"),
    Network.MOBILE_AGENCY: Words("Agence mobile", "الوكالة المتنقلة"),
}

ISSUER: Final = Words("CNSS", "الصندوق الوطني للضمان الاجتماعي")
RECEIPT_TITLE: Final = Words("Récépissé de dépôt — AMO", "وصل إيداع — التأمين الإجباري عن المرض")
KEEP: Final = Words("À conserver", "يرجى الاحتفاظ بهذا الوصل")
CHECK_BEFORE_LEAVING: Final = Words("Vérifiez avant de partir", "تحققوا قبل المغادرة")
PROVES_DEPOSIT_ONLY: Final = Words(
    "Ce récépissé prouve le dépôt. Il ne vaut pas accord de remboursement.",
    "يثبت هذا الوصل الإيداع ولا يعني الموافقة على التعويض.",
)
LAW_09_08: Final = Words(
    "Données traitées par la CNSS pour votre remboursement. "
    "Accès, rectification, opposition (loi 09-08).",
    "لكم حق الولوج والتصحيح والتعرض (القانون 09.08).",
)
MONTHS_AR: Final = (
    *("يناير", "فبراير", "مارس", "أبريل", "ماي", "يونيو"),
    *("يوليوز", "غشت", "شتنبر", "أكتوبر", "نونبر", "دجنبر"),
)
