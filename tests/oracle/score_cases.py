"""Random rules and events for the tests of the score, in the product's form and by hand."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

from oracle import score as by_hand
from sarnakh.score.rules import DAY, Events, Rule

KINDS = 3
HOUR = DAY // 24

points = st.integers(-30, 40).filter(bool).map(float)
groups = st.sampled_from(["", "", "web", "talk"])


@st.composite
def rules(draw: st.DrawFn, *, profile: int = 2, signs: st.SearchStrategy[float] = points) -> tuple[Rule, ...]:
    behaviour = draw(
        st.lists(
            st.builds(
                Rule,
                id=st.just(0),
                name=st.just("r"),
                points=signs,
                kind=st.integers(1, KINDS),
                half_life_days=st.sampled_from([None, 1.0, 7.0, 30.0]),
                cap=st.sampled_from([None, None, 20.0, -15.0]),
                times=st.integers(1, 3),
                within_days=st.sampled_from([None, 1.0, 5.0]),
                group=groups,
            ),
            min_size=1,
            max_size=6,
        )
    )
    of_profile = draw(
        st.lists(st.builds(Rule, id=st.just(0), name=st.just("p"), points=signs, group=groups), max_size=profile)
    )
    mixed = [*behaviour, *of_profile]
    return tuple(
        Rule(i + 1, f"rule {i}", r.points, r.kind, r.half_life_days, r.cap, r.times, r.within_days, r.group)
        for i, r in enumerate(mixed)
    )


moments = st.integers(0, 40 * 24).map(lambda hours: 1000 * DAY + hours * HOUR)
happenings = st.lists(st.tuples(st.integers(1, KINDS + 1), moments), max_size=12).map(
    lambda rows: tuple(by_hand.Happening(kind, at, i) for i, (kind, at) in enumerate(rows, 1))
)


def lead_of(*rows: tuple[int, float]) -> Events:
    """Events of one lead: (kind, days)."""
    days = np.array([int(day * DAY) for _, day in rows], dtype=np.int64)
    zero = np.zeros(len(rows), dtype=np.int64)
    return Events(zero, np.array([k for k, _ in rows], dtype=np.int64), days, np.arange(1, len(rows) + 1))


def behaviour_by_hand(rule: Rule) -> by_hand.BehaviourRule:
    assert rule.kind is not None
    return by_hand.BehaviourRule(
        rule.kind, rule.points, rule.half_life_days, rule.cap, rule.times, rule.within_days, rule.group
    )
