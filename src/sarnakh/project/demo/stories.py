"""Who asks «نوین‌پخش» for a price, where they come from, and how far each has come. Data only."""

from __future__ import annotations

from dataclasses import dataclass

# source, medium, campaign
GOOGLE = ("google", "cpc", "روغن-عمده")
INSTAGRAM = ("instagram", "social", "پاییز-خوشمزه")
EXPO = ("agrofood", "event", "نمایشگاه-پاییز")
REFERRAL = ("referral", "word-of-mouth", "")
TELEGRAM = ("telegram", "social", "کانال-پخش")
DIRECT = ("", "", "")


@dataclass(frozen=True, slots=True)
class Story:
    """A lead and its fate: new, no_answer, mql, sql, deal, won, lost, refused or deferred. `word` is what was said.

    `door`: api (a program's POST), site (visits, then the shop's server says who it is), form (the public form, today).
    `million`: of the deal, in Toman. `reason`: of a refusal, a loss or a deferral.
    """

    name: str
    number: int  # the last four digits of the mobile
    company: str
    title: str
    province: str
    city: str
    product: str
    came_by: tuple[str, str, str]
    days: int
    fate: str
    word: str = ""
    million: int = 0
    reason: str = ""
    door: str = "api"
    email: str = ""


STORIES: tuple[Story, ...] = (
    # --- won and lost -------------------------------------------------------------------------------------------------
    Story("حمیدرضا توکلی", 2013, "فروشگاه‌های زنجیره‌ای یاس", "مدیر خرید", "تهران", "تهران", "oil", GOOGLE, 58, "won",
          "ماهی ۴۰۰ حلب روغن برای ۹ شعبه؛ تحویل هفتگی شرط است.", 860, email="tavakoli@yasmarket.example.com"),
    Story("مریم صادقی", 2044, "رستوران‌های سپیدار", "مدیر تدارکات", "تهران", "ری", "rice", INSTAGRAM, 52, "won",
          "برنج یک‌دست می‌خواهد، نمونه را پسندید.", 340, email="sadeghi@sepidar.example.com"),
    Story("بهنام رستگار", 2078, "پخش مویرگی البرز", "مدیرعامل", "البرز", "کرج", "canned", EXPO, 47, "won",
          "در نمایشگاه دیدیم؛ کنسرو تن برای ۱۲۰ فروشگاه.", 520, email="rastegar@alborzpakhsh.example.com"),
    Story("فاطمه نیک‌نام", 2101, "هتل آریوبرزن", "مدیر خرید", "فارس", "شیراز", "rice", REFERRAL, 41, "won",
          "هتل یاس معرفی کرده؛ قرارداد شش‌ماهه.", 280, email="niknam@ariobarzan.example.com"),
    Story("کاظم احمدپور", 2135, "عمده‌فروشی احمدپور", "صاحب فروشگاه", "آذربایجان شرقی", "تبریز", "oil", GOOGLE, 49,
          "lost", "قیمت را با پخش دیگری سنجید.", 410, "price_too_high"),
    Story("الهام کاشانی", 2166, "کترینگ مهرگان", "مدیر خرید", "اصفهان", "اصفهان", "canned", INSTAGRAM, 38, "lost",
          "از پخش شهر خودشان خریدند.", 190, "bought_from_competitor", email="kashani@mehregan.example.com"),
    # --- deals that run -----------------------------------------------------------------------------------------------
    Story("سعید موسوی", 2203, "سوپرمارکت‌های رفاه محله", "مدیر بازرگانی", "تهران", "تهران", "oil", GOOGLE, 30, "deal",
          "پیش‌فاکتور برای ۶ شعبه خواست.", 610, email="mousavi@refahmahalle.example.com"),
    Story("نسترن جعفری", 2239, "فست‌فود پلاک هشت", "مالک", "البرز", "کرج", "oil", INSTAGRAM, 24, "deal",
          "روغن سرخ‌کردنی برای ۳ شعبه، تسویه ۳۰ روزه می‌خواهد.", 145),
    Story("ایمان شفیعی", 2270, "آشپزخانه صنعتی کیمیا", "مدیر کارخانه", "مرکزی", "اراک", "rice", EXPO, 21, "deal",
          "روزی ۸۰۰ غذا می‌پزند؛ برنج نیم‌دانه هم می‌پذیرند.", 730, email="shafiei@kimiafood.example.com"),
    # --- SQL ----------------------------------------------------------------------------------------------------------
    Story("آرش فرهمند", 2308, "کافه‌رستوران‌های لم", "مدیر عملیات", "تهران", "تهران", "canned", INSTAGRAM, 16, "sql",
          "تا پایان آذر باید تأمین‌کننده تازه داشته باشند.", email="farahmand@lamcafe.example.com"),
    Story("زهرا قنبری", 2341, "بیمارستان نور", "مسئول تغذیه", "خراسان رضوی", "مشهد", "rice", TELEGRAM, 14, "sql",
          "مناقصه کوچک دارند؛ بودجه مصوب شده.", email="ghanbari@noorhospital.example.com"),
    Story("پیمان سلطانی", 2375, "پخش جنوب", "مدیرعامل", "خوزستان", "اهواز", "oil", GOOGLE, 12, "sql",
          "انبار ۲۰۰۰ متری دارند و نمایندگی استان را می‌خواهند.", email="soltani@jonoobpakhsh.example.com"),
    # --- MQL ----------------------------------------------------------------------------------------------------------
    Story("لیلا مرادی", 2402, "نان و شیرینی بی‌بی", "مالک", "قم", "قم", "oil", INSTAGRAM, 11, "mql",
          "ماهی ۳۰ حلب؛ قیمت پلکانی می‌خواهد."),
    Story("مهدی کریم‌زاده", 2437, "فروشگاه‌های کوروش‌نما", "کارشناس خرید", "تهران", "اسلامشهر", "canned", GOOGLE, 10,
          "mql", "فهرست قیمت را برای مدیرش می‌برد.", door="site", email="karimzadeh@kouroshnama.example.com"),
    Story("ساناز بهرامی", 2468, "رستوران ماهی‌سرا", "مدیر", "گیلان", "رشت", "rice", TELEGRAM, 9, "mql",
          "هفته‌ای ۱۵ کیسه؛ نمونه فرستاده شد.", door="site", email="bahrami@mahisara.example.com"),
    Story("داوود ایزدی", 2499, "تعاونی کارکنان پتروشیمی", "مدیر تعاونی", "بوشهر", "عسلویه", "canned", EXPO, 13, "mql",
          "سبد کالا برای ۱۲۰۰ نفر، دو نوبت در سال."),
    # --- refused and deferred -----------------------------------------------------------------------------------------
    Story("جواد نعمتی", 2521, "", "دانشجو", "تهران", "تهران", "oil", INSTAGRAM, 35, "refused",
          "برای پایان‌نامه قیمت می‌خواست.", reason="not_a_buyer"),
    Story("شیوا رضوانی", 2555, "دکه رضوان", "مالک", "همدان", "همدان", "canned", INSTAGRAM, 33, "refused",
          "سه بار زنگ زدیم، پاسخ نداد.", reason="no_answer"),
    Story("قاسم بابایی", 2589, "غذای آماده بابا", "مالک", "مازندران", "ساری", "rice", GOOGLE, 27, "refused",
          "از خود شالیکار می‌خرد.", reason="no_need"),
    Story("نگار امیری", 2610, "هتل‌آپارتمان نگار", "مدیر", "یزد", "یزد", "rice", REFERRAL, 26, "deferred",
          "انبارشان تا پایان آذر پر است.", reason="bad_timing"),
    Story("رضا شریفی", 2643, "پخش کویر", "مدیر خرید", "کرمان", "کرمان", "oil", EXPO, 19, "deferred",
          "بعد از بستن سال مالی سر می‌زند.", reason="no_budget"),
    # --- new, and called without an answer ----------------------------------------------------------------------------
    Story("امین خسروی", 2677, "فروشگاه خسروی", "صاحب فروشگاه", "کرمانشاه", "کرمانشاه", "oil", TELEGRAM, 7, "no_answer"),
    Story("طاهره وحیدی", 2704, "کترینگ طاها", "مدیر", "تهران", "تهران", "canned", INSTAGRAM, 6, "no_answer",
          email="vahidi@tahacatering.example.com"),
    Story("نیما عباسی", 2738, "سوپر عباسی", "مالک", "قزوین", "قزوین", "oil", GOOGLE, 4, "new", door="site",
          email="abbasi@superabbasi.example.com"),
    Story("پروانه یزدی", 2769, "رستوران‌های پروانه", "مدیر خرید", "اصفهان", "کاشان", "rice", INSTAGRAM, 3, "new",
          door="site", email="yazdi@parvaneh.example.com"),
    Story("حسین‌علی گودرزی", 2793, "لبنیات و خواربار گودرزی", "مالک", "لرستان", "خرم‌آباد", "canned", REFERRAL, 2,
          "new"),
    # --- today, by the form of the shop -------------------------------------------------------------------------------
    Story("مینا طالبی", 2816, "آجیل و خواربار طالبی", "مدیر", "تهران", "تهران", "oil", GOOGLE, 0, "new", door="form",
          email="talebi@talebinuts.example.com"),
    Story("کیوان رادمنش", 2844, "فست‌فودهای راد", "مدیرعامل", "البرز", "کرج", "oil", INSTAGRAM, 0, "new", door="form",
          email="radmanesh@radfood.example.com"),
    Story("سهیلا نوری", 2872, "مهدکودک و مدرسه نور", "مسئول خرید", "فارس", "شیراز", "rice", TELEGRAM, 0, "new",
          door="form", email="nouri@nourschool.example.com"),
    Story("بابک میرزایی", 2905, "هتل دریا", "مدیر تدارکات", "هرمزگان", "بندرعباس", "canned", DIRECT, 0, "new",
          door="form", email="mirzaei@hoteldarya.example.com"),
)  # fmt: skip

# Pages of the shop that those who come by it have seen, with how many days before they asked.
VISITS = (("/demo-site/", 3.0), ("/demo-site/products", 2.9), ("/demo-site/price", 1.1), ("/demo-site/price", 0.2))

# What the paid sources cost a day: impressions, clicks, Toman a click.
COSTS = {GOOGLE: (900, 26, 9_500), INSTAGRAM: (6_400, 41, 4_200), EXPO: (0, 0, 0)}
EXPO_COST = 180_000_000  # Toman, on the three days of the fair
EXPO_DAYS = (50, 49, 48)
