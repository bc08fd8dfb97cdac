"""Decide in memory, draft by draft: whose it is, what it fills, what only waits as a proposal."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sarnakh.kit.text import fold_key
from sarnakh.leads.fields import Written, set_on_person, value_of
from sarnakh.leads.matching.batch import Batch, Slot, Taken
from sarnakh.leads.models import Lead, Person
from sarnakh.leads.ports import Draft, Key
from sarnakh.leads.rules import EXCLUSIVE_KINDS, EXITS

PROPOSALS_A_FIELD = 5


def decide(batch: Batch, draft: Draft) -> None:
    hits: list[tuple[Slot, int | None, Key]] = []
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
        slot, card = Slot(Person(created_at=draft.at), is_new=True), None
    for key in draft.keys:
        _claim(batch, slot, card, key, draft.at)
    is_created = slot.lead is None
    is_returned = False
    if slot.lead is None:
        slot.lead = Lead(stage_at=draft.at, created_at=draft.at, changed_at=draft.received_at, product_id=draft.product)
        slot.is_new_lead = True
        slot.has_new_product = draft.product is not None
        slot.first_card = card
    elif slot.lead.stage in EXITS and draft.at >= slot.lead.stage_at:
        slot.lead.stage, slot.lead.stage_at = "lead", draft.at
        is_returned = True
    if slot.lead.product_id is None and draft.product:
        slot.lead.product_id = draft.product
        slot.has_new_product = True
    written = _fill(batch, slot, card, draft)
    batch.taken.append(Taken(draft, slot, card, is_created, is_returned, written))


def _claim(batch: Batch, slot: Slot, card: int | None, key: Key, at: datetime) -> None:
    """Give the person a key that nobody holds; a shared one may be held by many."""
    is_exclusive = key.is_exclusive and (key.kind, key.value) not in batch.shared
    if is_exclusive:
        if (key.kind, key.value) in batch.owner_of:
            return
        batch.owner_of[key.kind, key.value] = (slot, card)
    batch.identities.append((slot, card, Key(key.kind, key.value, is_exclusive), at))


def _fill(batch: Batch, slot: Slot, card: int | None, draft: Draft) -> list[Written]:
    """Empty fields are filled; a different value for a filled one waits as a proposal.

    What comes to a card merged away fills that card too, so that it keeps the value when the merge is undone.
    """
    written = []
    own = slot.gone.get(card or 0)
    for name, value in draft.fields.items():
        if own is not None and value_of(own, name) is None:
            set_on_person(own, name, value, batch.companies)
            written.append(Written(own.id, name, None, value))
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
