import threading
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.utils import timezone

from sample_tasks import note
from sarnakh.jobs import leases, services
from sarnakh.jobs.models import Job
from sarnakh.jobs.ports import Sweep
from sarnakh.jobs.worker import Worker

pytestmark = pytest.mark.django_db(transaction=True)


def at_work(worker: Worker) -> threading.Thread:
    thread = threading.Thread(target=worker.run, daemon=True)
    thread.start()
    return thread


def test_the_worker_runs_jobs_and_sweeps_until_it_is_told_to_stop(
    ran: list[object], eventually: Callable[..., None]
) -> None:
    left = {"many": 50, "few": 2}
    order: list[str] = []

    def bite(name: str) -> int:
        order.append(name)
        left[name] = max(0, left[name] - 1)
        return left[name]

    def broken(at: datetime) -> int:
        order.append("broken")
        raise ValueError("oops")

    worker = Worker(
        sweeps=[Sweep("many", lambda at: bite("many")), Sweep("broken", broken), Sweep("few", lambda at: bite("few"))]
    )
    thread = at_work(worker)
    services.enqueue(note, "a")
    eventually(lambda: ran and not left["many"])
    worker.stop.set()
    thread.join(10)
    assert not thread.is_alive()
    assert order[:3] == ["many", "broken", "few"]  # one bite each in turn
    assert order.count("broken") < 5  # what keeps failing is left alone for longer each time


def test_a_sweep_that_waits_for_others_holds_up_only_its_own_loop(eventually: Callable[..., None]) -> None:
    let_go = threading.Event()
    turns: list[str] = []

    def waits(at: datetime) -> int:
        let_go.wait(20)
        return 0

    def goes_on(at: datetime) -> int:
        turns.append("on")
        return 0

    worker = Worker(sweeps=[Sweep("mail", waits, loop="mail"), Sweep("advance", goes_on)])
    thread = at_work(worker)
    eventually(lambda: len(turns) > 3)
    let_go.set()
    worker.stop.set()
    thread.join(10)
    assert not thread.is_alive()


def test_two_workers_at_once_begin_no_job_twice(ran: list[object], eventually: Callable[..., None]) -> None:
    services.enqueue_many(note, [[n] for n in range(200)])
    workers = [Worker(), Worker()]
    threads = [at_work(worker) for worker in workers]
    eventually(lambda: not Job.objects.exists())
    for worker in workers:
        worker.stop.set()
    for thread in threads:
        thread.join(10)
    assert sorted(ran) == list(range(200))


@pytest.mark.postgres
def test_a_claim_never_waits_for_another_claim() -> None:
    services.enqueue_many(note, [[n] for n in range(40)])
    claimed: list[list[int]] = []

    def claim_and_hold(barrier: threading.Barrier) -> None:
        from django.db import transaction

        try:
            with transaction.atomic():
                jobs = leases.claim("default", worker="w", at=timezone.now(), lease=timedelta(seconds=60))
                claimed.append([job.id for job in jobs])
                barrier.wait(10)  # both hold their rows locked: neither waited
        finally:
            connection.close()

    barrier = threading.Barrier(2)
    threads = [threading.Thread(target=claim_and_hold, args=(barrier,)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert not barrier.broken
    assert len({id_ for ids in claimed for id_ in ids}) == 40


@pytest.mark.postgres
def test_a_job_joined_by_key_does_not_start_before_who_joined_it_has_committed() -> None:
    from django.db import transaction

    services.enqueue(note, 1, key="k")
    found: list[int] = []

    def look() -> None:
        try:
            found.append(len(leases.claim("default", worker="w", at=timezone.now(), lease=timedelta(seconds=60))))
        finally:
            connection.close()

    with transaction.atomic():
        services.enqueue(note, 1, key="k")
        thread = threading.Thread(target=look)
        thread.start()
        thread.join(10)
    assert found == [0]
    look()
    assert found == [0, 1]
