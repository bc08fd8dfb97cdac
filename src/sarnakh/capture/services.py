"""T1 of a capture: what arrived is on disk, under its idempotency key, before anything is answered.

A pending row is its own job: `due_at` is when a worker takes it over. What follows (T2, T3) is `lifecycle.intake`.
Forms are saved here too.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from sarnakh.accounts.models import User
from sarnakh.accounts.services.settings import log_change
from sarnakh.capture import forms
from sarnakh.capture.models import Capture, CaptureState, Form
from sarnakh.capture.rules import CaptureRefused, CustomKind, Known, Problem
from sarnakh.djangokit.bulk import insert_ignore
from sarnakh.leads.facts import record_facts
from sarnakh.leads.models import CustomField
from sarnakh.leads.ports import Fact
from sarnakh.leads.visitors import visitors_by_key, whereabouts

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
    """The organisation's own fields, as a capture may fill them."""
    fields = CustomField.objects.values_list("slug", "type", "options")
    return Known(
        custom={
            slug: CustomKind(type_, tuple(option["value"] for option in options)) for slug, type_, options in fields
        },
    )


def store(arrivals: Sequence[Arrival], *, received_at: datetime) -> list[Capture]:
    """Write these arrivals, each once by its key; returns the rows in order, older ones where the key was known."""
    rows = {arrival.key: _row(arrival, received_at) for arrival in arrivals}
    with transaction.atomic(savepoint=False):
        fresh = insert_ignore(Capture, COLUMNS, list(rows.values()), also=("id",))
        stored = {values[0]: Capture(id=values[-1], **_attributes(rows[values[0]])) for values in fresh}
        known_before = [key for key in rows if key not in stored]
        if known_before:
            found = Capture.objects.select_related("form").filter(key__in=known_before)
            stored.update((row.key, row) for row in found)
    return [stored[arrival.key] for arrival in arrivals]


COLUMNS = (
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


def _row(arrival: Arrival, received_at: datetime) -> tuple[Any, ...]:
    is_junk = bool(arrival.junk_reason)
    return (
        arrival.key,
        arrival.channel,
        arrival.form,
        dict(arrival.body),
        dict(arrival.request),
        arrival.actor,
        arrival.at,
        received_at,
        CaptureState.JUNK if is_junk else CaptureState.PENDING,
        None if is_junk else received_at + LEASE,
        0,
        arrival.junk_reason,
    )


def _attributes(row: tuple[Any, ...]) -> dict[str, Any]:
    return {("form_id" if name == "form" else name): value for name, value in zip(COLUMNS, row, strict=True)}


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


@transaction.atomic
def record_view(form: Form, *, visitor: str, page: str, showing: str, at: datetime) -> None:
    """Somebody's device showed the form; once for a `showing` (the token that the page was made with)."""
    device = visitors_by_key([visitor], at=at)[visitor].id
    place = whereabouts([device])[device].at(at)
    record_facts(
        [
            Fact(
                "form_viewed",
                at,
                origin=place.origin,
                person=place.person,
                visitor=device,
                props={"form": form.slug, **({"page": page} if page else {})},
                source="form",
                message_id=showing,
            )
        ],
        received_at=at,
    )


# --- forms -----------------------------------------------------------------------------------------------------------

_SITE = re.compile(r"https?://[a-z0-9.-]+(:\d{1,5})?")


class FormRefused(CaptureRefused):
    """The form cannot be saved so; `problems` says all that is wrong with it."""


@transaction.atomic
def save_form(form: Form | None, *, values: Mapping[str, Any], actor: User | None, at: datetime) -> Form:
    """Make a form of these columns, or change them on one. Raises FormRefused; its slug, once public, stays."""
    problems = []
    if form is None and Form.objects.filter(slug=values["slug"]).exists():
        problems.append(Problem("slug", "taken"))
    own = known()
    if "fields" in values or form is None:
        problems += forms.problems_of(values.get("fields") or (), custom=own.custom)
    problems += [
        Problem(f"allowed_sites[{i}]", "not_a_site")
        for i, site in enumerate(values.get("allowed_sites") or ())
        if not _SITE.fullmatch(site)
    ]
    if problems:
        raise FormRefused(problems)
    row = form or Form(created_at=at)
    old = {name: getattr(row, name) for name in values} if form else None
    for name, value in values.items():
        setattr(row, name, value)
    row.save()
    log_change(f"form.{row.slug}", old=old, new=dict(values), actor=actor, at=at)
    return row
