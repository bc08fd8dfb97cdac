"""Captures that come together: one person, one lead, each capture once, whatever else goes on."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from functools import partial

import pytest
from django.db import connection
from django.utils import timezone

from sarnakh.capture.models import Capture, CaptureState
from sarnakh.capture.services import Arrival
from sarnakh.leads.matching import writing
from sarnakh.leads.merging import MergeError, merge, undo
from sarnakh.leads.models import Event, Identity, Lead, Merge, Person
from sarnakh.lifecycle import intake, steps

MOBILE = "09120000001"


def arrival(key: str, *phones: str) -> Arrival:
    return Arrival(key=key, channel="api", body={"phones": list(phones or [MOBILE])}, at=timezone.now())


def together(*tasks: Callable[[], object]) -> list[object]:
    """Run these in threads that start at one moment; what each answered, or raised."""
    start, answers = threading.Barrier(len(tasks)), [None] * len(tasks)

    def run(i: int, task: Callable[[], object]) -> None:
        start.wait()
        try:
            answers[i] = task()
        except (MergeError, AssertionError) as error:
            answers[i] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=each) for each in enumerate(tasks)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return answers


def settle() -> None:
    """What lost a race is pending: the worker takes it up."""
    late = timezone.now() + timedelta(hours=1)
    while intake.sweep(late):
        pass


def one_lead_a_person() -> None:
    open_leads = Lead.objects.filter(hidden_at__isnull=True).exclude(stage="customer")
    people = list(open_leads.values_list("person_id", flat=True))
    assert len(people) == len(set(people))
    assert not open_leads.filter(person__merged_into__isnull=False).exists()
    assert not Identity.objects.filter(person__merged_into__isnull=False).exists()


@pytest.mark.django_db
def test_one_key_twice_in_a_batch_is_one_capture() -> None:
    rows = intake.receive_many([arrival("k"), arrival("k")])
    assert [row.state for row in rows] == [CaptureState.CREATED] * 2
    assert not Event.objects.filter(name="capture_joined").exists()
    assert [row.state for row in intake.receive_many([arrival("k")])] == [CaptureState.CREATED]


@pytest.mark.django_db(transaction=True)
def test_a_bug_that_one_capture_meets_loses_none(monkeypatch: pytest.MonkeyPatch) -> None:
    real = writing.search_text
    monkeypatch.setattr(
        writing, "search_text", lambda person, values: 1 / 0 if "+989120000013" in values else real(person, values)
    )
    bad, good = intake.receive_many([arrival("bad", "09120000013"), arrival("good", "09120000014")])
    assert (good.state, bad.state) == (CaptureState.CREATED, CaptureState.PENDING)
    assert "ZeroDivisionError" in bad.reason
    monkeypatch.undo()
    settle()
    assert Capture.objects.get(id=bad.id).state == CaptureState.CREATED


@pytest.mark.django_db(transaction=True)
def test_a_lead_that_cannot_be_advanced_is_a_lead_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(steps, "apply_mql", lambda ids, at: 1 / 0)
    [row] = intake.receive_many([arrival("k")])
    assert row.state == CaptureState.CREATED
    assert Lead.objects.get().advance_due_at is not None


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_one_mobile_from_many_threads_is_one_person() -> None:
    together(*(lambda i=i: intake.receive_many([arrival(f"k{i}")]) for i in range(8)))
    settle()
    assert Capture.objects.exclude(state__in=("created", "merged")).count() == 0
    assert Capture.objects.filter(state="created").count() == 1
    assert (Person.objects.count(), Lead.objects.count()) == (1, 1)
    assert Event.objects.filter(name="capture_joined").count() == 7


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_one_idempotency_key_from_many_threads_is_one_capture() -> None:
    answers = together(*(lambda: intake.receive_many([arrival("k")])[0].state for _ in range(6)))
    assert set(answers) == {"created"}
    assert Event.objects.filter(name="lead_created").count() == 1
    assert not Event.objects.filter(name="capture_joined").exists()


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_merges_undos_and_captures_beside_each_other_keep_one_lead_a_person() -> None:
    phones = [f"0912000000{i}" for i in range(4)]
    leads = [intake.receive_many([arrival(f"first{i}", phone)])[0].lead_id for i, phone in enumerate(phones)]
    for turn in range(4):
        undone = Merge.objects.filter(retracted_at__isnull=True).order_by("?").values_list("id", flat=True).first()
        acts = [partial(intake.receive_many, [arrival(f"{turn}-{phone}", phone)]) for phone in phones]
        acts.append(partial(merge, leads[0], [leads[1 + turn % 3]], actor=None, at=timezone.now()))
        acts.append(partial(merge, leads[3], [leads[turn % 3]], actor=None, at=timezone.now()))
        if undone:
            acts.append(partial(undo, undone, actor=None, at=timezone.now()))
        together(*acts)
        settle()
        one_lead_a_person()
    assert not Capture.objects.exclude(state__in=("created", "merged")).exists()


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_the_leader_answers_each_with_its_own_row(monkeypatch: pytest.MonkeyPatch) -> None:
    leader = intake.Leader()
    monkeypatch.setattr(intake, "_leader", leader)
    answers = together(*(lambda i=i: intake.receive(arrival(f"k{i}", f"09120000{i % 6:03}")).key for i in range(24)))
    assert answers == [f"k{i}" for i in range(24)]
    assert Person.objects.count() == Lead.objects.count() == 6
    leader.stop()
