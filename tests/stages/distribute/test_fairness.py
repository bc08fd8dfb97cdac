"""Fair and within capacity when many assign at once."""

import contextlib
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection

from factories import AT, make_lead, make_team, make_user
from sarnakh.accounts.models import Membership
from sarnakh.distribute.models import Assignment
from sarnakh.distribute.services import assign, save_rule
from sarnakh.leads.models import Event, Lead

pytestmark = [pytest.mark.django_db(transaction=True)]
WORKERS, EACH = 4, 15


def at_once(batches: list[list[int]]) -> None:
    """Assign each batch in a thread of its own, all starting together; an error in one fails the test."""
    start = threading.Barrier(len(batches))

    def work(ids: list[int]) -> None:
        start.wait()
        with contextlib.closing(connection):
            for lead in ids:
                assign([lead], at=AT + timedelta(hours=1))

    with ThreadPoolExecutor(len(batches)) as pool:
        for done in [pool.submit(work, ids) for ids in batches]:
            done.result()


def test_counts_differ_by_one_at_most_for_each_weight_when_many_assign_at_once() -> None:
    team = make_team()
    weights = [1, 1, 2]
    people = [make_user(team=team) for _ in weights]
    for person, weight in zip(people, weights, strict=True):
        Membership.objects.create(team=team, user=person, weight=weight)
    save_rule(None, name="همه", when={"all": []}, team=team, user=None, method="round_robin")
    ids = [make_lead().id for _ in range(WORKERS * EACH)]
    at_once([ids[i::WORKERS] for i in range(WORKERS)])
    in_order = list(Assignment.objects.order_by("id").values_list("user_id", flat=True))
    assert len(in_order) == WORKERS * EACH
    given: Counter[int | None] = Counter()
    for user in in_order:  # at every moment, not only at the end
        given[user] += 1
        shares = [given[person.id] / weight for person, weight in zip(people, weights, strict=True)]
        assert max(shares) - min(shares) <= 1
    assert given == Counter(Lead.objects.values_list("owner_id", flat=True))


def test_no_lead_is_given_twice_when_two_take_the_same_batch() -> None:
    team = make_team()
    for _ in range(2):
        Membership.objects.create(team=team, user=make_user(team=team))
    save_rule(None, name="همه", when={"all": []}, team=team, user=None, method="round_robin")
    ids = [make_lead().id for _ in range(EACH)]
    at_once([ids] * WORKERS)
    assert Assignment.objects.count() == Event.objects.filter(name="lead_assigned").count() == EACH


def test_capacity_holds_over_two_rules_that_share_a_person() -> None:
    first, second = make_team(), make_team()
    person = make_user(team=first)
    for team in (first, second):
        Membership.objects.create(team=team, user=person, capacity=10)
    hot = {"field": "score", "op": "gte", "value": 50}
    save_rule(None, name="داغ", when=hot, team=first, user=None, method="round_robin")
    save_rule(None, name="همه", when={"all": []}, team=second, user=None, method="round_robin")
    warm = [make_lead(score=90).id for _ in range(EACH)]
    cold = [make_lead(score=10).id for _ in range(EACH)]
    at_once([warm[::2], cold[::2], warm[1::2], cold[1::2]])
    assert Lead.objects.filter(owner=person).count() == 10
