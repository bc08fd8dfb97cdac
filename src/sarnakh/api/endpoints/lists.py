"""What the organisation's cards may hold: its own fields, its products, its reasons to give a lead up."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Router
from pydantic import Field

from sarnakh.accounts.rules import Right
from sarnakh.api.answers import act, caller, reply
from sarnakh.api.bodies import Amount, Body, Shape, Slug, Text80, Words, bitext
from sarnakh.api.door import Key
from sarnakh.api.pages import Cursor, Limit, Page, page
from sarnakh.api.problems import with_problems
from sarnakh.catalogue.models import Product
from sarnakh.catalogue.services import save_product
from sarnakh.leads.models import CustomField
from sarnakh.leads.own_fields import add_field
from sarnakh.qualify.models import RefusalReason

router = Router(tags=["lists"])

Option = Annotated[str, Field(min_length=1, max_length=120)]


class FieldIn(Body):
    """A field of every card. `options` for a choice only."""

    slug: Slug
    name: Words
    type: Literal["text", "number", "choice", "date", "yes_no"] = "text"
    options: Annotated[list[Option], Field(max_length=200)] = []


class FieldOut(Shape):
    slug: str
    name: dict[str, str]
    type: str
    options: list[str]


@router.get("/custom-fields", auth=Key(), response=with_problems({200: Page[FieldOut]}), operation_id="list_fields")
def list_fields(request: HttpRequest, limit: Limit = 50, cursor: Cursor = "") -> HttpResponse:
    """The organisation's own fields; a lead carries them in `custom`, Filter names them `custom.<slug>`."""
    return reply(page(CustomField.objects.all(), _fields, sort="id", limit=limit, cursor=cursor))


@router.post(
    "/custom-fields",
    auth=Key(Right.MANAGE_SETTINGS),
    response=with_problems({201: FieldOut}),
    operation_id="add_field",
)
@act
def add_custom_field(request: HttpRequest, body: FieldIn) -> HttpResponse:
    """Add a field to every card."""
    actor = caller(request).user
    made = add_field(
        body.slug,
        name=bitext(body.name, actor.language),
        kind=body.type,
        options=body.options,
        actor=actor,
        at=timezone.now(),
    )
    return reply(_fields([made])[0], 201)


def _fields(rows: Sequence[CustomField]) -> list[FieldOut]:
    return [
        FieldOut(slug=row.slug, name=row.name, type=row.type, options=[option["value"] for option in row.options])
        for row in rows
    ]


class ProductIn(Body):
    """A product, made or changed by its slug. Toman (IRT) is taken and kept as Rial x 10."""

    slug: Annotated[str, Field(min_length=1, max_length=80)]
    name: Words
    line: Text80 = ""
    price: Amount | None = None
    currency: Annotated[str, Field(max_length=3)] = "IRR"


class ProductOut(Shape):
    slug: str
    name: dict[str, str]
    line: str
    price: int | None
    currency: str


@router.get("/products", auth=Key(), response=with_problems({200: Page[ProductOut]}), operation_id="list_products")
def list_products(request: HttpRequest, limit: Limit = 50, cursor: Cursor = "") -> HttpResponse:
    """Products, those included that someone only named."""
    return reply(page(Product.objects.filter(is_active=True), _products, sort="id", limit=limit, cursor=cursor))


@router.post(
    "/products",
    auth=Key(Right.MANAGE_SETTINGS),
    response=with_problems({201: ProductOut}),
    operation_id="save_product",
)
@act
def put_product(request: HttpRequest, body: ProductIn) -> HttpResponse:
    """Make a product, or change the one with this slug."""
    made = save_product(
        body.slug,
        name=bitext(body.name, caller(request).user.language),
        line=body.line,
        price=body.price,
        currency=body.currency,
    )
    return reply(_products([made])[0], 201)


def _products(rows: Sequence[Product]) -> list[ProductOut]:
    return [
        ProductOut(slug=row.slug, name=row.name, line=row.line, price=row.price_amount, currency=row.price_currency)
        for row in rows
    ]


class ReasonOut(Shape):
    slug: str
    name: dict[str, str]
    family: str


@router.get("/reasons", auth=Key(), response=with_problems({200: Page[ReasonOut]}), operation_id="list_reasons")
def list_reasons(request: HttpRequest, limit: Limit = 50, cursor: Cursor = "") -> HttpResponse:
    """Reasons to give up a lead or lose a deal, in three families."""
    rows = RefusalReason.objects.filter(is_active=True)
    return reply(page(rows, _reasons, sort="id", limit=limit, cursor=cursor))


def _reasons(rows: Sequence[RefusalReason]) -> list[ReasonOut]:
    return [ReasonOut(slug=row.slug, name=row.name, family=row.family) for row in rows]
