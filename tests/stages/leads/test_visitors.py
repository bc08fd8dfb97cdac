"""Devices and the people on them."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from oracle.visits import Known, places
from sarnakh.convert.models import Deal
from sarnakh.convert.ports import DealChange, NewDeal
from sarnakh.convert.services import convert, seed_defaults, set_deal
from sarnakh.leads.facts import Fact, record_facts
from sarnakh.leads.matching import take_in
from sarnakh.leads.models import Event, KindMatch, Lead, LeadMilestone, Visitor
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


# What is said of one device and three people, each with the hour it happened: in any order of arrival.
HOUR = timedelta(hours=1)
hour, who = st.integers(0, 30), st.integers(0, 2)
told = st.lists(
    st.one_of(
        st.tuples(st.just("visit"), hour, who),
        st.tuples(st.just("visit"), hour, who),
        st.tuples(st.sampled_from(["identify", "identify", "request", "detach", "win", "reopen"]), hour, who),
    ),
    max_size=14,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(told)
def test_every_visit_ends_where_the_oracle_says_whatever_came_first(steps):
    with transaction.atomic():
        seed_defaults()
        device = visitors_by_key(["d1"], at=AT)["d1"]
        known = Known()
        leads: list[int] = []  # by the oracle's number
        visits: list[tuple[int, Event]] = []
        for step, at, person in steps:
            if step == "visit":
                visits.append((at, visit(device, AT + at * HOUR)))
            else:
                _tell(step, at, person, device, known, leads)
        seen = []
        for _, event in visits:
            event.refresh_from_db()
            seen.append((event.person_id, event.lead_id))
            assert not KindMatch.objects.filter(event=event).exclude(lead=event.lead_id).exists() or not event.lead_id
        people = {person: Lead.objects.get(id=leads[number]).person_id for person, number in known.leads}
        expected = places(known, [at for at, _ in visits])
        assert seen == [
            (None if person is None else people[person], None if lead is None else leads[lead])
            for person, lead in expected
        ]
        for number, lead in enumerate(leads):
            first = min(Event.objects.filter(lead=lead).values_list("at", flat=True))
            assert LeadMilestone.objects.get(lead=lead).first_touch_at == first, number
        transaction.set_rollback(True)


def _tell(step: str, at: int, person: int, device: Visitor, known: Known, leads: list[int]) -> None:
    """Do it, and tell the oracle."""
    moment, mobile = AT + at * HOUR, f"+98912000000{person}"
    own = [number for whose, number in known.leads if whose == person]
    waiting = [number for number in own if number not in known.wins]
    match step:
        case "identify" | "request":
            lead = submit(mobile, moment, "d1" if step == "identify" else "")
            if not waiting:
                known.leads.append((person, len(leads)))
                known.made[len(leads)] = at
                leads.append(lead)
            assert lead == leads[waiting[0] if waiting else -1]
            if step == "identify":
                known.links.append((at, person))
        case "detach" if own:
            with transaction.atomic():
                detach_device(device.id, Lead.objects.get(id=leads[own[0]]).person_id, actor=None, at=moment)
            known.detach(person)
        case "win" if waiting and not Deal.objects.filter(lead=leads[waiting[0]]).exists():
            lead = Lead.objects.get(id=leads[waiting[0]])
            late = lead.created_at + HOUR + at * HOUR
            deal = convert(lead, NewDeal(), actor=None, at=lead.created_at, received_at=late).deal
            set_deal(deal, DealChange(status="won"), actor=None, at=late)
            known.wins[waiting[0]] = int((late - AT) / HOUR)
        case "reopen" if own and not waiting:
            # The last one: an earlier one would join two leads.
            deal = Deal.objects.get(lead=leads[own[-1]], status="won")
            late = deal.closed_at + HOUR
            set_deal(deal, DealChange(status="open", reason="r"), actor=None, at=late)
            set_deal(deal, DealChange(status="lost", reason="r"), actor=None, at=late)
            Deal.objects.filter(id=deal.id).update(hidden_at=late)
            del known.wins[own[-1]]
