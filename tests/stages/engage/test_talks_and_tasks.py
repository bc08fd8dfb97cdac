"""A call with its outcome, the task it answers and the next step; tasks by hand and by machine."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction

from factories import AT, make_event, make_lead, make_team, make_user
from sarnakh.accounts.models import Holiday, Organisation
from sarnakh.engage.models import Activity, Task
from sarnakh.engage.ports import NextStep, Talk
from sarnakh.engage.selectors import activities_for, calls_made, queue_of, suggestion_for, tasks_for
from sarnakh.engage.services import (
    EngageError,
    add_task,
    complete_task,
    first_call_tasks,
    log_activity,
    move_task,
)
from sarnakh.leads.facts import Fact, record_facts
from sarnakh.leads.models import Event, Lead

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
SECRET = "می‌گوید بودجه‌اش ۶۲۰ میلیون است"


def give(lead: Lead, user) -> None:
    with transaction.atomic():
        fact = Fact("lead_assigned", AT, origin=lead.id, props={"user": user.id, "team": user.team_id})
        record_facts([fact], received_at=AT)


def names(lead: Lead) -> list[str]:
    return list(Event.objects.filter(lead=lead).order_by("id").values_list("name", flat=True))


def test_a_call_is_one_fact_without_its_words_and_closes_the_call_it_answers() -> None:
    rep = make_user()
    lead = make_lead(owner=rep)
    planned = add_task(lead, NextStep("call", AT + HOUR), actor=rep.id, at=AT)

    logged = log_activity(
        lead,
        Talk("call", outcome="connected", text=SECRET, duration_s=240),
        actor=rep.id,
        at=AT + HOUR,
        next_step=NextStep("meeting", AT + 30 * HOUR, "دمو"),
    )

    fact = logged.activity.event
    assert fact is not None
    assert (fact.name, fact.actor_id) == ("call_logged", rep.id)
    assert fact.props == {
        "activity": logged.activity.id,
        "direction": "outbound",
        "outcome": "connected",
        "duration_s": 240,
    }
    planned.refresh_from_db()
    assert logged.answered == planned
    assert (planned.done_at, planned.outcome) == (AT + HOUR, "done")
    assert logged.next is not None
    assert (logged.next.kind, logged.next.owner_id, logged.next.done_at) == ("meeting", rep.id, None)
    assert names(lead) == ["lead_created", "task_created", "call_logged", "task_done", "task_created"]
    assert not [event for event in Event.objects.filter(lead=lead) if "بودجه" in str(event.props)]
    assert Activity.objects.get().text == SECRET


def test_a_note_answers_no_task_and_has_no_direction() -> None:
    lead = make_lead()
    add_task(lead, NextStep("call", AT), actor=None, at=AT)
    logged = log_activity(lead, Talk("note", text="علاقه به نسخه ابری"), actor=None, at=AT)
    assert (logged.answered, logged.activity.direction) == (None, "")
    assert logged.activity.event
    assert logged.activity.event.props == {"activity": logged.activity.id}


def test_the_named_task_is_answered_rather_than_the_earliest() -> None:
    lead = make_lead()
    add_task(lead, NextStep("call", AT), actor=None, at=AT)
    later = add_task(lead, NextStep("call", AT + HOUR), actor=None, at=AT)
    assert log_activity(lead, Talk("call"), actor=None, at=AT, answers=later.id).answered == later


@pytest.mark.parametrize(
    ("talk", "step", "field", "code"),
    [
        (Talk("call", outcome="fine"), None, "outcome", "unknown_outcome"),
        (Talk("note"), None, "text", "text_required"),
        (Talk("call"), NextStep("todo", AT), "title", "title_required"),
        (Talk("call"), NextStep("walk", AT), "kind", "unknown_kind"),
    ],
)
def test_what_is_refused_leaves_nothing_behind(talk: Talk, step: NextStep | None, field: str, code: str) -> None:
    lead = make_lead()
    with pytest.raises(EngageError) as refused:
        log_activity(lead, talk, actor=None, at=AT, next_step=step)
    assert (refused.value.field, refused.value.code) == (field, code)
    assert refused.value.message
    assert names(lead) == ["lead_created"]
    assert not Activity.objects.exists()


def test_a_task_is_closed_once_and_moved_only_while_open() -> None:
    lead = make_lead()
    task = add_task(lead, NextStep("todo", AT, "پیش‌فاکتور"), actor=None, at=AT)
    move_task(task, due_at=AT + HOUR, actor=None, at=AT)
    complete_task(task, actor=None, at=AT)
    complete_task(task, actor=None, at=AT + HOUR)
    task.refresh_from_db()
    assert (task.due_at, task.done_at) == (AT + HOUR, AT)
    with pytest.raises(EngageError) as refused:
        complete_task(task, outcome="cancelled", actor=None, at=AT)
    assert refused.value.is_conflict
    with pytest.raises(EngageError):
        move_task(task, due_at=AT, actor=None, at=AT)
    assert names(lead) == ["lead_created", "task_created", "task_moved", "task_done"]


def test_a_machine_makes_a_task_once_for_its_cause() -> None:
    lead = make_lead()
    first = add_task(lead, NextStep("call", AT), key="journey:1", actor=None, at=AT)
    assert add_task(lead, NextStep("call", AT + HOUR), key="journey:1", actor=None, at=AT) == first
    assert names(lead).count("task_created") == 1


# --- the first call --------------------------------------------------------------------------------------------------


def test_a_given_lead_gets_one_first_call_due_in_working_time() -> None:
    rep = make_user()
    lead = make_lead()
    give(lead, rep)
    made = first_call_tasks([lead.id], at=AT)
    assert first_call_tasks([lead.id], at=AT + HOUR) == []
    [task] = made
    assert (task.owner_id, task.kind, task.due_at) == (rep.id, "call", AT + timedelta(minutes=30))
    assert names(lead) == ["lead_created", "lead_assigned", "task_created"]


def test_after_hours_and_over_a_holiday_the_first_call_waits_for_the_office() -> None:
    Organisation.objects.create(
        name="الف", created_at=AT, working_week={"6": [["09:00", "17:00"]], "1": [["10:00", "14:00"]]}, settings={}
    )
    Holiday.objects.create(day=datetime(2026, 3, 3).date())
    lead = make_lead()
    give(lead, make_user())
    evening = datetime(2026, 3, 1, 13, 20, tzinfo=UTC)  # Sunday 16:50 in Tehran; Tuesday is a holiday
    [task] = first_call_tasks([lead.id], at=evening)
    assert task.due_at == datetime(2026, 3, 8, 5, 50, tzinfo=UTC)  # next Sunday 09:20


def test_the_setting_says_how_soon_the_first_call_is_due() -> None:
    Organisation.objects.create(name="الف", created_at=AT, settings={"first_call_minutes": 5})
    lead = make_lead()
    give(lead, make_user())
    [task] = first_call_tasks([lead.id], at=AT)
    assert task.due_at == AT + timedelta(minutes=5)


def test_no_first_call_for_the_unowned_the_talked_to_and_what_is_old_news() -> None:
    rep = make_user()
    unowned, talked, old = make_lead(), make_lead(), make_lead(at=AT - timedelta(days=40))
    Event.objects.filter(lead=old, name="lead_created").update(received_at=AT)
    for lead in (talked, old):
        give(lead, rep)
    log_activity(talked, Talk("call", outcome="no_answer"), actor=rep.id, at=AT)
    assert first_call_tasks([unowned.id, talked.id, old.id], at=AT) == []
    assert not Task.objects.exists()


def test_the_open_first_call_follows_a_new_owner() -> None:
    first, second = make_user(), make_user()
    lead = make_lead()
    give(lead, first)
    [task] = first_call_tasks([lead.id], at=AT)
    give(lead, second)
    first_call_tasks([lead.id], at=AT)
    task.refresh_from_db()
    assert task.owner_id == second.id


def test_first_calls_of_many_leads_take_as_many_queries_as_of_two(django_assert_max_num_queries) -> None:
    rep = make_user()
    leads = [make_lead() for _ in range(32)]
    for lead in leads:
        give(lead, rep)
    with django_assert_max_num_queries(24):
        made = first_call_tasks([lead.id for lead in leads], at=AT)
    assert len(made) == 32


# --- reads -----------------------------------------------------------------------------------------------------------


def test_people_see_the_tasks_and_talks_of_leads_inside_their_gate() -> None:
    team = make_team()
    rep, other, manager = make_user(team=team), make_user(), make_user(role="manager", team=team)
    lead = make_lead(owner=rep)
    make_event(lead, "lead_assigned", user=rep.id, team=team.id)
    task = add_task(lead, NextStep("call", AT), actor=rep.id, at=AT)
    log_activity(lead, Talk("message", text="سلام"), actor=rep.id, at=AT)
    for user, sees in ((rep, 1), (manager, 1), (other, 0)):
        assert tasks_for(user).count() == activities_for(user).count() == sees
    assert list(queue_of(rep)) == [task]
    assert not queue_of(manager).exists()


def test_a_call_without_an_answer_offers_the_next_in_working_time_until_the_fifth() -> None:
    lead = make_lead()
    for made in range(5):
        offered = suggestion_for(lead, "no_answer", at=AT)
        assert offered is not None
        assert offered[0].attempt == made + 1
        assert offered[1] == AT + 4 * HOUR
        log_activity(lead, Talk("call", outcome="no_answer"), actor=None, at=AT)
    assert calls_made([lead.id]) == {lead.id: 5}
    assert suggestion_for(lead, "no_answer", at=AT) is None
