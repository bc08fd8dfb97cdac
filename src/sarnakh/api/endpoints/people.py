"""Who works here: users and teams."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Literal

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import Path, Router
from pydantic import Field

from sarnakh.accounts.models import Team, User
from sarnakh.accounts.rules import Right
from sarnakh.accounts.services import NewUser, Place, create_team, create_user, set_membership
from sarnakh.api.answers import act, caller, reply
from sarnakh.api.bodies import Body, Id, Shape, Text120
from sarnakh.api.door import Key
from sarnakh.api.pages import Cursor, Limit, Page, page
from sarnakh.api.problems import invalid, not_there, with_problems

router = Router(tags=["users and teams"])

Role = Literal["rep", "manager", "marketer", "admin"]


class UserIn(Body):
    """Somebody to let in. Without a password they cannot sign in until one is set."""

    email: Annotated[str, Field(max_length=254)]
    name: Text120 = ""
    role: Role = "rep"
    language: Literal["fa", "en"] = "fa"
    team: Id | None = None
    password: Annotated[str, Field(max_length=200)] | None = None


class UserOut(Shape):
    id: int
    email: str
    name: str
    role: str
    language: str
    team: int | None
    is_active: bool
    is_available: bool
    created_at: datetime


@router.get("/users", auth=Key(), response=with_problems({200: Page[UserOut]}), operation_id="list_users")
def list_users(
    request: HttpRequest,
    limit: Limit = 50,
    cursor: Cursor = "",
) -> HttpResponse:
    """Everyone who works here."""
    return reply(page(User.objects.all(), _users, sort="id", limit=limit, cursor=cursor))


@router.get("/users/me", auth=Key(), response=with_problems({200: UserOut}), operation_id="get_me")
def get_me(request: HttpRequest) -> HttpResponse:
    """Whose key this is."""
    return reply(_users([caller(request).user])[0])


@router.get("/users/{int:user_id}", auth=Key(), response=with_problems({200: UserOut}), operation_id="get_user")
def get_user(request: HttpRequest, user_id: Annotated[Id, Path()]) -> HttpResponse:
    """One of them."""
    found = User.objects.filter(id=user_id).first()
    if found is None:
        raise not_there()
    return reply(_users([found])[0])


@router.post("/users", auth=Key(Right.MANAGE_USERS), response=with_problems({201: UserOut}), operation_id="add_user")
@act
def add_user(request: HttpRequest, body: UserIn) -> HttpResponse:
    """Let somebody in."""
    new = NewUser(
        email=body.email,
        role=body.role,
        name=body.name,
        password=body.password,
        team=team_named(body.team) if body.team else None,
        language=body.language,
    )
    return reply(_users([create_user(new, actor=caller(request).user, at=timezone.now())])[0], 201)


class MemberIn(Body):
    """A person's place in a team: share of the leads, how many at once, what they are good at."""

    user: Id
    weight: Annotated[int, Field(ge=0, le=100)] = 1
    capacity: Annotated[int, Field(ge=0, le=2**31 - 1)] | None = None
    skills: Annotated[list[Text120], Field(max_length=50)] = []


class TeamIn(Body):
    name: Annotated[str, Field(min_length=1, max_length=120)]
    parent: Id | None = None
    members: Annotated[list[MemberIn], Field(max_length=200)] = []


class MembersPatch(Body):
    """The members named join the team, or take another place in it."""

    members: Annotated[list[MemberIn], Field(max_length=200)]


class MemberOut(Shape):
    user: int
    weight: int
    capacity: int | None
    skills: list[str]


class TeamOut(Shape):
    id: int
    name: str
    parent: int | None
    is_active: bool
    members: list[MemberOut]


@router.get("/teams", auth=Key(), response=with_problems({200: Page[TeamOut]}), operation_id="list_teams")
def list_teams(request: HttpRequest, limit: Limit = 50, cursor: Cursor = "") -> HttpResponse:
    """The teams with their members."""
    rows = Team.objects.prefetch_related("memberships")
    return reply(page(rows, _teams, sort="id", limit=limit, cursor=cursor))


@router.get("/teams/{int:team_id}", auth=Key(), response=with_problems({200: TeamOut}), operation_id="get_team")
def get_team(request: HttpRequest, team_id: Annotated[Id, Path()]) -> HttpResponse:
    """One team."""
    return reply(_team(team_id))


@router.post("/teams", auth=Key(Right.MANAGE_USERS), response=with_problems({201: TeamOut}), operation_id="add_team")
@act
def add_team(request: HttpRequest, body: TeamIn) -> HttpResponse:
    """Make a team with its members."""
    actor, now = caller(request).user, timezone.now()
    parent = team_named(body.parent, "parent") if body.parent else None
    team = create_team(body.name, parent=parent, actor=actor, at=now)
    _place(team, body.members, actor, now)
    return reply(_team(team.id), 201)


@router.patch(
    "/teams/{int:team_id}",
    auth=Key(Right.MANAGE_USERS),
    response=with_problems({200: TeamOut}),
    operation_id="place_members",
)
@act
def place_members(request: HttpRequest, team_id: Annotated[Id, Path()], body: MembersPatch) -> HttpResponse:
    """Add members to a team, or change their places."""
    team = Team.objects.filter(id=team_id).first()
    if team is None:
        raise not_there()
    _place(team, body.members, caller(request).user, timezone.now())
    return reply(_team(team_id))


def team_named(team_id: int, field: str = "team") -> Team:
    """A team of ours. Raises Problem 422."""
    found = Team.objects.filter(id=team_id).first()
    if found is None:
        raise invalid(field, "unknown_team", _("There is no team with this id"))
    return found


def user_named(user_id: int, field: str = "owner") -> User:
    """Somebody who works here. Raises Problem 422."""
    found = User.objects.filter(id=user_id, is_active=True).first()
    if found is None:
        raise invalid(field, "unknown_user", _("Nobody here has this id"))
    return found


def _place(team: Team, members: Sequence[MemberIn], actor: User, now: datetime) -> None:
    for i, member in enumerate(members):
        user = user_named(member.user, f"members[{i}].user")
        place = Place(member.weight, member.capacity, tuple(member.skills))
        set_membership(team, user=user, place=place, actor=actor, at=now)


def _team(team_id: int) -> TeamOut:
    found = Team.objects.prefetch_related("memberships").filter(id=team_id).first()
    if found is None:
        raise not_there()
    return _teams([found])[0]


def _teams(rows: Sequence[Team]) -> list[TeamOut]:
    return [
        TeamOut(
            id=row.id,
            name=row.name,
            parent=row.parent_id,
            is_active=row.is_active,
            members=[
                MemberOut(user=each.user_id, weight=each.weight, capacity=each.capacity, skills=each.skills)
                for each in sorted(row.memberships.all(), key=lambda each: each.id)
            ],
        )
        for row in rows
    ]


def _users(rows: Sequence[User]) -> list[UserOut]:
    return [
        UserOut(
            id=row.id,
            email=row.email,
            name=row.name,
            role=row.role,
            language=row.language,
            team=row.team_id,
            is_active=row.is_active,
            is_available=row.is_available,
            created_at=row.created_at,
        )
        for row in rows
    ]
