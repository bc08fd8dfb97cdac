"""Reads of talks and tasks: what is to do and for whom, what was done, the office's working time."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from zoneinfo import ZoneInfo

from django.db.models import Count, QuerySet

from sarnakh.accounts.models import User
from sarnakh.accounts.selectors import NotSetUp, setting, working_time
from sarnakh.engage import rules
from sarnakh.engage.models import Activity, Task
from sarnakh.kit.worktime import Week, add_working_time, parse_week
from sarnakh.leads.models import Lead
from sarnakh.leads.selectors import NotThere, gate

# Saturday to Wednesday 9-17, Thursday 9-13: a base that was told nothing else.
USUAL_WEEK = {**{str(day): [["09:00", "17:00"]] for day in (5, 6, 0, 1, 2)}, "3": [["09:00", "13:00"]]}


@dataclass(frozen=True, slots=True)
class WorkingCalendar:
    """The organisation's working week, days off and zone."""

    week: Week
    holidays: Collection[date]
    zone: tzinfo

    def after(self, start: datetime, *, minutes: int) -> datetime:
        """The moment (UTC) by which so many working minutes have passed since `start`."""
        return add_working_time(start, minutes * 60, self.week, self.holidays, self.zone)


def working_calendar() -> WorkingCalendar:
    try:
        known = working_time()
    except NotSetUp:
        return WorkingCalendar(parse_week(USUAL_WEEK), frozenset(), ZoneInfo("Asia/Tehran"))
    week = known.week if any(known.week) else parse_week(USUAL_WEEK)
    return WorkingCalendar(week, known.holidays, known.tz)


def first_call_minutes() -> int:
    """Working minutes from hand-over to the first call: the setting `first_call_minutes`, else the usual."""
    try:
        minutes = setting("first_call_minutes")
    except NotSetUp:
        minutes = None
    return int(str(minutes)) if minutes else rules.FIRST_CALL_MINUTES


def tasks_for(user: User) -> QuerySet[Task]:
    """The tasks of the leads inside this person's gate, the earliest due first."""
    rows = Task.objects.filter(gate(user, "lead__"), lead__hidden_at__isnull=True)
    return rows.select_related("lead__person__company", "lead__owner", "owner").order_by("due_at", "id")


def task_for(user: User, task_id: int) -> Task:
    """One task through the gate. Raises NotThere."""
    found = tasks_for(user).filter(id=task_id).first()
    if found is None:
        raise NotThere
    return found


def queue_of(user: User) -> QuerySet[Task]:
    """What this person has to do, the earliest first."""
    return tasks_for(user).filter(owner=user, done_at__isnull=True)


def open_tasks_of(lead: Lead) -> QuerySet[Task]:
    return Task.objects.filter(lead=lead, done_at__isnull=True).select_related("owner").order_by("due_at", "id")


def activities_for(user: User) -> QuerySet[Activity]:
    """The activities of the leads inside this person's gate, newest first."""
    rows = Activity.objects.filter(gate(user, "lead__"), lead__hidden_at__isnull=True)
    return rows.select_related("lead__person", "actor").order_by("-at", "-id")


def activities_of(lead: Lead) -> QuerySet[Activity]:
    return Activity.objects.filter(lead=lead).select_related("actor").order_by("-at", "-id")


def calls_made(lead_ids: Sequence[int]) -> dict[int, int]:
    """How many calls we made to each of these leads: "call n of 5"."""
    rows = Activity.objects.filter(lead_id__in=lead_ids, kind=rules.CALL, direction=rules.OUTBOUND)
    return dict(rows.values_list("lead_id").annotate(Count("id")).order_by())


def suggestion_for(lead: Lead, outcome: str, *, at: datetime) -> tuple[rules.Suggestion, datetime] | None:
    """The next step to offer after a call that ended so, with its moment in working time."""
    offered = rules.suggested_next(outcome, calls_made=calls_made([lead.id]).get(lead.id, 0))
    return (offered, working_calendar().after(at, minutes=offered.minutes)) if offered else None
