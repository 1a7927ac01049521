"""What F1 says about each field."""

from typing import Final

from kiosk.domain.words import Words

HELP: Final[dict[str, Words]] = {
    "immatriculation": Words(
        "Les 9 chiffres de la carte CNSS ou d’un bulletin de paie. Inconnu ? La personne peut "
        "le demander à son employeur ou à une agence CNSS.",
        "الأرقام التسعة في بطاقة الصندوق أو ورقة الأداء. غير معروف؟ يمكن طلبه من المشغِّل أو من "
        "وكالة الصندوق.",
    ),
    "again": Words(
        "Le dernier chiffre sert de contrôle et ne correspond pas. "
        "Deux saisies pareilles suffisent.",
        "الرقم الأخير للمراقبة وهو غير مطابق. يكفي إدخالان متطابقان.",
    ),
    "id_number": Words(
        "Flèches haut et bas pour choisir la pièce. "
        "Pour un enfant ou un dépôt par un tiers : «Aucune».",
        "السهمان لأعلى ولأسفل لاختيار الوثيقة. لطفل أو لإيداع من طرف شخص آخر: «بدون».",
    ),
    "phone": Words(
        "Un mobile en 06 ou 07. Il sert seulement à prévenir s’il manque une pièce.",
        "رقم محمول يبدأ بـ 06 أو 07. يستعمل فقط للإخبار عند نقص وثيقة.",
    ),
    "beneficiary": Words(
        "La personne soignée, écrite par le médecin sur la feuille de soins.",
        "الشخص المعالَج كما كتبه الطبيب على ورقة العلاجات.",
    ),
    "kind": Words(
        "Selon la feuille : 610-1-02 maladie, maternité ou optique ; "
        "610-1-03 ALD ; 610-1-04 dentaire.",
        "حسب الورقة: \u2066610-1-02\u2069 مرض أو أمومة أو نظارات؛ \u2066610-1-03\u2069 أمراض "
        "مزمنة؛ \u2066610-1-04\u2069 أسنان.",
    ),
    "care_date": Words(
        "La date du premier acte. Le dépôt se fait dans les deux mois qui suivent.",
        "تاريخ أول علاج. يتم الإيداع خلال الشهرين المواليين.",
    ),
    "end_date": Words(
        "Pour un traitement continu : le dépôt se fait dans les 60 jours après sa fin.",
        "لعلاج متواصل: يتم الإيداع خلال 60 يوماً بعد نهايته.",
    ),
    "amount": Words(
        "Le total écrit sur la feuille de soins, en dirhams : 845,50.",
        "المجموع المكتوب على ورقة العلاجات بالدرهم: \u2066845,50\u2069.",
    ),
    "depositor": Words(
        "La personne devant vous : l’assuré, un proche ou quelqu’un d’autre.",
        "الشخص الذي أمامكم: المؤمَّن له أو أحد أقاربه أو شخص آخر.",
    ),
    "pages": Words(
        "F2 numérise, F4 importe des fichiers. Un chiffre donne la nature de la pièce qui "
        "commence à cette page, C la rattache à la pièce d’avant.",
        "F2 للنسخ الضوئي وF4 لاستيراد الملفات. الرقم يحدد نوع الوثيقة التي تبدأ في هذه الصفحة، "
        "وC يلحقها بالوثيقة السابقة.",
    ),
    "code": Words(
        "Le code remis par la CNSS pour ce poste. Il sert une fois et expire.",
        "الرمز الذي سلمه الصندوق لهذا الجهاز. يستعمل مرة واحدة وله أجل.",
    ),
    "url": Words(
        "L’adresse remise avec le code, par exemple https://cnss.exemple.ma.",
        "العنوان المسلم مع الرمز، مثلاً \u2066https://cnss.exemple.ma\u2069.",
    ),
    "ca_file": Words(
        "Le fichier remis avec le code. Il prouve que l’on parle bien à la CNSS.",
        "الملف المسلم مع الرمز. يثبت أن الاتصال هو فعلاً بالصندوق.",
    ),
}
