"""The maintained score and temperature equal those computed from scratch, now and at any past moment."""

from __future__ import annotations

import pytest

from oracle.score_world import World
from sarnakh.leads.models import Lead
from sarnakh.score.rules import microseconds
from sarnakh.score.selectors import score_at, shares, version_at
from sarnakh.score.services import build_slice, go_back, publish

pytestmark = pytest.mark.django_db


def check_now(world: World) -> None:
    """What lists show is what a count from scratch says at this moment."""
    version = version_at(world.now)
    assert version is not None
    for lead in Lead.objects.filter(id__in=world.leads):
        found = score_at(lead, world.now)
        assert found.score == pytest.approx(world.value(lead.id, version.number, microseconds(world.now)), abs=1e-6)
        assert abs(lead.score - found.score) < 1.0
        assert lead.temperature == found.temperature
        assert lead.scored_at is not None
        then = score_at(lead, lead.scored_at, version=version.number)
        assert lead.score == pytest.approx(then.score, abs=1e-6)


def check_past(world: World, moments: int = 4) -> None:
    checked = 0
    for lead in Lead.objects.filter(id__in=world.leads):
        for at in [world.random_moment() for _ in range(moments)]:
            version = version_at(at)
            if version is None:
                continue
            found = score_at(lead, at)
            assert found.score == pytest.approx(world.value(lead.id, version.number, microseconds(at)), abs=1e-6)
            assert sum(s.hundredths for s in shares(lead, at)) == pytest.approx(
                100 * (found.fit + found.engagement), abs=0.500001
            )
            expected = world.temperature(lead.id, version.number, microseconds(at))
            assert expected in (None, found.temperature)
            checked += expected is not None
    assert checked


@pytest.mark.parametrize("seed", range(3))
def test_the_maintained_score_equals_the_one_from_scratch(seed: int) -> None:
    world = World(seed)
    world.publish()
    for step in range(16):
        world.pass_time(world.rng.choice((0.5, 6, 30, 100)))
        world.act(late=step % 4 == 3)
        if step % 3 == 0:
            check_now(world)
    check_now(world)
    check_past(world)


@pytest.mark.parametrize("seed", range(2))
def test_they_are_equal_while_a_version_is_built_and_after(seed: int) -> None:
    world = World(seed, leads=4)
    first = world.publish()
    for _ in range(8):
        world.pass_time(20)
        world.act()
    second = world.write_rules()
    publish(actor=None, at=world.now)
    is_going_on = True
    while is_going_on:
        is_going_on = build_slice(second, at=world.now, size=1)
        world.pass_time(0.2)
        world.act(late=world.rng.random() < 0.5)
        version = version_at(world.now)
        assert version is not None
        if version.number == first:
            check_now(world)
    check_now(world)
    for _ in range(5):
        world.pass_time(30)
        world.act(late=True)
        check_now(world)
    check_past(world)
    go_back(first, actor=None, at=world.now)
    world.build(first)
    world.work()
    check_now(world)
    world.pass_time(200)
    check_now(world)
    for lead in Lead.objects.filter(id__in=world.leads):
        expected = world.temperature(lead.id, first, microseconds(world.now))
        assert expected in (None, lead.temperature), "the fold of the first version went on from its own beginning"
