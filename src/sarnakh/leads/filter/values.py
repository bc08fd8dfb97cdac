"""Values of a Filter, each read as what its field and op need; refused with a `FilterError` that names the place."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, tzinfo
from typing import Any

from sarnakh.kit.text import clean_line
from sarnakh.leads.filter.language import Field
from sarnakh.leads.props import LONGEST_TEXT, FilterError, number_value

MOST_DAYS = 36_525

ISO_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


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


def _choice(raw: object, path: str, choices: tuple[str, ...]) -> str:
    if raw not in choices:
        raise FilterError(path, "wrong_value", "One of these is needed: %(choices)s.", choices=", ".join(choices))
    return str(raw)


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
