"""Values of a Filter, each read as what its field and op need; refused with a `FilterError` that names the place."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, tzinfo
from typing import Any

from sarnakh.kit.text import clean_line
from sarnakh.leads.filter.language import Field, FilterError, fold

MOST_VALUES, LONGEST_TEXT, MOST_DAYS = 500, 500, 36_525

ISO_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


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
    return _needle(value, path) if op in ("contains", "starts") else value


def reader_of(known: Field) -> Callable[[object, str], Any]:
    match known.type:
        case "number":
            return number_value
        case "ref":
            return _id
        case "yes_no":
            return _flag
        case "day":
            return _iso_day
        case "choice" if known.choices:
            return lambda raw, path: _choice(raw, path, known.choices)
    return text_value


def text_value(raw: object, path: str) -> str:
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


def number_value(raw: object, path: str) -> float:
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
        if isinstance(raw, str) and ISO_DAY.fullmatch(raw):
            return date.fromisoformat(raw).isoformat()
    except ValueError:
        pass
    raise FilterError(path, "wrong_value", "A day is needed, like 2026-03-21.")


def days_value(raw: object, path: str, *, whole: bool = False) -> float:
    if (
        isinstance(raw, bool)
        or not isinstance(raw, int | float)
        or not 0 < raw <= MOST_DAYS
        or (whole and raw != int(raw))
    ):
        raise FilterError(path, "wrong_value", "A number of days above 0 is needed, %(most)s at most.", most=MOST_DAYS)
    return float(raw)


def midnight(day: date, zone: tzinfo) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)


def plain_text(raw: object, path: str) -> str:
    """Text as sent: props are not cleaned. No database holds a NUL or half a character."""
    if not isinstance(raw, str) or not 0 < len(raw) <= LONGEST_TEXT or _UNSTORABLE.search(raw):
        raise FilterError(path, "wrong_value", "A text of 1 to %(most)s characters is needed.", most=LONGEST_TEXT)
    return raw


_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
