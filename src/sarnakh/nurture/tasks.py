"""What the worker does for `nurture`."""

from __future__ import annotations

import hashlib
from datetime import datetime

from django.db import transaction

from sarnakh.djangokit.hot import hot
from sarnakh.leads.facts import Fact, record_facts
from sarnakh.outbox.models import Message, MessageState

AT_ONCE = 200
_LONGEST_ID = 100


_is_any_unnoted = hot(
    lambda: Message.objects.filter(state=MessageState.SENT, noted_at__isnull=True).values_list("id", flat=True)[:1]
)


def note_sent(at: datetime) -> int:
    """Make the fact `email_sent` of messages that left and are about a lead, each once; how many. A sweep."""
    if not _is_any_unnoted():
        return 0
    with transaction.atomic():
        rows = list(
            Message.objects.filter(state=MessageState.SENT, noted_at__isnull=True)
            .order_by("id")
            .select_for_update(skip_locked=True)[:AT_ONCE]
        )
        record_facts(
            [
                Fact(
                    "email_sent",
                    row.sent_at or at,
                    origin=row.about_lead,
                    props={**row.props, "purpose": row.purpose},
                    source="outbox",
                    message_id=_fact_id(row.key),
                )
                for row in rows
                if row.channel == "email" and row.about_lead is not None
            ],
            received_at=at,
        )
        Message.objects.filter(id__in=[row.id for row in rows]).update(noted_at=at)
    return len(rows)


def _fact_id(key: str) -> str:
    return key if len(key) <= _LONGEST_ID else hashlib.sha256(key.encode()).hexdigest()
