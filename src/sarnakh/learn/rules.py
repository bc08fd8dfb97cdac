"""The arithmetic of the reports: ratios, percentiles, what a touch earns, how fast someone answered.

Each number has one definition, in docs/reference/metrics.md. A ratio with nothing below it is None, never 0. Reading
the rows is the work of `selectors`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from fractions import Fraction

from sarnakh.kit.jalali import day_start
from sarnakh.kit.money import split_largest_remainder

TOUCHES_COUNT_FOR = timedelta(days=90)
TOUCH_HALF_LIFE = timedelta(days=7)
MODELS = ("first", "last", "last_non_direct", "linear", "position", "time_decay")


@dataclass(frozen=True, slots=True)
class Period:
    """Days [start, end) of the organisation, and the moments [since, until) they stand for."""

    start: date
    end: date
    since: datetime
    until: datetime


def period_of(start: date, end: date, tz: tzinfo) -> Period:
    """Days [start, end) as they are cut in a time zone."""
    return Period(start, end, day_start(start, tz), day_start(end, tz))


def period_before(period: Period, tz: tzinfo) -> Period:
    """As many days, ending where this period starts."""
    return period_of(period.start - (period.end - period.start), period.start, tz)


def ratio(above: int | None, below: int | None) -> float | None:
    """above / below; None where either is not known or nothing stands below."""
    if above is None or not below:
        return None
    return above / below


def change(now: float | None, before: float | None) -> float | None:
    """now - before (of shares: points); None unless both are known."""
    return None if now is None or before is None else now - before


def percentile(values: Iterable[float], share: float) -> float | None:
    """Where `share` (0..1) of the values lie below, on a straight line between the two nearest; None of none."""
    ordered = sorted(values)
    if not ordered:
        return None
    place = (len(ordered) - 1) * share
    low, high = math.floor(place), math.ceil(place)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)


def median(values: Iterable[float]) -> float | None:
    """The middle value, or halfway between the two in the middle; None of none."""
    return percentile(values, 0.5)


# --- refusals --------------------------------------------------------------------------------------------------------


def last_refusals(refusals: Iterable[tuple[datetime, int, int, str]]) -> dict[int, str]:
    """The reason of each lead's last refusal, from (at, event, lead, reason) in any order."""
    return {lead: reason for _, _, lead, reason in sorted(refusals)}


# --- answering -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class HandOff:
    """A lead was given to someone."""

    at: datetime
    event: int
    user: int | None


def answers(
    hand_offs: Iterable[HandOff], acts: Iterable[datetime], *, since: datetime, until: datetime, as_of: datetime
) -> dict[int, tuple[datetime, datetime | None]]:
    """For each person one lead was given to in [since, until): when first, and the first answer to the lead after it.

    `acts` are the outbound activities of people on that lead. Once it went on to another, answering is theirs.
    """
    ordered = sorted(hand_offs, key=lambda each: (each.at, each.event))
    calls = sorted(act for act in acts if act <= as_of)
    found: dict[int, tuple[datetime, datetime | None]] = {}
    for given in ordered:
        if given.user is None or given.user in found or not since <= given.at < until or given.at > as_of:
            continue
        gone = next((each.at for each in ordered if each.user != given.user and each.at > given.at), None)
        call = next((act for act in calls if act >= given.at and (gone is None or act < gone)), None)
        found[given.user] = (given.at, call)
    return found


# --- attribution -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Arrival:
    """A touch: someone came from somewhere. Direct: they typed the address."""

    at: datetime
    source: str
    medium: str = ""
    campaign: str = ""
    is_direct: bool = False


def attribute(
    model: str, arrivals: Sequence[Arrival], *, won_at: datetime, amount: int
) -> list[tuple[Arrival | None, int]]:
    """What each touch of the 90 days up to the win earns of `amount`, oldest first, adding up to exactly `amount`.

    Shares go by largest remainder, ties to the earliest. No touch at all: [(None, amount)], unknown.
    Raises ValueError for a model that is not in MODELS.
    """
    counted = sorted(
        (each for each in arrivals if won_at - TOUCHES_COUNT_FOR <= each.at <= won_at), key=lambda each: each.at
    )
    if not counted:
        return [(None, amount)]
    shares = split_largest_remainder(amount, _weights(model, counted, won_at))
    return list(zip(counted, shares, strict=True))


def _weights(model: str, arrivals: Sequence[Arrival], won_at: datetime) -> list[Fraction]:
    count = len(arrivals)
    if model == "first":
        return _only(0, count)
    if model == "last":
        return _only(count - 1, count)
    if model == "last_non_direct":
        named = [place for place, each in enumerate(arrivals) if not each.is_direct]
        return _only(named[-1] if named else count - 1, count)
    if model == "linear" or (model == "position" and count <= 2):
        return [Fraction(1)] * count
    if model == "position":
        return [Fraction(40), *[Fraction(20, count - 2)] * (count - 2), Fraction(40)]
    if model == "time_decay":
        return [Fraction(2 ** -((won_at - each.at) / TOUCH_HALF_LIFE)) for each in arrivals]
    raise ValueError(f"no such model of attribution: {model}")


def _only(place: int, count: int) -> list[Fraction]:
    return [Fraction(int(each == place)) for each in range(count)]


# --- tallies ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Share:
    """How much of a whole something is now, and was in the period before."""

    count: int
    share: float | None
    before: int
    share_before: float | None
    change: float | None  # in points: 0.1 is ten of a hundred more


def compare(now: Mapping[str, int], before: Mapping[str, int]) -> dict[str, Share]:
    """Each name's share of the total now and before, for the names that either has."""
    whole, whole_before = sum(now.values()), sum(before.values())
    found = {}
    for name in {**now, **before}:
        count, count_before = now.get(name, 0), before.get(name, 0)
        share, share_before = ratio(count, whole), ratio(count_before, whole_before)
        found[name] = Share(count, share, count_before, share_before, change(share, share_before))
    return found
