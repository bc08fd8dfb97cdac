"""The fold of temperature equals a walk in small steps; nothing turns unseen before the lead is due."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oracle import score as by_hand
from oracle.score_cases import HOUR, behaviour_by_hand, happenings, lead_of, rules
from sarnakh.score.rules import (
    DAY,
    Course,
    Events,
    Rule,
    RuleTable,
    Temperature,
    axes,
    due_at,
    fold_temperature,
    headline,
    score,
)

START = 1005 * DAY
gains = st.integers(1, 60).map(float)
mixed = st.integers(-40, 60).filter(bool).map(float)


def course_of(leads: tuple[by_hand.Happening, ...], table: RuleTable, flips: list[tuple[int, bool]]) -> Course:
    rows = np.array([(0, h.kind, h.at, h.id) for h in leads], dtype=np.int64).reshape(-1, 4).T
    profile = np.array([[on] * len(table.profile) for _, on in flips], dtype=np.bool_).reshape(len(flips), -1)
    return Course(Events(*rows), np.array([at for at, _ in flips], dtype=np.int64), profile)


def value_by_hand(course: Course, table: RuleTable, leads: tuple[by_hand.Happening, ...], t: int) -> float:
    behaviour = [behaviour_by_hand(r) for r in table.rules if r.kind is not None]
    row = max(0, int(np.searchsorted(course.profile_at, t, "right")) - 1)
    holds = bool(course.profile[row].any())
    profile = [by_hand.ProfileRule(lambda _t: holds, r.points, r.group) for r in table.rules if r.kind is None]
    caps = table.group_caps
    return by_hand.headline(by_hand.fit(profile, caps, t), by_hand.engagement(behaviour, caps, leads, t))


flips = st.lists(st.tuples(st.integers(0, 40 * 24), st.booleans()), min_size=1, max_size=3).map(
    lambda rows: [(1000 * DAY + hours * HOUR, on) for hours, on in sorted(dict(rows).items())]
)


@given(signs=st.data(), leads=happenings, flipped=flips, days=st.integers(0, 30))
@settings(max_examples=40, deadline=None)
def test_the_fold_equals_a_walk_in_small_steps(
    signs: st.DataObject,
    leads: tuple[by_hand.Happening, ...],
    flipped: list[tuple[int, bool]],
    days: int,
) -> None:
    table = RuleTable(signs.draw(rules(signs=signs.draw(st.sampled_from([gains, mixed])))), {}, 30.0, 15.0)
    course = course_of(leads, table, flipped)
    at = START + days * DAY
    facts = {t + shift for t in [h.at for h in leads] + [t for t, _ in flipped] for shift in (-1, 0)}
    steps = sorted({*range(START, at + 1, 4 * HOUR), at, *(t for t in facts if START <= t <= at)})
    values = {t: value_by_hand(course, table, leads, t) for t in steps}
    levels = (30.0, 25.0, 15.0, 10.0)
    if any(abs(value - level) < 0.2 for value in values.values() for level in levels):
        return  # a walk in steps may miss what passes between them
    expected = by_hand.temperature(lambda t: values[t], steps, 30.0, 15.0)
    assert fold_temperature(course, table, start=START, at=at) == expected


@given(signs=st.data(), leads=happenings, flipped=flips, first=st.integers(0, 300), more=st.integers(0, 300))
@settings(max_examples=50, deadline=None)
def test_resuming_the_fold_equals_folding_from_scratch(
    signs: st.DataObject,
    leads: tuple[by_hand.Happening, ...],
    flipped: list[tuple[int, bool]],
    first: int,
    more: int,
) -> None:
    table = RuleTable(signs.draw(rules(signs=mixed)), {}, 30.0, 15.0)
    course = course_of(leads, table, flipped)
    middle, at = START + first * HOUR, START + (first + more) * HOUR
    stored = fold_temperature(course, table, start=START, at=middle)
    resumed = fold_temperature(course, table, start=START, at=at, known=(middle, stored))
    assert resumed == fold_temperature(course, table, start=START, at=at)


@given(signs=st.data(), leads=happenings, flipped=flips, hours=st.integers(0, 400))
@settings(max_examples=40, deadline=None)
def test_nothing_moves_or_turns_before_the_lead_is_due(
    signs: st.DataObject, leads: tuple[by_hand.Happening, ...], flipped: list[tuple[int, bool]], hours: int
) -> None:
    table = RuleTable(signs.draw(rules(signs=mixed)), {"web": 25.0}, 30.0, 15.0)
    course = course_of(leads, table, flipped)
    at = START + hours * HOUR
    temperature = fold_temperature(course, table, start=START, at=at)
    later = course.turns(at, at + 10_000 * DAY)
    row = course.profile[max(0, int(np.searchsorted(course.profile_at, at, "right")) - 1)]
    matrix = score(1, course.events, table, at, row[None, :])
    due = int(due_at(matrix, table, at, [temperature], later[:1] if len(later) else None)[0])
    before = headline(axes(matrix, table).total)[0]
    until = due - 1 if due else at + 1000 * DAY
    if due and due - at <= 1_000_000:
        return  # it creeps along a threshold: looked at again within a second
    for t in np.linspace(at, until, 12).astype(np.int64).tolist():
        assert abs(value_by_hand(course, table, leads, t) - before) < 1.0
        assert fold_temperature(course, table, start=START, at=t) == temperature


def test_a_lead_stays_hot_five_points_below_the_threshold() -> None:
    table = RuleTable((Rule(1, "call", 80, kind=1, half_life_days=10),))
    course = Course(lead_of((1, 1)), np.array([0]), np.empty((1, 0), dtype=np.bool_))
    at_66 = DAY + int(10 * DAY * np.log2(80 / 66))
    at_64 = DAY + int(10 * DAY * np.log2(80 / 64))
    assert fold_temperature(course, table, start=DAY, at=at_66) == "hot"
    assert fold_temperature(course, table, start=DAY, at=at_64) == "warm"
    assert fold_temperature(course, table, start=at_66, at=at_66) == "warm", "a fold starts from the plain thresholds"


def test_a_turn_between_two_facts_is_found() -> None:
    # A short loss hides a long gain: the lead gets warm on its own, and cold again, with no fact between.
    table = RuleTable((Rule(1, "gain", 50, kind=1, half_life_days=20), Rule(2, "loss", -50, kind=1, half_life_days=2)))
    course = Course(lead_of((1, 0)), np.array([0]), np.empty((1, 0), dtype=np.bool_))
    peak = max(range(40), key=lambda day: axes(score(1, course.events, table, day * DAY), table).total[0])
    highest = axes(score(1, course.events, table, peak * DAY), table).total[0]
    table = RuleTable(table.rules, {}, 70.0, highest - 0.01)
    assert fold_temperature(course, table, start=0, at=DAY) == "cold"
    assert fold_temperature(course, table, start=0, at=(peak + 3) * DAY) == "warm"
    assert fold_temperature(course, table, start=0, at=60 * DAY) == "cold"


def test_a_score_that_does_not_decay_is_never_due() -> None:
    table = RuleTable((Rule(1, "call", 40, kind=1),))
    matrix = score(1, lead_of((1, 1)), table, 2 * DAY)
    assert due_at(matrix, table, 2 * DAY, ["warm"]).tolist() == [0]
    assert due_at(matrix, table, 2 * DAY, ["warm"], np.array([9 * DAY])).tolist() == [9 * DAY]


def test_before_its_fold_begins_a_temperature_turns_at_the_plain_threshold() -> None:
    table = RuleTable((Rule(1, "call", 80, kind=1, half_life_days=10),))
    at = int(10 * DAY * np.log2(80 / 70.1))
    matrix = score(1, lead_of((1, 0)), table, at)
    at_70 = int(10 * DAY * np.log2(80 / 70))
    due = int(due_at(matrix, table, at, ["hot"], is_plain=np.array([True]))[0])
    assert at < due <= at_70 + 1_000_000
    assert int(due_at(matrix, table, at, ["hot"])[0]) > at_70 + 1_000_000


def when_it_is(value: float) -> int:
    """The moment at which 80 points with a half-life of 10 days have come down to `value`."""
    return int(10 * DAY * np.log2(80 / value))


@pytest.mark.parametrize(
    ("start", "value", "expected"),
    [
        (80, 65.1, "hot"),
        (80, 64.9, "warm"),
        (69, 65.1, "warm"),
        (69, 30.1, "warm"),
        (69, 29.9, "cold"),
        (34, 30.1, "cold"),
    ],
)
def test_the_past_decides_inside_a_band_only(start: float, value: float, expected: str) -> None:
    table = RuleTable((Rule(1, "call", 80, kind=1, half_life_days=10),))
    course = Course(lead_of((1, 0)), np.array([0]), np.empty((1, 0), dtype=np.bool_))
    assert fold_temperature(course, table, start=when_it_is(start), at=when_it_is(value)) == expected


@pytest.mark.parametrize(
    ("known", "value", "expected"),
    [("hot", 66, "hot"), ("warm", 66, "warm"), ("hot", 31, "warm"), ("cold", 31, "cold"), ("warm", 31, "warm")],
)
def test_a_resumed_fold_trusts_what_was_known(known: Temperature, value: float, expected: str) -> None:
    table = RuleTable((Rule(1, "call", 80, kind=1, half_life_days=10),))
    course = Course(lead_of((1, 0)), np.array([0]), np.empty((1, 0), dtype=np.bool_))
    since = when_it_is(67 if value > 60 else 32)
    assert fold_temperature(course, table, start=0, at=when_it_is(value), known=(since, known)) == expected
