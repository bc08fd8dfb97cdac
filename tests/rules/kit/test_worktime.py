from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sarnakh.kit.worktime import (
    Week,
    WeekError,
    add_working_time,
    is_working_time,
    next_working_moment,
    parse_week,
    working_seconds_between,
)

TEHRAN = ZoneInfo("Asia/Tehran")
BERLIN = ZoneInfo("Europe/Berlin")
OFFICE = parse_week(
    {
        **{day: [["09:00", "17:00"]] for day in "56012"},
        "3": [["09:00", "13:00"]],
    }
)
SPANS = st.sampled_from(
    [[], [["09:00", "17:00"]], [["08:30", "12:00"], ["13:00", "17:15"]], [["00:00", "24:00"]], [["01:00", "03:30"]]]
)
WEEKS = st.fixed_dictionaries({str(day): SPANS for day in range(7)}).map(parse_week)


def tehran(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=TEHRAN)


@pytest.mark.parametrize(
    ("start", "minutes", "due"),
    [
        ("2026-11-21 10:00", 30, "2026-11-21 10:30"),
        ("2026-11-21 16:50", 30, "2026-11-22 09:20"),
        ("2026-11-21 03:00", 30, "2026-11-21 09:30"),
        ("2026-11-26 12:50", 30, "2026-11-28 09:20"),  # Thursday noon, over Friday
        ("2026-11-27 10:00", 480, "2026-11-28 17:00"),
        ("2026-11-21 10:00", 0, "2026-11-21 10:00"),
        ("2026-11-23 16:00", 120, "2026-11-25 10:00"),  # Tuesday is a holiday
    ],
)
def test_a_promise_runs_in_working_hours_only(start: str, minutes: int, due: str) -> None:
    holidays = {date(2026, 11, 24)}
    assert add_working_time(tehran(start), minutes * 60, OFFICE, holidays, TEHRAN) == tehran(due)
    assert working_seconds_between(tehran(start), tehran(due), OFFICE, holidays, TEHRAN) == minutes * 60


def test_the_next_working_moment_is_now_or_the_next_opening() -> None:
    assert next_working_moment(tehran("2026-11-21 10:00"), OFFICE, (), TEHRAN) == tehran("2026-11-21 10:00")
    assert next_working_moment(tehran("2026-11-21 17:00"), OFFICE, (), TEHRAN) == tehran("2026-11-22 09:00")
    assert is_working_time(tehran("2026-11-21 09:00"), OFFICE, (), TEHRAN)
    assert not is_working_time(tehran("2026-11-21 17:00"), OFFICE, (), TEHRAN)
    assert not is_working_time(tehran("2026-11-21 10:00"), parse_week({}), (), TEHRAN)


def test_an_empty_week_is_refused_where_work_is_needed() -> None:
    empty = parse_week({})
    assert working_seconds_between(tehran("2026-11-21 10:00"), tehran("2026-11-22 10:00"), empty, (), TEHRAN) == 0
    with pytest.raises(WeekError):
        add_working_time(tehran("2026-11-21 10:00"), 60, empty, (), TEHRAN)


@pytest.mark.parametrize(
    "raw",
    [
        {"7": [["09:00", "17:00"]]},
        {"0": [["17:00", "09:00"]]},
        {"0": [["9", "17"]]},
        {"0": [["09:00", "13:00"], ["12:00", "17:00"]]},
        {"0": [["09:00"]]},
        {"0": [["09:00", "24:30"]]},
    ],
)
def test_a_malformed_week_is_refused(raw: dict[str, list[list[str]]]) -> None:
    with pytest.raises(WeekError):
        parse_week(raw)


# Around the clock changes of Berlin in 2026 and Tehran's last one in 2022.
STARTS = st.one_of(
    st.datetimes(datetime(2026, 3, 26), datetime(2026, 3, 31)),
    st.datetimes(datetime(2026, 10, 22), datetime(2026, 10, 27)),
    st.datetimes(datetime(2022, 9, 19), datetime(2022, 9, 23)),
).map(lambda at: at.replace(second=0, microsecond=0, minute=at.minute // 15 * 15, tzinfo=UTC))


@settings(max_examples=40, deadline=None)
@given(start=STARTS, quarters=st.integers(0, 500), week=WEEKS, tz=st.sampled_from([TEHRAN, BERLIN, UTC]), off=STARTS)
def test_business_time_equals_counting_quarter_by_quarter(
    start: datetime, quarters: int, week: Week, tz: ZoneInfo, off: datetime
) -> None:
    holidays = {off.date()}
    end = start + timedelta(minutes=15 * quarters)
    counted = _counted(start, end, week, holidays, tz)
    assert working_seconds_between(start, end, week, holidays, tz) == counted
    if counted:
        due = add_working_time(start, counted, week, holidays, tz)
        assert due <= end
        assert _counted(start, due, week, holidays, tz) == counted
        assert _counted(start, due - timedelta(minutes=15), week, holidays, tz) == counted - 900


def _counted(start: datetime, end: datetime, week: Week, holidays: set[date], tz: ZoneInfo) -> int:
    """Brute force over quarters of an hour; spans and clock changes all lie on quarters."""
    total = 0
    while start < end:
        total += 900 if _is_open(start, week, holidays, tz) else 0
        start += timedelta(minutes=15)
    return total


def _is_open(at: datetime, week: Week, holidays: set[date], tz: ZoneInfo) -> bool:
    local = at.astimezone(tz)
    minutes = local.hour * 60 + local.minute
    spans = week[local.weekday()] if local.date() not in holidays else ()
    return any(opens <= minutes < closes for opens, closes in spans)
