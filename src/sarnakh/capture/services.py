"""T1 of a capture: what arrived is on disk, under its idempotency key, before anything is answered.

A pending row is its own job: `due_at` is when a worker takes it over. What follows (T2, T3) is `lifecycle.intake`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from sarnakh.capture.models import Capture, CaptureState
from sarnakh.capture.rules import CustomKind, Known
from sarnakh.catalogue.models import Product
from sarnakh.djangokit.bulk import insert_ignore
from sarnakh.leads.models import CustomField

LEASE = timedelta(seconds=30)
ATTEMPTS = 6


@dataclass(frozen=True, slots=True)
class Arrival:
    """A capture at the door, already checked: `body` as `capture.rules.checked` reads it, `key` makes it once."""

    key: str
    channel: str
    body: Mapping[str, Any]
    at: datetime
    request: Mapping[str, Any] = field(default_factory=dict)
    form: int | None = None
    actor: int | None = None
    junk_reason: str = ""


def known() -> Known:
    """The organisation's own fields and products, as a capture may name them."""
    fields = CustomField.objects.values_list("slug", "type", "options")
    return Known(
        custom={
            slug: CustomKind(type_, tuple(option["value"] for option in options)) for slug, type_, options in fields
        },
        products=frozenset(Product.objects.filter(is_active=True).values_list("slug", flat=True)),
    )


def store(arrivals: Sequence[Arrival], *, received_at: datetime) -> list[Capture]:
    """Write these arrivals, each once by its key; returns the rows in order, older ones where the key was known."""
    columns = (
        "key",
        "channel",
        "form",
        "body",
        "request",
        "actor",
        "at",
        "received_at",
        "state",
        "due_at",
        "attempts",
        "reason",
    )
    with transaction.atomic():
        insert_ignore(
            Capture,
            columns,
            [
                (
                    arrival.key,
                    arrival.channel,
                    arrival.form,
                    dict(arrival.body),
                    dict(arrival.request),
                    arrival.actor,
                    arrival.at,
                    received_at,
                    CaptureState.JUNK if arrival.junk_reason else CaptureState.PENDING,
                    None if arrival.junk_reason else received_at + LEASE,
                    0,
                    arrival.junk_reason,
                )
                for arrival in arrivals
            ],
        )
        rows = {
            row.key: row for row in Capture.objects.select_related("form").filter(key__in=[a.key for a in arrivals])
        }
    return [rows[arrival.key] for arrival in arrivals]


@transaction.atomic
def mark_failed(capture_id: int, *, reason: str, at: datetime) -> None:
    """One more attempt went wrong: later again, or kept as failed with the reason, replayable.

    What another worker brought to its end meanwhile stays so.
    """
    row = Capture.objects.select_for_update().filter(id=capture_id, state=CaptureState.PENDING).first()
    if row is None:
        return
    row.attempts += 1
    row.reason = reason[:2000]
    if row.attempts >= ATTEMPTS:
        row.state, row.due_at = CaptureState.FAILED, None
    else:
        row.due_at = at + LEASE * (2 ** (row.attempts - 1))
    row.save(update_fields=["attempts", "reason", "state", "due_at"])


def replay(capture_id: int, *, at: datetime) -> None:
    """Take a failed or junk capture up again, as it arrived (“not junk”, “try again”)."""
    Capture.objects.filter(id=capture_id, state__in=(CaptureState.FAILED, CaptureState.JUNK)).update(
        state=CaptureState.PENDING, due_at=at, attempts=0, reason=""
    )
