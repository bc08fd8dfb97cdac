"""What left us: messages, and the templates they were made of."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Literal

from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest, HttpResponse
from ninja import Path, Query, Router

from sarnakh.accounts.models import User
from sarnakh.accounts.rules import Right, may
from sarnakh.api.answers import caller, reply
from sarnakh.api.bodies import Id, Shape
from sarnakh.api.door import Key
from sarnakh.api.pages import Cursor, Limit, Page, page
from sarnakh.api.problems import not_there, with_problems
from sarnakh.leads.selectors import leads_for
from sarnakh.nurture.models import Template
from sarnakh.outbox.models import Message

router = Router(tags=["messages and templates"])

State = Literal["queued", "sending", "sent", "suppressed", "failed"]


class SendOut(Shape):
    """A message; `error` says why it was held back or failed."""

    id: int
    key: str
    channel: str
    purpose: str
    recipient: str
    subject: str
    message_id: str
    lead: int | None
    state: str
    attempts: int
    error: str
    created_at: datetime
    due_at: datetime
    sent_at: datetime | None


@router.get("/sends", auth=Key(), response=with_problems({200: Page[SendOut]}), operation_id="list_sends")
def list_sends(
    request: HttpRequest,
    state: Annotated[State | None, Query()] = None,
    lead: Annotated[Id | None, Query()] = None,
    channel: Annotated[str, Query(max_length=20)] = "",
    limit: Limit = 50,
    cursor: Cursor = "",
) -> HttpResponse:
    """Messages about leads you may see, the latest first."""
    rows = _sends_for(caller(request).user)
    for column, value in (("state", state), ("about_lead", lead), ("channel", channel or None)):
        if value is not None:
            rows = rows.filter(**{column: value})
    return reply(page(rows, _sends, sort="-id", limit=limit, cursor=cursor))


@router.get("/sends/{int:send_id}", auth=Key(), response=with_problems({200: SendOut}), operation_id="get_send")
def get_send(request: HttpRequest, send_id: Annotated[Id, Path()]) -> HttpResponse:
    """One message."""
    found = _sends_for(caller(request).user).filter(id=send_id).first()
    if found is None:
        raise not_there()
    return reply(_sends([found])[0])


class TemplateOut(Shape):
    """A text that is sent, in Liquid and HTML, in one or both languages."""

    slug: str
    name: str
    channel: str
    purpose: str
    subject: dict[str, str]
    body: dict[str, str]
    updated_at: datetime


@router.get("/templates", auth=Key(), response=with_problems({200: Page[TemplateOut]}), operation_id="list_templates")
def list_templates(request: HttpRequest, limit: Limit = 50, cursor: Cursor = "") -> HttpResponse:
    """The texts that are sent."""
    return reply(page(Template.objects.all(), _templates, sort="id", limit=limit, cursor=cursor))


@router.get("/templates/{slug}", auth=Key(), response=with_problems({200: TemplateOut}), operation_id="get_template")
def get_template(request: HttpRequest, slug: Annotated[str, Path(max_length=80)]) -> HttpResponse:
    """One of them."""
    found = Template.objects.filter(slug=slug).first()
    if found is None:
        raise not_there()
    return reply(TemplateOut.model_validate(found))


def _sends_for(user: User) -> QuerySet[Message]:
    if may(user.role, Right.READ_ALL):
        return Message.objects.all()
    return Message.objects.filter(Exists(leads_for(user).filter(id=OuterRef("about_lead"))))


def _sends(rows: Sequence[Message]) -> list[SendOut]:
    return [
        SendOut(
            id=row.id,
            key=row.key,
            channel=row.channel,
            purpose=row.purpose,
            recipient=row.recipient,
            subject=row.subject,
            message_id=row.message_id,
            lead=row.about_lead,
            state=row.state,
            attempts=row.attempts,
            error=row.error,
            created_at=row.created_at,
            due_at=row.due_at,
            sent_at=row.sent_at,
        )
        for row in rows
    ]


def _templates(rows: Sequence[Template]) -> list[TemplateOut]:
    return [TemplateOut.model_validate(row) for row in rows]
