"""Recording talks with a lead, and keeping what is to do next.

A call with its outcome, the task it answers and the next step are one transaction. What was said stays on the activity
and the task; facts carry ids, kinds and lengths only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from sarnakh.djangokit.bulk import insert_ignore, update_rows
from sarnakh.djangokit.hot import hot
from sarnakh.engage import rules
from sarnakh.engage.models import Activity, Task
from sarnakh.engage.ports import Logged, NextStep, Talk
from sarnakh.engage.selectors import first_call_minutes, working_calendar
from sarnakh.leads.facts import Fact, record_facts
from sarnakh.leads.models import Event, Lead
from sarnakh.leads.rules import LEAD, MQL, SQL

OPEN_STAGES = (LEAD, MQL, SQL)
FIRST_CALL = "first-call:"
STALE = timedelta(hours=24)  # what is dated back further than this starts no follow-up

MESSAGES = {
    "unknown_kind": gettext_noop("There is no such kind."),
    "unknown_direction": gettext_noop("The direction is inbound or outbound."),
    "not_for_notes": gettext_noop("A note has no direction."),
    "unknown_outcome": gettext_noop("There is no such outcome."),
    "only_for_calls": gettext_noop("Only a call has an outcome."),
    "negative": gettext_noop("The length cannot be below zero."),
    "text_required": gettext_noop("Write the note."),
    "title_required": gettext_noop("Say what is to do."),
    "in_the_future": gettext_noop("That moment has not come yet."),
    "already_done": gettext_noop("This is done already."),
}


class EngageError(Exception):
    """Something that cannot be recorded. `problems` are (field, code); `is_conflict`: 409, else 422."""

    def __init__(self, problems: Sequence[rules.Problem], *, is_conflict: bool = False) -> None:
        super().__init__(", ".join(f"{problem.field}: {problem.code}" for problem in problems))
        self.problems, self.is_conflict = tuple(problems), is_conflict
        self.field, self.code = problems[0].field, problems[0].code

    @property
    def message(self) -> str:
        return message_of(self.problems[0])


def message_of(problem: rules.Problem) -> str:
    return _(MESSAGES[problem.code])


@transaction.atomic
def log_activity(
    lead: Lead,
    talk: Talk,
    *,
    actor: int | None,
    at: datetime,
    next_step: NextStep | None = None,
    answers: int | None = None,
    source: str = "app",
    received_at: datetime | None = None,
) -> Logged:
    """Record a call, meeting, note or message; close the open task it answers; make the next one. Raises EngageError.

    `answers` names the task; else it is the actor's own open task of the same kind, or another's.
    """
    now = received_at or at
    problems = rules.problems_of_activity(
        kind=talk.kind,
        direction=talk.direction,
        outcome=talk.outcome,
        text=talk.text,
        duration_s=talk.duration_s,
        at=at,
        now=now,
    )
    problems += rules.problems_of_task(kind=next_step.kind, title=next_step.title) if next_step else []
    if problems:
        raise EngageError(problems)
    Lead.objects.select_for_update(no_key=True).get(id=lead.id)
    activity = Activity.objects.create(
        origin=lead,
        lead=lead,
        kind=talk.kind,
        direction=rules.direction_of(talk.kind, talk.direction),
        outcome=talk.outcome,
        text=talk.text,
        duration_s=talk.duration_s,
        at=at,
        actor_id=actor,
    )
    fact = Fact(rules.FACT_OF[talk.kind], at, origin=lead.id, props=_props_of(activity), actor=actor, source=source)
    [activity.event] = record_facts([fact], received_at=now)
    activity.save(update_fields=["event"])
    answered = _answered(lead, talk.kind, actor, answers)
    if answered is not None:
        _close(answered, outcome=rules.DONE, actor=actor, at=at, received_at=now, source=source)
    made = None
    if next_step is not None:
        made = add_task(lead, next_step, actor=actor, at=at, source=source, received_at=now)
    return Logged(activity, answered, made)


@transaction.atomic
def add_task(
    lead: Lead,
    step: NextStep,
    *,
    actor: int | None,
    at: datetime,
    key: str | None = None,
    source: str = "app",
    received_at: datetime | None = None,
) -> Task:
    """Put something to do on a lead. With a `key`, the same cause makes it once. Raises EngageError."""
    problems = rules.problems_of_task(kind=step.kind, title=step.title)
    if problems:
        raise EngageError(problems)
    Lead.objects.select_for_update(no_key=True).get(id=lead.id)
    if key is not None:
        there = Task.objects.filter(key=key).first()
        if there is not None:
            return there
    task = Task.objects.create(
        key=key,
        origin=lead,
        lead=lead,
        kind=step.kind,
        title=step.title,
        due_at=step.due_at,
        owner_id=step.owner or actor or lead.owner_id,
        created_by_id=actor,
        created_at=at,
    )
    record_facts([_created(task, actor=actor, source=source)], received_at=received_at or at)
    return task


@transaction.atomic
def complete_task(
    task: Task,
    *,
    actor: int | None,
    at: datetime,
    outcome: str = rules.DONE,
    source: str = "app",
    received_at: datetime | None = None,
) -> Task:
    """Close a task as done or cancelled; closing it again the same way changes nothing. Raises EngageError."""
    if outcome not in rules.TASK_OUTCOMES:
        raise EngageError([rules.Problem("outcome", "unknown_outcome")])
    locked = Task.objects.select_for_update(no_key=True).get(id=task.id)
    if locked.done_at is not None:
        if locked.outcome != outcome:
            raise EngageError([rules.Problem("outcome", "already_done")], is_conflict=True)
        return locked
    _close(locked, outcome=outcome, actor=actor, at=at, received_at=received_at or at, source=source)
    return locked


@transaction.atomic
def move_task(
    task: Task,
    *,
    due_at: datetime,
    actor: int | None,
    at: datetime,
    source: str = "app",
    received_at: datetime | None = None,
) -> Task:
    """Move an open task to another moment; both are kept in the fact. Raises EngageError."""
    locked = Task.objects.select_for_update(no_key=True).get(id=task.id)
    if locked.done_at is not None:
        raise EngageError([rules.Problem("due_at", "already_done")], is_conflict=True)
    if locked.due_at == due_at:
        return locked
    props = {"task": locked.id, "from": locked.due_at.isoformat(), "to": due_at.isoformat()}
    locked.due_at = due_at
    locked.save(update_fields=["due_at"])
    fact = Fact("task_moved", at, origin=locked.origin_id, props=props, actor=actor, source=source)
    record_facts([fact], received_at=received_at or at)
    return locked


_owned = hot(
    lambda ids: (
        Lead.objects.select_for_update(no_key=True)
        .filter(id__in=ids, owner__isnull=False, hidden_at__isnull=True, stage__in=OPEN_STAGES)
        .order_by("id")
        .values_list("id", "owner_id")
    )
)
_first_calls = hot(
    lambda texts: Task.objects.filter(key__in=texts).values_list("id", "key", "lead_id", "owner_id", "done_at")
)
_talked = hot(
    lambda ids: Activity.objects.filter(lead_id__in=ids).exclude(kind=rules.NOTE).values_list("lead_id", flat=True)
)
_arrivals = hot(
    lambda ids: (
        Event.objects.filter(lead_id__in=ids, name__in=("lead_created", "lead_returned"))
        .order_by("at", "id")
        .values_list("lead_id", "at", "received_at")
    )
)


@transaction.atomic(savepoint=False)
def first_call_tasks(lead_ids: Sequence[int], *, at: datetime) -> list[Task]:
    """Give the owner of each of these leads a first call, due in working time; returns the tasks made. Once a lead.

    None for a lead someone has talked to, nor for one recorded from long ago. When the owner changed, the open first
    call follows.
    """
    owned = dict(_owned(lead_ids))
    keys = {f"{FIRST_CALL}{lead}": lead for lead in owned}
    there = _first_calls(keys)
    strays = [(task, owned[lead]) for task, _key, lead, owner, done_at in there if _strays(lead, owner, done_at, owned)]
    if strays:
        update_rows(Task, ("owner",), strays)
    taken = {key for _task, key, *_rest in there}
    wanted = {key: lead for key, lead in keys.items() if key not in taken}
    wanted = _worth_calling(wanted)
    if not wanted:
        return []
    due_at = working_calendar().after(at, minutes=first_call_minutes())
    columns = ("key", "origin", "lead", "kind", "title", "due_at", "owner", "created_at", "outcome")
    rows = [(key, lead, lead, rules.CALL, "", due_at, owned[lead], at, "") for key, lead in wanted.items()]
    inserted = {row[0] for row in insert_ignore(Task, columns, rows)}
    made = list(Task.objects.filter(key__in=inserted).order_by("lead_id"))
    record_facts([_created(task, actor=None, source="rule") for task in made], received_at=at)
    return made


def _strays(lead: int, owner: int | None, done_at: datetime | None, owned: Mapping[int, int]) -> bool:
    """Whether an open first call is still with someone who no longer owns the lead."""
    return done_at is None and lead in owned and owner != owned[lead]


def _worth_calling(wanted: dict[str, int]) -> dict[str, int]:
    """Leave out leads already talked to, and those whose latest arrival was recorded long after it happened."""
    if not wanted:
        return {}
    leads = list(wanted.values())
    talked = set(_talked(leads))
    late = {lead: received - at > STALE for lead, at, received in _arrivals(leads)}
    return {key: lead for key, lead in wanted.items() if lead not in talked and not late.get(lead, False)}


def _answered(lead: Lead, kind: str, actor: int | None, named: int | None) -> Task | None:
    tasks = {task.id: task for task in Task.objects.filter(lead=lead, done_at__isnull=True)}
    if named is not None:
        return tasks.get(named)
    open_tasks = [rules.OpenTask(task.id, task.kind, task.due_at, task.owner_id) for task in tasks.values()]
    found = rules.answered_task(open_tasks, kind=kind, actor=actor)
    return tasks[found] if found else None


def _close(task: Task, *, outcome: str, actor: int | None, at: datetime, received_at: datetime, source: str) -> None:
    task.done_at, task.outcome = at, outcome
    task.save(update_fields=["done_at", "outcome"])
    props = {"task": task.id, "kind": task.kind, "outcome": outcome, "due_at": task.due_at.isoformat()}
    fact = Fact("task_done", at, origin=task.origin_id, props=props, actor=actor, source=source)
    record_facts([fact], received_at=received_at)


def _created(task: Task, *, actor: int | None, source: str) -> Fact:
    props = {"task": task.id, "kind": task.kind, "due_at": task.due_at.isoformat(), "owner": task.owner_id}
    return Fact("task_created", task.created_at, origin=task.origin_id, props=props, actor=actor, source=source)


def _props_of(activity: Activity) -> dict[str, object]:
    props: dict[str, object] = {"activity": activity.id}
    if activity.kind != rules.NOTE:
        props["direction"] = activity.direction
    if activity.outcome:
        props["outcome"] = activity.outcome
    if activity.duration_s is not None:
        props["duration_s"] = activity.duration_s
    return props
