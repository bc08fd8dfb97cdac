"""/: what this person has to do, the latest first to be late; and the newest leads they may see."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from sarnakh.accounts.models import User
from sarnakh.engage.models import Task
from sarnakh.engage.selectors import queue_of
from sarnakh.leads.models import Identity, Lead
from sarnakh.leads.selectors import leads_for
from sarnakh.web import manners
from sarnakh.web.access import UserRequest, signed_in

QUEUE, NEWEST = 50, 20


@dataclass(frozen=True, kw_only=True)
class Row:
    """A lead in a list; with `due_at`, something to do on it."""

    lead: int
    name: str
    company: str
    stage: str
    temperature: str
    score: float
    owner: str = ""
    owner_id: int = 0
    created_at: datetime | None = None
    kind: str = ""
    title: str = ""
    due_at: datetime | None = None
    is_late: bool = False
    is_today: bool = False
    late_s: int = 0


@require_GET
@signed_in
def page(request: UserRequest) -> HttpResponse:
    at = timezone.now()
    tasks, leads = list(queue_of(request.user)[:QUEUE]), _newest(request.user)
    reach = _reach({row.person_id for row in leads} | {task.lead.person_id for task in tasks})
    context = {
        "queue": [_to_do(task, reach, at) for task in tasks],
        "newest": [_row(lead, reach) for lead in leads],
    }
    return render(request, "today/page.html", context)


def _newest(user: User) -> list[Lead]:
    rows = leads_for(user).select_related("person__company", "owner").order_by("-created_at", "-id")
    return list(rows[:NEWEST])


def _reach(people: set[int]) -> dict[int, str]:
    """What a person without a name is called: the phone, else the e-mail."""
    rows = Identity.objects.filter(person__in=people, person__name="", hidden_at__isnull=True).order_by("-kind")
    return {
        person: manners.phone(value) if kind in ("mobile", "phone") else value
        for person, kind, value in rows.values_list("person", "kind", "value")
    }


def _row(lead: Lead, reach: dict[int, str], **more: object) -> Row:
    return Row(
        lead=lead.id,
        name=lead.person.name or reach.get(lead.person_id, "") or _("Unnamed"),
        company=lead.person.company.name if lead.person.company else "",
        stage=lead.stage,
        temperature=lead.temperature,
        score=lead.score,
        owner=lead.owner.get_full_name() if lead.owner else "",
        owner_id=lead.owner_id or 0,
        created_at=lead.created_at,
        **more,  # type: ignore[arg-type]  # fields of Row, given by _to_do
    )


def _to_do(task: Task, reach: dict[int, str], at: datetime) -> Row:
    return _row(
        task.lead,
        reach,
        kind=task.kind,
        title=task.title,
        due_at=task.due_at,
        is_late=task.due_at < at,
        is_today=timezone.localtime(task.due_at).date() == timezone.localtime(at).date(),
        late_s=int((at - task.due_at).total_seconds()),
    )
