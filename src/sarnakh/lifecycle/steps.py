"""The one path after every fact: fact -> what follows. The only place where stages meet; read it from top to bottom.

`advance` is idempotent: twice changes nothing. It runs for leads whose `advance_due_at` has come (the worker's
sweep), and inline where someone waits for the answer. Recording a fact sets `advance_due_at` in the same transaction,
so nothing that happened can be forgotten; a step that fails leaves it set.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import connection, transaction

from sarnakh.djangokit.bulk import update_rows
from sarnakh.leads.models import Lead

SWEEP = 500


def advance(lead_ids: Sequence[int], *, at: datetime) -> None:
    """Let every stage follow what happened to these leads, up to `at`. Opens a transaction of its own."""
    with transaction.atomic():
        ids = list(
            Lead.objects.filter(id__in=lead_ids, hidden_at__isnull=True)
            .order_by("id")
            .select_for_update()
            .values_list("id", flat=True)
        )
        update_rows(Lead, ("advance_due_at",), [(lead, None) for lead in ids])


def sweep(at: datetime) -> int:
    """Advance leads that are due, in id order; how many."""
    with transaction.atomic():
        rows = Lead.objects.filter(advance_due_at__lte=at).order_by("id")
        ids = list(
            rows.select_for_update(skip_locked=connection.features.has_select_for_update_skip_locked).values_list(
                "id", flat=True
            )[:SWEEP]
        )
        if ids:
            advance(ids, at=at)
    return len(ids)
