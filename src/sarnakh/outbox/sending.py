"""Send what is due. A row is `sending` and committed before anything of it leaves; nothing is sent in a transaction.

After a crash such a row comes due again when its lease ends and goes out under the same Message-ID: nothing is
missing, and an extra copy can come only from a kill between the server's 250 and our commit.
"""

from __future__ import annotations

import os
import secrets
import smtplib
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage as MIMEMessage
from email.policy import Policy
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import models, transaction

from sarnakh.djangokit.hot import hot
from sarnakh.jobs.services import spend_token
from sarnakh.outbox import rules
from sarnakh.outbox.models import Message, MessageState
from sarnakh.outbox.rules import Ending
from sarnakh.outbox.selectors import suppressions_of

SWEEP_SECONDS = 2.0  # one bite: the worker has other work and comes again at once
_WORKER = f"{os.getpid()}-{secrets.token_hex(4)}"


class ChannelDown(Exception):
    """The server cannot be reached or does not let us in: not the fault of any one message."""


@dataclass(frozen=True)
class Attempt:
    """What came of handing one message over: the codes and words of the refusals; none of both: it was taken."""

    codes: tuple[int, ...] = ()
    error: str = ""


def send_due(at: datetime, *, limit: int = 100) -> int:
    """Send the e-mails that are due at `at`, at most `limit` and for about two seconds; how many left.

    Call it outside any transaction. Without a mail server in the settings nothing is taken and all of it waits.
    """
    if not is_configured():
        return 0
    began, sent = time.monotonic(), 0
    connection: BaseEmailBackend | None = None
    try:
        for _ in range(limit):
            elapsed = time.monotonic() - began
            now = at + timedelta(seconds=elapsed)
            message = _claim(now) if elapsed < SWEEP_SECONDS else None
            if message is None:
                break
            try:
                connection = connection or _connected()
                attempt = _hand_over(connection, message)
            except ChannelDown as down:
                _pause(message, str(down), now)
                break
            if attempt.error:
                _close(connection)
                connection = None
            _settle(message, attempt, at + timedelta(seconds=time.monotonic() - began))
            sent += not attempt.error
    finally:
        if connection is not None:
            _close(connection)
    return sent


def is_configured() -> bool:
    """Whether there is a mail server to hand anything to."""
    return bool(settings.EMAIL_HOST) or not settings.EMAIL_BACKEND.endswith("smtp.EmailBackend")


_is_any_due = hot(
    lambda at: Message.objects.filter(
        channel="email", due_at__lte=at, state__in=[MessageState.QUEUED, MessageState.SENDING]
    ).values_list("id", flat=True)[:1]
)


def _claim(now: datetime) -> Message | None:
    """The next due message, committed as `sending` and ours until the lease ends; suppressed ones are passed over.

    None when nothing is due or the channel's rate allows no more now.
    """
    while _is_any_due(now):
        with transaction.atomic():
            message = (
                Message.objects.filter(
                    channel="email", due_at__lte=now, state__in=[MessageState.QUEUED, MessageState.SENDING]
                )
                .order_by("due_at", "id")
                .select_for_update(skip_locked=True)
                .first()
            )
            if message is None:
                return None
            address = rules.address_key(message.channel, message.recipient)
            found = suppressions_of([(message.channel, message.recipient)]).get((message.channel, address), {})
            reason = rules.blocking_reason(message.purpose, found)
            if reason:
                message.state, message.error, message.claimed_by = MessageState.SUPPRESSED, reason, None
            elif not spend_token("email", at=now):
                return None
            else:
                message.state, message.claimed_by = MessageState.SENDING, _WORKER
                message.due_at, message.attempts = now + rules.LEASE, message.attempts + 1
            message.save(update_fields=["state", "error", "claimed_by", "due_at", "attempts"])
        if not reason:
            return message
    return None


def _connected() -> BaseEmailBackend:
    connection = get_connection()
    try:
        connection.open()
    except (OSError, smtplib.SMTPException) as error:  # refused, timed out, greeted with 4xx/5xx, password wrong
        raise ChannelDown(_words_of(error)) from error
    return connection


def _hand_over(connection: BaseEmailBackend, message: Message) -> Attempt:
    try:
        connection.send_messages([_email(message)])
    except smtplib.SMTPRecipientsRefused as refused:
        answers = list(refused.recipients.values())
        return Attempt(tuple(code for code, _ in answers), "; ".join(_reply(code, text) for code, text in answers))
    except smtplib.SMTPResponseException as refused:  # of the sender, of the text
        return Attempt((refused.smtp_code,), _reply(refused.smtp_code, refused.smtp_error))
    except (OSError, smtplib.SMTPException) as broken:  # closed, timed out: it may have been taken or not
        return Attempt((), _words_of(broken))
    except ValueError as malformed:  # the address or a header cannot be written down
        return Attempt((550,), _words_of(malformed))
    return Attempt()


class _Email(EmailMultiAlternatives):
    def message(self, *, policy: Policy[Any] | None = None) -> MIMEMessage[Any, Any]:
        """As Django writes it, but long Message-ID and List-Unsubscribe stay on the line of their name."""
        written = super().message()
        written.policy = written.policy.clone(max_line_length=990)
        return written


def _email(message: Message) -> EmailMultiAlternatives:
    email = _Email(
        subject=message.subject,
        body=message.body_text,
        from_email=settings.DEFAULT_FROM_EMAIL,
        to=[message.recipient],
        headers={**message.headers, "Message-ID": message.message_id, "Auto-Submitted": "auto-generated"},
    )
    if message.body_html:
        email.attach_alternative(message.body_html, "text/html")
    return email


def _settle(message: Message, attempt: Attempt, now: datetime) -> None:
    """Write down what came of it, unless the lease ended meanwhile and another worker has the row."""
    ending = rules.ending_of(attempt.codes, message.attempts) if attempt.error else Ending.SENT
    match ending:
        case Ending.SENT:
            changes: dict[str, object] = {"state": MessageState.SENT, "sent_at": now, "error": ""}
        case Ending.FAILED:
            changes = {"state": MessageState.FAILED, "error": attempt.error}
        case Ending.RETRY:
            due_at = now + rules.retry_after(message.attempts, message.key)
            changes = {"state": MessageState.QUEUED, "due_at": due_at, "error": attempt.error}
    _ours(message).update(claimed_by=None, **changes)


def _pause(message: Message, error: str, now: datetime) -> None:
    """Give the message back uncounted and let the channel rest: no message pays for a server that is away."""
    until = now + rules.CHANNEL_PAUSE
    with transaction.atomic():
        _ours(message).update(
            state=MessageState.QUEUED, due_at=until, attempts=message.attempts - 1, error=error, claimed_by=None
        )
        Message.objects.filter(channel="email", state=MessageState.QUEUED, due_at__lt=until).update(due_at=until)


def _ours(message: Message) -> models.QuerySet[Message]:
    return Message.objects.filter(
        id=message.id, state=MessageState.SENDING, claimed_by=_WORKER, attempts=message.attempts
    )


def _close(connection: BaseEmailBackend) -> None:
    """Say goodbye; a server that is gone already is no error (Django's close swallows only some of them)."""
    try:
        connection.close()
    except (OSError, smtplib.SMTPException):
        return


def _reply(code: int, text: bytes | str) -> str:
    words = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    return f"{code} {words}"[:1000]


def _words_of(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        return _reply(error.smtp_code, error.smtp_error)
    return f"{type(error).__name__}: {error}"[:1000]
