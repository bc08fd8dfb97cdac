"""What the reports refuse and say of themselves; that they count right is in test_figures."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from factories import AT, make_lead, make_user
from sarnakh.accounts.models import Role
from sarnakh.leads.models import CostLine
from sarnakh.learn import selectors

pytestmark = pytest.mark.django_db

SPAN = (date(2026, 3, 1), date(2026, 3, 2))
REPORTS = [selectors.funnel, selectors.conversion, selectors.flow, selectors.sales_cycle, selectors.economics]
REPORTS += [selectors.refusals, selectors.refusal_families, selectors.disqualification, selectors.managers]


@pytest.mark.parametrize("report", REPORTS)
def test_a_split_that_there_is_not_is_refused_by_name(report: Any) -> None:
    with pytest.raises(selectors.UnknownSplit) as caught:
        report(*SPAN, "shoe_size", AT, make_user(role=Role.ADMIN))
    assert caught.value.by == "shoe_size"
    assert caught.value.allowed


@pytest.mark.parametrize("report", REPORTS)
def test_an_empty_base_has_empty_reports(report: Any) -> None:
    for by in (None, "owner") if report is selectors.managers else (None, "source"):
        rows = report(*SPAN, by, AT, make_user(role=Role.ADMIN))
        assert all(getattr(row, "leads", 0) == 0 for row in rows)


def test_who_sees_a_part_of_the_leads_is_shown_no_costs() -> None:
    rep = make_user()
    make_lead(owner=rep, source="google")
    CostLine.objects.create(date=SPAN[0], source="google", currency="IRR", clicks=4, cost=1000)
    [own] = selectors.economics(*SPAN, "source", AT, rep)
    assert (own.leads, own.spend, own.cpl, own.clicks) == (1, None, None, None)
    [all_of_it] = selectors.economics(*SPAN, "source", AT, make_user(role=Role.MARKETER))
    assert (all_of_it.leads, all_of_it.spend, all_of_it.cpl, all_of_it.click_to_lead) == (1, 1000, 1000, 0.25)


def test_owners_are_called_by_name_and_no_owner_by_nothing() -> None:
    make_lead(owner=make_user(name="Sara"))
    make_lead()
    rows = selectors.funnel(*SPAN, "owner", AT, make_user(role=Role.ADMIN))
    assert [(row.label, row.key is None, row.leads) for row in rows] == [("Sara", False, 1), ("", True, 1)]


def test_the_number_of_queries_does_not_grow_with_the_leads(django_assert_max_num_queries: Any) -> None:
    admin = make_user(role=Role.ADMIN)
    for number in range(20):
        make_lead(source=f"s{number}", owner=make_user(), at=AT - timedelta(minutes=number))
    for report in REPORTS:
        with django_assert_max_num_queries(12):
            report(*SPAN, None, AT, admin)
