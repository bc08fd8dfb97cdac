"""A version comes into force whole, one at a time, and can be gone back to."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction

from factories import AT, make_lead
from sarnakh.jobs.models import Job
from sarnakh.leads import kinds
from sarnakh.leads.facts import Fact, record_facts
from sarnakh.leads.models import Event, KindDefinition, KindMatch, Lead, LeadScore
from sarnakh.score import tasks
from sarnakh.score.models import Publication, Rebuild, RuleSet, RuleSetState
from sarnakh.score.rules import RuleError, RuleInput
from sarnakh.score.selectors import (
    draft,
    due_moments,
    published_version,
    score_at,
    shares,
    shown_rules,
)
from sarnakh.score.services import (
    add_rule,
    build_slice,
    forget_slice,
    go_back,
    publish,
    remove_rule,
    rescore,
    seed_default_rules,
    set_bounds,
    set_group_cap,
    update_rule,
)

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
FORM = RuleInput("Form", "behaviour", 40, event="form_submitted", half_life_days=10)
CALL = RuleInput(
    "Call", "behaviour", 20, event="call_logged", where=[{"prop": "outcome", "op": "is", "value": "connected"}]
)
TEHRAN = RuleInput("Tehran", "profile", 10, when={"field": "province", "op": "is", "value": "تهران"})


def happens(lead: Lead, name: str, at: Any = AT, **props: object) -> Event:
    with transaction.atomic():
        [event] = record_facts([Fact(name, at, origin=lead.id, props=props)], received_at=at)
    return event


def put_in_force(*rules: RuleInput, at: Any = AT) -> int:
    for rule in rules:
        add_rule(rule, at=at)
    version = publish(actor=None, at=at).version
    finish(version, at=at)
    return version


def finish(version: int, *, at: Any = AT) -> None:
    while build_slice(version, at=at, size=1):
        pass


def test_the_first_version_of_an_empty_base_is_in_force_at_once() -> None:
    add_rule(FORM, at=AT)
    assert publish(actor=None, at=AT).job is None
    lead = make_lead(at=AT + HOUR)
    happens(lead, "form_submitted", AT + HOUR)
    changes = rescore([lead.id], at=AT + HOUR)
    lead.refresh_from_db()
    assert (lead.score, lead.engagement, lead.fit, lead.temperature) == (40, 40, 0, "warm")
    assert [(c.before, c.after) for c in changes] == [("cold", "warm")]
    [told] = Event.objects.filter(name="temperature_changed")
    assert told.props == {"from": "cold", "to": "warm", "score": 40}
    assert rescore([lead.id], at=AT + HOUR) == [], "twice changes nothing"
    assert due_moments([lead.id])[lead.id] > AT + HOUR


def test_a_where_becomes_a_private_kind_that_history_is_matched_with() -> None:
    lead = make_lead()
    happens(lead, "call_logged", outcome="connected")
    happens(lead, "call_logged", outcome="no_answer")
    put_in_force(CALL)
    rescore([lead.id], at=AT)
    assert Lead.objects.get(id=lead.id).score == 20
    [private] = KindDefinition.objects.filter(when__where__isnull=False)
    assert private.is_used
    assert KindMatch.objects.filter(kind=private).count() == 1
    happens(lead, "call_logged", AT + HOUR, outcome="connected")
    rescore([lead.id], at=AT + HOUR)
    assert Lead.objects.get(id=lead.id).score == 40


def test_publishing_asks_for_a_job_and_the_job_brings_it_into_force() -> None:
    leads = [make_lead() for _ in range(3)]
    happens(leads[0], "form_submitted")
    add_rule(FORM, at=AT)
    publishing = publish(actor=None, at=AT)
    job = Job.objects.get(id=publishing.job)
    assert job.task == "score.rebuild"
    assert published_version() is None
    tasks.rebuild(**job.kwargs, at=AT + HOUR)
    version = published_version()
    assert version is not None
    assert version.number == publishing.version
    assert Publication.objects.get().at == AT + HOUR
    assert Event.objects.get(name="score_published").props == {"version": publishing.version}
    assert Lead.objects.get(id=leads[0].id).score == pytest.approx(40 * 2 ** (-1 / 240))
    assert Lead.objects.get(id=leads[0].id).advance_due_at is not None


def test_a_lead_that_changes_while_it_is_read_is_queued_again(monkeypatch: pytest.MonkeyPatch) -> None:
    from sarnakh.score.services import building

    lead = make_lead()
    happens(lead, "form_submitted")
    add_rule(FORM, at=AT)
    version = publish(actor=None, at=AT).version
    while Rebuild.objects.get().phase == "history":
        build_slice(version, at=AT)
    read = building.scored

    def read_and_change(*args: Any, **kwargs: Any) -> Any:
        found = read(*args, **kwargs)
        happens(lead, "form_submitted", AT + HOUR)
        return found

    monkeypatch.setattr(building, "scored", read_and_change)
    build_slice(version, at=AT + HOUR)
    assert Rebuild.objects.get().again == [lead.id]
    assert not LeadScore.objects.filter(version=version).exists()
    monkeypatch.setattr(building, "scored", read)
    finish(version, at=AT + HOUR)
    assert LeadScore.objects.get(version=version).score > 40
    assert Lead.objects.get(id=lead.id).score > 40


def test_publishing_again_cancels_the_build_under_way() -> None:
    lead = make_lead()
    put_in_force(FORM)
    add_rule(CALL, at=AT)
    second = publish(actor=None, at=AT).version
    build_slice(second, at=AT)
    add_rule(TEHRAN, at=AT)
    third = publish(actor=None, at=AT).version
    assert RuleSet.objects.get(version=second).state == RuleSetState.CANCELLED
    assert not build_slice(second, at=AT), "a job of the cancelled version has nothing to do"
    assert Job.objects.filter(task="score.forget", kwargs={"version": second}).exists()
    while forget_slice(second):
        pass
    assert not LeadScore.objects.filter(version=second).exists()
    finish(third)
    version = published_version()
    assert version is not None
    assert version.number == third
    assert [r.name for r in version.table.rules] == ["Form", "Call", "Tehran"]
    assert LeadScore.objects.filter(version=third, lead=lead).exists()
    assert RuleSet.objects.filter(state=RuleSetState.PUBLISHED).count() == 1


def test_going_back_puts_the_earlier_version_in_force() -> None:
    lead = make_lead()
    happens(lead, "form_submitted")
    first = put_in_force(FORM)
    rule = shown_rules().rules.get()
    update_rule(rule.id, replace(FORM, points=10), at=AT)
    second = publish(actor=None, at=AT + HOUR).version
    finish(second, at=AT + HOUR)
    assert Lead.objects.get(id=lead.id).score < 11
    assert go_back(first, actor=None, at=AT + 2 * HOUR).version == first
    finish(first, at=AT + 2 * HOUR)
    assert Lead.objects.get(id=lead.id).score > 39
    begun = RuleSet.objects.get(version=first).first_published_at
    assert begun == AT
    lead.refresh_from_db()
    assert score_at(lead, AT + HOUR / 2).version == first
    assert score_at(lead, AT + 1.5 * HOUR).version == second
    assert score_at(lead, AT + 3 * HOUR).version == first
    assert score_at(lead, AT + 3 * HOUR, version=second).score < 11
    with pytest.raises(RuleError):
        score_at(lead, AT, version=99)


def test_going_back_to_the_version_in_force_only_stops_the_build() -> None:
    make_lead()
    first = put_in_force(FORM)
    add_rule(CALL, at=AT)
    second = publish(actor=None, at=AT).version
    assert go_back(first, actor=None, at=AT).job is None
    assert RuleSet.objects.get(version=second).state == RuleSetState.CANCELLED
    with pytest.raises(RuleError):
        go_back(second, actor=None, at=AT)


def test_before_any_publication_nothing_is_scored() -> None:
    lead = make_lead()
    assert rescore([lead.id], at=AT) == []
    assert score_at(lead, AT).version is None
    assert shares(lead, AT) == []


def test_the_draft_is_a_copy_and_leaves_what_is_in_force_alone() -> None:
    put_in_force(FORM, TEHRAN)
    assert draft() is None
    inforce = {rule.name: rule.id for rule in shown_rules().rules.all()}
    remove_rule(inforce["Tehran"], at=AT)
    set_group_cap("web", 30, at=AT)
    set_bounds(hot_from=60, warm_from=20, at=AT)
    assert [rule.name for rule in draft().rules.all()] == ["Form"]
    version = published_version()
    assert [rule.name for rule in version.table.rules] == ["Form", "Tehran"]
    assert version.table.hot_from == 70
    publish(actor=None, at=AT + HOUR)
    version = published_version()
    assert (version.table.hot_from, dict(version.table.group_caps)) == (60, {"web": 30})


def test_there_must_be_a_draft_to_publish() -> None:
    with pytest.raises(RuleError, match="no draft"):
        publish(actor=None, at=AT)


@pytest.mark.parametrize(
    ("rule", "field", "code"),
    [
        (replace(FORM, event="no_such_event"), "event", "unknown_event"),
        (replace(TEHRAN, when={"field": "score", "op": "gt", "value": 3}), "when.field", "not_here"),
        (
            replace(TEHRAN, when={"all": [{"field": "temperature", "op": "is", "value": "hot"}]}),
            "when.all[0].field",
            "not_here",
        ),
        (replace(TEHRAN, when={"field": "stage", "op": "is", "value": "mql"}), "when.field", "not_here"),
        (replace(TEHRAN, when={"field": "segment", "op": "is", "value": "x"}), "when.field", "not_here"),
        (replace(TEHRAN, when={"field": "created_at", "op": "within_days", "value": 3}), "when.op", "not_here"),
        (
            replace(TEHRAN, when={"event": "page_viewed", "within_days": 7}),
            "when.within_days",
            "not_here",
        ),
        (replace(TEHRAN, when={"field": "shoe_size", "op": "is", "value": 3}), "when.field", "unknown_field"),
        (replace(FORM, where=[{"prop": "plan", "op": "resembles"}]), "where[0].op", "unknown_op"),
    ],
)
def test_a_rule_that_cannot_be_answered_is_refused_by_name(rule: RuleInput, field: str, code: str) -> None:
    with pytest.raises(RuleError) as refused:
        add_rule(rule, at=AT)
    assert (refused.value.field, refused.value.code) == (field, code)


def test_a_profile_rule_may_count_events_by_their_definition_at_publication() -> None:
    lead = make_lead()
    happens(lead, "page_viewed")
    put_in_force(replace(TEHRAN, when={"event": "page_viewed", "count": {"gte": 2}}))
    rescore([lead.id], at=AT)
    assert Lead.objects.get(id=lead.id).fit == 0
    happens(lead, "page_viewed", AT + HOUR)
    rescore([lead.id], at=AT + HOUR)
    lead.refresh_from_db()
    assert lead.fit == 10
    assert score_at(lead, AT).fit == 0


def test_a_new_base_gets_rules_that_score_a_real_lead() -> None:
    seed_default_rules(at=AT, language="en")
    seed_default_rules(at=AT, language="en")
    assert RuleSet.objects.count() == 1
    lead = make_lead(at=AT + HOUR)
    lead.person.job_title, lead.person.province = "مدیر بازرگانی", "تهران"
    lead.person.save()
    with transaction.atomic():
        record_facts(
            [
                Fact("page_viewed", AT + HOUR, origin=lead.id, props={"url": "https://shop.ir/pricing"}),
                Fact("form_submitted", AT + HOUR, origin=lead.id),
            ],
            received_at=AT + HOUR,
        )
    rescore([lead.id], at=AT + HOUR)
    lead.refresh_from_db()
    assert (lead.fit, lead.engagement) == (25, 27)
    lines = shares(lead, AT + HOUR)
    assert {(line.name, line.cause) for line in lines} >= {
        ("Saw the price page", "page_viewed"),
        ("Filled in a form", "form_submitted"),
        ("Decides or has a say", ""),
    }
    assert sum(line.hundredths for line in lines) == 5200


def test_an_event_without_a_loss_never_lowers_engagement() -> None:
    put_in_force(FORM, replace(CALL, points=-30), RuleInput("Views", "behaviour", 9, event="page_viewed", times=2))
    lead = make_lead()
    happens(lead, "call_logged", outcome="connected")
    before = -100.0
    for i, name in enumerate(["form_submitted", "page_viewed", "page_viewed", "page_viewed", "note_added"]):
        happens(lead, name, AT + HOUR - timedelta(minutes=i))
        rescore([lead.id], at=AT + HOUR)
        now = Lead.objects.get(id=lead.id).engagement
        assert now >= before
        before = now


def test_scoring_many_leads_takes_as_many_queries_as_scoring_one(django_assert_num_queries: Any) -> None:
    put_in_force(FORM, TEHRAN)
    leads = [make_lead() for _ in range(8)]
    rescore([lead.id for lead in leads], at=AT)
    with django_assert_num_queries(6):
        rescore([leads[0].id], at=AT)
    with django_assert_num_queries(6):
        rescore([lead.id for lead in leads], at=AT)


def test_merged_leads_are_scored_as_one_and_apart_again_after_undo() -> None:
    from sarnakh.leads.merging import merge, undo

    put_in_force(FORM, CALL)
    one, other = make_lead(), make_lead()
    happens(one, "form_submitted")
    happens(other, "call_logged", outcome="connected")
    ids = [one.id, other.id]
    rescore(ids, at=AT)
    merged = merge(one.id, [other.id], actor=None, at=AT)
    rescore(ids, at=AT)
    one.refresh_from_db()
    assert one.score == 60
    assert score_at(one, AT).score == 60, "the person as merged now"
    undo(merged.id, actor=None, at=AT)
    rescore(ids, at=AT)
    assert list(Lead.objects.filter(id__in=ids).order_by("id").values_list("score", flat=True)) == [40, 20]


def test_the_same_content_is_the_same_kind() -> None:
    make_lead()
    put_in_force(CALL)
    count = KindDefinition.objects.count()
    put_in_force(replace(CALL, name="Call again", points=5))
    assert KindDefinition.objects.count() == count
    assert kinds.digest({"a": 1, "b": 2}) == kinds.digest({"b": 2, "a": 1})


def test_a_late_fact_turns_the_past_that_the_present_temperature_stands_on() -> None:
    day = timedelta(days=1)
    put_in_force(
        RuleInput("Form", "behaviour", 33, event="form_submitted"),
        RuleInput("Page", "behaviour", 20, event="page_viewed", half_life_days=1),
    )
    lead = make_lead()
    happens(lead, "form_submitted")
    rescore([lead.id], at=AT + 9 * day)
    lead.refresh_from_db()
    assert (lead.score, lead.temperature) == (33, "cold")
    with transaction.atomic():
        record_facts([Fact("page_viewed", AT + day, origin=lead.id)], received_at=AT + 10 * day)
    rescore([lead.id], at=AT + 10 * day)
    lead.refresh_from_db()
    assert 33 < lead.score < 34
    assert lead.temperature == "warm", "it was warm nine days ago and has not been below 30 since"
    rescore([lead.id], at=AT + 11 * day)
    lead.refresh_from_db()
    assert lead.temperature == "warm", "and goes on from there without new facts"
