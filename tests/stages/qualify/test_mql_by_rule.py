"""Leads that become MQL because a rule holds."""

from datetime import timedelta

import pytest
from django.db import transaction

from factories import AT, make_lead, make_user
from sarnakh.leads.facts import Fact, record_facts
from sarnakh.leads.models import Event, Lead
from sarnakh.qualify.models import MqlRule
from sarnakh.qualify.services import apply_mql, seed_defaults, set_stage

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def defaults() -> None:
    seed_defaults()


def test_a_lead_rises_when_its_score_or_its_temperature_says_so() -> None:
    cold = make_lead(score=39, temperature="cold")
    scored = make_lead(score=40, temperature="cold")
    warm = make_lead(score=10, temperature="warm")
    everyone = [cold.id, scored.id, warm.id]
    assert apply_mql(everyone, at=AT + HOUR) == [scored.id, warm.id]
    assert apply_mql(everyone, at=AT + 2 * HOUR) == []
    stages = dict(Lead.objects.values_list("id", "stage"))
    assert stages == {cold.id: "lead", scored.id: "mql", warm.id: "mql"}
    fact = Event.objects.get(lead=warm, name="stage_changed")
    rule = MqlRule.objects.get()
    assert (fact.actor, fact.source, fact.at) == (None, "rule", AT + HOUR)
    assert fact.props == {
        "from": "lead",
        "to": "mql",
        "reason": "امتیاز ۴۰ یا دمای گرم",
        "rule": rule.id,
        "name": rule.name,
    }


def test_the_first_rule_by_position_gives_the_reason() -> None:
    MqlRule.objects.update(position=5)
    MqlRule.objects.create(name={"en": "Tehran"}, when={"field": "province", "op": "is", "value": "تهران"}, position=1)
    lead = make_lead(score=90)
    lead.person.province = "تهران"
    lead.person.save()
    apply_mql([lead.id], at=AT)
    assert Event.objects.get(lead=lead, name="stage_changed").props["reason"] == "Tehran"


def test_only_leads_in_the_first_stage_rise_and_only_by_active_rules() -> None:
    sql, refused, asleep = make_lead(score=90), make_lead(score=90), make_lead(score=90)
    set_stage(sql, "sql", actor=None, at=AT)
    set_stage(refused, "disqualified", reason="no_need", actor=None, at=AT)
    assert apply_mql([sql.id, refused.id], at=AT + HOUR) == []
    MqlRule.objects.update(is_active=False)
    assert apply_mql([asleep.id], at=AT + HOUR) == []


def test_a_lead_that_a_person_put_back_stays_until_it_comes_by_itself() -> None:
    rep, lead = make_user(), make_lead(score=90)
    apply_mql([lead.id], at=AT)
    set_stage(lead, "lead", reason="شماره اشتباه بود", actor=rep.id, at=AT + HOUR)
    assert apply_mql([lead.id], at=AT + 2 * HOUR) == []
    set_stage(lead, "disqualified", reason="no_answer", actor=rep.id, at=AT + 3 * HOUR)
    with transaction.atomic():
        record_facts([Fact("lead_returned", AT + 4 * HOUR, origin=lead.id)], received_at=AT + 4 * HOUR)
    assert apply_mql([lead.id], at=AT + 5 * HOUR) == [lead.id]


def test_a_rule_that_can_no_longer_be_read_holds_for_nobody_and_stops_nobody() -> None:
    MqlRule.objects.update(position=5)
    MqlRule.objects.create(name={"en": "gone"}, when={"field": "segment", "op": "is", "value": "gone"})
    lead = make_lead(score=90)
    assert apply_mql([lead.id], at=AT) == [lead.id]


def test_a_batch_takes_a_handful_of_queries(django_assert_max_num_queries) -> None:
    leads = [make_lead(score=50).id for _ in range(32)]
    apply_mql([leads[0]], at=AT)
    with django_assert_max_num_queries(20):
        assert len(apply_mql(leads, at=AT)) == 31
