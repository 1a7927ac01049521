"""What the window says about who works: signing in, locking, hand-over, clôture, release."""

from typing import Final

from kiosk.domain.words import Words

LOCKS_AFTER: Final = Words("Verrouillage après {n} min", "قفل بعد {n} دقيقة")
AGENT_AT_WORK: Final = Words("Agent : {name}", "العون: {name}")
TEAM: Final = Words("Équipe", "الفريق")
BACK: Final = Words("Retour au dépôt", "العودة إلى الإيداع")

SIGN_IN_TITLE: Final = Words("Qui travaille ?", "من يعمل الآن؟")
SIGN_IN_LEAD: Final = Words(
    "Tapez votre nom et votre code. Le dossier en cours reste là.",
    "أدخلوا اسمكم ورمزكم. الملف الجاري يبقى كما هو.",
)
NAME: Final = Words("Nom d’agent", "اسم العون")
PIN: Final = Words("Code personnel", "الرمز الشخصي")
PIN_HINT: Final = Words("4 à 8 chiffres", "من 4 إلى 8 أرقام")
SIGN_IN: Final = Words("Commencer", "بدء العمل")
CHECKING: Final = Words("Vérification en cours…", "جارٍ التحقق…")
WAIT: Final = Words(
    "Trop d’essais. Attendez {time}, ou appelez votre responsable.",
    "محاولات كثيرة. انتظروا {time} أو اتصلوا بالمسؤول.",
)
LOCK_NOW: Final = Words("Verrouiller maintenant", "قفل الآن")

HAND_OVER_TITLE: Final = Words("Passer le comptoir", "تسليم الشباك")
HAND_OVER_LEAD: Final = Words(
    "Comptez ensemble les dossiers papier, puis confirmez tous les deux.",
    "عدوا معاً الملفات الورقية ثم أكدا معاً.",
)
OWN_PIN: Final = Words("Votre code", "رمزكم")
TAKER: Final = Words("Nom de l’agent qui prend la suite", "اسم العون الذي يتسلم")
TAKER_PIN: Final = Words("Son code", "رمزه")
HAND_OVER: Final = Words("Passer le comptoir", "تسليم")
COUNTS: Final = Words(
    "Dossiers papier en main : {papers} · à numériser : {to_scan} · à envoyer : {unsent}",
    "ملفات ورقية بين أيديكم: {papers} · للنسخ: {to_scan} · في انتظار الإرسال: {unsent}",
)
HANDED_OVER: Final = Words("{name} a pris la suite.", "تسلم {name} الشباك.")

CLOSE_TITLE: Final = Words("Clôture de la journée", "إقفال اليوم")
CLOSE_LEAD: Final = Words(
    "Compare les récépissés remis et les copies reçues par la CNSS.",
    "تقارن الوصولات المسلمة بالنسخ التي توصل بها الصندوق.",
)
CLOSE_DAY: Final = Words("Clôturer la journée", "إقفال اليوم")
DAY_DEPOSITS: Final = Words(
    "Le {day} : {made}, dont annulés : {cancelled}", "يوم {day}: {made}، منها ملغاة: {cancelled}"
)
ALL_ACKNOWLEDGED: Final = Words(
    "La CNSS a confirmé chaque numéro.", "أكد الصندوق التوصل بكل الأرقام."
)
MISSING: Final = Words(
    "Sans confirmation de la CNSS : {n}. Il manque {numbers}",
    "بدون تأكيد من الصندوق: {n}. ينقص {numbers}",
)
NOT_ASKED: Final = Words(
    "Pas de ligne : le compte de la CNSS n’a pas pu être demandé. Clôturez de nouveau plus tard.",
    "لا يوجد اتصال: تعذر طلب عدد الصندوق. أعيدوا الإقفال لاحقاً.",
)
COUNTED_ALL: Final = Words(
    "Comptés par la CNSS : {count} sur {made}. Aucun numéro ne manque.",
    "أحصى الصندوق: {count} من {made}. لا ينقص أي رقم.",
)
COUNTED_FEWER: Final = Words(
    "Comptés par la CNSS : {count} sur {made}. Manquent chez elle : {n} ({numbers})",
    "أحصى الصندوق: {count} من {made}. ينقص عنده: {n} ({numbers})",
)
CLOCK_DOUBT: Final = Words(
    "Heure non vérifiée : regardez la date du poste.", "الساعة غير مؤكدة: تحققوا من تاريخ الجهاز."
)

RELEASE_TITLE: Final = Words("Relancer un dossier à traiter", "إعادة إرسال ملف يحتاج إلى معالجة")
RELEASE_LEAD: Final = Words(
    "Demande un responsable : présent avec son code, ou par téléphone avec un code unique.",
    "يتطلب مسؤولاً: حاضراً برمزه أو عبر الهاتف برمز يستعمل مرة واحدة.",
)
RECEIPT: Final = Words("Numéro du récépissé", "رقم الوصل")
SUPERVISOR: Final = Words("Nom du responsable", "اسم المسؤول")
SUPERVISOR_SECRET: Final = Words("Son code, ou le code dicté", "رمزه أو الرمز المُملى")
RELEASE: Final = Words("Relancer l’envoi", "إعادة الإرسال")
ASK_CODE: Final = Words("Demander un code", "طلب رمز")
CHALLENGE: Final = Words(
    "Lisez ceci au responsable : {challenge}. Tapez ensuite les 8 chiffres dictés.",
    "اقرؤوا هذا للمسؤول: {challenge}. ثم أدخلوا الأرقام الثمانية المُملاة.",
)
RELEASED: Final = Words("Le dossier repart à l’envoi.", "سيُرسل الملف من جديد.")
FILL_ALL: Final = Words("Remplissez chaque case.", "املؤوا كل الخانات.")
