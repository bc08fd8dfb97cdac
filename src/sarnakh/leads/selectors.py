"""Gates and reads of leads. No lead reaches a page or an endpoint but through `leads_for` or `lead_for`."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from sarnakh.accounts.models import Role, User
from sarnakh.accounts.selectors import branch_of
from sarnakh.leads.models import Lead

EVERYTHING = ~Q(pk__in=[])  # not Q(): an empty Q vanishes from an OR, and would leave only the other side


class NotThere(Exception):
    """No such record, or it lies outside the gate of who asks; which of the two is not told."""


def leads_for(user: User) -> QuerySet[Lead]:
    """The leads this person may see: rep own and the own team's unassigned; manager the branch; others all."""
    return Lead.objects.filter(gate(user), hidden_at__isnull=True)


def gate(user: User, prefix: str = "") -> Q:
    """The gate as a condition; `prefix` reaches the lead from another table (`lead__`)."""
    if user.role in (Role.ADMIN, Role.MARKETER):
        return EVERYTHING
    if user.role == Role.MANAGER:
        teams = branch_of(user)
        return Q(**{f"{prefix}team__in": teams}) | Q(**{f"{prefix}owner": user.id})
    own = Q(**{f"{prefix}owner": user.id})
    if user.team_id is None:
        return own
    return own | Q(**{f"{prefix}owner__isnull": True, f"{prefix}team": user.team_id})


def lead_for(user: User, lead_id: int, *, lock: bool = False) -> Lead:
    """One lead through the gate; a merged-away id answers with the kept lead. Raises NotThere."""
    known = Lead.objects.filter(id=lead_id).values_list("id", "merged_into_id").first()
    if known is None:
        raise NotThere
    rows = leads_for(user).filter(id=known[1] or known[0])
    if lock:
        rows = rows.select_for_update(of=("self",))
    found = rows.select_related("person", "person__company", "owner", "team", "product").first()
    if found is None:
        raise NotThere
    return found
