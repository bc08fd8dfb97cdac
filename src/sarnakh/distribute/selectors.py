"""Reads of distribution: rules in order, why a lead went where it is, when the pool is looked at again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from sarnakh.accounts.models import User
from sarnakh.distribute import rules
from sarnakh.distribute.models import Assignment, AssignmentRule

RETRY_AFTER = timedelta(minutes=15)  # how soon a lead for which nobody was free is tried again

WHY = {
    rules.INACTIVE: gettext_noop("%(name)s does not work here any more"),
    rules.AWAY: gettext_noop("%(name)s is away"),
    rules.FULL: gettext_noop("%(name)s has no room: %(load)s open leads"),
    rules.UNSKILLED: gettext_noop("%(name)s does not know this product"),
}


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a lead went where it is, in the language of the reader: one sentence, then who was passed over and why."""

    headline: str
    considered: tuple[str, ...]
    skipped: tuple[str, ...]
    note: str


def rules_in_order() -> QuerySet[AssignmentRule]:
    return AssignmentRule.objects.select_related("team", "user").order_by("position", "id")


def assignments_of(lead_id: int) -> QuerySet[Assignment]:
    """The hand-overs of a lead, newest first."""
    rows = Assignment.objects.filter(lead=lead_id).select_related("rule", "user", "team", "event__actor")
    return rows.order_by("-at", "-id")


def explain(assignment: Assignment) -> Explanation:
    """The stored reason of a hand-over in words. Reads the names of those it mentions."""
    reason = assignment.reason
    people = {each["user"] for each in [*reason.get("considered", ()), *reason.get("skipped", ())]}
    names = {user.id: user.get_full_name() for user in User.objects.filter(id__in=people)}
    return Explanation(
        headline=_headline(assignment),
        considered=tuple(
            _("%(name)s, %(load)s open leads") % {"name": names.get(each["user"], "?"), "load": each["load"]}
            for each in reason.get("considered", ())
        ),
        skipped=tuple(_skipped(each, names) for each in reason.get("skipped", ())),
        note=str(reason.get("note", "")),
    )


def next_due(lead_ids: Sequence[int], *, at: datetime) -> dict[int, datetime]:
    """When to try again those of these leads that belong to nobody because nobody was free."""
    rows = Assignment.objects.filter(
        lead_id__in=lead_ids, lead__owner__isnull=True, lead__stage__in=("lead", "mql", "sql")
    )
    last = dict(rows.order_by("at", "id").values_list("lead_id", "reason"))
    return {lead: at + RETRY_AFTER for lead, reason in last.items() if reason["outcome"] == rules.NOBODY}


def _headline(assignment: Assignment) -> str:
    outcome = assignment.reason["outcome"]
    words = {
        "rule": assignment.rule.name if assignment.rule else "",
        "name": assignment.user.get_full_name() if assignment.user else "",
    }
    if outcome == rules.NO_RULE:
        return _("No rule holds for this lead; it waits in the pool.")
    if outcome == rules.NOBODY:
        return _("Rule “%(rule)s” holds, but nobody is free; it waits in the pool.") % words
    if outcome == rules.BY_HAND:
        return _("Given to %(name)s by hand.") % words if assignment.user else _("Put back into the pool by hand.")
    return _("Given to %(name)s by rule “%(rule)s”.") % words


def _skipped(each: Mapping[str, Any], names: Mapping[int, str]) -> str:
    return _(WHY[each["why"]]) % {"name": names.get(each["user"], "?"), "load": each.get("load", 0)}
