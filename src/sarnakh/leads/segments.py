"""Segments: saved Filters with a name, which other Filters name by slug.

A segment is checked when it is saved, with what names it: it must read, and lead back to itself nowhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils.text import slugify

from sarnakh.accounts.models import User
from sarnakh.accounts.services.settings import log_change
from sarnakh.leads.filter import Filter, FilterError, kinds_of, load_vocabulary, matching, parse
from sarnakh.leads.models import Lead, Segment
from sarnakh.leads.tasks import use_kinds


class SegmentError(Exception):
    """This segment cannot be saved or removed; `field` says where, `code` why; `text` is the message id, as in
    FilterError."""

    def __init__(self, field: str, code: str, text: str, **params: object) -> None:
        super().__init__(text % params)
        self.field, self.code, self.text, self.params, self.message = field, code, text, params, text % params


def create_segment(slug: str, *, name: Mapping[str, str], when: object, actor: User | None, at: datetime) -> Segment:
    """Save a Filter under a slug. Raises SegmentError (wrong_slug, slug_taken), FilterError."""
    slug = slug.strip()
    if not slug or len(slug) > 80 or slugify(slug, allow_unicode=True) != slug.lower():
        raise SegmentError("slug", "wrong_slug", "A slug is made of letters, digits, hyphens and underscores.")
    with transaction.atomic():
        read = read_segment(slug, when)
        try:
            with transaction.atomic():
                segment = Segment.objects.create(slug=slug, name=dict(name), filter=when, created_at=at)
        except IntegrityError:
            raise SegmentError("slug", "slug_taken", "There is a segment “%(name)s” already.", name=slug) from None
        use_kinds(kinds_of(read))
        log_change(f"segment.{slug}", old=None, new=when, actor=actor, at=at)
    return segment


def change_segment(
    segment: Segment,
    *,
    name: Mapping[str, str] | None = None,
    when: object = None,
    actor: User | None,
    at: datetime,
) -> Segment:
    """Give a segment another name or Filter; None leaves it. Raises FilterError."""
    with transaction.atomic():
        # One at a time: two changes that are fine alone may lead to each other.
        locked = {row.slug: row for row in Segment.objects.select_for_update().order_by("id")}
        segment = locked[segment.slug]
        if name is not None:
            segment.name = dict(name)
        old = segment.filter
        if when is not None and when != old:
            use_kinds(kinds_of(read_segment(segment.slug, when)))
            segment.filter = when
            log_change(f"segment.{segment.slug}", old=old, new=when, actor=actor, at=at)
        segment.save(update_fields=["name", "filter"])
    return segment


def remove_segment(segment: Segment, *, actor: User | None, at: datetime) -> None:
    """Remove a segment that no other names. Raises SegmentError: in_use."""
    with transaction.atomic():
        others = dict(Segment.objects.select_for_update().exclude(id=segment.id).values_list("slug", "filter"))
        users = sorted(slug for slug, raw in others.items() if segment.slug in _named(raw))
        if users:
            raise SegmentError(
                "slug", "in_use", "“%(name)s” is used by: %(users)s.", name=segment.slug, users=", ".join(users)
            )
        segment.delete()
        log_change(f"segment.{segment.slug}", old=segment.filter, new=None, actor=actor, at=at)


def read_segment(slug: str, when: object) -> Filter:
    """Read a Filter as the one of this segment, saved or not. Raises FilterError, for a cycle through it too."""
    words = load_vocabulary()
    words = replace(words, segments={**words.segments, slug: when})
    read = parse(when, words)
    try:
        parse({"field": "segment", "op": "is", "value": slug}, words)
    except FilterError as error:
        raise FilterError("", error.code, error.text, **error.params) from error
    return read


def count(leads: QuerySet[Lead], filter_: Filter, *, at: datetime) -> int:
    """How many of these leads (behind the gate of who asks) the condition holds for, now."""
    return matching(leads, filter_, at=at).count()


def _named(raw: Any) -> set[str]:
    """Slugs of the segments that a Filter as JSON names."""
    if isinstance(raw, Mapping):
        if raw.get("field") == "segment":
            value = raw.get("value")
            return {str(each) for each in (value if isinstance(value, list) else [value])}
        return _union(raw.values())
    return _union(raw) if isinstance(raw, list) else set()


def _union(parts: Iterable[Any]) -> set[str]:
    return set().union(*(_named(part) for part in parts))
