"""Reading a Filter: JSON in, frozen nodes out.

Refuses what cannot be meant (unknown field, op or event, a value of the wrong type, a segment that leads back to
itself, too much of it) with a `FilterError` that names the place. Days become moments here, text is cleaned or folded.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sarnakh.leads.filter.language import (
    RELATIVE,
    All,
    AnyOf,
    EventIs,
    Field,
    FieldIs,
    Filter,
    InSegment,
    Not,
    Vocabulary,
)
from sarnakh.leads.filter.values import ISO_DAY, days_value, midnight, reader_of, text_value
from sarnakh.leads.props import (
    FilterError,
    given,
    only,
    pair,
    parse_where,
    place,
    values_of,
)

DEEPEST, MOST_LEAVES = 8, 100  # as written
DEEPEST_EXPANDED, MOST_EXPANDED = 16, 1000  # with its segments in it; SQLite's parser ends at a depth of 100 tokens


def parse(raw: object, vocabulary: Vocabulary, *, barred: frozenset[str] = frozenset()) -> Filter:
    """Read a Filter. `{}` holds always. `barred`: field names, or `relative_time`, that may not be used here.

    Raises FilterError.
    """
    if raw == {}:
        return All(())
    return _Reader(vocabulary, barred).node(raw, "", 1)


class _Reader:
    """Reads one Filter; counts its leaves and keeps the segments it is inside of."""

    def __init__(self, vocabulary: Vocabulary, barred: frozenset[str]) -> None:
        self.vocabulary, self.barred = vocabulary, barred
        self.fields = {field.name: field for field in vocabulary.fields()}
        self.zone = ZoneInfo(vocabulary.zone)
        self.written = self.expanded = self.outer_depth = 0
        self.open: list[str] = []

    def node(self, raw: object, path: str, depth: int) -> Filter:
        if not isinstance(raw, Mapping):
            raise FilterError(path, "not_object", "A condition is an object.")
        if "field" in raw or "event" in raw:
            self._count(path)
            return self._field(raw, path) if "field" in raw else self._event(raw, path)
        if len(raw) != 1 or next(iter(raw)) not in ("all", "any", "not"):
            raise FilterError(path, "unknown_condition", "A condition has one of: all, any, not, field, event.")
        if depth > DEEPEST or self.outer_depth + depth > DEEPEST_EXPANDED:
            raise FilterError(path, "too_deep", "Conditions may be nested %(most)s deep.", most=DEEPEST)
        [(key, inner)] = raw.items()
        here = f"{path}.{key}" if path else str(key)
        if key == "not":
            return Not(self.node(inner, here, depth + 1))
        parts = tuple(self.node(part, f"{here}[{i}]", depth + 1) for i, part in enumerate(values_of(inner, here)))
        if key == "any" and not parts:
            raise FilterError(here, "empty_group", "“any” needs at least one condition.")
        if len(parts) == 1:
            return parts[0]
        return All(parts) if key == "all" else AnyOf(parts)

    def _count(self, path: str) -> None:
        self.expanded += 1
        self.written += not self.open
        if self.written > MOST_LEAVES or self.expanded > MOST_EXPANDED:
            most = MOST_LEAVES if self.written > MOST_LEAVES else MOST_EXPANDED
            raise FilterError(path, "too_large", "A filter may have %(most)s conditions at most.", most=most)

    def _bar(self, word: str, path: str) -> None:
        if word in self.barred:
            raise FilterError(path, "not_here", "“%(name)s” may not be used here.", name=word)

    # fields

    def _field(self, raw: Mapping[str, Any], path: str) -> Filter:
        only(raw, ("field", "op", "value"), path)
        name, op = raw["field"], raw.get("op")
        self._bar(str(name), place(path, "field"))
        known = self.fields.get(name) if isinstance(name, str) else None
        if known is None:
            raise FilterError(place(path, "field"), "unknown_field", "“%(name)s” is not a field.", name=name)
        if op not in known.ops:
            raise FilterError(
                place(path, "op"),
                "unknown_op",
                "“%(op)s” is not for “%(name)s”. Possible: %(ops)s.",
                op=op,
                name=name,
                ops=", ".join(known.ops),
            )
        here = place(path, "value")
        if op in ("empty", "not_empty"):
            if raw.get("value") not in (None, True):
                raise FilterError(here, "no_value", "“%(op)s” takes no value.", op=op)
            return FieldIs(known, op)
        if op in RELATIVE:
            self._bar("relative_time", place(path, "op"))
            return FieldIs(
                known, op, days_value(raw.get("value"), here, whole=known.type == "day"), self.vocabulary.zone
            )
        if known.type == "segment":
            return self._segment(op, raw.get("value"), here)
        if known.type == "moment":
            return self._moment(known, op, raw.get("value"), here)
        return FieldIs(known, op, given(op, raw.get("value"), here, reader_of(known)))

    def _moment(self, known: Field, op: str, raw: object, path: str) -> Filter:
        """A day stands for all of it, so that each test becomes a bound on moments."""
        if op == "between":
            low, high = pair(raw, path)
            first, last = self._span(low, f"{path}[0]"), self._span(high, f"{path}[1]")
            if first[0] > last[0]:
                raise FilterError(path, "wrong_order", "The first value is after the second.")
            return All((FieldIs(known, "gte", first[0]), self._until(known, last)))
        start, end = self._span(raw, path)
        match op:
            case "is":
                if end is None:
                    raise FilterError(path, "wrong_value", "“is” takes a day here, like 2026-03-21.")
                return All((FieldIs(known, "gte", start), FieldIs(known, "lt", end)))
            case "lte":
                return self._until(known, (start, end))
            case "gt" if end is not None:
                return FieldIs(known, "gte", end)
        return FieldIs(known, op, start)

    def _until(self, known: Field, span: tuple[datetime, datetime | None]) -> FieldIs:
        return FieldIs(known, "lte", span[0]) if span[1] is None else FieldIs(known, "lt", span[1])

    def _span(self, raw: object, path: str) -> tuple[datetime, datetime | None]:
        """(moment, None), or the first moments of a day and of the next."""
        try:
            if isinstance(raw, str) and ISO_DAY.fullmatch(raw):
                day = date.fromisoformat(raw)
                return midnight(day, self.zone), midnight(day + timedelta(days=1), self.zone)
            moment = datetime.fromisoformat(raw) if isinstance(raw, str) else None
            if moment is not None:
                return (moment if moment.tzinfo else moment.replace(tzinfo=self.zone)).astimezone(UTC), None
        except (ValueError, OverflowError):
            pass
        raise FilterError(path, "wrong_value", "A day or an ISO moment is needed, like 2026-03-21.")

    def _segment(self, op: str, raw: object, path: str) -> Filter:
        slugs = given(op, raw, path, text_value)
        parts = tuple(self._expand(slug, path) for slug in (slugs if isinstance(slugs, tuple) else (slugs,)))
        found = parts[0] if len(parts) == 1 else AnyOf(parts)
        return Not(found) if op in ("is_not", "not_in") else found

    def _expand(self, slug: str, path: str) -> InSegment:
        if slug not in self.vocabulary.segments:
            raise FilterError(path, "unknown_segment", "“%(name)s” is not a segment.", name=slug)
        if slug in self.open:
            chain = " → ".join((*self.open[self.open.index(slug) :], slug))
            raise FilterError(path, "segment_cycle", "A segment leads back to itself: %(chain)s.", chain=chain)
        self.open.append(slug)
        self.outer_depth += 3  # it stands in a group, and may be negated
        raw = self.vocabulary.segments[slug]
        try:
            when = All(()) if raw == {} else self.node(raw, "", 1)
        except FilterError as error:
            # A place inside the segment is no place in what was sent: name the leaf that leads there.
            raise FilterError(path, error.code, error.text, **error.params) from error
        self.outer_depth -= 3
        self.open.pop()
        return InSegment(slug, when)

    # events

    def _event(self, raw: Mapping[str, Any], path: str) -> EventIs:
        only(raw, ("event", "where", "count", "within_days"), path)
        slug = raw["event"]
        kind = self.vocabulary.events.get(slug) if isinstance(slug, str) else None
        if kind is None:
            raise FilterError(place(path, "event"), "unknown_event", "“%(name)s” is not a kind of event.", name=slug)
        within = None
        if raw.get("within_days") is not None:
            self._bar("relative_time", place(path, "within_days"))
            within = days_value(raw["within_days"], place(path, "within_days"))
        low, high = _bounds(raw.get("count"), place(path, "count"))
        return EventIs(slug, kind, parse_where(raw.get("where") or [], place(path, "where")), low, high, within)


def _bounds(raw: object, path: str) -> tuple[int, int | None]:
    """[low, high] of a count; without one, at least once."""
    if raw is None:
        return 1, None
    if not isinstance(raw, Mapping) or not raw:
        raise FilterError(path, "wrong_value", 'A count is an object, like {"gte": 2}.')
    low, high = 0, math.inf
    for op, number in raw.items():
        if op not in ("eq", "gt", "gte", "lt", "lte"):
            raise FilterError(place(path, str(op)), "unknown_op", "“%(op)s” is not for counts.", op=op)
        if isinstance(number, bool) or not isinstance(number, int) or not 0 <= number <= 1_000_000:
            raise FilterError(place(path, op), "wrong_value", "A whole number is needed.")
        if op in ("eq", "gt", "gte"):
            low = max(low, number + (op == "gt"))
        if op in ("eq", "lt", "lte"):
            high = min(high, number - (op == "lt"))
    if low > high:
        raise FilterError(path, "wrong_order", "No count is that.")
    return low, None if high == math.inf else int(high)
