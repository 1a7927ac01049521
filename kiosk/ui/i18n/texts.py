"""The fixed sentences of the window, screen by screen."""

from typing import Final

from kiosk.domain.vocabulary import Beneficiary
from kiosk.domain.words import Words

# The frame
APP: Final = Words("Wasl", "وصل")
DEPOSIT: Final = Words("Dépôt", "إيداع")
TO_SEND: Final = Words("À envoyer", "في انتظار الإرسال")
OTHER_LANGUAGE: Final = Words("ع", "FR")
OTHER_LANGUAGE_NAME: Final = Words("Arabe (Ctrl+L)", "بالفرنسية (Ctrl+L)")
ONLINE_ALL_SENT: Final = Words("En ligne · tout est envoyé", "متصل · كل الملفات مرسلة")
ONLINE_WAITING: Final = Words("En ligne · {n} en attente", "متصل · {n} في الانتظار")
OFFLINE_WAITING: Final = Words(
    "Hors ligne · {n} en attente · {age}", "غير متصل · {n} في الانتظار · {age}"
)
OFFLINE_ALL_SENT: Final = Words("Hors ligne · tout est envoyé", "غير متصل · كل الملفات مرسلة")
LINE_UNKNOWN: Final = Words(
    "Pas encore d’échange · {n} en attente", "لا اتصال بعد · {n} في الانتظار"
)
TO_HANDLE_COUNT: Final = Words("À traiter · {n}", "يحتاج إلى معالجة · {n}")
STATE_UNKNOWN: Final = Words("État inconnu", "الحالة غير معروفة")
NOT_ENROLLED_PILL: Final = Words("Poste à enrôler", "جهاز غير مسجل")
NO_SCANNER: Final = Words(
    "Scanner : aucun, importez des fichiers", "الماسح الضوئي: لا يوجد، استوردوا ملفات"
)
SCANNER_NAMED: Final = Words("Scanner : {name}", "الماسح الضوئي: {name}")
PRINTER_NAMED: Final = Words("Imprimante : {name}", "الطابعة: {name}")
PRINTER_FAILED: Final = Words("Imprimante : {name}, à vérifier", "الطابعة: {name}، تحتاج إلى فحص")
NO_PRINTER: Final = Words("Imprimante : aucune", "الطابعة: لا توجد")
DISK_FREE: Final = Words("Disque : {size} libres", "القرص: {size} متاحة")
DISK_FULL_IN: Final = Words("Disque plein dans {days}", "القرص: {days} قبل الامتلاء")
DISK_FULL: Final = Words(
    "Disque plein : libérez de la place avant un nouveau dossier",
    "القرص ممتلئ: حرروا مساحة قبل ملف جديد",
)
DISK_READ_ONLY: Final = Words(
    "Disque protégé en écriture : appelez le support",
    "القرص محمي من الكتابة: اتصلوا بالدعم",
)
LAST_EXCHANGE: Final = Words("Dernier échange avec la CNSS : {at}", "آخر اتصال بالصندوق: {at}")
NO_EXCHANGE: Final = Words("Pas encore d’échange avec la CNSS", "لا اتصال بالصندوق بعد")
NEXT_TRY: Final = Words("Prochain essai dans {time}", "المحاولة المقبلة بعد {time}")
STEP_INSURED: Final = Words("Assuré", "المؤمَّن له")
STEP_PAGES: Final = Words("Pages", "الصفحات")
STEP_RECEIPT: Final = Words("Récépissé", "الوصل")
SUMMARY: Final = Words(
    "Assuré {number} · bénéficiaire : {who} · {kind} · soins du {day} · {amount}",
    "المؤمَّن له {number} · المستفيد: {who} · {kind} · علاج {day} · {amount}",
)
NTH_DOSSIER: Final = Words("dossier {n}", "الملف {n}")
CLOSE: Final = Words("Fermer", "إغلاق")
CANCEL: Final = Words("Rester", "البقاء")

# Enrolment
ENROL_TITLE: Final = Words("Enrôler ce poste", "تسجيل هذا الجهاز")
ENROL_LEAD: Final = Words(
    "Avant le premier dépôt, la CNSS doit connaître ce poste.",
    "قبل أول إيداع، يجب أن يتعرف الصندوق على هذا الجهاز.",
)
ENROL_CODE: Final = Words("Code d’enrôlement", "رمز التسجيل")
ENROL_CODE_HINT: Final = Words(
    "Reçu de la CNSS, une seule fois ; ou lisez son QR, qui suffit",
    "من الصندوق، يستعمل مرة واحدة؛ أو اقرؤوا رمز QR وهو كافٍ",
)
ENROL_CODE_MISSING: Final = Words(
    "Tapez le code reçu de la CNSS.", "أدخلوا الرمز المتوصل به من الصندوق."
)
ENROL_URL: Final = Words("Adresse de la CNSS", "عنوان الصندوق")
ENROL_URL_HINT: Final = Words("Commence par https://", "يبدأ بـ \u2066https://\u2069")
ENROL_URL_WRONG: Final = Words(
    "L’adresse commence par https://. Recopiez-la en entier.",
    "يبدأ العنوان بـ \u2066https://\u2069. انقلوه كاملاً.",
)
ENROL_CA: Final = Words("Fichier de confiance", "ملف الثقة")
ENROL_CA_HINT: Final = Words(
    "Le fichier .pem remis avec le code", "ملف \u2066.pem\u2069 المسلم مع الرمز"
)
ENROL_CA_MISSING: Final = Words(
    "Indiquez le fichier remis avec le code : F4 pour le choisir.",
    "حددوا الملف المسلم مع الرمز: F4 لاختياره.",
)
CHOOSE_FILE: Final = Words("Choisir le fichier", "اختيار الملف")
ENROL: Final = Words("Enrôler", "تسجيل")
ENROLLING: Final = Words(
    "Enrôlement en cours : la CNSS répond…", "جارٍ التسجيل: في انتظار جواب الصندوق…"
)

# Step 1
IMMATRICULATION: Final = Words("Immatriculation (CNSS)", "رقم التسجيل (CNSS)")
DIGITS_OF: Final = Words("{n} de {of} chiffres", "{n} من {of} أرقام")
SAME_INSURED: Final = Words("Même assuré que le dossier précédent", "نفس المؤمَّن له في الملف السابق")
KEY_DOUBT: Final = Words(
    "La clé de ce numéro ne correspond pas. Retapez-le en le lisant sur la carte.",
    "مفتاح هذا الرقم غير مطابق. أعيدوا إدخاله من البطاقة.",
)
AGAIN: Final = Words("Immatriculation, une seconde fois", "رقم التسجيل مرة ثانية")
AGAIN_HINT: Final = Words(
    "Relisez les 9 chiffres sur la carte", "أعيدوا قراءة الأرقام التسعة على البطاقة"
)
AGAIN_MISSING: Final = Words("Tapez le numéro une seconde fois.", "أدخلوا الرقم مرة ثانية.")
AGAIN_DIFFERENT: Final = Words(
    "Les deux saisies diffèrent. Relisez la carte et corrigez.",
    "الرقمان مختلفان. أعيدوا قراءة البطاقة وصححوا.",
)
AGAIN_SAME: Final = Words("Confirmé par deux saisies", "تم تأكيده بإدخالين")
ACCEPTED: Final = Words("Format reconnu", "الصيغة مقبولة")
ID_DOCUMENT: Final = Words("Pièce d’identité :", "وثيقة الهوية:")
ID_NONE: Final = Words("Sans pièce : rien à taper", "بدون وثيقة: لا شيء للإدخال")
ID_ODD: Final = Words(
    "Format inhabituel. Relisez-le sur la pièce.", "صيغة غير معتادة. أعيدوا قراءته على الوثيقة."
)
PHONE: Final = Words("Téléphone", "الهاتف")
PHONE_HINT: Final = Words(
    "Facultatif : pour vous joindre s’il manque une pièce", "اختياري: للاتصال بكم عند وجود نقص"
)
BENEFICIARY: Final = Words("Bénéficiaire des soins", "المستفيد من العلاجات")
INSURED_SELF: Final = Words("L’assuré", "المؤمَّن له نفسه")
KIND: Final = Words("Nature du dossier", "نوع الملف")
CARE_DATE: Final = Words("Date des soins (premier acte)", "تاريخ أول علاج")
DATE_HINT: Final = Words("jj/mm/aaaa", "اليوم/الشهر/السنة")
DATE_MISSING: Final = Words(
    "Tapez la date écrite sur la feuille de soins.", "أدخلوا التاريخ المكتوب على ورقة العلاجات."
)
DATE_SHAPE: Final = Words(
    "Ce n’est pas une date. Tapez jour, mois, année : 02/11/2026.",
    "هذا ليس تاريخاً. أدخلوا اليوم والشهر والسنة: \u206602/11/2026\u2069.",
)
DATE_FUTURE: Final = Words(
    "Cette date n’est pas encore passée. Relisez la feuille de soins.",
    "هذا التاريخ لم يحن بعد. أعيدوا قراءة ورقة العلاجات.",
)
DATE_LONG_AGO: Final = Words(
    "Cette date est trop ancienne. Relisez l’année.", "هذا التاريخ قديم جداً. أعيدوا قراءة السنة."
)
END_BEFORE: Final = Words(
    "La fin précède le premier acte. Corrigez l’une des deux dates.",
    "تاريخ النهاية قبل أول علاج. صححوا أحد التاريخين.",
)
IN_TIME: Final = Words("Dans le délai : reste {days}", "داخل الأجل: بقي {days}")
LAST_DAY: Final = Words("Dans le délai : dernier jour", "داخل الأجل: آخر يوم")
LATE: Final = Words(
    "Hors délai depuis {days} : F12 demandera pourquoi",
    "خارج الأجل منذ {days}: سيُطلب السبب عند F12",
)
END_DATE: Final = Words("Fin du traitement (ALD)", "نهاية العلاج (أمراض مزمنة)")
END_HINT: Final = Words(
    "Facultatif : le délai est alors de 60 jours après", "اختياري: الأجل حينئذ 60 يوماً بعده"
)
AMOUNT: Final = Words("Montant déclaré", "المبلغ المصرح به")
AMOUNT_HINT: Final = Words("Total des frais, en dirhams", "مجموع المصاريف بالدرهم")
AMOUNT_WRONG: Final = Words(
    "Tapez un montant en dirhams, par exemple 845,50.",
    "أدخلوا مبلغاً بالدرهم، مثلاً \u2066845,50\u2069.",
)
DEPOSITOR: Final = Words("Déposant", "المودِع")
BEFORE: Final = Words("Avant de continuer", "قبل المتابعة")
BEFORE_TEXT: Final = Words(
    "Une feuille de soins par personne et par maladie, avec les originaux.",
    "ورقة علاجات واحدة لكل شخص ولكل مرض، مع الوثائق الأصلية.",
)
HELP_FIELD: Final = Words("Aide sur ce champ", "مساعدة حول الخانة")
NEXT_PAGES: Final = Words("Suivant : pages", "التالي: الصفحات")
TO_CORRECT: Final = Words("À corriger : {field}", "للتصحيح: {field}")
LOSE_TITLE: Final = Words("Abandonner ce dossier ?", "التخلي عن هذا الملف؟")
LOSE_TEXT: Final = Words(
    "Ce qui est tapé et les pages prises seront effacés.", "سيُمحى ما أُدخل والصفحات المنسوخة."
)
LOSE: Final = Words("Abandonner", "تخلٍّ")

WHO: Final = {
    Beneficiary.SELF: Words("assuré", "المؤمَّن له نفسه"),
    Beneficiary.SPOUSE: Words("conjoint", "الزوج(ة)"),
    Beneficiary.CHILD: Words("enfant", "ابن/ابنة"),
}
