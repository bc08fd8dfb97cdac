"""Every figure of the reports, counted the slow and plain way over lists of leads, facts, cost lines and deals.

Nothing here imports the product: the tests write one random world into the base and here, and compare. Each report is
a dict from the key of a row to a dict of its figures. A fact is known now or it is not: what was retracted never was,
for every as-of moment.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from fractions import Fraction
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

OUTBOUND = ("call", "meeting", "message")
STAGE_FACTS = ("stage_changed", "lead_converted", "deal_won")


@dataclass
class Lead:
    id: int
    created_at: datetime
    source: str = ""
    medium: str = ""
    campaign: str = ""
    form: str = ""
    direction: str = "inbound"
    province: str = ""
    product: str | None = None
    merged_into: int | None = None  # the kept lead, never a chain
    is_hidden: bool = False  # undone or junk


@dataclass
class Fact:
    id: int
    lead: int  # the card it happened to
    name: str
    at: datetime
    props: dict[str, Any] = field(default_factory=dict)
    actor: int | None = None
    retracts: int | None = None


@dataclass
class Activity:
    lead: int
    kind: str
    direction: str
    at: datetime
    actor: int | None
    fact: int = 0  # the one that a later fact may take back


@dataclass
class Task:
    lead: int
    owner: int | None
    due_at: datetime
    done_at: datetime | None = None
    is_cancelled: bool = False


@dataclass
class Cost:
    date: date
    source: str
    medium: str
    campaign: str
    currency: str
    clicks: int
    impressions: int
    cost: int


@dataclass
class Deal:
    lead: int
    amount: int
    currency: str
    status: str
    closed_at: datetime | None
    owner: int | None = None
    is_hidden: bool = False


@dataclass(eq=False)  # one world is one world; what is counted of it once is kept
class World:
    leads: list[Lead] = field(default_factory=list)
    facts: list[Fact] = field(default_factory=list)
    activities: list[Activity] = field(default_factory=list)
    tasks: list[Task] = field(default_factory=list)
    costs: list[Cost] = field(default_factory=list)
    deals: list[Deal] = field(default_factory=list)
    families: dict[str, str] = field(default_factory=dict)  # reason -> family
    zone: str = "Asia/Tehran"
    currency: str = "IRR"
    week: dict[str, list[list[str]]] = field(default_factory=dict)
    holidays: set[date] = field(default_factory=set)


# --- plain things ----------------------------------------------------------------------------------------------------


def over(above: float, below: float) -> float | None:
    return None if below == 0 else above / below


def percentile(values: Iterable[float], share: float) -> float | None:
    """As spreadsheets do it: straight line between the two nearest ranks."""
    ordered = sorted(values)
    if not ordered:
        return None
    place = (len(ordered) - 1) * share
    below = math.floor(place)
    above = math.ceil(place)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)


def midnight(world: World, day: date) -> datetime:
    return datetime.combine(day, time(), ZoneInfo(world.zone))


def inside(world: World, at: datetime | None, start: date, end: date) -> bool:
    return at is not None and midnight(world, start) <= at < midnight(world, end)


def root(world: World, lead: int) -> int:
    return roots(world)[lead]


@lru_cache(maxsize=2)
def roots(world: World) -> dict[int, int]:
    return {each.id: each.merged_into or each.id for each in world.leads}


@lru_cache(maxsize=2)
def standing_facts(world: World) -> list[Fact]:
    gone = {fact.retracts for fact in world.facts}
    return [fact for fact in world.facts if fact.id not in gone]


@dataclass
class Card:
    """A lead as the reports see it: the kept card with all that was merged into it."""

    lead: Lead
    first: Lead  # created first: it names the source
    created_at: datetime
    first_touch_at: datetime
    mql_at: datetime | None
    sql_at: datetime | None
    converted_at: datetime | None
    won_at: datetime | None
    disqualified_at: datetime | None
    owner: int | None
    team: int | None


def reached(facts: list[Fact], stages: tuple[str, ...], names: tuple[str, ...]) -> datetime | None:
    moments = [
        fact.at
        for fact in facts
        if fact.name in names or (fact.name == "stage_changed" and fact.props.get("to") in stages)
    ]
    return min(moments, default=None)


@lru_cache(maxsize=2)
def cards(world: World) -> list[Card]:
    found = []
    standing = standing_facts(world)
    for lead in world.leads:
        if lead.merged_into or lead.is_hidden:
            continue
        family = [each for each in world.leads if each.id == lead.id or each.merged_into == lead.id]
        facts = [fact for fact in standing if fact.lead in {each.id for each in family}]
        first = min(family, key=lambda each: (each.created_at, each.id))
        refusals = [f.at for f in facts if f.name == "stage_changed" and f.props.get("to") == "disqualified"]
        given = [fact for fact in facts if fact.name == "lead_assigned"]
        own = [fact for fact in given if fact.lead == lead.id]
        holder = max(own or given, key=lambda fact: (fact.at, fact.id), default=None)
        found.append(
            Card(
                lead=lead,
                first=first,
                created_at=first.created_at,
                first_touch_at=min(fact.at for fact in facts),
                # Who jumped a stage has reached the ones below.
                mql_at=reached(facts, ("mql", "sql"), ("lead_converted", "deal_won")),
                sql_at=reached(facts, ("sql",), ("lead_converted", "deal_won")),
                converted_at=reached(facts, (), ("lead_converted",)),
                won_at=reached(facts, (), ("deal_won",)),
                disqualified_at=max(refusals, default=None),
                owner=holder.props.get("user") if holder else None,
                team=holder.props.get("team") if holder else None,
            )
        )
    return found


def key_of(card: Card, by: str | None) -> Any:
    if by is None:
        return None
    if by in ("source", "medium", "campaign", "form", "direction"):
        return getattr(card.first, by)
    return getattr(card if by in ("owner", "team") else card.lead, by)


def grouped(found: list[Card], by: str | None) -> dict[Any, list[Card]]:
    groups: dict[Any, list[Card]] = defaultdict(list)
    for card in found:
        groups[key_of(card, by)].append(card)
    return groups


Sees = Callable[[Card], bool] | None


def seen_by(world: World, sees: Sees) -> list[Card]:
    return [card for card in cards(world) if sees is None or sees(card)]


# --- conversion, funnel, flow ----------------------------------------------------------------------------------------


def counts(cohort: list[Card], as_of: datetime) -> dict[str, int]:
    def by_then(at: datetime | None) -> bool:
        return at is not None and at <= as_of

    return {
        "leads": len(cohort),
        "mql": sum(by_then(card.mql_at) for card in cohort),
        "sql": sum(by_then(card.sql_at) for card in cohort),
        "customers": sum(by_then(card.won_at) for card in cohort),
    }


def funnel(world: World, start: date, end: date, by: str | None, as_of: datetime, sees: Sees = None) -> dict[Any, dict]:
    cohort = [card for card in seen_by(world, sees) if inside(world, card.created_at, start, end)]
    rows = {key: counts(group, as_of) for key, group in grouped(cohort, by).items()}
    if by is None and not rows:
        rows[None] = counts([], as_of)
    return rows


def conversion(
    world: World, start: date, end: date, by: str | None, as_of: datetime, sees: Sees = None
) -> dict[Any, dict]:
    cycles = [
        (card.won_at - card.first_touch_at).total_seconds()
        for card in seen_by(world, sees)
        if card.won_at and card.won_at <= as_of
    ]
    usual = percentile(cycles, 0.5)
    age = (as_of - midnight(world, end)).total_seconds()
    return {
        key: {
            **row,
            "lead_to_mql": over(row["mql"], row["leads"]),
            "mql_to_sql": over(row["sql"], row["mql"]),
            "lead_to_sql": over(row["sql"], row["leads"]),
            "lead_to_sale": over(row["customers"], row["leads"]),
            "is_young": usual is not None and age < usual,
        }
        for key, row in funnel(world, start, end, by, as_of, sees).items()
    }


def flow(world: World, start: date, end: date, by: str | None, as_of: datetime, sees: Sees = None) -> dict[Any, dict]:
    def entered(at: datetime | None) -> bool:
        return inside(world, at, start, end) and at <= as_of

    rows = {}
    for key, group in grouped(seen_by(world, sees), by).items():
        row = {
            "leads": sum(entered(card.created_at) for card in group),
            "mql": sum(entered(card.mql_at) for card in group),
            "sql": sum(entered(card.sql_at) for card in group),
            "customers": sum(entered(card.won_at) for card in group),
        }
        if by is None or any(row.values()):
            rows[key] = row
    return rows or ({None: {"leads": 0, "mql": 0, "sql": 0, "customers": 0}} if by is None else {})


# --- time ------------------------------------------------------------------------------------------------------------


def sales_cycle(
    world: World, start: date, end: date, by: str | None, as_of: datetime, sees: Sees = None
) -> dict[Any, dict]:
    won = [card for card in seen_by(world, sees) if inside(world, card.won_at, start, end) and card.won_at <= as_of]
    groups = grouped(won, by)
    if by is None:
        groups.setdefault(None, [])
    rows = {}
    for key, group in groups.items():
        cycles = [(card.won_at - card.first_touch_at).total_seconds() for card in group]
        leads = [(card.won_at - card.created_at).total_seconds() for card in group]
        rows[key] = {
            "count": len(group),
            "median_s": percentile(cycles, 0.5),
            "p90_s": percentile(cycles, 0.9),
            "lead_time_median_s": percentile(leads, 0.5),
            "lead_time_p90_s": percentile(leads, 0.9),
        }
    return rows


def clock(day: date, text: str, zone: ZoneInfo) -> datetime:
    if text == "24:00":
        return datetime.combine(day + timedelta(days=1), time(), zone)
    return datetime.combine(day, time.fromisoformat(text), zone)


def working_seconds(world: World, start: datetime, end: datetime) -> float:
    """Minute by minute would be plainer still, and too slow; day by day and stretch by stretch."""
    if not any(world.week.values()):
        return max(0.0, (end - start).total_seconds())
    zone = ZoneInfo(world.zone)
    day, total = start.astimezone(zone).date(), 0.0
    while datetime.combine(day, time(), zone) < end:
        if day not in world.holidays:
            for opens, closes in world.week.get(str(day.weekday()), []):
                low = max(start, clock(day, opens, zone))
                high = min(end, clock(day, closes, zone))
                total += max(0.0, high.timestamp() - low.timestamp())
        day += timedelta(days=1)
    return total


# --- money -----------------------------------------------------------------------------------------------------------


def economics(
    world: World, start: date, end: date, by: str | None, as_of: datetime, sees: Sees = None, has_costs: bool = True
) -> dict[Any, dict]:
    """Keys are (key, currency)."""
    cohort = [card for card in seen_by(world, sees) if inside(world, card.created_at, start, end)]
    costs = [line for line in world.costs if start <= line.date < end] if has_costs else []
    groups = grouped(cohort, by)
    keys = set(groups) | {getattr(line, by) if by else None for line in costs} | ({None} if by is None else set())
    rows = {}
    for key in keys:
        group = groups.get(key, [])
        ids = {card.lead.id for card in group}
        sold = [
            deal
            for deal in world.deals
            if root(world, deal.lead) in ids
            and deal.status == "won"
            and not deal.is_hidden
            and deal.closed_at is not None
            and deal.closed_at <= as_of
        ]
        lines = [line for line in costs if by is None or getattr(line, by) == key]
        currencies = {deal.currency for deal in sold} | {line.currency for line in lines}
        for currency in currencies or {world.currency}:
            own = [line for line in lines if line.currency == currency]
            revenue = sum(deal.amount for deal in sold if deal.currency == currency)
            rows[key, currency] = priced(
                counts(group, as_of),
                revenue,
                (sum(x.clicks for x in own), sum(x.impressions for x in own), sum(x.cost for x in own))
                if has_costs
                else None,
            )
    return rows


def priced(row: dict[str, int], revenue: int, spent: tuple[int, int, int] | None) -> dict[str, Any]:
    if spent is None:
        names = ["clicks", "impressions", "spend", "cpc", "click_to_lead", "cpl", "cost_per_mql", "cost_per_sql"]
        return {**row, "revenue": revenue, **dict.fromkeys([*names, "cpa", "romi", "roas"])}
    clicks, impressions, spend = spent
    return {
        **row,
        "revenue": revenue,
        "clicks": clicks,
        "impressions": impressions,
        "spend": spend,
        "cpc": over(spend, clicks),
        "click_to_lead": over(row["leads"], clicks),
        "cpl": over(spend, row["leads"]),
        "cost_per_mql": over(spend, row["mql"]),
        "cost_per_sql": over(spend, row["sql"]),
        "cpa": over(spend, row["customers"]),
        "romi": over(revenue - spend, spend),
        "roas": over(revenue, spend),
    }


def attribution(model: str, touches: list[tuple[datetime, str]], won_at: datetime, amount: int) -> dict[str, int]:
    """Revenue by source; a touch is (at, source), "direct" where someone came by themselves."""
    counted = sorted(t for t in touches if won_at - timedelta(days=90) <= t[0] <= won_at)
    if not counted:
        return {"unknown": amount}
    n = len(counted)
    named = [i for i, touch in enumerate(counted) if touch[1] != "direct"]
    weights: list[Fraction] = [Fraction(0)] * n
    if model == "first":
        weights[0] = Fraction(1)
    elif model == "last":
        weights[-1] = Fraction(1)
    elif model == "last_non_direct":
        weights[named[-1] if named else -1] = Fraction(1)
    elif model == "linear":
        weights = [Fraction(1)] * n
    elif model == "position":
        if n <= 2:
            weights = [Fraction(1)] * n
        else:
            weights = [Fraction(2, 5), *[Fraction(1, 5 * (n - 2))] * (n - 2), Fraction(2, 5)]
    else:
        weights = [Fraction(2 ** -((won_at - at).total_seconds() / (7 * 86400))) for at, _ in counted]
    whole = sum(weights)
    exact = [amount * weight / whole for weight in weights]
    parts = [math.floor(each) for each in exact]
    for i in sorted(range(n), key=lambda i: (-(exact[i] - parts[i]), i))[: amount - sum(parts)]:
        parts[i] += 1
    shares: dict[str, int] = defaultdict(int)
    for (_, source), part in zip(counted, parts, strict=True):
        shares[source] += part
    return dict(shares)


# --- refusals --------------------------------------------------------------------------------------------------------


def refused(world: World, start: date, end: date, as_of: datetime) -> dict[int, str]:
    """The reason of each lead's last refusal in the period."""
    last: dict[int, tuple[datetime, int, str]] = {}
    for fact in standing_facts(world):
        if fact.name != "stage_changed" or fact.props.get("to") != "disqualified":
            continue
        if inside(world, fact.at, start, end) and fact.at <= as_of:
            lead = root(world, fact.lead)
            last[lead] = max(last.get(lead, (fact.at, 0, "")), (fact.at, fact.id, fact.props.get("reason") or ""))
    return {lead: reason for lead, (_, _, reason) in last.items()}


@lru_cache(maxsize=2)
def reaching(world: World) -> list[Activity]:
    """What people did to reach leads: calls, meetings, messages; not notes, not what came in, not machines."""
    standing = {fact.id for fact in standing_facts(world)}
    return [
        act
        for act in world.activities
        if act.kind in OUTBOUND and act.direction == "outbound" and act.actor is not None and act.fact in standing
    ]


def worked(world: World, start: date, end: date, as_of: datetime, actor: int | None = None) -> set[int]:
    """Leads that a person worked in the period: called, met or wrote to them, or changed their stage."""
    acts = [(act.lead, act.at, act.actor) for act in reaching(world)]
    acts += [
        (fact.lead, fact.at, fact.actor)
        for fact in standing_facts(world)
        if fact.name in STAGE_FACTS and fact.actor is not None
    ]
    return {
        root(world, lead)
        for lead, at, who in acts
        if inside(world, at, start, end) and at <= as_of and actor in (None, who)
    }


def refusals(
    world: World, start: date, end: date, by: str | None, as_of: datetime, sees: Sees = None, families: bool = False
) -> dict[Any, dict]:
    """Keys are (key, reason), or (key, family)."""

    def tally(reasons: dict[int, str]) -> dict[Any, dict[str, int]]:
        found: dict[Any, dict[str, int]] = defaultdict(lambda: defaultdict(int))
        for card in seen_by(world, sees):
            if card.lead.id in reasons:
                reason = reasons[card.lead.id]
                name = world.families.get(reason, "") if families else reason
                found[key_of(card, by)][name] += 1
        return found

    now = tally(refused(world, start, end, as_of))
    before = tally(refused(world, start - (end - start), start, as_of))
    rows = {}
    for key in {*now, *before}:
        for name in {*now[key], *before[key]}:
            share = over(now[key][name], sum(now[key].values()))
            share_before = over(before[key][name], sum(before[key].values()))
            rows[key, name] = {
                "leads": now[key][name],
                "share": share,
                "before": before[key][name],
                "share_before": share_before,
                "change": None if share is None or share_before is None else share - share_before,
            }
    return rows


def disqualification(
    world: World, start: date, end: date, by: str | None, as_of: datetime, sees: Sees = None
) -> dict[Any, dict]:
    out = refused(world, start, end, as_of)
    busy = worked(world, start, end, as_of)
    rows = {}
    for key, group in grouped(seen_by(world, sees), by).items():
        lost = sum(card.lead.id in out for card in group)
        tried = sum(card.lead.id in busy for card in group)
        if by is None or lost or tried:
            rows[key] = {"disqualified": lost, "worked": tried, "rate": over(lost, tried)}
    return rows or ({None: {"disqualified": 0, "worked": 0, "rate": None}} if by is None else {})


# --- people ----------------------------------------------------------------------------------------------------------


def first_response(world: World, lead: int, user: int, start: date, end: date, as_of: datetime) -> float | None:
    """From the first hand-off to them in the period to the first answer, unless the lead went to another before."""
    gives = sorted(
        (fact.at, fact.id, fact.props.get("user"))
        for fact in standing_facts(world)
        if fact.name == "lead_assigned" and root(world, fact.lead) == lead
    )
    own = [at for at, _, to in gives if to == user and inside(world, at, start, end) and at <= as_of]
    taken = [at for at, _, to in gives if to != user and at > own[0]]
    acts = [
        act.at
        for act in reaching(world)
        if root(world, act.lead) == lead and own[0] <= act.at <= as_of and (not taken or act.at < taken[0])
    ]
    return working_seconds(world, own[0], min(acts)) if acts else None


def managers(
    world: World, start: date, end: date, as_of: datetime, users: Iterable[int] | None = None
) -> dict[Any, dict]:
    """Keys are (user, currency)."""
    known = {card.lead.id: card for card in cards(world)}
    people = {fact.actor for fact in world.facts} | {act.actor for act in world.activities}
    people |= {fact.props.get("user") for fact in world.facts} | {deal.owner for deal in world.deals}
    people |= {task.owner for task in world.tasks}
    rows = {}
    for user in people - {None}:
        if users is not None and user not in users:
            continue
        received = {
            root(world, fact.lead)
            for fact in standing_facts(world)
            if fact.name == "lead_assigned"
            and fact.props.get("user") == user
            and inside(world, fact.at, start, end)
            and fact.at <= as_of
        } & set(known)
        answers = [first_response(world, lead, user, start, end, as_of) for lead in received]
        answered = [each for each in answers if each is not None]
        tried = worked(world, start, end, as_of, user) & set(known)
        good = [lead for lead in tried if known[lead].sql_at and known[lead].sql_at <= as_of]
        sold = [
            deal
            for deal in world.deals
            if deal.status == "won"
            and not deal.is_hidden
            and root(world, deal.lead) in known
            and (deal.owner or known[root(world, deal.lead)].owner) == user
            and inside(world, deal.closed_at, start, end)
            and deal.closed_at <= as_of
        ]
        due = [
            task
            for task in world.tasks
            if task.owner == user
            and not task.is_cancelled
            and root(world, task.lead) in known
            and inside(world, task.due_at, start, end)
            and task.due_at <= as_of
        ]
        kept = [task for task in due if task.done_at is not None and task.done_at <= task.due_at]
        row = {
            "received": len(received),
            "worked": len(tried),
            "answered": len(answered),
            "first_response_s": percentile(answered, 0.5),
            "quality": over(len(good), len(tried)),
            "follow_ups": len(due),
            "follow_ups_kept": over(len(kept), len(due)),
            "won": len(sold),
        }
        if not any((received, tried, sold, due)):
            continue
        for currency in {deal.currency for deal in sold} or {world.currency}:
            rows[user, currency] = {**row, "revenue": sum(deal.amount for deal in sold if deal.currency == currency)}
    return rows
