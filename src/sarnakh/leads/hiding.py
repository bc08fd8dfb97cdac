"""Taking a lead out of sight. It is kept, with all its facts; who writes to us again opens a new one."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import F

from sarnakh.leads.facts import Fact, record_facts
from sarnakh.leads.models import Lead


@transaction.atomic
def hide(lead: Lead, *, actor: int | None, at: datetime, source: str = "app") -> None:
    """Hide a lead from lists, reports and machines. Twice changes nothing."""
    hidden = Lead.objects.filter(id=lead.id, hidden_at__isnull=True).update(hidden_at=at, version=F("version") + 1)
    if hidden:
        record_facts([Fact("lead_hidden", at, origin=lead.id, actor=actor, source=source)], received_at=at)
        Lead.objects.filter(id=lead.id).update(advance_due_at=None)
