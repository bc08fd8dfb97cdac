"""What is done with a lead: stages, conversion, merging, duplicates."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Literal

from django.db.models import Exists, OuterRef
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Path, Query, Router
from pydantic import Field

from sarnakh.accounts.models import User
from sarnakh.accounts.rules import Right
from sarnakh.api.answers import act, caller, follow, moment_of, reply
from sarnakh.api.bodies import Amount, Body, Id, Moment, Shape, Text60, Text200
from sarnakh.api.door import Key
from sarnakh.api.endpoints.cards import LeadOut, shown, with_cards
from sarnakh.api.endpoints.leads import LeadId
from sarnakh.api.endpoints.people import user_named
from sarnakh.api.pages import Cursor, Limit, Page, page
from sarnakh.api.problems import with_problems
from sarnakh.convert.ports import NewDeal
from sarnakh.convert.services import convert
from sarnakh.leads.merging import merge, undo
from sarnakh.leads.models import DuplicatePair, Lead, Merge
from sarnakh.leads.selectors import NotThere, lead_for, leads_for
from sarnakh.qualify.services import set_stage

router = Router(tags=["leads"])


class StageIn(Body):
    """Where to. `disqualified` needs a reason, one of yours or its own words; `deferred` needs `until`; back only to
    `lead`, with a reason."""

    to: Literal["lead", "mql", "sql", "disqualified", "deferred"]
    reason: Text60 = ""
    until: Moment | None = None
    at: Moment | None = None


@router.post(
    "/leads/{int:lead_id}/stage",
    auth=Key(Right.WRITE_LEADS),
    response=with_problems({200: LeadOut}),
    operation_id="move_lead",
)
@act
def move_lead(request: HttpRequest, lead_id: LeadId, body: StageIn) -> HttpResponse:
    """Move a lead to another stage. A customer is made by winning a deal."""
    bearer, now = caller(request), timezone.now()
    lead = lead_for(bearer.user, lead_id)
    at = moment_of(request, body.at, now)
    set_stage(
        lead,
        body.to,
        actor=bearer.user.id,
        at=at,
        reason=body.reason,
        until=body.until,
        any_reason=True,
        source="api",
        received_at=now,
    )
    follow([lead.id], now)
    return reply(shown([with_cards(Lead.objects.all()).get(id=lead.id)])[0])


class DealIn(Body):
    """A deal to open. Without a currency it is the organisation's; Toman (IRT) is taken and kept as Rial x 10."""

    title: Text200 = ""
    amount: Amount = 0
    currency: Annotated[str, Field(max_length=3)] = ""
    stage: Text60 = ""


class ConvertIn(Body):
    deal: DealIn = DealIn()
    company: Text200 = ""
    owner: Id | None = None
    at: Moment | None = None


class ConvertedOut(Shape):
    """The ids of what the lead became."""

    contact: int
    company: int | None
    deal: int


@router.post(
    "/leads/{int:lead_id}/convert",
    auth=Key(Right.WRITE_LEADS),
    response=with_problems({201: ConvertedOut}),
    operation_id="convert_lead",
)
@act
def convert_lead(request: HttpRequest, lead_id: LeadId, body: ConvertIn) -> HttpResponse:
    """Make a contact, its company and a deal of a lead, once. A second time: 409 with their ids."""
    bearer, now = caller(request), timezone.now()
    lead = lead_for(bearer.user, lead_id)
    if body.owner is not None:
        user_named(body.owner)
    made = convert(
        lead,
        NewDeal(body.deal.title, body.deal.amount, body.deal.currency, body.owner, body.deal.stage),
        actor=bearer.user.id,
        at=moment_of(request, body.at, now),
        company=body.company,
        source="api",
        received_at=now,
    )
    follow([lead.id], now)
    answer = ConvertedOut(contact=made.contact.id, company=made.company.id if made.company else None, deal=made.deal.id)
    return reply(answer, 201)


class MergeIn(Body):
    keep: Id
    merge: Annotated[list[Id], Field(min_length=1, max_length=50)]


class MergeOut(Shape):
    """A merge. `lead` is the lead that stands for all; `undone_at` is set when it was taken back."""

    id: int
    lead: int
    merged: list[int]
    at: datetime
    undone_at: datetime | None


@router.post(
    "/leads/merge", auth=Key(Right.MERGE_LEADS), response=with_problems({201: MergeOut}), operation_id="merge_leads"
)
@act
def merge_leads(request: HttpRequest, body: MergeIn) -> HttpResponse:
    """Merge the persons of these leads into one; it can be undone at any time."""
    bearer, now = caller(request), timezone.now()
    keep = lead_for(bearer.user, body.keep).id
    gone = [lead_for(bearer.user, lead).id for lead in dict.fromkeys(body.merge)]
    row = merge(keep, gone, actor=bearer.user.id, at=now)
    follow([keep], now)
    return reply(_merge(row), 201)


@router.post(
    "/merges/{int:merge_id}/undo",
    auth=Key(Right.MERGE_LEADS),
    response=with_problems({200: MergeOut}),
    operation_id="undo_merge",
)
@act
def undo_merge(request: HttpRequest, merge_id: Annotated[Id, Path()]) -> HttpResponse:
    """Undo a merge, whatever was merged or worked since."""
    bearer, now = caller(request), timezone.now()
    row = undo(_merge_for(bearer.user, merge_id).id, actor=bearer.user.id, at=now)
    told = _merge(row)
    follow([told.lead, *told.merged], now)
    return reply(told)


class DuplicateOut(Shape):
    """Two persons that may be one, with a lead of each."""

    id: int
    leads: list[int]
    names: list[str]
    confidence: float
    reasons: list[dict[str, Any]]
    created_at: datetime


@router.get(
    "/duplicates", auth=Key(), response=with_problems({200: Page[DuplicateOut]}), operation_id="list_duplicates"
)
def list_duplicates(
    request: HttpRequest,
    sort: Annotated[Literal["-confidence", "-created_at", "-id"], Query()] = "-confidence",
    limit: Limit = 50,
    cursor: Cursor = "",
) -> HttpResponse:
    """Pairs not yet decided of which you may see both sides."""
    mine = leads_for(caller(request).user)
    rows = DuplicatePair.objects.filter(
        Exists(mine.filter(person=OuterRef("low"))), Exists(mine.filter(person=OuterRef("high"))), state="open"
    ).select_related("low", "high")

    def told(pairs: Sequence[DuplicatePair]) -> list[DuplicateOut]:
        people = {person for pair in pairs for person in (pair.low_id, pair.high_id)}
        leads: dict[int, int] = {}
        for person, lead in mine.filter(person__in=people).order_by("created_at", "id").values_list("person_id", "id"):
            leads[person] = lead
        return [
            DuplicateOut(
                id=pair.id,
                leads=[leads[pair.low_id], leads[pair.high_id]],
                names=[pair.low.name, pair.high.name],
                confidence=pair.confidence,
                reasons=pair.reasons,
                created_at=pair.created_at,
            )
            for pair in pairs
        ]

    return reply(page(rows, told, sort=sort, limit=limit, cursor=cursor))


def _merge_for(user: User, merge_id: int) -> Merge:
    """A merge whose kept person has a lead inside the gate. Raises NotThere."""
    row = Merge.objects.select_related("keep_person").filter(id=merge_id).first()
    if row is None:
        raise NotThere
    root = row.keep_person.merged_into_id or row.keep_person_id
    if not leads_for(user).filter(person=root).exists():
        raise NotThere
    return row


def _merge(row: Merge) -> MergeOut:
    cards: defaultdict[str, list[tuple[int, int]]] = defaultdict(list)
    for edge in row.edges.order_by("id"):
        cards[edge.subject].append((edge.gone, edge.kept))
    gone = [lead for lead, _kept in cards["lead"]]
    kept = [lead for _gone, lead in cards["lead"]]
    anchor = kept[0] if kept else (row.event.origin_id if row.event else 0) or 0
    return MergeOut(id=row.id, lead=anchor, merged=gone, at=row.at, undone_at=row.retracted_at)
