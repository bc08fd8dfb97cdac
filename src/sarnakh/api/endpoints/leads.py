"""Leads: lists, one, its edits, its timeline and score."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, Literal

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import Path, Query
from pydantic import Field

from sarnakh.accounts.models import User
from sarnakh.accounts.rules import Right
from sarnakh.accounts.selectors import Forbidden
from sarnakh.api.answers import act, caller, follow, moment_of, reply
from sarnakh.api.bodies import Body, Id, Moment, Shape, Text60, Text80, Text120, Text200
from sarnakh.api.door import Key as ApiKey
from sarnakh.api.endpoints import taking_in
from sarnakh.api.endpoints.cards import LeadOut, shown, with_cards
from sarnakh.api.endpoints.people import user_named
from sarnakh.api.pages import Cursor, Limit, Page, page
from sarnakh.api.problems import Problem, Wrong, with_problems
from sarnakh.api.refusals import reading
from sarnakh.capture.rules import MOST_KEYS, CustomKind, custom_value, ways
from sarnakh.capture.services import known
from sarnakh.catalogue.models import Product
from sarnakh.catalogue.services import products_named
from sarnakh.distribute.services import assign_to
from sarnakh.engage.models import Activity
from sarnakh.kit.text import clean_line
from sarnakh.leads.fields import change_fields, change_product
from sarnakh.leads.filter import load_vocabulary, matching, parse
from sarnakh.leads.hiding import hide
from sarnakh.leads.models import Event, Lead
from sarnakh.leads.ports import Key
from sarnakh.leads.rules import STAGES
from sarnakh.leads.search import search as search_leads
from sarnakh.leads.selectors import lead_for, leads_for
from sarnakh.leads.ways import FIELDS, set_ways
from sarnakh.score.selectors import score_at, shares

router = taking_in.router  # ninja joins the methods of one path only within one router

LeadId = Annotated[Id, Path(description="of a lead; a merged-away id answers as the lead that was kept")]
Stage = Literal["lead", "mql", "sql", "customer", "disqualified", "deferred"]
Sort = Literal["-created_at", "created_at", "-changed_at", "changed_at", "-score", "score", "id", "-id"]
assert set(Stage.__args__) == set(STAGES)  # type: ignore[attr-defined]  # of a Literal


@router.get("/leads", auth=ApiKey(), response=with_problems({200: Page[LeadOut]}), operation_id="list_leads")
def list_leads(
    request: HttpRequest,
    search: Annotated[str, Query(max_length=200, description="a piece of a name, company, phone or e-mail")] = "",
    stage: Annotated[Stage | None, Query()] = None,
    segment: Annotated[str, Query(max_length=80, description="slug of a segment")] = "",
    owner: Annotated[Id | None, Query(description="id of a user")] = None,
    temperature: Annotated[Literal["cold", "warm", "hot"] | None, Query()] = None,
    sort: Annotated[Sort, Query()] = "-created_at",
    limit: Limit = 50,
    cursor: Cursor = "",
) -> HttpResponse:
    """The leads you may see, newest first."""
    rows = leads_for(caller(request).user)
    if search:
        rows = search_leads(rows, search)
    if segment:
        with reading("segment", is_whole=True):
            wanted = parse({"field": "segment", "op": "is", "value": segment}, load_vocabulary())
        rows = matching(rows, wanted, at=timezone.now())
    for column, value in (("stage", stage), ("owner", owner), ("temperature", temperature)):
        if value is not None:
            rows = rows.filter(**{column: value})
    return reply(page(with_cards(rows), shown, sort=sort, limit=limit, cursor=cursor))


@router.get("/leads/{int:lead_id}", auth=ApiKey(), response=with_problems({200: LeadOut}), operation_id="get_lead")
def get_lead(request: HttpRequest, lead_id: LeadId) -> HttpResponse:
    """One lead."""
    return reply(_read(caller(request).user, lead_id))


class LeadPatch(Body):
    """A merge-patch: what is named is overwritten, null empties it. `custom` is merged field by field; `phones` and
    `emails` are the whole lists."""

    name: Text200 | None = None
    job_title: Text120 | None = None
    company: Text200 | None = None
    province: Text80 | None = None
    city: Text80 | None = None
    language: Literal["fa", "en", ""] | None = None
    custom: dict[str, Any] | None = None
    product: Text80 | None = None
    phones: Annotated[list[Text60], Field(max_length=MOST_KEYS)] | None = None
    emails: Annotated[list[Annotated[str, Field(max_length=320)]], Field(max_length=MOST_KEYS)] | None = None
    owner: Id | None = None
    at: Moment | None = None


@router.patch(
    "/leads/{int:lead_id}",
    auth=ApiKey(Right.WRITE_LEADS),
    response=with_problems({200: LeadOut}),
    operation_id="change_lead",
)
@act
def change_lead(request: HttpRequest, lead_id: LeadId, body: LeadPatch) -> HttpResponse:
    """Change a lead's card, the ways to reach the person, its product or its owner."""
    bearer, now = caller(request), timezone.now()
    lead = lead_for(bearer.user, lead_id, lock=True)
    values = {name: getattr(body, name) for name in body.model_fields_set}
    at = moment_of(request, values.pop("at", None), now)
    has_owner, owner = "owner" in values, values.pop("owner", None)
    if "product" in values:
        product = _product(values.pop("product"))
        change_product(lead, product, actor=bearer.user.id, at=at, received_at=now, source="api")
    reached = {name: values.pop(name) or [] for name in FIELDS if name in values}
    if reached:
        keys = {name: [Key(*key) for key in ways(reached, name, province=lead.person.province)] for name in reached}
        set_ways(lead, keys, actor=bearer.user.id, at=at, received_at=now, source="api")
    changes = _fields(values)
    if changes:
        change_fields(lead, changes, actor=bearer.user.id, at=at, received_at=now, source="api")
    if has_owner and owner != lead.owner_id:
        _hand_over(request, lead, owner, at, now)
    follow([lead.id], now)
    # Read past the gate: who gives a lead away may lose sight of it by that.
    return reply(shown([with_cards(Lead.objects.all()).get(id=lead.id)])[0])


@router.delete(
    "/leads/{int:lead_id}",
    auth=ApiKey(Right.MERGE_LEADS),
    response=with_problems({204: None}),
    operation_id="hide_lead",
)
@act
def hide_lead(request: HttpRequest, lead_id: LeadId) -> HttpResponse:
    """Take a lead out of sight. It is kept; erasing a person's data is another act."""
    bearer = caller(request)
    hide(lead_for(bearer.user, lead_id), actor=bearer.user.id, at=timezone.now(), source="api")
    return HttpResponse(status=204)


class TimelineItem(Shape):
    """A fact. `kind` is its name; `lead` the card it happened to; a retracted one no longer counts."""

    id: int
    kind: str
    at: datetime
    received_at: datetime
    lead: int | None
    actor: int | None
    source: str
    props: dict[str, Any]
    text: str
    retracted: bool


@router.get(
    "/leads/{int:lead_id}/timeline",
    auth=ApiKey(),
    response=with_problems({200: Page[TimelineItem]}),
    operation_id="get_timeline",
)
def get_timeline(
    request: HttpRequest,
    lead_id: LeadId,
    kind: Annotated[str, Query(max_length=60, description="only facts of this name")] = "",
    limit: Limit = 50,
    cursor: Cursor = "",
) -> HttpResponse:
    """What happened to a lead and to the cards merged into it, newest first."""
    lead = lead_for(caller(request).user, lead_id)
    rows = Event.objects.filter(lead=lead).prefetch_related("retracted_by")
    if kind:
        rows = rows.filter(name=kind)
    return reply(page(rows, _timeline, sort="-at", limit=limit, cursor=cursor))


class ShareOut(Shape):
    """A line of the explanation: `points` as they stand now, the newest event behind them, its age in seconds."""

    kind: str
    rule: int | None
    name: str
    points: float
    cause: str
    event: int | None
    at: datetime | None
    age: float | None
    count: int


class ScoreOut(Shape):
    """The score at a moment, and why: the shares add up to it before it is held within its bounds."""

    lead: int
    at: datetime
    version: int | None
    score: float
    fit: float
    letter: str
    engagement: float
    temperature: str
    shares: list[ShareOut]


@router.get(
    "/leads/{int:lead_id}/score", auth=ApiKey(), response=with_problems({200: ScoreOut}), operation_id="get_score"
)
def get_score(
    request: HttpRequest, lead_id: LeadId, at: Annotated[Moment | None, Query(description="now without it")] = None
) -> HttpResponse:
    """The score of a lead at a moment with its explanation."""
    lead = lead_for(caller(request).user, lead_id)
    moment = at or timezone.now()
    found = score_at(lead, moment)
    lines = [
        ShareOut(
            kind=line.kind,
            rule=line.rule,
            name=line.name,
            points=line.points,
            cause=line.cause,
            event=line.event,
            at=line.at,
            age=line.age_s,
            count=line.count,
        )
        for line in shares(lead, moment)
    ]
    return reply(
        ScoreOut(
            lead=lead.id,
            at=moment,
            version=found.version,
            score=found.score,
            fit=found.fit,
            letter=found.letter,
            engagement=found.engagement,
            temperature=found.temperature,
            shares=lines,
        )
    )


def _read(user: User, lead_id: int) -> LeadOut:
    found = lead_for(user, lead_id)
    [card] = shown([with_cards(Lead.objects.all()).get(id=found.id)])
    card.merged_into = found.id if found.id != lead_id else None
    return card


def _timeline(events: Sequence[Event]) -> list[TimelineItem]:
    texts = dict(Activity.objects.filter(event__in=[event.id for event in events]).values_list("event_id", "text"))
    return [
        TimelineItem(
            id=event.id,
            kind=event.name,
            at=event.at,
            received_at=event.received_at,
            lead=event.origin_id,
            actor=event.actor_id,
            source=event.source,
            props=event.props,
            text=texts.get(event.id, ""),
            retracted=bool(event.retracted_by.all()),
        )
        for event in events
    ]


def _product(slug: str | None) -> Product | None:
    made = products_named([slug or ""])
    return Product.objects.get(id=next(iter(made.values()))) if made else None


def _fields(values: Mapping[str, Any]) -> dict[str, Any]:
    """Card fields as they are stored. Raises Problem 422."""
    changes = {name: clean_line(value) if value else None for name, value in values.items() if name != "custom"}
    custom = values.get("custom")
    if custom:
        kinds = known().custom
        wrong = []
        for slug, value in custom.items():
            read, code = _custom(kinds.get(slug), value)
            if code:
                wrong.append(Wrong(f"custom.{slug}", code, _custom_sentence(code, kinds.get(slug))))
            changes[f"custom.{slug}"] = read
        if wrong:
            raise Problem(422, wrong=wrong)
    return changes


def _custom(kind: CustomKind | None, value: object) -> tuple[Any, str]:
    if kind is None:
        return None, "unknown_field"
    if value is None or value == "":
        return None, ""
    read = custom_value(kind, value)
    return read, "" if read is not None else f"not_{kind.type}"


def _custom_sentence(code: str, kind: CustomKind | None) -> str:
    if kind is None:
        return _("There is no such field")
    if code == "not_choice":
        return _("Choose one of: %(allowed)s") % {"allowed": ", ".join(kind.options)}
    return _("This could not be read")


def _hand_over(request: HttpRequest, lead: Lead, owner: int | None, at: datetime, now: datetime) -> None:
    """To give a lead to somebody else needs a right; to take one from the own pool does not."""
    bearer = caller(request)
    is_taking = lead.owner_id is None and owner == bearer.user.id
    if not is_taking and Right.ASSIGN_LEADS not in bearer.rights:
        raise Forbidden(Right.ASSIGN_LEADS)
    user = user_named(owner) if owner is not None else None
    assign_to(lead, user, actor=bearer.user.id, at=at, source="api", received_at=now)
