"""What one call of `take_in` holds in its hands: read at the start, written at the end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sarnakh.leads.fields import Written
from sarnakh.leads.models import Company, Lead, Person, Visitor
from sarnakh.leads.ports import Draft, Key


@dataclass(eq=False, slots=True)
class Slot:
    """One person of this batch: found in the base, or new. Keys know which card (origin) brought them."""

    person: Person
    lead: Lead | None = None  # not yet won
    is_new: bool = False
    is_new_lead: bool = False
    has_new_product: bool = False
    is_changed: bool = False
    first_card: int | None = None  # whose key brought the new lead; None: the person itself
    cards: dict[tuple[int, int], int] = field(default_factory=dict)  # (origin person, lead) -> its own lead
    gone: dict[int, Person] = field(default_factory=dict)  # cards merged into this person, by whose keys it was found


@dataclass(slots=True)
class Batch:
    """What one call reads at the start and writes at the end."""

    slots: dict[int, Slot]  # by root person
    owner_of: dict[tuple[str, str], tuple[Slot, int | None]]  # exclusive key -> slot, origin person (None: new)
    shared: set[tuple[str, str]]
    companies: Mapping[str, Company]
    visitors: Mapping[str, Visitor]
    identities: list[tuple[Slot, int | None, Key, datetime]] = field(default_factory=list)
    pairs: dict[tuple[int, int], tuple[Slot, Slot, Key]] = field(default_factory=dict)
    taken: list[Taken] = field(default_factory=list)


@dataclass(slots=True)
class Taken:
    """One draft with the person it belongs to and what it wrote to the card."""

    draft: Draft
    slot: Slot
    card: int | None  # origin person whose key matched; None: a new person
    is_created: bool
    is_returned: bool
    written: list[Written]
