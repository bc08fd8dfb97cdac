"""Take tracking calls in: on disk before they are answered, each once. What they mean is worked out in `tasks`."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import datetime

from sarnakh.djangokit.bulk import insert_ignore
from sarnakh.leads.models import Source
from sarnakh.track.models import InboxEvent
from sarnakh.track.rules.calls import Shaped, shaped, writable


def accept(
    source: Source, calls: Iterable[tuple[object, str | None]], *, is_server: bool, received_at: datetime
) -> int:
    """Write these calls (call, type given by the path or None) to the inbox in one commit; how many were new.

    A message id that is waiting already is left out; one that was worked on is left out later. What is no call of
    ours is kept too, with the reason. A call without a message id is new.
    """
    rows = [
        (source.id, one.message_id or uuid.uuid4().hex, one.body, is_server, received_at, one.error)
        for one in (_shaped(call, kind, is_server) for call, kind in calls)
    ]
    columns = ("source", "message_id", "body", "is_server", "received_at", "error")
    return len(insert_ignore(InboxEvent, columns, list({row[1]: row for row in reversed(rows)}.values())[::-1]))


def replay(inbox_id: int) -> bool:
    """Work on a failed call again; False if it is not a failed one."""
    return InboxEvent.objects.filter(id=inbox_id).exclude(error="").update(error="") == 1


def _shaped(call: object, kind: str | None, is_server: bool) -> Shaped:
    return shaped(writable(call), kind, is_server=is_server)
