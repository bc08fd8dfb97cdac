"""The one condition language: its fields, its ops, and the frozen nodes that a Filter is read into.

Pure: the organisation's own words (custom fields, segments, kinds of events, time zone) come in as a `Vocabulary`.
`reading` makes nodes of JSON and refuses what cannot be meant; the two evaluators (`sql`, `pure`) get values that are
already typed, and never fail on them.

Semantics, the same in both evaluators and on both databases:
- A leaf is true or false, never unknown. A field without a value is *empty*: null, "" or a stored value of another type
  than the field's. Empty matches `empty`, `is_not` and `not_in`, and nothing else.
- `is`, `in` compare text exactly (stored and given text are both cleaned: Persian ی, ک). `contains`, `starts` compare
  folded text: A-Z as a-z, one form of ی, ک, ه and of digits, ZWNJ and tatweel left out. Only these letters: what else
  databases fold differs between them.
- A day stands for the whole day in the organisation's time zone. `within_days: n` is (at - n days, at] and
  `before_days: n` is (…, at - n days]; for fields of days, today is the day of `at`.
- An event leaf counts the events of its kind up to `at`. In a `where`, a missing prop (absent, null, "") matches only
  `empty`; a number and its text are one value (forms send text), other types never equal each other.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from sarnakh.leads.props import COMPARE, PROP_OPS, PropIs

RELATIVE = ("within_days", "before_days")
_CHOICE = ("is", "is_not", "in", "not_in", "empty", "not_empty")
OPS: Mapping[str, tuple[str, ...]] = {
    "text": ("is", "is_not", "in", "not_in", "contains", "starts", "empty", "not_empty"),
    "choice": _CHOICE,
    "ref": _CHOICE,
    "number": ("is", "is_not", "in", "not_in", *COMPARE, "empty", "not_empty"),
    "moment": ("is", *COMPARE, *RELATIVE, "empty", "not_empty"),
    "day": ("is", "is_not", *COMPARE, *RELATIVE, "empty", "not_empty"),
    "yes_no": ("is", "is_not", "empty", "not_empty"),
    "segment": ("is", "is_not", "in", "not_in"),
    "prop": PROP_OPS,
}
CUSTOM_TYPES = {"text": "text", "number": "number", "choice": "choice", "date": "day", "yes_no": "yes_no"}


@dataclass(frozen=True, slots=True)
class Field:
    """A field that a Filter may name; `type` is a key of OPS."""

    name: str
    type: str
    choices: tuple[str, ...] = ()

    @property
    def ops(self) -> tuple[str, ...]:
        return OPS[self.type]


def _named(type_: str, *names: str) -> list[Field]:
    return [Field(name, type_) for name in names]


BUILT_IN: tuple[Field, ...] = (
    *_named("text", "name", "job_title", "province", "city"),
    *_named("text", "company", "company.industry", "company.province"),
    Field("company.size", "number"),
    *_named("text", "source", "medium", "campaign", "term", "content"),
    Field("direction", "choice", ("inbound", "outbound")),
    Field("product", "choice"),
    Field("stage", "choice", ("lead", "mql", "sql", "customer", "disqualified", "deferred")),
    Field("reason", "text"),
    *_named("ref", "owner", "team"),
    *_named("number", "score", "fit", "engagement"),
    Field("temperature", "choice", ("cold", "warm", "hot")),
    *_named("moment", "created_at", "stage_at", "first_touch_at", "mql_at", "sql_at", "won_at", "disqualified_at"),
    Field("deferred_until", "moment"),
    *_named("yes_no", "has_phone", "has_email", "consent.email", "consent.sms"),
    Field("segment", "segment"),
)
# A profile rule scores what a lead is: nothing that the score itself, time or another rule moves.
PROFILE_BARRED = frozenset(
    ("score", "fit", "engagement", "temperature", "stage", "stage_at", "segment", "chance", "relative_time")
)


@dataclass(frozen=True)
class Vocabulary:
    """The organisation's own words: custom fields {slug: CustomField.Type}, segments {slug: Filter as JSON},
    events {slug: id of its present definition}, and the zone its days are counted in."""

    custom: Mapping[str, str] = field(default_factory=dict)
    segments: Mapping[str, Any] = field(default_factory=dict)
    events: Mapping[str, int] = field(default_factory=dict)
    zone: str = "Asia/Tehran"

    def fields(self) -> tuple[Field, ...]:
        """Every field, built-in and custom, in the order an editor shows them."""
        return BUILT_IN + tuple(Field(f"custom.{slug}", CUSTOM_TYPES[type_]) for slug, type_ in self.custom.items())


@dataclass(frozen=True, slots=True)
class All:
    """Holds when each part does; without parts: always."""

    of: tuple[Filter, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """Holds when one part does."""

    of: tuple[Filter, ...]


@dataclass(frozen=True, slots=True)
class Not:
    of: Filter


@dataclass(frozen=True, slots=True)
class InSegment:
    """A saved Filter, expanded in place."""

    slug: str
    when: Filter


@dataclass(frozen=True, slots=True)
class FieldIs:
    """A test of one field. `value` is typed by field and op: folded text for contains and starts, a tuple for in and
    between, aware UTC moments, ISO days, days as a float; None for empty and not_empty."""

    field: Field
    op: str
    value: Any = None  # one of the above; the reader made it, the evaluators know it by field.type and op
    zone: str = ""  # of relative tests on days


@dataclass(frozen=True, slots=True)
class EventIs:
    """The number of events of a kind is in [low, high]; of the last `within_days`, if given."""

    event: str
    kind: int
    where: tuple[PropIs, ...] = ()
    low: int = 1
    high: int | None = None
    within_days: float | None = None


Filter: TypeAlias = "All | AnyOf | Not | InSegment | FieldIs | EventIs"


def leaves(filter_: Filter) -> Iterator[FieldIs | EventIs | InSegment]:
    """Every leaf, and every segment with the leaves in it."""
    match filter_:
        case All(of) | AnyOf(of):
            for part in of:
                yield from leaves(part)
        case Not(of):
            yield from leaves(of)
        case InSegment(_, when):
            yield filter_
            yield from leaves(when)
        case _:
            yield filter_


def kinds_of(filter_: Filter) -> frozenset[int]:
    """Ids of the kind definitions that a Filter counts."""
    return frozenset(leaf.kind for leaf in leaves(filter_) if isinstance(leaf, EventIs))
