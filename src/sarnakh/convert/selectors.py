"""Reads of deals: through the gate of their leads, for the board, the card and the customers."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import Count, Q, QuerySet, Sum

from sarnakh.accounts.models import User
from sarnakh.convert import rules
from sarnakh.convert.models import Deal, Pipeline, PipelineStage
from sarnakh.leads.models import Contact, Lead
from sarnakh.leads.selectors import NotThere, gate


def deals_for(user: User) -> QuerySet[Deal]:
    """The deals this person may see: their own, and those of leads inside their gate. Newest first."""
    rows = Deal.objects.filter(
        gate(user, "lead__") | Q(owner=user), hidden_at__isnull=True, lead__hidden_at__isnull=True
    )
    return rows.select_related("lead", "contact__person", "company", "stage__pipeline", "owner").order_by(
        "-created_at", "-id"
    )


def deal_for(user: User, deal_id: int) -> Deal:
    """One deal through the gate. Raises NotThere."""
    found = deals_for(user).filter(id=deal_id).first()
    if found is None:
        raise NotThere
    return found


def deals_of(lead: Lead) -> QuerySet[Deal]:
    """The deals of a lead, oldest first."""
    rows = Deal.objects.filter(lead=lead, hidden_at__isnull=True)
    return rows.select_related("stage", "contact__person", "company", "owner").order_by("created_at", "id")


def contact_of(lead: Lead) -> Contact | None:
    """The contact a lead was converted into."""
    rows = Contact.objects.filter(Q(lead=lead) | Q(deals__lead=lead), hidden_at__isnull=True)
    return rows.select_related("person", "company", "owner").order_by("id").first()


def contacts_for(user: User) -> QuerySet[Contact]:
    """The contacts this person may see: their own, and those of leads inside their gate. Newest first."""
    rows = Contact.objects.filter(gate(user, "lead__") | Q(owner=user), hidden_at__isnull=True)
    return rows.select_related("person", "company", "owner", "lead").order_by("-created_at", "-id")


def contact_for(user: User, contact_id: int) -> Contact:
    """One contact through the gate. Raises NotThere."""
    found = contacts_for(user).filter(id=contact_id).first()
    if found is None:
        raise NotThere
    return found


def pipelines() -> QuerySet[Pipeline]:
    return Pipeline.objects.prefetch_related("stages").order_by("position", "id")


def stages_of(pipeline: Pipeline) -> QuerySet[PipelineStage]:
    return PipelineStage.objects.filter(pipeline=pipeline).order_by("position", "id")


def totals_by_stage(user: User, pipeline: Pipeline) -> Sequence[tuple[int, str, int, int]]:
    """(stage id, currency, number, amount in the smallest unit) of the open deals inside the gate."""
    rows = deals_for(user).filter(status=rules.OPEN, stage__pipeline=pipeline).order_by()
    grouped = rows.values_list("stage_id", "currency").annotate(Count("id"), Sum("amount"))
    return [(stage, currency, number, amount) for stage, currency, number, amount in grouped]
