"""A site's server says who someone is: they become a lead, with what they did before."""

import pytest

from factories import AT
from sarnakh.capture.models import Capture, CaptureState
from sarnakh.leads.models import Event, Lead, Source
from sarnakh.lifecycle import tracking
from sarnakh.track.models import InboxEvent
from sarnakh.track.services import accept

pytestmark = pytest.mark.django_db


@pytest.fixture
def source() -> Source:
    return Source.objects.create(name="shop", write_key="wk", created_at=AT)


def test_an_identify_makes_a_lead_of_a_visitor_and_later_calls_are_its_own(source: Source) -> None:
    page = {"type": "page", "anonymousId": "a1", "messageId": "m1", "properties": {"path": "/price"}}
    identify = {
        "type": "identify",
        "anonymousId": "a1",
        "userId": "42",
        "messageId": "m2",
        "traits": {"name": "سارا احمدی", "email": "sara@example.com", "phone": "09121234567"},
    }
    accept(source, [(page, None)], is_server=False, received_at=AT)
    accept(source, [(identify, None)], is_server=True, received_at=AT)
    assert tracking.sweep(AT) == 2
    lead = Lead.objects.get()
    assert lead.person.name == "سارا احمدی"
    assert Event.objects.get(name="page_viewed").lead == lead
    accept(
        source,
        [({"type": "track", "userId": "42", "event": "Paid", "messageId": "m3"}, None)],
        is_server=True,
        received_at=AT,
    )
    assert tracking.sweep(AT) == 1
    assert Event.objects.get(name="tracked").lead == lead


def test_an_identify_that_cannot_be_read_is_kept_as_a_capture(source: Source) -> None:
    call = {"type": "identify", "userId": "42", "messageId": "m2", "traits": {"phone": "12"}}
    accept(source, [(call, None)], is_server=True, received_at=AT)
    assert tracking.sweep(AT) == 1
    capture = Capture.objects.get()
    assert capture.state == CaptureState.PENDING
    assert "phones" in capture.reason
    assert not InboxEvent.objects.exists()
