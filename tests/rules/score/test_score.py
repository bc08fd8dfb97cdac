"""The kernel equals the count by hand, and keeps its promises."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oracle import score as by_hand
from oracle.score_cases import KINDS, behaviour_by_hand, happenings, lead_of, moments, rules
from sarnakh.score.rules import DAY, Events, Rule, RuleTable, axes, explain, headline, letter, score


@dataclass(frozen=True)
class World:
    """Rules and events of some leads, in both forms."""

    table: RuleTable
    leads: tuple[tuple[by_hand.Happening, ...], ...]
    holds: tuple[tuple[bool, ...], ...]
    at: int

    @property
    def events(self) -> Events:
        rows = [(i, h.kind, h.at, h.id) for i, lead in enumerate(self.leads) for h in lead]
        lead, kind, at, id_ = np.array(rows, dtype=np.int64).reshape(-1, 4).T
        return Events(lead, kind, at, id_)

    def one(self, lead: int) -> Events:
        rows = [(0, h.kind, h.at, h.id) for h in self.leads[lead]]
        position, kind, at, id_ = np.array(rows, dtype=np.int64).reshape(-1, 4).T
        return Events(position, kind, at, id_)

    def behaviour(self) -> list[by_hand.BehaviourRule]:
        return [behaviour_by_hand(r) for r in self.table.rules if r.kind is not None]

    def expected(self, lead: int, at: int | None = None) -> tuple[float, float]:
        t = self.at if at is None else at
        profile = [r for r in self.table.rules if r.kind is None]
        rules = [
            by_hand.ProfileRule(lambda _t, h=h: h, r.points, r.group)
            for r, h in zip(profile, self.holds[lead], strict=True)
        ]
        caps = self.table.group_caps
        return by_hand.fit(rules, caps, t), by_hand.engagement(self.behaviour(), caps, self.leads[lead], t)


@st.composite
def worlds(draw: st.DrawFn) -> World:
    table = RuleTable(draw(rules()), draw(st.sampled_from([{}, {"web": 12.0}, {"web": 30.0, "talk": 8.0}])))
    leads = tuple(draw(st.lists(happenings, min_size=1, max_size=4)))
    profile = len(table.profile)
    holds = tuple(tuple(draw(st.booleans()) for _ in range(profile)) for _ in leads)
    return World(table, leads, holds, draw(moments))


@given(world=worlds())
@settings(max_examples=60, deadline=None)
def test_the_kernel_equals_the_count_by_hand(world: World) -> None:
    profile = np.array(world.holds, dtype=np.bool_).reshape(len(world.leads), -1)
    found = axes(score(len(world.leads), world.events, world.table, world.at, profile), world.table)
    for i in range(len(world.leads)):
        fit, engagement = world.expected(i)
        assert found.fit[i] == pytest.approx(fit, abs=1e-9)
        assert found.engagement[i] == pytest.approx(engagement, abs=1e-9)
        assert headline(found.total)[i] == pytest.approx(by_hand.headline(fit, engagement), abs=1e-9)


@given(world=worlds())
@settings(max_examples=60, deadline=None)
def test_the_shares_add_up_exactly_to_the_score_before_clamping(world: World) -> None:
    holds = np.array(world.holds[0], dtype=np.bool_)
    shares = explain(world.one(0), world.table, world.at, holds)
    assert sum(s.hundredths for s in shares) == pytest.approx(100 * sum(world.expected(0)), abs=0.5 + 1e-6)
    assert all(isinstance(s.hundredths, int) for s in shares)
    assert sum(s.hundredths for s in shares if s.kind == "cap") == 0 or world.table.caps.members


@given(world=worlds(), kind=st.integers(1, KINDS), at=moments)
@settings(max_examples=60, deadline=None)
def test_an_event_that_matches_no_negative_rule_never_lowers_engagement(world: World, kind: int, at: int) -> None:
    if any(r.kind == kind and r.points < 0 for r in world.table.rules):
        return
    more = World(world.table, ((*world.leads[0], by_hand.Happening(kind, at, 99)),), world.holds[:1], world.at)
    before = axes(score(1, world.one(0), world.table, world.at), world.table).engagement[0]
    after = axes(score(1, more.one(0), world.table, world.at), world.table).engagement[0]
    assert after >= before - 1e-9


@pytest.mark.parametrize(
    ("rule", "days", "at", "expected"),
    [
        ({"points": 8, "half_life_days": 7}, [0], 7, 4.0),
        ({"points": 8, "half_life_days": 7}, [0, 7], 7, 12.0),
        ({"points": 8}, [0, 1, 2], 400, 24.0),
        ({"points": 8, "cap": 10}, [0, 1, 2], 3, 10.0),
        ({"points": -8, "cap": 10}, [0, 1, 2], 3, -10.0),
        ({"points": -8, "cap": -10}, [0, 1, 2], 3, -10.0),
        ({"points": 5, "times": 3, "within_days": 2}, [0, 1, 2], 3, 5.0),
        ({"points": 5, "times": 3, "within_days": 2}, [0, 1, 2.5], 3, 0.0),
        ({"points": 5, "times": 2, "within_days": 1}, [0, 1, 10, 11], 12, 10.0),
        ({"points": 5, "times": 2, "within_days": 1, "half_life_days": 1}, [0, 1, 2], 2, 5.0),
        ({"points": 5, "times": 2, "within_days": 1, "half_life_days": 1}, [0, 1, 2], 1, 5.0),
        ({"points": 5}, [3], 2.99, 0.0),
        ({"points": 5}, [3], 3, 5.0),
    ],
)
def test_a_rule_gives_what_its_words_say(rule: dict[str, float], days: list[float], at: float, expected: float) -> None:
    table = RuleTable((Rule(1, "r", kind=1, **rule),))  # type: ignore[arg-type]  # spread of a table of cases
    total = axes(score(1, lead_of(*[(1, day) for day in days]), table, int(at * DAY)), table).total
    assert total[0] == pytest.approx(expected, abs=1e-9)


def test_the_cap_of_a_rule_and_of_a_group_are_lines_of_their_own() -> None:
    table = RuleTable(
        (
            Rule(1, "prices", 10, kind=1, cap=15, group="web"),
            Rule(2, "files", 10, kind=2, group="web"),
            Rule(3, "title", 7),
        ),
        {"web": 20},
    )
    shares = explain(lead_of((1, 0), (1, 1), (2, 2)), table, 3 * DAY, np.array([True]))
    assert [(s.kind, s.name, s.points) for s in shares] == [
        ("rule", "prices", 10),
        ("rule", "prices", 10),
        ("rule", "files", 10),
        ("rule", "title", 7),
        ("cap", "prices", -5),
        ("cap", "web", -5),
    ]


def test_older_awards_of_a_rule_share_one_line() -> None:
    table = RuleTable((Rule(1, "pages", 1 / 3, kind=1, half_life_days=90),))
    shares = explain(lead_of(*[(1, day) for day in range(40)]), table, 40 * DAY, np.empty(0, dtype=np.bool_))
    total = axes(score(1, lead_of(*[(1, day) for day in range(40)]), table, 40 * DAY), table).total[0]
    assert [s.count for s in shares] == [1] * 10 + [30]
    assert sum(s.hundredths for s in shares) == round(total * 100)
    assert shares[0].event == 40


@pytest.mark.parametrize(("fit", "expected"), [(30, "A"), (29.9, "B"), (15, "B"), (14, "C"), (0, "C"), (-0.1, "D")])
def test_fit_has_a_letter(fit: float, expected: str) -> None:
    assert letter(fit, RuleTable(())) == expected


def test_a_base_without_rules_scores_nothing() -> None:
    table = RuleTable(())
    assert axes(score(3, lead_of((1, 0)), table, DAY), table).total.tolist() == [0, 0, 0]
