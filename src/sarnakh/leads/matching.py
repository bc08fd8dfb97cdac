"""Who is this? Drafts of captures become persons and leads, many at a time in a fixed number of statements.

An exclusive key (mobile, personal e-mail, messenger id, national id, a source's userId) leads to at most one person;
shared ones (landline, info@, what an admin marked) never match alone. One match: it is that person. Several: the
strongest; the others keep their keys and the pairs are filed under duplicates. Nobody is merged here.

A capture joins the person's lead that is not yet won; refused or deferred, it returns. After a win a new lead opens. A
capture fills empty fields only; other values wait as proposals.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Q

from sarnakh.djangokit.bulk import insert_rows, update_rows
from sarnakh.kit.text import fold_key
from sarnakh.leads.facts import record_facts
from sarnakh.leads.fields import (
    Written,
    companies_named,
    keep_history,
    refresh_search,
    save_people,
    search_text,
    set_on_person,
    value_of,
)
from sarnakh.leads.models import (
    Company,
    Consent,
    DuplicatePair,
    Event,
    Identity,
    Lead,
    LeadSource,
    Person,
    SharedValue,
    Visitor,
)
from sarnakh.leads.ports import Draft, Fact, Key, Outcome
from sarnakh.leads.rules import CUSTOMER, EXCLUSIVE_KINDS, EXITS
from sarnakh.leads.visitors import adopt_waiting, link_devices, visitors_by_key

PROPOSALS_A_FIELD = 5


@dataclass(eq=False, slots=True)
class _Slot:
    """One person of this batch: found in the base, or new. Keys know which card (origin) brought them."""

    person: Person
    lead: Lead | None = None  # not yet won
    is_new: bool = False
    is_new_lead: bool = False
    has_new_product: bool = False
    is_changed: bool = False
    first_card: int | None = None  # whose key brought the new lead; None: the person itself
    cards: dict[tuple[int, int], int] = field(default_factory=dict)  # (origin person, lead) -> its own lead


@dataclass(slots=True)
class _Batch:
    """What one call reads at the start and writes at the end."""

    slots: dict[int, _Slot]  # by root person
    owner_of: dict[tuple[str, str], tuple[_Slot, int | None]]  # exclusive key -> slot, origin person (None: new)
    shared: set[tuple[str, str]]
    companies: Mapping[str, Company]
    visitors: Mapping[str, Visitor]
    identities: list[tuple[_Slot, int | None, Key, datetime]] = field(default_factory=list)
    pairs: dict[tuple[int, int], tuple[_Slot, _Slot, Key]] = field(default_factory=dict)
    taken: list[_Taken] = field(default_factory=list)


@dataclass(slots=True)
class _Taken:
    """One draft with the person it belongs to and what it wrote to the card."""

    draft: Draft
    slot: _Slot
    card: int | None  # origin person whose key matched; None: a new person
    is_created: bool
    is_returned: bool
    written: list[Written]


def take_in(drafts: Sequence[Draft], *, received_at: datetime) -> list[Outcome]:
    """Match and write these drafts, in order; the outcomes in the same order. Needs a transaction.

    Raises IntegrityError when another process took a key in between: call again, it will be found then.
    """
    batch = _read(drafts, received_at)
    for draft in drafts:
        _take(batch, draft)
    _write_cards(batch)
    return _write_facts(batch, received_at)


# --- read ------------------------------------------------------------------------------------------------------------


def _read(drafts: Sequence[Draft], at: datetime) -> _Batch:
    keys: dict[str, set[str]] = defaultdict(set)
    for draft in drafts:
        for key in draft.keys:
            keys[key.kind].add(key.value)
    wanted = Q()
    for kind, values in keys.items():
        wanted |= Q(kind=kind, value__in=values)
    found = list(
        Identity.objects.filter(wanted, is_exclusive=True, hidden_at__isnull=True).values_list(
            "kind", "value", "origin_id", "person_id"
        )
        if keys
        else ()
    )
    shared = set(SharedValue.objects.filter(wanted).values_list("kind", "value")) if keys else set()
    slots = _slots({person for *_, person in found})
    return _Batch(
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


def _slots(people: set[int]) -> dict[int, _Slot]:
    """Persons, locked, each with the lead that is not yet won and the leads of the cards merged into it."""
    if not people:
        return {}
    rows = Person.objects.filter(id__in=people).select_related("company").order_by("id").select_for_update(of=("self",))
    slots = {person.id: _Slot(person) for person in rows}
    for lead in Lead.objects.filter(person__in=people).order_by("created_at", "id"):
        slot = slots[lead.person_id]
        if lead.merged_into_id is None and lead.hidden_at is None and lead.stage != CUSTOMER:
            slot.lead = lead
        slot.cards[lead.origin_id, lead.merged_into_id or lead.id] = lead.id
    return slots


# --- decide ----------------------------------------------------------------------------------------------------------


def _take(batch: _Batch, draft: Draft) -> None:
    hits: list[tuple[_Slot, int | None, Key]] = []
    for key in sorted(draft.keys, key=lambda k: EXCLUSIVE_KINDS.index(k.kind) if k.kind in EXCLUSIVE_KINDS else 99):
        if (key.kind, key.value) in batch.owner_of:
            slot, card = batch.owner_of[key.kind, key.value]
            hits.append((slot, card, key))
    if hits:
        slot, card, _ = hits[0]
        for other, _, key in hits[1:]:
            if other is not slot:
                batch.pairs[id(slot), id(other)] = (slot, other, key)
    else:
        slot, card = _Slot(Person(created_at=draft.at), is_new=True), None
    for key in draft.keys:
        _claim(batch, slot, card, key, draft.at)
    is_created = slot.lead is None
    is_returned = False
    if slot.lead is None:
        slot.lead = Lead(stage_at=draft.at, created_at=draft.at, changed_at=draft.received_at, product_id=draft.product)
        slot.is_new_lead = True
        slot.first_card = card
    elif slot.lead.stage in EXITS:
        slot.lead.stage = "lead"
        is_returned = True
    if slot.lead.product_id is None and draft.product:
        slot.lead.product_id = draft.product
        slot.has_new_product = True
    written = _fill(batch, slot, draft)
    batch.taken.append(_Taken(draft, slot, card, is_created, is_returned, written))


def _claim(batch: _Batch, slot: _Slot, card: int | None, key: Key, at: datetime) -> None:
    """Give the person a key that nobody holds; a shared one may be held by many."""
    is_exclusive = key.is_exclusive and (key.kind, key.value) not in batch.shared
    if is_exclusive:
        if (key.kind, key.value) in batch.owner_of:
            return
        batch.owner_of[key.kind, key.value] = (slot, card)
    batch.identities.append((slot, card, Key(key.kind, key.value, is_exclusive), at))


def _fill(batch: _Batch, slot: _Slot, draft: Draft) -> list[Written]:
    """Empty fields are filled; a different value for a filled one waits as a proposal."""
    written = []
    for name, value in draft.fields.items():
        present = value_of(slot.person, name)
        if present is None:
            set_on_person(slot.person, name, value, batch.companies)
            written.append(Written(0, name, None, value))
            slot.is_changed = True
        elif not _same(present, value):
            waiting = slot.person.proposals.setdefault(name, [])
            if value not in waiting:
                waiting.append(value)
                del waiting[:-PROPOSALS_A_FIELD]
                slot.is_changed = True
    return written


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, str) and isinstance(other, str):
        return fold_key(one) == fold_key(other)
    return bool(one == other)


# --- write -----------------------------------------------------------------------------------------------------------


def _write_cards(batch: _Batch) -> None:
    slots = list({id(taken.slot): taken.slot for taken in batch.taken}.values())
    new_people = [slot for slot in slots if slot.is_new]
    Person.objects.bulk_create([slot.person for slot in new_people])
    save_people([slot.person for slot in slots if slot.is_changed and not slot.is_new])
    new_leads = []
    for slot in slots:
        if slot.is_new_lead and slot.lead:
            slot.lead.person = slot.person
            slot.lead.origin_id = slot.first_card or slot.person.id
            slot.lead.search = search_text(slot.person, [k.value for s, _, k, _ in batch.identities if s is slot])
            new_leads.append(slot.lead)
    Lead.objects.bulk_create(new_leads)
    wishes = [s.lead for s in slots if s.has_new_product and not s.is_new_lead and s.lead]
    update_rows(Lead, ("product",), [(lead.id, lead.product_id) for lead in wishes])
    LeadSource.objects.bulk_create(
        [
            _source(taken.slot.lead, taken.draft, batch.visitors.get(taken.draft.visitor))
            for taken in batch.taken
            if taken.is_created and taken.slot.lead
        ]
    )
    _write_identities(batch)
    Consent.objects.bulk_create(
        [
            Consent(
                origin_id=taken.card or taken.slot.person.id,
                person=taken.slot.person,
                purpose=permission.purpose,
                channel=permission.channel,
                is_granted=permission.is_granted,
                at=taken.draft.at,
                text=permission.text,
                source=taken.draft.door,
            )
            for taken in batch.taken
            for permission in taken.draft.permissions
        ]
    )
    if batch.pairs:
        DuplicatePair.objects.bulk_create(
            [
                DuplicatePair(
                    low_id=min(one.person.id, other.person.id),
                    high_id=max(one.person.id, other.person.id),
                    confidence=0.9,
                    reasons=[{"code": f"same_{key.kind}"}],
                    created_at=batch.taken[0].draft.received_at,
                )
                for one, other, key in batch.pairs.values()
            ],
            ignore_conflicts=True,
        )


def _write_identities(batch: _Batch) -> None:
    rows = [
        (card or slot.person.id, slot.person.id, key.kind, key.value, key.is_exclusive, at)
        for slot, card, key, at in batch.identities
    ]
    columns = ("origin", "person", "kind", "value", "is_exclusive", "created_at")
    insert_rows(Identity, columns, [row for row in rows if row[4]])
    insert_rows(Identity, columns, [row for row in rows if not row[4]], ignore=True)


def _source(lead: Lead, draft: Draft, visitor: Visitor | None) -> LeadSource:
    """Given by a token or import; else the last non-direct touch of the device; else direct."""
    given = draft.origin
    touch: Mapping[str, str] = {}
    if not given.is_given:
        touch = (visitor.last_touch if visitor else None) or {"source": "direct"}
    return LeadSource(
        origin=lead,
        lead=lead,
        source=given.source or touch.get("source", ""),
        medium=given.medium or touch.get("medium", ""),
        campaign=given.campaign or touch.get("campaign", ""),
        term=given.term or touch.get("term", ""),
        content=given.content or touch.get("content", ""),
        direction=given.direction,
        channel=given.channel,
        form=given.form,
    )


def _write_facts(batch: _Batch, received_at: datetime) -> list[Outcome]:
    facts: list[Fact] = []
    tells: list[tuple[int, _Taken]] = []  # position of the fact that tells of written fields
    outcomes = []
    for taken in batch.taken:
        draft, slot = taken.draft, taken.slot
        assert slot.lead is not None
        origin = slot.cards.get((taken.card or 0, slot.lead.id), slot.lead.id)
        if taken.is_created:
            tells.append((len(facts), taken))
            facts.append(_fact(draft, "lead_created", origin, {"channel": draft.origin.channel, **draft.props}))
        else:
            facts.append(_fact(draft, "capture_joined", origin, {"channel": draft.origin.channel, **draft.props}))
            if taken.is_returned:
                facts.append(_fact(draft, "lead_returned", slot.lead.id, {"to": "lead", "reason": "new_request"}))
            if taken.written:
                tells.append((len(facts), taken))
                facts.append(_fact(draft, "fields_changed", origin, {"fields": [w.field for w in taken.written]}))
        if draft.event:
            facts.append(_fact(draft, draft.event, origin, draft.props))
        facts.extend(
            _fact(
                draft,
                "consent_given" if permission.is_granted else "consent_withdrawn",
                origin,
                {"purpose": permission.purpose, "channel": permission.channel},
            )
            for permission in draft.permissions
        )
        state = "created" if taken.is_created else "merged"
        outcomes.append(Outcome(draft.ref, state, slot.person.id, slot.lead.id, origin))
    events = record_facts(facts, received_at=received_at)
    keep_history([_told(events[position], taken) for position, taken in tells if taken.written])
    _link(batch, received_at)
    joined = [taken.slot.lead.id for taken in batch.taken if not taken.is_created and taken.slot.lead]
    if joined:
        refresh_search(joined)
    return outcomes


def _fact(draft: Draft, name: str, origin: int, props: Mapping[str, Any]) -> Fact:
    return Fact(name, draft.at, origin=origin, props=props, source=draft.door, actor=draft.actor)


def _told(event: Event, taken: _Taken) -> tuple[Event, list[Written]]:
    return event, [Written(taken.slot.person.id, w.field, w.old, w.new) for w in taken.written]


def _link(batch: _Batch, received_at: datetime) -> None:
    """Devices belong to whom they brought; what waited since a win becomes the new lead's."""
    links = [
        (batch.visitors[taken.draft.visitor].id, taken.card or taken.slot.person.id, taken.draft.at)
        for taken in batch.taken
        if taken.draft.visitor
    ]
    if links:
        link_devices(links, received_at=received_at)
    again = [taken.slot.person.id for taken in batch.taken if taken.is_created and not taken.slot.is_new]
    if again:
        adopt_waiting(again, received_at=received_at)
