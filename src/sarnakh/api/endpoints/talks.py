"""What was said and what is to do: activities and tasks."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Literal

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Path, Query, Router
from pydantic import Field

from sarnakh.accounts.rules import Right
from sarnakh.api.answers import act, caller, follow, moment_of, reply
from sarnakh.api.bodies import Body, Id, LongText, Moment, Shape, Text200, given
from sarnakh.api.door import Key
from sarnakh.api.endpoints.people import user_named
from sarnakh.api.pages import Cursor, Limit, Page, page
from sarnakh.api.problems import with_problems
from sarnakh.engage.models import Activity, Task
from sarnakh.engage.ports import NextStep, Talk
from sarnakh.engage.selectors import activities_for, task_for, tasks_for
from sarnakh.engage.services import add_task, complete_task, log_activity, move_task
from sarnakh.leads.selectors import lead_for

router = Router(tags=["activities and tasks"])

Outcome = Literal["", "connected", "no_answer", "busy", "call_later", "wrong_number", "not_interested"]
TaskKind = Literal["call", "meeting", "message", "email", "todo"]


class ActivityOut(Shape):
    id: int
    lead: int
    kind: str
    direction: str
    outcome: str
    text: str
    duration_s: int | None
    at: datetime
    actor: int | None
    event: int | None


class ActivityIn(Body):
    """A call, meeting, note or message. Only a call has an outcome, a note needs its text."""

    lead: Id
    kind: Literal["call", "meeting", "note", "message"]
    direction: Literal["", "inbound", "outbound"] = ""
    outcome: Outcome = ""
    text: LongText = ""
    duration_s: Annotated[int, Field(ge=0, le=2**31 - 1)] | None = None
    at: Moment | None = None


@router.post(
    "/activities",
    auth=Key(Right.WRITE_LEADS),
    response=with_problems({201: ActivityOut}),
    operation_id="log_activity",
)
@act
def record_activity(request: HttpRequest, body: ActivityIn) -> HttpResponse:
    """Record a talk with a lead; it closes the open task that it answers."""
    bearer, now = caller(request), timezone.now()
    lead = lead_for(bearer.user, body.lead)
    logged = log_activity(
        lead,
        Talk(body.kind, body.direction, body.outcome, body.text, body.duration_s),
        actor=bearer.user.id,
        at=moment_of(request, body.at, now),
        source="api",
        received_at=now,
    )
    follow([lead.id], now)
    return reply(_activity(logged.activity), 201)


@router.get("/activities", auth=Key(), response=with_problems({200: Page[ActivityOut]}), operation_id="list_activities")
def list_activities(
    request: HttpRequest,
    lead: Annotated[Id | None, Query()] = None,
    kind: Annotated[Literal["call", "meeting", "note", "message"] | None, Query()] = None,
    sort: Annotated[Literal["-at", "at"], Query()] = "-at",
    limit: Limit = 50,
    cursor: Cursor = "",
) -> HttpResponse:
    """The talks with the leads you may see, newest first."""
    rows = activities_for(caller(request).user)
    for column, value in (("lead", lead), ("kind", kind)):
        if value is not None:
            rows = rows.filter(**{column: value})
    return reply(page(rows, _activities, sort=sort, limit=limit, cursor=cursor))


class TaskOut(Shape):
    id: int
    lead: int
    kind: str
    title: str
    due_at: datetime
    owner: int | None
    created_by: int | None
    created_at: datetime
    done_at: datetime | None
    outcome: str


class TaskIn(Body):
    """Something to do with a lead. Without an owner it is for you."""

    lead: Id
    kind: TaskKind
    title: Text200 = ""
    due_at: Moment
    owner: Id | None = None


@router.post("/tasks", auth=Key(Right.WRITE_LEADS), response=with_problems({201: TaskOut}), operation_id="add_task")
@act
def make_task(request: HttpRequest, body: TaskIn) -> HttpResponse:
    """Put something to do on a lead."""
    bearer, now = caller(request), timezone.now()
    lead = lead_for(bearer.user, body.lead)
    if body.owner is not None:
        user_named(body.owner)
    made = add_task(
        lead,
        NextStep(body.kind, body.due_at, body.title, body.owner),
        actor=bearer.user.id,
        at=now,
        source="api",
    )
    return reply(_task(made), 201)


@router.get("/tasks", auth=Key(), response=with_problems({200: Page[TaskOut]}), operation_id="list_tasks")
def list_tasks(
    request: HttpRequest,
    lead: Annotated[Id | None, Query()] = None,
    owner: Annotated[Id | None, Query()] = None,
    done: Annotated[bool | None, Query(description="true: closed ones, false: open ones")] = None,
    sort: Annotated[Literal["due_at", "-due_at", "-created_at", "created_at"], Query()] = "due_at",
    limit: Limit = 50,
    cursor: Cursor = "",
) -> HttpResponse:
    """What is to do with the leads you may see, the earliest due first."""
    rows = tasks_for(caller(request).user)
    for column, value in (("lead", lead), ("owner", owner)):
        if value is not None:
            rows = rows.filter(**{column: value})
    if done is not None:
        rows = rows.filter(done_at__isnull=not done)
    return reply(page(rows, _tasks, sort=sort, limit=limit, cursor=cursor))


@router.get("/tasks/{int:task_id}", auth=Key(), response=with_problems({200: TaskOut}), operation_id="get_task")
def get_task(request: HttpRequest, task_id: Annotated[Id, Path()]) -> HttpResponse:
    """One task."""
    return reply(_task(task_for(caller(request).user, task_id)))


class TaskPatch(Body):
    """`outcome` closes the task; another `due_at` moves an open one."""

    outcome: Literal["done", "cancelled"] | None = None
    due_at: Moment | None = None
    at: Moment | None = None


@router.patch(
    "/tasks/{int:task_id}",
    auth=Key(Right.WRITE_LEADS),
    response=with_problems({200: TaskOut}),
    operation_id="change_task",
)
@act
def change_task(request: HttpRequest, task_id: Annotated[Id, Path()], body: TaskPatch) -> HttpResponse:
    """Close a task, or move it."""
    bearer, now = caller(request), timezone.now()
    task = task_for(bearer.user, task_id)
    values = given(body, "at")
    at = moment_of(request, values.get("at"), now)
    if "due_at" in values:
        task = move_task(task, due_at=values["due_at"], actor=bearer.user.id, at=at, source="api", received_at=now)
    if "outcome" in values:
        task = complete_task(
            task, actor=bearer.user.id, at=at, outcome=values["outcome"], source="api", received_at=now
        )
    follow([task.lead_id], now)
    return reply(_task(task))


def _activities(rows: Sequence[Activity]) -> list[ActivityOut]:
    return [_activity(row) for row in rows]


def _activity(row: Activity) -> ActivityOut:
    return ActivityOut(
        id=row.id,
        lead=row.lead_id,
        kind=row.kind,
        direction=row.direction,
        outcome=row.outcome,
        text=row.text,
        duration_s=row.duration_s,
        at=row.at,
        actor=row.actor_id,
        event=row.event_id,
    )


def _tasks(rows: Sequence[Task]) -> list[TaskOut]:
    return [_task(row) for row in rows]


def _task(row: Task) -> TaskOut:
    return TaskOut(
        id=row.id,
        lead=row.lead_id,
        kind=row.kind,
        title=row.title,
        due_at=row.due_at,
        owner=row.owner_id,
        created_by=row.created_by_id,
        created_at=row.created_at,
        done_at=row.done_at,
        outcome=row.outcome,
    )
