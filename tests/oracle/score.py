"""The score by the words of METRICS, counted by hand in plain Python: no arrays, no shortcuts, no product code."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

DAY = 86_400_000_000  # microseconds


@dataclass(frozen=True)
class BehaviourRule:
    kind: int
    points: float
    half_life_days: float | None = None
    cap: float | None = None
    times: int = 1
    within_days: float | None = None
    group: str = ""


@dataclass(frozen=True)
class ProfileRule:
    holds: Callable[[int], bool]  # at a moment in microseconds
    points: float
    group: str = ""


@dataclass(frozen=True)
class Happening:
    kind: int
    at: int  # microseconds
    id: int = 0


def awards(rule: BehaviourRule, happenings: Sequence[Happening], t: int) -> list[Happening]:
    """What the rule gives points for at t: each match, or each n of them within d days, from the newest back."""
    matches = sorted((h for h in happenings if h.kind == rule.kind and h.at <= t), key=lambda h: (h.at, h.id))
    if rule.times == 1:
        return matches
    given = []
    while len(matches) >= rule.times:
        group = matches[-rule.times :]
        is_close = rule.within_days is None or group[-1].at - group[0].at <= rule.within_days * DAY
        if is_close:
            given.append(group[-1])
            del matches[-rule.times :]
        else:
            matches.pop()
    return given


def rule_sum(rule: BehaviourRule, happenings: Sequence[Happening], t: int) -> float:
    total = 0.0
    for award in awards(rule, happenings, t):
        aging = 1.0 if rule.half_life_days is None else 2.0 ** (-(t - award.at) / DAY / rule.half_life_days)
        total += rule.points * aging
    return total


def limited(total: float, cap: float | None) -> float:
    if cap is None:
        return total
    return min(abs(cap), total) if total > 0 else max(-abs(cap), total)


def grouped(parts: Sequence[tuple[str, float]], caps: Mapping[str, float]) -> float:
    """The sum of rules (group, points), each group's gains and losses limited apart."""
    free = sum(points for group, points in parts if group not in caps)
    for group, cap in caps.items():
        gains = sum(points for name, points in parts if name == group and points > 0)
        losses = sum(points for name, points in parts if name == group and points < 0)
        free += limited(gains, cap) + limited(losses, cap)
    return free


def engagement(
    rules: Sequence[BehaviourRule], caps: Mapping[str, float], happenings: Sequence[Happening], t: int
) -> float:
    return grouped([(r.group, limited(rule_sum(r, happenings, t), r.cap)) for r in rules], caps)


def fit(rules: Sequence[ProfileRule], caps: Mapping[str, float], t: int) -> float:
    return grouped([(r.group, r.points if r.holds(t) else 0.0) for r in rules], caps)


def headline(fit_points: float, engagement_points: float) -> float:
    return max(0.0, min(100.0, fit_points + engagement_points))


def temperature(score_at: Callable[[int], float], moments: Sequence[int], hot_from: float, warm_from: float) -> str:
    """Walk through ascending moments, the first being the start of the fold."""
    value = score_at(moments[0])
    state = "hot" if value >= hot_from else "warm" if value >= warm_from else "cold"
    for t in moments[1:]:
        value = score_at(t)
        if state == "hot" and value < hot_from - 5:
            state = "warm" if value >= warm_from - 5 else "cold"
        elif state == "warm" and value < warm_from - 5:
            state = "cold"
        if value >= hot_from:
            state = "hot"
        elif value >= warm_from and state == "cold":
            state = "warm"
    return state
