"""The one writer of the event log.

`record_facts` is called inside the transaction of the cause. It makes an event of each fact, once; resolves the lead it
stands on now; matches kinds; retracts; recomputes the answers that follow (stage, owner, milestones); and asks for
`lifecycle.advance` by setting `lead.advance_due_at`, which is that step's queue. Who may record what is decided above.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from django.db import connection

from sarnakh.djangokit.bulk import insert_ignore, insert_rows
from sarnakh.djangokit.hot import hot
from sarnakh.leads import answers, kinds
from sarnakh.leads.models import Event, Lead, Seen
from sarnakh.leads.ports import Fact

__all__ = ["Fact", "record_facts"]


def record_facts(facts: Sequence[Fact], *, received_at: datetime) -> list[Event]:
    """Record facts in one go; returns the events made, in order, without those already seen. Needs a transaction."""
    assert connection.in_atomic_block, "facts are recorded in the transaction of their cause"
    facts = _unseen(facts, received_at)
    if not facts:
        return []
    roots = _roots({fact.origin for fact in facts if fact.origin})
    events = _insert(facts, roots, received_at)
    values = {event.id: fact.value for event, fact in zip(events, facts, strict=True) if fact.value is not None}
    kinds.match(events, kinds.used_definitions(), values)
    kinds.forget([fact.retracts for fact in facts if fact.retracts])
    touched = {event.lead_id for event in events if event.lead_id}
    if touched:
        answers.after(events)
        wake(touched, at=received_at)
    return events


def wake(lead_ids: Collection[int], *, at: datetime) -> None:
    """Say that something of these leads changed, and ask for `lifecycle.advance`."""
    moment = connection.ops.adapt_datetimefield_value(at)
    marks = ", ".join(["%s"] * len(lead_ids))
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE lead SET changed_at = %s, advance_due_at = %s, version = version + 1 WHERE id IN ({marks})",  # noqa: S608
            [moment, moment, *sorted(lead_ids)],
        )


COLUMNS = (
    "origin",
    "lead",
    "person",
    "visitor",
    "at",
    "received_at",
    "source",
    "message_id",
    "name",
    "props",
    "actor",
    "retracts",
)
RELATED = ("origin", "lead", "person", "visitor", "actor", "retracts")
ATTRIBUTES = tuple(f"{name}_id" if name in RELATED else name for name in COLUMNS)

_kept = hot(lambda ids: Lead.objects.filter(id__in=ids).values_list("id", "merged_into_id"))


def _roots(origins: set[int]) -> dict[int, int]:
    """The lead on which each of these cards stands now."""
    return {origin: kept or origin for origin, kept in _kept(origins)}


def _insert(facts: Sequence[Fact], roots: Mapping[int, int], received_at: datetime) -> list[Event]:
    rows = [
        (
            fact.origin,
            roots[fact.origin] if fact.origin else None,
            fact.person,
            fact.visitor,
            fact.at,
            received_at,
            fact.source,
            fact.message_id or uuid.uuid4().hex,
            fact.name,
            dict(fact.props),
            fact.actor,
            fact.retracts,
        )
        for fact in facts
    ]
    ids = insert_rows(Event, COLUMNS, rows)
    return [Event(id=id_, **dict(zip(ATTRIBUTES, row, strict=True))) for id_, row in zip(ids, rows, strict=True)]


def _unseen(facts: Sequence[Fact], at: datetime) -> list[Fact]:
    """Leave out what (source, message_id) says we have; a client that got no answer sends again."""
    named = [fact for fact in facts if fact.message_id]
    if not named:
        return list(facts)
    rows = list(dict.fromkeys((fact.source, fact.message_id) for fact in named))
    fresh = {
        (row[0], row[1]) for row in insert_ignore(Seen, ("source", "message_id", "at"), [(*row, at) for row in rows])
    }
    kept = []
    for fact in facts:
        key = (fact.source, fact.message_id)
        if not fact.message_id or key in fresh:
            fresh.discard(key)
            kept.append(fact)
    return kept
