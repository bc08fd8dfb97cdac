"""Who says stop is stopped at once, on every card, and may come back."""

from datetime import timedelta

import pytest

from factories import AT, make_lead
from sarnakh.leads.models import Consent, Event, Lead
from sarnakh.nurture import services
from sarnakh.nurture.selectors import UnknownMessage, preferences_of
from sarnakh.outbox.models import Message, MessageState, Suppression
from sarnakh.outbox.ports import Draft
from sarnakh.outbox.services import queue

pytestmark = pytest.mark.django_db

LATER = AT + timedelta(hours=1)


def mail(lead: Lead | None, *, key: str = "k", purpose: str = "marketing") -> Message:
    draft = Draft(
        key=key,
        recipient="sara@example.com",
        subject="s",
        body_text="t",
        purpose=purpose,
        about_lead=lead.id if lead else None,
        about_person=lead.person_id if lead else None,
    )
    return queue([draft], at=AT)[0]


def test_unsubscribing_leaves_a_consent_a_fact_and_a_suppression() -> None:
    lead = make_lead(email="sara@example.com")
    mail(lead)
    services.unsubscribe("k", at=LATER)
    consent = Consent.objects.get()
    assert (consent.purpose, consent.channel, consent.is_granted, consent.at) == ("marketing", "email", False, LATER)
    fact = Event.objects.get(name="consent_withdrawn")
    assert (fact.lead_id, fact.props) == (lead.id, {"purpose": "marketing", "channel": "email"})
    assert Event.objects.filter(name="unsubscribed", lead=lead).count() == 1
    assert Suppression.objects.get().purpose == "marketing"
    lead.refresh_from_db()
    assert lead.advance_due_at == LATER


def test_unsubscribing_again_changes_nothing() -> None:
    mail(make_lead(email="sara@example.com"))
    for _ in range(3):
        services.unsubscribe("k", at=LATER)
    assert Consent.objects.count() == 1
    assert Event.objects.filter(name="consent_withdrawn").count() == 1


def test_the_next_message_of_that_purpose_stays_here_and_another_goes() -> None:
    lead = make_lead(email="sara@example.com")
    mail(lead)
    services.unsubscribe("k", at=LATER)
    assert mail(lead, key="next").state == MessageState.SUPPRESSED
    assert mail(lead, key="answer", purpose="service").state == MessageState.QUEUED


def test_who_refuses_an_answer_refuses_advertising_too() -> None:
    lead = make_lead(email="sara@example.com")
    mail(lead, purpose="service")
    services.unsubscribe("k", at=LATER)
    assert {consent.purpose for consent in Consent.objects.all()} == {"service", "marketing"}
    assert mail(lead, key="next", purpose="service").state == MessageState.SUPPRESSED


def test_only_some_purposes_may_be_taken_back() -> None:
    mail(make_lead(email="sara@example.com"), purpose="service")
    services.unsubscribe("k", purposes=["marketing"], at=LATER)
    assert preferences_of("k").refused == {"marketing"}
    services.unsubscribe("k", purposes=["service", "marketing"], at=LATER)
    assert preferences_of("k").refused == {"marketing", "service"}
    assert Consent.objects.count() == 2


def test_who_changes_their_mind_may_come_back() -> None:
    lead = make_lead(email="sara@example.com")
    mail(lead)
    services.unsubscribe("k", at=LATER)
    for _ in range(2):
        services.resume("k", at=LATER + timedelta(minutes=1))
    assert preferences_of("k").refused == frozenset()
    assert Event.objects.filter(name="consent_given", lead=lead).count() == 1
    assert mail(lead, key="next").state == MessageState.QUEUED


def test_coming_back_does_not_lift_what_others_stopped() -> None:
    mail(make_lead(email="sara@example.com"))
    Suppression.objects.create(channel="email", address="sara@example.com", purpose="all", reason="bounced", at=AT)
    services.resume("k", at=LATER)
    assert preferences_of("k").refused == {"service", "marketing"}


def test_mail_about_nobody_stops_its_address() -> None:
    mail(None)
    services.unsubscribe("k", at=LATER)
    assert Suppression.objects.count() == 1
    assert not Event.objects.exists()


def test_an_unknown_message_is_said_to_be_unknown() -> None:
    with pytest.raises(UnknownMessage):
        services.unsubscribe("nothing", at=LATER)
    with pytest.raises(UnknownMessage):
        preferences_of("nothing")
