"""Days and moments in both calendars: typed, grouped into periods, and said in words.

A week starts on Saturday in the Jalali calendar and on Monday in the Gregorian one. Moments are aware; a day is a
`datetime.date` (Gregorian, as stored) of the organisation's time zone.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import lru_cache
from typing import Literal

from persiantools.jdatetime import JalaliDate

from sarnakh.kit.text import digits_fa, fold, fold_key

Calendar = Literal["jalali", "gregorian"]
Unit = Literal["day", "week", "month", "quarter", "year"]

_MONTHS: dict[tuple[Calendar, str], list[str]] = {
    ("jalali", "fa"): "فروردین اردیبهشت خرداد تیر مرداد شهریور مهر آبان آذر دی بهمن اسفند".split(),
    ("jalali", "en"): "Farvardin Ordibehesht Khordad Tir Mordad Shahrivar Mehr Aban Azar Dey Bahman Esfand".split(),
    ("gregorian", "fa"): "ژانویه فوریه مارس آوریل مه ژوئن ژوئیه اوت سپتامبر اکتبر نوامبر دسامبر".split(),
    ("gregorian", "en"): (
        "January February March April May June July August September October November December".split()
    ),
}
_WEEKDAYS = {  # Monday is 0, as in datetime
    "fa": ["دوشنبه", "سه‌شنبه", "چهارشنبه", "پنجشنبه", "جمعه", "شنبه", "یکشنبه"],
    "en": ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"],
}
_MONTH_OF_NAME: dict[str, tuple[Calendar, int]] = {
    fold_key(name): (calendar, place)
    for (calendar, _), names in _MONTHS.items()
    for place, name in enumerate(names, start=1)
} | {fold_key("امرداد"): ("jalali", 5), fold_key("می"): ("gregorian", 5)}

_WEEKDAY_NAMES = {fold_key(name) for names in _WEEKDAYS.values() for name in names} | {""}

_NUMERIC = re.compile(r"(\d{1,4})\s*[/.\-]\s*(\d{1,2})\s*[/.\-]\s*(\d{1,4})")
_NAMED = re.compile(r"(?:([^\W\d_]+(?: [^\W\d_]+)?)[،,]?\s*)?(\d{1,2})\s*([^\W\d_]+)[،,]?\s*(\d{4})?")


class DayError(ValueError):
    """No day. `code`: not_a_day (unreadable), no_such_day (30 Esfand of a common year), short_year, missing_year."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def parse_day(text: str, *, today: date | None = None) -> date:
    """A day as people type it: 1405/8/30, ۳۰ آبان ۱۴۰۵, 30/8/1405, 2026-11-21, 21 November 2026.

    The year tells the calendar (under 1700: Jalali). A day without a year needs `today`, whose year it takes.
    Raises DayError.
    """
    typed = fold(text)
    if numeric := _NUMERIC.fullmatch(typed):
        first, month, last = (int(part) for part in numeric.groups())
        if len(numeric[1]) == 4:
            return _day_of(_calendar_of(first), first, month, last)
        if len(numeric[3]) == 4:
            return _day_of(_calendar_of(last), last, month, first)
        raise DayError("short_year")
    named = _NAMED.fullmatch(typed)
    if named is None or named[3] not in _MONTH_OF_NAME or fold_key(named[1] or "") not in _WEEKDAY_NAMES:
        raise DayError("not_a_day")
    calendar, month = _MONTH_OF_NAME[named[3]]
    if named[4]:
        return _day_of(calendar, int(named[4]), month, int(named[2]))
    if today is None:
        raise DayError("missing_year")
    return _day_of(calendar, _fields(today, calendar)[0], month, int(named[2]))


def local_day(at: datetime, tz: tzinfo) -> date:
    """The day on which a moment falls in a time zone."""
    return at.astimezone(tz).date()


def day_start(day: date, tz: tzinfo) -> datetime:
    """The moment in UTC at which a day begins in a time zone."""
    return datetime.combine(day, time.min, tz).astimezone(UTC)


@lru_cache(maxsize=4096)
def period_start(day: date, unit: Unit, calendar: Calendar) -> date:
    """The first day of the day, week, month, quarter or year in which `day` lies."""
    if unit == "day":
        return day
    if unit == "week":
        return day - timedelta(days=(day.weekday() + (2 if calendar == "jalali" else 0)) % 7)
    year, month, _ = _fields(day, calendar)
    if unit == "quarter":
        month -= (month - 1) % 3
    return _day_of(calendar, year, 1 if unit == "year" else month, 1)


def next_period(day: date, unit: Unit, calendar: Calendar) -> date:
    """The first day after the period in which `day` lies."""
    start = period_start(day, unit, calendar)
    if unit in ("day", "week"):
        return start + timedelta(days=1 if unit == "day" else 7)
    # Longer than any such period, shorter than it and the next together.
    return period_start(start + timedelta(days={"month": 32, "quarter": 100, "year": 370}[unit]), unit, calendar)


def periods(since: date, until: date, unit: Unit, calendar: Calendar) -> list[date]:
    """The first days of all periods that meet [since, until)."""
    starts = []
    start = period_start(since, unit, calendar)
    while start < until:
        starts.append(start)
        start = next_period(start, unit, calendar)
    return starts


def format_date(day: date, lang: str, *, calendar: Calendar = "jalali") -> str:
    """The day in figures: ۱۴۰۵/۰۸/۳۰ or 2026-11-21."""
    year, month, number = _fields(day, calendar)
    text = f"{year:04}/{month:02}/{number:02}" if calendar == "jalali" else f"{year:04}-{month:02}-{number:02}"
    return digits_fa(text) if lang == "fa" else text


def format_day(day: date, lang: str, *, today: date, calendar: Calendar = "jalali", weekday: bool = True) -> str:
    """The day in words, with the year only when it is not the current one: 'شنبه ۳۰ آبان', 'Saturday 30 Aban 1404'."""
    year, month, number = _fields(day, calendar)
    parts = [_WEEKDAYS[_lang(lang)][day.weekday()]] if weekday else []
    parts += [str(number), _MONTHS[calendar, _lang(lang)][month - 1]]
    if year != _fields(today, calendar)[0]:
        parts.append(str(year))
    text = " ".join(parts)
    return digits_fa(text) if lang == "fa" else text


def format_relative_day(day: date, lang: str, *, today: date, calendar: Calendar = "jalali") -> str:
    """'امروز', 'دیروز', '۳ روز پیش', '۳ روز دیگر'; from 7 days on as `format_day`."""
    days = (day - today).days
    if abs(days) >= 7:
        return format_day(day, lang, today=today, calendar=calendar)
    if lang == "fa":
        near = {0: "امروز", -1: "دیروز", 1: "فردا"}
        return near.get(days) or f"{digits_fa(abs(days))} روز {'پیش' if days < 0 else 'دیگر'}"
    near = {0: "today", -1: "yesterday", 1: "tomorrow"}
    return near.get(days) or (f"{-days} days ago" if days < 0 else f"in {days} days")


def format_time(at: datetime, lang: str, *, tz: tzinfo) -> str:
    """Hours and minutes on the clock of the time zone: ۱۴:۳۰."""
    text = at.astimezone(tz).strftime("%H:%M")
    return digits_fa(text) if lang == "fa" else text


def format_moment(at: datetime, lang: str, *, now: datetime, tz: tzinfo, calendar: Calendar = "jalali") -> str:
    """'همین حالا', '۴ دقیقه پیش', 'امروز ۰۹:۱۵', 'دیروز ۱۴:۳۰', '۳ روز پیش', then the day in words."""
    seconds = (now - at).total_seconds()
    if 0 <= seconds < 60:
        return "همین حالا" if lang == "fa" else "just now"
    if 0 <= seconds < 3600:
        return f"{format_duration(seconds, lang)} {'پیش' if lang == 'fa' else 'ago'}"
    day, today = local_day(at, tz), local_day(now, tz)
    text = format_relative_day(day, lang, today=today, calendar=calendar)
    return f"{text} {format_time(at, lang, tz=tz)}" if abs((day - today).days) <= 1 else text


def format_duration(seconds: float, lang: str) -> str:
    """The largest whole unit: '۴۵ ثانیه', '۴ دقیقه', '۳ ساعت', '۲ روز'."""
    size, fa, en = next(row for row in _DURATIONS if abs(seconds) >= row[0] or row[0] == 1)
    count = int(abs(seconds) // size)
    if lang == "fa":
        return f"{digits_fa(count)} {fa}"
    return f"{count} {en}" if count == 1 else f"{count} {en}s"


def format_left(seconds: float, lang: str) -> str:
    """What is left, or by how much it is past when negative: '۴ دقیقه مانده', '۱۲ دقیقه گذشت'."""
    duration = format_duration(seconds, lang)
    if lang == "fa":
        return f"{duration} {'گذشت' if seconds < 0 else 'مانده'}"
    return f"{duration} {'late' if seconds < 0 else 'left'}"


def format_clock(seconds: float, lang: str) -> str:
    """Minutes and seconds for a running dial: ۰۴:۰۶."""
    minutes, rest = divmod(int(abs(seconds)), 60)
    text = f"{minutes:02}:{rest:02}"
    return digits_fa(text) if lang == "fa" else text


_DURATIONS = ((86_400, "روز", "day"), (3_600, "ساعت", "hour"), (60, "دقیقه", "minute"), (1, "ثانیه", "second"))


def _lang(lang: str) -> str:
    return "fa" if lang == "fa" else "en"


def _calendar_of(year: int) -> Calendar:
    return "jalali" if year < 1700 else "gregorian"


def _fields(day: date, calendar: Calendar) -> tuple[int, int, int]:
    if calendar == "gregorian":
        return day.year, day.month, day.day
    jalali = JalaliDate(day)
    return jalali.year, jalali.month, jalali.day


def _day_of(calendar: Calendar, year: int, month: int, day: int) -> date:
    try:
        if calendar == "gregorian":
            return date(year, month, day)
        gregorian = JalaliDate(year, month, day).to_gregorian()
    except ValueError as error:
        raise DayError("no_such_day") from error
    return date(gregorian.year, gregorian.month, gregorian.day)
