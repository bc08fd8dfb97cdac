"""How far leads came and how long it took: funnel, conversion, flow, sales cycle.

Funnel and conversion follow a cohort, the leads created in the period, up to `as_of`; flow counts what entered each
stage in the period, whatever its cohort. The two are never drawn in one funnel.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Count, Q, QuerySet

from sarnakh.accounts.models import User
from sarnakh.leads.models import Lead
from sarnakh.learn.rules import median, percentile, ratio
from sarnakh.learn.selectors.splits import Key, clean_key, counted_leads, in_order, key_of, namer, period

LIFE = ("milestone__first_touch_at", "milestone__created_at", "milestone__won_at")


@dataclass(frozen=True, slots=True)
class FunnelRow:
    """Leads of a cohort, and how many of them had reached each stage by `as_of`."""

    key: Key
    label: str
    leads: int
    mql: int
    sql: int
    customers: int


@dataclass(frozen=True, slots=True)
class ConversionRow(FunnelRow):
    """The cohort's rates, 0..1. Young: not even the usual sales cycle has passed since the period ended."""

    lead_to_mql: float | None
    mql_to_sql: float | None
    lead_to_sql: float | None
    lead_to_sale: float | None
    is_young: bool


@dataclass(frozen=True, slots=True)
class FlowRow:
    """How many leads came into being in the period, and how many first reached each stage in it."""

    key: Key
    label: str
    leads: int
    mql: int
    sql: int
    customers: int


@dataclass(frozen=True, slots=True)
class CycleRow:
    """Seconds from the first touch to the win, and from creation to the win, of the leads won in the period."""

    key: Key
    label: str
    count: int
    median_s: float | None
    p90_s: float | None
    lead_time_median_s: float | None
    lead_time_p90_s: float | None


def funnel(start: date, end: date, by: str | None, as_of: datetime, user: User) -> list[FunnelRow]:
    """The cohort created on the days [start, end). Raises UnknownSplit."""
    name = namer(by, user.language)
    rows = [
        FunnelRow(key, name(key), **counts)
        for key, counts in cohort_counts(cohort(start, end, user), by, as_of).items()
    ]
    if by is None and not rows:
        rows.append(FunnelRow(None, "", 0, 0, 0, 0))
    return sorted(rows, key=lambda row: in_order(row.key))


def conversion(start: date, end: date, by: str | None, as_of: datetime, user: User) -> list[ConversionRow]:
    """The rates of the cohort created on the days [start, end). Raises UnknownSplit."""
    usual = _usual_cycle(as_of, user)
    is_young = usual is not None and (as_of - period(start, end).until).total_seconds() < usual
    return [
        ConversionRow(
            **asdict(row),
            lead_to_mql=ratio(row.mql, row.leads),
            mql_to_sql=ratio(row.sql, row.mql),
            lead_to_sql=ratio(row.sql, row.leads),
            lead_to_sale=ratio(row.customers, row.leads),
            is_young=is_young,
        )
        for row in funnel(start, end, by, as_of, user)
    ]


def flow(start: date, end: date, by: str | None, as_of: datetime, user: User) -> list[FlowRow]:
    """What entered each stage on the days [start, end). Raises UnknownSplit."""
    days = period(start, end)

    def entered(milestone: str) -> Q:
        at = f"milestone__{milestone}"
        return Q(**{f"{at}__gte": days.since, f"{at}__lt": days.until, f"{at}__lte": as_of})

    moves = {
        "leads": entered("created_at"),
        "mql": entered("mql_at"),
        "sql": entered("sql_at"),
        "customers": entered("won_at"),
    }
    moved = Q()
    for move in moves.values():
        moved |= move
    name = namer(by, user.language)
    groups = (
        counted_leads(user)
        .filter(moved)
        .values(key=key_of(by))
        .annotate(**{each: Count("pk", filter=move) for each, move in moves.items()})
    )
    rows = [
        FlowRow(key=clean_key(by, group["key"]), label=name(group["key"]), **_figures(group))
        for group in groups.order_by()
    ]
    if by is None and not rows:
        rows.append(FlowRow(None, "", 0, 0, 0, 0))
    return sorted(rows, key=lambda row: in_order(row.key))


def sales_cycle(start: date, end: date, by: str | None, as_of: datetime, user: User) -> list[CycleRow]:
    """How long the leads won on the days [start, end) took. Raises UnknownSplit."""
    days = period(start, end)
    won = counted_leads(user).filter(
        milestone__won_at__gte=days.since, milestone__won_at__lt=days.until, milestone__won_at__lte=as_of
    )
    lives: Iterable[Any] = won.annotate(key=key_of(by)).values_list("key", *LIFE)
    cycles: dict[Key, list[float]] = defaultdict(list)
    lead_times: dict[Key, list[float]] = defaultdict(list)
    if by is None:
        cycles[None] = []
    for raw, first_touch_at, created_at, won_at in lives:
        key = clean_key(by, raw)
        cycles[key].append((won_at - (first_touch_at or created_at)).total_seconds())
        lead_times[key].append((won_at - created_at).total_seconds())
    name = namer(by, user.language)
    return [
        CycleRow(
            key=key,
            label=name(key),
            count=len(cycles[key]),
            median_s=median(cycles[key]),
            p90_s=percentile(cycles[key], 0.9),
            lead_time_median_s=median(lead_times[key]),
            lead_time_p90_s=percentile(lead_times[key], 0.9),
        )
        for key in sorted(cycles, key=in_order)
    ]


def cohort(start: date, end: date, user: User) -> QuerySet[Lead]:
    """The leads created on the days [start, end) that count for who asks."""
    days = period(start, end)
    return counted_leads(user).filter(milestone__created_at__gte=days.since, milestone__created_at__lt=days.until)


def cohort_counts(leads: QuerySet[Lead], by: str | None, as_of: datetime) -> dict[Key, dict[str, int]]:
    """{key: {leads, mql, sql, customers}} by `as_of`. The log's fold fills what was jumped."""
    groups = (
        leads.values(key=key_of(by))
        .annotate(
            leads=Count("pk"),
            mql=Count("pk", filter=Q(milestone__mql_at__lte=as_of)),
            sql=Count("pk", filter=Q(milestone__sql_at__lte=as_of)),
            customers=Count("pk", filter=Q(milestone__won_at__lte=as_of)),
        )
        .order_by()
    )
    return {clean_key(by, group["key"]): _figures(group) for group in groups}


def _usual_cycle(as_of: datetime, user: User) -> float | None:
    """The median of all sales cycles that had ended by `as_of`, in seconds; None before the first win."""
    lives: Iterable[Any] = counted_leads(user).filter(milestone__won_at__lte=as_of).values_list(*LIFE)
    return median((won_at - (touched_at or created_at)).total_seconds() for touched_at, created_at, won_at in lives)


def _figures(group: Mapping[str, Any]) -> dict[str, int]:
    return {name: group[name] for name in ("leads", "mql", "sql", "customers")}
