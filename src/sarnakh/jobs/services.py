"""Asking for work: inside the caller's transaction, so that a job exists exactly when its cause does.

This package keeps the clock of the machines, so unlike a stage's services these read it themselves.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from sarnakh.jobs import registry
from sarnakh.jobs.models import Bucket, Job, JobState, Schedule
from sarnakh.jobs.ports import Every
from sarnakh.jobs.rules import TokenBucket, grants, next_firing, refilled, spent

# DO UPDATE, not DO NOTHING: it locks the waiting row, so no worker can start it before the caller commits, and what
# the caller wrote is seen by that run. A started job has lost its key, so the insert then makes a new row.
_ENQUEUE_KEYED = """
insert into job (queue, task, args, kwargs, key, priority, channel, run_at, attempts, max_attempts, state, error,
                 created_at)
values (%s, %s, %s, %s, %s, %s, %s, %s, 0, %s, 0, '', %s)
on conflict (key) do update
   set run_at = case when excluded.run_at < job.run_at then excluded.run_at else job.run_at end
returning id
"""


def enqueue(
    task: str | Callable[..., Any],
    *args: object,
    key: str | None = None,
    run_at: datetime | None = None,
    priority: int = 0,
    queue: str | None = None,
    channel: str = "",
    **kwargs: object,
) -> int:
    """Have a registered task run once the caller's transaction has committed; answers the job's id.

    `key`: while a job of this key waits unstarted, this one joins it (the earlier `run_at` counts). `run_at`: not
    before (default: now). `priority`: higher first. `queue`: other than the task's own. `channel`: spends a token of
    that channel's bucket, see `set_rate`. The rest is given to the task and must be JSON. Raises LookupError.
    """
    definition = registry.get(task)
    at = timezone.now()
    job = Job(
        queue=queue or definition.queue,
        task=definition.name,
        args=list(args),
        kwargs=kwargs,
        key=key,
        priority=priority,
        channel=channel,
        run_at=run_at or at,
        max_attempts=definition.max_attempts,
        created_at=at,
    )
    if key is not None:
        return _insert_keyed(job)
    job.save(force_insert=True)
    return job.pk


def enqueue_many(task: str | Callable[..., Any], calls: Iterable[Sequence[object]], *, priority: int = 0) -> int:
    """One job for each list of arguments, in one statement a few thousand; answers how many."""
    definition = registry.get(task)
    at = timezone.now()
    jobs = [
        Job(
            queue=definition.queue,
            task=definition.name,
            args=list(args),
            priority=priority,
            run_at=at,
            max_attempts=definition.max_attempts,
            created_at=at,
        )
        for args in calls
    ]
    Job.objects.bulk_create(jobs, batch_size=2000)
    return len(jobs)


def revive(job_ids: Iterable[int], *, at: datetime) -> int:
    """Give dead jobs all their attempts again, now; answers how many were dead."""
    return Job.objects.filter(pk__in=list(job_ids), state=JobState.DEAD).update(
        state=JobState.WAITING, attempts=0, run_at=at, worker=None
    )


def discard(job_ids: Iterable[int]) -> int:
    """Forget dead jobs for good; answers how many were dead."""
    return Job.objects.filter(pk__in=list(job_ids), state=JobState.DEAD).delete()[0]


def set_rate(channel: str, *, per_second: float, capacity: float, at: datetime) -> None:
    """Let a channel's jobs start at `per_second`, at most `capacity` at once; tokens it has now are kept."""
    Bucket.objects.update_or_create(
        channel=channel,
        defaults={"per_second": per_second, "capacity": capacity},
        create_defaults={"per_second": per_second, "capacity": capacity, "tokens": capacity, "filled_at": at},
    )


def spend_token(channel: str, *, at: datetime) -> bool:
    """Take one token of a channel that has a rate, for what leaves without a job; True where it has none.

    Needs a transaction: the bucket is held to its end, so two senders never spend the same token.
    """
    bucket = Bucket.objects.select_for_update().filter(channel=channel).first()
    if bucket is None:
        return True
    now = refilled(TokenBucket(bucket.capacity, bucket.per_second, bucket.tokens, bucket.filled_at), at=at)
    if not grants(now):
        return False
    left = spent(now, count=1)
    Bucket.objects.filter(pk=bucket.pk).update(tokens=left.tokens, filled_at=left.filled_at)
    return True


def declare_schedules(declared: Iterable[Every], *, at: datetime) -> None:
    """Make the table say what is declared: new ones fire first at `at`, those no longer declared go."""
    rows = [
        Schedule(name=e.name, task=registry.get(e.task).name, every_seconds=e.seconds, next_at=at) for e in declared
    ]
    with transaction.atomic():
        Schedule.objects.exclude(name__in=[row.name for row in rows]).delete()
        Schedule.objects.bulk_create(
            rows, update_conflicts=True, unique_fields=["name"], update_fields=["task", "every_seconds"]
        )


def fire_schedules(at: datetime) -> int:
    """Enqueue what is due; by compare-and-set of `next_at`, so once over all workers. Answers how many fired."""
    fired = 0
    for due in Schedule.objects.filter(next_at__lte=at):
        following = next_firing(due.next_at, every=due.every_seconds, at=at)
        with transaction.atomic():
            if Schedule.objects.filter(name=due.name, next_at=due.next_at).update(next_at=following):
                enqueue(due.task, key=f"schedule:{due.name}")
                fired += 1
    return fired


def _insert_keyed(job: Job) -> int:
    moment = connection.ops.adapt_datetimefield_value
    values = [job.queue, job.task, json.dumps(job.args), json.dumps(job.kwargs), job.key, job.priority, job.channel]
    with connection.cursor() as cursor:
        cursor.execute(_ENQUEUE_KEYED, [*values, moment(job.run_at), job.max_attempts, moment(job.created_at)])
        return int(cursor.fetchone()[0])
