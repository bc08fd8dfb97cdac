import pytest

from factories import AT, make_team, make_user
from sarnakh.accounts.models import Membership, SettingChange, User
from sarnakh.accounts.rules import Right, Scope
from sarnakh.accounts.selectors import (
    Forbidden,
    active_users,
    branch_of,
    demand,
    members_of,
    scope_for,
    user_by_email,
)
from sarnakh.accounts.services import AccountError, NewUser, Place, create_team, create_user, set_membership

pytestmark = pytest.mark.django_db


def test_a_new_user_can_sign_in_and_stands_in_the_log() -> None:
    admin = make_user(role="admin")
    new = NewUser("Babak@Example.com", role="manager", name=" بابك ", password="a-long-secret-1402", language="en")
    user = create_user(new, actor=admin, at=AT)
    kept = User.objects.get(id=user.id)
    assert (kept.email, kept.name, kept.role, kept.language) == ("babak@example.com", "بابک", "manager", "en")
    assert kept.check_password("a-long-secret-1402")
    assert SettingChange.objects.get().actor == admin


def test_without_a_password_nobody_signs_in() -> None:
    assert not create_user(NewUser("a@example.com"), actor=None, at=AT).has_usable_password()


@pytest.mark.parametrize(
    ("new", "field", "code"),
    [
        (NewUser("SARA@example.com"), "email", "taken"),
        (NewUser("sara"), "email", "no_at"),
        (NewUser("b@example.com", role="king"), "role", "unknown"),
        (NewUser("b@example.com", language="de"), "language", "unknown"),
        (NewUser("b@example.com", password="password123"), "password", "weak"),
        (NewUser("b@example.com", name="x" * 121), "name", "too_long"),
    ],
)
def test_a_refused_user_says_which_field_and_why(new: NewUser, field: str, code: str) -> None:
    make_user("sara@example.com")
    with pytest.raises(AccountError) as caught:
        create_user(new, actor=None, at=AT)
    assert (caught.value.field, caught.value.code) == (field, code)
    assert User.objects.count() == 1


def test_users_are_found_by_address_in_any_case_and_listed_while_active() -> None:
    sara = make_user("sara@example.com", name="Sara")
    make_user(name="Gone", is_active=False)
    assert user_by_email(" SARA@example.com ") == sara
    assert user_by_email("nobody@example.com") is None
    assert list(active_users()) == [sara]


def test_a_managers_branch_is_the_own_team_and_all_below() -> None:
    north = create_team("شمال", actor=None, at=AT)
    city = create_team("شهر", parent=north, actor=None, at=AT)
    south = create_team("جنوب", actor=None, at=AT)
    manager = make_user(role="manager", team=north)
    assert branch_of(manager) == {north.id, city.id}
    assert scope_for(manager) == Scope(teams=frozenset({north.id, city.id}))
    assert scope_for(make_user(team=south)) == Scope(pools=frozenset({south.id}))
    assert scope_for(make_user(role="marketer")).sees_all
    assert branch_of(make_user(role="manager")) == frozenset()


def test_a_team_name_is_taken_once() -> None:
    create_team("شمال", actor=None, at=AT)
    with pytest.raises(AccountError, match="taken"):
        create_team(" شمال ", actor=None, at=AT)


def test_a_member_has_a_place_that_can_change() -> None:
    team, user = make_team(), make_user()
    set_membership(team, user=user, actor=None, at=AT)
    set_membership(team, user=user, place=Place(weight=3, capacity=20, skills=("en", "b2b")), actor=None, at=AT)
    member = Membership.objects.get()
    assert (member.weight, member.capacity, member.skills) == (3, 20, ["b2b", "en"])
    user.refresh_from_db()
    assert user.team == team
    assert [line.new["weight"] for line in SettingChange.objects.order_by("id")] == [1, 3]
    assert [row.user for row in members_of(team.id)] == [user]


def test_a_second_team_does_not_move_a_person() -> None:
    first, second = make_team(), make_team()
    user = make_user(team=first)
    set_membership(second, user=user, actor=None, at=AT)
    user.refresh_from_db()
    assert user.team == first


@pytest.mark.parametrize(("place", "field"), [(Place(weight=-1), "weight"), (Place(capacity=-1), "capacity")])
def test_an_impossible_place_is_refused(place: Place, field: str) -> None:
    with pytest.raises(AccountError, match=field):
        set_membership(make_team(), user=make_user(), place=place, actor=None, at=AT)


def test_an_act_outside_the_role_is_forbidden() -> None:
    demand(make_user(role="admin"), Right.MANAGE_USERS)
    with pytest.raises(Forbidden) as caught:
        demand(make_user(), Right.MANAGE_USERS)
    assert caught.value.right is Right.MANAGE_USERS
