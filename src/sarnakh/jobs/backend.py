"""django-tasks over our leased table, for packages that enqueue through that interface."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from django_tasks.backends.base import BaseTaskBackend
from django_tasks.base import Task, TaskResult, TaskResultStatus

from sarnakh.jobs.models import Job


class LeasedBackend(BaseTaskBackend):
    """Writes the job row in the caller's transaction. `project.settings.TASKS` names it."""

    supports_defer = True
    supports_priority = True
    supports_async_task = False
    supports_get_result = False

    def enqueue(self, task: Task[Any, Any], args: Any, kwargs: Any) -> TaskResult[Any]:  # as the base class
        self.validate_task(task)
        at = timezone.now()
        job = Job.objects.create(
            queue=task.queue_name,
            task=task.module_path,
            args=list(args),
            kwargs=dict(kwargs),
            priority=task.priority,
            run_at=task.run_after or at,
            created_at=at,
        )
        return TaskResult(
            task=task,
            id=str(job.pk),
            status=TaskResultStatus.READY,
            enqueued_at=at,
            started_at=None,
            last_attempted_at=None,
            finished_at=None,
            args=list(args),
            kwargs=dict(kwargs),
            backend=self.alias,
            errors=[],
            worker_ids=[],
        )
