"""What arrived: every accepted capture with how it ended; and the forms that bring them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Annotated, Any, Literal

from django.conf import settings
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import Path, Query, Router
from pydantic import Field

from sarnakh.accounts.models import User
from sarnakh.accounts.rules import Right
from sarnakh.accounts.services import Bearer
from sarnakh.api.answers import act, caller, reply
from sarnakh.api.bodies import Body, Id, Shape, Slug, Text80, Text200, Words, bitext, given
from sarnakh.api.door import Key
from sarnakh.api.endpoints.taking_in import TakenIn, outcome_of
from sarnakh.api.pages import Cursor, Limit, Page, page
from sarnakh.api.problems import invalid, not_there, with_problems
from sarnakh.capture.models import Capture, Form
from sarnakh.capture.services import save_form
from sarnakh.leads.selectors import leads_for
from sarnakh.nurture.models import Template

router = Router(tags=["captures"])

BILINGUAL = {"title", "intro", "button", "thanks", "consent_text", "marketing_text"}
State = Literal["pending", "created", "merged", "interest", "junk", "failed"]


class SubmissionOut(TakenIn):
    """A capture as it arrived (`body`) and how it ended; `reason` says why it is junk or failed."""

    channel: str
    form: str | None
    at: datetime
    received_at: datetime
    attempts: int
    reason: str
    body: dict[str, Any]


@router.get(
    "/submissions", auth=Key(), response=with_problems({200: Page[SubmissionOut]}), operation_id="list_submissions"
)
def list_submissions(
    request: HttpRequest,
    state: Annotated[State | None, Query()] = None,
    channel: Annotated[str, Query(max_length=20)] = "",
    limit: Limit = 50,
    cursor: Cursor = "",
) -> HttpResponse:
    """Captures, the latest first: your own, those of leads you may see; all of them for who manages capture."""
    bearer = caller(request)
    rows = _seen_by(bearer)
    if state:
        rows = rows.filter(state=state)
    if channel:
        rows = rows.filter(channel=channel)

    return reply(page(rows, partial(_shown, bearer), sort="-id", limit=limit, cursor=cursor))


@router.get(
    "/submissions/{int:capture_id}",
    auth=Key(),
    response=with_problems({200: SubmissionOut}),
    operation_id="get_submission",
)
def get_submission(request: HttpRequest, capture_id: Annotated[Id, Path()]) -> HttpResponse:
    """One capture: where to look after a 202."""
    bearer = caller(request)
    row = _seen_by(bearer).filter(id=capture_id).first()
    if row is None:
        raise not_there()
    return reply(_shown(bearer, [row])[0])


# --- forms -----------------------------------------------------------------------------------------------------------


class OptionIn(Body):
    value: Annotated[str, Field(min_length=1, max_length=200)]
    label: Words | None = None


class FieldIn(Body):
    """A field of a form; `key` is phone, email, a card field, an origin or custom.<slug>."""

    key: Annotated[str, Field(min_length=1, max_length=80)]
    type: Literal["text", "tel", "email", "select", "textarea", "number", "hidden"] = "text"
    required: bool = False
    label: Words | None = None
    hint: Words | None = None
    options: Annotated[list[OptionIn], Field(max_length=100)] = []
    width: Literal["full", "half"] = "full"
    value: Text200 = ""


class FormPatch(Body):
    name: Annotated[str, Field(min_length=1, max_length=120)] | None = None
    fields: Annotated[list[FieldIn], Field(min_length=1, max_length=40)] | None = None
    title: Words | None = None
    intro: Words | None = None
    button: Words | None = None
    thanks: Words | None = None
    consent_text: Words | None = None
    marketing_text: Words | None = None
    allowed_sites: Annotated[list[Text200], Field(max_length=50)] | None = None
    product: Text80 | None = None
    welcome_template: Text80 | None = None
    is_active: bool | None = None


class FormIn(FormPatch):
    """A public form at /f/<slug>."""

    slug: Slug
    name: Annotated[str, Field(min_length=1, max_length=120)]
    fields: Annotated[list[FieldIn], Field(min_length=1, max_length=40)]


class FormOut(Shape):
    id: int
    slug: str
    url: str
    name: str
    fields: list[dict[str, Any]]
    title: dict[str, str]
    intro: dict[str, str]
    button: dict[str, str]
    thanks: dict[str, str]
    consent_text: dict[str, str]
    marketing_text: dict[str, str]
    allowed_sites: list[str]
    product: str
    welcome_template: str
    is_active: bool
    created_at: datetime


_MANAGE = Key(Right.MANAGE_CAPTURE)


@router.get("/forms", auth=Key(), response=with_problems({200: Page[FormOut]}), operation_id="list_forms")
def list_forms(request: HttpRequest, limit: Limit = 50, cursor: Cursor = "") -> HttpResponse:
    """The public forms."""
    return reply(page(Form.objects.all(), _forms, sort="id", limit=limit, cursor=cursor))


@router.post("/forms", auth=_MANAGE, response=with_problems({201: FormOut}), operation_id="add_form")
@act
def add_form(request: HttpRequest, body: FormIn) -> HttpResponse:
    """Make a public form."""
    return reply(_saved(None, body, caller(request).user), 201)


@router.get("/forms/{slug}", auth=Key(), response=with_problems({200: FormOut}), operation_id="get_form")
def get_form(request: HttpRequest, slug: Annotated[str, Path(max_length=80)]) -> HttpResponse:
    """One form."""
    return reply(_forms([_form(slug)])[0])


@router.patch("/forms/{slug}", auth=_MANAGE, response=with_problems({200: FormOut}), operation_id="change_form")
@act
def change_form(request: HttpRequest, slug: Annotated[str, Path(max_length=80)], body: FormPatch) -> HttpResponse:
    """Change a form; its address stays."""
    return reply(_saved(_form(slug), body, caller(request).user))


def _form(slug: str) -> Form:
    found = Form.objects.filter(slug=slug).first()
    if found is None:
        raise not_there()
    return found


def _saved(form: Form | None, body: FormPatch, user: User) -> FormOut:
    values = given(body)
    for name in BILINGUAL & values.keys():
        values[name] = bitext(values[name], user.language)
    if "fields" in values:
        values["fields"] = [
            each.model_dump(exclude_none=True) | {"label": bitext(each.label or each.key, user.language)}
            for each in body.fields or ()
        ]
    template = values.get("welcome_template")
    if template and not Template.objects.filter(slug=template).exists():
        raise invalid("welcome_template", "unknown_template", _("There is no such template"))
    return _forms([save_form(form, values=values, actor=user, at=timezone.now())])[0]


def _forms(rows: Sequence[Form]) -> list[FormOut]:
    columns = [name for name in FormOut.model_fields if name != "url"]
    return [
        FormOut(url=f"{settings.BASE_URL}/f/{row.slug}", **{name: getattr(row, name) for name in columns})
        for row in rows
    ]


def _seen_by(bearer: Bearer) -> QuerySet[Capture]:
    rows = Capture.objects.select_related("lead", "form")
    if Right.MANAGE_CAPTURE in bearer.rights:
        return rows
    mine = leads_for(bearer.user).filter(id=OuterRef("lead"))
    return rows.filter(Q(Exists(mine)) | Q(actor=bearer.user.id))


def _shown(bearer: Bearer, rows: Sequence[Capture]) -> list[SubmissionOut]:
    leads = {row.lead_id for row in rows if row.lead_id}
    seen = set(leads_for(bearer.user).filter(id__in=leads).values_list("id", flat=True))
    return [
        SubmissionOut(
            **outcome_of(row, is_seen=row.lead_id in seen).model_dump(),
            channel=row.channel,
            form=row.form.slug if row.form else None,
            at=row.at,
            received_at=row.received_at,
            attempts=row.attempts,
            reason=row.reason,
            body=row.body,
        )
        for row in rows
    ]
