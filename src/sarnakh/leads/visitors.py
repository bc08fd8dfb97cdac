"""Devices and the people on them: what a visitor did belongs to the first person identified there, and after each later
identification to that one. A person's visits belong to the lead not yet won at that moment; after a win they wait.

`link_devices` and `detach_device` change who a device belongs to; `place` moves what hangs on devices.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, models
from django.db.models import Q

from sarnakh.djangokit.bulk import update_rows
from sarnakh.leads import answers
from sarnakh.leads.facts import Fact, record_facts, wake
from sarnakh.leads.models import Event, Lead, OnVisitor, Person, Visitor, VisitorLink


@dataclass(frozen=True, slots=True)
class Place:
    """Where something a visitor did belongs: a person's card, and a lead unless it waits for the next one."""

    person: int | None = None
    origin: int | None = None
    lead: int | None = None


NOWHERE = Place()


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """All that is needed to place one visitor's events: links and the leads of each linked person, in order of time."""

    links: tuple[tuple[datetime, int], ...]  # at, origin person
    leads: dict[int, tuple[tuple[int, int, datetime | None], ...]]  # origin person -> (origin lead, lead, won_at)

    def at(self, moment: datetime) -> Place:
        """Where an event of `moment` belongs."""
        if not self.links:
            return NOWHERE
        _, person = self.links[0]
        for since, next_person in self.links[1:]:
            if moment >= since:
                person = next_person
        for origin_lead, lead, won_at in self.leads.get(person, ()):
            if won_at is None or won_at > moment:
                return Place(person, origin_lead, lead)
        return Place(person)


def visitors_by_key(keys: Iterable[str], *, at: datetime) -> dict[str, Visitor]:
    """{anonymous id: visitor}, made where new."""
    wanted = set(keys)
    found = {visitor.key: visitor for visitor in Visitor.objects.filter(key__in=wanted)}
    missing = sorted(wanted - found.keys())
    if missing:
        Visitor.objects.bulk_create(
            [Visitor(key=key, created_at=at, seen_at=at) for key in missing], ignore_conflicts=True
        )
        found |= {visitor.key: visitor for visitor in Visitor.objects.filter(key__in=missing)}
    return found


def whereabouts(visitor_ids: Iterable[int]) -> dict[int, Whereabouts]:
    """Links and leads of these visitors, in two queries."""
    links: dict[int, list[tuple[datetime, int]]] = defaultdict(list)
    people = set()
    rows = VisitorLink.objects.filter(visitor__in=set(visitor_ids), retracted_at__isnull=True).order_by("at", "id")
    for visitor, at, origin, person in rows.values_list("visitor_id", "at", "origin_id", "person_id"):
        links[visitor].append((at, origin))
        people.add((origin, person))
    leads = _leads_of(people)
    return {visitor: Whereabouts(tuple(links.get(visitor, ())), leads) for visitor in set(visitor_ids)}


def _leads_of(people: set[tuple[int, int]]) -> dict[int, tuple[tuple[int, int, datetime | None], ...]]:
    """Leads by origin person, in order of creation: the card's own first, then those of the cards merged with it."""
    if not people:
        return {}
    rows = (
        Lead.objects.filter(Q(merged_into__isnull=False) | Q(hidden_at__isnull=True), person__in={p for _, p in people})
        .order_by("created_at", "id")
        .values_list(
            "id", "origin_id", "person_id", "merged_into_id", "milestone__won_at", "merged_into__milestone__won_at"
        )
    )
    found: dict[int, list[tuple[int, int, int, datetime | None]]] = defaultdict(list)
    for id_, origin, person, merged_into, won_at, kept_won_at in rows:
        found[person].append((origin, id_, merged_into or id_, kept_won_at if merged_into else won_at))
    return {
        origin: tuple(row[1:] for row in sorted(found[person], key=lambda row: row[0] != origin))
        for origin, person in people
    }


def link_devices(links: Sequence[tuple[int, int, datetime]], *, received_at: datetime) -> None:
    """Say that from `at` on these devices belong to these people (visitor, origin person, at), and move what follows.

    A device that belongs to that card at that moment is left as it is. Needs a transaction.
    """
    ids = sorted({visitor for visitor, _, _ in links})
    list(Visitor.objects.filter(id__in=ids).order_by("id").select_for_update().values_list("id"))
    known: dict[int, list[tuple[datetime, int]]] = defaultdict(list)
    rows = VisitorLink.objects.filter(visitor__in={v for v, _, _ in links}, retracted_at__isnull=True)
    for visitor, since, origin in rows.order_by("at", "id").values_list("visitor_id", "at", "origin_id"):
        known[visitor].append((since, origin))
    roots = _person_roots({person for _, person, _ in links})
    new, moved = [], set()
    for visitor, person, at in links:
        before = [origin for since, origin in known[visitor] if since <= at]
        if not before or before[-1] != person:
            new.append(VisitorLink(visitor_id=visitor, origin_id=person, person_id=roots[person], at=at))
            known[visitor].insert(len(before), (at, person))
            moved.add(visitor)
    if not new:
        return
    VisitorLink.objects.bulk_create(new)
    record_facts(
        [
            Fact(
                "device_linked",
                link.at,
                person=link.origin_id,
                visitor=link.visitor_id,
                props={"visitor": link.visitor_id},
            )
            for link in new
        ],
        received_at=received_at,
    )
    place(moved, received_at=received_at)


def detach_device(visitor_id: int, person_id: int, *, actor: int | None, at: datetime) -> None:
    """“Not this person”: take the device away from them; what was done on it goes back. Needs a transaction."""
    rows = VisitorLink.objects.filter(visitor=visitor_id, person=person_id, retracted_at__isnull=True)
    if rows.update(retracted_at=at):
        record_facts(
            [
                Fact(
                    "device_detached",
                    at,
                    person=person_id,
                    visitor=visitor_id,
                    actor=actor,
                    props={"visitor": visitor_id},
                )
            ],
            received_at=at,
        )
        place({visitor_id}, received_at=at)


def place_visits_of(person_ids: Iterable[int], *, received_at: datetime) -> None:
    """Their leads changed (one is new, was won, reopened or merged): put what they did on their devices where it now
    belongs. Needs a transaction."""
    visitors = VisitorLink.objects.filter(person__in=set(person_ids), retracted_at__isnull=True)
    place(set(visitors.values_list("visitor_id", flat=True)), received_at=received_at)


def place(visitor_ids: Iterable[int], *, received_at: datetime) -> None:
    """Put everything that hangs on these devices where it belongs now; twice changes nothing. Needs a transaction."""
    ids = set(visitor_ids)
    if not ids:
        return
    where = whereabouts(ids)
    touched: set[int] = set()
    hanging: list[type[models.Model]] = list(OnVisitor.__subclasses__())
    for model in hanging:
        changes = []
        rows = model._default_manager.filter(visitor__in=ids).values_list(
            "id", "visitor_id", "at", "person_id", "origin_id", "lead_id"
        )
        for id_, visitor, at, person, origin, lead in rows:
            now = where[visitor].at(at)
            if (person, origin) != (now.person, now.origin):
                changes.append((id_, now.person, now.origin, now.lead))
                touched |= {each for each in (lead, now.lead) if each}
        update_rows(model, ("person", "origin", "lead"), changes)
        if model is Event and changes:
            _repoint_kinds([change[0] for change in changes])
    if touched:
        answers.recompute(touched)
        wake(touched, at=received_at)


def _repoint_kinds(event_ids: Sequence[int]) -> None:
    with connection.cursor() as cursor:
        for start in range(0, len(event_ids), 1000):
            part = event_ids[start : start + 1000]
            marks = ", ".join(["%s"] * len(part))
            cursor.execute(
                "UPDATE event_kind SET lead_id = "  # noqa: S608  only marks are put in
                f"(SELECT lead_id FROM event WHERE event.id = event_kind.event_id) WHERE event_id IN ({marks})",
                part,
            )


def _person_roots(ids: set[int]) -> dict[int, int]:
    rows = Person.objects.filter(id__in=ids).values_list("id", "merged_into_id")
    return {id_: merged_into or id_ for id_, merged_into in rows}
