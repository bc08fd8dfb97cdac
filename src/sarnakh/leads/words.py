"""The organisation's own words: kinds of events and segments. Who may coin them is decided above.

A kind starts out unused: nothing is matched against it until a published version of the rules, or a segment or rule of
another stage, uses it; then past events are matched too, in slices.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from sarnakh.jobs.services import enqueue
from sarnakh.leads import kinds
from sarnakh.leads.filter import kinds_of, load_vocabulary, parse, parse_where
from sarnakh.leads.models import EventKind, KindDefinition, Segment

MATCH_HISTORY = "leads.match_history"


class WordTaken(ValueError):
    """Another kind or segment has this slug."""


@transaction.atomic
def coin_kind(slug: str, *, name: Mapping[str, str], when: Mapping[str, Any]) -> EventKind:
    """A new kind of event. Raises KindError, FilterError, WordTaken."""
    checked = _definition(when)
    if not _are_built_in_there():
        kinds.seed_built_in()
    definition = kinds.define(checked, is_used=False)
    kind, is_new = EventKind.objects.get_or_create(slug=slug, defaults={"current": definition, "name": dict(name)})
    if not is_new:
        raise WordTaken(slug)
    return kind


@transaction.atomic
def coin_segment(slug: str, *, name: Mapping[str, str], filter_: Mapping[str, Any], at: datetime) -> Segment:
    """A new segment. Raises FilterError, WordTaken."""
    use_kinds_of(filter_)
    segment, is_new = Segment.objects.get_or_create(
        slug=slug, defaults={"name": dict(name), "filter": dict(filter_), "created_at": at}
    )
    if not is_new:
        raise WordTaken(slug)
    return segment


@transaction.atomic
def change_segment(
    segment: Segment, *, name: Mapping[str, str] | None = None, filter_: Mapping[str, Any] | None = None
) -> Segment:
    """Another name or another condition. Raises FilterError, for one that would contain itself too."""
    if name is not None:
        segment.name = dict(name)
    if filter_ is not None:
        segment.filter = dict(filter_)
    segment.save(update_fields=["name", "filter"])
    if filter_ is not None:
        # Read after it is written: a segment that names itself, however far around, is found out by the reader.
        use_kinds_of({"field": "segment", "op": "is", "value": segment.slug})
    return segment


def use_kinds_of(filter_: object) -> None:
    """Have the kinds that a saved Filter counts matched from now on, and in what happened. Raises FilterError."""
    wanted = kinds_of(parse(filter_, load_vocabulary()))
    fresh = list(KindDefinition.objects.filter(id__in=wanted, is_used=False).values_list("id", flat=True))
    KindDefinition.objects.filter(id__in=fresh).update(is_used=True)
    for definition in fresh:
        enqueue(MATCH_HISTORY, definition, 0, key=f"{MATCH_HISTORY}:{definition}")


def _definition(when: Mapping[str, Any]) -> dict[str, Any]:
    kinds.check(when)
    for name in ("name", "url_contains"):
        if when.get(name) is not None and not isinstance(when[name], str):
            raise kinds.KindError(f"when.{name}", "not_text", f"“{name}” is a text.")
    if when.get("where") is not None:
        parse_where(when["where"], "when.where")
    if when.get("type") == "event" and when.get("name") not in kinds.BUILT_IN:
        raise kinds.KindError("when.name", "unknown_event", "There is no such event.")
    return {name: value for name, value in when.items() if value not in (None, "", [])}


def _are_built_in_there() -> bool:
    return EventKind.objects.filter(slug__in=kinds.BUILT_IN).count() == len(kinds.BUILT_IN)
