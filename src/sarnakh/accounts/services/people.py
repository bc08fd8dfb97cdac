"""People, their teams and their preferences."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from sarnakh.accounts.models import Membership, Role, Team, User
from sarnakh.accounts.services.checks import LANGUAGES, THEMES, AccountError, one_of, required_line, short_line
from sarnakh.accounts.services.settings import log_change
from sarnakh.kit.emails import EmailError, parse_email
from sarnakh.kit.text import clean_line


@dataclass(frozen=True, slots=True)
class NewUser:
    """A person to let in; without a password they cannot sign in until one is set."""

    email: str
    role: str = Role.REP
    name: str = ""
    password: str | None = None
    team: Team | None = None
    language: str = "fa"


@dataclass(frozen=True, slots=True)
class Place:
    """Somebody's place in a team: share of the leads, how many at once (None: no limit), what they are good at."""

    weight: int = 1
    capacity: int | None = None
    skills: tuple[str, ...] = ()


@transaction.atomic
def create_user(new: NewUser, *, actor: User | None, at: datetime) -> User:
    """Let a person in. Raises AccountError: taken or wrong address, unknown role or language, weak password."""
    user = User(
        email=_checked_email(new.email),
        name=short_line(new.name, "name", 120),
        role=one_of("role", Role.values)(new.role),
        team=new.team,
        language=one_of("language", LANGUAGES)(new.language),
        created_at=at,
    )
    if new.password is not None:
        _check_password(new.password, user)
    user.set_password(new.password)
    try:
        with transaction.atomic():
            user.save()
    except IntegrityError as error:
        raise AccountError("email", "taken") from error
    log_change(f"user.{user.id}", old=None, new={"role": user.role, "team": user.team_id}, actor=actor, at=at)
    return user


@transaction.atomic
def create_team(name: str, *, parent: Team | None = None, actor: User | None, at: datetime) -> Team:
    """Add a team, below another or at the top. Raises AccountError."""
    team = Team(name=required_line("name", 120)(name), parent=parent)
    try:
        with transaction.atomic():
            team.save()
    except IntegrityError as error:
        raise AccountError("name", "taken") from error
    log_change(f"team.{team.id}", old=None, new={"name": team.name, "parent": team.parent_id}, actor=actor, at=at)
    return team


@transaction.atomic
def set_membership(
    team: Team, *, user: User, place: Place | None = None, actor: User | None, at: datetime
) -> Membership:
    """Put somebody in a team or change their place there; a first team becomes their own. Raises AccountError."""
    place = place or Place()
    if not 0 <= place.weight <= 100:
        raise AccountError("weight", "out_of_range", "0 to 100")
    if place.capacity is not None and place.capacity < 0:
        raise AccountError("capacity", "negative")
    new = {"weight": place.weight, "capacity": place.capacity, "skills": sorted({clean_line(s) for s in place.skills})}
    kept = Membership.objects.filter(team=team, user=user).first()
    old = None if kept is None else {name: getattr(kept, name) for name in new}
    membership, _ = Membership.objects.update_or_create(team=team, user=user, defaults=new)
    if user.team_id is None:
        user.team = team
        user.save(update_fields=["team"])
    if old != new:
        log_change(f"team.{team.id}.member.{user.id}", old=old, new=new, actor=actor, at=at)
    return membership


def set_language(user: User, *, language: str) -> None:
    """The language in which a user sees everything. Raises AccountError."""
    user.language = one_of("language", LANGUAGES)(language)
    user.save(update_fields=["language"])


def set_theme(user: User, *, theme: str) -> None:
    """Light, dark, or as the device has it. Raises AccountError."""
    user.theme = one_of("theme", THEMES)(theme)
    user.save(update_fields=["theme"])


def _checked_email(text: str) -> str:
    try:
        address = parse_email(text).address
    except EmailError as error:
        raise AccountError("email", error.code) from error
    if User.objects.filter(email__iexact=address).exists():
        raise AccountError("email", "taken")
    return address


def _check_password(password: str, user: User) -> None:
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise AccountError("password", "weak", *error.messages) from error
