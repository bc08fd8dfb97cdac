"""Small marks that pages are made of: icons, rings, pills, avatars; and filters over `web.manners`."""

import hashlib
import re
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from functools import lru_cache
from pathlib import Path

from django.conf import settings
from django.template import Library
from django.templatetags.static import static
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from sarnakh.web import manners
from sarnakh.web.pages.lead_card import NextStep

register = Library()

STATIC_DIR = Path(__file__).resolve().parent.parent / "static"
# Chevrons, arrows, lists and speech bubbles point the other way in right-to-left; phones, clocks and checks do not.
MIRRORED = frozenset(
    "arrow-right chevron-left chevron-right file-text list-checks list-todo log-in log-out megaphone message-square "
    "messages-square move-down redo-2 route send undo-2 workflow external-link".split()
)
ZWNJ = "\u200c"


@register.simple_tag
def asset(name: str) -> str:
    """The address of a static file with a mark of its content, so that an upgrade is never shown with an old sheet."""
    return f"{static(name)}?v={_mark(name) if not settings.DEBUG else _mark.__wrapped__(name)}"


@lru_cache
def _mark(name: str) -> str:
    return hashlib.sha256(Path(f"{STATIC_DIR}/{name}").read_bytes()).hexdigest()[:10]


@register.simple_tag
def icon(name: str, classes: str = "") -> SafeString:
    """A Lucide icon out of the sprite; mirrored by itself where its direction means something."""
    flip = " flip" if name in MIRRORED else ""
    return format_html(
        '<svg class="ic{} {}" aria-hidden="true"><use href="{}#{}"/></svg>', flip, classes, asset("icons.svg"), name
    )


@register.simple_tag
def avatar(name: str, key: int = 0, classes: str = "") -> SafeString:
    """The initials of a person on a hue of their own."""
    return format_html(
        '<span class="av {}" style="--h:{}" aria-hidden="true">{}</span>', classes, hue(key), initials(name)
    )


@register.filter
def initials(name: str) -> str:
    """س‌ک, SK: two letters; the ZWNJ keeps Persian ones from joining."""
    words = [word for word in str(name).split() if word]
    letters = [words[0][0], words[-1][0]] if len(words) > 1 else [words[0][0]] if words else ["?"]
    return ("" if "".join(letters).isascii() else ZWNJ).join(letters).upper()


@register.filter
def hue(key: int) -> int:
    """A hue (0-359) that neighbours in id do not share."""
    return (30 + int(key or 0) * 137) % 360


@register.simple_tag
def temp(value: str, is_pill: bool = False) -> SafeString:
    """Temperature: colour, shape and word."""
    words = {"hot": _("Hot"), "warm": _("Warm"), "cold": _("Cold")}
    return format_html(
        '<span class="temp{}" data-t="{}">{}</span>', " temp-pill" if is_pill else "", value, words.get(value, value)
    )


@register.simple_tag
def stage(value: str) -> SafeString:
    return format_html('<span class="stage" data-s="{}">{}</span>', value, stage_word(value))


@register.filter
def stage_word(value: str) -> str:
    words = {
        "lead": _("Lead"),
        "mql": "MQL",
        "sql": "SQL",
        "customer": _("Customer"),
        "disqualified": _("Disqualified"),
        "deferred": _("Deferred"),
    }
    return words.get(value, value)


@register.filter
def role_word(value: str) -> str:
    words = {"rep": _("Sales"), "manager": _("Sales manager"), "marketer": _("Marketing"), "admin": _("Admin")}
    return words.get(value, value)


@register.simple_tag
def score_ring(value: float, temperature: str = "", classes: str = "size-11", width: str = "4px") -> SafeString:
    """The score as a ring in the colour of its temperature, with the number inside."""
    colour = f"var(--{temperature})" if temperature in ("hot", "warm", "cold") else "var(--color-primary)"
    shown = max(0, min(100, round(value)))
    return format_html(
        '<span class="pie {}" style="--v:{}%;--pc:{};--w:{}"><b class="text-base font-bold">{}</b></span>',
        classes,
        shown,
        colour,
        width,
        manners.digits(shown),
    )


@register.filter
def digits(value: object) -> str:
    return manners.digits(value)


@register.filter
def number(value: float | None, places: int = 0) -> str:
    return "" if value is None else manners.number(value, places=places)


@register.filter
def signed(value: float) -> str:
    """+28, −2, ۰٫۵+: to be put inside <bdi dir="ltr">."""
    return manners.number(value, places=2, signed=True)


@register.filter
def percent(value: float | None, places: int = 0) -> str:
    return "" if value is None else manners.percent(value, places=places)


@register.filter
def phone(value: str) -> SafeString:
    """A phone in the digits of the page, always read left to right."""
    return format_html('<bdi dir="ltr">{}</bdi>', manners.phone(str(value)))


@register.filter
def breakable(address: str) -> SafeString:
    """An e-mail address that breaks, where it must, at its @ and dots and nowhere else."""
    parts = re.split(r"(?=[@.])", str(address))
    return format_html_join(SafeString("<wbr>"), "{}", ((part,) for part in parts))


@register.filter
def money(amount: int | None, currency: str) -> str:
    return "" if amount is None else manners.money(amount, currency)


@register.filter
def money_short(amount: int | None, currency: str) -> str:
    return "" if amount is None else manners.money_short(amount, currency)


@register.filter
def day(at: datetime | date | None) -> str:
    return manners.day(at, now=timezone.now()) if at else ""


@register.filter
def long_day(at: datetime | date | None) -> str:
    return manners.day(at, now=timezone.now(), is_long=True) if at else ""


@register.filter
def moment(at: datetime | None) -> str:
    return manners.moment(at, now=timezone.now()) if at else ""


@register.filter
def clock(at: datetime | None) -> str:
    return manners.clock(at) if at else ""


@register.filter
def ago(at: datetime | None) -> str:
    return manners.ago(at, now=timezone.now()) if at else ""


@register.filter
def duration(seconds: int | None) -> str:
    return manners.duration(seconds) if seconds else ""


@register.filter
def span(seconds: float) -> str:
    return manners.span(seconds)


@register.filter
def magnitude(value: float) -> float:
    return abs(value)


@register.filter
def and_list(items: Sequence[str]) -> str:
    """a, b and c"""
    words = [str(item) for item in items]
    if len(words) < 2:
        return "".join(words)
    comma = "، " if manners.is_persian() else ", "
    return _("%(items)s and %(last)s") % {"items": comma.join(words[:-1]), "last": words[-1]}


@register.filter
def cadence(step: NextStep) -> list[str]:
    """The class of each dash of "call 3 of 5": on, now or nothing."""
    return ["on" if n < step.nth else "now" if n == step.nth else "" for n in range(1, step.of + 1)]


@register.filter
def reach_word(kind: str) -> str:
    words = {
        "mobile": _("Mobile"),
        "phone": _("Phone"),
        "email": _("E-mail"),
        "role_email": _("Company e-mail"),
        "messenger": _("Messenger"),
        "national_id": _("National ID"),
        "user_id": _("User ID"),
    }
    return words.get(kind, kind)


@register.filter
def channel_word(channel: str) -> str:
    words = {"email": _("E-mail"), "sms": _("SMS"), "call": _("Call"), "messenger": _("Messenger")}
    return words.get(channel, channel)


@register.filter
def channel_icon(channel: str) -> str:
    return {"email": "mail", "sms": "message-square", "call": "phone"}.get(channel, "messages-square")


@register.filter
def task_word(kind: str) -> str:
    words = {
        "call": _("Call"),
        "meeting": _("Meeting"),
        "message": _("Message"),
        "email": _("E-mail"),
        "todo": _("To do"),
    }
    return words.get(kind, kind)


@register.filter
def task_icon(kind: str) -> str:
    icons = {"call": "phone", "meeting": "users-round", "message": "message-square", "email": "mail"}
    return icons.get(kind, "list-todo")


@register.filter
def point_word(item: str) -> str:
    words = {
        "need": _("Need"),
        "problem": _("Problem"),
        "budget": _("Budget"),
        "authority": _("Authority"),
        "timeline": _("Time"),
    }
    return words.get(item, item)


@register.filter
def point_question(item: str) -> str:
    """What to find out for each of the five points."""
    words = {
        "need": _("What do they need, in their own words?"),
        "problem": _("What does it cost them to go on without it?"),
        "budget": _("Is there money for it, and how much?"),
        "authority": _("Who decides, and have we met them?"),
        "timeline": _("By when do they want it working?"),
    }
    return words.get(item, item)


@register.filter
def currency_word(code: str) -> str:
    """What amounts are typed in: people say Toman, Rial is what is stored."""
    return _("Toman") if code == "IRR" else code


@register.simple_tag
def next_days(at: datetime | None = None) -> list[dict[str, object]]:
    """Today and the two weeks after it, as choices; the day of `at` is chosen."""
    now = timezone.now()
    today = timezone.localtime(now).date()
    chosen = timezone.localtime(at).date() if at else today + timedelta(days=1)
    days = [today + timedelta(days=n) for n in range(15)]
    return [{"value": d.isoformat(), "label": manners.near_day(d, now=now), "is_chosen": d == chosen} for d in days]


@register.simple_tag
def day_times(at: datetime | None = None) -> list[dict[str, object]]:
    """Half hours from 8 to 20, as choices; the one at or before `at` is chosen."""
    shown = timezone.localtime(at) if at else None
    chosen = f"{shown.hour:02d}:{30 if shown.minute >= 30 else 0:02d}" if shown else "10:00"
    times = [f"{n // 2:02d}:{n % 2 * 30:02d}" for n in range(16, 41)]
    return [{"value": t, "label": manners.digits(t), "is_chosen": t == chosen} for t in times]


@register.simple_tag
def later_days() -> list[dict[str, object]]:
    """In a week, two weeks, a month, two, three, six, a year: each with its day."""
    now = timezone.now()
    today = timezone.localtime(now).date()
    named = (
        (7, _("In a week")),
        (14, _("In two weeks")),
        (30, _("In a month")),
        (61, _("In two months")),
        (91, _("In three months")),
        (183, _("In six months")),
        (365, _("In a year")),
    )
    comma = "، " if manners.is_persian() else ", "
    return [
        {
            "value": (today + timedelta(days=n)).isoformat(),
            "label": f"{name}{comma}{manners.day(today + timedelta(days=n), now=now)}",
            "is_chosen": n == 30,
        }
        for n, name in named
    ]
