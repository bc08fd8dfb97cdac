"""Tests on the props of an event: read from JSON, and held. The one meaning of `where`, for kinds and for Filters.

A missing prop (absent, null, "") matches only `empty`. A number and its text are one value (forms send text), other
types never equal each other. `contains` and `starts` compare folded text. `leads.filter.sql` says the same in SQL.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

MOST_VALUES, LONGEST_TEXT = 500, 500
COMPARE = ("gt", "gte", "lt", "lte", "between")
PROP_OPS = ("is", "is_not", "in", "not_in", "contains", "starts", *COMPARE, "empty", "not_empty")


class FilterError(ValueError):
    """A Filter says something that cannot be: where (`path`, like `all[0].op`), what (`code`), and in words.

    `text % params` is `message`; `text` is the message id to translate.
    """

    def __init__(self, path: str, code: str, text: str, **params: object) -> None:
        super().__init__(text % params)
        self.path, self.code, self.text, self.params, self.message = path, code, text, params, text % params


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


# --- held


def where_holds(where: Iterable[PropIs], props: Mapping[str, Any]) -> bool:
    """Whether an event's props pass every test."""
    return all(_prop_holds(test, props.get(test.prop)) for test in where)


def _prop_holds(test: PropIs, value: Any) -> bool:
    if value is None or value == "":
        return test.op == "empty"
    match test.op:
        case "empty":
            return False
        case "not_empty":
            return True
        case "is" | "in":
            return _is_one_of(value, test.value)
        case "is_not" | "not_in":
            return not _is_one_of(value, test.value)
        case "contains" | "starts":
            return isinstance(value, str) and text_holds(test.op, value, fold(test.value))
    if isinstance(value, bool) or not isinstance(value, int | float) or abs(value) >= 1e299:
        return False
    return order_holds(test.op, float(value), test.value)


def _is_one_of(value: Any, wanted: Alternatives) -> bool:
    if isinstance(value, bool):
        return value in wanted.flags
    if isinstance(value, int | float):
        return abs(value) < 1e299 and float(value) in wanted.numbers
    return isinstance(value, str) and value in wanted.texts


def text_holds(op: str, value: str, wanted: str) -> bool:
    return wanted in fold(value) if op == "contains" else fold(value).startswith(wanted)


def order_holds(op: str, value: Any, wanted: Any) -> bool:
    match op:
        case "gt":
            return bool(value > wanted)
        case "gte":
            return bool(value >= wanted)
        case "lt":
            return bool(value < wanted)
        case "lte":
            return bool(value <= wanted)
    return bool(wanted[0] <= value <= wanted[1])


# --- read


def parse_where(raw: object, path: str = "where") -> tuple[PropIs, ...]:
    """Read the tests on props of an event leaf or of a kind. Raises FilterError."""
    return tuple(_prop(test, f"{path}[{i}]") for i, test in enumerate(values_of(raw, path)))


# SQLite before 3.45 compares a name in a JSON path with the name as written, escapes and all.
_PROP = re.compile(r"[ !#-\[\]-~]{1,80}")


def _prop(raw: object, path: str) -> PropIs:
    if not isinstance(raw, Mapping):
        raise FilterError(path, "not_object", "A condition is an object.")
    only(raw, ("prop", "op", "value"), path)
    prop, op, here = raw.get("prop"), raw.get("op", "is"), place(path, "value")
    if not isinstance(prop, str) or not _PROP.fullmatch(prop):
        raise FilterError(place(path, "prop"), "wrong_prop", "A prop is named by 1 to 80 Latin characters.")
    if op not in PROP_OPS:
        raise FilterError(place(path, "op"), "unknown_op", "“%(op)s” is not for props.", op=op)
    value = raw.get("value")
    match op:
        case "empty" | "not_empty":
            return PropIs(prop, op)
        case "is" | "is_not":
            return PropIs(prop, op, _alternatives([value], here))
        case "in" | "not_in":
            return PropIs(prop, op, _alternatives(given(op, value, here, lambda raw, _: raw), here))
        case "contains" | "starts":
            return PropIs(prop, op, given(op, value, here, plain_text))
    return PropIs(prop, op, given(op, value, here, number_value))


def _alternatives(values: Sequence[object], path: str) -> Alternatives:
    texts: list[str] = []
    numbers: list[float] = []
    flags: list[bool] = []
    for value in values:
        if isinstance(value, bool):
            flags.append(value)
            texts.append("true" if value else "false")
        elif isinstance(value, int | float):
            number = number_value(value, path)
            numbers.append(number)
            texts.append(_as_text(number))
        else:
            text = plain_text(value, path)
            texts.append(text)
            if text in ("true", "false"):
                flags.append(text == "true")
            elif _NUMERAL.fullmatch(text) and _as_text(float(text)) == text:
                numbers.append(float(text))
    return Alternatives(tuple(texts), tuple(numbers), tuple(flags))


_NUMERAL = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,15})?")


def _as_text(number: float) -> str:
    return str(int(number)) if number.is_integer() else repr(number)


def place(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key


def only(raw: Mapping[str, Any], known: Sequence[str], path: str) -> None:
    for key in raw:
        if key not in known:
            raise FilterError(place(path, str(key)), "unknown_key", "“%(name)s” is not part of a condition.", name=key)


def values_of(raw: object, path: str) -> Sequence[Any]:
    if not isinstance(raw, list | tuple):
        raise FilterError(path, "not_list", "A list is needed.")
    if len(raw) > MOST_VALUES:
        raise FilterError(path, "too_many", "A list may have %(most)s values at most.", most=MOST_VALUES)
    return raw


def pair(raw: object, path: str) -> tuple[Any, Any]:
    values = values_of(raw, path)
    if len(values) != 2:
        raise FilterError(path, "wrong_value", "Two values are needed: from and to.")
    return values[0], values[1]


def given(op: str, raw: object, path: str, one: Callable[[object, str], Any]) -> Any:
    """The value or values of an op, each read by `one`."""
    if op in ("in", "not_in"):
        found = tuple(one(each, f"{path}[{i}]") for i, each in enumerate(values_of(raw, path)))
        if not found:
            raise FilterError(path, "wrong_value", "At least one value is needed.")
        return found
    if op == "between":
        first, last = pair(raw, path)
        low, high = one(first, f"{path}[0]"), one(last, f"{path}[1]")
        if low > high:
            raise FilterError(path, "wrong_order", "The first value is after the second.")
        return low, high
    value = one(raw, path)
    return needle(value, path) if op in ("contains", "starts") else value


def needle(text: str, path: str) -> str:
    folded = fold(text)
    if not folded:
        raise FilterError(path, "wrong_value", "A text of 1 to %(most)s characters is needed.", most=LONGEST_TEXT)
    return folded


def number_value(raw: object, path: str) -> float:
    if isinstance(raw, bool) or not isinstance(raw, int | float) or not math.isfinite(raw) or abs(raw) > 1e15:
        raise FilterError(path, "wrong_value", "A number is needed.")
    return float(raw)


def plain_text(raw: object, path: str) -> str:
    """Text as sent: props are not cleaned. No database holds a NUL or half a character."""
    if not isinstance(raw, str) or not 0 < len(raw) <= LONGEST_TEXT or _UNSTORABLE.search(raw):
        raise FilterError(path, "wrong_value", "A text of 1 to %(most)s characters is needed.", most=LONGEST_TEXT)
    return raw


_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


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
