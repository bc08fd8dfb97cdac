"""Giving leads to people: by rules, for what belongs to nobody yet, and by hand.

An owner once given is changed by hand only: no edit, merge or return hands a lead on. Concurrent assignment is fair and
keeps capacities because a rule's row and its people's rows are locked, always in the order leads, rules, people.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Count
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from sarnakh.accounts.models import Membership, Team, User
from sarnakh.catalogue.models import Product
from sarnakh.distribute import rules
from sarnakh.distribute.models import Assignment, AssignmentRule
from sarnakh.distribute.ports import Handover
from sarnakh.djangokit.bulk import insert_rows, update_rows
from sarnakh.djangokit.hot import hot
from sarnakh.leads.facts import Fact, record_facts
from sarnakh.leads.filter import first_holding, kinds_of, load_vocabulary, parse
from sarnakh.leads.models import Lead
from sarnakh.leads.rules import LEAD, MQL, SQL
from sarnakh.leads.tasks import use_kinds

OPEN_STAGES = (LEAD, MQL, SQL)

MESSAGES = {
    "user_inactive": gettext_noop("This person does not work here any more."),
    "unknown_method": gettext_noop("There is no such way of sharing out."),
    "team_or_user": gettext_noop("Name either a team or a person."),
}


class AssignError(Exception):
    """A hand-over or a rule that is refused (422). Codes: user_inactive, unknown_method, team_or_user."""

    def __init__(self, code: str, *, field: str) -> None:
        super().__init__(code)
        self.code, self.field = code, field

    @property
    def message(self) -> str:
        return _(MESSAGES[self.code])


_waiting = hot(
    lambda ids: (
        Lead.objects.select_for_update(no_key=True)
        .filter(id__in=ids, owner__isnull=True, hidden_at__isnull=True, stage__in=OPEN_STAGES)
        .order_by("id")
        .values_list("id", "team_id", "product_id")
    )
)
_reasons = hot(
    lambda ids: Assignment.objects.filter(lead_id__in=ids).order_by("at", "id").values_list("lead_id", "reason")
)
_conditions = hot(
    lambda: AssignmentRule.objects.filter(is_active=True).order_by("position", "id").values_list("id", "when")
)
_rules = hot(
    lambda ids: (
        AssignmentRule.objects.select_for_update(no_key=True)
        .filter(id__in=ids)
        .order_by("id")
        .values_list("id", "team_id", "user_id", "method", "turn")
    )
)
_places = hot(
    lambda ids: (
        Membership.objects.filter(team__in=ids)
        .order_by("id")
        .values_list("team_id", "user_id", "weight", "capacity", "skills")
    )
)
# NO KEY: a plain FOR UPDATE would block everyone who writes a row that points to these people.
_people = hot(
    lambda ids: (
        User.objects.select_for_update(no_key=True)
        .filter(id__in=ids)
        .order_by("id")
        .values_list("id", "is_active", "is_available", "team_id")
    )
)
_loads = hot(
    lambda ids: (
        Lead.objects.filter(owner__in=ids, stage__in=OPEN_STAGES, hidden_at__isnull=True)
        .order_by()
        .values_list("owner_id")
        .annotate(Count("id"))
    )
)


@dataclass(frozen=True, slots=True)
class _Waiting:
    lead: int
    team: int | None
    product: int | None


@transaction.atomic(savepoint=False)
def assign(lead_ids: Sequence[int], *, at: datetime) -> list[Handover]:
    """Give those of these leads that belong to nobody to whom the rules say; returns what changed.

    A lead for which nobody is free goes to the pool of the rule's team; one without a rule stays where it is. Both keep
    the reason. What a person put into the pool stays there.
    """
    rows = [_Waiting(*row) for row in _waiting(lead_ids)]
    last = dict(_reasons([row.lead for row in rows]))
    rows = [row for row in rows if last.get(row.lead, {}).get("outcome") != rules.BY_HAND]
    if not rows:
        return []
    conditions = _conditions()
    held = first_holding(conditions, [row.lead for row in rows], at=at)
    bench = _Bench.locked(set(held.values()), products={row.product for row in rows if row.product})
    order = [rule for rule, _when in conditions]
    given = [bench.give(row, held.get(row.lead), order) for row in rows]
    bench.save_turns()
    fresh = [(handover, reason) for handover, reason in given if handover.user or last.get(handover.lead) != reason]
    _record(fresh, actor=None, at=at, received_at=at, source="rule")
    return [handover for handover, _reason in fresh]


@transaction.atomic
def hand_over(
    lead_ids: Sequence[int],
    user: User | None,
    *,
    actor: int | None,
    at: datetime,
    reason: str = "",
    source: str = "app",
    received_at: datetime | None = None,
) -> list[Handover]:
    """Give leads to a person by hand, or back to their team's pool; returns what changed. Raises AssignError."""
    if user is not None and not user.is_active:
        raise AssignError("user_inactive", field="owner")
    leads = list(
        Lead.objects.select_for_update(no_key=True).filter(id__in=lead_ids, hidden_at__isnull=True).order_by("id")
    )
    owner, team = (user.id, _team_of(user)) if user else (None, None)
    why = rules.reason_of(rules.BY_HAND, note=reason)
    moved = [(Handover(lead.id, owner, team or lead.team_id, None), why) for lead in leads if lead.owner_id != owner]
    _record(moved, actor=actor, at=at, received_at=received_at or at, source=source)
    return [handover for handover, _why in moved]


def assign_to(
    lead: Lead,
    user: User | None,
    *,
    actor: int | None,
    at: datetime,
    reason: str = "",
    source: str = "app",
    received_at: datetime | None = None,
) -> Handover | None:
    """`hand_over` of one lead; None when it is theirs already."""
    moved = hand_over([lead.id], user, actor=actor, at=at, reason=reason, source=source, received_at=received_at)
    return moved[0] if moved else None


@transaction.atomic
def save_rule(
    rule: AssignmentRule | None,
    *,
    name: str,
    when: Mapping[str, Any],
    team: Team | None,
    user: User | None,
    method: str,
    position: int | None = None,
    is_active: bool = True,
) -> AssignmentRule:
    """Make or change a rule; without a position it goes last. `when`: a Filter that was read. Raises AssignError."""
    if method not in rules.METHODS:
        raise AssignError("unknown_method", field="method")
    if (team is None) == (user is None):
        raise AssignError("team_or_user", field="team")
    use_kinds(kinds_of(parse(when, load_vocabulary())))
    row = rule or AssignmentRule()
    if position is None:
        position = row.position if rule else AssignmentRule.objects.count()
    row.name, row.when, row.team, row.user = name, dict(when), team, user
    row.method, row.position, row.is_active = method, position, is_active
    row.save()
    return row


def wake_pool(*, at: datetime) -> int:
    """Ask `advance` to look again at the leads that belong to nobody: someone came back, a rule changed. How many."""
    return Lead.objects.filter(owner__isnull=True, hidden_at__isnull=True, stage__in=OPEN_STAGES).update(
        advance_due_at=at
    )


@dataclass(slots=True)
class _Rule:
    """A locked rule; its `turn` moves on as leads are given."""

    id: int
    team: int | None
    user: int | None
    method: str
    turn: Mapping[str, int]
    is_turned: bool = False


@dataclass(frozen=True, slots=True)
class _Person:
    id: int
    is_active: bool
    is_available: bool
    team: int | None


@dataclass(frozen=True, slots=True)
class _Bench:
    """The locked rules of one call with their people; loads and turns move on as leads are given."""

    by_id: Mapping[int, _Rule]
    places: Mapping[int, Sequence[tuple[int, int, int | None, list[str]]]]  # of each team: user, weight, capacity, …
    people: Mapping[int, _Person]
    loads: dict[int, int]
    skills: Mapping[int, str]  # what a product asks for

    @classmethod
    def locked(cls, rule_ids: set[int], *, products: set[int]) -> _Bench:
        by_id = {row[0]: _Rule(*row) for row in _rules(rule_ids)}
        places: dict[int, list[tuple[int, int, int | None, list[str]]]] = {}
        for team, *place in _places({rule.team for rule in by_id.values() if rule.team}):
            places.setdefault(team, []).append(tuple(place))
        wanted = {place[0] for of_team in places.values() for place in of_team}
        wanted |= {rule.user for rule in by_id.values() if rule.user}
        people = {row[0]: _Person(*row) for row in _people(wanted)}
        is_asked = products and any(rule.method == rules.SKILL for rule in by_id.values())
        skills = dict(Product.objects.filter(id__in=products).values_list("id", "slug")) if is_asked else {}
        return cls(by_id, places, people, dict(_loads(wanted)), skills)

    def give(self, row: _Waiting, rule_id: int | None, order: Sequence[int]) -> tuple[Handover, dict[str, Any]]:
        if rule_id is None:
            return Handover(row.lead, None, row.team, None), rules.reason_of(rules.NO_RULE, passed=order)
        rule = self.by_id[rule_id]
        wanted = self.skills.get(row.product or 0, "")
        choice = rules.choose(self._candidates(rule), rule.turn, method=rule.method, wanted=wanted)
        if choice.user is not None:
            rule.turn, rule.is_turned = choice.turn, True
            self.loads[choice.user] = self.loads.get(choice.user, 0) + 1
        team = rule.team or (self.people[choice.user].team if choice.user else None)
        reason = rules.reason_of(
            rules.GIVEN if choice.user else rules.NOBODY,
            rule=rule_id,
            method=rule.method,
            choice=choice,
            passed=order[: order.index(rule_id)],
        )
        return Handover(row.lead, choice.user, team or row.team, rule_id), reason

    def save_turns(self) -> None:
        turned = [rule for rule in self.by_id.values() if rule.is_turned]
        if turned:
            update_rows(AssignmentRule, ("turn",), [(rule.id, rule.turn) for rule in turned])

    def _candidates(self, rule: _Rule) -> list[rules.Member]:
        places = [(rule.user, 1, None, [])] if rule.user else self.places.get(rule.team or 0, [])
        return [
            rules.Member(
                user=user,
                weight=weight,
                capacity=capacity,
                load=self.loads.get(user, 0),
                is_active=self.people[user].is_active,
                is_available=self.people[user].is_available,
                skills=frozenset(skills),
            )
            for user, weight, capacity, skills in places
        ]


def _record(
    given: Sequence[tuple[Handover, dict[str, Any]]],
    *,
    actor: int | None,
    at: datetime,
    received_at: datetime,
    source: str,
) -> None:
    """One fact and one reason for each hand-over. Without a rule nothing happened: the reason alone is kept."""
    if not given:
        return
    facts = {
        handover.lead: Fact(
            "lead_assigned",
            at,
            origin=handover.lead,
            props={"user": handover.user, "team": handover.team, "rule": handover.rule},
            actor=actor,
            source=source,
        )
        for handover, reason in given
        if reason["outcome"] != rules.NO_RULE
    }
    events = {event.origin_id: event for event in record_facts(list(facts.values()), received_at=received_at)}
    insert_rows(
        Assignment,
        ("origin", "lead", "rule", "user", "team", "reason", "at", "event"),
        [
            (h.lead, h.lead, h.rule, h.user, h.team, reason, at, event.id if (event := events.get(h.lead)) else None)
            for h, reason in given
        ],
    )


def _team_of(user: User) -> int | None:
    if user.team_id is not None:
        return user.team_id
    return Membership.objects.filter(user=user).order_by("id").values_list("team_id", flat=True).first()
