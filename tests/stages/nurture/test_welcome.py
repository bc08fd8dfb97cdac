"""Whoever sent a form with a welcome gets it once, in their language, if they may be written to."""

from datetime import datetime, timedelta

import pytest
from django.db import transaction

from factories import AT, make_event, make_lead
from machine.smtp import Server
from sarnakh.leads.models import Consent, Event, Identity, IdentityKind, Lead, Person
from sarnakh.nurture import seeds, services, tasks
from sarnakh.nurture.models import Template
from sarnakh.outbox import sending
from sarnakh.outbox.models import Message, MessageState
from sarnakh.outbox.services import suppress

pytestmark = pytest.mark.django_db

SOON = AT + timedelta(seconds=5)


@pytest.fixture(autouse=True)
def templates(db: None) -> None:
    seeds.plant(AT)


def asking(
    *, at: datetime = AT, form: str = "demo", template: str = "welcome", email: str = "sara@example.com"
) -> Lead:
    lead = make_lead(email=email, at=at)
    make_event(lead, "form_submitted", at=at, form=form, welcome_template=template)
    return lead


def consent(lead: Lead, purpose: str, *, is_granted: bool, at: datetime) -> None:
    Consent.objects.create(
        origin_id=lead.person_id,
        person_id=lead.person_id,
        purpose=purpose,
        channel="email",
        is_granted=is_granted,
        at=at,
        source="form",
    )


def test_the_welcome_is_queued_once_under_its_form_and_person() -> None:
    lead = asking()
    assert services.welcome([lead.id], at=SOON) == 1
    assert services.welcome([lead.id], at=SOON) == 0
    message = Message.objects.get()
    assert message.key == f"welcome:demo:{lead.person_id}"
    assert (message.recipient, message.about_lead, message.purpose) == ("sara@example.com", lead.id, "service")
    assert message.subject == "سارا احمدی، درخواست شما رسید"
    assert 'dir="rtl"' in message.body_html
    assert "List-Unsubscribe" in message.headers


def test_it_is_written_in_the_language_of_the_person() -> None:
    lead = asking()
    Person.objects.update(language="en")
    services.welcome([lead.id], at=SOON)
    message = Message.objects.get()
    assert "we have your request" in message.subject
    assert 'dir="ltr"' in message.body_html
    assert "Choose what we may send you" in message.body_text


def test_a_second_submission_of_the_form_is_not_welcomed_again_but_another_form_is() -> None:
    lead = asking()
    services.welcome([lead.id], at=SOON)
    make_event(lead, "form_submitted", at=SOON, form="demo", welcome_template="welcome")
    make_event(lead, "form_submitted", at=SOON, form="price", welcome_template="welcome")
    assert services.welcome([lead.id], at=SOON) == 1
    assert Message.objects.count() == 2


def test_who_was_welcomed_on_a_card_merged_since_is_not_welcomed_again() -> None:
    kept, gone = asking(), asking(email="other@example.com")
    services.welcome([gone.id], at=SOON)
    Person.objects.filter(id=gone.person_id).update(merged_into=kept.person_id)
    Event.objects.filter(lead=gone).update(lead=kept)
    assert services.welcome([kept.id], at=SOON) == 0


@pytest.mark.parametrize("template", ["", "unknown"])
def test_a_form_without_a_welcome_starts_none(template: str) -> None:
    assert services.welcome([asking(template=template).id], at=SOON) == 0


def test_what_is_older_than_a_day_starts_none() -> None:
    assert services.welcome([asking().id], at=AT + timedelta(hours=24)) == 0


def test_without_an_e_mail_address_there_is_none() -> None:
    assert services.welcome([asking(email="").id], at=SOON) == 0


def test_a_hidden_address_is_none_and_the_own_one_goes_before_a_shared_one() -> None:
    lead = asking(email="old@example.com")
    Identity.objects.update(hidden_at=AT)
    person = lead.person
    for kind, value in ((IdentityKind.EMAIL, "own@example.com"), (IdentityKind.ROLE_EMAIL, "info@example.com")):
        Identity.objects.create(
            origin=person, person=person, kind=kind, value=value, is_exclusive=kind == "email", created_at=AT
        )
    services.welcome([lead.id], at=SOON)
    assert Message.objects.get().recipient == "own@example.com"


def test_a_marketing_text_waits_for_marketing_consent() -> None:
    Template.objects.update(purpose="marketing")
    lead = asking()
    assert services.welcome([lead.id], at=SOON) == 0
    consent(lead, "marketing", is_granted=True, at=AT)
    assert services.welcome([lead.id], at=SOON) == 1


def test_who_took_back_service_consent_after_asking_gets_nothing() -> None:
    lead = asking()
    consent(lead, "service", is_granted=False, at=SOON)
    assert services.welcome([lead.id], at=SOON) == 0


def test_a_suppressed_address_is_written_down_and_not_written_to() -> None:
    suppress("email", address="sara@example.com", purpose="all", reason="bounced", at=AT)
    services.welcome([asking().id], at=SOON)
    assert Message.objects.get().state == MessageState.SUPPRESSED


def test_a_broken_template_is_a_failure_that_is_seen() -> None:
    Template.objects.update(body={"fa": "{{ surname }}"})
    services.welcome([asking().id], at=SOON)
    message = Message.objects.get()
    assert message.state == MessageState.FAILED
    assert "surname" in message.error


def test_thirty_leads_take_as_few_queries_as_one(django_assert_max_num_queries) -> None:
    leads = [asking(email=f"a{n}@example.com").id for n in range(30)]
    with django_assert_max_num_queries(14):
        assert services.welcome(leads, at=SOON) == 30


def test_saving_a_template_tries_it_out_in_each_language() -> None:
    words = {"fa": "سلام {{ name }}", "en": "Hi {{ nam }}"}
    with pytest.raises(services.TemplateFault, match="nam"):
        services.save_template("x", name="x", purpose="service", subject={"fa": "x"}, body=words, at=AT)
    saved = services.save_template(
        "x", name="x", purpose="service", subject={"fa": "x"}, body={"fa": words["fa"]}, at=AT
    )
    assert saved.body == {"fa": words["fa"]}


@pytest.mark.django_db(transaction=True)
def test_what_left_becomes_a_fact_of_the_lead_once(smtp: Server) -> None:
    lead = asking()
    services.welcome([lead.id], at=SOON)
    assert sending.send_due(SOON) == 1
    assert tasks.note_sent(SOON) == 1
    assert tasks.note_sent(SOON) == 0
    fact = Event.objects.get(name="email_sent")
    message = Message.objects.get()
    assert (fact.lead_id, fact.source, fact.message_id) == (lead.id, "outbox", message.key)
    assert fact.at == message.sent_at
    assert fact.props == {"template": "welcome", "form": "demo", "purpose": "service"}


def test_the_fact_of_sending_is_not_made_before_it_is_sent() -> None:
    services.welcome([asking().id], at=SOON)
    assert tasks.note_sent(SOON) == 0


def test_a_welcome_goes_with_the_transaction_of_its_step() -> None:
    lead = asking()
    with transaction.atomic():
        services.welcome([lead.id], at=SOON)
        transaction.set_rollback(True)
    assert not Message.objects.exists()
