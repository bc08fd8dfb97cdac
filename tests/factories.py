"""Rows as a test wants them, written directly: no service runs, nothing follows."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime

from sarnakh.accounts.models import Organisation, Role, Team, User
from sarnakh.accounts.services import default_working_week
from sarnakh.leads.models import Event, Identity, IdentityKind, Lead, LeadMilestone, LeadSource, Person

AT = datetime(2026, 3, 1, 8, 30, tzinfo=UTC)  # a Sunday noon in Tehran
_numbers = itertools.count(1)


def make_organisation(*, name: str = "پارس", at: datetime = AT, **fields: object) -> Organisation:
    """The one organisation: Persian, Tehran, Jalali, Rial, the usual working week, no holidays."""
    week = fields.pop("working_week", None) or default_working_week()
    return Organisation.objects.create(id=1, name=name, working_week=week, created_at=at, **fields)


def make_team(name: str = "", *, parent: Team | None = None, is_active: bool = True) -> Team:
    return Team.objects.create(name=name or f"Team {next(_numbers)}", parent=parent, is_active=is_active)


def make_user(
    email: str = "",
    *,
    role: str = Role.REP,
    team: Team | None = None,
    name: str = "",
    password: str = "",
    language: str = "en",
    is_active: bool = True,
    is_available: bool = True,
    at: datetime = AT,
) -> User:
    user = User(
        email=email or f"user{next(_numbers)}@example.com",
        name=name,
        role=role,
        team=team,
        language=language,
        is_active=is_active,
        is_available=is_available,
        created_at=at,
    )
    user.set_password(password or None)
    user.save()
    return user


def make_person(
    *,
    name: str = "",
    mobile: str = "",
    email: str = "",
    job_title: str = "",
    province: str = "",
    city: str = "",
    custom: dict[str, object] | None = None,
    at: datetime = AT,
) -> Person:
    """A person and the identities given; a mobile may be written 0912… and is kept as +98912…"""
    person = Person.objects.create(
        name=name, job_title=job_title, province=province, city=city, custom=custom or {}, created_at=at
    )
    keys = {IdentityKind.MOBILE: _e164(mobile), IdentityKind.EMAIL: email.lower()}
    Identity.objects.bulk_create(
        Identity(origin=person, person=person, kind=kind, value=value, is_exclusive=True, created_at=at)
        for kind, value in keys.items()
        if value
    )
    return person


def make_lead(
    *,
    name: str = "سارا احمدی",
    mobile: str = "",
    email: str = "",
    at: datetime = AT,
    stage: str = "lead",
    owner: User | None = None,
    team: Team | None = None,
    person: Person | None = None,
    source: str = "",
    medium: str = "",
    campaign: str = "",
    **fields: object,
) -> Lead:
    """A lead with its person, source, milestone and `lead_created`; given no mobile and no e-mail, a mobile is made.

    `fields` are other columns of Lead (score, temperature, reason, advance_due_at, …).
    """
    if person is None:
        if not mobile and not email:
            mobile = f"0912{next(_numbers):07d}"
        person = make_person(name=name, mobile=mobile, email=email, at=at)
    values = {"stage_at": at, "created_at": at, "changed_at": at, "search": person.name, **fields}
    lead = Lead.objects.create(
        origin=person, person=person, stage=stage, owner=owner, team=team or (owner and owner.team), **values
    )
    LeadSource.objects.create(origin=lead, lead=lead, source=source, medium=medium, campaign=campaign, channel="hand")
    LeadMilestone.objects.create(lead=lead, created_at=at, first_touch_at=at)
    make_event(lead, "lead_created", at=at)
    return lead


def make_event(lead: Lead, name: str, *, at: datetime = AT, **props: object) -> Event:
    """A bare fact of a lead; no kinds are matched."""
    return Event.objects.create(
        origin=lead,
        lead=lead,
        person_id=lead.person_id,
        at=at,
        received_at=at,
        source="app",
        message_id=f"test-{next(_numbers)}",
        name=name,
        props=props,
    )


def _e164(mobile: str) -> str:
    return f"+98{mobile[1:]}" if mobile.startswith("0") else mobile
