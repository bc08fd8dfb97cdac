"""Whose turn it is."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sarnakh.distribute.rules import METHODS, Choice, Member, choose, obstacle


def deal_out(members: list[Member], many: int, *, method: str = "round_robin", turn: dict[str, int] | None = None):
    """Give `many` leads; answers (leads by user, the turn after it)."""
    given_to: Counter[int] = Counter()
    state = dict(turn or {})
    for _ in range(many):
        choice = choose(members, state, method=method)
        state = dict(choice.turn)
        if choice.user is not None:
            given_to[choice.user] += 1
    return given_to, state


@pytest.mark.parametrize(
    ("member", "why"),
    [
        (Member(1), None),
        (Member(1, is_active=False, is_available=False), "inactive"),
        (Member(1, is_available=False), "away"),
        (Member(1, weight=0), "away"),
        (Member(1, capacity=3, load=2), None),
        (Member(1, capacity=3, load=3), "full"),
        (Member(1, capacity=0), "full"),
    ],
)
def test_who_cannot_take_a_lead_is_told_why(member: Member, why: str | None) -> None:
    assert obstacle(member) == why


def test_nobody_is_chosen_when_everyone_has_an_obstacle() -> None:
    away, full = Member(2, is_available=False), Member(1, capacity=1, load=1)
    assert choose([away, full], {}, method="round_robin") == Choice(None, {}, (), ((full, "full"), (away, "away")))


def test_the_turn_goes_around() -> None:
    turn: dict[str, int] = {}
    order = []
    for _ in range(6):
        choice = choose([Member(3), Member(1), Member(2)], turn, method="round_robin")
        turn = dict(choice.turn)
        order.append(choice.user)
    assert order == [1, 2, 3, 1, 2, 3]


def test_who_comes_back_does_not_get_what_was_missed() -> None:
    here, away = [Member(1), Member(2)], [Member(1), Member(2, is_available=False)]
    _, turn = deal_out(here, 10)
    _, turn = deal_out(away, 50, turn=turn)
    after, _ = deal_out(here, 10, turn=turn)
    assert after == {1: 5, 2: 5}


def test_a_newcomer_starts_level_with_the_others() -> None:
    _, turn = deal_out([Member(1), Member(2)], 100)
    after, _ = deal_out([Member(1), Member(2), Member(3)], 30, turn=turn)
    assert after == {1: 10, 2: 10, 3: 10}


def test_a_changed_weight_counts_from_now_on() -> None:
    _, turn = deal_out([Member(1), Member(2)], 100)
    after, _ = deal_out([Member(1, weight=3), Member(2)], 40, turn=turn)
    assert after == {1: 30, 2: 10}


def test_least_loaded_takes_the_one_with_fewest_open_leads_for_their_weight() -> None:
    members = [Member(1, load=4, weight=2), Member(2, load=3), Member(3, load=9)]
    assert choose(members, {}, method="least_loaded").user == 1


def test_skill_asks_for_the_skill_only_where_the_lead_names_one() -> None:
    members = [Member(1), Member(2, skills=frozenset({"crm"}))]
    assert choose(members, {}, method="skill", wanted="crm").user == 2
    assert choose(members, {}, method="skill").user == 1
    assert choose(members, {}, method="round_robin", wanted="crm").user == 1


@given(weights=st.lists(st.integers(1, 9), min_size=1, max_size=8), many=st.integers(0, 200))
def test_leads_for_each_unit_of_weight_never_differ_by_more_than_one(weights: list[int], many: int) -> None:
    members = [Member(user, weight=weight) for user, weight in enumerate(weights, start=1)]
    given_to, turn = deal_out(members, many)
    shares = [given_to[member.user] / member.weight for member in members]
    assert max(shares) - min(shares) <= 1
    assert sum(given_to.values()) == many
    assert max(turn.values(), default=0) <= 720_720


@given(
    there=st.lists(st.sets(st.integers(1, 4)), max_size=60),
    method=st.sampled_from(METHODS),
)
def test_only_who_is_there_gets_a_lead_however_people_come_and_go(there: list[set[int]], method: str) -> None:
    turn: dict[str, int] = {}
    for present in there:
        choice = choose([Member(u, is_available=u in present) for u in (1, 2, 3, 4)], turn, method=method)
        turn = dict(choice.turn)
        assert (choice.user in present) if present else choice.user is None
        assert {member.user for member, _ in choice.skipped} == {1, 2, 3, 4} - present


@given(absences=st.lists(st.integers(0, 2), max_size=40))
def test_two_who_were_both_there_all_along_stay_level_while_a_third_comes_and_goes(absences: list[int]) -> None:
    turn: dict[str, int] = {}
    given_to: Counter[int] = Counter()
    for absent in absences:
        choice = choose([Member(1), Member(2), Member(3, is_available=absent == 0)], turn, method="round_robin")
        turn = dict(choice.turn)
        given_to[choice.user or 0] += 1
    assert abs(given_to[1] - given_to[2]) <= 1
