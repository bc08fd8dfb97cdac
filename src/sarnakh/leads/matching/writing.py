"""Write what was decided, a statement a table, and record the facts that tell of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sarnakh.catalogue.models import Product
from sarnakh.djangokit.bulk import insert_rows, update_rows
from sarnakh.leads.facts import record_facts
from sarnakh.leads.fields import Written, keep_history, refresh_search, save_people, search_text
from sarnakh.leads.matching.batch import Batch, Taken
from sarnakh.leads.merging import note_fills
from sarnakh.leads.models import (
    Consent,
    DuplicatePair,
    Event,
    FieldHistory,
    Identity,
    Lead,
    LeadSource,
    Person,
    Visitor,
)
from sarnakh.leads.ports import Draft, Fact, Outcome
from sarnakh.leads.visitors import link_devices, place_visits_of

# Every column that has no default in the database.
PERSON = (
    "name",
    "job_title",
    "company",
    "province",
    "city",
    "language",
    "custom",
    "proposals",
    "created_at",
)
LEAD = (
    "origin",
    "person",
    "stage",
    "stage_at",
    "reason",
    "product",
    "score",
    "fit",
    "engagement",
    "temperature",
    "search",
    "created_at",
    "changed_at",
    "version",
)


def _person_row(p: Person) -> tuple[Any, ...]:
    return (p.name, p.job_title, p.company_id, p.province, p.city, p.language, p.custom, p.proposals, p.created_at)


def _lead_row(lead: Lead) -> tuple[Any, ...]:
    return (
        lead.origin_id,
        lead.person_id,
        lead.stage,
        lead.stage_at,
        lead.reason,
        lead.product_id,
        lead.score,
        lead.fit,
        lead.engagement,
        lead.temperature,
        lead.search,
        lead.created_at,
        lead.changed_at,
        lead.version,
    )


def write_cards(batch: Batch) -> None:
    slots = list({id(taken.slot): taken.slot for taken in batch.taken}.values())
    new_people = [slot for slot in slots if slot.is_new]
    for slot, id_ in zip(
        new_people, insert_rows(Person, PERSON, [_person_row(s.person) for s in new_people]), strict=True
    ):
        slot.person.id = id_
    save_people([slot.person for slot in slots if slot.is_changed and not slot.is_new])
    _write_gone(batch)
    new_leads = []
    for slot in slots:
        if slot.is_new_lead and slot.lead:
            slot.lead.person = slot.person
            slot.lead.origin_id = slot.first_card or slot.person.id
            slot.lead.search = search_text(slot.person, [k.value for s, _, k, _ in batch.identities if s is slot])
            new_leads.append(slot.lead)
    for lead, id_ in zip(new_leads, insert_rows(Lead, LEAD, [_lead_row(lead) for lead in new_leads]), strict=True):
        lead.id = id_
    wishes = [s.lead for s in slots if s.has_new_product and not s.is_new_lead and s.lead]
    update_rows(Lead, ("product",), [(lead.id, lead.product_id) for lead in wishes])
    insert_rows(
        LeadSource,
        ("origin", "lead", *SOURCE),
        [
            (taken.slot.lead.id, taken.slot.lead.id, *_source(taken.draft, batch.visitors.get(taken.draft.visitor)))
            for taken in batch.taken
            if taken.is_created and taken.slot.lead
        ],
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


def _write_gone(batch: Batch) -> None:
    """Write what cards merged away were given; what it filled on the kept card is taken back with the merge."""
    given = [taken for taken in batch.taken if taken.card in taken.slot.gone and taken.written]
    save_people(list({taken.card: taken.slot.gone[taken.card or 0] for taken in given}.values()))
    for taken in given:
        kept = taken.slot.person.id
        note_fills(kept, {w.field: w.new for w in taken.written if not w.person})


def _write_identities(batch: Batch) -> None:
    rows = [
        (card or slot.person.id, slot.person.id, key.kind, key.value, key.is_exclusive, at)
        for slot, card, key, at in batch.identities
    ]
    columns = ("origin", "person", "kind", "value", "is_exclusive", "created_at")
    insert_rows(Identity, columns, [row for row in rows if row[4]])
    insert_rows(Identity, columns, [row for row in rows if not row[4]], ignore=True)


SOURCE = ("source", "medium", "campaign", "term", "content", "direction", "channel", "form")


def _source(draft: Draft, visitor: Visitor | None) -> tuple[str, ...]:
    """Given by a token or import; else the last non-direct touch of the device; else direct."""
    given = draft.origin
    touch: Mapping[str, str] = {}
    if not given.is_given:
        touch = (visitor.last_touch if visitor else None) or {"source": "direct"}
    five = (getattr(given, name) or touch.get(name, "") for name in SOURCE[:5])
    return (*five, given.direction, given.channel, given.form)


def write_facts(batch: Batch, received_at: datetime) -> list[Outcome]:
    facts: list[Fact] = []
    tells: list[tuple[int, Taken]] = []  # position of the fact that tells of written fields
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
                facts.append(_fact(draft, "lead_returned", origin, {"to": "lead", "reason": "new_request"}))
            if taken.written:
                tells.append((len(facts), taken))
                facts.append(
                    _fact(draft, "fields_changed", origin, {"fields": sorted({w.field for w in taken.written})})
                )
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
    _keep_products(
        batch, {event.origin_id: event for event in events if event.name in ("lead_created", "capture_joined")}
    )
    _link(batch, received_at)
    joined = [taken.slot.lead.id for taken in batch.taken if not taken.is_created and taken.slot.lead]
    if joined:
        refresh_search(joined)
    return outcomes


def _fact(draft: Draft, name: str, origin: int, props: Mapping[str, Any]) -> Fact:
    return Fact(name, draft.at, origin=origin, props=props, source=draft.door, actor=draft.actor)


def _told(event: Event, taken: Taken) -> tuple[Event, list[Written]]:
    return event, [Written(w.person or taken.slot.person.id, w.field, w.old, w.new) for w in taken.written]


def _keep_products(batch: Batch, told_by: Mapping[int | None, Event]) -> None:
    """A lead's product is a field of the lead: its history names the product's slug."""
    leads = {t.slot.lead.id: t.slot.lead for t in batch.taken if t.slot.has_new_product and t.slot.lead}
    if not leads:
        return
    wanted = {lead.product_id for lead in leads.values() if lead.product_id}
    slugs: dict[int | None, str] = dict(Product.objects.filter(id__in=wanted).values_list("id", "slug"))
    told = [(lead, told_by[id_]) for id_, lead in leads.items() if id_ in told_by]
    insert_rows(
        FieldHistory,
        ("origin", "field", "at", "new", "event"),
        [(lead.id, "product", event.at, slugs[lead.product_id], event.id) for lead, event in told],
    )


def _link(batch: Batch, received_at: datetime) -> None:
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
        place_visits_of(again, received_at=received_at)
