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
from sarnakh.distribute import rules
from sarnakh.distribute.models import Assignment, AssignmentRule
from sarnakh.distribute.ports import Handover
from sarnakh.djangokit.bulk import update_rows
from sarnakh.leads.facts import Fact, record_facts
from sarnakh.leads.filter import first_holding
from sarnakh.leads.models import Lead
from sarnakh.leads.rules import LEAD, MQL, SQL

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


@transaction.atomic
def assign(lead_ids: Sequence[int], *, at: datetime) -> list[Handover]:
    """Give those of these leads that belong to nobody to whom the rules say; returns what changed.

    A lead for which nobody is free goes to the pool of the rule's team; one without a rule stays where it is. Both keep
    the reason. What a person put into the pool stays there.
    """
    waiting = list(
        Lead.objects.select_for_update(no_key=True, of=("self",))
        .filter(id__in=lead_ids, owner__isnull=True, hidden_at__isnull=True, stage__in=OPEN_STAGES)
        .select_related("product")
        .order_by("id")
    )
    last = _last_reasons([lead.id for lead in waiting])
    waiting = [lead for lead in waiting if last.get(lead.id, {}).get("outcome") != rules.BY_HAND]
    if not waiting:
        return []
    in_order = list(AssignmentRule.objects.filter(is_active=True).order_by("position", "id").values_list("id", "when"))
    held = first_holding(in_order, [lead.id for lead in waiting], at=at)
    bench = _Bench.locked(set(held.values()))
    order = [rule for rule, _when in in_order]
    given = [bench.give(lead, held.get(lead.id), order) for lead in waiting]
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


@dataclass
class _Bench:
    """The locked rules of one call with their people; loads and turns move on as leads are given."""

    by_id: dict[int, AssignmentRule]
    members: dict[int, list[Membership]]  # of each team
    users: dict[int, User]
    loads: dict[int, int]
    turned: set[int]

    @classmethod
    def locked(cls, rule_ids: set[int]) -> _Bench:
        locked = AssignmentRule.objects.select_for_update(no_key=True).filter(id__in=rule_ids).order_by("id")
        by_id = {rule.id: rule for rule in locked}
        rows = Membership.objects.filter(team__in={rule.team_id for rule in by_id.values() if rule.team_id})
        members: dict[int, list[Membership]] = {}
        for row in rows.order_by("id"):
            members.setdefault(row.team_id, []).append(row)
        people = {row.user_id for of_team in members.values() for row in of_team}
        people |= {rule.user_id for rule in by_id.values() if rule.user_id}
        # NO KEY: a plain FOR UPDATE would block everyone who writes a row that points to these people.
        users = User.objects.select_for_update(no_key=True).filter(id__in=people).order_by("id")
        by_user = {user.id: user for user in users}
        counted = Lead.objects.filter(owner__in=people, stage__in=OPEN_STAGES, hidden_at__isnull=True)
        loads = dict(counted.values_list("owner").annotate(Count("id")).order_by())
        return cls(by_id, members, by_user, loads, set())

    def give(self, lead: Lead, rule_id: int | None, order: Sequence[int]) -> tuple[Handover, dict[str, Any]]:
        if rule_id is None:
            return Handover(lead.id, None, lead.team_id, None), rules.reason_of(rules.NO_RULE, passed=order)
        rule = self.by_id[rule_id]
        wanted = lead.product.slug if lead.product else ""
        choice = rules.choose(self._candidates(rule), rule.turn, method=rule.method, wanted=wanted)
        if choice.user is not None:
            rule.turn = dict(choice.turn)
            self.turned.add(rule_id)
            self.loads[choice.user] = self.loads.get(choice.user, 0) + 1
        team = rule.team_id or (_team_of(self.users[choice.user]) if choice.user else None)
        reason = rules.reason_of(
            rules.GIVEN if choice.user else rules.NOBODY,
            rule=rule_id,
            method=rule.method,
            choice=choice,
            passed=order[: order.index(rule_id)],
        )
        return Handover(lead.id, choice.user, team or lead.team_id, rule_id), reason

    def save_turns(self) -> None:
        update_rows(AssignmentRule, ("turn",), [(rule, self.by_id[rule].turn) for rule in sorted(self.turned)])

    def _candidates(self, rule: AssignmentRule) -> list[rules.Member]:
        if rule.user_id is not None:
            return [self._member(self.users[rule.user_id], weight=1, capacity=None, skills=())]
        return [
            self._member(self.users[row.user_id], weight=row.weight, capacity=row.capacity, skills=row.skills)
            for row in self.members.get(rule.team_id or 0, [])
        ]

    def _member(self, user: User, *, weight: int, capacity: int | None, skills: Sequence[str]) -> rules.Member:
        return rules.Member(
            user=user.id,
            weight=weight,
            capacity=capacity,
            load=self.loads.get(user.id, 0),
            is_active=user.is_active,
            is_available=user.is_available,
            skills=frozenset(skills),
        )


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
    Assignment.objects.bulk_create(
        Assignment(
            origin_id=handover.lead,
            lead_id=handover.lead,
            rule_id=handover.rule,
            user_id=handover.user,
            team_id=handover.team,
            reason=reason,
            at=at,
            event=events.get(handover.lead),
        )
        for handover, reason in given
    )


def _last_reasons(lead_ids: Sequence[int]) -> dict[int, dict[str, Any]]:
    rows = Assignment.objects.filter(lead_id__in=lead_ids).order_by("at", "id")
    return dict(rows.values_list("lead_id", "reason"))


def _team_of(user: User) -> int | None:
    if user.team_id is not None:
        return user.team_id
    return Membership.objects.filter(user=user).order_by("id").values_list("team_id", flat=True).first()
