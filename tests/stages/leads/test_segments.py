"""Segments are saved Filters that read, and never lead back to themselves."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction

from factories import make_lead, make_user
from sarnakh.accounts.models import SettingChange
from sarnakh.jobs.models import Job
from sarnakh.leads import kinds
from sarnakh.leads.facts import Fact, record_facts
from sarnakh.leads.filter import FilterError, load_vocabulary, parse
from sarnakh.leads.kinds import define
from sarnakh.leads.models import EventKind, KindMatch, Lead, Segment
from sarnakh.leads.segments import SegmentError, change_segment, count, create_segment, remove_segment
from sarnakh.leads.tasks import match_history

pytestmark = pytest.mark.django_db
AT = datetime(2026, 11, 21, 8, tzinfo=UTC)


def segment(slug, when):
    return create_segment(slug, name={"fa": slug}, when=when, actor=None, at=AT)


def named(slug):
    return {"field": "segment", "op": "is", "value": slug}


def test_a_segment_is_saved_logged_and_counts_its_leads():
    make_lead(score=80)
    make_lead(score=20)
    actor = make_user()
    made = create_segment(
        "داغ", name={"fa": "داغ"}, when={"field": "score", "op": "gte", "value": 70}, actor=actor, at=AT
    )
    assert count(Lead.objects.all(), parse(named("داغ"), load_vocabulary()), at=AT) == 1
    change_segment(made, when={"field": "score", "op": "gte", "value": 10}, actor=actor, at=AT + timedelta(days=1))
    assert count(Lead.objects.all(), parse(named("داغ"), load_vocabulary()), at=AT) == 2
    logged = SettingChange.objects.filter(subject="segment.داغ").order_by("at")
    assert [(row.actor, row.new["value"]) for row in logged] == [(actor, 70), (actor, 10)]


def test_a_segment_that_does_not_read_is_not_saved():
    with pytest.raises(FilterError) as caught:
        segment("x", {"all": [{"field": "age", "op": "is", "value": 3}]})
    assert (caught.value.path, caught.value.code) == ("all[0].field", "unknown_field")
    assert not Segment.objects.exists()


@pytest.mark.parametrize("slug", ["", "a b", "a/b", "x" * 81])
def test_a_slug_is_of_letters_and_digits(slug):
    with pytest.raises(SegmentError) as caught:
        segment(slug, {})
    assert caught.value.code == "wrong_slug"


def test_a_slug_is_taken_once():
    segment("a", {})
    with pytest.raises(SegmentError) as caught:
        segment("a", {})
    assert caught.value.code == "slug_taken"


def test_a_segment_cannot_lead_back_to_itself():
    first = segment("a", {})
    segment("b", {"not": named("a")})
    for when in (named("b"), {"any": [named("a"), {"field": "name", "op": "not_empty"}]}):
        with pytest.raises(FilterError) as caught:
            change_segment(first, when=when, actor=None, at=AT)
        assert caught.value.code == "segment_cycle"
    with pytest.raises(FilterError):
        segment("c", named("c"))


def test_a_segment_in_use_is_not_removed():
    first, second = segment("a", {}), segment("b", {"all": [{"field": "segment", "op": "not_in", "value": ["a"]}]})
    with pytest.raises(SegmentError) as caught:
        remove_segment(first, actor=None, at=AT)
    assert caught.value.code == "in_use"
    remove_segment(second, actor=None, at=AT)
    remove_segment(first, actor=None, at=AT)
    assert not Segment.objects.exists()


def test_what_a_segment_counts_is_matched_from_now_on():
    definition = kinds.define({"type": "page", "url_contains": "/pricing"}, is_used=False)
    EventKind.objects.create(slug="price_page_seen", current=definition)
    segment("buyers", {"event": "price_page_seen", "count": {"gte": 2}})
    definition.refresh_from_db()
    assert definition.is_used


def test_a_segment_that_names_an_unused_kind_counts_the_past_too() -> None:
    lead = make_lead()
    with transaction.atomic():
        record_facts([Fact("page_viewed", AT, origin=lead.id, props={"path": "/price", "plan": "3"})], received_at=AT)
    definition = define({"type": "page", "where": [{"prop": "plan", "op": "is", "value": 3}]}, is_used=False)
    EventKind.objects.create(slug="three", current=definition)
    when = {"event": "three"}
    create_segment("seen-three", name={}, when=when, actor=None, at=AT)
    [job] = Job.objects.filter(task="leads.match_history")
    match_history(*job.args, at=AT)
    assert list(KindMatch.objects.filter(kind=definition).values_list("lead_id", flat=True)) == [lead.id]
    assert count(Lead.objects.all(), parse(when, load_vocabulary()), at=AT) == 1
