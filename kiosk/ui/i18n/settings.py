"""What the window says on the page of the counter's settings."""

from typing import Final

from kiosk.domain.counter_settings import OpeningLanguage, PaperName
from kiosk.domain.words import Words
from kiosk.ui.i18n.shown import same

OPEN: Final = Words("Réglages du poste", "إعدادات الجهاز")
BACK_TO_TEAM: Final = Words("Retour à l’équipe", "العودة إلى الفريق")

PRINT_TITLE: Final = Words("Impression et langue", "الطباعة واللغة")
PRINT_LEAD: Final = Words(
    "Sans imprimante, le récépissé reste à l’écran.", "بدون طابعة يبقى الوصل على الشاشة."
)
PRINTER: Final = Words("Adresse de l’imprimante", "عنوان الطابعة")
PRINTER_HINT: Final = Words(
    "Comme escpos://192.168.1.50:9100 ; vide : aucune",
    "مثل \u2066escpos://192.168.1.50:9100\u2069؛ فارغ: لا طابعة",
)
PAPER: Final = Words("Papier", "الورق")
LANGUAGE: Final = Words("Langue à l’ouverture", "اللغة عند الفتح")

KEEP_TITLE: Final = Words("Verrouillage et sauvegardes", "القفل والنسخ الاحتياطية")
KEEP_LEAD: Final = Words(
    "Une sauvegarde chaque heure, sur un autre disque ou une clé.",
    "نسخة احتياطية كل ساعة على قرص آخر أو مفتاح USB.",
)
LOCK: Final = Words("Minutes avant verrouillage", "الدقائق قبل القفل")
LOCK_HINT: Final = Words("De 1 à 60", "من 1 إلى 60")
BACKUP: Final = Words("Dossier de sauvegarde", "مجلد النسخ الاحتياطية")
SECOND_BACKUP: Final = Words("Second dossier de sauvegarde", "المجلد الثاني للنسخ")
FOLDER_HINT: Final = Words("Chemin complet ; vide : aucun", "المسار الكامل؛ فارغ: لا شيء")

LEAVE_TITLE: Final = Words("Accord d’un responsable", "موافقة مسؤول")
LEAVE_LEAD: Final = Words(
    "Présent avec son code, ou par téléphone avec un code unique pour ces réglages-là.",
    "حاضراً برمزه أو عبر الهاتف برمز يستعمل مرة واحدة لهذه الإعدادات وحدها.",
)
SAVE: Final = Words("Enregistrer les réglages", "حفظ الإعدادات")
SAVED: Final = Words(
    "Réglages enregistrés. Ils valent au prochain démarrage de Wasl.",
    "تم حفظ الإعدادات. تسري عند التشغيل المقبل للبرنامج.",
)
NOTHING_CHANGED: Final = Words("Rien n’a changé.", "لم يتغير أي شيء.")
FILL_LEAVE: Final = Words("Tapez le nom du responsable et son code.", "أدخلوا اسم المسؤول ورمزه.")
REFUSED: Final = Words("{field} : cette valeur n’est pas acceptée.", "{field}: قيمة غير مقبولة.")
REFUSED_FILE: Final = Words(
    "Le fichier des réglages ne se lit pas. Appelez le support.",
    "تعذرت قراءة ملف الإعدادات. اتصلوا بالدعم.",
)

PAPER_NAMES: Final[dict[str, Words]] = {
    PaperName.ROLL_80: Words("ticket 80 mm", "تذكرة \u206680\u2069 مم"),
    PaperName.ROLL_58: Words("ticket 58 mm", "تذكرة \u206658\u2069 مم"),
    PaperName.A5: same("A5"),
    PaperName.A4: same("A4"),
}
"""What the window calls each paper of the settings."""
LANGUAGE_NAMES: Final = {
    OpeningLanguage.FRENCH: Words("Français", "الفرنسية"),
    OpeningLanguage.ARABIC: Words("Arabe", "العربية"),
}
