"""Read what a batch of drafts needs, in a fixed number of questions: keys and who holds them, companies, devices."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

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
    found, slots = _found(kinds, values)
    shared = set(_shared(kinds, values))
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


_Held = list[tuple[str, str, int, int]]  # kind, value, origin person, person


def _found(kinds: set[str], values: set[str]) -> tuple[_Held, dict[int, Slot]]:
    """Who holds these keys, and their persons, locked. A merge may end while we wait for the lock: ask again then,
    with all locks let go, so that they are always taken in order."""
    found: _Held = _holders(kinds, values)
    while found:
        is_whole = False
        with transaction.atomic():
            people = _locked({id_ for *_, origin, person in found for id_ in (origin, person)})
            again: _Held = _holders(kinds, values)
            is_whole = {id_ for *_, origin, person in again for id_ in (origin, person)} <= people.keys()
            transaction.set_rollback(not is_whole)
        if is_whole:
            return again, _slots(again, people)
        found = again
    return [], {}


def _locked(people: set[int]) -> dict[int, Person]:
    rows = Person.objects.filter(id__in=people).select_related("company").order_by("id")
    return {person.id: person for person in rows.select_for_update(of=("self",), no_key=True)}


def _slots(found: _Held, people: dict[int, Person]) -> dict[int, Slot]:
    """Persons, each with the lead that is not yet won and the leads of the cards merged into it."""
    slots = {person: Slot(people[person]) for *_, person in found}
    for *_, origin, person in found:
        if origin != person:
            slots[person].gone[origin] = people[origin]
    leads = Lead.objects.filter(person__in=slots).order_by("id").select_for_update(no_key=True)
    for lead in sorted(leads, key=lambda each: (each.created_at, each.id)):
        slot = slots[lead.person_id]
        if lead.merged_into_id is None and lead.hidden_at is None and lead.stage != CUSTOMER:
            slot.lead = lead
        slot.cards[lead.origin_id, lead.merged_into_id or lead.id] = lead.id
    return slots
