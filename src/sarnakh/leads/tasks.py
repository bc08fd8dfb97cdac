"""Jobs of leads: matching the past against kinds that came into use."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sarnakh.jobs.registry import LONG_QUEUE, job
from sarnakh.jobs.services import enqueue
from sarnakh.leads import kinds
from sarnakh.leads.models import KindDefinition

SLICES = 10


def use_kinds(definition_ids: Collection[int]) -> None:
    """From now on events are matched against these kinds, and a job matches those there are. Needs a transaction."""
    for definition in kinds.bring_into_use(definition_ids):
        enqueue(match_history, definition, key=f"leads.match_history:{definition}")


@job("leads.match_history", queue=LONG_QUEUE)
def match_history(definition: int, after: int = 0, *, at: datetime) -> None:
    """Some slices of the past, in order of id, then the next job."""
    row = KindDefinition.objects.get(id=definition)
    for _ in range(SLICES):
        last = kinds.apply_to_history(row, after=after)
        if last is None:
            return
        after = last
    enqueue(match_history, definition, after)
