"""Keeping scores up to date, a batch of leads at a time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from sarnakh.djangokit.bulk import update_rows, upsert_rows
from sarnakh.leads.facts import Fact, record_facts
from sarnakh.leads.models import Lead, LeadScore
from sarnakh.score.rules import microseconds, moment
from sarnakh.score.selectors import Scored, Subject, events_of, in_force, scored, subjects


@dataclass(frozen=True, slots=True)
class TemperatureChange:
    """A lead whose temperature turned; already recorded as a fact."""

    lead: int
    before: str
    after: str
    score: float


def rescore(lead_ids: Iterable[int], *, at: datetime) -> list[TemperatureChange]:
    """Score these leads by all facts up to `at`, under the version in force and the one being built.

    Writes their scores and one `temperature_changed` for each lead that turned; returns those. Twice changes nothing.
    """
    with transaction.atomic(savepoint=False):
        leads = subjects(set(lead_ids), lock=True)
        # Asked after the leads are locked: a version published meanwhile copies its scores when we have let go.
        published, building = in_force()
        versions = [version for version in (published, building) if version]
        if not leads or not versions:
            return []
        kinds = frozenset[int]().union(*(version.table.kinds for version in versions))
        events = events_of([lead.id for lead in leads], kinds)
        if building is not None:
            store(building.number, scored(leads, building, microseconds(at), events), at=at)
        if published is None:
            return []
        found = scored(leads, published, microseconds(at), events, resume=True)
        store(published.number, found, at=at)
        return _show(leads, found, at)


COLUMNS = ("version", "lead", "fit", "engagement", "score", "temperature", "scored_at", "due_at", "lead_version")


def store(version: int, found: Sequence[Scored], *, at: datetime) -> None:
    """Write scores under a version."""
    upsert_rows(
        LeadScore,
        COLUMNS,
        [
            (
                version,
                one.lead,
                one.fit,
                one.engagement,
                one.score,
                one.temperature,
                at,
                moment(one.due_at) if one.due_at else None,
                one.facts,
            )
            for one in found
        ],
        key=2,
    )


def _show(leads: Sequence[Subject], found: Sequence[Scored], at: datetime) -> list[TemperatureChange]:
    """Put the scores on the leads and tell who turned."""
    update_rows(
        Lead,
        ("score", "fit", "engagement", "temperature", "scored_at"),
        [(one.lead, one.score, one.fit, one.engagement, one.temperature, at) for one in found],
    )
    turned = [
        TemperatureChange(one.lead, lead.temperature, one.temperature, one.score)
        for lead, one in zip(leads, found, strict=True)
        if lead.temperature != one.temperature
    ]
    record_facts(
        [
            Fact(
                "temperature_changed",
                at,
                origin=change.lead,
                props={"from": change.before, "to": change.after, "score": round(change.score, 2)},
            )
            for change in turned
        ],
        received_at=at,
    )
    return turned
