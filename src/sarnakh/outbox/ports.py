"""What the layers above hand to the outbox: frozen messages, no rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True)
class Draft:
    """One message that shall leave, at most once under its `key`.

    `key` names the cause ("welcome:<form>:<person>"), 200 characters at most. `has_unsubscribe` adds the headers of
    RFC 8058. `fault`: why it cannot be sent as it is (a broken template); it is kept as failed with that reason.
    """

    key: str
    recipient: str
    subject: str
    body_text: str
    body_html: str = ""
    channel: str = "email"
    purpose: str = "service"  # service, marketing
    about_lead: int | None = None
    about_person: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    props: Mapping[str, object] = field(default_factory=dict)  # for the fact of its sending; never personal data
    has_unsubscribe: bool = False
    due_at: datetime | None = None  # not before; None: at once
    fault: str = ""


@dataclass(frozen=True)
class Notice:
    """What one person here shall be told in the app, once under its `key`."""

    key: str
    user: int
    kind: str
    about_lead: int | None = None
    props: Mapping[str, object] = field(default_factory=dict)
