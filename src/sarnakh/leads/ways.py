"""The ways to reach a person, set by hand: what is not named goes, what is new comes.

An exclusive value that another person holds stays theirs: the two are perhaps one person, and merging is for people.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from django.db import IntegrityError, transaction

from sarnakh.leads.facts import Fact, record_facts
from sarnakh.leads.fields import Written as Value
from sarnakh.leads.fields import keep_history, refresh_search
from sarnakh.leads.models import Event, Identity, Lead, Person, SharedValue
from sarnakh.leads.ports import Key

FIELDS: Mapping[str, tuple[str, ...]] = {"phones": ("mobile", "phone"), "emails": ("email", "role_email")}


class WayTaken(Exception):
    """Another person has this phone or e-mail; `field` says in which list it was given."""

    def __init__(self, field: str, value: str) -> None:
        super().__init__(f"{field}: {value}")
        self.field, self.value = field, value


class Unreachable(Exception):
    """Nothing would be left by which the person can be reached."""


@transaction.atomic
def set_ways(
    lead: Lead,
    ways: Mapping[str, Sequence[Key]],
    *,
    actor: int | None,
    at: datetime,
    received_at: datetime,
    source: str = "app",
) -> Event | None:
    """Make these the person's phones or e-mails (`ways`: phones, emails). One fact; None if nothing moved.

    Raises WayTaken, Unreachable.
    """
    Person.objects.select_for_update().get(id=lead.person_id)
    rows = list(Identity.objects.filter(person=lead.person_id).order_by("created_at", "id"))
    shared = set(SharedValue.objects.values_list("kind", "value"))
    written = []
    for field, keys in ways.items():
        wanted = {(key.kind, key.value): key.is_exclusive and (key.kind, key.value) not in shared for key in keys}
        there = [row for row in rows if row.kind in FIELDS[field]]
        old = [row.value for row in there if row.hidden_at is None]
        Identity.objects.filter(
            id__in=[row.id for row in there if row.hidden_at is None and (row.kind, row.value) not in wanted]
        ).update(hidden_at=received_at)
        _bring(lead, field, wanted, there, received_at)
        new = [value for _kind, value in wanted]
        if sorted(set(old)) != sorted(new):
            written.append(Value(lead.person_id, field, old or None, new or None))
    if not written:
        return None
    if not Identity.objects.filter(person=lead.person_id, hidden_at__isnull=True).exists():
        raise Unreachable
    props = {"fields": [value.field for value in written]}
    fact = Fact("fields_changed", at, origin=lead.id, actor=actor, source=source, props=props)
    [event] = record_facts([fact], received_at=received_at)
    keep_history([(event, written)])
    refresh_search([lead.id])
    return event


def _bring(
    lead: Lead, field: str, wanted: Mapping[tuple[str, str], bool], there: Collection[Identity], at: datetime
) -> None:
    shown = {(row.kind, row.value) for row in there if row.hidden_at is None}
    hidden = {(row.kind, row.value): row for row in there if row.hidden_at is not None}
    for (kind, value), is_exclusive in wanted.items():
        if (kind, value) in shown:
            continue
        try:
            with transaction.atomic():
                if (kind, value) in hidden:
                    Identity.objects.filter(id=hidden[kind, value].id).update(hidden_at=None, is_exclusive=is_exclusive)
                else:
                    Identity.objects.create(
                        origin_id=lead.person_id,
                        person_id=lead.person_id,
                        kind=kind,
                        value=value,
                        is_exclusive=is_exclusive,
                        created_at=at,
                    )
        except IntegrityError as error:
            raise WayTaken(field, value) from error
