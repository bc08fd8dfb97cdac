"""Reads of qualification: the five points of a lead, reasons and rules in use, what comes due."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from sarnakh.djangokit.hot import hot
from sarnakh.leads.models import Lead
from sarnakh.leads.rules import DEFERRED
from sarnakh.qualify import rules
from sarnakh.qualify.models import ChecklistItem, MqlRule, RefusalReason


@dataclass(frozen=True, slots=True)
class Point:
    """One of the five points as it stands; `at` is None where nobody said anything yet."""

    item: str
    is_met: bool
    note: str
    at: datetime | None


_conditions = hot(lambda: MqlRule.objects.filter(is_active=True).values_list("when", flat=True))


def mql_reads(facts: Collection[str], fields: Collection[str]) -> bool:
    """Whether a rule in use may ask for one of these facts or fields; a segment may ask for anything."""
    text = json.dumps(_conditions())
    return any(f'"{word}"' in text for word in (*facts, *fields, "segment"))


def checklist(lead: Lead) -> list[Point]:
    """The five points of a lead, in their order; of merged cards the latest word counts."""
    said = {row.item: row for row in ChecklistItem.objects.filter(lead=lead).order_by("at", "id")}
    return [
        Point(item, said[item].is_met, said[item].note, said[item].at) if item in said else Point(item, False, "", None)
        for item in rules.CHECKLIST
    ]


def missing_points(lead: Lead) -> tuple[str, ...]:
    """Which of the five points SQL still lacks."""
    return rules.missing_points(point.item for point in checklist(lead) if point.is_met)


def reasons_in_use() -> QuerySet[RefusalReason]:
    return RefusalReason.objects.filter(is_active=True).order_by("position", "id")


def reason_slugs() -> set[str]:
    return set(reasons_in_use().values_list("slug", flat=True))


def mql_rules() -> QuerySet[MqlRule]:
    return MqlRule.objects.order_by("position", "id")


def next_due(lead_ids: Sequence[int]) -> dict[int, datetime]:
    """When the deferral of each of these leads ends, where there is one."""
    rows = Lead.objects.filter(id__in=lead_ids, stage=DEFERRED, deferred_until__isnull=False)
    return {lead: until for lead, until in rows.values_list("id", "deferred_until") if until is not None}
