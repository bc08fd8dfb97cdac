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
from django.utils.translation import gettext as _, ngettext
from persiantools.jdatetime import JalaliDate

LATIN_TO_PERSIAN = str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹")
# A number's percent sign must fall on its left in Persian, in a sentence and in a cell alike.
ARABIC_LETTER_MARK = "\u061c"
MINUS = "\u2212"
JALALI_MONTHS = (
    "فروردین", "اردیبهشت", "خرداد", "تیر", "مرداد", "شهریور", "مهر", "آبان", "آذر", "دی", "بهمن", "اسفند",
)  # fmt: skip
PERSIAN_WEEKDAYS = ("دوشنبه", "سه‌شنبه", "چهارشنبه", "پنجشنبه", "جمعه", "شنبه", "یکشنبه")
EXPONENTS = {"IRR": 0, "JPY": 0, "KRW": 0, "BHD": 3, "KWD": 3, "OMR": 3}  # others: 2


@dataclass(frozen=True)
class Manners:
    language: str = "fa"
    calendar: str = "jalali"


_current: ContextVar[Manners] = ContextVar("manners", default=Manners())


def current() -> Manners:
    return _current.get()


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
    text = str(value)
    return text.translate(LATIN_TO_PERSIAN) if is_persian() else text


def number(value: float, *, places: int = 0, signed: bool = False) -> str:
    """A number with thousands separators; `signed` writes plus and a true minus."""
    text = f"{abs(value):,.{places}f}"
    if places:
        text = text.rstrip("0").rstrip(".")
    if is_persian():
        text = text.translate(str.maketrans({",": "٬", ".": "٫"})).translate(LATIN_TO_PERSIAN)
    is_nought = not any(c.isdecimal() and int(c) for c in text)
    sign = "" if is_nought else MINUS if value < 0 else "+" if signed else ""
    return sign + text


def percent(value: float, *, places: int = 0) -> str:
    """82 -> 82% in English; in Persian with U+061C before it, so that the sign stays on the left."""
    text = number(value, places=places)
    return f"{ARABIC_LETTER_MARK}{text}٪" if is_persian() else f"{text}%"


def phone(e164: str) -> str:
    """+989120001402 -> 0912 000 1402, in the digits of the page; a foreign number keeps its country."""
    if e164.startswith("+98"):
        national = "0" + e164[3:]
        groups = (4, 3, 4) if national.startswith("09") else (3, 4, 4)
        parts, at = [], 0
        for size in groups:
            parts.append(national[at : at + size])
            at += size
        return digits(" ".join(part for part in (*parts, national[at:]) if part))
    return digits(e164)


def money(amount: int, currency: str) -> str:
    """Smallest units -> words. Rial is said in Toman in Persian, millions and above in words."""
    exponent = EXPONENTS.get(currency, 2)
    if currency == "IRR" and is_persian():
        return f"{_in_persian_words(amount / 10)} تومان"
    value = amount / 10**exponent
    return f"{number(value, places=0 if value == int(value) else exponent)} {currency}"


def _in_persian_words(value: float) -> str:
    for size, word in ((1_000_000_000, "میلیارد"), (1_000_000, "میلیون")):
        if abs(value) >= size and round(value / size, 3) * size == value:
            return f"{number(value / size, places=3)} {word}"
    return number(value, places=0 if value == int(value) else 1)


def local(at: datetime | date) -> datetime | date:
    return timezone.localtime(at) if isinstance(at, datetime) else at


def _day_of(at: datetime | date) -> date:
    shown = local(at)
    return shown.date() if isinstance(shown, datetime) else shown


def day(at: datetime | date, *, now: datetime, is_long: bool = False) -> str:
    """30 Aban / 21 Nov; the year only when it is not the present one; long: with the weekday, today and yesterday."""
    on, today = _day_of(at), _day_of(now)
    text = _date_words(on, today)
    if not is_long:
        return text
    named = f"{_weekday(on)} {text}" if is_persian() else f"{_weekday(on)}, {text}"
    away = (today - on).days
    if away == 0:
        return _("Today, %(day)s") % {"day": named}
    if away == 1:
        return _("Yesterday, %(day)s") % {"day": named}
    return named


def near_day(on: date, *, now: datetime) -> str:
    """Today, Tomorrow, else the weekday with its date: what a choice of days reads like."""
    near = {0: _("Today"), 1: _("Tomorrow")}.get((on - _day_of(now)).days)
    return near or f"{_weekday(on)} {_date_words(on, _day_of(now))}"


def _weekday(on: date) -> str:
    return PERSIAN_WEEKDAYS[on.weekday()] if is_persian() else f"{on:%A}"


def _date_words(on: date, today: date) -> str:
    if is_persian() and current().calendar == "jalali":
        shown, present = JalaliDate(on), JalaliDate(today)
        text = f"{shown.day} {JALALI_MONTHS[shown.month - 1]}"
        return digits(text if shown.year == present.year else f"{text} {shown.year}")
    text = f"{on.day} {_gregorian_month(on)}"
    return digits(text if on.year == today.year else f"{text} {on.year}")


def _gregorian_month(on: date) -> str:
    names = ("ژانویه", "فوریه", "مارس", "آوریل", "مه", "ژوئن", "ژوئیه", "اوت", "سپتامبر", "اکتبر", "نوامبر", "دسامبر")
    return names[on.month - 1] if is_persian() else f"{on:%b}"


def clock(at: datetime) -> str:
    """11:48"""
    return digits(f"{timezone.localtime(at):%H:%M}")


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
