"""What is due leaves once, over a real server that refuses, hangs and hangs up."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection

from factories import AT
from machine.smtp import Server
from sarnakh.jobs.services import set_rate
from sarnakh.outbox import rules, sending, services
from sarnakh.outbox.models import Message, MessageState
from sarnakh.outbox.ports import Draft

pytestmark = pytest.mark.django_db(transaction=True)

DRAFT = Draft(
    key="welcome:demo:1",
    recipient="sara@example.com",
    subject="خوش آمدید",
    body_text="سلام سارا",
    body_html="<p>سلام <b>سارا</b></p>",
    has_unsubscribe=True,
)
LATER = AT + timedelta(days=1)


def test_a_message_goes_out_once_with_its_message_id_and_the_one_click_headers(smtp: Server) -> None:
    row = services.queue([DRAFT], at=AT)[0]
    assert sending.send_due(AT) == 1
    assert sending.send_due(LATER) == 0
    (mail,) = smtp.messages
    assert mail["Message-ID"] == row.message_id
    assert mail["Subject"] == "خوش آمدید"
    assert mail["List-Unsubscribe"].startswith("<http")
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail.get_body(("plain",)).get_content().strip() == "سلام سارا"
    assert "<b>سارا</b>" in mail.get_body(("html",)).get_content()
    row.refresh_from_db()
    assert (row.state, row.attempts, row.claimed_by, row.error) == (MessageState.SENT, 1, None, "")
    assert AT <= row.sent_at < AT + timedelta(seconds=30)


def test_the_row_is_committed_as_sending_before_the_server_gets_a_word(smtp: Server) -> None:
    seen = []
    services.queue([DRAFT], at=AT)
    smtp.then = lambda: seen.append(_state_elsewhere())
    sending.send_due(AT)
    assert seen == [MessageState.SENDING]


def _state_elsewhere() -> str:
    """The state as another connection (that of the server's thread) reads it: what is committed."""
    try:
        return Message.objects.values_list("state", flat=True).get()
    finally:
        connection.close()


def test_nothing_is_sent_before_it_is_due(smtp: Server) -> None:
    services.queue([replace(DRAFT, due_at=LATER)], at=AT)
    assert sending.send_due(AT) == 0
    assert sending.send_due(LATER) == 1


def test_many_messages_go_over_one_connection(smtp: Server) -> None:
    services.queue([replace(DRAFT, key=f"k{n}") for n in range(5)], at=AT)
    assert sending.send_due(AT) == 5
    assert smtp.connections == 1
    assert len({mail["Message-ID"] for mail in smtp.messages}) == 5


@pytest.mark.parametrize("where", ["at_rcpt", "at_data"])
def test_a_permanent_refusal_is_kept_with_its_reason_and_never_tried_again(smtp: Server, where: str) -> None:
    setattr(smtp, where, "550 5.1.1 no such user")
    row = services.queue([DRAFT], at=AT)[0]
    assert sending.send_due(AT) == 0
    row.refresh_from_db()
    assert row.state == MessageState.FAILED
    assert "no such user" in row.error
    setattr(smtp, where, "")
    assert sending.send_due(LATER) == 0


@pytest.mark.parametrize("where", ["at_rcpt", "at_data"])
def test_a_temporary_refusal_is_tried_again_later_under_the_same_message_id(smtp: Server, where: str) -> None:
    setattr(smtp, where, "451 4.3.0 come back")
    row = services.queue([DRAFT], at=AT)[0]
    assert sending.send_due(AT) == 0
    row.refresh_from_db()
    assert (row.state, row.attempts) == (MessageState.QUEUED, 1)
    assert AT + timedelta(minutes=1) <= row.due_at
    setattr(smtp, where, "")
    assert sending.send_due(AT + timedelta(seconds=50)) == 0
    assert sending.send_due(LATER) == 1
    assert smtp.messages[0]["Message-ID"] == row.message_id


def test_one_refused_message_does_not_hold_up_the_others(smtp: Server) -> None:
    smtp.unknown = {"nobody@example.com"}
    services.queue([replace(DRAFT, key="bad", recipient="nobody@example.com"), DRAFT], at=AT)
    assert sending.send_due(AT) == 1
    assert Message.objects.get(key="bad").state == MessageState.FAILED


@pytest.mark.parametrize(
    "recipient", ["", "sara", "sara@", "@example.com", "a b@example.com", "a@example.com, b@example.com"]
)
def test_what_is_no_address_fails_at_once_and_never_counts_as_sent(smtp: Server, recipient: str) -> None:
    row = services.queue([replace(DRAFT, recipient=recipient)], at=AT)[0]
    assert sending.send_due(AT) == 0
    row.refresh_from_db()
    assert (row.state, row.error) == (MessageState.FAILED, "not an address")


@pytest.mark.parametrize("way", ["hang", "drop"])
def test_a_server_that_hangs_or_hangs_up_gets_the_same_message_later(smtp: Server, way: str) -> None:
    setattr(smtp, way, True)
    row = services.queue([DRAFT], at=AT)[0]
    assert sending.send_due(AT) == 0
    row.refresh_from_db()
    assert row.state == MessageState.QUEUED
    setattr(smtp, way, False)
    assert sending.send_due(LATER) == 1
    assert [mail["Message-ID"] for mail in smtp.messages] == [row.message_id]


def test_a_server_that_is_away_costs_no_message_an_attempt_and_the_channel_rests(smtp: Server, settings) -> None:
    settings.EMAIL_PORT, right = 1, settings.EMAIL_PORT
    services.queue([DRAFT, replace(DRAFT, key="two")], at=AT)
    assert sending.send_due(AT) == 0
    assert list(Message.objects.values_list("state", "attempts")) == [("queued", 0)] * 2
    assert all(message.due_at == AT + rules.CHANNEL_PAUSE or message.due_at > AT for message in Message.objects.all())
    assert "refused" in Message.objects.get(key=DRAFT.key).error.lower()
    settings.EMAIL_PORT = right
    assert sending.send_due(AT + timedelta(seconds=1)) == 0
    assert sending.send_due(LATER) == 2


def test_no_more_leaves_than_the_rate_of_the_channel_allows(smtp: Server) -> None:
    set_rate("email", per_second=1 / 60, capacity=2, at=AT)
    services.queue([replace(DRAFT, key=f"k{n}") for n in range(4)], at=AT)
    assert sending.send_due(AT) == 2
    assert sending.send_due(AT + timedelta(seconds=30)) == 0
    assert sending.send_due(AT + timedelta(seconds=90)) == 1
    assert Message.objects.filter(state=MessageState.QUEUED).count() == 1


def test_without_a_mail_server_in_the_settings_everything_waits(settings) -> None:
    settings.EMAIL_BACKEND, settings.EMAIL_HOST = "django.core.mail.backends.smtp.EmailBackend", ""
    services.queue([DRAFT], at=AT)
    assert sending.send_due(LATER) == 0
    assert Message.objects.get().state == MessageState.QUEUED


def test_who_unsubscribed_after_the_queueing_gets_nothing(smtp: Server) -> None:
    row = services.queue([replace(DRAFT, purpose="marketing")], at=AT)[0]
    services.suppress("email", address=DRAFT.recipient, purpose="marketing", reason="unsubscribed", at=AT)
    assert sending.send_due(AT) == 0
    row.refresh_from_db()
    assert (row.state, row.error, smtp.messages) == (MessageState.SUPPRESSED, "unsubscribed", [])


def test_a_row_left_sending_goes_again_only_after_its_lease(smtp: Server) -> None:
    row = services.queue([DRAFT], at=AT)[0]
    Message.objects.update(state=MessageState.SENDING, claimed_by="dead", attempts=1, due_at=AT + rules.LEASE)
    assert sending.send_due(AT + timedelta(minutes=1)) == 0
    assert sending.send_due(AT + rules.LEASE) == 1
    assert smtp.messages[0]["Message-ID"] == row.message_id
