"""Reads of who works here, and of the organisation as each process remembers it for a moment."""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo

from django.db import connection
from django.db.models import QuerySet

from sarnakh.accounts import rules
from sarnakh.accounts.models import Holiday, Membership, Organisation, Team, User
from sarnakh.kit.worktime import Week, parse_week

_REMEMBERED_SECONDS = 1.5  # a change is seen everywhere within 2 s


class Forbidden(Exception):
    """An act outside what the role may do; `right` says which."""

    def __init__(self, right: rules.Right) -> None:
        super().__init__(right.value)
        self.right = right


class NotSetUp(Exception):
    """The base has no organisation yet: the set-up link has not been used."""


@dataclass(frozen=True, slots=True)
class WorkingTime:
    """What `kit.worktime` asks for: the week, the days off and the time zone of the organisation."""

    week: Week
    holidays: frozenset[date]
    tz: tzinfo


@dataclass(frozen=True, slots=True)
class _Remembered:
    organisation: Organisation
    working_time: WorkingTime
    until: float


_remembered: dict[int, _Remembered] = {}  # by the id of the organisation, which is 1


def is_set_up() -> bool:
    """Whether the organisation exists."""
    return bool(_remembered) or Organisation.objects.exists()


def organisation() -> Organisation:
    """The one organisation, a moment old at most; read only: changes go through `services.change_setting`.

    Raises NotSetUp.
    """
    return _recall().organisation


def working_time() -> WorkingTime:
    """The organisation's working week, days off and time zone, a moment old at most. Raises NotSetUp."""
    return _recall().working_time


def time_zone() -> tzinfo:
    """The organisation's time zone. Raises NotSetUp."""
    return working_time().tz


def setting(name: str, default: object = None) -> object:
    """A value of `Organisation.settings`. Raises NotSetUp."""
    return organisation().settings.get(name, default)


def remember_organisation() -> None:
    """Read the organisation now if need be, so that a transaction that follows has it at hand."""
    with suppress(NotSetUp):
        _recall()


def forget_organisation() -> None:
    """Make this process read the organisation afresh."""
    _remembered.clear()


def active_users() -> QuerySet[User]:
    """Those who may sign in, by name."""
    return User.objects.filter(is_active=True).order_by("name", "id")


def user_by_email(email: str) -> User | None:
    """The user with an address, in any letter case."""
    return User.objects.filter(email__iexact=email.strip()).first()


def members_of(team_id: int) -> QuerySet[Membership]:
    """The memberships of a team whose users are active, with their users, in the order they joined."""
    return Membership.objects.filter(team=team_id, user__is_active=True).select_related("user").order_by("id")


def branch_of(user: User) -> frozenset[int]:
    """Ids of the user's own team and all below; empty without a team."""
    if user.team_id is None:
        return frozenset()
    return rules.branch(dict(Team.objects.values_list("id", "parent_id")), user.team_id)


def demand(user: User, right: rules.Right) -> None:
    """Raise Forbidden unless the user's role has the right."""
    if not rules.may(user.role, right):
        raise Forbidden(right)


def scope_for(user: User) -> rules.Scope:
    """Which leads a user sees; see `rules.Scope`."""
    return rules.scope_of(user.role, user.team_id, branch_of(user) if user.role == "manager" else ())


def _recall() -> _Remembered:
    # A monotonic clock for the age of a cache is no statement about when something happened.
    now = time.monotonic()
    kept = _remembered.get(1)
    if kept is not None and kept.until > now:
        return kept
    found = Organisation.objects.filter(id=1).first()
    if found is None:
        raise NotSetUp
    fresh = _Remembered(found, _working_time_of(found), now + _REMEMBERED_SECONDS)
    # What a transaction in progress sees may be rolled back: it is not remembered.
    if not connection.in_atomic_block:
        _remembered[1] = fresh
    return fresh


def _working_time_of(found: Organisation) -> WorkingTime:
    days = frozenset(Holiday.objects.values_list("day", flat=True))
    return WorkingTime(parse_week(found.working_week), days, _zone(found.time_zone))


@lru_cache(maxsize=8)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)
