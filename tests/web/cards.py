"""Lead cards made by hand, for previews and for tests of the template. People, firms and numbers are invented."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from django.utils import timezone
from django.utils.translation import get_language

from sarnakh.web.pages import timeline
from sarnakh.web.pages.lead_card import (
    Choice,
    ConsentLine,
    DealLine,
    LeadCard,
    Line,
    NextStep,
    Owner,
    Point,
    Reach,
    Score,
    ScoreLine,
    Step,
    Touch,
    Twin,
)

ALL_ACTS = frozenset({"log", "task", "check", "stage", "convert", "deal"})


def _ago(**span: float) -> datetime:
    return timezone.now() - timedelta(**span)


def full(*_: object) -> LeadCard:
    """A hot SQL lead, overdue, with everything on it."""
    fa = get_language() == "fa"

    def t(persian: str, english: str) -> str:
        return persian if fa else english

    facts = [
        timeline.Happened(name="page_viewed", at=_ago(minutes=12), names={"page": t("قیمت", "Pricing")}),
        timeline.Happened(name="page_viewed", at=_ago(minutes=13), names={"page": t("قیمت", "Pricing")}),
        timeline.Happened(name="page_viewed", at=_ago(minutes=14), names={"page": t("قیمت", "Pricing")}),
        timeline.Happened(
            name="temperature_changed", at=_ago(minutes=12), props={"from": "warm", "to": "hot", "score": 92}
        ),
        timeline.Happened(
            name="email_opened",
            at=_ago(hours=2),
            names={"subject": t("«۷ نشانه که انبارتان سرمایه می‌خورد»", "“7 signs your warehouse eats capital”")},
        ),
        timeline.Happened(
            name="stage_changed",
            at=_ago(days=2),
            props={"from": "mql", "to": "sql"},
            actor=t("سارا کریمی", "Sara Karimi"),
        ),
        timeline.Happened(
            name="call_logged",
            at=_ago(days=2, minutes=15),
            props={"outcome": "connected", "direction": "outbound", "duration_s": 402},
            actor=t("سارا کریمی", "Sara Karimi"),
            text=t(
                "۶ انبار دارند و هر ماه ۲ روز انبارگردانی می‌کنند. "
                "بودجه تا پایان آذر بسته می‌شود؛ تصمیم با مدیرعامل است.",
                "Six warehouses, two days of stocktaking a month. The budget closes at the end of Azar; "
                "the managing director decides.",
            ),
        ),
        timeline.Happened(
            name="call_logged",
            at=_ago(days=3),
            props={"outcome": "no_answer", "direction": "outbound"},
            actor=t("سارا کریمی", "Sara Karimi"),
        ),
        timeline.Happened(
            name="lead_assigned",
            at=_ago(days=18),
            names={
                "user": t("سارا کریمی", "Sara Karimi"),
                "rule": t("پخش مواد غذایی، تهران", "Food distribution, Tehran"),
            },
        ),
        timeline.Happened(
            name="form_submitted",
            at=_ago(days=18, minutes=1),
            names={"form": t("محاسبه هزینه پخش", "Distribution cost")},
        ),
        timeline.Happened(
            name="lead_created", at=_ago(days=18, minutes=1), names={"source": t("گوگل ادز", "Google Ads")}
        ),
    ]
    return LeadCard(
        id=48213,
        name=t("مریم رضایی", "Maryam Rezaei"),
        stage="sql",
        job_title=t("مدیر بازرگانی", "Commercial manager"),
        company=t("پخش سراسری آفتاب", "Aftab Distribution"),
        city=t("تهران", "Tehran"),
        product=t("نرم‌افزار پخش مویرگی", "Van sales"),
        score=Score(
            value=92,
            fit=18,
            engagement=74,
            temperature="hot",
            scored_at=_ago(minutes=12),
            change_7d=14,
            lines=(
                ScoreLine(label=t("صفحه قیمت، ۳ بار", "Pricing page, 3 times"), points=28, half_life_days=7, length=90),
                ScoreLine(label=t("پاسخ کامل فرم", "Whole form answered"), points=22, half_life_days=30, length=71),
                ScoreLine(label=t("مدیر بازرگانی در پخش غذا", "Commercial manager in food"), points=20, length=65),
                ScoreLine(
                    label=t("تماس موفق بیش از ۵ دقیقه", "Call over 5 minutes"), points=17, half_life_days=14, length=55
                ),
                ScoreLine(
                    label=t("باز کردن ایمیل، ۲ بار", "E-mail opened, 2 times"), points=12, half_life_days=5, length=39
                ),
                ScoreLine(label=t("ایمیل", "E-mail"), points=-4.5, kind="cap", length=15),
                ScoreLine(label=t("ایمیل رایگان، نه سازمانی", "Free e-mail provider"), points=-2.5, length=8),
            ),
        ),
        owner=Owner(
            id=1,
            name=t("سارا کریمی", "Sara Karimi"),
            team=t("فروش تهران", "Tehran sales"),
            since=_ago(days=18),
            why=(
                t(
                    "قاعده «پخش مواد غذایی، تهران» با این سرنخ جور بود.",
                    "The rule “Food distribution, Tehran” matched this lead.",
                ),
                t(
                    "از میان سه نفر، سارا کمترین سرنخ باز را داشت (۱۷).",
                    "Of three people, Sara had the fewest open leads (17).",
                ),
                t("بابک در مرخصی بود.", "Babak was away."),
            ),
        ),
        steps=(
            Step(stage="lead", state="done", at=_ago(days=18)),
            Step(stage="mql", state="done", at=_ago(days=11)),
            Step(stage="sql", state="now", at=_ago(days=2), days=2),
            Step(stage="customer", state="todo"),
        ),
        reach=(
            Reach(kind="mobile", value="+989120001402", is_verified=True),
            Reach(kind="phone", value="+982100004180", is_shared=True),
            Reach(kind="email", value="m.rezaei@aftab.example"),
        ),
        completeness=82,
        missing=(t("کد اقتصادی", "economic code"), t("اندازه شرکت", "company size")),
        company_lines=(
            Line(label=t("صنعت", "Industry"), value=t("پخش مواد غذایی", "Food distribution")),
            Line(label=t("اندازه", "Size")),
            Line(label=t("انبارها", "Warehouses"), value=t("۶ انبار، ۳ استان", "6 in 3 provinces")),
        ),
        touches=(
            Touch(icon="search", label=t("گوگل ادز", "Google Ads"), at=_ago(days=18), place="first", share=40),
            Touch(
                icon="mail-open",
                label=t("ایمیل «۷ نشانه»", "E-mail “7 signs”"),
                at=_ago(days=10),
                place="middle",
                share=20,
            ),
            Touch(icon="globe", label=t("ورود مستقیم", "Direct"), at=_ago(days=2), place="last", share=40),
        ),
        source_lines=(
            Line(label=t("کمپین", "Campaign"), value=t("قیمت نرم‌افزار پخش", "Distribution pricing")),
            Line(label="utm_term", value=t("نرم افزار پخش مویرگی", "van sales software")),
        ),
        consents=(
            ConsentLine(channel="sms", purpose="service", is_granted=True, at=_ago(days=18)),
            ConsentLine(channel="email", purpose="marketing", is_granted=True, at=_ago(days=18)),
            ConsentLine(channel="call", purpose="marketing", is_granted=False, at=_ago(days=5)),
        ),
        points=(
            Point(item="need", is_met=True, note=t("انبارگردانی ماهی ۲ روز", "Two days of stocktaking")),
            Point(item="problem", is_met=True, note=t("مغایرت موجودی", "Stock mismatch")),
            Point(item="budget", is_met=True, note=t("تا ۶۰۰ میلیون تومان", "Up to 600 million toman")),
            Point(item="authority", note=t("مدیرعامل، هنوز دیده نشده", "The director, not met yet")),
            Point(item="timeline", is_met=True, note=t("پایان آذر", "End of Azar")),
        ),
        next_step=NextStep(
            id=7, kind="call", title="", due_at=_ago(hours=2), is_late=True, late_s=7300, nth=3, of=5, more=1
        ),
        twins=(Twin(lead=9, name=t("مریم رضائی", "Maryam Rezaii"), confidence=0.8, url="/leads/9"),),
        days=timeline.days(facts),
        counts={"all": len(facts)},
        older="x",
        may=ALL_ACTS,
        refusal_reasons=(
            Choice(
                value="no_answer", label=t("پنج تماس بی‌پاسخ", "Five unanswered calls"), group=t("بی‌پاسخ", "Ignored")
            ),
            Choice(value="price", label=t("قیمت بالا", "Price too high"), group=t("نخواست بخرد", "Would not buy")),
        ),
        loss_reasons=(Choice(value="price", label=t("قیمت بالا", "Price too high")),),
        next_call_at=datetime(2026, 11, 22, 6, 30, tzinfo=UTC),
    )


def bare(*_: object) -> LeadCard:
    """A lead that came a minute ago with a phone and nothing else, for someone who may only read."""
    return LeadCard(
        id=3,
        name="09120001402",
        stage="lead",
        score=Score(value=0, fit=0, engagement=0, temperature="cold"),
        steps=(
            Step(stage="lead", state="now", at=_ago(minutes=1)),
            Step(stage="mql", state="todo"),
            Step(stage="sql", state="todo"),
            Step(stage="customer", state="todo"),
        ),
        reach=(Reach(kind="mobile", value="+989120001402"),),
        points=tuple(Point(item=item) for item in ("need", "problem", "budget", "authority", "timeline")),
        counts={"all": 0},
    )


def customer(*_: object) -> LeadCard:
    """A lead that was won, with its deal."""
    card = full()
    return replace(
        card,
        stage="customer",
        next_step=None,
        twins=(),
        steps=tuple(
            replace(step, state="now" if step.stage == "customer" else "done", at=step.at or _ago(hours=1))
            for step in card.steps
        ),
        deals=(
            DealLine(
                id=4,
                title=card.product,
                amount=6_200_000_000,
                currency="IRR",
                stage="",
                status="won",
                closed_at=_ago(hours=1),
            ),
        ),
    )


def selling(*_: object) -> LeadCard:
    """A converted lead with an open deal."""
    card = full()
    deal = DealLine(id=4, title=card.product, amount=6_200_000_000, currency="IRR", stage="Proposal", status="open")
    return replace(card, deals=(deal,))


def refused(*_: object) -> LeadCard:
    """A disqualified lead."""
    card = full()
    return replace(card, stage="disqualified", reason="قیمت بالا", next_step=None, twins=())
