"""Write down what shall leave, who must not be written to, and what people here are told.

Nothing here connects to anything: `queue` writes rows in the caller's transaction, `sending` sends them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from email.utils import parseaddr

from django.conf import settings
from django.db import transaction

from sarnakh.djangokit.bulk import insert_ignore
from sarnakh.outbox import rules
from sarnakh.outbox.models import Message, MessageState, Notification, Suppression
from sarnakh.outbox.ports import Draft, Notice
from sarnakh.outbox.selectors import suppressions_of
from sarnakh.outbox.tokens import unsubscribe_url

_COLUMNS = [field.name for field in Message._meta.concrete_fields if not field.primary_key]


def queue(messages: Sequence[Draft], *, at: datetime) -> list[Message]:
    """Write the messages in the caller's transaction and return their rows, in the order given.

    A key that is there already stays as it is: nothing is written or sent twice. An address that is suppressed for
    the purpose gives a row `suppressed` with the reason, a draft with a fault one `failed`. Three queries in all.
    """
    if not messages:
        return []
    blocked = suppressions_of((draft.channel, draft.recipient) for draft in messages)
    rows = [_row(draft, blocked, at) for draft in messages]
    with transaction.atomic():
        insert_ignore(Message, _COLUMNS, [[getattr(row, name) for name in _COLUMNS] for row in rows])
        kept = {row.key: row for row in Message.objects.filter(key__in=[draft.key for draft in messages])}
    return [kept[draft.key] for draft in messages]


def suppress(channel: str, *, address: str, purpose: str, reason: str, at: datetime) -> None:
    """No more messages of `purpose` (or "all") to this address; repeating it changes nothing."""
    Suppression.objects.bulk_create(
        [
            Suppression(
                channel=channel, address=rules.address_key(channel, address), purpose=purpose, reason=reason, at=at
            )
        ],
        ignore_conflicts=True,
    )


def lift_suppression(channel: str, *, address: str, reason: str) -> int:
    """Take back the suppressions of this address that were made for `reason`; how many there were."""
    count, _ = Suppression.objects.filter(
        channel=channel, address=rules.address_key(channel, address), reason=reason
    ).delete()
    return count


def notify(
    user: int,
    *,
    kind: str,
    key: str,
    at: datetime,
    about_lead: int | None = None,
    props: Mapping[str, object] | None = None,
) -> None:
    """Tell one person here something, once under its key."""
    notify_all([Notice(key=key, user=user, kind=kind, about_lead=about_lead, props=props or {})], at=at)


def notify_all(notices: Sequence[Notice], *, at: datetime) -> None:
    """Tell people here something, each notice once under its key; one query."""
    Notification.objects.bulk_create(
        [
            Notification(
                key=notice.key,
                user_id=notice.user,
                kind=notice.kind,
                about_lead=notice.about_lead,
                props=dict(notice.props),
                at=at,
            )
            for notice in notices
        ],
        ignore_conflicts=True,
    )


def mark_read(user: int, *, ids: Iterable[int], at: datetime) -> int:
    """The user has seen these notices; how many were new."""
    return Notification.objects.filter(user_id=user, id__in=list(ids), read_at__isnull=True).update(read_at=at)


def send_again(message: int, *, at: datetime) -> bool:
    """Queue a failed message once more, under the same Message-ID; False if it is not a failed one."""
    changed = Message.objects.filter(id=message, state=MessageState.FAILED).update(
        state=MessageState.QUEUED, due_at=at, attempts=0, error="", claimed_by=None
    )
    return changed == 1


def sender_domain() -> str:
    """The domain of the address we write from; it stands in every Message-ID."""
    return parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2] or "localhost.localdomain"


def _row(draft: Draft, blocked: Mapping[tuple[str, str], Mapping[str, str]], at: datetime) -> Message:
    address = rules.address_key(draft.channel, draft.recipient)
    reason = rules.blocking_reason(draft.purpose, blocked.get((draft.channel, address), {}))
    fault = draft.fault or ("" if rules.is_address(draft.channel, draft.recipient) else "not an address")
    state = MessageState.SUPPRESSED if reason else MessageState.FAILED if fault else MessageState.QUEUED
    return Message(
        key=draft.key,
        channel=draft.channel,
        purpose=draft.purpose,
        recipient=draft.recipient.strip(),
        subject=rules.one_line(draft.subject)[:500],
        body_text=draft.body_text,
        body_html=draft.body_html,
        headers=_headers(draft),
        props=dict(draft.props),
        message_id=rules.message_id(draft.key, sender_domain()),
        about_lead=draft.about_lead,
        about_person=draft.about_person,
        state=state,
        due_at=max(at, draft.due_at or at),
        error=reason or fault,
        created_at=at,
    )


def _headers(draft: Draft) -> dict[str, str]:
    headers = {name: rules.one_line(value) for name, value in draft.headers.items()}
    if draft.has_unsubscribe and draft.channel == "email":
        headers["List-Unsubscribe"] = f"<{unsubscribe_url(draft.key)}>"
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    return headers
