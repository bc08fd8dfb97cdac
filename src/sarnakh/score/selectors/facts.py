"""What the kernel needs to know of leads, read for a whole batch in a few queries."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from django.db.models import QuerySet

from sarnakh.djangokit.hot import hot
from sarnakh.leads.filter import holds
from sarnakh.leads.filter.replay import present_states, states
from sarnakh.leads.models import Event, FieldHistory, KindMatch, Lead
from sarnakh.score.rules import (
    Course,
    Events,
    microseconds,
    moment,
)
from sarnakh.score.selectors.versions import Version

# Facts that leave the card as it is.
LEAVE_THE_CARD = (
    "page_viewed",
    "tracked",
    "form_viewed",
    "form_submitted",  # what it fills hangs on lead_created or capture_joined
    "link_clicked",
    "file_downloaded",
    "email_sent",
    "email_opened",
    "email_clicked",
    "call_logged",
    "meeting_held",
    "message_logged",
    "note_added",
    "task_created",
    "task_done",
    "temperature_changed",
)


@dataclass(frozen=True, slots=True)
class Subject:
    """A lead to be scored. `facts` is its `version`: unchanged, so are its facts."""

    id: int
    created_at: int
    facts: int
    temperature: str = "cold"  # as its lists show it


def subjects(lead_ids: Collection[int], *, lock: bool = False) -> list[Subject]:
    """The shown ones of these leads, in id order."""
    rows = (_locked if lock else _shown)(lead_ids)
    return [Subject(id_, microseconds(made), facts, temperature) for id_, made, facts, temperature in rows]


def _in_sight(ids: Collection[int]) -> QuerySet[Lead, Any]:
    rows = Lead.objects.filter(id__in=ids, hidden_at__isnull=True).order_by("id")
    return rows.values_list("id", "created_at", "version", "temperature")


_shown = hot(lambda ids: _in_sight(ids))
# Events may be written meanwhile; their key to the lead is kept.
_locked = hot(lambda ids: _in_sight(ids).select_for_update(no_key=True))
_matches = hot(
    lambda ids, ids_of_kinds: KindMatch.objects.filter(lead__in=ids, kind__in=ids_of_kinds).values_list(
        "lead_id", "kind_id", "at", "event_id"
    )
)


def events_of(lead_ids: Sequence[int], kinds: Collection[int]) -> Events:
    """Every match of these kinds; `lead` is the position in `lead_ids`."""
    rows = _matches(lead_ids, kinds)
    if not rows:
        return Events.none()
    leads, kind, at, event = zip(*rows, strict=True)
    position = {lead: i for i, lead in enumerate(lead_ids)}
    return Events(
        np.array([position[lead] for lead in leads], dtype=np.int64),
        np.array(kind, dtype=np.int64),
        np.array([microseconds(each) for each in at], dtype=np.int64),
        np.array(event, dtype=np.int64),
    )


def profiles(lead_ids: Sequence[int], version: Version, at: int, *, is_past: bool = False) -> npt.NDArray[np.bool_]:
    """[leads, profile rules] which conditions hold at a moment: now, or by replaying the log."""
    found = np.zeros((len(lead_ids), len(version.profile)), dtype=np.bool_)
    if version.profile:
        when = moment(at)
        if is_past:
            known = states(lead_ids, at=when, kinds=version.counted)
        else:
            known = present_states(lead_ids, at=when, kinds=version.counted, fields=version.fields)
        for i, lead in enumerate(lead_ids):
            if lead in known:  # else it was not there yet
                found[i] = [each is not None and holds(each, known[lead], at=when) for each in version.profile]
    return found


def course_of(lead: int, events: Events, version: Version, begin: int, at: int) -> Course:
    """One lead from `begin` to `at` (microseconds): its events (`lead` all 0) and when its profile was what."""
    if not version.profile:
        return Course(events, np.array([begin], dtype=np.int64), np.zeros((1, 0), dtype=np.bool_))
    moments = [begin, *_card_moments(lead, version, begin, at)]
    rows = np.concatenate([profiles([lead], version, each, is_past=True) for each in moments])
    changed = np.concatenate([[True], (rows[1:] != rows[:-1]).any(axis=1)])
    return Course(events, np.array(moments, dtype=np.int64)[changed], rows[changed])


def _card_moments(lead: int, version: Version, after: int, until: int) -> list[int]:
    """Moments in (after, until] at which the card, or what its conditions count, may have changed."""
    span = {"at__gt": moment(after), "at__lte": moment(until)}
    found = set(Event.objects.filter(lead=lead, **span).exclude(name__in=LEAVE_THE_CARD).values_list("at", flat=True))
    found |= set(FieldHistory.objects.filter(company__people__leads=lead, **span).values_list("at", flat=True))
    if version.counted:
        found |= set(KindMatch.objects.filter(lead=lead, kind__in=version.counted, **span).values_list("at", flat=True))
    return sorted(microseconds(at) for at in found)
