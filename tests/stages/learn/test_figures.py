"""Every figure of the reports equals a brute-force count over the log, the cost lines and the deals."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import date, datetime
from random import Random
from typing import Any

import pytest
from django.db import transaction
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from oracle import figures
from sarnakh.accounts.models import User
from sarnakh.leads.models import LeadMilestone
from sarnakh.learn import selectors
from sarnakh.learn.selectors.economics import SPLITS as OF_COSTS
from stages.learn.worlds import HALF_HOURS, Ground, day, moment, plan_of, write

pytestmark = pytest.mark.django_db

seeds = st.integers(0, 2**32)
# A written world is dear and a question is cheap: few worlds, many questions.
# Nothing is won by shrinking a seed.
few_worlds = settings(
    max_examples=max(1, settings().max_examples // 4), phases=(Phase.explicit, Phase.reuse, Phase.generate)
)


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


def questions(seed: int, ground: Ground) -> Iterator[tuple[date, date, datetime, User, figures.Sees]]:
    """Periods and as-of moments, for an admin, a manager and a rep."""
    dice = Random(seed)
    for user in (ground.admin, ground.admin, ground.admin, ground.manager, ground.rep):
        start = dice.randint(0, 14)
        length = dice.randint(2, 20)
        as_of = dice.choice((HALF_HOURS, dice.randint(start * 48, HALF_HOURS)))
        yield day(start), day(start + length), moment(as_of), user, sees(user, ground)


def sees(user: User, ground: Ground) -> figures.Sees:
    if user is ground.rep:
        return lambda card: card.owner == ground.rep.id
    if user is ground.manager:
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


@few_worlds
@given(seed=seeds)
def test_milestones_are_what_the_log_says(seed: int) -> None:
    with undone():
        world, _ = write(plan_of(seed))
        stored = LeadMilestone.objects.in_bulk()
        for card in figures.cards(world):
            kept = stored[card.lead.id]
            names = "created_at first_touch_at mql_at sql_at converted_at won_at disqualified_at".split()
            assert {name: getattr(kept, name) for name in names} == {name: getattr(card, name) for name in names}


@few_worlds
@given(seed=seeds)
def test_cohorts_flow_and_cycles_are_counted_right(seed: int) -> None:
    with undone():
        world, ground = write(plan_of(seed))
        for start, end, as_of, user, gate in questions(seed, ground):
            for by in (None, *selectors.SPLITS):
                for name in ("funnel", "conversion", "flow", "sales_cycle"):
                    rows = getattr(selectors, name)(start, end, by, as_of, user)
                    expected = getattr(figures, name)(world, start, end, by, as_of, gate)
                    assert keyed(rows, "key") == expected, (name, by)


@few_worlds
@given(seed=seeds)
def test_economics_are_counted_right(seed: int) -> None:
    with undone():
        world, ground = write(plan_of(seed))
        for start, end, as_of, user, gate in questions(seed, ground):
            for by in (None, *OF_COSTS):
                rows = selectors.economics(start, end, by, as_of, user)
                expected = figures.economics(world, start, end, by, as_of, gate, user is ground.admin)
                assert keyed(rows, "key", "currency") == expected, by


@few_worlds
@given(seed=seeds)
def test_refusals_are_counted_right(seed: int) -> None:
    with undone():
        world, ground = write(plan_of(seed))
        for *span, as_of, user, gate in questions(seed, ground):
            for by in (None, "source", "owner", "province"):
                reasons = selectors.refusals(*span, by, as_of, user)
                counted = keyed(reasons, "key", "reason", without=("reason_name", "family"))
                assert counted == figures.refusals(world, *span, by, as_of, gate), by
                families = keyed(selectors.refusal_families(*span, by, as_of, user), "key", "family")
                assert families == figures.refusals(world, *span, by, as_of, gate, families=True), by
                rates = keyed(selectors.disqualification(*span, by, as_of, user), "key")
                assert rates == figures.disqualification(world, *span, by, as_of, gate), by


@few_worlds
@given(seed=seeds)
def test_managers_are_counted_right(seed: int) -> None:
    with undone():
        world, ground = write(plan_of(seed))
        branch = {ground.rep: {ground.rep.id}, ground.manager: {ground.users[0].id, ground.users[2].id}}
        for start, end, as_of, user, _ in questions(seed, ground):
            rows = selectors.managers(start, end, None, as_of, user)
            expected = figures.managers(world, start, end, as_of, branch.get(user))
            assert keyed(rows, "key", "currency", without=("load",)) == expected
