"""The worker: one thread a queue of jobs, one a loop of sweeps, one that holds the leases.

What a job raises ends here: `Permanent` buries it, anything else puts it off. A database that is away is waited for.
"""

from __future__ import annotations

import logging
import os
import random
import socket
import threading
import uuid
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from django.db import InterfaceError, OperationalError, connection
from django.utils import timezone
from django.utils.module_loading import import_string
from django_tasks.base import Task

from sarnakh.jobs import leases, registry
from sarnakh.jobs.leases import Claimed
from sarnakh.jobs.ports import Permanent, Retryable, Sweep
from sarnakh.jobs.rules import retry_delay

logger = logging.getLogger(__name__)

PAUSE = 0.1  # seconds between two looks at an empty queue
BATCH = 20
LEASE = timedelta(seconds=60)
LONGEST_SULK = 30.0  # seconds that a sweep which keeps failing is left alone
DATABASE_PAUSE = 1.0


class Worker:
    """Runs until `stop` is set. Several of them, on several hosts, share one database."""

    def __init__(self, *, sweeps: Sequence[Sweep] = (), lease: timedelta = LEASE) -> None:
        self.name = f"{socket.gethostname()[:40]}:{os.getpid()}:{uuid.uuid4().hex[:8]}"
        self.stop = threading.Event()
        self._sweeps = sweeps
        self._lease = lease
        self._held: dict[int, Claimed] = {}  # replaced item by item under the GIL; the lease thread reads a copy

    def run(self, *, grace: float = 10.0) -> None:
        """Work until `stop` is set, then end what is begun, for `grace` seconds at most.

        A job that takes longer is left to its lease: another worker begins it again once that has run out.
        """
        loops: list[Callable[[], None]] = [self._lease_loop]
        loops += [lambda name=name: self._sweep_loop(name) for name in self._loops()]  # type: ignore[misc]  # bound early
        loops += [lambda queue=queue: self._job_loop(queue) for queue in registry.QUEUES]  # type: ignore[misc]  # bound early
        threads = [threading.Thread(target=_with_database, args=(loop, self.stop), daemon=True) for loop in loops]
        for thread in threads:
            thread.start()
        self.stop.wait()
        deadline = timezone.now() + timedelta(seconds=grace)
        for thread in threads:
            thread.join(max(0.0, (deadline - timezone.now()).total_seconds()))

    def run_due(self, queue: str, *, at: datetime | None = None) -> int:
        """Take one batch of due jobs and run it here; answers how many ended well. `at`: now, for tests."""
        jobs = leases.claim(queue, worker=self.name, at=at or timezone.now(), lease=self._lease, limit=BATCH)
        if not jobs:
            return 0
        self._held.update({job.id: job for job in jobs})
        done: list[Claimed] = []
        try:
            for position, job in enumerate(jobs):
                if self.stop.is_set():
                    leases.give_back(jobs[position:], worker=self.name, at=timezone.now())
                    break
                if self._ran(job, at=at):
                    done.append(job)
        finally:
            ended = leases.complete(done, worker=self.name)
            for job in jobs:
                self._held.pop(job.id, None)
        if ended < len(done):
            logger.warning("%d jobs ended after their lease had gone to another worker", len(done) - ended)
        return ended

    def _ran(self, job: Claimed, *, at: datetime | None) -> bool:
        if job.attempt > job.max_attempts:
            leases.bury(job, worker=self.name, error="Each worker that began it died before it ended.")
            return False
        try:
            _call(job, at=at or timezone.now())
        except Permanent as error:
            logger.warning("job %d %s cannot be done: %s", job.id, job.task, error)
            leases.bury(job, worker=self.name, error=_short(error))
        except Exception as error:
            # Whatever a job raises is its own affair: the worker lives on, the job is tried again.
            logger.exception("job %d %s failed, attempt %d of %d", job.id, job.task, job.attempt, job.max_attempts)
            self._failed(job, error)
        else:
            return True
        return False

    def _failed(self, job: Claimed, error: Exception) -> None:
        if job.attempt >= job.max_attempts:
            leases.bury(job, worker=self.name, error=_short(error))
            return
        asked = error.after if isinstance(error, Retryable) else None
        delay = retry_delay(job.attempt, chance=random.random()) if asked is None else asked  # noqa: S311  # no secret
        until = timezone.now() + timedelta(seconds=delay)
        leases.postpone(job, worker=self.name, until=until, error=_short(error))

    def _job_loop(self, queue: str) -> None:
        while not self.stop.is_set():
            if not self.run_due(queue):
                self.stop.wait(PAUSE)
            connection.close_if_unusable_or_obsolete()  # a job may have left its connection broken

    def _lease_loop(self) -> None:
        while not self.stop.wait(self._lease.total_seconds() / 3):
            held = list(self._held.values())
            leases.renew(held, worker=self.name, at=timezone.now(), lease=self._lease)

    def _loops(self) -> list[str]:
        return list(dict.fromkeys(sweep.loop for sweep in self._sweeps))

    def _sweep_loop(self, name: str) -> None:
        sweeps = [sweep for sweep in self._sweeps if sweep.loop == name]
        patience = {sweep.name: _Patience() for sweep in sweeps}
        while not self.stop.is_set():
            # One bite each in turn: a sweep with a million rows waits for the others like any.
            found = [patience[sweep.name].swept(sweep, at=timezone.now()) for sweep in sweeps]
            if not any(found):
                self.stop.wait(PAUSE)


class _Patience:
    """Leaves a sweep that keeps failing alone, for longer each time."""

    def __init__(self) -> None:
        self._failures = 0
        self._until: datetime | None = None

    def swept(self, sweep: Sweep, *, at: datetime) -> int:
        if self._until is not None and at < self._until:
            return 0
        try:
            count = sweep.run(at)
        except Exception:
            logger.exception("the sweep %s failed", sweep.name)
            connection.close_if_unusable_or_obsolete()
            self._failures += 1
            self._until = at + timedelta(seconds=min(LONGEST_SULK, 0.5 * 2.0 ** min(self._failures, 10)))
            return 0
        self._failures, self._until = 0, None
        return count


def _call(job: Claimed, *, at: datetime) -> None:
    known = registry.find(job.task)
    if known is not None:
        known.run(*job.args, **job.kwargs, at=at)
        return
    try:
        task = import_string(job.task)
    except ImportError:
        task = None
    if not isinstance(task, Task):
        raise Retryable(f"This version knows no task named {job.task}.")  # a newer one may run beside us
    task.func(*job.args, **job.kwargs)


def _short(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:2000]


def _with_database(loop: Callable[[], None], stop: threading.Event) -> None:
    """Run a loop to its end; a database that is away is waited for, not died of."""
    while not stop.is_set():
        try:
            loop()
        except (OperationalError, InterfaceError):
            logger.exception("the database is away; trying again in %.0f s", DATABASE_PAUSE)
            connection.close()
            stop.wait(DATABASE_PAUSE)
    connection.close()
