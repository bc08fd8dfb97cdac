"""The one condition language: what a Filter may say, and its reading from JSON into frozen nodes.

Pure: the organisation's own words (custom fields, segments, kinds of events, time zone) come in as a `Vocabulary`.
Reading refuses what cannot be meant (unknown field, op or event, a value of the wrong type) with a `FilterError` that
names the place. The two evaluators (`sql`, `pure`) get nodes whose values are already typed and never fail on them.

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

import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

from sarnakh.kit.text import clean_line

DEEPEST, MOST_LEAVES = 8, 100  # as written
DEEPEST_EXPANDED, MOST_EXPANDED = 16, 1000  # with its segments in it; SQLite's parser ends at a depth of 100 tokens
MOST_VALUES, LONGEST_TEXT, MOST_DAYS = 500, 500, 36_525

COMPARE = ("gt", "gte", "lt", "lte", "between")
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
    "prop": ("is", "is_not", "in", "not_in", "contains", "starts", *COMPARE, "empty", "not_empty"),
}
CUSTOM_TYPES = {"text": "text", "number": "number", "choice": "choice", "date": "day", "yes_no": "yes_no"}


class FilterError(ValueError):
    """A Filter says something that cannot be: where (`path`, like `all[0].op`), what (`code`), and in words.

    `text % params` is `message`; `text` is the message id to translate.
    """

    def __init__(self, path: str, code: str, text: str, **params: object) -> None:
        super().__init__(text % params)
        self.path, self.code, self.text, self.params, self.message = path, code, text, params, text % params


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
class Alternatives:
    """A value as it may stand in props: as text, as number, as yes or no."""

    texts: tuple[str, ...] = ()
    numbers: tuple[float, ...] = ()
    flags: tuple[bool, ...] = ()


@dataclass(frozen=True, slots=True)
class PropIs:
    """A test of one prop. `value`: Alternatives, folded text, a float, a pair of floats or None, by op."""

    prop: str
    op: str
    value: Any = None  # as above


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


def parse(raw: object, vocabulary: Vocabulary, *, barred: frozenset[str] = frozenset()) -> Filter:
    """Read a Filter. `{}` holds always. `barred`: field names, or `relative_time`, that may not be used here.

    Raises FilterError.
    """
    if raw == {}:
        return All(())
    return _Reader(vocabulary, barred).node(raw, "", 1)


def parse_where(raw: object, path: str = "where") -> tuple[PropIs, ...]:
    """Read the tests on props of an event leaf or of a kind. Raises FilterError."""
    return tuple(_prop(test, f"{path}[{i}]") for i, test in enumerate(_list(raw, path)))


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


# --- folded text -----------------------------------------------------------------------------------------------------

_SAME = (
    {"ی": "يى", "ک": "ك", "ه": "ةەھہ"}
    | {str(n): "۰۱۲۳۴۵۶۷۸۹"[n] + "٠١٢٣٤٥٦٧٨٩"[n] for n in range(10)}
    | {chr(c): chr(c - 32) for c in range(ord("a"), ord("z") + 1)}
)
DROPPED = "\u200c\u0640"  # ZWNJ, tatweel
FOLDED_FROM = "".join(_SAME.values())
FOLDED_TO = "".join(to * len(sources) for to, sources in _SAME.items())
_FOLD = str.maketrans(FOLDED_FROM, FOLDED_TO, DROPPED)


def fold(text: str) -> str:
    """Text as `contains` and `starts` compare it: only what both databases can do alike (see the module)."""
    return text.translate(_FOLD)


def spellings(folded: str) -> Iterator[str]:
    """For each character of a folded text, every character that folds to it, itself first."""
    for char in folded:
        yield char + _SAME.get(char, "")


# --- reading ---------------------------------------------------------------------------------------------------------


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
        parts = tuple(self.node(part, f"{here}[{i}]", depth + 1) for i, part in enumerate(_list(inner, here)))
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
        _only(raw, ("field", "op", "value"), path)
        name, op = raw["field"], raw.get("op")
        self._bar(str(name), _at(path, "field"))
        known = self.fields.get(name) if isinstance(name, str) else None
        if known is None:
            raise FilterError(_at(path, "field"), "unknown_field", "“%(name)s” is not a field.", name=name)
        if op not in known.ops:
            raise FilterError(
                _at(path, "op"),
                "unknown_op",
                "“%(op)s” is not for “%(name)s”. Possible: %(ops)s.",
                op=op,
                name=name,
                ops=", ".join(known.ops),
            )
        here = _at(path, "value")
        if op in ("empty", "not_empty"):
            if raw.get("value") not in (None, True):
                raise FilterError(here, "no_value", "“%(op)s” takes no value.", op=op)
            return FieldIs(known, op)
        if op in RELATIVE:
            self._bar("relative_time", _at(path, "op"))
            return FieldIs(known, op, _days(raw.get("value"), here, whole=known.type == "day"), self.vocabulary.zone)
        if known.type == "segment":
            return self._segment(op, raw.get("value"), here)
        if known.type == "moment":
            return self._moment(known, op, raw.get("value"), here)
        return FieldIs(known, op, _values(op, raw.get("value"), here, _reader_of(known)))

    def _moment(self, known: Field, op: str, raw: object, path: str) -> Filter:
        """A day stands for all of it, so that each test becomes a bound on moments."""
        if op == "between":
            low, high = _pair(raw, path)
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
            if isinstance(raw, str) and _DAY.fullmatch(raw):
                day = date.fromisoformat(raw)
                return _midnight(day, self.zone), _midnight(day + timedelta(days=1), self.zone)
            moment = datetime.fromisoformat(raw) if isinstance(raw, str) else None
            if moment is not None:
                return (moment if moment.tzinfo else moment.replace(tzinfo=self.zone)).astimezone(UTC), None
        except (ValueError, OverflowError):
            pass
        raise FilterError(path, "wrong_value", "A day or an ISO moment is needed, like 2026-03-21.")

    def _segment(self, op: str, raw: object, path: str) -> Filter:
        slugs = _values(op, raw, path, _text)
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
        _only(raw, ("event", "where", "count", "within_days"), path)
        slug = raw["event"]
        kind = self.vocabulary.events.get(slug) if isinstance(slug, str) else None
        if kind is None:
            raise FilterError(_at(path, "event"), "unknown_event", "“%(name)s” is not a kind of event.", name=slug)
        within = None
        if raw.get("within_days") is not None:
            self._bar("relative_time", _at(path, "within_days"))
            within = _days(raw["within_days"], _at(path, "within_days"))
        low, high = _bounds(raw.get("count"), _at(path, "count"))
        return EventIs(slug, kind, parse_where(raw.get("where") or [], _at(path, "where")), low, high, within)


_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
# SQLite before 3.45 compares a name in a JSON path with the name as written, escapes and all.
_PROP = re.compile(r"[ !#-\[\]-~]{1,80}")


def _at(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key


def _only(raw: Mapping[str, Any], known: Sequence[str], path: str) -> None:
    for key in raw:
        if key not in known:
            raise FilterError(_at(path, str(key)), "unknown_key", "“%(name)s” is not part of a condition.", name=key)


def _list(raw: object, path: str) -> Sequence[Any]:
    if not isinstance(raw, list | tuple):
        raise FilterError(path, "not_list", "A list is needed.")
    if len(raw) > MOST_VALUES:
        raise FilterError(path, "too_many", "A list may have %(most)s values at most.", most=MOST_VALUES)
    return raw


def _pair(raw: object, path: str) -> tuple[Any, Any]:
    values = _list(raw, path)
    if len(values) != 2:
        raise FilterError(path, "wrong_value", "Two values are needed: from and to.")
    return values[0], values[1]


def _values(op: str, raw: object, path: str, one: Callable[[object, str], Any]) -> Any:
    """The value or values of an op, each read by `one`."""
    if op in ("in", "not_in"):
        found = tuple(one(each, f"{path}[{i}]") for i, each in enumerate(_list(raw, path)))
        if not found:
            raise FilterError(path, "wrong_value", "At least one value is needed.")
        return found
    if op == "between":
        first, last = _pair(raw, path)
        low, high = one(first, f"{path}[0]"), one(last, f"{path}[1]")
        if low > high:
            raise FilterError(path, "wrong_order", "The first value is after the second.")
        return low, high
    value = one(raw, path)
    return _needle(value, path) if op in ("contains", "starts") else value


def _reader_of(known: Field) -> Callable[[object, str], Any]:
    match known.type:
        case "number":
            return _number
        case "ref":
            return _id
        case "yes_no":
            return _flag
        case "day":
            return _iso_day
        case "choice" if known.choices:
            return lambda raw, path: _choice(raw, path, known.choices)
    return _text


def _text(raw: object, path: str) -> str:
    text = clean_line(raw) if isinstance(raw, str) else ""
    if not text or len(text) > LONGEST_TEXT:
        raise FilterError(path, "wrong_value", "A text of 1 to %(most)s characters is needed.", most=LONGEST_TEXT)
    return text


def _needle(text: str, path: str) -> str:
    folded = fold(text)
    if not folded:
        raise FilterError(path, "wrong_value", "A text of 1 to %(most)s characters is needed.", most=LONGEST_TEXT)
    return folded


def _choice(raw: object, path: str, choices: tuple[str, ...]) -> str:
    if raw not in choices:
        raise FilterError(path, "wrong_value", "One of these is needed: %(choices)s.", choices=", ".join(choices))
    return str(raw)


def _number(raw: object, path: str) -> float:
    if isinstance(raw, bool) or not isinstance(raw, int | float) or not math.isfinite(raw) or abs(raw) > 1e15:
        raise FilterError(path, "wrong_value", "A number is needed.")
    return float(raw)


def _id(raw: object, path: str) -> int:
    if isinstance(raw, bool) or not isinstance(raw, int) or not 0 < raw < 2**63:
        raise FilterError(path, "wrong_value", "An id is needed: a whole number.")
    return raw


def _flag(raw: object, path: str) -> bool:
    if not isinstance(raw, bool):
        raise FilterError(path, "wrong_value", "Yes or no is needed: true or false.")
    return raw


def _iso_day(raw: object, path: str) -> str:
    try:
        if isinstance(raw, str) and _DAY.fullmatch(raw):
            return date.fromisoformat(raw).isoformat()
    except ValueError:
        pass
    raise FilterError(path, "wrong_value", "A day is needed, like 2026-03-21.")


def _days(raw: object, path: str, *, whole: bool = False) -> float:
    if (
        isinstance(raw, bool)
        or not isinstance(raw, int | float)
        or not 0 < raw <= MOST_DAYS
        or (whole and raw != int(raw))
    ):
        raise FilterError(path, "wrong_value", "A number of days above 0 is needed, %(most)s at most.", most=MOST_DAYS)
    return float(raw)


def _midnight(day: date, zone: tzinfo) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)


def _bounds(raw: object, path: str) -> tuple[int, int | None]:
    """[low, high] of a count; without one, at least once."""
    if raw is None:
        return 1, None
    if not isinstance(raw, Mapping) or not raw:
        raise FilterError(path, "wrong_value", 'A count is an object, like {"gte": 2}.')
    low, high = 0, math.inf
    for op, number in raw.items():
        if op not in ("eq", "gt", "gte", "lt", "lte"):
            raise FilterError(_at(path, str(op)), "unknown_op", "“%(op)s” is not for counts.", op=op)
        if isinstance(number, bool) or not isinstance(number, int) or not 0 <= number <= 1_000_000:
            raise FilterError(_at(path, op), "wrong_value", "A whole number is needed.")
        if op in ("eq", "gt", "gte"):
            low = max(low, number + (op == "gt"))
        if op in ("eq", "lt", "lte"):
            high = min(high, number - (op == "lt"))
    if low > high:
        raise FilterError(path, "wrong_order", "No count is that.")
    return low, None if high == math.inf else int(high)


def _prop(raw: object, path: str) -> PropIs:
    if not isinstance(raw, Mapping):
        raise FilterError(path, "not_object", "A condition is an object.")
    _only(raw, ("prop", "op", "value"), path)
    prop, op, here = raw.get("prop"), raw.get("op", "is"), _at(path, "value")
    if not isinstance(prop, str) or not _PROP.fullmatch(prop):
        raise FilterError(_at(path, "prop"), "wrong_prop", "A prop is named by 1 to 80 Latin characters.")
    if op not in OPS["prop"]:
        raise FilterError(_at(path, "op"), "unknown_op", "“%(op)s” is not for props.", op=op)
    value = raw.get("value")
    match op:
        case "empty" | "not_empty":
            return PropIs(prop, op)
        case "is" | "is_not":
            return PropIs(prop, op, _alternatives([value], here))
        case "in" | "not_in":
            return PropIs(prop, op, _alternatives(_values(op, value, here, lambda raw, _: raw), here))
        case "contains" | "starts":
            return PropIs(prop, op, _values(op, value, here, _plain_text))
    return PropIs(prop, op, _values(op, value, here, _number))


def _plain_text(raw: object, path: str) -> str:
    """Text as sent: props are not cleaned. No database holds a NUL or half a character."""
    if not isinstance(raw, str) or not 0 < len(raw) <= LONGEST_TEXT or _UNSTORABLE.search(raw):
        raise FilterError(path, "wrong_value", "A text of 1 to %(most)s characters is needed.", most=LONGEST_TEXT)
    return raw


_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def _alternatives(values: Sequence[object], path: str) -> Alternatives:
    texts: list[str] = []
    numbers: list[float] = []
    flags: list[bool] = []
    for value in values:
        if isinstance(value, bool):
            flags.append(value)
            texts.append("true" if value else "false")
        elif isinstance(value, int | float):
            number = _number(value, path)
            numbers.append(number)
            texts.append(_as_text(number))
        else:
            text = _plain_text(value, path)
            texts.append(text)
            if text in ("true", "false"):
                flags.append(text == "true")
            elif _NUMERAL.fullmatch(text) and _as_text(float(text)) == text:
                numbers.append(float(text))
    return Alternatives(tuple(texts), tuple(numbers), tuple(flags))


_NUMERAL = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,15})?")


def _as_text(number: float) -> str:
    return str(int(number)) if number.is_integer() else repr(number)
