"""Devices and the people on them."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction

from sarnakh.leads.facts import Fact, record_facts
from sarnakh.leads.matching import take_in
from sarnakh.leads.models import Event, KindMatch, LeadMilestone, Visitor
from sarnakh.leads.ports import Draft, Key, Origin
from sarnakh.leads.visitors import detach_device, visitors_by_key, whereabouts

pytestmark = pytest.mark.django_db
AT = datetime(2026, 11, 21, 8, tzinfo=UTC)
DAY = timedelta(days=1)


def visit(visitor: Visitor, at: datetime) -> Event:
    with transaction.atomic():
        place = whereabouts([visitor.id])[visitor.id].at(at)
        [event] = record_facts(
            [
                Fact(
                    "page_viewed",
                    at,
                    origin=place.origin,
                    person=place.person,
                    visitor=visitor.id,
                    props={"path": "/price"},
                )
            ],
            received_at=at,
        )
    return event


def submit(mobile: str, at: datetime, device: str = "") -> int:
    with transaction.atomic():
        [outcome] = take_in(
            [Draft(1, (Key("mobile", mobile, True),), {}, Origin(), at, at, visitor=device)], received_at=at
        )
    return outcome.lead


@pytest.fixture
def device() -> Visitor:
    return visitors_by_key(["d1"], at=AT)["d1"]


def test_earlier_visits_stand_on_the_timeline_once_the_form_is_sent(device):
    before = visit(device, AT - DAY)
    lead = submit("+989120001402", AT, "d1")
    before.refresh_from_db()
    assert before.lead_id == lead
    assert KindMatch.objects.get(event=before).lead_id == lead
    assert LeadMilestone.objects.get(lead=lead).first_touch_at == AT - DAY
    assert visit(device, AT + DAY).lead_id == lead


def test_after_another_person_identifies_later_visits_are_theirs(device):
    first = visit(device, AT - DAY)
    one = submit("+989120000001", AT, "d1")
    between = visit(device, AT + DAY)
    two = submit("+989120000002", AT + 2 * DAY, "d1")
    after = visit(device, AT + 3 * DAY)
    for event, lead in ((first, one), (between, one), (after, two)):
        event.refresh_from_db()
        assert event.lead_id == lead


def test_what_comes_after_a_win_waits_for_the_next_lead(device):
    lead = submit("+989120000001", AT, "d1")
    with transaction.atomic():
        record_facts([Fact("deal_won", AT + DAY, origin=lead)], received_at=AT)
    waiting = visit(device, AT + 2 * DAY)
    assert (waiting.lead_id, waiting.person_id is not None) == (None, True)
    again = submit("+989120000001", AT + 3 * DAY)
    waiting.refresh_from_db()
    assert waiting.lead_id == again != lead


def test_not_this_person_gives_the_visits_back(device):
    event = visit(device, AT - DAY)
    submit("+989120000001", AT, "d1")
    event.refresh_from_db()
    with transaction.atomic():
        detach_device(device.id, event.person_id, actor=None, at=AT + DAY)
    event.refresh_from_db()
    assert (event.lead_id, event.person_id, event.origin_id) == (None, None, None)
