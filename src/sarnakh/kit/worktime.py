"""Business time: what a promise of "within 30 minutes" means when the office is shut.

A week is what `Organisation.working_week` holds: {"0": [["09:00", "17:00"]], …}, Monday is 0, a missing day is off,
"24:00" ends a day. Hours are of the wall clock of the time zone; lengths are real seconds, also over a clock change.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from itertools import pairwise

# For each weekday from Monday: spans (from, to) in minutes after midnight, ascending, apart.
Week = tuple[tuple[tuple[int, int], ...], ...]

_CLOCK = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)|(24):(00)")
_A_DAY = timedelta(days=1)


class WeekError(ValueError):
    """A working week is malformed, or has no hour of work where one is needed; the text says which day."""


def parse_week(raw: Mapping[str, Sequence[Sequence[str]]]) -> Week:
    """Check and read a stored week. Raises WeekError."""
    unknown = set(raw) - {str(day) for day in range(7)}
    if unknown:
        raise WeekError(f"unknown day {min(unknown)!r}: days are '0' (Monday) to '6'")
    return tuple(_spans_of(day, raw.get(str(day), ())) for day in range(7))


def working_seconds_between(start: datetime, end: datetime, week: Week, holidays: Collection[date], tz: tzinfo) -> int:
    """Working seconds in [start, end), whole; 0 when end is not after start."""
    total = 0.0
    for opens, closes in _spans(start, week, holidays, tz):
        if opens >= end:
            break
        total += (min(closes, end) - max(opens, start)).total_seconds()
    return int(total)


def add_working_time(start: datetime, seconds: float, week: Week, holidays: Collection[date], tz: tzinfo) -> datetime:
    """The earliest moment (UTC) by which `seconds` of work have passed. Raises WeekError on an empty week."""
    if seconds <= 0:
        return start.astimezone(UTC)
    left = timedelta(seconds=seconds)
    for opens, closes in _spans(start, week, holidays, tz):
        begin = max(opens, start)
        if closes - begin >= left:
            return begin + left
        left -= closes - begin
    raise WeekError("the working week has no hour of work")


def next_working_moment(start: datetime, week: Week, holidays: Collection[date], tz: tzinfo) -> datetime:
    """`start` when the office is open, else the next opening (UTC). Raises WeekError on an empty week."""
    for opens, _ in _spans(start, week, holidays, tz):
        return max(opens, start.astimezone(UTC))
    raise WeekError("the working week has no hour of work")


def is_working_time(at: datetime, week: Week, holidays: Collection[date], tz: tzinfo) -> bool:
    """Whether the office is open at a moment."""
    return any(week) and next_working_moment(at, week, holidays, tz) == at


def _spans(start: datetime, week: Week, holidays: Collection[date], tz: tzinfo) -> Iterator[tuple[datetime, datetime]]:
    """Opening spans in UTC that end after `start`, ascending and apart, without end unless the week is empty."""
    if not any(week):
        return
    start = start.astimezone(UTC)
    # One day back: a span may end after midnight UTC, and a clock change may move it.
    day = start.astimezone(tz).date() - _A_DAY
    previous = datetime.min.replace(tzinfo=UTC)
    while True:
        if week[day.weekday()] and day not in holidays:
            for first, last in week[day.weekday()]:
                opens, closes = max(_moment(day, first, tz), previous), _moment(day, last, tz)
                if closes > opens:
                    previous = closes
                    if closes > start:
                        yield opens, closes
        day += _A_DAY


def _moment(day: date, minutes: int, tz: tzinfo) -> datetime:
    if minutes == 24 * 60:
        day, minutes = day + _A_DAY, 0
    return datetime.combine(day, time(minutes // 60, minutes % 60), tz).astimezone(UTC)


def _spans_of(day: int, raw: Sequence[Sequence[str]]) -> tuple[tuple[int, int], ...]:
    spans = sorted(_span(day, pair) for pair in raw)
    for (_, closes), (opens, _) in pairwise(spans):
        if opens < closes:
            raise WeekError(f"day {day}: two spans overlap")
    return tuple(spans)


def _span(day: int, pair: Sequence[str]) -> tuple[int, int]:
    if len(pair) != 2:
        raise WeekError(f"day {day}: a span has a beginning and an end")
    opens, closes = (_minutes(day, text) for text in pair)
    if opens >= closes:
        raise WeekError(f"day {day}: {pair[0]} is not before {pair[1]}")
    return opens, closes


def _minutes(day: int, text: str) -> int:
    found = _CLOCK.fullmatch(text)
    if found is None:
        raise WeekError(f"day {day}: {text!r} is not a time like 09:00")
    return int(found[1] or found[3]) * 60 + int(found[2] or found[4])
