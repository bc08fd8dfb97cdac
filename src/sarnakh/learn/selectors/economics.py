"""What leads cost and earned: the cost lines of a period beside the leads created in it.

One row for each key and currency: nothing is converted. Counts belong to the key and stand in each of its rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import F, Sum, Value
from django.db.models.expressions import Combinable

from sarnakh.accounts.models import User
from sarnakh.convert.models import Deal
from sarnakh.leads.models import CostLine
from sarnakh.learn.rules import ratio
from sarnakh.learn.selectors.cohorts import cohort, cohort_counts
from sarnakh.learn.selectors.splits import Key, UnknownSplit, clean_key, house, in_order, key_of, sees_all

SPLITS = ("source", "medium", "campaign")
NOBODY = {"leads": 0, "mql": 0, "sql": 0, "customers": 0}


@dataclass(frozen=True, slots=True)
class EconomicsRow:
    """Money is in the smallest unit of `currency`; a ratio with nothing below it is None.

    Who does not see all leads is shown no costs: they would stand beside a part of the leads they brought.
    """

    key: Key
    label: str
    currency: str
    clicks: int | None
    impressions: int | None
    spend: int | None
    leads: int
    mql: int
    sql: int
    customers: int
    revenue: int
    cpc: float | None
    click_to_lead: float | None
    cpl: float | None
    cost_per_mql: float | None
    cost_per_sql: float | None
    cpa: float | None
    romi: float | None
    roas: float | None


@dataclass(frozen=True, slots=True)
class Spent:
    """What the cost lines of one key and currency add up to; None: not shown."""

    clicks: int | None = 0
    impressions: int | None = 0
    spend: int | None = 0


NOT_SHOWN = Spent(None, None, None)


def economics(start: date, end: date, by: str | None, as_of: datetime, user: User) -> list[EconomicsRow]:
    """Costs dated on the days [start, end), leads created on them, what became of these by `as_of`.

    Raises UnknownSplit.
    """
    if by is not None and by not in SPLITS:
        raise UnknownSplit(by, SPLITS)
    counts = cohort_counts(cohort(start, end, user), by, as_of)
    earned = _earned(start, end, by, as_of, user)
    spent = _spent(start, end, by) if sees_all(user) else {}
    nothing = Spent() if sees_all(user) else NOT_SHOWN
    places = {*earned, *spent}
    priced = {key for key, _ in places}
    empty = {None} if by is None else set()
    places |= {(key, house().currency) for key in {*counts, *empty} - priced}
    return [
        _row(
            key, currency, counts.get(key, NOBODY), earned.get((key, currency), 0), spent.get((key, currency), nothing)
        )
        for key, currency in sorted(places, key=lambda place: (in_order(place[0]), place[1]))
    ]


def _row(key: Key, currency: str, counts: dict[str, int], revenue: int, spent: Spent) -> EconomicsRow:
    spend = spent.spend
    return EconomicsRow(
        key=key,
        label="" if key is None else str(key),
        currency=currency,
        clicks=spent.clicks,
        impressions=spent.impressions,
        spend=spend,
        **counts,
        revenue=revenue,
        cpc=ratio(spend, spent.clicks),
        click_to_lead=ratio(counts["leads"], spent.clicks),
        cpl=ratio(spend, counts["leads"]),
        cost_per_mql=ratio(spend, counts["mql"]),
        cost_per_sql=ratio(spend, counts["sql"]),
        cpa=ratio(spend, counts["customers"]),
        romi=None if spend is None else ratio(revenue - spend, spend),
        roas=ratio(revenue, spend),
    )


def _earned(start: date, end: date, by: str | None, as_of: datetime, user: User) -> dict[tuple[Key, str], int]:
    """Won deals of the cohort's leads. A deal opened again is not won, for whatever `as_of`."""
    rows = (
        Deal.objects.filter(
            lead__in=cohort(start, end, user), status="won", hidden_at__isnull=True, closed_at__lte=as_of
        )
        .values(key=key_of(by, "lead__"), in_currency=F("currency"))
        .annotate(revenue=Sum("amount"))
        .order_by()
    )
    return {(clean_key(by, row["key"]), row["in_currency"]): row["revenue"] for row in rows}


def _spent(start: date, end: date, by: str | None) -> dict[tuple[Key, str], Spent]:
    key: Combinable = F(by) if by else Value("")
    rows = (
        CostLine.objects.filter(date__gte=start, date__lt=end)
        .values(key=key, in_currency=F("currency"))
        .annotate(all_clicks=Sum("clicks"), all_impressions=Sum("impressions"), spend=Sum("cost"))
        .order_by()
    )
    return {
        (clean_key(by, row["key"]), row["in_currency"]): Spent(
            int(row["all_clicks"]), int(row["all_impressions"]), int(row["spend"])
        )
        for row in rows
    }
