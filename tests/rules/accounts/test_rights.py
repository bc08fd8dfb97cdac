import pytest
from hypothesis import given
from hypothesis import strategies as st

from sarnakh.accounts.rules import RIGHTS, Right, Scope, branch, may, rights_of, scope_of, unknown_scopes

ROLES = st.sampled_from(sorted(RIGHTS))


@pytest.mark.parametrize(
    ("role", "right", "answer"),
    [
        ("rep", Right.WRITE_LEADS, True),
        ("rep", Right.ASSIGN_LEADS, False),
        ("rep", Right.MANAGE_RULES, False),
        ("manager", Right.ASSIGN_LEADS, True),
        ("manager", Right.READ_ALL, False),
        ("marketer", Right.READ_ALL, True),
        ("marketer", Right.MANAGE_RULES, True),
        ("marketer", Right.WRITE_LEADS, False),
        ("marketer", Right.MANAGE_USERS, False),
        ("admin", Right.MANAGE_USERS, True),
        ("nobody", Right.READ, False),
    ],
)
def test_a_role_may_do_its_own_work(role: str, right: Right, answer: bool) -> None:
    assert may(role, right) is answer


def test_an_admin_may_do_everything() -> None:
    assert RIGHTS["admin"] == frozenset(Right)


@given(ROLES, st.sets(st.sampled_from([right.value for right in Right])))
def test_scopes_only_narrow_what_a_role_may_do(role: str, scopes: set[str]) -> None:
    rights = rights_of(role, scopes)
    assert rights <= RIGHTS[role]
    assert rights == (RIGHTS[role] & scopes if scopes else RIGHTS[role])
    assert all(isinstance(right, Right) for right in rights)


def test_a_scope_that_names_no_right_is_known() -> None:
    assert unknown_scopes(["read", "fly", "backdate", "dig"]) == ["dig", "fly"]


@pytest.mark.parametrize(
    ("role", "team", "below", "scope"),
    [
        ("rep", 3, {3, 4}, Scope(pools=frozenset({3}))),
        ("rep", None, (), Scope()),
        ("manager", 3, {3, 4}, Scope(teams=frozenset({3, 4}))),
        ("manager", None, (), Scope()),
        ("marketer", 3, (), Scope(sees_all=True)),
        ("admin", None, (), Scope(sees_all=True)),
        ("nobody", 3, {3}, Scope()),
    ],
)
def test_a_role_sees_its_part(role: str, team: int | None, below: set[int], scope: Scope) -> None:
    assert scope_of(role, team, below) == scope


def test_a_branch_is_a_team_and_all_below_it() -> None:
    parents = {1: None, 2: 1, 3: 1, 4: 2, 5: None, 6: 5}
    assert branch(parents, 1) == {1, 2, 3, 4}
    assert branch(parents, 4) == {4}


@given(st.dictionaries(st.integers(0, 8), st.one_of(st.none(), st.integers(0, 8))), st.integers(0, 8))
def test_any_tree_even_a_knot_has_a_branch(parents: dict[int, int | None], root: int) -> None:
    found = branch(parents, root)
    assert root in found
    assert all(child in found for child, parent in parents.items() if parent in found)
