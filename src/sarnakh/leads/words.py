"""Kinds of events that the organisation names. Who may name them is decided above.

A kind starts out unused: nothing is matched against it until a published version of the rules, or a segment or rule of
another stage, uses it; then past events are matched too, in slices.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from sarnakh.leads import kinds
from sarnakh.leads.filter import parse_where
from sarnakh.leads.kinds import KindError
from sarnakh.leads.models import EventKind


class WordTaken(ValueError):
    """Another kind has this slug."""


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


def _definition(when: Mapping[str, Any]) -> dict[str, Any]:
    kinds.check(when)
    for name in ("name", "url_contains"):
        if when.get(name) is not None and not isinstance(when[name], str):
            raise KindError(f"when.{name}", "not_text", "“%(name)s” is a text.", name=name)
    if when.get("where") is not None:
        parse_where(when["where"], "when.where")
    if when.get("type") == "event" and when.get("name") not in kinds.BUILT_IN:
        raise KindError("when.name", "unknown_event", "There is no such event.")
    return {name: value for name, value in when.items() if value not in (None, "", [])}


def _are_built_in_there() -> bool:
    return EventKind.objects.filter(slug__in=kinds.BUILT_IN).count() == len(kinds.BUILT_IN)
