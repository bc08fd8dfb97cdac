"""Answers computed from the log and stored for lists and reports: stage, owner, team, milestones.

`after` is called by `record_facts` with fresh events; `recompute` whenever the set of a lead's facts changed otherwise
(merge, undo, a device linked). Both write what the fold of `leads.rules` says, so twice changes nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db.models import Min

from sarnakh.djangokit.bulk import insert_rows, update_rows, upsert_rows
from sarnakh.djangokit.hot import hot
from sarnakh.leads.models import Event, Lead, LeadMilestone
from sarnakh.leads.rules import Standing, Step, fold

# Facts that move a stage, an owner or a milestone.
MOVING = (
    "lead_created",
    "capture_joined",
    "lead_returned",
    "lead_converted",
    "lead_assigned",
    "stage_changed",
    "deal_won",
    "deal_reopened",
)


def after(events: Sequence[Event]) -> None:
    """Bring the answers up to date after these new events (of any number of leads)."""
    new = {event.lead_id for event in events if event.name == "lead_created" and event.origin_id == event.lead_id}
    moved = {event.lead_id for event in events if event.lead_id and (event.name in MOVING or event.retracts_id)}
    simple = {lead for lead in moved if lead in new and _only_creation(events, lead)}
    if simple:
        _start(events, simple)
    given = _given_now(events, {lead for lead in moved - simple if lead})
    update_rows(Lead, ("owner", "team"), list(given.values()))
    recompute([lead for lead in moved - simple if lead and lead not in given])
    _earlier_touch(events, {lead for lead in moved if lead})


MILESTONES = (
    "lead",
    "created_at",
    "first_touch_at",
    "mql_at",
    "sql_at",
    "converted_at",
    "won_at",
    "disqualified_at",
)

_first_moments = hot(
    lambda ids: Event.objects.filter(lead_id__in=ids).values_list("lead_id").annotate(first=Min("at")).order_by()
)
_moving = hot(
    lambda ids: Event.objects.filter(lead_id__in=ids, name__in=MOVING, retracted_by__isnull=True).values_list(
        "id", "lead_id", "origin_id", "name", "at", "props"
    )
)
_touches = hot(lambda ids: LeadMilestone.objects.filter(lead_id__in=ids).values_list("lead_id", "first_touch_at"))


def recompute(lead_ids: Iterable[int]) -> None:
    """Fold the whole log of these leads again and store what it says."""
    ids = sorted(set(lead_ids))
    if not ids:
        return
    standings = standings_of(ids)
    first = dict(_first_moments(ids))
    update_rows(
        Lead,
        ("stage", "stage_at", "reason", "deferred_until", "owner", "team"),
        [(lead, s.stage, s.stage_at, s.reason, _moment(s.until), s.owner, s.team) for lead, s in standings.items()],
    )
    upsert_rows(
        LeadMilestone,
        MILESTONES,
        [
            (
                lead,
                s.created_at,
                first.get(lead, s.created_at),
                s.mql_at,
                s.sql_at,
                s.converted_at,
                s.won_at,
                s.disqualified_at,
            )
            for lead, s in standings.items()
        ],
        key=1,
    )


def standings_of(lead_ids: Sequence[int], *, until: datetime | None = None) -> dict[int, Standing]:
    """Where each of these leads stands by its log (by what is known now of moments up to `until`)."""
    steps: dict[int, list[Step]] = defaultdict(list)
    for id_, lead, origin, name, at, props in _moving(lead_ids):
        if until is None or at <= until:
            steps[lead].append(Step(at=at, id=id_, name=name, is_root=origin == lead, props=props))
    return {lead: fold(of_lead) for lead, of_lead in steps.items()}


def _given_now(events: Sequence[Event], moved: set[int]) -> dict[int, tuple[int, int | None, int | None]]:
    """{lead: (lead, owner, team)} where all that moved is a hand-over of this moment: no earlier fact changes that."""
    given = {}
    for event in events:
        if event.lead_id not in moved or (event.name not in MOVING and not event.retracts_id):
            continue
        is_now = event.name == "lead_assigned" and event.origin_id == event.lead_id and event.at == event.received_at
        if not is_now or event.retracts_id:
            moved = moved - {event.lead_id}
        given[event.lead_id] = (event.lead_id, event.props.get("user"), event.props.get("team"))
    return {lead: row for lead, row in given.items() if lead in moved}


def _only_creation(events: Sequence[Event], lead: int) -> bool:
    return all(event.name == "lead_created" or event.name not in MOVING for event in events if event.lead_id == lead)


def _start(events: Sequence[Event], leads: set[int]) -> None:
    """A lead made just now stands at its beginning: no need to read the log back."""
    first: dict[int, datetime] = {}
    created: dict[int, datetime] = {}
    for event in events:
        if event.lead_id in leads:
            first[event.lead_id] = min(first.get(event.lead_id, event.at), event.at)
            if event.name == "lead_created":
                created[event.lead_id] = event.at
    insert_rows(
        LeadMilestone,
        ("lead", "created_at", "first_touch_at"),
        [(lead, created[lead], first[lead]) for lead in sorted(leads)],
    )


def _earlier_touch(events: Sequence[Event], done: set[int]) -> None:
    """A late event may be the first touch."""
    earliest: dict[int, datetime] = {}
    for event in events:
        if event.lead_id and event.lead_id not in done:
            earliest[event.lead_id] = min(earliest.get(event.lead_id, event.at), event.at)
    if not earliest:
        return
    late = [(lead, earliest[lead]) for lead, at in _touches(earliest) if at is None or earliest[lead] < at]
    update_rows(LeadMilestone, ("first_touch_at",), late)


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
