"""Card fields: reading, writing with their history, filling what is empty, proposing the rest.

One write is one `fields_changed` fact that names the fields; the values, old and new, go to `field_history`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Max

from sarnakh.catalogue.models import Product
from sarnakh.djangokit.bulk import insert_rows, update_rows
from sarnakh.kit.text import fold, fold_key
from sarnakh.leads.facts import Fact, record_facts
from sarnakh.leads.models import Company, Event, FieldHistory, Identity, Lead, Person

PERSON_FIELDS = ("name", "job_title", "company", "province", "city", "language")
COMPANY_FIELDS = ("industry", "size", "province", "city")


class FieldError(Exception):
    """A field that no card has, or a value it cannot hold."""

    def __init__(self, field: str, code: str, message: str) -> None:
        super().__init__(message)
        self.field, self.code, self.message = field, code, message


@dataclass(frozen=True, slots=True)
class Written:
    """One value written to a card: `old` and `new` as JSON values; a company is its name."""

    person: int
    field: str
    old: Any
    new: Any


def value_of(person: Person, field: str) -> Any:
    """The value of a card field as Filter and history know it; empty is None."""
    if field.startswith("custom."):
        return person.custom.get(field[7:])
    if field == "company":
        return person.company.name if person.company else None
    return getattr(person, field) or None


def companies_named(names: Sequence[str], *, at: datetime) -> dict[str, Company]:
    """{name key: company} for these names, made where they are not there yet."""
    wanted = {fold_key(name): name for name in names if name}
    if not wanted:
        return {}
    found = {company.name_key: company for company in Company.objects.filter(name_key__in=wanted).order_by("-id")}
    new = [Company(name=name, name_key=key, created_at=at) for key, name in wanted.items() if key not in found]
    return found | {company.name_key: company for company in Company.objects.bulk_create(new)}


def set_on_person(person: Person, field: str, value: Any, companies: Mapping[str, Company]) -> None:
    """Put a value on the row in memory; the caller saves."""
    if field.startswith("custom."):
        if value is None:
            person.custom.pop(field[7:], None)
        else:
            person.custom[field[7:]] = value
    elif field == "company":
        person.company = companies[fold_key(value)] if value else None
    elif field in PERSON_FIELDS:
        setattr(person, field, value or "")
    else:
        raise FieldError(field, "unknown_field", f"“{field}” is not a field of the card.")


def save_people(people: Sequence[Person]) -> None:
    """Write the card columns of these persons in one statement."""
    update_rows(
        Person,
        ("name", "job_title", "company", "province", "city", "language", "custom", "proposals"),
        [
            (p.id, p.name, p.job_title, p.company_id, p.province, p.city, p.language, p.custom, p.proposals)
            for p in people
        ],
    )


def change_fields(
    lead: Lead,
    changes: Mapping[str, Any],
    *,
    actor: int | None,
    at: datetime,
    received_at: datetime,
    source: str = "app",
) -> Event | None:
    """Overwrite card fields, by hand, by PATCH or by an import told to update. One fact; None if nothing moved.

    A change dated before a later one of the same field is history only: the later value stays on the card.
    Raises FieldError for a field that no card has. Needs a transaction.
    """
    person = Person.objects.select_related("company").get(id=lead.person_id)
    companies = companies_named([str(changes["company"])] if changes.get("company") else [], at=at)
    latest = dict(
        FieldHistory.objects.filter(person=person, field__in=changes)
        .values_list("field")
        .annotate(Max("at"))
        .order_by()
    )
    written = []
    for field, given in changes.items():
        old, new = value_of(person, field), None if given == "" else given
        if new == old and isinstance(new, bool) == isinstance(old, bool):
            continue
        written.append(Written(person.id, field, old, new))
        if field not in latest or latest[field] <= at:
            set_on_person(person, field, new, companies)
            person.proposals.pop(field, None)
    if not written:
        return None
    save_people([person])
    [event] = record_facts(
        [
            Fact(
                "fields_changed",
                at,
                origin=lead.id,
                actor=actor,
                source=source,
                props={"fields": [w.field for w in written]},
            )
        ],
        received_at=received_at,
    )
    keep_history([(event, written)])
    refresh_search([lead.id])
    return event


def keep_history(changes: Sequence[tuple[Event, Sequence[Written]]]) -> None:
    """Keep old and new values of written fields under the event that tells of them."""
    insert_rows(
        FieldHistory,
        ("person", "field", "at", "old", "new", "event"),
        [(w.person, w.field, event.at, w.old, w.new, event.id) for event, written in changes for w in written],
    )


def search_text(person: Person, values: Sequence[str]) -> str:
    """What search looks in: folded name, company and every way to reach them."""
    parts = [person.name, person.company.name if person.company else "", *values]
    return fold(" ".join(part for part in parts if part))


def refresh_search(lead_ids: Sequence[int]) -> None:
    """Bring `lead.search` up to date with the cards and identities of these leads' persons."""
    leads = list(Lead.objects.filter(id__in=lead_ids).select_related("person__company"))
    keys: dict[int, list[str]] = {}
    rows = Identity.objects.filter(person__in=[lead.person_id for lead in leads], hidden_at__isnull=True)
    for person, value in rows.order_by("id").values_list("person_id", "value"):
        keys.setdefault(person, []).append(value)
    update_rows(
        Lead, ("search",), [(lead.id, search_text(lead.person, keys.get(lead.person_id, []))) for lead in leads]
    )


def change_product(
    lead: Lead, product: Product | None, *, actor: int | None, at: datetime, received_at: datetime, source: str = "app"
) -> Event | None:
    """What the lead wishes to buy, by hand. One fact; None if nothing moved. Needs a transaction."""
    old = lead.product.slug if lead.product else None
    new = product.slug if product else None
    if old == new:
        return None
    Lead.objects.filter(id=lead.id).update(product=product)
    fact = Fact("fields_changed", at, origin=lead.id, actor=actor, source=source, props={"fields": ["product"]})
    [event] = record_facts([fact], received_at=received_at)
    FieldHistory.objects.create(origin=lead, field="product", at=event.at, old=old, new=new, event=event)
    return event
