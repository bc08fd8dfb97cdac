"""The one thing that `learn` writes: what channels cost. All else here only reads."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.core.exceptions import PermissionDenied
from django.db import transaction

from sarnakh.accounts.models import Role, User
from sarnakh.kit.money import Money, MoneyError, parse_money
from sarnakh.kit.text import clean_line
from sarnakh.leads.models import CostLine

LARGEST_COUNT = 2**31 - 1
OLDEST = date(2000, 1, 1)  # a Jalali year written as if it were Gregorian lies before
FURTHEST = timedelta(days=366)
KEY = ("date", "source", "medium", "campaign", "currency")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


@dataclass(frozen=True, slots=True)
class BadValue:
    """What is wrong with one value. `field` is "<line from 0>.<name>"; `code` is for machines."""

    field: str
    code: str


class BadCosts(ValueError):
    """Some lines are not cost lines; nothing was written. `errors` names each bad value."""

    def __init__(self, errors: Sequence[BadValue]) -> None:
        self.errors = tuple(errors)
        super().__init__(", ".join(f"{error.field}: {error.code}" for error in errors))


def put_costs(lines: Sequence[Mapping[str, object]], *, actor: User, at: datetime) -> int:
    """Write cost lines {date, source, medium, campaign, clicks, impressions, cost, currency}; returns how many stand.

    A line replaces the one of the same date, source, medium, campaign and currency; of two in one call the later wins.
    `cost` is an integer of the smallest unit; Toman (IRT) becomes Rial x 10. All or nothing.
    Raises BadCosts, and PermissionDenied for who may not write costs.
    """
    if actor.role not in (Role.ADMIN, Role.MARKETER):
        raise PermissionDenied
    errors: list[BadValue] = []
    rows: dict[tuple[object, ...], CostLine] = {}
    for number, line in enumerate(lines):
        row = _checked(line, number, at, errors)
        rows[tuple(getattr(row, name) for name in KEY)] = row
    if errors:
        raise BadCosts(errors)
    with transaction.atomic():
        CostLine.objects.bulk_create(
            rows.values(),
            update_conflicts=True,
            unique_fields=KEY,
            update_fields=["clicks", "impressions", "cost"],
            batch_size=1000,
        )
    return len(rows)


def _checked(line: Mapping[str, object], number: int, at: datetime, errors: list[BadValue]) -> CostLine:
    def wrong(name: str, code: str) -> None:
        errors.append(BadValue(f"{number}.{name}", code))

    def text(name: str, most: int) -> str:
        value = line.get(name) or ""
        if not isinstance(value, str):
            wrong(name, "not_a_text")
            return ""
        value = clean_line(value)
        if len(value) > most:
            wrong(name, "too_long")
        return value

    def count(name: str) -> int:
        value = line.get(name)
        if value is None:
            return 0
        if isinstance(value, bool) or not isinstance(value, int):
            wrong(name, "not_an_integer")
        elif value < 0:
            wrong(name, "negative")
        elif value > LARGEST_COUNT:
            wrong(name, "too_large")
        else:
            return value
        return 0

    money = _cost(line, wrong)
    return CostLine(
        date=_day(line.get("date"), at, wrong),
        source=text("source", 120),
        medium=text("medium", 120),
        campaign=text("campaign", 200),
        currency=money.currency,
        clicks=count("clicks"),
        impressions=count("impressions"),
        cost=money.amount,
    )


def _cost(line: Mapping[str, object], wrong: Callable[[str, str], None]) -> Money:
    currency = line.get("currency")
    if not isinstance(currency, str) or not currency:
        wrong("currency", "required" if not currency else "unknown_currency")
        return Money(0, "")
    try:
        return parse_money(line.get("cost", 0), currency.strip())
    except MoneyError as error:
        wrong("currency" if error.code == "unknown_currency" else "cost", error.code)
        return Money(0, "")


def _day(value: object, at: datetime, wrong: Callable[[str, str], None]) -> date:
    day = value
    if isinstance(value, str):
        try:
            day = date.fromisoformat(value) if _DAY.fullmatch(value) else None
        except ValueError:
            day = None
    if not isinstance(day, date) or isinstance(day, datetime):
        wrong("date", "required" if not value else "not_a_day")
        return OLDEST
    if not OLDEST <= day <= at.date() + FURTHEST:
        wrong("date", "out_of_range")
    return day
