"""What an agent reads about the courier's stick."""

from typing import Final

from kiosk.domain.errors import StickFault
from kiosk.domain.words import Words

STICK: Final = Words("Clé USB", "مفتاح USB")
TITLE: Final = Words("Porter par clé USB", "النقل بمفتاح USB")
PLACE: Final = Words("Dossier de la clé", "مجلد المفتاح")
PLACE_HINT: Final = Words(
    "Branchez la clé : son dossier s’affiche ici.", "أدخلوا المفتاح: يظهر مجلده هنا."
)
EXPORT: Final = Words("Copier sur la clé", "نسخ إلى المفتاح")
IMPORT: Final = Words("Lire la clé", "قراءة المفتاح")
CLOSE: Final = Words("Fermer", "إغلاق")
NO_PLACE: Final = Words(
    "Aucune clé n’est indiquée. Branchez-la, ou tapez son dossier.",
    "لم يُحدد أي مفتاح. أدخلوه أو اكتبوا مجلده.",
)
BEGUN: Final = Words("Ne retirez pas la clé…", "لا تنزعوا المفتاح…")
PROGRESS: Final = Words(
    "{done} sur {total}. Ne retirez pas la clé.", "{done} من {total}. لا تنزعوا المفتاح."
)
EXPORTED: Final = Words(
    "Sur la clé, relu : {deposits}. Confiez-la au coursier.",
    "على المفتاح بعد التحقق: {deposits}. سلموه للناقل.",
)
NOTHING: Final = Words("Rien à porter : tout est envoyé.", "لا شيء للنقل: كل الملفات مرسلة.")
DAMAGED: Final = Words(
    "Sur la clé : {deposits}. {n} à numériser à nouveau : voir «À traiter».",
    "على المفتاح: {deposits}. {n} تعاد للنسخ: راجعوا «يحتاج إلى معالجة».",
)
LEFT_HERE: Final = Words(
    "Sur la clé, relu : {deposits}. {n} restent ici : recopiez après lecture de ses accusés.",
    "على المفتاح بعد التحقق: {deposits}. {n} باقية هنا: أعيدوا النسخ بعد قراءة إشعاراته.",
)
IMPORTED: Final = Words(
    "Accusés de la CNSS reçus : {acknowledgements}. Transmis pour d’autres points : {deposits}.",
    "إشعارات الصندوق المتوصل بها: {acknowledgements}. أُرسل لنقط أخرى: {deposits}.",
)
WAITING: Final = Words(
    "Pas de réseau : {n} restent sur la clé. Relisez-la plus tard.",
    "لا توجد شبكة: {n} باقية على المفتاح. أعيدوا قراءته لاحقاً.",
)
REFUSED: Final = Words(
    "{n} fichiers de la clé sont refusés ; les autres sont passés. Appelez le support.",
    "رُفضت {n} ملفات من المفتاح ومرت الأخرى. اتصلوا بالدعم.",
)

FAULT: Final[dict[StickFault, Words]] = {
    StickFault.FULL: Words(
        "La clé est pleine : il faut {needed}, il reste {free}. Prenez une autre clé.",
        "المفتاح ممتلئ: يلزم {needed} والباقي {free}. استعملوا مفتاحاً آخر.",
    ),
    StickFault.READ_ONLY: Words(
        "La clé est protégée. Poussez son verrou, ou prenez une autre clé.",
        "المفتاح محمي من الكتابة. حركوا قفله أو استعملوا مفتاحاً آخر.",
    ),
    StickFault.GONE: Words(
        "La clé ne répond pas ; rien n’est perdu. Rebranchez-la, puis recommencez.",
        "المفتاح لا يستجيب ولم يضع أي شيء. أعيدوا إدخاله ثم أعيدوا المحاولة.",
    ),
    StickFault.UNRELIABLE: Words(
        "Cette clé abîme ce qu’on y écrit. Prenez une autre clé.",
        "هذا المفتاح يتلف ما يُكتب عليه. استعملوا مفتاحاً آخر.",
    ),
    StickFault.EMPTY: Words(
        "Cette clé ne contient rien de Wasl. Vérifiez que c’est la bonne.",
        "لا يحتوي هذا المفتاح على شيء من Wasl. تحققوا من أنه المفتاح الصحيح.",
    ),
}
