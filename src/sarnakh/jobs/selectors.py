"""What an operator asks of the background work."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Min, Q, QuerySet

from sarnakh.jobs.models import Job, JobState


@dataclass(frozen=True)
class Backlog:
    """How much waits (not yet due included), how much is due, how long the oldest due one has been, how many died."""

    waiting: int
    due: int
    dead: int
    oldest_due_seconds: float


def backlog(*, at: datetime) -> Backlog:
    due = Q(state=JobState.WAITING, run_at__lte=at)
    found = Job.objects.aggregate(
        waiting=Count("pk", filter=Q(state=JobState.WAITING)),
        due=Count("pk", filter=due),
        dead=Count("pk", filter=Q(state=JobState.DEAD)),
        oldest=Min("run_at", filter=due),
    )
    oldest = found.pop("oldest")
    return Backlog(**found, oldest_due_seconds=(at - oldest).total_seconds() if oldest else 0.0)


def dead_jobs() -> QuerySet[Job]:
    """Those that gave up, the latest first."""
    return Job.objects.filter(state=JobState.DEAD).order_by("-pk")
