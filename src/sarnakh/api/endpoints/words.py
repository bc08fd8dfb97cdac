"""Kinds of events, segments, and the rules that use them: score and assignment."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Literal

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Path, Router
from pydantic import BaseModel, Field

from sarnakh.accounts.rules import Right
from sarnakh.api.answers import act, caller, reply
from sarnakh.api.bodies import Body, Condition, Id, Name, Shape, Slug, Small, Text80, Words, bitext, given
from sarnakh.api.door import Key
from sarnakh.api.endpoints.people import team_named, user_named
from sarnakh.api.pages import Cursor, Limit, Page, page, whole
from sarnakh.api.problems import not_there, with_problems
from sarnakh.api.refusals import reading
from sarnakh.distribute.models import AssignmentRule
from sarnakh.distribute.selectors import rules_in_order
from sarnakh.distribute.services import save_rule, wake_pool
from sarnakh.leads.filter import load_vocabulary, parse
from sarnakh.leads.models import EventKind, Segment
from sarnakh.leads.segments import change_segment, create_segment, remove_segment
from sarnakh.leads.words import coin_kind
from sarnakh.score.rules import RuleInput
from sarnakh.score.selectors import shown_rules
from sarnakh.score.services import add_rule, publish, remove_rule, update_rule

router = Router(tags=["rules and segments"])

_MANAGE = Key(Right.MANAGE_RULES)
Number = Annotated[float, Field(ge=-(10**9), le=10**9)]


# --- kinds of events -------------------------------------------------------------------------------------------------


class When(Body):
    """Which events are of the kind: of this type, with this name, address or props."""

    type: Literal["page", "track", "form", "call", "meeting", "file", "link", "email", "event"]
    name: Annotated[str, Field(max_length=200)] | None = None
    url_contains: Annotated[str, Field(max_length=500)] | None = None
    where: Annotated[list[dict[str, Any]], Field(max_length=20)] | None = None


class KindIn(Body):
    slug: Slug
    name: Words
    when: When


class KindOut(Shape):
    """A kind of event; `is_used`: events are matched against it already."""

    slug: str
    name: dict[str, str]
    when: dict[str, Any]
    is_builtin: bool
    is_used: bool


@router.get("/event-kinds", auth=Key(), response=with_problems({200: Page[KindOut]}), operation_id="list_event_kinds")
def list_event_kinds(
    request: HttpRequest,
    limit: Limit = 50,
    cursor: Cursor = "",
) -> HttpResponse:
    """The kinds of events that rules and segments may name."""
    return reply(page(EventKind.objects.select_related("current"), _kinds, sort="id", limit=limit, cursor=cursor))


@router.post("/event-kinds", auth=_MANAGE, response=with_problems({201: KindOut}), operation_id="add_event_kind")
@act
def add_event_kind(request: HttpRequest, body: KindIn) -> HttpResponse:
    """Name a kind of event."""
    name = bitext(body.name, caller(request).user.language)
    kind = coin_kind(body.slug, name=name, when=body.when.model_dump(exclude_none=True))
    return reply(_kinds([kind])[0], 201)


def _kinds(rows: Sequence[EventKind]) -> list[KindOut]:
    return [
        KindOut(
            slug=row.slug,
            name=row.name,
            when=row.current.when,
            is_builtin=row.is_builtin,
            is_used=row.current.is_used,
        )
        for row in rows
    ]


# --- segments --------------------------------------------------------------------------------------------------------


class SegmentIn(Body):
    slug: Slug
    name: Words
    filter: Condition


class SegmentPatch(Body):
    name: Words | None = None
    filter: Condition | None = None


class SegmentOut(Shape):
    id: int
    slug: str
    name: dict[str, str]
    filter: dict[str, Any]
    created_at: datetime


@router.get("/segments", auth=Key(), response=with_problems({200: Page[SegmentOut]}), operation_id="list_segments")
def list_segments(request: HttpRequest, limit: Limit = 50, cursor: Cursor = "") -> HttpResponse:
    """Saved conditions."""
    return reply(page(Segment.objects.all(), _segments, sort="id", limit=limit, cursor=cursor))


@router.post("/segments", auth=_MANAGE, response=with_problems({201: SegmentOut}), operation_id="add_segment")
@act
def add_segment(request: HttpRequest, body: SegmentIn) -> HttpResponse:
    """Save a condition under a name."""
    actor = caller(request).user
    name = bitext(body.name, actor.language)
    with reading("filter"):
        made = create_segment(body.slug, name=name, when=body.filter, actor=actor, at=timezone.now())
    return reply(SegmentOut.model_validate(made), 201)


@router.get("/segments/{slug}", auth=Key(), response=with_problems({200: SegmentOut}), operation_id="get_segment")
def get_segment(request: HttpRequest, slug: Annotated[str, Path(max_length=80)]) -> HttpResponse:
    """One segment."""
    return reply(SegmentOut.model_validate(_segment(slug)))


@router.patch(
    "/segments/{slug}", auth=_MANAGE, response=with_problems({200: SegmentOut}), operation_id="change_segment"
)
@act
def patch_segment(request: HttpRequest, slug: Annotated[str, Path(max_length=80)], body: SegmentPatch) -> HttpResponse:
    """Change a segment's name or condition."""
    actor, values = caller(request).user, given(body)
    name = bitext(values["name"], actor.language) if "name" in values else None
    with reading("filter"):
        changed = change_segment(_segment(slug), name=name, when=values.get("filter"), actor=actor, at=timezone.now())
    return reply(SegmentOut.model_validate(changed))


@router.delete("/segments/{slug}", auth=_MANAGE, response=with_problems({204: None}), operation_id="remove_segment")
@act
def drop_segment(request: HttpRequest, slug: Annotated[str, Path(max_length=80)]) -> HttpResponse:
    """Remove a segment that no other names."""
    remove_segment(_segment(slug), actor=caller(request).user, at=timezone.now())
    return HttpResponse(status=204)


def _segment(slug: str) -> Segment:
    found = Segment.objects.filter(slug=slug).first()
    if found is None:
        raise not_there()
    return found


def _segments(rows: Sequence[Segment]) -> list[SegmentOut]:
    return [SegmentOut.model_validate(row) for row in rows]


# --- score rules -----------------------------------------------------------------------------------------------------


class RuleIn(Body):
    """A rule. behaviour: event, where, half_life_days, cap, times, within_days; profile: when, a Filter."""

    name: Name
    kind: Literal["behaviour", "profile"]
    points: Number
    event: Annotated[str, Field(max_length=60)] = ""
    where: Annotated[list[dict[str, Any]], Field(max_length=20)] = []
    half_life_days: Number | None = None
    cap: Number | None = None
    times: Annotated[int, Field(ge=1, le=1000)] = 1
    within_days: Number | None = None
    when: Condition | None = None
    group: Text80 = ""


class RuleOut(Shape):
    id: int
    name: str
    kind: str
    group: str
    points: float
    event: str
    where: list[dict[str, Any]]
    half_life_days: float | None
    cap: float | None
    times: int
    within_days: float | None
    when: dict[str, Any] | None


class RulesOut(BaseModel):
    """All rules of a version: the draft, else the one being built, else the one in force."""

    items: list[RuleOut]
    next: None = None
    version: int | None
    state: str


class PublishingOut(Shape):
    """A version on its way into force; `job` builds it, null when it is in force already."""

    version: int
    job: int | None


@router.get("/score-rules", auth=Key(), response=with_problems({200: RulesOut}), operation_id="list_score_rules")
def list_score_rules(request: HttpRequest) -> HttpResponse:
    """The rules of the score."""
    found = shown_rules()
    rules = sorted(found.rules.all(), key=lambda rule: (rule.position, rule.id)) if found else []
    return reply(
        RulesOut(
            items=[RuleOut.model_validate(rule) for rule in rules],
            version=found.version if found else None,
            state=found.state if found else "none",
        )
    )


@router.post("/score-rules", auth=_MANAGE, response=with_problems({201: RuleOut}), operation_id="add_score_rule")
@act
def add_score_rule(request: HttpRequest, body: RuleIn) -> HttpResponse:
    """Add a rule to the draft."""
    return reply(RuleOut.model_validate(add_rule(_rule_input(body), at=timezone.now())), 201)


@router.post(
    "/score-rules/publish",
    auth=_MANAGE,
    response=with_problems({202: PublishingOut}),
    operation_id="publish_score_rules",
)
@act
def publish_score_rules(request: HttpRequest) -> HttpResponse:
    """Put the draft into force, as soon as every lead is scored by it."""
    found = publish(actor=caller(request).user.id, at=timezone.now())
    return reply(PublishingOut(version=found.version, job=found.job), 202)


@router.patch(
    "/score-rules/{int:rule_id}", auth=_MANAGE, response=with_problems({200: RuleOut}), operation_id="change_score_rule"
)
@act
def change_score_rule(request: HttpRequest, rule_id: Annotated[Id, Path()], body: RuleIn) -> HttpResponse:
    """Replace a rule in the draft."""
    return reply(RuleOut.model_validate(update_rule(rule_id, _rule_input(body), at=timezone.now())))


@router.delete(
    "/score-rules/{int:rule_id}", auth=_MANAGE, response=with_problems({204: None}), operation_id="remove_score_rule"
)
@act
def drop_score_rule(request: HttpRequest, rule_id: Annotated[Id, Path()]) -> HttpResponse:
    """Take a rule out of the draft."""
    remove_rule(rule_id, at=timezone.now())
    return HttpResponse(status=204)


def _rule_input(body: RuleIn) -> RuleInput:
    return RuleInput(**{name: getattr(body, name) for name in RuleIn.model_fields})


# --- assignment rules ------------------------------------------------------------------------------------------------


class AssignmentRuleIn(Body):
    """Leads for which `when` holds go to a team or a person; the first rule that holds counts."""

    name: Name
    when: Condition = Field(default_factory=lambda: {"all": []})
    team: Id | None = None
    user: Id | None = None
    method: Literal["round_robin", "weighted", "least_loaded", "skill"] = "round_robin"
    position: Small | None = None
    is_active: bool = True


class AssignmentRulePatch(Body):
    name: Name | None = None
    when: Condition | None = None
    team: Id | None = None
    user: Id | None = None
    method: Literal["round_robin", "weighted", "least_loaded", "skill"] | None = None
    position: Small | None = None
    is_active: bool | None = None


class AssignmentRuleOut(Shape):
    id: int
    name: str
    when: dict[str, Any]
    team: int | None
    user: int | None
    method: str
    position: int
    is_active: bool


@router.get(
    "/assignment-rules",
    auth=Key(),
    response=with_problems({200: Page[AssignmentRuleOut]}),
    operation_id="list_assignment_rules",
)
def list_assignment_rules(request: HttpRequest) -> HttpResponse:
    """The rules in the order in which they are tried."""
    return reply(whole([_assignment_rule(row) for row in rules_in_order()]))


@router.post(
    "/assignment-rules",
    auth=_MANAGE,
    response=with_problems({201: AssignmentRuleOut}),
    operation_id="add_assignment_rule",
)
@act
def add_assignment_rule(request: HttpRequest, body: AssignmentRuleIn) -> HttpResponse:
    """Add a rule; without a position it goes last."""
    return reply(_saved(None, body.model_dump()), 201)


@router.patch(
    "/assignment-rules/{int:rule_id}",
    auth=_MANAGE,
    response=with_problems({200: AssignmentRuleOut}),
    operation_id="change_assignment_rule",
)
@act
def change_assignment_rule(
    request: HttpRequest, rule_id: Annotated[Id, Path()], body: AssignmentRulePatch
) -> HttpResponse:
    """Change a rule."""
    row = AssignmentRule.objects.select_for_update().filter(id=rule_id).first()
    if row is None:
        raise not_there()
    kept = {
        "name": row.name,
        "when": row.when,
        "team": row.team_id,
        "user": row.user_id,
        "method": row.method,
        "position": row.position,
        "is_active": row.is_active,
    }
    return reply(_saved(row, kept | given(body, "team", "user")))


def _saved(row: AssignmentRule | None, values: dict[str, Any]) -> AssignmentRuleOut:
    with reading("when"):
        parse(values["when"], load_vocabulary())
    team = team_named(values["team"]) if values["team"] else None
    user = user_named(values["user"], "user") if values["user"] else None
    saved = save_rule(row, **{**values, "team": team, "user": user})
    wake_pool(at=timezone.now())
    return _assignment_rule(saved)


def _assignment_rule(row: AssignmentRule) -> AssignmentRuleOut:
    return AssignmentRuleOut(
        id=row.id,
        name=row.name,
        when=row.when,
        team=row.team_id,
        user=row.user_id,
        method=row.method,
        position=row.position,
        is_active=row.is_active,
    )
