"""Every figure of the reports equals a brute-force count over the log, the cost lines and the deals."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import date, datetime
from typing import Any

import pytest
from django.db import transaction
from hypothesis import given
from hypothesis import strategies as st

from oracle import figures
from sarnakh.leads.models import LeadMilestone
from sarnakh.learn import selectors
from stages.learn.worlds import Ground, day, halves, moment, plans, write

pytestmark = pytest.mark.django_db

spans = st.tuples(st.integers(0, 20), st.integers(1, 14)).map(lambda span: (day(span[0]), day(span[0] + span[1])))
splits = st.none() | st.sampled_from(selectors.SPLITS)
askers = st.sampled_from(("admin", "manager", "rep"))


class _Undone(Exception):
    pass


@contextmanager
def undone() -> Iterator[None]:
    """One example must not see the rows of another."""
    try:
        with transaction.atomic():
            yield
            raise _Undone
    except _Undone:
        pass


def sees(asker: str, ground: Ground) -> figures.Sees:
    if asker == "rep":
        return lambda card: card.owner == ground.rep.id
    if asker == "manager":
        return lambda card: card.owner == ground.manager.id or card.team == ground.teams[1].id
    return None


def keyed(rows: list[Any], *key: str, without: tuple[str, ...] = ()) -> dict[Any, dict[str, Any]]:
    """Rows as the oracle has them; a key seen twice fails."""
    found: dict[Any, dict[str, Any]] = {}
    for row in rows:
        figures_of = {name: value for name, value in asdict(row).items() if name not in ("label", *key, *without)}
        place = tuple(getattr(row, name) for name in key)
        place = place[0] if len(place) == 1 else place
        assert place not in found
        found[place] = figures_of
    return found


@given(plan=plans())
def test_milestones_are_what_the_log_says(plan: dict[str, Any]) -> None:
    with undone():
        world, _ = write(plan)
        stored = LeadMilestone.objects.in_bulk()
        for card in figures.cards(world):
            kept = stored[card.lead.id]
            for name in ("created_at", "first_touch_at", "mql_at", "sql_at", "converted_at", "won_at"):
                assert getattr(kept, name) == getattr(card, name), name
            assert kept.disqualified_at == card.disqualified_at


@given(plan=plans(), span=spans, by=splits, half=halves, asker=askers)
def test_cohorts_flow_and_cycles_are_counted_right(
    plan: dict[str, Any], span: tuple[date, date], by: str | None, half: int, asker: str
) -> None:
    with undone():
        world, ground = write(plan)
        as_of, user, gate = moment(half), getattr(ground, asker), sees(asker, ground)
        for name in ("funnel", "conversion", "flow", "sales_cycle"):
            rows = getattr(selectors, name)(*span, by, as_of, user)
            assert keyed(rows, "key") == getattr(figures, name)(world, *span, by, as_of, gate), name


@given(
    plan=plans(),
    span=spans,
    by=st.none() | st.sampled_from(("source", "medium", "campaign")),
    half=halves,
    asker=askers,
)
def test_economics_are_counted_right(
    plan: dict[str, Any], span: tuple[date, date], by: str | None, half: int, asker: str
) -> None:
    with undone():
        world, ground = write(plan)
        rows = selectors.economics(*span, by, moment(half), getattr(ground, asker))
        expected = figures.economics(world, *span, by, moment(half), sees(asker, ground), asker == "admin")
        assert keyed(rows, "key", "currency") == expected


@given(plan=plans(), span=spans, by=splits, half=halves, asker=askers)
def test_refusals_are_counted_right(
    plan: dict[str, Any], span: tuple[date, date], by: str | None, half: int, asker: str
) -> None:
    with undone():
        world, ground = write(plan)
        as_of, user, gate = moment(half), getattr(ground, asker), sees(asker, ground)
        reasons = selectors.refusals(*span, by, as_of, user)
        assert keyed(reasons, "key", "reason", without=("reason_name", "family")) == figures.refusals(
            world, *span, by, as_of, gate
        )
        families = selectors.refusal_families(*span, by, as_of, user)
        assert keyed(families, "key", "family") == figures.refusals(world, *span, by, as_of, gate, families=True)
        rates = selectors.disqualification(*span, by, as_of, user)
        assert keyed(rates, "key") == figures.disqualification(world, *span, by, as_of, gate)


@given(plan=plans(), span=spans, half=halves, asker=askers)
def test_managers_are_counted_right(plan: dict[str, Any], span: tuple[date, date], half: int, asker: str) -> None:
    with undone():
        world, ground = write(plan)
        as_of: datetime = moment(half)
        users = {"rep": {ground.rep.id}, "manager": {ground.users[0].id, ground.users[2].id}}.get(asker)
        rows = selectors.managers(*span, None, as_of, getattr(ground, asker))
        assert keyed(rows, "key", "currency", without=("load",)) == figures.managers(world, *span, as_of, users)
