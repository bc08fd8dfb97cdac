"""The inbox becomes events, visitors and touches, each call once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import transaction

from factories import AT, make_lead
from sarnakh.leads.models import Event, Identity, Lead, Source, Visitor
from sarnakh.leads.visitors import link_devices
from sarnakh.track import tasks
from sarnakh.track.models import InboxEvent, Touch
from sarnakh.track.ports import IdentifyCapture
from sarnakh.track.services import accept, replay

pytestmark = pytest.mark.django_db

PAGE = {
    "type": "page",
    "anonymousId": "a1",
    "messageId": "m1",
    "context": {
        "page": {"url": "https://shop.example/price", "path": "/price", "title": "قیمت", "referrer": "https://t.me/x"}
    },
}
TRACK = {"type": "track", "anonymousId": "a1", "messageId": "m2", "event": "Plan Chosen", "properties": {"plan": "pro"}}


class Carried(list[IdentifyCapture]):
    def __call__(self, captures: Sequence[IdentifyCapture], /) -> None:
        self.extend(captures)


@pytest.fixture
def source() -> Source:
    return Source.objects.create(name="shop", write_key="wk", created_at=AT)


def take(source: Source, *calls: object, is_server: bool = False, at: datetime = AT) -> int:
    return accept(source, [(call, None) for call in calls], is_server=is_server, received_at=at)


def drain(at: datetime = AT, carry: Carried | None = None) -> int:
    return tasks.drain(at, carry=Carried() if carry is None else carry)


def test_a_call_becomes_an_event_of_its_visitor_and_leaves_the_inbox(source: Source) -> None:
    assert take(source, PAGE, TRACK) == 2
    assert drain() == 2
    assert drain() == 0
    page, tracked = Event.objects.order_by("id")
    assert (page.name, page.source, page.message_id) == ("page_viewed", f"tracker:{source.id}", "m1")
    assert page.props == {**PAGE["context"]["page"]}
    assert tracked.props == {"event": "Plan Chosen", "plan": "pro"}
    assert page.visitor == tracked.visitor == Visitor.objects.get(key="a1")
    assert page.lead is None
    assert not InboxEvent.objects.exists()


def test_a_call_sent_again_counts_once_before_and_after_the_drain(source: Source) -> None:
    assert take(source, TRACK, TRACK) == 1
    assert take(source, TRACK) == 0
    drain()
    assert take(source, TRACK) == 1
    drain()
    assert Event.objects.count() == 1
    assert not InboxEvent.objects.exists()


def test_a_page_sent_again_with_another_sending_time_makes_no_second_touch(source: Source) -> None:
    for seconds in (0, 5):
        sent_at = AT + timedelta(seconds=seconds)
        call = {**PAGE, "timestamp": AT.isoformat(), "sentAt": sent_at.isoformat()}
        take(source, call, at=sent_at + timedelta(milliseconds=seconds * 7))
        drain()
    assert Touch.objects.count() == 1


def test_the_same_message_id_of_another_source_is_another_call(source: Source) -> None:
    other = Source.objects.create(name="app", write_key="wk2", created_at=AT)
    take(source, TRACK)
    take(other, TRACK)
    drain()
    assert Event.objects.count() == 2


def test_what_is_no_call_stays_with_its_reason_and_can_be_replayed(source: Source) -> None:
    take(source, {"type": "track", "messageId": "bad"}, TRACK)
    assert drain() == 1
    kept = InboxEvent.objects.get()
    assert "no_user_anon_id" in kept.error
    InboxEvent.objects.update(body={"type": "track", "anonymousId": "a1", "event": "x"})
    assert replay(kept.id)
    assert not replay(kept.id)
    assert drain() == 1
    assert Event.objects.count() == 2


def test_touches_and_the_first_and_last_of_them(source: Source) -> None:
    ads = {**PAGE["context"], "campaign": {"source": "google", "medium": "cpc", "name": "bahar"}}
    take(source, PAGE)
    drain()
    later = AT + timedelta(days=2)
    take(source, {**PAGE, "messageId": "m5", "context": ads}, at=later)
    drain(later)
    visitor = Visitor.objects.get()
    assert [(touch.source, touch.medium) for touch in Touch.objects.order_by("at")] == [
        ("telegram", "social"),
        ("google", "cpc"),
    ]
    assert visitor.first_touch["source"] == "telegram"
    assert (visitor.last_touch["campaign"], visitor.last_touch["at"]) == ("bahar", later.isoformat())
    assert visitor.seen_at == later


def test_an_event_of_a_linked_device_is_its_leads(source: Source) -> None:
    lead = make_lead(mobile="09121234567")
    visitor = Visitor.objects.create(key="a1", created_at=AT, seen_at=AT)
    with transaction.atomic():
        link_devices([(visitor.id, lead.person_id, AT)], received_at=AT)
    Lead.objects.update(advance_due_at=None)
    take(source, PAGE)
    drain()
    assert Event.objects.get(name="page_viewed").lead == lead
    assert Touch.objects.get().lead == lead
    lead.refresh_from_db()
    assert lead.advance_due_at == AT


def test_a_browser_cannot_say_who_it_is(source: Source) -> None:
    lead = make_lead(email="sara@example.com")
    Identity.objects.create(
        origin=lead.person,
        person=lead.person,
        kind="user_id",
        value=f"{source.id}:42",
        is_exclusive=True,
        created_at=AT,
    )
    carry = Carried()
    traits = {"email": "sara@example.com"}
    take(source, {"type": "identify", "anonymousId": "a1", "userId": "42", "messageId": "m7", "traits": traits}, TRACK)
    drain(carry=carry)
    assert carry == []
    assert Event.objects.get(name="tracked").lead is None
    assert Visitor.objects.filter(key="a1").exists()


def test_a_servers_identify_with_a_way_to_reach_them_becomes_a_capture(source: Source) -> None:
    carry = Carried()
    call = {
        "type": "identify",
        "userId": "42",
        "anonymousId": "a1",
        "messageId": "m8",
        "traits": {"name": "سارا", "email": "sara@example.com"},
    }
    take(source, call, is_server=True)
    drain(carry=carry)
    (capture,) = carry
    assert capture.key == f"identify:{source.id}:m8"
    assert capture.body == {"name": "سارا", "emails": ["sara@example.com"], "user_id": f"{source.id}:42"}
    assert (capture.visitor, capture.source, capture.at) == ("a1", "shop", AT)
    assert not Event.objects.exists()


def test_a_capture_that_cannot_be_stored_leaves_the_call_in_the_inbox(source: Source) -> None:
    def fails(captures: Sequence[IdentifyCapture], /) -> None:
        raise RuntimeError("disk full")

    call = {"type": "identify", "userId": "42", "messageId": "m8", "traits": {"email": "sara@example.com"}}
    take(source, call, TRACK, is_server=True)
    with pytest.raises(RuntimeError):
        tasks.drain(AT, carry=fails)
    assert InboxEvent.objects.count() == 2
    assert not Event.objects.exists()


def test_what_a_server_tells_of_a_known_user_is_their_leads(source: Source) -> None:
    lead = make_lead(email="sara@example.com")
    Identity.objects.create(
        origin=lead.person,
        person=lead.person,
        kind="user_id",
        value=f"{source.id}:42",
        is_exclusive=True,
        created_at=AT,
    )
    take(source, {"type": "track", "userId": "42", "event": "Paid", "messageId": "m9"}, is_server=True)
    drain()
    assert Event.objects.get(name="tracked").lead == lead


def test_no_personal_data_reaches_the_log(source: Source) -> None:
    call: dict[str, Any] = {
        **TRACK,
        "properties": {"email": "sara@example.com", "note": "09121234567", "plan": "pro"},
        "context": {"traits": {"name": "سارا"}, "page": {"url": "https://a.example/?email=sara@example.com"}},
    }
    take(source, call, {**call, "type": "page", "messageId": "m3"})
    drain()
    text = str(list(Event.objects.values_list("props", flat=True)))
    assert "sara" not in text
    assert "0912" not in text
    assert "سارا" not in text


def test_five_hundred_calls_take_no_queries_for_each(source: Source, django_assert_max_num_queries: Any) -> None:
    take(source, TRACK)
    drain()  # the built-in kinds of events are made by the first one
    calls = [{**PAGE, "messageId": f"p{n}", "anonymousId": f"v{n % 50}"} for n in range(500)]
    with django_assert_max_num_queries(4):
        assert take(source, *calls) == 500
    with django_assert_max_num_queries(40):
        assert tasks.drain(AT, carry=Carried(), limit=500) == 500
    assert Event.objects.count() == 501
    assert Visitor.objects.count() == 51


def test_only_so_many_are_taken_at_once(source: Source) -> None:
    take(source, *({**TRACK, "messageId": f"m{n}"} for n in range(7)))
    assert [tasks.drain(AT, carry=Carried(), limit=5) for _ in range(3)] == [5, 2, 0]
