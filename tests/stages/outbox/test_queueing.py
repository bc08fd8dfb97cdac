"""A message is written once, with its cause, or not at all; who must not be written to is not."""

from dataclasses import replace

import pytest
from django.db import transaction

from factories import AT, make_user
from sarnakh.outbox import services
from sarnakh.outbox.models import Message, MessageState, Notification, Suppression
from sarnakh.outbox.ports import Draft
from sarnakh.outbox.tokens import BadToken, message_key

pytestmark = pytest.mark.django_db

DRAFT = Draft(key="welcome:demo:1", recipient="Sara@example.com", subject="سلام", body_text="خوش آمدید")


def test_a_key_is_written_once_and_the_first_words_stand() -> None:
    first = services.queue([DRAFT], at=AT)[0]
    again = services.queue([replace(DRAFT, subject="another")], at=AT)[0]
    assert again.id == first.id
    assert Message.objects.get().subject == "سلام"
    assert first.state == MessageState.QUEUED


def test_a_message_goes_with_the_transaction_of_its_cause() -> None:
    with transaction.atomic():
        services.queue([DRAFT], at=AT)
        transaction.set_rollback(True)
    assert not Message.objects.exists()


def test_a_thousand_messages_take_as_few_queries_as_one(django_assert_max_num_queries) -> None:
    with django_assert_max_num_queries(8):
        rows = services.queue([replace(DRAFT, key=f"k{n}", recipient=f"a{n}@example.com") for n in range(200)], at=AT)
    assert [row.key for row in rows] == [f"k{n}" for n in range(200)]


def test_a_suppressed_address_is_kept_as_suppressed_with_the_reason() -> None:
    services.suppress("email", address="SARA@example.com", purpose="marketing", reason="unsubscribed", at=AT)
    marketing, service = services.queue([replace(DRAFT, purpose="marketing"), replace(DRAFT, key="service")], at=AT)
    assert (marketing.state, marketing.error) == (MessageState.SUPPRESSED, "unsubscribed")
    assert service.state == MessageState.QUEUED


def test_suppressing_twice_is_suppressing_once_and_can_be_lifted() -> None:
    for _ in range(2):
        services.suppress("email", address="sara@example.com", purpose="all", reason="unsubscribed", at=AT)
    assert Suppression.objects.count() == 1
    assert services.lift_suppression("email", address="Sara@example.com", reason="bounced") == 0
    assert services.lift_suppression("email", address="Sara@example.com", reason="unsubscribed") == 1


def test_a_fault_is_kept_as_a_failure_with_its_reason() -> None:
    message = services.queue([replace(DRAFT, fault="template: line 3")], at=AT)[0]
    assert (message.state, message.error) == (MessageState.FAILED, "template: line 3")
    assert services.send_again(message.id, at=AT)
    assert not services.send_again(message.id, at=AT)


def test_a_subject_cannot_smuggle_a_header_in() -> None:
    message = services.queue([replace(DRAFT, subject="Hi\r\nBcc: all@example.com")], at=AT)[0]
    assert message.subject == "Hi Bcc: all@example.com"


def test_the_unsubscribe_headers_carry_a_token_that_names_the_message() -> None:
    message = services.queue([replace(DRAFT, has_unsubscribe=True)], at=AT)[0]
    link = message.headers["List-Unsubscribe"]
    assert message.headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert message_key(link.strip("<>").rpartition("/")[2]) == DRAFT.key
    with pytest.raises(BadToken):
        message_key("forged.token")


def test_a_person_here_is_told_once() -> None:
    user = make_user()
    for _ in range(2):
        services.notify(user.id, kind="lead_assigned", key="assigned:1", at=AT, about_lead=1)
    notice = Notification.objects.get()
    assert services.mark_read(user.id, ids=[notice.id], at=AT) == 1
    assert services.mark_read(user.id, ids=[notice.id], at=AT) == 0
