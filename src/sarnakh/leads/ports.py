"""What crosses the border of `leads`: facts in, drafts of captures in, outcomes out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that happened, to a lead (`origin`: a lead's id, merged away or not), a person or a visitor.

    `message_id` makes it once for its `source`; empty: it is new by itself. `retracts` names the event it takes back.
    """

    name: str
    at: datetime
    origin: int | None = None
    person: int | None = None
    visitor: int | None = None
    props: Mapping[str, Any] = field(default_factory=dict)
    source: str = "app"
    message_id: str = ""
    actor: int | None = None
    retracts: int | None = None
    value: float | None = None


@dataclass(frozen=True, slots=True)
class Key:
    """A normalised identity: kind as in IdentityKind, value as stored."""

    kind: str
    value: str
    is_exclusive: bool


@dataclass(frozen=True, slots=True)
class Permission:
    """A consent given or refused with a capture."""

    purpose: str
    channel: str
    is_granted: bool
    text: str = ""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a capture came from, as the lead will keep it."""

    source: str = ""
    medium: str = ""
    campaign: str = ""
    term: str = ""
    content: str = ""
    direction: str = "inbound"
    channel: str = ""
    form: str = ""

    @property
    def is_given(self) -> bool:
        return bool(self.source or self.medium or self.campaign)


@dataclass(frozen=True, slots=True)
class Draft:
    """A capture, checked and normalised, ready to be matched: `fields` are card fields that are filled."""

    ref: int  # the caller's own number for it
    keys: tuple[Key, ...]
    fields: Mapping[str, Any]  # name, job_title, company, province, city, language, custom.<slug>
    origin: Origin
    at: datetime
    received_at: datetime
    permissions: tuple[Permission, ...] = ()
    product: int | None = None
    visitor: str = ""  # the device's anonymous id
    actor: int | None = None
    event: str = ""  # the fact of the capture itself, like form_submitted
    props: Mapping[str, Any] = field(default_factory=dict)
    door: str = "api"  # `source` of the facts
    message_id: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a draft ended. `lead` is the card it stands on now, `origin` the card it came to."""

    ref: int
    state: str  # created, merged
    person: int
    lead: int
    origin: int
