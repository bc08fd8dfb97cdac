"""What pages and endpoints ask: the score at any moment, why it is so, the rules as they are."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sarnakh.djangokit.hot import hot
from sarnakh.leads.models import Event, Lead, LeadScore
from sarnakh.score.models import RuleSet, RuleSetState
from sarnakh.score.rules import (
    RuleError,
    Share,
    explain,
    letter,
    microseconds,
    moment,
)
from sarnakh.score.selectors.facts import Subject, events_of, profiles
from sarnakh.score.selectors.scoring import Scored, scored
from sarnakh.score.selectors.versions import Version, in_force, version_at, version_numbered


@dataclass(frozen=True, slots=True)
class ScoreAt:
    """The score of a lead at a moment. `version` None: no rules were in force, nothing is scored."""

    version: int | None
    at: datetime
    fit: float
    letter: str
    engagement: float
    score: float
    temperature: str


@dataclass(frozen=True, slots=True)
class ShareAt:
    """A line of the explanation: `cause` is the name of the newest event behind it, `age_s` how long ago it was."""

    kind: str  # rule, cap
    rule: int | None
    name: str
    points: float
    hundredths: int
    cause: str
    event: int | None
    at: datetime | None
    age_s: float | None
    count: int


def score_at(lead: Lead, at: datetime, version: int | None = None) -> ScoreAt:
    """The score at a moment: facts with `at` up to it as known now, the person as merged now, the rules in force then.

    `version` asks under another version's rules. Raises RuleError for a version that there is not.
    """
    rules = _asked(at, version)
    if rules is None:
        return ScoreAt(None, at, 0.0, "", 0.0, 0.0, "cold")
    found = _scored(lead, rules, at)
    return ScoreAt(
        rules.number,
        at,
        found.fit,
        letter(found.fit, rules.table),
        found.engagement,
        found.score,
        found.temperature,
    )


def shares(lead: Lead, at: datetime, version: int | None = None) -> list[ShareAt]:
    """Why: lines that add up exactly (in hundredths) to the score before clamping. Raises RuleError as `score_at`."""
    rules = _asked(at, version)
    if rules is None:
        return []
    us = microseconds(at)
    events = events_of([lead.id], rules.table.kinds)
    lines = explain(events, rules.table, us, profiles([lead.id], rules, us, is_past=True)[0])
    names = dict(Event.objects.filter(id__in=[s.event for s in lines if s.event]).values_list("id", "name"))
    return [_line(share, names, us) for share in lines]


_dues = hot(
    lambda ids_of_versions, ids: LeadScore.objects.filter(
        version__in=ids_of_versions, lead__in=ids, due_at__isnull=False
    ).values_list("lead_id", "due_at")
)


def due_moments(lead_ids: Collection[int]) -> dict[int, datetime]:
    """{lead: when its stored score can have moved by a point or its temperature turned}, now or while building.

    Leads without an entry do not move by themselves.
    """
    numbers = [version.number for version in in_force() if version]
    found: dict[int, datetime] = {}
    for lead, due in _dues(numbers, lead_ids):
        found[lead] = min(found.get(lead, due), due)
    return found


def draft() -> RuleSet | None:
    """The rules being written, if they differ from those in force."""
    return RuleSet.objects.filter(state=RuleSetState.DRAFT).prefetch_related("rules", "group_caps").first()


def shown_rules() -> RuleSet | None:
    """The rules to look at: the draft, else the version being built, else the one in force."""
    states = (RuleSetState.DRAFT, RuleSetState.BUILDING, RuleSetState.PUBLISHED)
    rows = {row.state: row for row in RuleSet.objects.filter(state__in=states).prefetch_related("rules", "group_caps")}
    return next((rows[state] for state in states if state in rows), None)


def _asked(at: datetime, version: int | None) -> Version | None:
    if version is None:
        return version_at(at)
    found = version_numbered(version)
    if found is None:
        raise RuleError("version", "unknown_version", "There is no published version %(version)s.", version=version)
    return found


def _scored(lead: Lead, rules: Version, at: datetime) -> Scored:
    subject = Subject(lead.id, microseconds(lead.created_at), lead.version)
    events = events_of([lead.id], rules.table.kinds)
    return scored([subject], rules, microseconds(at), events, is_past=True)[0]


def _line(share: Share, names: dict[int, str], at: int) -> ShareAt:
    return ShareAt(
        share.kind,
        share.rule,
        share.name,
        share.points,
        share.hundredths,
        names.get(share.event, "") if share.event else "",
        share.event,
        moment(share.at) if share.at is not None else None,
        (at - share.at) / 1e6 if share.at is not None else None,
        share.count,
    )
