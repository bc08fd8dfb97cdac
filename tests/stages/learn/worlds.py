"""Random small worlds: the same leads, facts, costs and deals in the base and in the oracle."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

from django.db import transaction

from factories import make_person, make_team, make_user
from oracle import figures
from sarnakh.accounts.models import Holiday, Organisation, Role, Team, User
from sarnakh.catalogue.models import Product
from sarnakh.convert.models import Deal, Pipeline, PipelineStage
from sarnakh.engage.models import Activity, Task
from sarnakh.leads.facts import Fact, record_facts
from sarnakh.leads.merging import merge
from sarnakh.leads.models import Contact, CostLine, Event, Lead, LeadSource
from sarnakh.qualify.models import RefusalReason

# Half hours: Tehran's midnight, 20:30 UTC, is among them.
BEGIN = datetime(2026, 2, 20, tzinfo=UTC)
HALF_HOURS = 21 * 48
SOURCES = ("google", "instagram", "")
REASONS = {"no_answer": "ignored", "too_dear": "refused_to_buy", "old": ""}
WEEK = {"5": [["09:00", "13:00"], ["14:00", "17:30"]], "6": [["09:00", "17:00"]], "0": [["10:00", "24:00"]]}

# What may happen to a lead: (name, props); users and teams are places in the lists of `Ground`.
HAPPENINGS = (
    *[("stage_changed", {"to": to, "reason": "x"}) for to in ("mql", "mql", "sql", "lead")],
    *[("stage_changed", {"to": "disqualified", "reason": why}) for why in REASONS],
    *[("lead_assigned", {"user": user, "team": team}) for user, team in ((0, 0), (1, 1), (2, 1), (None, 1))],
    ("lead_converted", {}),
    ("deal_won", {}),
    ("deal_won", {}),
    ("page_viewed", {"url": "/"}),
)


def plan_of(seed: int) -> dict[str, Any]:
    """A crowded world as plain numbers; `write` makes it twice."""
    dice = Random(seed)
    return {
        "leads": [_lead_plan(dice) for _ in range(dice.choice((0, 4, 8, 12)))],
        "costs": {
            (dice.randint(0, 20), *_origin(dice), dice.choice(("IRR", "EUR"))): (
                dice.randint(0, 50),
                dice.randint(0, 5000),
                dice.randint(0, 10**10),
            )
            for _ in range(dice.randint(0, 10))
        },
        "week": dice.choice(({}, WEEK)),
        "zone": dice.choice(("Asia/Tehran", "UTC", "America/New_York")),
    }


def _lead_plan(dice: Random) -> dict[str, Any]:
    # Most of a life follows its beginning soon, and days are shared, so that periods hold much of it.
    begin = dice.randint(0, HALF_HOURS - 200)

    def half() -> int:
        return dice.choice((begin + dice.randint(0, 200), dice.randint(0, HALF_HOURS)))

    source, medium, campaign = _origin(dice)
    return {
        "at": begin,
        "source": source,
        "medium": medium,
        "campaign": campaign,
        "form": dice.choice(("contact", "")),
        "direction": dice.choice(("inbound", "outbound")),
        "province": dice.choice(("تهران", "گیلان")),
        "product": dice.choice((None, "crm")),
        "is_merged": dice.random() < 0.3,  # into the lead before, if both stand
        "is_hidden": dice.random() < 0.15,
        "facts": [
            (half(), dice.choice(HAPPENINGS), _place(dice), dice.random() < 0.2) for _ in range(dice.randint(0, 9))
        ],
        "activities": [
            (
                half(),
                dice.choice(("call", "meeting", "message", "note")),
                dice.choice(("outbound", "outbound", "inbound")),
                _place(dice),
                dice.random() < 0.2,
            )
            for _ in range(dice.randint(0, 4))
        ],
        "tasks": [
            (_place(dice), half(), dice.choice((None, half(), half())), dice.random() < 0.3)
            for _ in range(dice.randint(0, 2))
        ],
        "deals": [
            (
                dice.randint(0, 9_000_000_000),
                dice.choice(("IRR", "IRR", "EUR")),
                dice.choice(("won", "won", "open", "lost")),
                half(),
                _place(dice),
                dice.random() < 0.2,
            )
            for _ in range(dice.randint(0, 2))
        ],
    }


def _origin(dice: Random) -> tuple[str, str, str]:
    return dice.choice(SOURCES), dice.choice(("cpc", "")), dice.choice(("nowruz", ""))


def _place(dice: Random) -> int | None:
    return dice.choice((None, 0, 1, 2))


@dataclass
class Ground:
    """What a world stands on: three people in a tree of two teams, and who asks."""

    users: list[User]
    teams: list[Team]
    admin: User
    rep: User
    manager: User


def moment(half: int) -> datetime:
    return BEGIN + timedelta(minutes=30 * half)


def day(number: int) -> date:
    return BEGIN.date() + timedelta(days=number)


def write(plan: dict[str, Any]) -> tuple[figures.World, Ground]:
    """Make a plan real, in the base and for the oracle."""
    ground = _ground(plan)
    world = figures.World(
        families={slug: family for slug, family in REASONS.items() if family},
        zone=plan["zone"],
        week=plan["week"],
        holidays={day(9)},
    )
    leads = [_write_lead(each, world) for each in plan["leads"]]
    for each, lead in zip(plan["leads"], leads, strict=True):
        _write_log(each, lead, world, ground)
    for each, lead in zip(plan["leads"], leads, strict=True):
        _write_deals(each, lead, world, ground)
        _write_tasks(each, lead, world, ground)
    _merge(plan, leads, world)
    for (number, source, medium, campaign, currency), (clicks, impressions, cost) in plan["costs"].items():
        world.costs.append(figures.Cost(day(number), source, medium, campaign, currency, clicks, impressions, cost))
    CostLine.objects.bulk_create(CostLine(**vars(line)) for line in world.costs)
    return world, ground


def _ground(plan: dict[str, Any]) -> Ground:
    Organisation.objects.update_or_create(
        id=1,
        defaults={"name": "س", "time_zone": plan["zone"], "working_week": plan["week"], "created_at": BEGIN},
    )
    Holiday.objects.create(day=day(9))
    for slug, family in REASONS.items():
        if family:
            RefusalReason.objects.update_or_create(slug=slug, defaults={"family": family})
    Product.objects.create(slug="crm")
    top = make_team()
    below = make_team(parent=top)
    users = [make_user(team=below), make_user(team=top), make_user(team=below, role=Role.MANAGER)]
    return Ground(users, [top, below], make_user(role=Role.ADMIN), users[0], users[2])


def _write_lead(each: dict[str, Any], world: figures.World) -> Lead:
    at = moment(each["at"])
    person = make_person(province=each["province"], at=at)
    product = Product.objects.get(slug=each["product"]) if each["product"] else None
    lead = Lead.objects.create(origin=person, person=person, product=product, stage_at=at, created_at=at, changed_at=at)
    origin = {name: each[name] for name in ("source", "medium", "campaign", "form", "direction")}
    LeadSource.objects.create(origin=lead, lead=lead, **origin)
    world.leads.append(
        figures.Lead(
            lead.id,
            at,
            **origin,
            province=each["province"],
            product=each["product"],
            is_hidden=each["is_hidden"],
        )
    )
    return lead


def _write_log(each: dict[str, Any], lead: Lead, world: figures.World, ground: Ground) -> None:
    """Through the one writer of the log: creation, what happened, and what was taken back."""
    created = moment(each["at"])
    facts = [Fact("lead_created", created, origin=lead.id)]
    taken_back = []
    for half, (name, props), actor, is_taken_back in each["facts"]:
        # Pages are seen before anyone is known; all else happens to a lead.
        at = moment(half) if name == "page_viewed" else max(moment(half), created)
        facts.append(Fact(name, at, origin=lead.id, props=_real(props, ground), actor=_user(actor, ground)))
        if is_taken_back and name != "page_viewed":
            taken_back.append(len(facts) - 1)
    events = _record(facts)
    retracted = {events[place].id for place in taken_back}
    events += _record(
        [
            Fact("deal_reopened", events[place].at + timedelta(hours=1), origin=lead.id, retracts=events[place].id)
            for place in taken_back
        ]
    )
    assert {event.retracts_id for event in events if event.retracts_id} == retracted
    events += _write_activities(each, lead, world, ground)
    world.facts += [
        figures.Fact(event.id, lead.id, event.name, event.at, event.props, event.actor_id, event.retracts_id)
        for event in events
    ]


def _write_activities(each: dict[str, Any], lead: Lead, world: figures.World, ground: Ground) -> list[Event]:
    created = moment(each["at"])
    made = [
        (max(moment(half), created), kind, direction, _user(actor, ground), is_taken_back)
        for half, kind, direction, actor, is_taken_back in each["activities"]
    ]
    events = _record([Fact("talked", at, origin=lead.id, actor=user) for at, _, _, user, _ in made])
    for (at, kind, direction, user, _), event in zip(made, events, strict=True):
        Activity.objects.create(
            origin=lead, lead=lead, kind=kind, direction=direction, at=at, actor_id=user, event=event
        )
        world.activities.append(figures.Activity(lead.id, kind, direction, at, user, event.id))
    return events + _record(
        [
            Fact("taken_back", event.at, origin=lead.id, retracts=event.id)
            for (*_, is_taken_back), event in zip(made, events, strict=True)
            if is_taken_back
        ]
    )


def _record(facts: list[Fact]) -> list[Event]:
    with transaction.atomic():
        return record_facts(facts, received_at=moment(HALF_HOURS))


def _real(props: dict[str, Any], ground: Ground) -> dict[str, Any]:
    if "user" not in props:
        return props
    team = None if props["team"] is None else ground.teams[props["team"]].id
    return {"user": _user(props["user"], ground), "team": team}


def _user(place: int | None, ground: Ground) -> int | None:
    return None if place is None else ground.users[place].id


def _merge(plan: dict[str, Any], leads: list[Lead], world: figures.World) -> None:
    """Merge people with those before them, then hide what is junk. Leads that were won stay apart."""
    for place in range(1, len(leads)):
        hidden = world.leads[place].is_hidden or world.leads[place - 1].is_hidden
        if plan["leads"][place]["is_merged"] and not hidden:
            merge(leads[place - 1].id, [leads[place].id], actor=None, at=moment(HALF_HOURS))
    for lead in world.leads:
        now = Lead.objects.select_related("person").get(id=lead.id)
        lead.merged_into, lead.province = now.merged_into_id, now.person.province
    hidden_ids = [lead.id for lead in world.leads if lead.is_hidden]
    Lead.objects.filter(id__in=hidden_ids).update(hidden_at=moment(HALF_HOURS))


def _write_deals(each: dict[str, Any], lead: Lead, world: figures.World, ground: Ground) -> None:
    if not each["deals"]:
        return
    pipeline = Pipeline.objects.create()
    stage = PipelineStage.objects.create(pipeline=pipeline, slug="new")
    contact = Contact.objects.create(origin=lead.person, person=lead.person, lead=lead, created_at=lead.created_at)
    for amount, currency, status, half, owner, is_hidden in each["deals"]:
        closed_at = None if status == "open" else moment(half)
        user = _user(owner, ground)
        Deal.objects.create(
            origin=lead,
            lead=lead,
            contact=contact,
            stage=stage,
            stage_at=lead.created_at,
            amount=amount,
            currency=currency,
            status=status,
            owner_id=user,
            closed_at=closed_at,
            created_at=lead.created_at,
            changed_at=lead.created_at,
            hidden_at=lead.created_at if is_hidden else None,
        )
        world.deals.append(figures.Deal(lead.id, amount, currency, status, closed_at, user, is_hidden))


def _write_tasks(each: dict[str, Any], lead: Lead, world: figures.World, ground: Ground) -> None:
    for owner, due, done, is_cancelled in each["tasks"]:
        user = _user(owner, ground)
        done_at = None if done is None else moment(done)
        Task.objects.create(
            origin=lead,
            lead=lead,
            kind="call",
            due_at=moment(due),
            done_at=done_at,
            owner_id=user,
            created_at=lead.created_at,
            outcome="cancelled" if is_cancelled else "",
        )
        world.tasks.append(figures.Task(lead.id, user, moment(due), done_at, is_cancelled))
