"""Reports, and what channels cost."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime, time, timedelta
from typing import Annotated, Any, Generic, TypeVar

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import Body as FromBody
from ninja import Query, Router
from pydantic import BaseModel, Field

from sarnakh.accounts.models import User
from sarnakh.accounts.rules import Right
from sarnakh.accounts.selectors import time_zone
from sarnakh.api.answers import act, caller, reply
from sarnakh.api.bodies import Amount, Body, Day, Moment, Shape, Text120, Text200
from sarnakh.api.door import Key
from sarnakh.api.pages import Cursor, Limit, Page, page
from sarnakh.api.problems import invalid, with_problems
from sarnakh.leads.models import CostLine
from sarnakh.learn import selectors as reports
from sarnakh.learn.services import put_costs

router = Router(tags=["reports and costs"])

Row = TypeVar("Row")
Report = Callable[[date, date, str | None, datetime, User], Sequence[Any]]
LONGEST = timedelta(days=3660)


class Rows(BaseModel, Generic[Row]):
    """A report: one row for each key of the split, all of them."""

    items: list[Row]
    next: None = None


REPORTS: dict[str, tuple[Report, type]] = {
    "funnel": (reports.funnel, reports.FunnelRow),
    "conversion": (reports.conversion, reports.ConversionRow),
    "flow": (reports.flow, reports.FlowRow),
    "sales-cycle": (reports.sales_cycle, reports.CycleRow),
    "economics": (reports.economics, reports.EconomicsRow),
    "refusals": (reports.refusals, reports.RefusalRow),
    "refusal-families": (reports.refusal_families, reports.FamilyRow),
    "disqualification": (reports.disqualification, reports.DisqualificationRow),
    "managers": (reports.managers, reports.ManagerRow),
}


def _declare(name: str, report: Report, row: type) -> None:
    rows = Rows[row]  # type: ignore[valid-type]  # made at run time for the description

    def read_report(
        request: HttpRequest,
        start: Annotated[Day, Query(alias="from", description="first day, in the organisation's time")],
        end: Annotated[Day, Query(alias="to", description="the day after the last")],
        by: Annotated[str | None, Query(max_length=40, description="what to split by: source, owner, …")] = None,
        as_of: Annotated[
            Day | Moment | None, Query(description="outcomes up to here: a day (its end) or a moment; now without it")
        ] = None,
    ) -> HttpResponse:
        if not timedelta(0) < end - start <= LONGEST:
            raise invalid("to", "out_of_range", _("The end must be after the start, ten years at most"))
        found = report(start, end, by or None, _as_of(as_of), caller(request).user)
        return reply(rows(items=list(found)))

    read_report.__doc__ = (report.__doc__ or "").split(" Raises")[0]
    router.get(
        f"/reports/{name}",
        auth=Key(Right.SEE_REPORTS),
        response=with_problems({200: rows}),
        operation_id=f"report_{name.replace('-', '_')}",
        summary=f"Report: {name}",
    )(read_report)


def _as_of(asked: date | datetime | None) -> datetime:
    now = timezone.now()
    if asked is None:
        return now
    if not isinstance(asked, datetime):
        asked = datetime.combine(asked + timedelta(days=1), time(), tzinfo=time_zone())
    return min(asked, now)


for _name, (_report, _row) in REPORTS.items():
    _declare(_name, _report, _row)


# --- costs -----------------------------------------------------------------------------------------------------------

Count = Annotated[int, Field(ge=0, le=2**31 - 1)]


class CostIn(Body):
    """What a day of a channel cost, in the smallest unit of the currency."""

    date: Day
    source: Text120 = ""
    medium: Text120 = ""
    campaign: Text200 = ""
    clicks: Count = 0
    impressions: Count = 0
    cost: Amount = 0
    currency: Annotated[str, Field(min_length=3, max_length=3)]


class Written(Shape):
    written: int


class CostOut(Shape):
    id: int
    date: date
    source: str
    medium: str
    campaign: str
    clicks: int
    impressions: int
    cost: int
    currency: str


@router.post(
    "/costs", auth=Key(Right.MANAGE_CAMPAIGNS), response=with_problems({200: Written}), operation_id="put_costs"
)
@act
def write_costs(
    request: HttpRequest, lines: Annotated[list[CostIn], FromBody(min_length=1, max_length=5000)]
) -> HttpResponse:
    """Write cost lines; one replaces the line of the same date, source, medium, campaign and currency."""
    written = put_costs([line.model_dump() for line in lines], actor=caller(request).user, at=timezone.now())
    return reply(Written(written=written))


@router.get(
    "/costs", auth=Key(Right.SEE_REPORTS), response=with_problems({200: Page[CostOut]}), operation_id="list_costs"
)
def list_costs(
    request: HttpRequest,
    start: Annotated[Day | None, Query(alias="from")] = None,
    end: Annotated[Day | None, Query(alias="to", description="exclusive")] = None,
    source: Annotated[str, Query(max_length=120)] = "",
    limit: Limit = 50,
    cursor: Cursor = "",
) -> HttpResponse:
    """Cost lines, the latest written first."""
    rows = CostLine.objects.all()
    for column, value in (("date__gte", start), ("date__lt", end), ("source", source or None)):
        if value is not None:
            rows = rows.filter(**{column: value})
    return reply(page(rows, _costs, sort="-id", limit=limit, cursor=cursor))


def _costs(rows: Sequence[CostLine]) -> list[CostOut]:
    return [CostOut.model_validate(row) for row in rows]
