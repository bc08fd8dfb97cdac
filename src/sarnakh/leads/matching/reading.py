"""Read what a batch of drafts needs, in a fixed number of questions: keys and who holds them, companies, devices."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sarnakh.djangokit.hot import hot
from sarnakh.leads.fields import companies_named
from sarnakh.leads.matching.batch import Batch, Slot
from sarnakh.leads.models import Identity, Lead, Person, SharedValue
from sarnakh.leads.ports import Draft
from sarnakh.leads.rules import CUSTOMER
from sarnakh.leads.visitors import visitors_by_key

_holders = hot(
    lambda texts_kinds, texts: Identity.objects.filter(
        kind__in=texts_kinds, value__in=texts, is_exclusive=True, hidden_at__isnull=True
    ).values_list("kind", "value", "origin_id", "person_id")
)
_shared = hot(
    lambda texts_kinds, texts: SharedValue.objects.filter(kind__in=texts_kinds, value__in=texts).values_list(
        "kind", "value"
    )
)


def read(drafts: Sequence[Draft], at: datetime) -> Batch:
    kinds = {key.kind for draft in drafts for key in draft.keys}
    values = {key.value for draft in drafts for key in draft.keys}
    found = _holders(kinds, values)
    shared = set(_shared(kinds, values))
    slots = _slots({person for *_, person in found})
    return Batch(
        slots=slots,
        owner_of={
            (kind, value): (slots[person], origin)
            for kind, value, origin, person in found
            if (kind, value) not in shared
        },
        shared=shared,
        companies=companies_named([str(d.fields["company"]) for d in drafts if d.fields.get("company")], at=at),
        visitors=visitors_by_key({d.visitor for d in drafts if d.visitor}, at=at)
        if any(d.visitor for d in drafts)
        else {},
    )


def _slots(people: set[int]) -> dict[int, Slot]:
    """Persons, locked, each with the lead that is not yet won and the leads of the cards merged into it."""
    if not people:
        return {}
    rows = Person.objects.filter(id__in=people).select_related("company").order_by("id").select_for_update(of=("self",))
    slots = {person.id: Slot(person) for person in rows}
    for lead in Lead.objects.filter(person__in=people).order_by("created_at", "id"):
        slot = slots[lead.person_id]
        if lead.merged_into_id is None and lead.hidden_at is None and lead.stage != CUSTOMER:
            slot.lead = lead
        slot.cards[lead.origin_id, lead.merged_into_id or lead.id] = lead.id
    return slots
