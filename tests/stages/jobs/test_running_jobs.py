from datetime import datetime, timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from sample_tasks import fail, note, through_django_tasks
from sarnakh.jobs import leases, selectors, services
from sarnakh.jobs.models import Bucket, Job, JobState, Schedule
from sarnakh.jobs.ports import Every
from sarnakh.jobs.registry import job
from sarnakh.jobs.worker import Worker

pytestmark = pytest.mark.django_db
LEASE = timedelta(seconds=60)


def later(**ago: float) -> datetime:
    return timezone.now() + timedelta(**ago)


def test_a_job_runs_once_and_is_gone(ran: list[object]) -> None:
    services.enqueue(note, "a")
    assert Worker().run_due("default") == 1
    assert ran == ["a"]
    assert not Job.objects.exists()


def test_a_job_of_a_transaction_that_failed_never_was(ran: list[object]) -> None:
    with transaction.atomic():
        services.enqueue(note, "a")
        transaction.set_rollback(True)
    assert Worker().run_due("default") == 0
    assert ran == []


def test_the_more_urgent_job_runs_first_and_one_for_later_waits(ran: list[object]) -> None:
    services.enqueue(note, "usual")
    services.enqueue(note, "urgent", priority=5)
    services.enqueue(note, "tomorrow", run_at=later(days=1))
    Worker().run_due("default")
    assert ran == ["urgent", "usual"]
    assert selectors.backlog(at=timezone.now()).waiting == 1


def test_while_a_job_of_a_key_waits_another_joins_it_at_the_earlier_moment() -> None:
    first = services.enqueue(note, 1, key="k", run_at=later(hours=2))
    assert services.enqueue(note, 1, key="k", run_at=later(hours=1)) == first
    assert services.enqueue(note, 1, key="k", run_at=later(hours=3)) == first
    assert Job.objects.get().run_at < later(hours=1, seconds=1)


def test_a_job_asked_for_while_one_of_its_key_runs_is_not_lost(ran: list[object]) -> None:
    services.enqueue(note, 1, key="k")
    leases.claim("default", worker="w", at=timezone.now(), lease=LEASE)
    services.enqueue(note, 2, key="k")
    Worker().run_due("default")
    assert ran == [2]


def test_a_permanent_failure_is_dead_at_once_and_can_be_revived(ran: list[object]) -> None:
    made = services.enqueue(fail, "permanent")
    Worker().run_due("default")
    dead = selectors.dead_jobs().get()
    assert (dead.pk, dead.attempts, dead.error) == (made, 1, "Permanent: no such address")
    assert services.revive([made], at=timezone.now()) == 1
    Worker().run_due("default")
    assert ran == ["permanent", "permanent"]


def test_a_failure_that_says_when_waits_so_long() -> None:
    services.enqueue(fail, "later")
    Worker().run_due("default")
    assert later(seconds=85) < Job.objects.get().run_at < later(seconds=91)


def test_after_the_last_attempt_a_job_is_dead(ran: list[object]) -> None:
    services.enqueue(fail, "bug")
    for attempt in range(1, 4):
        assert Job.objects.get().state == JobState.WAITING
        Worker().run_due("default", at=later(hours=2 * attempt))
    assert ran == ["bug"] * 3
    assert Job.objects.get().state == JobState.DEAD
    assert selectors.backlog(at=timezone.now()).dead == 1


def test_a_dead_workers_job_comes_due_by_itself_and_the_fence_holds_the_late_one_off(ran: list[object]) -> None:
    services.enqueue(note, "a")
    [lost] = leases.claim("default", worker="dead", at=timezone.now(), lease=LEASE)
    assert Worker().run_due("default") == 0
    [taken] = leases.claim("default", worker="next", at=later(seconds=61), lease=LEASE)
    assert taken.attempt == 2
    assert leases.complete([lost], worker="dead") == 0
    assert not leases.bury(lost, worker="dead", error="late")
    assert leases.renew([lost], worker="dead", at=timezone.now(), lease=LEASE) == 0
    assert leases.complete([taken], worker="next") == 1


def test_a_job_that_kills_its_workers_is_buried_and_not_run_for_ever(ran: list[object]) -> None:
    services.enqueue(fail, "bug")
    for attempt in range(3):
        assert leases.claim("default", worker=f"dead{attempt}", at=later(hours=attempt), lease=LEASE)
    Worker().run_due("default", at=later(hours=5))
    assert ran == []
    assert "died" in selectors.dead_jobs().get().error


def test_a_renewed_lease_keeps_others_off() -> None:
    services.enqueue(note, "a")
    jobs = leases.claim("default", worker="w", at=timezone.now(), lease=LEASE)
    assert leases.renew(jobs, worker="w", at=later(seconds=50), lease=LEASE) == 1
    assert not leases.claim("default", worker="x", at=later(seconds=70), lease=LEASE)


def test_a_worker_told_to_stop_gives_back_what_it_has_not_begun(ran: list[object]) -> None:
    services.enqueue_many(note, [["a"], ["b"]])
    worker = Worker()
    worker.stop.set()
    assert worker.run_due("default") == 0
    assert ran == []
    assert set(Job.objects.values_list("worker", "attempts")) == {(None, 0)}


def test_a_claim_takes_a_batch_at_most() -> None:
    services.enqueue_many(note, [[n] for n in range(25)])
    assert len(leases.claim("default", worker="w", at=timezone.now(), lease=LEASE)) == 20
    assert len(leases.claim("default", worker="w", at=timezone.now(), lease=LEASE)) == 5


def test_a_channel_gives_no_more_than_its_tokens_and_holds_no_other_up(ran: list[object]) -> None:
    at = timezone.now()
    services.set_rate("sms", per_second=1, capacity=2, at=at)
    for n in range(5):
        services.enqueue(note, n, channel="sms", priority=9)
    services.enqueue(note, "free")
    services.enqueue(note, "no bucket", channel="post")
    assert len(leases.claim("default", worker="w", at=later(seconds=0), lease=LEASE)) == 4
    assert not leases.claim("default", worker="w", at=later(seconds=0), lease=LEASE)
    assert len(leases.claim("default", worker="w", at=later(seconds=1.5), lease=LEASE)) == 1
    assert 0 <= Bucket.objects.get().tokens < 1


def test_a_schedule_fires_once_over_all_workers_and_never_piles_up() -> None:
    at = timezone.now()
    services.declare_schedules([Every("nightly", "sample.note", 3600), Every("gone", "sample.note", 1)], at=at)
    services.declare_schedules([Every("nightly", "sample.note", 7200)], at=at)
    assert Schedule.objects.get().every_seconds == 7200
    assert services.fire_schedules(at) == 1
    assert services.fire_schedules(at) == 0
    assert services.fire_schedules(at + timedelta(hours=2)) == 1
    assert Job.objects.count() == 1


def test_django_tasks_own_interface_runs_through_the_same_table(ran: list[object]) -> None:
    through_django_tasks.enqueue(7)
    assert Worker().run_due("default") == 1
    assert ran == [7]


def test_a_task_that_no_one_registered_is_refused_and_one_from_elsewhere_waits() -> None:
    with pytest.raises(LookupError):
        services.enqueue("sample.unheard_of")
    Job.objects.create(task="os.system", args=["false"], run_at=timezone.now(), created_at=timezone.now())
    Worker().run_due("default")
    assert "knows no task" in Job.objects.get().error


def test_a_job_must_take_the_moment_and_own_its_name() -> None:
    with pytest.raises(TypeError):
        job("sample.no_moment")(lambda: None)
    with pytest.raises(ValueError, match="taken"):
        job("sample.note")(lambda value, *, at: None)
