"""Why a lead has its score: shares in whole hundredths of a point that add up exactly."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sarnakh.score.rules.kernel import Events, awards, with_caps
from sarnakh.score.rules.table import Bools, RuleTable

SHOWN = 10  # newest awards of a rule with a line each; older ones share a line


@dataclass(frozen=True, slots=True)
class Share:
    """One line of the explanation. `event` and `at` (microseconds) are of the newest event behind it."""

    kind: str  # rule, cap
    rule: int | None  # id; None for the cap of a group
    name: str  # of the rule or the group
    hundredths: int
    event: int | None = None
    at: int | None = None
    count: int = 1  # awards behind the line

    @property
    def points(self) -> float:
        return self.hundredths / 100


def explain(events: Events, table: RuleTable, at: int, profile: Bools) -> list[Share]:
    """The shares of one lead's score (all `events.lead` are 0; `profile`: [profile rules]) at a moment.

    Their hundredths add up exactly to the score before clamping, rounded to hundredths. Newest first within a rule.
    """
    given = awards(events, table, np.array([at], dtype=np.int64))
    raw = np.bincount(given.rule, given.points, len(table.rules)).astype(np.float64)
    lines: list[tuple[float, Share]] = []
    for column, rule in enumerate(table.rules):
        if rule.kind is None:
            continue
        own = np.flatnonzero(given.rule == column)
        own = own[np.lexsort((-events.id[given.event[own]], -events.at[given.event[own]]))]
        parts = [own[i : i + 1] for i in range(min(len(own), SHOWN))]
        if len(own) > SHOWN:
            parts.append(own[SHOWN:])
        for part in parts:
            newest = given.event[part[0]]
            share = Share("rule", rule.id, rule.name, 0, int(events.id[newest]), int(events.at[newest]), len(part))
            lines.append((float(given.points[part].sum()), share))
    for column, holds in zip(table.profile.tolist(), profile.tolist(), strict=True):
        if holds:
            rule = table.rules[column]
            raw[column] = rule.points
            lines.append((rule.points, Share("rule", rule.id, rule.name, 0)))
    taken = with_caps(raw[None, :], table)[0, len(table.rules) :]
    for i, points in enumerate(taken.tolist()):
        if points:
            of_rule = table.caps.rules[i]
            limited = table.rules[of_rule] if of_rule is not None else None
            name = limited.name if limited else table.caps.groups[i]
            lines.append((points, Share("cap", limited.id if limited else None, name, 0)))
    rounded = largest_remainder([points for points, _ in lines])
    return [
        Share(s.kind, s.rule, s.name, hundredths, s.event, s.at, s.count)
        for (_, s), hundredths in zip(lines, rounded, strict=True)
    ]


def largest_remainder(points: Sequence[float]) -> list[int]:
    """Hundredths of each, adding up to the rounded sum; what rounding leaves goes to the largest parts cut off."""
    exact = [each * 100 for each in points]
    whole = [math.floor(each) for each in exact]
    left = round(math.fsum(exact)) - sum(whole)
    order = sorted(range(len(exact)), key=lambda i: (whole[i] - exact[i], i))
    for i in order[:left]:
        whole[i] += 1
    return whole
