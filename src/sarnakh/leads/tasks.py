"""Jobs of leads."""

from __future__ import annotations

from datetime import datetime

from sarnakh.jobs.registry import LONG_QUEUE, job
from sarnakh.jobs.services import enqueue
from sarnakh.leads import kinds
from sarnakh.leads.models import KindDefinition
from sarnakh.leads.words import MATCH_HISTORY

SLICES = 10


@job(MATCH_HISTORY, queue=LONG_QUEUE)
def match_history(definition: int, after: int, *, at: datetime) -> None:
    """Match some slices of past events against a definition newly in use, then the next job."""
    found = KindDefinition.objects.get(id=definition)
    last: int | None = after
    for _ in range(SLICES):
        last = kinds.apply_to_history(found, after=last or 0)
        if last is None:
            return
    enqueue(MATCH_HISTORY, definition, last, key=f"{MATCH_HISTORY}:{definition}")
