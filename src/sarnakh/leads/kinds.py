"""Kinds of events: definitions named by the hash of their content, slugs that point to the current one, matching."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from django.db import connection, transaction

from sarnakh.djangokit.bulk import insert_ignore
from sarnakh.djangokit.hot import hot
from sarnakh.leads.models import Event, EventKind, KindDefinition, KindMatch
from sarnakh.leads.props import FilterError, PropIs, parse_where
from sarnakh.leads.rules import KIND_TYPES, kind_matches

BUILT_IN = (
    "lead_created",
    "capture_joined",
    "lead_returned",
    "lead_converted",
    "lead_assigned",
    "form_viewed",
    "form_submitted",
    "page_viewed",
    "tracked",
    "file_downloaded",
    "link_clicked",
    "email_sent",
    "email_opened",
    "email_clicked",
    "unsubscribed",
    "call_logged",
    "meeting_held",
    "note_added",
    "message_logged",
    "task_created",
    "task_done",
    "stage_changed",
    "fields_changed",
    "temperature_changed",
    "checklist_set",
    "deal_created",
    "deal_won",
    "deal_lost",
    "deal_reopened",
    "persons_merged",
    "merge_undone",
    "device_linked",
    "device_detached",
    "consent_given",
    "consent_withdrawn",
)

log = logging.getLogger(__name__)


class KindError(Exception):
    """A kind's definition is wrong; `field` names where, `code` says what; `text` is a message id with `params`."""

    def __init__(self, field: str, code: str, text: str, **params: object) -> None:
        super().__init__(text % params)
        self.field, self.code, self.text, self.params = field, code, text, params


def digest(when: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(when, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


class Definition(NamedTuple):
    """A kind's definition as matching needs it; `where` None: it does not read, and matches nothing."""

    id: int
    when: Mapping[str, Any]
    where: tuple[PropIs, ...] | None


def _ready(id_: int, when: Mapping[str, Any]) -> Definition:
    try:
        return Definition(id_, when, parse_where(when.get("where") or ()))
    except FilterError as error:
        log.warning("the definition of kind %s cannot be read: %s", id_, error)
        return Definition(id_, when, None)


_used = hot(lambda: KindDefinition.objects.filter(is_used=True).values_list("id", flat=True))
_read: dict[int, Definition] = {}  # a definition never changes, so a process reads each once


def used_definitions() -> list[Definition]:
    """Every definition that events are matched against; makes the built-in ones on a fresh base."""
    ids = _used()
    if len(ids) < len(BUILT_IN):
        seed_built_in()
        ids = _used()
    if not _read.keys() >= set(ids):
        rows = KindDefinition.objects.filter(id__in=ids).values_list("id", "when")
        _read.update((id_, _ready(id_, when)) for id_, when in rows)
    return [_read[id_] for id_ in ids]


def forget_read() -> None:
    """Read definitions anew: another base stands behind the connection."""
    _read.clear()


def seed_built_in() -> None:
    """Make the kinds that every base has: one for each built-in event name. Twice changes nothing."""
    for name in BUILT_IN:
        definition = define({"type": "event", "name": name}, is_used=True)
        EventKind.objects.get_or_create(slug=name, defaults={"current": definition, "is_builtin": True})


def define(when: Mapping[str, Any], *, is_used: bool) -> KindDefinition:
    """The immutable definition with this content; the same content is the same row."""
    definition, _ = KindDefinition.objects.get_or_create(
        digest=digest(when), defaults={"when": dict(when), "is_used": is_used}
    )
    if is_used and not definition.is_used:
        KindDefinition.objects.filter(id=definition.id).update(is_used=True)
        definition.is_used = True
    return definition


def check(when: Mapping[str, Any]) -> None:
    """Refuse a definition that could never match or that we do not know. Raises KindError."""
    kind_type = when.get("type")
    if kind_type not in (*KIND_TYPES, "email", "event"):
        known = ", ".join([*KIND_TYPES, "email"])
        raise KindError("when.type", "unknown_type", "Choose one of: %(allowed)s", allowed=known)
    try:
        parse_where(when.get("where") or (), "when.where")
    except FilterError as error:
        raise KindError(error.path, error.code, error.text, **error.params) from error
    unknown = set(when) - {"type", "name", "url_contains", "where"}
    if unknown:
        raise KindError(
            f"when.{min(unknown)}", "unknown_key", "“%(name)s” is not part of a definition.", name=min(unknown)
        )


def match(
    events: Iterable[Event], definitions: Sequence[Definition], values: Mapping[int, float] | None = None
) -> None:
    """Write the kind rows of these events; twice changes nothing. `values` = {event id: numeric value}."""
    by_name: dict[str, list[Definition]] = {}
    for definition in definitions:
        by_name.setdefault(_event_name(definition.when), []).append(definition)
    values = values or {}
    rows = [
        (event.id, definition.id, event.lead_id, event.at, _value(event, values))
        for event in events
        for definition in by_name.get(event.name, ())
        if definition.where is not None and kind_matches(definition.when, definition.where, event.name, event.props)
    ]
    insert_ignore(KindMatch, ("event", "kind", "lead", "at", "value"), rows)


def bring_into_use(definition_ids: Collection[int]) -> list[int]:
    """Match events against these from now on; returns those not used before, whose past is still to be matched."""
    fresh = sorted(KindDefinition.objects.filter(id__in=definition_ids, is_used=False).values_list("id", flat=True))
    if fresh:
        KindDefinition.objects.filter(id__in=fresh).update(is_used=True)
        let_writers_finish()
    return fresh


def let_writers_finish() -> None:
    """Leave no event between those matched by their writer and those that history will be matched with.

    A writer inserts events before it reads the definitions in use: with the table locked until we commit, one that
    read the old ones has committed, so history has its events. SQLite has one writer at a time anyway.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("LOCK TABLE event IN SHARE MODE")


def apply_to_history(definition: KindDefinition, *, after: int, limit: int = 2000) -> int | None:
    """Match one slice of past events against a definition newly in use; returns the last id done, None at the end.

    Runs in id order over what exists; an event recorded meanwhile is matched by its own writer.
    """
    name = _event_name(definition.when)
    with transaction.atomic():
        retracted = Event.objects.filter(retracts__isnull=False).values("retracts_id")
        slice_ = list(Event.objects.filter(id__gt=after, name=name).order_by("id")[:limit])
        gone = set(Event.objects.filter(id__in=retracted, pk__in=[e.id for e in slice_]).values_list("id", flat=True))
        match([event for event in slice_ if event.id not in gone], [_ready(definition.id, definition.when)])
    return slice_[-1].id if slice_ else None


def forget(event_ids: Sequence[int]) -> None:
    """Drop the kind rows of retracted events."""
    if event_ids:
        marks = ", ".join(["%s"] * len(event_ids))
        with connection.cursor() as cursor:
            cursor.execute(f"DELETE FROM event_kind WHERE event_id IN ({marks})", list(event_ids))  # noqa: S608  only marks


def names_of(definition_ids: Collection[int]) -> set[str]:
    """Names of the events that these definitions in use match."""
    return {_event_name(each.when) for each in used_definitions() if each.id in definition_ids}


def _event_name(when: Mapping[str, Any]) -> str:
    kind_type = when.get("type")
    if kind_type == "event":
        return str(when.get("name"))
    if kind_type == "email":
        return f"email_{when.get('name') or 'clicked'}"
    return KIND_TYPES.get(str(kind_type), "")


def _value(event: Event, values: Mapping[int, float]) -> float:
    given = values.get(event.id)
    if given is not None:
        return given
    value = event.props.get("value")
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else 0.0
