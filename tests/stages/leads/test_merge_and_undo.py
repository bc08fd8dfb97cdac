"""Merges with work in between, undone in any order, end as if they had never been, plus the work done since."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sarnakh.convert.ports import DealChange, NewDeal
from sarnakh.convert.services import convert, seed_defaults, set_deal
from sarnakh.leads.facts import Fact, record_facts
from sarnakh.leads.fields import value_of
from sarnakh.leads.matching import take_in
from sarnakh.leads.merging import MergeError, merge, undo
from sarnakh.leads.models import Event, Lead, Merge, Person
from sarnakh.leads.ports import Draft, Key, Origin
from sarnakh.project import tasks
from sarnakh.score.services.defaults import seed_default_rules
from stages.leads.merge_world import PEOPLE, START, World, card, steps

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
CHECKS = [HealthCheck.function_scoped_fixture, HealthCheck.filter_too_much, HealthCheck.too_slow]
SMALL = max(settings().max_examples // 2, 10)  # two whole lives an example


@pytest.fixture(autouse=True)
def house() -> None:
    seed_defaults()
    tasks.load()
    seed_default_rules(at=START - HOUR)


@settings(suppress_health_check=CHECKS, max_examples=SMALL)
@given(st.lists(card, min_size=PEOPLE, max_size=PEOPLE), steps)
def test_undone_merges_leave_the_world_as_if_they_had_never_been(cards, life):
    with transaction.atomic():
        with_merges = World()
        seen = with_merges.play(cards, life)
        transaction.set_rollback(True)
    with transaction.atomic():
        undone = frozenset(range(len(life))) - frozenset(with_merges.merges)
        expected = World(skip=undone, told=list(with_merges.decided)).play(cards, life)
        transaction.set_rollback(True)
    assert seen == expected


def take(mobile: str, at, **fields) -> int:
    with transaction.atomic():
        [outcome] = take_in([Draft(1, (Key("mobile", mobile, True),), fields, Origin(), at, at)], received_at=at)
    return outcome.lead


ONE, TWO = "+989120000001", "+989120000002"


def test_a_merged_id_answers_the_kept_lead_and_its_events_move():
    kept, gone = take(ONE, START), take(TWO, START)
    with transaction.atomic():
        record_facts([Fact("page_viewed", START, origin=gone)], received_at=START)
    row = merge(kept, [gone], actor=None, at=START + HOUR)
    assert Lead.objects.get(id=gone).merged_into_id == kept
    assert not Event.objects.filter(lead=gone).exists()
    undo(row.id, actor=None, at=START + 2 * HOUR)
    assert Event.objects.filter(lead=gone, name="page_viewed").exists()
    with pytest.raises(MergeError, match="already_undone"):
        undo(row.id, actor=None, at=START + 3 * HOUR)


def test_what_a_merged_card_is_given_stays_its_own_when_the_merge_is_undone():
    kept, gone = take(ONE, START), take(TWO, START)
    row = merge(kept, [gone], actor=None, at=START + HOUR)
    take(TWO, START + 2 * HOUR, city="شیراز")
    card_of = {lead: Lead.objects.get(id=lead).origin_id for lead in (kept, gone)}
    assert value_of(Person.objects.get(id=card_of[kept]), "city") == "شیراز"
    undo(row.id, actor=None, at=START + 3 * HOUR)
    assert value_of(Person.objects.get(id=card_of[kept]), "city") is None
    assert value_of(Person.objects.get(id=card_of[gone]), "city") == "شیراز"


def test_reopening_a_deal_joins_the_lead_that_came_after_the_win():
    first = take(ONE, START)
    deal = convert(Lead.objects.get(id=first), NewDeal("الف", 5), actor=None, at=START + HOUR).deal
    set_deal(deal, DealChange(status="won"), actor=None, at=START + 2 * HOUR)
    second = take(ONE, START + 3 * HOUR)
    assert second != first
    set_deal(deal, DealChange(status="open", reason="برگشت"), actor=None, at=START + 4 * HOUR)
    joined = Lead.objects.get(id=second)
    assert (joined.merged_into_id, joined.hidden_at is None) == (first, False)
    assert Lead.objects.get(id=first).stage == "sql"
    with pytest.raises(MergeError, match="one_lead_a_person"):
        undo(Merge.objects.get().id, actor=None, at=START + 5 * HOUR)


def test_an_undo_joins_a_request_that_came_while_the_kept_card_was_won():
    kept, gone = take(ONE, START), take(TWO, START)
    row = merge(kept, [gone], actor=None, at=START + HOUR)
    deal = convert(Lead.objects.get(id=kept), NewDeal("الف", 5), actor=None, at=START + HOUR).deal
    set_deal(deal, DealChange(status="won"), actor=None, at=START + 2 * HOUR)
    later = take(TWO, START + 3 * HOUR)
    assert later not in (kept, gone)
    undo(row.id, actor=None, at=START + 4 * HOUR)
    stands = {lead.id: (lead.merged_into_id, lead.stage) for lead in Lead.objects.all()}
    assert stands[kept] == (None, "customer")
    assert stands[gone] == (None, "lead")
    assert stands[later][0] == gone


def test_a_merge_undone_parts_leads_that_another_merge_had_joined():
    """The gone card's lead was kept for a third card, because the kept card had only a won one."""
    kept, gone, third = take(ONE, START), take(TWO, START), take("+989120000003", START)
    deal = convert(Lead.objects.get(id=kept), NewDeal("الف", 5), actor=None, at=START + HOUR).deal
    set_deal(deal, DealChange(status="won"), actor=None, at=START + 2 * HOUR)
    first = merge(kept, [gone], actor=None, at=START + 3 * HOUR)
    merge(kept, [third], actor=None, at=START + 4 * HOUR)
    assert Lead.objects.get(id=third).merged_into_id == gone
    undo(first.id, actor=None, at=START + 5 * HOUR)
    lead = Lead.objects.select_related("person").get(id=third)
    assert (lead.merged_into_id, lead.hidden_at, lead.person_id) == (None, None, Lead.objects.get(id=kept).person_id)
    assert Lead.objects.get(id=gone).merged_into_id is None
