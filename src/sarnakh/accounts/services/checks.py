"""What makes an input fit to be stored; a refusal names the field."""

from __future__ import annotations

import zoneinfo
from collections.abc import Callable, Iterable, Mapping

from sarnakh.kit.money import MoneyError, exponent
from sarnakh.kit.text import clean_line
from sarnakh.kit.worktime import WeekError, parse_week

LANGUAGES = ("fa", "en")
THEMES = ("auto", "light", "dark")
CALENDARS = ("jalali", "gregorian")


class AccountError(ValueError):
    """An input is refused: `field` names it, `code` says why, `details` is for people (English or the user's)."""

    def __init__(self, field: str, code: str, *details: str) -> None:
        super().__init__(f"{field}: {code}" + "".join(f"; {detail}" for detail in details))
        self.field = field
        self.code = code
        self.details = details


def short_line(text: str, name: str, longest: int) -> str:
    text = clean_line(text)
    if len(text) > longest:
        raise AccountError(name, "too_long")
    return text


def required_line(name: str, longest: int) -> Callable[[object], str]:
    def check(value: object) -> str:
        text = short_line(value, name, longest) if isinstance(value, str) else ""
        if not text:
            raise AccountError(name, "empty")
        return text

    return check


def one_of(name: str, allowed: Iterable[str]) -> Callable[[object], str]:
    def check(value: object) -> str:
        if not isinstance(value, str) or value not in allowed:
            raise AccountError(name, "unknown", *allowed)
        return value

    return check


def _time_zone(value: object) -> str:
    if not isinstance(value, str) or value not in zoneinfo.available_timezones():
        raise AccountError("time_zone", "unknown")
    return value


def _currency(value: object) -> str:
    try:
        exponent(str(value))
    except MoneyError as error:
        raise AccountError("currency", error.code) from error
    return str(value)


def _week(value: object) -> Mapping[str, list[list[str]]]:
    try:
        parse_week(value)  # type: ignore[arg-type]  # whatever it is, parse_week says what is wrong with it
    except WeekError as error:
        raise AccountError("working_week", "malformed", str(error)) from error
    except (TypeError, AttributeError) as error:
        raise AccountError("working_week", "malformed") from error
    return value  # type: ignore[return-value]  # checked above


# A column of the organisation and what makes a value fit for it.
COLUMNS: dict[str, Callable[[object], object]] = {
    "name": required_line("name", 200),
    "language": one_of("language", LANGUAGES),
    "time_zone": _time_zone,
    "calendar": one_of("calendar", CALENDARS),
    "currency": _currency,
    "working_week": _week,
}
