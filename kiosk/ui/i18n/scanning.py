"""The words of scanning: what a camera wants, what a scanner lacks, each with the next thing."""

from typing import Final

from kiosk.domain.errors import SourceFault
from kiosk.domain.scans import CameraHint, LockedBy
from kiosk.domain.words import Words

SCAN: Final = Words("Numériser", "نسخ ضوئي")
OTHER_WAY: Final = Words("Autre réglage", "إعداد آخر")
SCANNING: Final = Words(
    "Numérisation en cours ({name})… {done}", "جارٍ النسخ الضوئي ({name})… {done}"
)
AWAITING: Final = Words(
    "Lancez la numérisation sur l’appareil ({name})… {done}",
    "شغلوا النسخ على الجهاز ({name})… {done}",
)
ARRIVING: Final = Words(
    "Les pages arrivent ({name})… {done}. Esc quand tout est là.",
    "الصفحات قادمة ({name})… {done}. Esc عند الانتهاء.",
)
SCAN_LEAD: Final = Words("Posez la feuille de soins, puis F2.", "ضعوا ورقة العلاجات، ثم F2.")
FIRST_COMES: Final = Words("La première page arrive…", "الصفحة الأولى قادمة…")
START_THERE: Final = Words(
    "Posez les pages sur l’appareil et lancez-y la numérisation.",
    "ضعوا الصفحات على الجهاز وشغلوا النسخ منه.",
)
TURN_OVER: Final = Words(
    "Retournez la pile ({sheets}) sans changer l’ordre, remettez-la, puis F2.",
    "اقلبوا الرزمة ({sheets}) دون تغيير الترتيب، أعيدوها، ثم F2.",
)
STOP: Final = Words("Arrêter", "إيقاف")
STOPPING: Final = Words(
    "Arrêt de la numérisation… Gardé : {done}.", "جارٍ إيقاف النسخ… تم حفظ: {done}."
)
SHOOT: Final = Words("Photographier", "التقاط الصورة")
CLOSE_CAMERA: Final = Words("Fermer la caméra", "إغلاق الكاميرا")
CAMERA_OPENING: Final = Words("La caméra s’allume…", "جارٍ تشغيل الكاميرا…")
CAMERA_LEAD: Final = Words(
    "La photo se prend seule quand la page est à plat et immobile.",
    "تلتقط الصورة تلقائياً عندما تكون الصفحة مستوية وثابتة.",
)

LOCKED_BY: Final[dict[LockedBy, Words]] = {
    LockedBy.CNSS: Words(
        "Réglages de numérisation verrouillés par la CNSS.", "إعدادات النسخ مقفلة من طرف الصندوق."
    ),
    LockedBy.ADMINISTRATOR: Words(
        "Réglages de numérisation verrouillés par l’administrateur.",
        "إعدادات النسخ مقفلة من طرف المسؤول.",
    ),
}

HINT: Final[dict[CameraHint, Words]] = {
    CameraHint.NO_PAGE: Words("Posez une page sous la caméra.", "ضعوا صفحة تحت الكاميرا."),
    CameraHint.TOO_DARK: Words(
        "Trop sombre. Allumez la lampe de la caméra.", "الإضاءة ضعيفة. شغلوا مصباح الكاميرا."
    ),
    CameraHint.TOO_BRIGHT: Words(
        "Trop de lumière. Éteignez la lampe ou évitez le reflet.",
        "الإضاءة قوية. أطفئوا المصباح أو تجنبوا الانعكاس.",
    ),
    CameraHint.MOVING: Words("Ne touchez plus la page.", "لا تلمسوا الصفحة."),
    CameraHint.BLURRED: Words(
        "Image floue. Aplatissez la page, attendez la mise au point.",
        "الصورة غير واضحة. ابسطوا الصفحة وانتظروا ضبط العدسة.",
    ),
    CameraHint.HOLD: Words("Ne bougez plus…", "لا تتحركوا…"),
    CameraHint.TAKEN: Words("Page prise. Posez la suivante.", "تم التقاط الصفحة. ضعوا التالية."),
}

SOURCE: Final[dict[SourceFault, Words]] = {
    SourceFault.NOT_FOUND: Words(
        "L’appareil de numérisation n’est pas là. Branchez-le et allumez-le, puis F2.",
        "جهاز النسخ غير موجود. أوصلوه وشغلوه ثم F2.",
    ),
    SourceFault.AMBIGUOUS: Words(
        "Deux scanners pareils sont branchés. Débranchez celui qui ne sert pas.",
        "جهازا نسخ متشابهان موصولان. افصلوا غير المستعمل.",
    ),
    SourceFault.NO_DRIVER: Words(
        "Le pilote du scanner n’est pas installé. Appelez le support.",
        "برنامج جهاز النسخ غير مثبت. اتصلوا بالدعم.",
    ),
    SourceFault.BUSY: Words(
        "Le scanner est occupé. Attendez qu’il ait fini, puis F2.",
        "جهاز النسخ مشغول. انتظروا حتى ينتهي ثم F2.",
    ),
    SourceFault.DENIED: Words(
        "L’accès au scanner ou au dossier est refusé. Appelez le support.",
        "الوصول إلى جهاز النسخ أو المجلد مرفوض. اتصلوا بالدعم.",
    ),
    SourceFault.NO_PAPER: Words(
        "Pas de papier dans le chargeur. Posez les pages, puis F2.",
        "لا ورق في الملقم. ضعوا الصفحات ثم F2.",
    ),
    SourceFault.JAMMED: Words(
        "Bourrage. Retirez la feuille, remettez les pages non prises, puis F2.",
        "انحشر الورق. أزيلوا الورقة وأعيدوا الصفحات غير المأخوذة ثم F2.",
    ),
    SourceFault.COVER_OPEN: Words(
        "Le capot du scanner est ouvert. Fermez-le, puis F2.",
        "غطاء جهاز النسخ مفتوح. أغلقوه ثم F2.",
    ),
    SourceFault.BROKEN_OFF: Words(
        "Le scanner s’est arrêté ; les pages prises sont gardées. Vérifiez le câble, puis F2.",
        "توقف جهاز النسخ؛ الصفحات المأخوذة محفوظة. تحققوا من السلك ثم F2.",
    ),
    SourceFault.NO_ANSWER: Words(
        "L’appareil ne répond plus ; les pages prises sont gardées. Rallumez-le, puis F2.",
        "الجهاز لا يستجيب؛ الصفحات المأخوذة محفوظة. أعيدوا تشغيله ثم F2.",
    ),
    SourceFault.CANNOT: Words(
        "Ce scanner ne peut pas numériser ainsi. Choisissez un autre réglage (Maj+F2).",
        "لا يمكن لهذا الجهاز النسخ بهذه الطريقة. اختاروا ضبطاً آخر (Maj+F2).",
    ),
    SourceFault.BACKS_MISSING: Words(
        "Il manque des versos. Vérifiez l’ordre des pages et reprenez celles qui manquent.",
        "بعض الوجوه الخلفية ناقصة. تحققوا من ترتيب الصفحات وأعيدوا الناقصة.",
    ),
    SourceFault.CAMERA_GONE: Words(
        "La caméra ne répond plus ; les pages prises sont gardées. Rebranchez-la, puis F2.",
        "الكاميرا لا تستجيب؛ الصفحات المأخوذة محفوظة. أعيدوا توصيلها ثم F2.",
    ),
    SourceFault.FOLDER_GONE: Words(
        "Le dossier de numérisation n’est pas joignable. Vérifiez le réseau, puis F2.",
        "تعذر الوصول إلى مجلد النسخ. تحققوا من الشبكة ثم F2.",
    ),
    SourceFault.FILES_LEFT: Words(
        "Un fichier reste dans le dossier de numérisation : inachevé, ou impossible à prendre. "
        "Attendez la fin de l’envoi, puis F2 ; s’il reste, appelez le support.",
        "بقي ملف في مجلد النسخ: لم يكتمل أو تعذر أخذه. "
        "انتظروا نهاية الإرسال ثم F2؛ وإن بقي فاتصلوا بالدعم.",
    ),
    SourceFault.NOTHING_CAME: Words(
        "Aucune page n’est arrivée. Lancez la numérisation sur l’appareil, puis F2.",
        "لم تصل أي صفحة. شغلوا النسخ على الجهاز ثم F2.",
    ),
}
