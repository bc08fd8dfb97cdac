"""A lead as the API shows it; any number of them in a fixed number of queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from sarnakh.api.bodies import Shape
from sarnakh.leads.models import Identity, Lead, LeadMilestone, LeadSource

RELATED = ("person__company", "product", "origin_source", "milestone")
PHONES, EMAILS = ("mobile", "phone"), ("email", "role_email")


class Milestones(Shape):
    """When the lead first reached what; `disqualified_at` is the latest."""

    created_at: datetime
    first_touch_at: datetime | None = None
    mql_at: datetime | None = None
    sql_at: datetime | None = None
    converted_at: datetime | None = None
    won_at: datetime | None = None
    disqualified_at: datetime | None = None


class LeadOut(Shape):
    """A lead with its person. `merged_into` is set when a merged-away id was asked: this is the lead that was kept."""

    id: int
    merged_into: int | None = None
    name: str
    phones: list[str]
    emails: list[str]
    company: str
    job_title: str
    province: str
    city: str
    language: str
    custom: dict[str, Any]
    proposals: dict[str, list[Any]]
    source: str
    medium: str
    campaign: str
    term: str
    content: str
    direction: str
    channel: str
    form: str
    product: str
    stage: str
    stage_at: datetime
    reason: str
    deferred_until: datetime | None
    owner: int | None
    team: int | None
    score: float
    fit: float
    engagement: float
    temperature: str
    scored_at: datetime | None
    milestones: Milestones
    created_at: datetime
    changed_at: datetime


def with_cards(leads: QuerySet[Lead]) -> QuerySet[Lead]:
    """Load with the leads what `shown` shows."""
    return leads.select_related(*RELATED)


def shown(leads: Sequence[Lead]) -> list[LeadOut]:
    """These leads, read `with_cards`; one query more, for the ways to reach them."""
    ways: dict[tuple[int, bool], list[str]] = defaultdict(list)
    rows = Identity.objects.filter(
        person__in={lead.person_id for lead in leads}, kind__in=(*PHONES, *EMAILS), hidden_at__isnull=True
    ).order_by("created_at", "id")
    for person, kind, value in rows.values_list("person_id", "kind", "value"):
        ways[person, kind in PHONES].append(value)
    return [_shown(lead, ways[lead.person_id, True], ways[lead.person_id, False]) for lead in leads]


def _shown(lead: Lead, phones: list[str], emails: list[str]) -> LeadOut:
    person = lead.person
    source: LeadSource | None = getattr(lead, "origin_source", None)
    milestone: LeadMilestone | None = getattr(lead, "milestone", None)
    return LeadOut(
        id=lead.id,
        name=person.name,
        phones=list(dict.fromkeys(phones)),
        emails=list(dict.fromkeys(emails)),
        company=person.company.name if person.company else "",
        job_title=person.job_title,
        province=person.province,
        city=person.city,
        language=person.language,
        custom=person.custom,
        proposals=person.proposals,
        source=source.source if source else "",
        medium=source.medium if source else "",
        campaign=source.campaign if source else "",
        term=source.term if source else "",
        content=source.content if source else "",
        direction=source.direction if source else "",
        channel=source.channel if source else "",
        form=source.form if source else "",
        product=lead.product.slug if lead.product else "",
        stage=lead.stage,
        stage_at=lead.stage_at,
        reason=lead.reason,
        deferred_until=lead.deferred_until,
        owner=lead.owner_id,
        team=lead.team_id,
        score=lead.score,
        fit=lead.fit,
        engagement=lead.engagement,
        temperature=lead.temperature,
        scored_at=lead.scored_at,
        milestones=Milestones.model_validate(milestone) if milestone else Milestones(created_at=lead.created_at),
        created_at=lead.created_at,
        changed_at=lead.changed_at,
    )
