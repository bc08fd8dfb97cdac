"""Taking jobs and giving them back: all SQL of the lease.

A claim moves `run_at` to the end of the lease and counts the attempt, so the job of a dead worker comes due by itself.
Whoever ends a job names its worker and attempt: a worker that lost its lease changes nothing (the fence).
"""

from __future__ import annotations

import functools
import json
import operator
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import F, Q, QuerySet

from sarnakh.jobs.models import Bucket, Job, JobState
from sarnakh.jobs.rules import TokenBucket, grants, refilled, spent

# MATERIALIZED: a planner that ran the subquery in a loop would claim more rows than the limit.
_CLAIM = """
with due as materialized (
    select id from job where state = 0 and queue = %s and run_at <= %s {channels}
    order by priority desc, run_at limit %s {locking}
)
update job set run_at = %s, attempts = attempts + 1, worker = %s, key = null
where id in (select id from due)
returning id, task, args, kwargs, attempts, max_attempts, priority
"""


@dataclass(frozen=True)
class Claimed:
    """A job in this worker's hands."""

    id: int
    task: str
    args: list[object]
    kwargs: dict[str, object]
    attempt: int
    max_attempts: int
    priority: int


def claim(queue: str, *, worker: str, at: datetime, lease: timedelta, limit: int = 20) -> list[Claimed]:
    """Take up to `limit` due jobs, the most urgent first; a channel with a bucket gives no more than its tokens."""
    # On SQLite an UPDATE takes the write lock even where nothing is due: look first.
    if not Job.objects.filter(state=JobState.WAITING, queue=queue, run_at__lte=at).exists():
        return []
    with transaction.atomic():
        buckets = list(Bucket.objects.select_for_update(skip_locked=connection.features.has_select_for_update))
        # A bucket that another worker holds is left to it: all limited channels are kept out of the open claim.
        limited = list(Bucket.objects.values_list("channel", flat=True))
        claimed = _claim_open(queue, limited, worker=worker, at=at, until=at + lease, limit=limit)
        for bucket in buckets:
            if len(claimed) < limit:
                claimed += _claim_limited(
                    queue, bucket, worker=worker, at=at, until=at + lease, limit=limit - len(claimed)
                )
    return sorted(claimed, key=lambda job: (-job.priority, job.id))


def renew(jobs: Sequence[Claimed], *, worker: str, at: datetime, lease: timedelta) -> int:
    """Hold on to jobs for another lease; answers how many were still this worker's."""
    return _held(jobs, worker=worker).update(run_at=at + lease) if jobs else 0


def complete(jobs: Sequence[Claimed], *, worker: str) -> int:
    """Jobs that ran to their end go; answers how many were still this worker's."""
    return _held(jobs, worker=worker).delete()[0] if jobs else 0


def give_back(jobs: Sequence[Claimed], *, worker: str, at: datetime) -> int:
    """Jobs that were claimed and not begun are due again, and the attempt does not count."""
    if not jobs:
        return 0
    return _held(jobs, worker=worker).update(run_at=at, worker=None, attempts=F("attempts") - 1)


def postpone(job: Claimed, *, worker: str, until: datetime, error: str) -> bool:
    """A failed job waits for its next try; False when the lease was lost."""
    return bool(_held([job], worker=worker).update(run_at=until, worker=None, error=error))


def bury(job: Claimed, *, worker: str, error: str) -> bool:
    """A job that will not be tried again is dead: kept, visible, can be revived. False when the lease was lost."""
    return bool(_held([job], worker=worker).update(state=JobState.DEAD, worker=None, error=error))


def _held(jobs: Sequence[Claimed], *, worker: str) -> QuerySet[Job]:
    of_these = functools.reduce(operator.or_, (Q(pk=job.id, attempts=job.attempt) for job in jobs))
    return Job.objects.filter(of_these, worker=worker, state=JobState.WAITING)


def _claim_open(
    queue: str, limited: Sequence[str], *, worker: str, at: datetime, until: datetime, limit: int
) -> list[Claimed]:
    channels = f"and channel not in ({', '.join(['%s'] * len(limited))})" if limited else ""
    return _run_claim(queue, channels, limited, worker=worker, at=at, until=until, limit=limit)


def _claim_limited(
    queue: str, bucket: Bucket, *, worker: str, at: datetime, until: datetime, limit: int
) -> list[Claimed]:
    held = TokenBucket(bucket.capacity, bucket.per_second, bucket.tokens, bucket.filled_at)
    now = refilled(held, at=at)
    if not (allowed := min(limit, grants(now))):
        return []
    jobs = _run_claim(queue, "and channel = %s", [bucket.channel], worker=worker, at=at, until=until, limit=allowed)
    if jobs:
        left = spent(now, count=len(jobs))
        Bucket.objects.filter(pk=bucket.pk).update(tokens=left.tokens, filled_at=left.filled_at)
    return jobs


def _run_claim(
    queue: str, channels: str, names: Sequence[str], *, worker: str, at: datetime, until: datetime, limit: int
) -> list[Claimed]:
    locking = "for update skip locked" if connection.features.has_select_for_update_skip_locked else ""
    moment = connection.ops.adapt_datetimefield_value
    with connection.cursor() as cursor:
        cursor.execute(
            _CLAIM.format(channels=channels, locking=locking),
            [queue, moment(at), *names, limit, moment(until), worker],
        )
        return [
            Claimed(id_, task, json.loads(args), json.loads(kwargs), attempt, most, priority)
            for id_, task, args, kwargs, attempt, most, priority in cursor.fetchall()
        ]
