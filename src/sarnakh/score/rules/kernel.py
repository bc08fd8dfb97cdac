"""The one function that scores: one lead, a preview, a fold of moments or a million leads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from sarnakh.score.rules.table import DAY, Bools, Floats, Ints, RuleTable


@dataclass(frozen=True, slots=True)
class Events:
    """Columns of what happened, one row a match: position of the lead, kind's definition, moment, event id."""

    lead: Ints
    kind: Ints
    at: Ints
    id: Ints

    @classmethod
    def none(cls) -> Events:
        empty = np.empty(0, dtype=np.int64)
        return cls(empty, empty, empty, empty)

    def only(self, where: Bools) -> Events:
        return Events(self.lead[where], self.kind[where], self.at[where], self.id[where])


class Axes(NamedTuple):
    """[leads] each; `total` is before clamping."""

    fit: Floats
    engagement: Floats
    total: Floats


def score(leads: int, events: Events, table: RuleTable, at: Ints | int, profile: Bools | None = None) -> Floats:
    """Points of every rule for every lead at its moment: [leads, rules + caps].

    A rule's column is its sum before any cap; a cap's column is what that cap takes off, so a row adds up to the score
    before clamping. `at`: microseconds, one for all or one a lead. `profile`: [leads, profile rules], which hold.
    """
    moments = np.broadcast_to(np.asarray(at, dtype=np.int64), (leads,))
    given = awards(events, table, moments)
    width = len(table.rules)
    # An empty count is of integers whatever its weights.
    raw = (
        np.bincount(given.lead * width + given.rule, given.points, leads * width)
        .astype(np.float64)
        .reshape(leads, width)
    )
    if profile is not None and len(table.profile):
        raw[:, table.profile] = profile * table.points[table.profile]
    return with_caps(raw, table)


class Awards(NamedTuple):
    """One row an award: position of its newest event in the events given, lead, rule's column, points now."""

    event: Ints
    lead: Ints
    rule: Ints
    points: Floats


def awards(events: Events, table: RuleTable, moments: Ints) -> Awards:
    """What the behaviour rules give points for, each lead at its own moment (microseconds, [leads])."""
    kinds, columns = table.by_kind
    first = np.searchsorted(kinds, events.kind, "left")
    many = np.searchsorted(kinds, events.kind, "right") - first
    many[events.at > moments[events.lead]] = 0
    event = np.repeat(np.arange(len(events.kind)), many)
    nth = np.arange(len(event)) - np.repeat(np.cumsum(many) - many, many)
    rule = columns[first[event] + nth]
    if len(table.repeated):
        keep = ~np.isin(rule, table.repeated)
        for one in table.repeated:
            keep[_grouped(events, event, np.flatnonzero(rule == one), table, int(one))] = True
        event, rule = event[keep], rule[keep]
    lead = events.lead[event]
    age = (moments[lead] - events.at[event]).astype(np.float64)
    return Awards(event, lead, rule, table.points[rule] * np.exp2(-age * table.rate[rule]))


def with_caps(raw: Floats, table: RuleTable) -> Floats:
    """Append what each cap takes off: rules first, then groups of the limited rules. [leads, rules + caps]"""
    caps = table.caps
    if not caps.members:
        return raw
    whole = np.concatenate([raw, np.zeros((len(raw), len(caps.members)))], axis=1)
    counted = raw.copy()
    for i, members in enumerate(caps.members):
        of_rule = caps.rules[i]
        total = (raw[:, of_rule] if of_rule is not None else counted[:, members].sum(axis=1)) * caps.signs[i]
        taken = -np.maximum(total - caps.limits[i], 0.0) * caps.signs[i]
        whole[:, raw.shape[1] + i] = taken
        if of_rule is not None:
            counted[:, of_rule] += taken
    return whole


def axes(matrix: Floats, table: RuleTable) -> Axes:
    """Fit, engagement and their sum, out of the kernel's matrix."""
    fit = matrix[:, table.is_fit].sum(axis=1)
    engagement = matrix[:, ~table.is_fit].sum(axis=1)
    return Axes(fit, engagement, fit + engagement)


def headline(total: Floats) -> Floats:
    """The score that is shown: clamp(0, 100, fit + engagement)."""
    return np.clip(total, 0.0, 100.0)


def letter(fit: float, table: RuleTable) -> str:
    """Fit as a letter, by the version's bounds."""
    for name, bound in zip("ABC", table.letters, strict=True):
        if fit >= bound:
            return name
    return "D"


def _grouped(events: Events, event: Ints, pairs: Ints, table: RuleTable, column: int) -> Ints:
    """Which of `pairs` (of one rule) are awards: each lead's matches grouped by n from the newest back."""
    rule = table.rules[column]
    at, lead = events.at[event[pairs]], events.lead[event[pairs]]
    order = np.lexsort((-events.id[event[pairs]], -at, lead))
    at, lead = at[order], lead[order]
    last = rule.times - 1
    if len(at) <= last:
        return pairs[:0]
    fits = lead[:-last] == lead[last:]
    if rule.within_days is not None:
        fits &= at[:-last] - at[last:] <= rule.within_days * DAY
    chosen, free_from = [], 0
    for start in np.flatnonzero(fits).tolist():
        if start >= free_from:
            chosen.append(start)
            free_from = start + rule.times
    return pairs[order[np.array(chosen, dtype=np.int64)]]
