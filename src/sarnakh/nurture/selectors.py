"""Reads of `nurture`: what people said about being written to, where to write, what a message's link opens."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sarnakh.accounts.models import Organisation
from sarnakh.leads.models import Consent, Identity, IdentityKind, Person
from sarnakh.nurture import rules
from sarnakh.nurture.rules import Permit
from sarnakh.outbox.models import Message
from sarnakh.outbox.selectors import suppressions_of


class UnknownMessage(Exception):
    """There is no such message (any more)."""


@dataclass(frozen=True, slots=True)
class Preferences:
    """What whoever holds the link of a message may see and change: the address is masked."""

    address: str
    language: str
    organisation: str
    purpose: str  # of the message that the link stands in
    refused: frozenset[str]  # purposes: service, marketing


def permits_of(person_ids: Iterable[int]) -> Mapping[int, Mapping[str, Permit]]:
    """{person: {purpose: latest word}} for e-mail; one query."""
    found: dict[int, dict[str, Permit]] = defaultdict(dict)
    rows = Consent.objects.filter(person_id__in=set(person_ids), channel="email", retracted_at__isnull=True)
    for person, purpose, is_granted, at in rows.order_by("at", "id").values_list(
        "person_id", "purpose", "is_granted", "at"
    ):
        found[person][purpose] = Permit(is_granted, at)
    return found


def addresses_of(person_ids: Iterable[int]) -> Mapping[int, str]:
    """{person: e-mail address}: the own one given last, else a shared one (info@…); one query."""
    found: dict[int, tuple[bool, str]] = {}
    rows = Identity.objects.filter(
        person_id__in=set(person_ids),
        kind__in=[IdentityKind.EMAIL, IdentityKind.ROLE_EMAIL],
        hidden_at__isnull=True,
    )
    for person, kind, value in rows.order_by("created_at", "id").values_list("person_id", "kind", "value"):
        is_own = kind == IdentityKind.EMAIL
        if person not in found or is_own >= found[person][0]:
            found[person] = (is_own, value)
    return {person: value for person, (_, value) in found.items()}


def preferences_of(message_key: str) -> Preferences:
    """What the link of this message opens. Raises UnknownMessage."""
    message = Message.objects.filter(key=message_key, channel="email").first()
    if message is None:
        raise UnknownMessage
    organisation = Organisation.objects.first()
    person = Person.objects.filter(id=message.about_person).first() if message.about_person else None
    blocked = suppressions_of([("email", message.recipient)])
    purposes = {purpose for each in blocked.values() for purpose in each}
    return Preferences(
        address=rules.masked(message.recipient),
        language=(person and person.language) or (organisation.language if organisation else "fa"),
        organisation=organisation.name if organisation else "",
        purpose=message.purpose,
        refused=frozenset((rules.SERVICE, rules.MARKETING) if "all" in purposes else purposes),
    )
