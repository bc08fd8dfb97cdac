"""The first minutes of a base: the one-time link, the organisation, its first admin, its days off."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

import holidays
from django.db import IntegrityError, transaction

from sarnakh.accounts.models import Holiday, Organisation, Role, SetupLink, User
from sarnakh.accounts.services.checks import COLUMNS
from sarnakh.accounts.services.people import NewUser, create_user
from sarnakh.accounts.services.settings import forget_now_and_on_commit
from sarnakh.kit import ids


class AlreadySetUp(Exception):
    """The organisation exists; there is no second set-up."""


class SetupLinkInvalid(Exception):
    """The set-up link is not ours, has been used, or a newer one was printed."""


@dataclass(frozen=True, slots=True)
class Setup:
    """The answers of the set-up page; `working_week` as in `Organisation.working_week`, None for the usual one."""

    name: str
    admin: NewUser
    language: str = "fa"
    time_zone: str = "Asia/Tehran"
    calendar: str = "jalali"
    currency: str = "IRR"
    working_week: Mapping[str, list[list[str]]] | None = None


def default_working_week() -> dict[str, list[list[str]]]:
    """Iran's usual week: Saturday to Wednesday 9-17, Thursday 9-13, Friday off."""
    full = {day: [["09:00", "17:00"]] for day in "56012"}
    return full | {"3": [["09:00", "13:00"]]}


@transaction.atomic
def make_setup_link(*, at: datetime) -> str:
    """A new one-time token for the set-up page; earlier ones lose their force. Raises AlreadySetUp."""
    if Organisation.objects.exists():
        raise AlreadySetUp
    SetupLink.objects.filter(used_at=None).delete()
    token = ids.new_token()
    SetupLink.objects.create(digest=ids.digest(token), created_at=at)
    return token


def is_setup_link(token: str) -> bool:
    """Whether `use_setup_link` would accept the token."""
    return SetupLink.objects.filter(digest=ids.digest(token), used_at=None).exists()


@transaction.atomic
def use_setup_link(token: str, *, setup: Setup, at: datetime) -> tuple[Organisation, User]:
    """Spend the link and set up; a refused setup leaves it unspent. Raises as `set_up`, and SetupLinkInvalid."""
    if not SetupLink.objects.filter(digest=ids.digest(token), used_at=None).update(used_at=at):
        raise SetupLinkInvalid
    return set_up(setup, at=at)


@transaction.atomic
def set_up(setup: Setup, *, at: datetime) -> tuple[Organisation, User]:
    """Make the organisation, its first admin, and for a Jalali calendar the days off of this year and the next.

    Raises AlreadySetUp, AccountError.
    """
    if Organisation.objects.exists():
        raise AlreadySetUp
    given = {
        "name": setup.name,
        "language": setup.language,
        "time_zone": setup.time_zone,
        "calendar": setup.calendar,
        "currency": setup.currency,
        "working_week": default_working_week() if setup.working_week is None else dict(setup.working_week),
    }
    checked = {subject: COLUMNS[subject](value) for subject, value in given.items()}
    try:
        with transaction.atomic():
            organisation = Organisation.objects.create(id=1, created_at=at, **checked)
    except IntegrityError as error:
        raise AlreadySetUp from error
    if setup.calendar == "jalali":
        for year in (at.year, at.year + 1):
            seed_holidays(year)
    admin = create_user(replace(setup.admin, role=Role.ADMIN), actor=None, at=at)
    forget_now_and_on_commit()
    return organisation, admin


def seed_holidays(year: int) -> int:
    """Add Iran's days off of a Gregorian year as estimates; days already there stay as they are. Returns how many."""
    persian = holidays.country_holidays("IR", years=year, language="fa_IR", islamic_show_estimated=False)
    english = holidays.country_holidays("IR", years=year, language="en_US", islamic_show_estimated=False)
    known = set(Holiday.objects.filter(day__year=year).values_list("day", flat=True))
    missing = [
        Holiday(day=day, name={"fa": name, "en": english.get(day, "")})
        for day, name in sorted(persian.items())
        if day not in known
    ]
    Holiday.objects.bulk_create(missing, ignore_conflicts=True)
    forget_now_and_on_commit()
    return len(missing)
