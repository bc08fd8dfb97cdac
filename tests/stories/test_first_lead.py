"""The life of one lead, from the first look at a shop's prices to a won deal, as the people in it live it.

A newcomer, a rep and an admin's program, each with their own browser or key. Nothing is stood in for: `sarnakh demo`
runs with its shop on another host, mail goes to a real server, and the reports are asked before and after.
"""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
from axe_playwright_python.sync_playwright import Axe

from outside import ask
from plugins.demo import Demo

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Frame, Page

pytestmark = [pytest.mark.browser, pytest.mark.story]
Eventually = Callable[..., None]

TEHRAN = ZoneInfo("Asia/Tehran")
SPENT = 90_000_000  # Rials that the newcomer's campaign cost
DESK, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
WCAG = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}


@dataclass(frozen=True)
class Life:
    """Who comes, and what the pages call things in the language of this life."""

    language: str
    locale: str
    campaign: str
    # The newcomer, as they type.
    name: str
    mobile: str
    email: str
    company: str
    province: str
    city: str
    wish: str
    # The shop and its form.
    prices: str
    products: str
    ask: str
    labels: tuple[str, ...]
    agree: str
    send: str
    thanks: str
    subject: str
    # Inside.
    rule: str
    rep_signs_in: str
    saw_prices: str
    sent_form: str
    said: str
    points: tuple[tuple[str, str], ...]
    met: str
    met_of_5: str
    amount: str
    rials: int
    won: str


PERSIAN = Life(
    language="fa",
    locale="fa-IR",
    campaign="داستان-پاییز",
    name="پروانه نیک‌سرشت",
    mobile="۰۹۱۲ ۰۰۰ ۷۷۰۱",
    email="parvaneh@ketabkade.example.com",
    company="کافه کتابکده",
    province="تهران",
    city="تجریش",
    wish="روغن سرخ‌کردنی حلب ۱۶ کیلویی",
    prices="قیمت عمده",
    products="محصولات",
    ask="درخواست قیمت",
    labels=("نام و نام خانوادگی", "موبایل", "ایمیل", "فروشگاه یا شرکت", "استان", "شهر", "چه می‌خواهید؟"),
    agree="می‌پذیرم",
    send="قیمت را بگویید",
    thanks="همکار ما در ساعت کاری",
    subject="درخواست شما رسید",
    rule="تهران، البرز، قم و قزوین",
    rep_signs_in="ورود",
    saw_prices="صفحه قیمت عمده | نوین‌پخش را دید",
    sent_form="فرم قیمت عمده، همین امروز را فرستاد",
    said="چهار حلب در ماه می‌خواهند",
    points=(
        ("نیاز", "روغن برای آشپزخانه"),
        ("مشکل", "دیر می‌رسد"),
        ("بودجه", "ماهی ده میلیون"),
        ("تصمیم‌گیر", "خودش"),
        ("زمان", "از شنبه"),
    ),
    met="برقرار است",
    met_of_5="{n} از ۵",
    amount="۶۲ میلیون",
    rials=620_000_000,
    won="برنده شد",
)
ENGLISH = Life(
    language="en",
    locale="en-US",
    campaign="autumn-story",
    name="Dana Aghajani",
    mobile="0912 000 7702",
    email="dana@bluehotel.example.com",
    company="Blue Hotel",
    province="Isfahan",
    city="Kashan",
    wish="Iranian rice, 10 kg bag",
    prices="Wholesale prices",
    products="Products",
    ask="Ask for a price",
    labels=("Full name", "Mobile", "E-mail", "Shop or company", "Province", "City", "What do you need?"),
    agree="I agree",
    send="Tell me the price",
    thanks="One of us calls within working hours",
    subject="we have your request",
    rule="برنج، از هر جا",
    rep_signs_in="Sign in",
    saw_prices="Saw the page Wholesale prices | Novin Pakhsh",
    sent_form="Sent the form Your wholesale price, today",
    said="They need thirty bags a month",
    points=(
        ("Need", "rice for the kitchen"),
        ("Problem", "deliveries come late"),
        ("Budget", "approved for the season"),
        ("Authority", "she decides"),
        ("Time", "from Saturday"),
    ),
    met="It is met",
    met_of_5="{n} of 5",
    amount="48,500,000",
    rials=485_000_000,
    won="Won",
)


@pytest.mark.parametrize("life", [PERSIAN, ENGLISH], ids=["fa", "en"])
def test_a_newcomer_of_the_shop_becomes_a_customer(
    demo: Demo, browser: Browser, eventually: Eventually, life: Life
) -> None:
    pay_for_the_campaign(demo, life)
    before = Reports.of(demo)

    with somebody(browser, life) as page:
        look_around_the_shop(page, demo, life)
        ask_for_a_price(page, life)
    eventually(lambda: demo.api.items("/leads", search=life.email))
    [lead] = demo.api.items("/leads", search=life.email)
    eventually(lambda: len(facts(demo, lead, "page_viewed")) == 5)
    eventually(lambda: demo.api.get(f"/leads/{lead['id']}")["stage"] == "mql")

    mail = the_welcome(demo, life, eventually)
    came_as_told(demo, lead, life)
    score_adds_up(demo, lead)

    with somebody(browser, life) as page:
        sign_in_as_the_owner(page, demo, lead, life)
        open_the_card_from_today(page, life)
        the_card_tells_how_it_came(page, life)
        log_a_call(page, life)
        check_the_five_points(page, life)
        convert_and_win(page, life)
        is_well_made(page)
    assert demo.api.get(f"/leads/{lead['id']}")["stage"] == "customer"

    after = Reports.of(demo)
    assert after == before.with_a_customer(demo.api.get(f"/leads/{lead['id']}"), revenue=life.rials)

    unsubscribe_with_one_click(demo, lead, mail, eventually)
    assert Reports.of(demo) == after


# --- the newcomer ----------------------------------------------------------------------------------------------------


@contextmanager
def somebody(browser: Browser, life: Life) -> Iterator[Page]:
    """A browser of their own that has been nowhere; an error in its console fails the story."""
    context = browser.new_context(locale=life.locale, timezone_id="Asia/Tehran", viewport=DESK)
    wrong: list[str] = []
    # Chromium reports each answer of 4xx as an error; a form that is sent back with what is wrong in it is none.
    context.on(
        "console", lambda said: wrong.append(said.text) if said.type == "error" and "422" not in said.text else None
    )
    context.on("weberror", lambda error: wrong.append(str(error.error)))
    page = context.new_page()
    page.set_default_timeout(20_000)
    yield page
    context.close()
    assert not wrong


def pay_for_the_campaign(demo: Demo, life: Life) -> None:
    line = {"source": "telegram", "medium": "social", "campaign": life.campaign, "clicks": 30}
    today = datetime.now(TEHRAN).date().isoformat()
    demo.api.post("/costs", [{"date": today, **line, "cost": SPENT, "currency": "IRR"}])


def look_around_the_shop(page: Page, demo: Demo, life: Life) -> None:
    """By a link in a channel; they read the prices, look at the goods, and read the prices once more."""
    page.goto(
        f"{demo.shop}/demo-site/?lang={life.language}"
        f"&utm_source=telegram&utm_medium=social&utm_campaign={life.campaign}"
    )
    for place in (life.prices, life.products, life.prices):
        with page.expect_response("**/v1/p"):  # the visit is told, from one site to another
            page.get_by_role("navigation").get_by_role("link", name=place).click()
    assert page.url.startswith("http://localhost:")


def ask_for_a_price(page: Page, life: Life) -> None:
    page.get_by_role("banner").get_by_role("link", name=life.ask).click()
    form = frame_of(page)
    assert form.url.startswith("http://127.0.0.1:")
    assert is_kept_from_storing(form)
    is_well_made(page)

    name, mobile, email, company, province, city, wish = life.labels
    form.get_by_role("textbox", name=name).click()
    page.keyboard.type(life.name)
    page.keyboard.press("Tab")
    page.keyboard.type(life.mobile[:-1])  # a digit short, at first
    form.get_by_role("textbox", name=email).fill(life.email)
    form.get_by_role("textbox", name=company).fill(life.company)
    form.get_by_role("combobox", name=province).select_option(label=life.province)
    form.get_by_role("textbox", name=city).fill(life.city)
    form.get_by_role("combobox", name=wish).select_option(label=life.wish)
    form.get_by_role("checkbox", name=life.agree).check()
    form.get_by_role("button", name=life.send).click()

    form.get_by_role("textbox", name=mobile).and_(form.locator("[aria-invalid=true]:focus")).wait_for()
    assert form.get_by_role("textbox", name=email).input_value() == life.email  # what was typed is kept
    page.keyboard.press("End")
    page.keyboard.type(life.mobile[-1])
    page.keyboard.press("Enter")
    form.get_by_role("status").get_by_text(life.thanks).wait_for()


def frame_of(page: Page) -> Frame:
    """The form's frame, put there by the tracker, once it is loaded."""
    page.locator("iframe").wait_for()
    found = page.locator("iframe").element_handle().content_frame()
    assert found is not None
    found.wait_for_load_state("networkidle")
    return found


def is_kept_from_storing(frame: Frame) -> bool:
    """Whether the browser blocks what a frame of another site would keep: only the fragment tells who is here."""
    return bool(
        frame.evaluate(
            """() => {
              document.cookie = "probe=1; SameSite=None; Secure";
              try { localStorage.setItem("probe", "1"); return false; } catch { return document.cookie === ""; }
            }"""
        )
    )


# --- what the house made of it ---------------------------------------------------------------------------------------


def facts(demo: Demo, lead: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    return demo.api.items(f"/leads/{lead['id']}/timeline", kind=kind)


def the_welcome(demo: Demo, life: Life, eventually: Eventually) -> EmailMessage:
    """The one mail to the newcomer, as the server got it."""

    def theirs() -> list[EmailMessage]:
        return [mail for mail in demo.smtp.messages if mail["To"] == life.email]

    eventually(theirs)
    [mail] = theirs()
    assert life.subject in mail["Subject"]
    body = mail.get_body(("plain",))
    assert body is not None
    assert life.name in body.get_content()
    return mail


def came_as_told(demo: Demo, lead: dict[str, Any], life: Life) -> None:
    """Who, from where, through what, in which order."""
    card = demo.api.get(f"/leads/{lead['id']}")
    told = (card["name"], card["company"], card["city"], card["emails"], card["form"])
    assert told == (life.name, life.company, life.city, [life.email], "estimate")
    assert (card["source"], card["medium"], card["campaign"]) == ("telegram", "social", life.campaign)
    assert card["owner"]
    visits = facts(demo, lead, "page_viewed")
    assert [visit["props"]["path"].rpartition("/")[2] for visit in reversed(visits)] == [
        "", "price", "products", "price", "contact"
    ]  # fmt: skip
    [sent] = facts(demo, lead, "form_submitted")
    assert max(visit["at"] for visit in visits) < sent["at"]
    assert len(facts(demo, lead, "form_viewed")) == 1
    assert card["milestones"]["first_touch_at"] == visits[-1]["at"]


def score_adds_up(demo: Demo, lead: dict[str, Any]) -> None:
    """The lines of the explanation add up to the score, and are what the newcomer did and is."""
    found = demo.api.get(f"/leads/{lead['id']}/score")
    points: Counter[str] = Counter()
    for share in found["shares"]:
        points[share["name"]] += round(share["points"] * 100)
    assert points.total() == round(found["score"] * 100)
    assert found["score"] == pytest.approx(found["fit"] + found["engagement"], abs=0.01)
    # A company, a phone, a big market, three pages in a day; the form; two looks at the prices. No day has passed.
    assert sorted(round(total / 100) for total in points.values()) == [5, 5, 5, 5, 15, 24]


# --- the rep ---------------------------------------------------------------------------------------------------------


def sign_in_as_the_owner(page: Page, demo: Demo, lead: dict[str, Any], life: Life) -> None:
    owner = demo.api.get(f"/leads/{lead['id']}")["owner"]
    [email] = [user["email"] for user in demo.api.items("/users") if user["id"] == owner]
    page.goto(f"{demo.url}/")
    assert page.locator("html").get_attribute("lang") == life.language
    page.locator("input[name=login]").fill(email)
    page.locator("input[name=password]").fill(demo.passwords[email])
    page.keyboard.press("Enter")
    page.get_by_role("navigation").first.wait_for()
    if page.locator("html").get_attribute("lang") != life.language:
        page.locator(f"button[name=language][value={life.language}]:visible").click()
        page.locator(f"html[lang={life.language}]").wait_for()


def open_the_card_from_today(page: Page, life: Life) -> None:
    page.get_by_role("main").get_by_role("link", name=life.name).first.click()
    page.get_by_role("heading", level=1, name=life.name).wait_for()
    page.wait_for_load_state("networkidle")


def the_card_tells_how_it_came(page: Page, life: Life) -> None:
    timeline = page.locator("#timeline")
    assert timeline.get_by_text(life.saw_prices).count() == 2
    assert timeline.get_by_text(life.sent_form).is_visible()
    page.locator("details.drop", has=page.locator(".av")).locator("visible=true").first.locator("summary").click()
    assert page.locator(".pop:visible").get_by_text(life.rule).is_visible()
    page.keyboard.press("Escape")
    score = page.locator("#score:visible")
    lines = [number_of(text) for text in score.locator("li b").all_inner_texts()]
    assert round(sum(lines), 2) == number_of(score.locator("dd").last.inner_text())
    is_well_made(page)


def log_a_call(page: Page, life: Life) -> None:
    """C, 1, what was said, Ctrl Enter."""
    page.keyboard.press("c")
    page.keyboard.press("1")
    page.keyboard.type(life.said)
    page.keyboard.press("Control+Enter")
    page.locator("#timeline").get_by_text(life.said).wait_for()


def check_the_five_points(page: Page, life: Life) -> None:
    for number, (point, known) in enumerate(life.points, start=1):
        page.locator("#part-act summary").filter(has_text=point).click()
        page.locator(".pop:visible input[name=note]:focus").wait_for()
        page.keyboard.type(known)
        page.locator(".pop:visible").get_by_role("button", name=life.met).click()
        count = life.met_of_5.format(n="۰۱۲۳۴۵"[number] if life.language == "fa" else number)
        page.locator("#part-act h2").get_by_text(count).wait_for()


def convert_and_win(page: Page, life: Life) -> None:
    """V, the amount, Ctrl Enter; then the button of the deal."""
    page.keyboard.press("v")
    page.locator(".pop:visible input[name=amount]").fill(life.amount)
    page.keyboard.press("Control+Enter")
    page.locator("#part-act").get_by_role("button", name=life.won, exact=True).click()
    page.locator("#part-act .tag").get_by_text(life.won, exact=True).wait_for()


def is_well_made(page: Page) -> None:
    """No finding of axe, nothing wider than its place, at a desk and in a hand; in the page and in its frames."""
    for screen in (PHONE, DESK):
        page.set_viewport_size(screen)  # type: ignore[arg-type]  # its own TypedDict
        for frame in page.frames:
            assert frame.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
            found = Axe().run(frame, options=WCAG).response["violations"]
            assert not [(each["id"], each["nodes"][0]["html"]) for each in found]


def number_of(text: str) -> float:
    """A number as the page writes it, in either script."""
    return float(text.strip().translate(str.maketrans("۰۱۲۳۴۵۶۷۸۹٫−", "0123456789.-", "٬+,\u061c\u200e")))


# --- afterwards ------------------------------------------------------------------------------------------------------


def unsubscribe_with_one_click(demo: Demo, lead: dict[str, Any], mail: EmailMessage, eventually: Eventually) -> None:
    """What a mail program does by itself (RFC 8058). Only opening the link, as scanners do, changes nothing."""
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    link = mail["List-Unsubscribe"].strip("<>")
    assert ask(link).status == 200
    assert not facts(demo, lead, "unsubscribed")
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    assert ask(link, "POST", "List-Unsubscribe=One-Click", kind).status == 200
    assert len(facts(demo, lead, "unsubscribed")) == 1
    by_email = [word for word in demo.api.items("/consents", lead=lead["id"]) if word["channel"] == "email"]
    assert not by_email[0]["granted"]


@dataclass(frozen=True)
class Reports:
    """The four reports of two months, whole and by campaign: {campaign or None: row}."""

    funnel: dict[str | None, Any]
    conversion: dict[str | None, Any]
    economics: dict[str | None, Any]
    sales_cycle: dict[str | None, Any]
    cycles: dict[int, tuple[str, float, float]]  # by lead that was won: campaign, seconds from touch and creation

    @classmethod
    def of(cls, demo: Demo) -> Reports:
        today = datetime.now(TEHRAN).date()
        days = {"from": today - timedelta(days=70), "to": today + timedelta(days=2)}
        rows: dict[str, dict[str | None, Any]] = {
            name: {
                row["key"]: row
                for by in ({}, {"by": "campaign"})
                for row in demo.api.get(f"/reports/{name}", **days, **by)["items"]
            }
            for name in ("funnel", "conversion", "economics", "sales-cycle")
        }
        won = demo.api.items("/leads", stage="customer")
        cycles = {lead["id"]: (lead["campaign"], *_cycle(lead)) for lead in won}
        return cls(rows["funnel"], rows["conversion"], rows["economics"], rows["sales-cycle"], cycles)

    def with_a_customer(self, lead: dict[str, Any], *, revenue: int) -> Reports:
        """As these, after one more lead that went all the way in no time."""
        campaign = lead["campaign"]
        steps = ("leads", "mql", "sql", "customers")
        funnel, conversion, economics = dict(self.funnel), dict(self.conversion), dict(self.economics)
        for key in (None, campaign):
            was = funnel.get(key) or {"key": key, "label": campaign, **dict.fromkeys(steps, 0)}
            counts = {step: was[step] + 1 for step in steps}
            funnel[key] = {**was, **counts}
            leads, mql, sql, customers = counts.values()
            conversion[key] = {
                **funnel[key],
                "lead_to_mql": mql / leads,
                "mql_to_sql": sql / mql,
                "lead_to_sql": sql / leads,
                "lead_to_sale": customers / leads,
                "is_young": True,
            }
            spend, clicks, earned = (economics[key][name] for name in ("spend", "clicks", "revenue"))
            earned += revenue
            economics[key] = {
                **economics[key],
                **counts,
                "revenue": earned,
                "click_to_lead": leads / clicks,
                "cpl": spend / leads,
                "cost_per_mql": spend / mql,
                "cost_per_sql": spend / sql,
                "cpa": spend / customers,
                "romi": (earned - spend) / spend,
                "roas": earned / spend,
            }
        cycles = {**self.cycles, lead["id"]: (campaign, *_cycle(lead))}
        sales_cycle = dict(self.sales_cycle)
        for key in (None, campaign):
            times = [each[1:] for each in cycles.values() if key in (None, each[0])]
            sales_cycle[key] = {"key": key, "label": key or "", "count": len(times), **_lengths(times)}
        return Reports(funnel, conversion, economics, sales_cycle, cycles)


def _cycle(lead: dict[str, Any]) -> tuple[float, float]:
    """Seconds from first touch to won, and from creation to won."""
    at = {name: datetime.fromisoformat(text) for name, text in lead["milestones"].items() if text}
    touched_at = at.get("first_touch_at", at["created_at"])
    return (at["won_at"] - touched_at).total_seconds(), (at["won_at"] - at["created_at"]).total_seconds()


def _lengths(times: list[tuple[float, ...]]) -> dict[str, Any]:
    cycles, lead_times = ([each[place] for each in times] for place in (0, 1))
    named = {"median_s": cycles, "p90_s": cycles, "lead_time_median_s": lead_times, "lead_time_p90_s": lead_times}
    return {
        name: pytest.approx(statistics.median(values) if "median" in name else _p90(values), abs=1e-3)
        for name, values in named.items()
    }


def _p90(values: list[float]) -> float:
    return statistics.quantiles(values, n=10, method="inclusive")[8] if len(values) > 1 else values[0]
