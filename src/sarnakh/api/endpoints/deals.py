"""Deals: lists, one, what becomes of it; and another one for a customer."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Literal, cast

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Path, Query, Router
from pydantic import Field

from sarnakh.accounts.rules import Right
from sarnakh.api.answers import act, caller, follow, moment_of, reply
from sarnakh.api.bodies import Amount, Body, Id, Moment, Shape, Text60, Text200, given
from sarnakh.api.door import Key
from sarnakh.api.endpoints.lead_acts import DealIn
from sarnakh.api.endpoints.people import user_named
from sarnakh.api.pages import Cursor, Limit, Page, page
from sarnakh.api.problems import with_problems
from sarnakh.convert.models import Deal
from sarnakh.convert.ports import DealChange, NewDeal
from sarnakh.convert.selectors import deal_for, deals_for
from sarnakh.convert.services import add_deal, set_deal
from sarnakh.leads.selectors import lead_for

router = Router(tags=["deals"])
DealId = Annotated[Id, Path()]
Status = Literal["open", "won", "lost"]


class DealOut(Shape):
    id: int
    lead: int
    contact: int
    company: int | None
    title: str
    amount: int
    currency: str
    stage: str
    status: Status
    reason: str
    owner: int | None
    created_at: datetime
    closed_at: datetime | None
    changed_at: datetime


@router.get("/deals", auth=Key(), response=with_problems({200: Page[DealOut]}), operation_id="list_deals")
def list_deals(
    request: HttpRequest,
    status: Annotated[Status | None, Query()] = None,
    stage: Annotated[str, Query(max_length=60, description="slug of a stage of the pipeline")] = "",
    owner: Annotated[Id | None, Query()] = None,
    lead: Annotated[Id | None, Query()] = None,
    sort: Annotated[Literal["-created_at", "created_at", "-changed_at", "-amount", "amount"], Query()] = "-created_at",
    limit: Limit = 50,
    cursor: Cursor = "",
) -> HttpResponse:
    """The deals you may see, newest first."""
    rows = deals_for(caller(request).user)
    for column, value in (("status", status), ("stage__slug", stage or None), ("owner", owner), ("lead", lead)):
        if value is not None:
            rows = rows.filter(**{column: value})
    return reply(page(rows, shown, sort=sort, limit=limit, cursor=cursor))


@router.get("/deals/{int:deal_id}", auth=Key(), response=with_problems({200: DealOut}), operation_id="get_deal")
def get_deal(request: HttpRequest, deal_id: DealId) -> HttpResponse:
    """One deal."""
    return reply(_shown(deal_for(caller(request).user, deal_id)))


class AnotherDealIn(DealIn):
    lead: Id
    owner: Id | None = None
    at: Moment | None = None


@router.post("/deals", auth=Key(Right.WRITE_LEADS), response=with_problems({201: DealOut}), operation_id="add_deal")
@act
def add_another_deal(request: HttpRequest, body: AnotherDealIn) -> HttpResponse:
    """Open another deal of a lead that is converted."""
    bearer, now = caller(request), timezone.now()
    lead = lead_for(bearer.user, body.lead)
    if body.owner is not None:
        user_named(body.owner)
    made = add_deal(
        lead,
        NewDeal(body.title, body.amount, body.currency, body.owner, body.stage),
        actor=bearer.user.id,
        at=moment_of(request, body.at, now),
        source="api",
        received_at=now,
    )
    follow([lead.id], now)
    return reply(_shown(made), 201)


class DealPatch(Body):
    """What changes. A loss needs one of the refusal reasons, a reopening its reason in words."""

    stage: Annotated[str, Field(min_length=1, max_length=60)] | None = None
    status: Status | None = None
    amount: Amount | None = None
    currency: Annotated[str, Field(min_length=3, max_length=3)] | None = None
    title: Text200 | None = None
    owner: Id | None = None
    reason: Text60 | None = None
    at: Moment | None = None


@router.patch(
    "/deals/{int:deal_id}",
    auth=Key(Right.WRITE_LEADS),
    response=with_problems({200: DealOut}),
    operation_id="change_deal",
)
@act
def change_deal(request: HttpRequest, deal_id: DealId, body: DealPatch) -> HttpResponse:
    """Move a deal on the board, win it, lose it, reopen it, or change what it is worth."""
    bearer, now = caller(request), timezone.now()
    deal = deal_for(bearer.user, deal_id)
    values = given(body, "reason", "at")
    at = moment_of(request, values.pop("at", None), now)
    if "owner" in values:
        user_named(values["owner"])
    values["reason"] = values.get("reason") or ""
    changed = set_deal(
        deal,
        DealChange(**values),
        actor=bearer.user.id,
        at=at,
        source="api",
        received_at=now,
    )
    follow([changed.lead_id], now)
    return reply(_shown(changed))


def shown(deals: Sequence[Deal]) -> list[DealOut]:
    return [_shown(deal) for deal in deals]


def _shown(deal: Deal) -> DealOut:
    return DealOut(
        id=deal.id,
        lead=deal.lead_id,
        contact=deal.contact_id,
        company=deal.company_id,
        title=deal.title,
        amount=deal.amount,
        currency=deal.currency,
        stage=deal.stage.slug,
        status=cast(Status, deal.status),
        reason=deal.reason,
        owner=deal.owner_id,
        created_at=deal.created_at,
        closed_at=deal.closed_at,
        changed_at=deal.changed_at,
    )
