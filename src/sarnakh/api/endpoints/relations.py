"""Contacts and companies, and what people allowed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Literal

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from ninja import Path, Query, Router

from sarnakh.accounts.models import User
from sarnakh.accounts.rules import Right, may
from sarnakh.api.answers import caller, reply
from sarnakh.api.bodies import Id, Shape
from sarnakh.api.door import Key
from sarnakh.api.pages import Cursor, Limit, Page, page
from sarnakh.api.problems import not_there, with_problems
from sarnakh.convert.selectors import contact_for, contacts_for
from sarnakh.kit.text import fold_key
from sarnakh.leads.models import Company, Consent, Contact, Lead
from sarnakh.leads.selectors import lead_for, leads_for

router = Router(tags=["contacts, companies, consents"])


class ContactOut(Shape):
    """The customer's card of a person; `lead` is the lead it came from."""

    id: int
    lead: int
    name: str
    job_title: str
    company: int | None
    company_name: str
    owner: int | None
    created_at: datetime


@router.get("/contacts", auth=Key(), response=with_problems({200: Page[ContactOut]}), operation_id="list_contacts")
def list_contacts(
    request: HttpRequest,
    company: Annotated[Id | None, Query()] = None,
    sort: Annotated[Literal["-created_at", "created_at"], Query()] = "-created_at",
    limit: Limit = 50,
    cursor: Cursor = "",
) -> HttpResponse:
    """The contacts you may see, newest first."""
    rows = contacts_for(caller(request).user)
    if company is not None:
        rows = rows.filter(company=company)
    return reply(page(rows, _contacts, sort=sort, limit=limit, cursor=cursor))


@router.get(
    "/contacts/{int:contact_id}", auth=Key(), response=with_problems({200: ContactOut}), operation_id="get_contact"
)
def get_contact(request: HttpRequest, contact_id: Annotated[Id, Path()]) -> HttpResponse:
    """One contact."""
    return reply(_contacts([contact_for(caller(request).user, contact_id)])[0])


class CompanyOut(Shape):
    id: int
    name: str
    industry: str
    size: int | None
    legal_id: str
    domain: str
    province: str
    city: str
    custom: dict[str, Any]
    created_at: datetime


@router.get("/companies", auth=Key(), response=with_problems({200: Page[CompanyOut]}), operation_id="list_companies")
def list_companies(
    request: HttpRequest,
    name: Annotated[str, Query(max_length=200, description="in any spelling")] = "",
    sort: Annotated[Literal["-created_at", "created_at"], Query()] = "-created_at",
    limit: Limit = 50,
    cursor: Cursor = "",
) -> HttpResponse:
    """The companies of people you may see, newest first."""
    rows = _companies_for(caller(request).user)
    if name:
        rows = rows.filter(name_key=fold_key(name))
    return reply(page(rows, _companies, sort=sort, limit=limit, cursor=cursor))


@router.get(
    "/companies/{int:company_id}", auth=Key(), response=with_problems({200: CompanyOut}), operation_id="get_company"
)
def get_company(request: HttpRequest, company_id: Annotated[Id, Path()]) -> HttpResponse:
    """One company."""
    found = _companies_for(caller(request).user).filter(id=company_id).first()
    if found is None:
        raise not_there()
    return reply(CompanyOut.model_validate(found))


class ConsentOut(Shape):
    """A word of a person; of one purpose and channel the latest counts."""

    id: int
    lead: int | None
    purpose: str
    channel: str
    granted: bool
    at: datetime
    text: str
    source: str
    retracted_at: datetime | None


@router.get("/consents", auth=Key(), response=with_problems({200: Page[ConsentOut]}), operation_id="list_consents")
def list_consents(
    request: HttpRequest,
    lead: Annotated[Id | None, Query()] = None,
    purpose: Annotated[Literal["service", "marketing"] | None, Query()] = None,
    sort: Annotated[Literal["-at", "at"], Query()] = "-at",
    limit: Limit = 50,
    cursor: Cursor = "",
) -> HttpResponse:
    """What the people of leads you may see have allowed and taken back, the latest first."""
    user = caller(request).user
    mine = leads_for(user)
    rows = Consent.objects.filter(Exists(mine.filter(person=OuterRef("person"))))
    if lead is not None:
        rows = rows.filter(person=lead_for(user, lead).person_id)
    if purpose is not None:
        rows = rows.filter(purpose=purpose)

    def shown(found: Sequence[Consent]) -> list[ConsentOut]:
        return _consents(found, mine)

    return reply(page(rows, shown, sort=sort, limit=limit, cursor=cursor))


def _companies_for(user: User) -> QuerySet[Company]:
    if may(user.role, Right.READ_ALL):
        return Company.objects.all()
    people = leads_for(user).filter(person__company=OuterRef("pk"))
    contacts = contacts_for(user).filter(company=OuterRef("pk"))
    return Company.objects.filter(Q(Exists(people)) | Q(Exists(contacts)))


def _contacts(rows: Sequence[Contact]) -> list[ContactOut]:
    return [
        ContactOut(
            id=row.id,
            lead=row.lead_id,
            name=row.person.name,
            job_title=row.person.job_title,
            company=row.company_id,
            company_name=row.company.name if row.company else "",
            owner=row.owner_id,
            created_at=row.created_at,
        )
        for row in rows
    ]


def _companies(rows: Sequence[Company]) -> list[CompanyOut]:
    return [CompanyOut.model_validate(row) for row in rows]


def _consents(rows: Sequence[Consent], mine: QuerySet[Lead]) -> list[ConsentOut]:
    people = {row.person_id for row in rows}
    leads = dict(mine.filter(person__in=people).order_by("created_at", "id").values_list("person_id", "id"))
    return [
        ConsentOut(
            id=row.id,
            lead=leads.get(row.person_id),
            purpose=row.purpose,
            channel=row.channel,
            granted=row.is_granted,
            at=row.at,
            text=row.text,
            source=row.source,
            retracted_at=row.retracted_at,
        )
        for row in rows
    ]
