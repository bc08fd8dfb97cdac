"""How this answer writes things: its language and calendar, and the words for numbers, days, money and phones.

Times arrive aware in UTC and are shown in the time zone that is active (`django.utils.timezone`). Persian text has
Persian digits; Jalali dates are written in Persian only, an English page shows the same day in Gregorian.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date, datetime

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from sarnakh.kit import jalali, phones
from sarnakh.kit.money import Money, format_money, format_money_short
from sarnakh.kit.text import digits_fa

# In Persian a percent sign must fall on the left of its number, in a sentence and in a cell alike.
ARABIC_LETTER_MARK = "\u061c"
MINUS = "\u2212"


@dataclass(frozen=True)
class Manners:
    language: str = "fa"
    calendar: jalali.Calendar = "jalali"


_usual = Manners()
_current: ContextVar[Manners] = ContextVar("manners")


def current() -> Manners:
    return _current.get(_usual)


@contextmanager
def override(chosen: Manners) -> Iterator[None]:
    """Write in these manners inside the block."""
    token = _current.set(chosen)
    try:
        yield
    finally:
        _current.reset(token)


def is_persian() -> bool:
    return current().language == "fa"


def digits(value: object) -> str:
    """The text with its digits in the language of the page."""
    return digits_fa(str(value)) if is_persian() else str(value)


def number(value: float, *, places: int = 0, signed: bool = False) -> str:
    """A number with thousands separators; `signed` writes plus and a true minus."""
    text = f"{abs(value):,.{places}f}"
    if places:
        text = text.rstrip("0").rstrip(".")
    is_nought = not any(char in "123456789" for char in text)
    sign = "" if is_nought else MINUS if value < 0 else "+" if signed else ""
    return sign + (digits_fa(text.replace(",", "٬").replace(".", "٫")) if is_persian() else text)


def percent(value: float, *, places: int = 0) -> str:
    """82 -> 82% in English; in Persian with U+061C before it, so that the sign stays on the left."""
    text = number(value, places=places)
    return f"{ARABIC_LETTER_MARK}{text}٪" if is_persian() else f"{text}%"


def phone(e164: str) -> str:
    """+989120001402 -> 0912 000 1402, in the digits of the page; a foreign number keeps its country."""
    return phones.display(e164, current().language)


def money(amount: int, currency: str) -> str:
    """Smallest units -> "620,000,000 Toman", "12.50 USD"."""
    return format_money(Money(amount, currency), current().language)


def money_short(amount: int, currency: str) -> str:
    """The amount alone in thousands, millions or milliards, for a column whose header names the unit."""
    return format_money_short(Money(amount, currency), current().language)


def _day_of(at: datetime | date) -> date:
    return timezone.localtime(at).date() if isinstance(at, datetime) else at


def day(at: datetime | date, *, now: datetime, is_long: bool = False) -> str:
    """30 Aban / 21 Nov; the year only when it is not the present one; long: with the weekday, today and yesterday."""
    on, today = _day_of(at), _day_of(now)
    named = _date_words(on, today, weekday=is_long)
    if not is_long:
        return named
    away = (today - on).days
    if away == 0:
        return _("Today, %(day)s") % {"day": named}
    if away == 1:
        return _("Yesterday, %(day)s") % {"day": named}
    return named


def near_day(on: date, *, now: datetime) -> str:
    """Today, Tomorrow, else the weekday with its date: what a choice of days reads like."""
    near = {0: _("Today"), 1: _("Tomorrow")}.get((on - _day_of(now)).days)
    return near or _date_words(on, _day_of(now), weekday=True)


def _date_words(on: date, today: date, *, weekday: bool = False) -> str:
    if is_persian():
        return jalali.format_day(on, "fa", today=today, calendar=current().calendar, weekday=weekday)
    text = f"{on.day} {on:%b}" if on.year == today.year else f"{on.day} {on:%b} {on.year}"
    return f"{on:%A}, {text}" if weekday else text


def clock(at: datetime) -> str:
    """11:48"""
    return jalali.format_time(at, current().language, tz=timezone.get_current_timezone())


def moment(at: datetime, *, now: datetime) -> str:
    """Today 11:48, Tomorrow 10:00, 28 Aban, 16:20."""
    away = (_day_of(at) - _day_of(now)).days
    near = {0: _("Today"), 1: _("Tomorrow"), -1: _("Yesterday")}.get(away)
    if near:
        return f"{near} {clock(at)}"
    return f"{day(at, now=now)}{'،' if is_persian() else ','} {clock(at)}"


def ago(at: datetime, *, now: datetime) -> str:
    """12 min ago, 2 hours ago, yesterday, 3 days ago; from a week on, the day itself."""
    seconds = (now - at).total_seconds()
    if seconds < 60:
        return _("just now")
    if seconds < 7 * 86400:
        return _("%(span)s ago") % {"span": span(seconds)}
    return day(at, now=now)


def span(seconds: float) -> str:
    """A length of time in its largest whole unit: 12 minutes, 2 hours, 3 days."""
    minutes = max(0, int(seconds // 60))
    if minutes < 60:
        count, text = minutes, ngettext("%(count)s minute", "%(count)s minutes", minutes)
    elif minutes < 48 * 60:
        count = minutes // 60
        text = ngettext("%(count)s hour", "%(count)s hours", count)
    else:
        count = minutes // 1440
        text = ngettext("%(count)s day", "%(count)s days", count)
    return text % {"count": number(count)}


def duration(seconds: int) -> str:
    """6:42, the way a call's length is said."""
    return digits(f"{seconds // 60}:{seconds % 60:02d}")


def weekday_name(day: int) -> str:
    """The name of a weekday, Monday 0; any week serves to ask for it."""
    on = date(2024, 1, 1 + day)
    if not is_persian():
        return f"{on:%A}"
    return jalali.format_day(on, "fa", today=on).split(" ")[0]


def until(at: datetime) -> str:
    return _("until %(day)s") % {"day": day(at, now=timezone.now())}
