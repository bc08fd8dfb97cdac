from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sarnakh.kit.jalali import (
    Calendar,
    DayError,
    Unit,
    day_start,
    format_clock,
    format_date,
    format_day,
    format_duration,
    format_left,
    format_moment,
    format_relative_day,
    format_time,
    local_day,
    next_period,
    parse_day,
    period_start,
    periods,
)

TEHRAN = ZoneInfo("Asia/Tehran")
SATURDAY = date(2026, 11, 21)  # 30 Aban 1405
DAYS = st.dates(date(1980, 1, 1), date(2060, 1, 1))
UNITS = st.sampled_from(["day", "week", "month", "quarter", "year"])
CALENDARS = st.sampled_from(["jalali", "gregorian"])


@pytest.mark.parametrize(
    "typed",
    [
        "1405/8/30", "۱۴۰۵/۰۸/۳۰", "1405-08-30", "30/8/1405", "۳۰ آبان ۱۴۰۵", "شنبه ۳۰ آبان ۱۴۰۵", "30 aban 1405",
        "2026-11-21", "21/11/2026", "21 November 2026", "Saturday, 21 November 2026", "۳۰ آبان", "شنبه ۳۰ آبان",
    ],
)  # fmt: skip
def test_a_day_is_read_in_both_calendars(typed: str) -> None:
    assert parse_day(typed, today=SATURDAY) == SATURDAY


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("1404/12/30", "no_such_day"),
        ("1405/13/1", "no_such_day"),
        ("2026-02-30", "no_such_day"),
        ("05/8/30", "short_year"),
        ("30 آبان", "missing_year"),
        ("فردا", "not_a_day"),
        ("", "not_a_day"),
        ("0000/1/1", "no_such_day"),
    ],
)
def test_a_wrong_day_says_what_is_wrong_with_it(typed: str, code: str) -> None:
    with pytest.raises(DayError) as caught:
        parse_day(typed)
    assert caught.value.code == code


def test_the_last_day_of_a_leap_year_is_a_day() -> None:
    assert parse_day("1403/12/30") == date(2025, 3, 20)


@settings(max_examples=50)
@given(DAYS, CALENDARS, st.sampled_from(["fa", "en"]))
def test_what_is_shown_can_be_typed(day: date, calendar: Calendar, lang: str) -> None:
    assert parse_day(format_date(day, lang, calendar=calendar)) == day
    assert parse_day(format_day(day, lang, today=SATURDAY, calendar=calendar), today=SATURDAY) == day


@pytest.mark.parametrize(
    ("unit", "calendar", "start"),
    [
        ("day", "jalali", date(2026, 11, 25)),
        ("week", "jalali", date(2026, 11, 21)),
        ("week", "gregorian", date(2026, 11, 23)),
        ("month", "jalali", date(2026, 11, 22)),
        ("month", "gregorian", date(2026, 11, 1)),
        ("quarter", "jalali", date(2026, 9, 23)),
        ("quarter", "gregorian", date(2026, 10, 1)),
        ("year", "jalali", date(2026, 3, 21)),
        ("year", "gregorian", date(2026, 1, 1)),
    ],
)
def test_a_period_begins_by_its_calendar(unit: Unit, calendar: Calendar, start: date) -> None:
    assert period_start(date(2026, 11, 25), unit, calendar) == start


@settings(max_examples=100)
@given(DAYS, UNITS, CALENDARS)
def test_every_day_lies_in_exactly_one_period(day: date, unit: Unit, calendar: Calendar) -> None:
    start, following = period_start(day, unit, calendar), next_period(day, unit, calendar)
    assert start <= day < following
    assert period_start(following, unit, calendar) == following
    assert period_start(following - timedelta(days=1), unit, calendar) == start
    assert periods(start, following + timedelta(days=1), unit, calendar) == [start, following]


def test_a_moment_falls_on_the_day_of_its_time_zone() -> None:
    at = datetime(2026, 11, 20, 21, 0, tzinfo=UTC)
    assert local_day(at, TEHRAN) == SATURDAY
    assert local_day(at, UTC) == date(2026, 11, 20)
    assert day_start(SATURDAY, TEHRAN) == datetime(2026, 11, 20, 20, 30, tzinfo=UTC)


def test_a_day_that_began_with_a_clock_change_begins_at_the_change() -> None:
    # 22 March 2021 had no 00:00 in Tehran.
    assert day_start(date(2021, 3, 22), TEHRAN) == datetime(2021, 3, 21, 20, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("day", "lang", "calendar", "shown"),
    [
        (SATURDAY, "fa", "jalali", "شنبه ۳۰ آبان"),
        (date(2025, 11, 21), "fa", "jalali", "جمعه ۳۰ آبان ۱۴۰۴"),
        (SATURDAY, "en", "jalali", "Saturday 30 Aban"),
        (SATURDAY, "en", "gregorian", "Saturday 21 November"),
        (date(2025, 11, 21), "fa", "gregorian", "جمعه ۲۱ نوامبر ۲۰۲۵"),
    ],
)
def test_a_day_is_said_without_the_current_year(day: date, lang: str, calendar: Calendar, shown: str) -> None:
    assert format_day(day, lang, today=SATURDAY, calendar=calendar) == shown


@pytest.mark.parametrize(
    ("days", "fa", "en"),
    [
        (0, "امروز", "today"),
        (-1, "دیروز", "yesterday"),
        (1, "فردا", "tomorrow"),
        (-3, "۳ روز پیش", "3 days ago"),
        (6, "۶ روز دیگر", "in 6 days"),
        (7, "شنبه ۷ آذر", "Saturday 7 Azar"),
        (-7, "شنبه ۲۳ آبان", "Saturday 23 Aban"),
    ],
)
def test_a_near_day_is_said_from_today(days: int, fa: str, en: str) -> None:
    day = SATURDAY + timedelta(days=days)
    assert format_relative_day(day, "fa", today=SATURDAY) == fa
    assert format_relative_day(day, "en", today=SATURDAY) == en


@pytest.mark.parametrize(
    ("ago", "fa", "en"),
    [
        (timedelta(seconds=20), "همین حالا", "just now"),
        (timedelta(minutes=4), "۴ دقیقه پیش", "4 minutes ago"),
        (timedelta(hours=3), "امروز ۰۹:۳۰", "today 09:30"),
        (timedelta(hours=22), "دیروز ۱۴:۳۰", "yesterday 14:30"),
        (timedelta(hours=-2), "امروز ۱۴:۳۰", "today 14:30"),
        (timedelta(days=3), "۳ روز پیش", "3 days ago"),
        (timedelta(days=30), "پنجشنبه ۳۰ مهر", "Thursday 30 Mehr"),
    ],
)
def test_a_moment_is_said_from_now(ago: timedelta, fa: str, en: str) -> None:
    now = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
    assert format_moment(now - ago, "fa", now=now, tz=TEHRAN) == fa
    assert format_moment(now - ago, "en", now=now, tz=TEHRAN) == en


def test_lengths_of_time_are_said_in_their_largest_unit() -> None:
    assert format_left(250, "fa") == "۴ دقیقه مانده"
    assert format_left(-720, "fa") == "۱۲ دقیقه گذشت"
    assert format_left(-720, "en") == "12 minutes late"
    assert format_duration(1, "en") == "1 second"
    assert format_duration(0, "fa") == "۰ ثانیه"
    assert format_duration(200_000, "fa") == "۲ روز"
    assert format_clock(246, "fa") == "۰۴:۰۶"
    assert format_time(datetime(2026, 11, 21, 9, 0, tzinfo=UTC), "fa", tz=TEHRAN) == "۱۲:۳۰"
