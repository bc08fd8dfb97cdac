"""Why leads were given up: reasons and their families, against the period before, and the rate of giving up.

A lead counts once in a period, by its last refusal in it; what was taken back never happened.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Q, QuerySet
from django.db.models.fields.json import KT

from sarnakh.accounts.models import User
from sarnakh.engage.models import Activity
from sarnakh.kit.text import pick
from sarnakh.leads.models import Event, Lead
from sarnakh.learn.rules import Period, Share, compare, last_refusals, period_before, period_of, ratio
from sarnakh.learn.selectors.splits import Key, clean_key, counted_leads, house, in_order, key_of, namer
from sarnakh.qualify.models import RefusalReason

FAMILIES = ("ignored", "would_not_talk", "refused_to_buy")
# What a person does to reach a lead; a note reaches nobody.
REACHING = ("call", "meeting", "message")
STAGE_FACTS = ("stage_changed", "lead_converted", "deal_won")


@dataclass(frozen=True, slots=True)
class RefusalRow:
    """A reason's leads among the disqualified ones of the key, now and in the period before; change is in points."""

    key: Key
    label: str
    reason: str
    reason_name: str
    family: str
    leads: int
    share: float | None
    before: int
    share_before: float | None
    change: float | None


@dataclass(frozen=True, slots=True)
class FamilyRow:
    """As RefusalRow, for a family of reasons; "" holds the reasons that are in none."""

    key: Key
    label: str
    family: str
    leads: int
    share: float | None
    before: int
    share_before: float | None
    change: float | None


@dataclass(frozen=True, slots=True)
class DisqualificationRow:
    """Leads disqualified in the period over leads that a person worked in it."""

    key: Key
    label: str
    disqualified: int
    worked: int
    rate: float | None


def refusals(start: date, end: date, by: str | None, as_of: datetime, user: User) -> list[RefusalRow]:
    """Reasons of the days [start, end), each beside the as many days before. Raises UnknownSplit."""
    reasons = _reasons()
    name = namer(by, user.language)
    rows = []
    for key, compared in _compared(start, end, by, as_of, user, {}).items():
        for slug, share in compared.items():
            known = reasons.get(slug)
            rows.append(
                RefusalRow(
                    key=key,
                    label=name(key),
                    reason=slug,
                    reason_name=pick(known.name, user.language) if known else slug,
                    family=known.family if known else "",
                    leads=share.count,
                    share=share.share,
                    before=share.before,
                    share_before=share.share_before,
                    change=share.change,
                )
            )
    return sorted(rows, key=lambda row: (in_order(row.key), -row.leads, row.reason))


def refusal_families(start: date, end: date, by: str | None, as_of: datetime, user: User) -> list[FamilyRow]:
    """As `refusals`, by the families: ignored us, would not talk, refused to buy. Raises UnknownSplit."""
    families = {slug: reason.family for slug, reason in _reasons().items()}
    name = namer(by, user.language)
    rows = [
        FamilyRow(
            key=key,
            label=name(key),
            family=family,
            leads=share.count,
            share=share.share,
            before=share.before,
            share_before=share.share_before,
            change=share.change,
        )
        for key, compared in _compared(start, end, by, as_of, user, families, unknown="").items()
        for family, share in compared.items()
    ]
    return sorted(rows, key=lambda row: (in_order(row.key), FAMILIES.index(row.family) if row.family else 9))


def disqualification(start: date, end: date, by: str | None, as_of: datetime, user: User) -> list[DisqualificationRow]:
    """The rate of giving up on the days [start, end). Raises UnknownSplit."""
    days = period_of(start, end, house().tz)
    lost = Counter(key for key, _ in _refused(days, by, as_of, user))
    busy = (
        counted_leads(user)
        .filter(
            Q(id__in=reaching(days, as_of).values("lead")) | Q(id__in=stage_changes(days, as_of).values("lead")),
        )
        .annotate(key=key_of(by))
        .values_list("key", flat=True)
    )
    worked = Counter(clean_key(by, key) for key in busy)
    name = namer(by, user.language)
    keys = {*lost, *worked} | ({None} if by is None else set())
    return [
        DisqualificationRow(key, name(key), lost[key], worked[key], ratio(lost[key], worked[key]))
        for key in sorted(keys, key=in_order)
    ]


def reaching(days: Period, as_of: datetime) -> QuerySet[Activity]:
    """Outbound calls, meetings and messages that a person made in a period."""
    return Activity.objects.filter(
        kind__in=REACHING,
        direction="outbound",
        actor__isnull=False,
        at__gte=days.since,
        at__lt=days.until,
        at__lte=as_of,
        event__retracted_by__isnull=True,
    )


def stage_changes(days: Period, as_of: datetime) -> QuerySet[Event]:
    """Changes of stage that a person made in a period."""
    return Event.objects.filter(
        name__in=STAGE_FACTS,
        actor__isnull=False,
        lead__isnull=False,
        at__gte=days.since,
        at__lt=days.until,
        at__lte=as_of,
        retracted_by__isnull=True,
    )


def _compared(
    start: date,
    end: date,
    by: str | None,
    as_of: datetime,
    user: User,
    groups: Mapping[str, str],
    unknown: str | None = None,
) -> dict[Key, dict[str, Share]]:
    """Shares by key and reason, or by what `groups` makes of a reason (`unknown` of one it does not know)."""
    tz = house().tz
    days = period_of(start, end, tz)

    def tally(of: Period) -> dict[Key, Counter[str]]:
        found: dict[Key, Counter[str]] = defaultdict(Counter)
        for key, reason in _refused(of, by, as_of, user):
            found[key][groups.get(reason, reason if unknown is None else unknown)] += 1
        return found

    now, before = tally(days), tally(period_before(days, tz))
    return {key: compare(now.get(key, {}), before.get(key, {})) for key in {**now, **before}}


def _refused(days: Period, by: str | None, as_of: datetime, user: User) -> list[tuple[Key, str]]:
    """(key, reason) of each lead disqualified in a period."""
    leads: QuerySet[Lead] = counted_leads(user)
    rows = (
        Event.objects.filter(
            name="stage_changed",
            props__to="disqualified",
            at__gte=days.since,
            at__lt=days.until,
            at__lte=as_of,
            retracted_by__isnull=True,
            lead__in=leads,
        )
        .annotate(key=key_of(by, "lead__"), why=KT("props__reason"))
        .values_list("at", "id", "lead", "why", "key")
    )
    keys: dict[int, Key] = {}
    refused = []
    for at, id_, lead, why, key in rows:
        keys[lead] = clean_key(by, key)
        refused.append((at, id_, lead, why or ""))
    return [(keys[lead], reason) for lead, reason in last_refusals(refused).items()]


def _reasons() -> dict[str, RefusalReason]:
    return {reason.slug: reason for reason in RefusalReason.objects.all()}
