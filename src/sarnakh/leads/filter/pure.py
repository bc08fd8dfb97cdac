"""The Filter on one lead's state: for time travel, simulation and decisions on a lead in hand. No database, no clock.

Says the same as `sql` on the same facts; a property test holds the two together.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sarnakh.leads.filter.language import All, AnyOf, EventIs, FieldIs, Filter, InSegment, Not, leaves
from sarnakh.leads.props import order_holds, text_holds, where_holds

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


@dataclass(frozen=True, slots=True)
class EventSeen:
    """An event under one of the kinds it matches (an event of two kinds stands here twice)."""

    kind: int  # id of the KindDefinition
    at: datetime
    value: float
    name: str
    props: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class LeadState:
    """A lead as it stands, or stood: values by field name as a Filter names them (absent: empty); its events."""

    lead: int
    fields: Mapping[str, Any]
    events: tuple[EventSeen, ...] = field(default=())


def holds(filter_: Filter, state: LeadState, *, at: datetime) -> bool:
    """Whether the condition holds for this state at this moment."""
    match filter_:
        case All(of):
            return all(holds(part, state, at=at) for part in of)
        case AnyOf(of):
            return any(holds(part, state, at=at) for part in of)
        case Not(of):
            return not holds(of, state, at=at)
        case InSegment(_, when):
            return holds(when, state, at=at)
        case FieldIs():
            return _field_holds(filter_, state.fields.get(filter_.field.name), at)
        case EventIs():
            return filter_.low <= _count(filter_, state, at) <= (_ENDLESS if filter_.high is None else filter_.high)


_ENDLESS = float("inf")


def next_change(filter_: Filter, state: LeadState, *, at: datetime) -> datetime | None:
    """The earliest moment after `at` at which passing time alone can change the answer; None: never.

    A day counts from its beginning in the leaf's zone.
    """
    moments: set[datetime] = set()
    for leaf in leaves(filter_):
        if isinstance(leaf, EventIs):
            seen = [event.at for event in state.events if event.kind == leaf.kind]
            moments.update(seen)
            if leaf.within_days is not None:
                moments.update(moment + timedelta(days=leaf.within_days) for moment in seen)
        elif isinstance(leaf, FieldIs) and leaf.op in ("within_days", "before_days"):
            value = _typed(leaf, state.fields.get(leaf.field.name))
            if isinstance(value, datetime):
                moments.update((value, value + timedelta(days=leaf.value)))
            elif value is not None:
                moments.update(_turns_of_day(leaf, value))
    return min((moment for moment in moments if moment > at), default=None)


def _turns_of_day(leaf: FieldIs, value: str) -> Iterable[datetime]:
    try:
        day = date.fromisoformat(value)
        days = (day, day + timedelta(days=leaf.value))
    except (ValueError, OverflowError):
        return ()
    zone = ZoneInfo(leaf.zone)
    return (datetime(each.year, each.month, each.day, tzinfo=zone) for each in days)


# --- fields ----------------------------------------------------------------------------------------------------------


def _typed(leaf: FieldIs, value: Any) -> Any:
    """The value if it is one of the field's type; None if the field is empty."""
    match leaf.field.type:
        case "number":
            is_number = isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e299
            return float(value) if is_number else None
        case "ref":
            return value if isinstance(value, int) else None
        case "yes_no":
            return value if isinstance(value, bool) else None
        case "moment":
            return value if isinstance(value, datetime) else None
        case "day":
            return value if isinstance(value, str) and _DAY.fullmatch(value) else None
    return value if isinstance(value, str) and value else None


def _field_holds(leaf: FieldIs, raw: Any, at: datetime) -> bool:
    value, wanted = _typed(leaf, raw), leaf.value
    if value is None:
        return leaf.op in ("empty", "is_not", "not_in")
    match leaf.op:
        case "empty":
            return False
        case "not_empty":
            return True
        case "is":
            return bool(value == wanted)
        case "is_not":
            return bool(value != wanted)
        case "in":
            return value in wanted
        case "not_in":
            return value not in wanted
        case "within_days" | "before_days":
            return _relative_holds(leaf, value, at)
    return (
        text_holds(leaf.op, value, wanted) if leaf.op in ("contains", "starts") else order_holds(leaf.op, value, wanted)
    )


def _relative_holds(leaf: FieldIs, value: Any, at: datetime) -> bool:
    since, now = edges(leaf, at)
    return bool(since < value <= now) if leaf.op == "within_days" else bool(value <= since)


def edges(leaf: FieldIs, at: datetime) -> tuple[Any, Any]:
    """(at - days, at) of a relative test: moments, or ISO days where the field holds days."""
    if leaf.field.type == "moment":
        return at - timedelta(days=leaf.value), at
    today = at.astimezone(ZoneInfo(leaf.zone)).date()
    return (today - timedelta(days=leaf.value)).isoformat(), today.isoformat()


# --- events ----------------------------------------------------------------------------------------------------------


def _count(leaf: EventIs, state: LeadState, at: datetime) -> int:
    since = None if leaf.within_days is None else at - timedelta(days=leaf.within_days)
    return sum(
        event.kind == leaf.kind
        and event.at <= at
        and (since is None or event.at > since)
        and where_holds(leaf.where, event.props)
        for event in state.events
    )
