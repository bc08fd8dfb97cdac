"""Scores of leads under a version at a moment: maintained, built and looked back at by this one path."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sarnakh.leads.models import LeadScore
from sarnakh.score.rules import (
    Events,
    Temperature,
    axes,
    due_at,
    fold_temperature,
    headline,
    microseconds,
    plain_temperature,
    score,
    settled_temperature,
)
from sarnakh.score.selectors.facts import Subject, course_of, profiles
from sarnakh.score.selectors.versions import Version


@dataclass(frozen=True, slots=True)
class Scored:
    """A lead under a version at a moment. `due_at`: microseconds, 0 for never."""

    lead: int
    facts: int
    fit: float
    engagement: float
    score: float
    temperature: Temperature
    due_at: int


def scored(
    leads: Sequence[Subject], version: Version, at: int, events: Events, *, is_past: bool = False, resume: bool = False
) -> list[Scored]:
    """Score leads at a moment (microseconds). `events.lead` is the position in `leads`.

    `is_past`: cards as they stood then. `resume`: go on from the stored fold where no fact came since.
    """
    events = events.only(np.isin(events.kind, list(version.table.kinds)))
    holds = profiles([lead.id for lead in leads], version, at, is_past=is_past)
    matrix = score(len(leads), events, version.table, at, holds)
    found = axes(matrix, version.table)
    shown = headline(found.total)
    temperatures = _temperatures(leads, version, at, events, shown, resume=resume)
    is_plain = np.array([version.start is None or at < max(version.start, lead.created_at) for lead in leads])
    later = _next_facts(len(leads), events, at)
    due = due_at(matrix, version.table, at, temperatures, later, is_plain=is_plain)
    return [
        Scored(lead.id, lead.facts, fit, engagement, shown_, temperature, due_)
        for lead, fit, engagement, shown_, temperature, due_ in zip(
            leads,
            found.fit.tolist(),
            found.engagement.tolist(),
            shown.tolist(),
            temperatures,
            due.tolist(),
            strict=True,
        )
    ]


def _temperatures(
    leads: Sequence[Subject], version: Version, at: int, events: Events, shown: npt.NDArray[np.float64], *, resume: bool
) -> list[Temperature]:
    found: list[Temperature] = []
    undecided: list[tuple[int, int]] = []
    for i, (lead, value) in enumerate(zip(leads, shown.tolist(), strict=True)):
        start = None if version.start is None else max(version.start, lead.created_at)
        settled = settled_temperature(value, version.table)
        if settled is None and start is not None and start < at:
            undecided.append((i, start))
        found.append(settled or plain_temperature(value, version.table))
    stored = _stored([leads[i].id for i, _ in undecided], version) if resume else {}
    for i, start in undecided:
        own = events.lead == i
        alone = Events(np.zeros(int(own.sum()), dtype=np.int64), events.kind[own], events.at[own], events.id[own])
        facts, since, temperature = stored.get(leads[i].id, (-1, -1, "cold"))
        known = (since, temperature) if facts == leads[i].facts and start <= since <= at else None
        course = course_of(leads[i].id, alone, version, known[0] if known else start, at)
        found[i] = fold_temperature(course, version.table, start=start, at=at, known=known)
    return found


def _stored(lead_ids: Collection[int], version: Version) -> dict[int, tuple[int, int, Temperature]]:
    if not lead_ids:
        return {}
    rows = LeadScore.objects.filter(version=version.number, lead__in=lead_ids)
    return {
        lead: (facts, microseconds(at), _temperature(name))
        for lead, facts, at, name in rows.values_list("lead_id", "lead_version", "scored_at", "temperature")
    }


def _temperature(name: str) -> Temperature:
    return "hot" if name == "hot" else "warm" if name == "warm" else "cold"


def _next_facts(leads: int, events: Events, at: int) -> npt.NDArray[np.int64]:
    """[leads] the first match dated after `at`, 0 for none."""
    later = events.only(events.at > at)
    found = np.full(leads, np.iinfo(np.int64).max)
    np.minimum.at(found, later.lead, later.at)
    return np.where(found == np.iinfo(np.int64).max, 0, found)
