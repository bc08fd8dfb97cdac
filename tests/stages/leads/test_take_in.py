"""Who is this: matching drafts to persons and leads."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction

from sarnakh.leads.facts import Fact, record_facts
from sarnakh.leads.matching import take_in
from sarnakh.leads.models import (
    Consent,
    DuplicatePair,
    Event,
    FieldHistory,
    Identity,
    KindMatch,
    Lead,
    LeadMilestone,
    LeadSource,
    Person,
    SharedValue,
)
from sarnakh.leads.ports import Draft, Key, Origin, Outcome, Permission

pytestmark = pytest.mark.django_db
AT = datetime(2026, 11, 21, 8, tzinfo=UTC)


def draft(ref=1, mobile="", email="", phone="", at=AT, event="", visitor="", **fields):
    keys = []
    if mobile:
        keys.append(Key("mobile", mobile, True))
    if email:
        keys.append(Key("email", email, True))
    if phone:
        keys.append(Key("phone", phone, False))
    return Draft(ref, tuple(keys), fields, Origin(channel="form"), at, at, event=event, visitor=visitor)


def take(*drafts, at=AT) -> list[Outcome]:
    with transaction.atomic():
        return take_in(drafts, received_at=at)


def test_a_stranger_becomes_a_person_and_a_lead():
    [outcome] = take(draft(mobile="+989120001402", name="مریم رضایی", company="پخش آفتاب", event="form_submitted"))
    lead = Lead.objects.select_related("person__company").get(id=outcome.lead)
    assert (outcome.state, lead.stage, lead.person.name) == ("created", "lead", "مریم رضایی")
    assert lead.person.company.name == "پخش آفتاب"
    assert "09120001402"[1:] in lead.search
    assert LeadSource.objects.get(lead=lead).source == "direct"
    assert LeadMilestone.objects.get(lead=lead).first_touch_at == AT
    assert set(Event.objects.values_list("name", flat=True)) == {"lead_created", "form_submitted"}
    assert KindMatch.objects.filter(lead=lead).count() == 2
    assert {(h.field, h.new) for h in FieldHistory.objects.all()} == {("name", "مریم رضایی"), ("company", "پخش آفتاب")}
    assert lead.advance_due_at == AT


def test_the_same_mobile_joins_the_open_lead_and_fills_only_what_is_empty():
    [first] = take(draft(mobile="+989120001402", name="مریم رضایی"))
    [second] = take(draft(mobile="+989120001402", name="م. رضایی", city="تهران"))
    assert (second.state, second.lead) == ("merged", first.lead)
    person = Person.objects.get()
    assert (person.name, person.city, person.proposals) == ("مریم رضایی", "تهران", {"name": ["م. رضایی"]})
    assert Event.objects.filter(name="fields_changed").get().props == {"fields": ["city"]}


def test_two_drafts_of_one_batch_with_one_mobile_are_one_person():
    one, two = take(draft(1, mobile="+989120001402"), draft(2, mobile="+989120001402", email="m@aftab.example"))
    assert (one.state, two.state, one.lead) == ("created", "merged", two.lead)
    assert Identity.objects.count() == 2


def test_a_shared_key_never_matches_alone():
    take(draft(phone="+982188776655"))
    [other] = take(draft(phone="+982188776655"))
    assert other.state == "created"
    assert Person.objects.count() == 2
    SharedValue.objects.create(kind="mobile", value="+989120001402", at=AT)
    assert [take(draft(mobile="+989120001402"))[0].state for _ in range(2)] == ["created", "created"]
    assert Identity.objects.filter(kind="mobile", is_exclusive=False).count() == 2


def test_two_matches_take_the_strongest_and_file_the_pair():
    [by_mail] = take(draft(email="m@aftab.example"))
    [by_mobile] = take(draft(mobile="+989120001402"))
    [both] = take(draft(mobile="+989120001402", email="m@aftab.example"))
    assert both.person == by_mobile.person
    assert Identity.objects.get(kind="email").person_id == by_mail.person
    pair = DuplicatePair.objects.get()
    assert {pair.low_id, pair.high_id} == {by_mail.person, by_mobile.person}


def test_a_refused_lead_returns_with_its_history():
    [outcome] = take(draft(mobile="+989120001402"))
    with transaction.atomic():
        record_facts(
            [Fact("stage_changed", AT, origin=outcome.lead, props={"to": "disqualified", "reason": "no_budget"})],
            received_at=AT,
        )
    assert Lead.objects.get().stage == "disqualified"
    later = AT + timedelta(days=3)
    take(draft(mobile="+989120001402", at=later), at=later)
    assert Lead.objects.get().stage == "lead"


def test_after_a_win_a_new_request_opens_a_new_lead():
    [first] = take(draft(mobile="+989120001402"))
    with transaction.atomic():
        record_facts([Fact("deal_won", AT + timedelta(days=1), origin=first.lead)], received_at=AT)
    assert Lead.objects.get().stage == "customer"
    [second] = take(draft(mobile="+989120001402", at=AT + timedelta(days=9)))
    assert second.state == "created"
    assert second.person == first.person
    assert second.lead != first.lead


def test_consents_are_kept_with_their_words():
    given = Draft(
        1,
        (Key("mobile", "+989120001402", True),),
        {},
        Origin(),
        AT,
        AT,
        permissions=(Permission("marketing", "sms", True, "ماهی یک پیامک"),),
    )
    take(given)
    consent = Consent.objects.get()
    assert (consent.purpose, consent.channel, consent.is_granted, consent.text) == (
        "marketing",
        "sms",
        True,
        "ماهی یک پیامک",
    )
    assert Event.objects.filter(name="consent_given").get().props == {"purpose": "marketing", "channel": "sms"}


def test_a_message_counts_once():
    [outcome] = take(draft(mobile="+989120001402"))
    fact = Fact("page_viewed", AT, origin=outcome.lead, source="tracker:1", message_id="m1")
    with transaction.atomic():
        assert len(record_facts([fact, fact], received_at=AT)) == 1
        assert record_facts([fact], received_at=AT) == []


def test_a_batch_takes_the_same_number_of_statements_as_one(django_assert_max_num_queries):
    take(draft(mobile="+989120000000", name="گرم", company="الف"))
    with django_assert_max_num_queries(24):
        take(*(draft(i, mobile=f"+98912000{i:04}", name=f"نام {i}", company=f"شرکت {i}") for i in range(1, 33)))
