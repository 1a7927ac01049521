"""The fixed sentences of the pages, of the receipt and of what waits."""

from typing import Final

from kiosk.domain.words import Words

# Step 2
ADD_PAGES: Final = Words("Importer", "استيراد")
NO_PAGES: Final = Words("Aucune page", "لا صفحات")
NO_PAGES_LEAD: Final = Words(
    "Posez la feuille de soins, puis ajoutez les pages.",
    "ابدؤوا بورقة العلاجات، ثم أضيفوا الصفحات.",
)
PAGES_LIST: Final = Words("Pages du dossier", "صفحات الملف")
PAGE_NAMED: Final = Words("{n}. {kind}", "{n}. {kind}")
CONTINUED: Final = Words("{kind} (suite)", "{kind} (تابع)")
SHARP: Final = Words("Nette", "واضحة")
KEPT: Final = Words("Gardée ainsi", "محتفظ بها")
RETAKE: Final = Words("Reprendre", "إعادة")
KEEP: Final = Words("Garder : l’original est ainsi", "احتفاظ: الأصل كذلك")
ROTATE: Final = Words("tourner", "تدوير")
REMOVE: Final = Words("retirer", "إزالة")
REMOVED: Final = Words("Page {n} retirée. Z la remet.", "أُزيلت الصفحة {n}. Z لإعادتها.")
KIND_OF_PIECE: Final = Words("nature de la pièce", "نوع الوثيقة")
CONTINUES: Final = Words("suite de la pièce", "تتمة الوثيقة")
NEXT_BAD: Final = Words("page à refaire suivante", "الصفحة التالية للإعادة")
SET_CORNERS: Final = Words("Placer les coins", "تحديد الزوايا")
CORNERS: Final = Words("coins de la page", "زوايا الصفحة")
CORNERS_LEAD: Final = Words(
    "Placez les quatre coins sur ceux de la page.", "ضعوا الزوايا الأربع على زوايا الصفحة."
)
CORNERS_CROSS: Final = Words(
    "Les côtés se croisent. Remettez chaque coin à sa place.",
    "الجوانب متقاطعة. أعيدوا كل زاوية إلى مكانها.",
)
NEXT_CORNER: Final = Words("coin suivant", "الزاوية التالية")
MOVE_CORNER: Final = Words("déplacer", "تحريك")
MOVE_FINELY: Final = Words("un peu", "قليلاً")
TAKE_CORNERS: Final = Words("Valider les coins", "تأكيد الزوايا")
LEAVE_CORNERS: Final = Words("Revenir", "رجوع")
FETCHING_FRAME: Final = Words("L’image entière s’ouvre…", "جارٍ فتح الصورة كاملة…")
PLACING: Final = Words("La page est découpée…", "جارٍ قص الصفحة…")
FRAME_GONE: Final = Words(
    "L’image d’origine n’est plus lisible. Reprenez la page avec F2.",
    "الصورة الأصلية لم تعد مقروءة. أعيدوا الصفحة بـ F2.",
)
PIECES: Final = Words("Pièces du dossier", "وثائق الملف")
PRESENT: Final = Words("présente", "موجودة")
MISSING: Final = Words("manquante", "ناقصة")
ILLEGIBLE: Final = Words("à refaire", "تعاد")
IF_PRESCRIBED: Final = Words("si prescrites", "إن وُصفت")
CONFIRM: Final = Words("Valider et imprimer", "تأكيد وطباعة")
CONFIRM_ONLY: Final = Words("Valider", "تأكيد")
WILL_ASK: Final = Words("{what} : F12 demandera pourquoi.", "{what}: سيُطلب السبب عند F12.")
LATE_SHORT: Final = Words("Hors délai", "خارج الأجل")
ID_SHORT: Final = Words("Pièce d’identité inhabituelle", "وثيقة هوية غير معتادة")
REASON: Final = Words("Pourquoi valider ainsi ?", "لماذا التأكيد هكذا؟")
REASON_HINT: Final = Words(
    "Choisissez avec les flèches ou tapez, puis F12", "اختاروا بالأسهم أو اكتبوا، ثم F12"
)
REASON_MISSING: Final = Words(
    "Choisissez ou tapez un motif, puis F12.", "اختاروا أو اكتبوا سبباً، ثم F12."
)
REASON_ORIGINAL: Final = Words("L’original est ainsi", "الأصل كذلك")
REASON_NOT_PRESCRIBED: Final = Words("Pièce non prescrite", "وثيقة لم توصف")
REASON_INSISTS: Final = Words("La personne le demande", "بطلب من الشخص")
PROCESSING: Final = Words("Lecture de {name}… {done}", "جارٍ قراءة {name}… {done}")
PROCESSING_PAGE: Final = Words(
    "Lecture de {name} : page {n} sur {of}.", "جارٍ قراءة {name}: الصفحة {n} من {of}."
)
PROCESSING_FILE: Final = Words(
    "Lecture de {name} : fichier {n} sur {of}.", "جارٍ قراءة {name}: الملف {n} من {of}."
)
IMPORT_STOPPING: Final = Words(
    "Arrêt de l’import… Gardé : {done}.", "جارٍ إيقاف الاستيراد… تم حفظ: {done}."
)
WAIT_FOR_PAGES: Final = Words(
    "Les pages arrivent encore. Attendez la fin, puis F12.",
    "الصفحات قيد الوصول. انتظروا النهاية ثم F12.",
)
NEED_PAGES: Final = Words(
    "Ajoutez au moins une page, puis F12.", "أضيفوا صفحة واحدة على الأقل ثم F12."
)
CONFIRMING: Final = Words("Enregistrement du dépôt…", "جارٍ تسجيل الإيداع…")
OPENING: Final = Words("Ouverture du dossier…", "جارٍ فتح الملف…")
FILE_FAULT: Final = Words("{name} : {what}", "{name}: {what}")
FILE_PAGE_FAULT: Final = Words("{name}, page {n} : {what}", "{name}، الصفحة {n}: {what}")
IMPORT_TITLE: Final = Words("Importer des pages", "استيراد صفحات")
CA_TITLE: Final = Words("Choisir le fichier de confiance", "اختيار ملف الثقة")

# Step 3
DEPOSITED_TITLE: Final = Words("Dossier déposé", "تم إيداع الملف")
READ_BACK: Final = Words("À lire à voix haute :", "للقراءة بصوت مسموع:")
RECEIPT_DRAWING: Final = Words("Le récépissé se dessine…", "جارٍ رسم الوصل…")
PRINTING: Final = Words("Impression en cours…", "جارٍ الطبع…")
PRINTED: Final = Words("Imprimé", "تم الطبع")
PRINTED_NEXT: Final = Words(
    "Remettez le récépissé et relisez le numéro avec la personne.",
    "سلموا الوصل واقرؤوا الرقم مع الشخص.",
)
PRINT_FAILED: Final = Words("Pas imprimé. Le dépôt est enregistré.", "لم يُطبع. الإيداع مسجل.")
NOT_PRINTED: Final = Words(
    "Pas d’imprimante. Le dépôt est enregistré.", "لا توجد طابعة. الإيداع مسجل."
)
NOT_PRINTED_NEXT: Final = Words("Recopiez ce numéro pour la personne.", "انقلوا هذا الرقم للشخص.")
PRINT_AGAIN: Final = Words("Imprimer à nouveau", "إعادة الطبع")
NEXT_SAME: Final = Words("Autre dossier, même assuré", "ملف آخر، نفس المؤمَّن له")
NEXT_PERSON: Final = Words("Personne suivante", "الشخص التالي")
FACT_INSURED: Final = Words("Immatriculation", "رقم التسجيل")
FACT_PIECES: Final = Words("Pièces", "الوثائق")
FACT_DAY: Final = Words("Date des soins", "تاريخ العلاج")
FACT_AMOUNT: Final = Words("Montant déclaré", "المبلغ المصرح به")
DID_IT_COME_OUT: Final = Words("Le récépissé {number} est-il sorti ?", "هل خرج الوصل {number}؟")
CAME_OUT: Final = Words("Oui, il est sorti", "نعم، خرج")
PRINT_IT: Final = Words("Non, l’imprimer", "لا، اطبعوه")
STILL_OPEN: Final = Words("Non, pas encore", "لا، ليس بعد")
LATER: Final = Words("Plus tard", "لاحقاً")

# A dossier found again
FOUND_DRAFT: Final = Words(
    "Un dossier commencé a été retrouvé : {pages}.", "عُثر على ملف لم يكتمل: {pages}."
)
RESUME: Final = Words("Reprendre", "متابعة")
FINISH_FIRST: Final = Words("Terminez d’abord le dossier ouvert.", "أكملوا أولاً الملف المفتوح.")
CLIENT_TAKES_BACK: Final = Words("Le client reprend son dossier.", "الزبون يسترجع ملفه.")
BY_MISTAKE: Final = Words("Saisi par erreur.", "أُدخل خطأ.")
CLOSE_TITLE: Final = Words("Fermer sans terminer ce dossier ?", "الإغلاق دون إكمال هذا الملف؟")
CLOSE_TEXT: Final = Words(
    "Il sera retrouvé au prochain démarrage.", "سيُعثر عليه عند التشغيل القادم."
)

# What waits
WAITING_CARD: Final = Words("En attente d’envoi", "في انتظار الإرسال")
WAITING_NOTE: Final = Words("{size} · le plus ancien {age}", "{size} · الأقدم {age}")
NOTHING_WAITS: Final = Words("tout est envoyé", "كل الملفات مرسلة")
HELD_CARD: Final = Words("À traiter", "يحتاج إلى معالجة")
HELD_NOTE: Final = Words("n’arrête pas les autres envois", "لا يوقف الإرسالات الأخرى")
HELD_NONE: Final = Words("rien à traiter", "لا شيء للمعالجة")
COPIES_CARD: Final = Words("Copies reçues par la CNSS", "النسخ المتوصل بها")
COPIES_NOTE: Final = Words("aujourd’hui, accusés signés", "اليوم، بإشعارات موقعة")
TODAY_CARD: Final = Words("Déposés aujourd’hui", "المودعة اليوم")
TODAY_TO_SCAN: Final = Words("dont {n} à numériser", "منها {n} للنسخ لاحقاً")
TODAY_NOTE: Final = Words("sur ce poste", "على هذا الجهاز")
SEND_NOW: Final = Words("Envoyer maintenant", "إرسال الآن")
SENDING: Final = Words("Envoi en cours…", "جارٍ الإرسال…")
SENT_ALL: Final = Words("Tout est envoyé.", "كل الملفات مرسلة.")
SENT_SOME: Final = Words(
    "{n} en attente : nouvel essai automatique.", "{n} في الانتظار: ستعاد المحاولة تلقائياً."
)
COLUMNS: Final = (
    Words("Récépissé", "الوصل"),
    Words("Heure", "الساعة"),
    Words("Nature", "النوع"),
    Words("Pages", "الصفحات"),
    Words("Taille", "الحجم"),
    Words("État", "الحالة"),
)
STATE_BECAUSE: Final = Words("{state} · {why}", "{state} · {why}")
STATE_AT: Final = Words("{state} {at}", "{state} {at}")
HELD_BECAUSE: Final = Words("{state} : {why}", "{state}: {why}")
EVENTS_WAIT: Final = Words("{state} · correction en attente", "{state} · تصحيح في الانتظار")
TO_BRING: Final = Words("À apporter : {pieces}", "ما يجب إحضاره: {pieces}")
LAST_DAY: Final = Words("Dernier jour : {day}", "آخر أجل: {day}")
RETURNED_ROW: Final = Words("{number} · {why}", "{number} · {why}")
NO_DEPOSITS: Final = Words(
    "Aucun dépôt sur ce poste pour l’instant.", "لا إيداع على هذا الجهاز حالياً."
)
UNKNOWN: Final = Words("inconnu", "غير معروف")
UNREADABLE_QUEUE: Final = Words("La liste ne peut pas être lue.", "تعذرت قراءة اللائحة.")

# Choosing files
PICKER_KEYS: Final = Words(
    "Flèches : choisir · Espace : cocher · Entrée : prendre · Esc : fermer",
    "الأسهم: اختيار · المسافة: تحديد · Enter: أخذ · Esc: إغلاق",
)
PICKER_PATH: Final = Words("Dossier ou fichier", "المجلد أو الملف")
PICKER_UP: Final = Words("Dossier au-dessus", "المجلد الأعلى")
PICKER_NONE: Final = Words("Rien à prendre dans ce dossier.", "لا شيء يمكن أخذه من هذا المجلد.")
PICKER_NO_FOLDER: Final = Words(
    "Ce dossier n’existe pas ou ne peut pas être lu. Corrigez le chemin.",
    "هذا المجلد غير موجود أو لا يمكن قراءته. صححوا المسار.",
)
PICKER_OTHER_FILE: Final = Words(
    "Ce fichier n’est ni une image ni un PDF. Choisissez-en un autre.",
    "هذا الملف ليس صورة ولا PDF. اختاروا ملفاً آخر.",
)
TAKE: Final = Words("Prendre", "أخذ")
