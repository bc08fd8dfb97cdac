"""Costs are put in by marketers and admins, replaced on their key, and refused by name."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied

from factories import AT, make_user
from sarnakh.accounts.models import Role, User
from sarnakh.leads.models import CostLine
from sarnakh.learn.services import BadCosts, put_costs

pytestmark = pytest.mark.django_db


def line(**other: Any) -> dict[str, Any]:
    return {
        "date": "2026-02-20",
        "source": "google",
        "medium": "cpc",
        "campaign": "nowruz",
        "clicks": 100,
        "impressions": 5000,
        "cost": 20_000_000,
        "currency": "IRR",
        **other,
    }


@pytest.fixture
def marketer() -> User:
    return make_user(role=Role.MARKETER)


def codes(*lines: dict[str, Any], actor: User) -> list[tuple[str, str]]:
    with pytest.raises(BadCosts) as caught:
        put_costs(lines, actor=actor, at=AT)
    return [(error.field, error.code) for error in caught.value.errors]


def test_a_line_is_kept_as_given(marketer: User) -> None:
    assert put_costs([line()], actor=marketer, at=AT) == 1
    kept = CostLine.objects.get()
    assert (kept.date, kept.source, kept.medium, kept.campaign) == (date(2026, 2, 20), "google", "cpc", "nowruz")
    assert (kept.clicks, kept.impressions, kept.cost, kept.currency) == (100, 5000, 20_000_000, "IRR")


def test_the_same_key_is_replaced_and_another_currency_is_not(marketer: User) -> None:
    put_costs([line()], actor=marketer, at=AT)
    put_costs([line(cost=7, clicks=1), line(cost=900, currency="EUR")], actor=marketer, at=AT)
    assert sorted(CostLine.objects.values_list("currency", "cost", "clicks")) == [("EUR", 900, 100), ("IRR", 7, 1)]


def test_toman_is_kept_as_rial_and_meets_its_rial_line(marketer: User) -> None:
    put_costs([line(cost=5), line(cost=2_000_000, currency="IRT")], actor=marketer, at=AT)
    assert list(CostLine.objects.values_list("currency", "cost")) == [("IRR", 20_000_000)]


def test_of_two_lines_with_one_key_the_later_stands(marketer: User) -> None:
    assert put_costs([line(cost=1), line(cost=2)], actor=marketer, at=AT) == 1
    assert CostLine.objects.get().cost == 2


def test_source_medium_campaign_and_counts_may_be_left_out(marketer: User) -> None:
    put_costs([{"date": date(2026, 2, 20), "cost": 5, "currency": "irr"}], actor=marketer, at=AT)
    kept = CostLine.objects.get()
    assert (kept.source, kept.campaign, kept.clicks, kept.currency) == ("", "", 0, "IRR")


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"cost": 1.5}, ("1.cost", "float")),
        ({"cost": "12"}, ("1.cost", "not_an_integer")),
        ({"cost": -1}, ("1.cost", "negative")),
        ({"cost": 2**63}, ("1.cost", "too_large")),
        ({"currency": "ZZZ"}, ("1.currency", "unknown_currency")),
        ({"currency": 5}, ("1.currency", "unknown_currency")),
        ({"currency": ""}, ("1.currency", "required")),
        ({"clicks": -1}, ("1.clicks", "negative")),
        ({"clicks": True}, ("1.clicks", "not_an_integer")),
        ({"impressions": 2**31}, ("1.impressions", "too_large")),
        ({"date": "1404-12-01"}, ("1.date", "out_of_range")),
        ({"date": "2026-02-30"}, ("1.date", "not_a_day")),
        ({"date": "20260220"}, ("1.date", "not_a_day")),
        ({"date": None}, ("1.date", "required")),
        ({"date": AT}, ("1.date", "not_a_day")),
        ({"source": "x" * 121}, ("1.source", "too_long")),
        ({"campaign": 7}, ("1.campaign", "not_a_text")),
    ],
)
def test_a_bad_value_is_named_and_nothing_is_written(
    marketer: User, wrong: dict[str, Any], code: tuple[str, str]
) -> None:
    assert codes(line(), line(**wrong), actor=marketer) == [code]
    assert not CostLine.objects.exists()


def test_all_bad_values_are_named_at_once(marketer: User) -> None:
    assert codes(line(cost=-1, clicks=-1), line(date="x"), actor=marketer) == [
        ("0.cost", "negative"),
        ("0.clicks", "negative"),
        ("1.date", "not_a_day"),
    ]


@pytest.mark.parametrize("role", [Role.REP, Role.MANAGER])
def test_reps_and_managers_may_not_put_costs(role: Role) -> None:
    with pytest.raises(PermissionDenied):
        put_costs([line()], actor=make_user(role=role), at=AT)


def test_many_lines_are_few_statements(marketer: User, django_assert_max_num_queries: Any) -> None:
    lines = [line(campaign=f"c{number}") for number in range(500)]
    with django_assert_max_num_queries(10):
        assert put_costs(lines, actor=marketer, at=AT) == 500
