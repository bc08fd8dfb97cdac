"""The log itself: events of all leads you may see."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Literal

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router

from sarnakh.api.answers import caller, reply
from sarnakh.api.bodies import Id, Moment, Shape
from sarnakh.api.door import Key
from sarnakh.api.pages import Cursor, Limit, Page, page
from sarnakh.api.problems import with_problems
from sarnakh.leads.models import Event
from sarnakh.leads.selectors import gate

router = Router(tags=["events"])


class EventOut(Shape):
    """A fact. `message_id` is unique with `source`; `lead` where it stands now, `origin` the card it came to."""

    id: int
    name: str
    at: datetime
    received_at: datetime
    source: str
    message_id: str
    lead: int | None
    origin: int | None
    actor: int | None
    props: dict[str, Any]
    retracts: int | None


@router.get("/events", auth=Key(), response=with_problems({200: Page[EventOut]}), operation_id="list_events")
def list_events(
    request: HttpRequest,
    name: Annotated[str, Query(max_length=60)] = "",
    lead: Annotated[Id | None, Query()] = None,
    start: Annotated[Moment | None, Query(alias="from", description="at this moment or after")] = None,
    end: Annotated[Moment | None, Query(alias="to", description="before this moment")] = None,
    sort: Annotated[Literal["-at", "at", "id", "-id"], Query()] = "-at",
    limit: Limit = 50,
    cursor: Cursor = "",
) -> HttpResponse:
    """Facts, the latest first. Of anonymous visitors only for who may read all."""
    rows = Event.objects.filter(gate(caller(request).user, "lead__"), lead__hidden_at__isnull=True)
    for column, value in (("name", name or None), ("lead", lead), ("at__gte", start), ("at__lt", end)):
        if value is not None:
            rows = rows.filter(**{column: value})
    return reply(page(rows, _shown, sort=sort, limit=limit, cursor=cursor))


def _shown(events: Sequence[Event]) -> list[EventOut]:
    return [
        EventOut(
            id=event.id,
            name=event.name,
            at=event.at,
            received_at=event.received_at,
            source=event.source,
            message_id=event.message_id,
            lead=event.lead_id,
            origin=event.origin_id,
            actor=event.actor_id,
            props=event.props,
            retracts=event.retracts_id,
        )
        for event in events
    ]
