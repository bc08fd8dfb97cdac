"""What all reports share: whose leads count for whom, which period, and by what they are split."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import F, Q, QuerySet, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce

from sarnakh.accounts.models import Organisation, Role, Team, User
from sarnakh.catalogue.models import Product
from sarnakh.kit.text import pick
from sarnakh.leads.models import Lead
from sarnakh.leads.selectors import gate
from sarnakh.learn.rules import Period, period_of

OF_THE_FIRST_CARD = ("source", "medium", "campaign", "form", "direction")
OF_THE_LEAD = {"province": "person__province", "owner": "owner", "team": "team", "product": "product__slug"}
SPLITS = (*OF_THE_FIRST_CARD, *OF_THE_LEAD)

Key = str | int | None


class UnknownSplit(ValueError):
    """A report cannot be split by this; `allowed` says by what it can."""

    def __init__(self, by: str, allowed: Iterable[str]) -> None:
        self.by = by
        self.allowed = tuple(allowed)
        super().__init__(f"no split by {by!r}; one of: {', '.join(self.allowed)}")


@dataclass(frozen=True, slots=True)
class House:
    """What of the organisation the reports need."""

    tz: ZoneInfo
    currency: str
    working_week: dict[str, list[list[str]]]


def house() -> House:
    """The organisation's own ways; before it is set up, the defaults."""
    known = Organisation.objects.filter(id=1).first() or Organisation()
    return House(ZoneInfo(known.time_zone), known.currency, known.working_week)


def period(start: date, end: date) -> Period:
    """Days [start, end) in the organisation's time zone."""
    return period_of(start, end, house().tz)


def sees_all(user: User) -> bool:
    return user.role in (Role.ADMIN, Role.MARKETER)


def counted_leads(user: User) -> QuerySet[Lead]:
    """The leads that count for who asks: a rep's own, a manager's branch, else all; merged ones once, hidden never."""
    mine = Q(owner=user) if user.role == Role.REP else gate(user)
    return Lead.objects.filter(mine, merged_into__isnull=True, hidden_at__isnull=True)


def key_of(by: str | None, prefix: str = "", *, allowed: Iterable[str] = SPLITS) -> Combinable:
    """The split as an expression on Lead, or, with a prefix (`lead__`), on a table that hangs on it.

    Raises UnknownSplit.
    """
    if by is None:
        return Value("")
    if by not in allowed:
        raise UnknownSplit(by, allowed)
    if by in OF_THE_LEAD:
        return F(f"{prefix}{OF_THE_LEAD[by]}")
    # After a merge the row of the card that was created first is the one that has the lead.
    return Coalesce(F(f"{prefix}origin_source__{by}"), Value(""))


def clean_key(by: str | None, key: Any) -> Key:
    """A key as the rows carry it: None for the whole, for no owner, no team, no product."""
    return None if by is None else key


def namer(by: str | None, language: str) -> Callable[[Key], str]:
    """How a key is called: a person, a team or a product by name, anything else by itself; empty for none."""
    names: dict[Key, str] = {}
    if by == "owner":
        names = {user.id: user.get_full_name() for user in User.objects.only("id", "name", "email")}
    elif by == "team":
        names = dict(Team.objects.values_list("id", "name"))
    elif by == "product":
        names = {slug: pick(name, language) for slug, name in Product.objects.values_list("slug", "name")}
    return lambda key: names.get(key) or ("" if key is None else str(key))


def in_order(key: Key) -> tuple[bool, str]:
    """Sorts keys by name, none last."""
    return (key is None, str(key))
