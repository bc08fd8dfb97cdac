"""Two cards become one, and two again.

A merge is a set of edges (gone -> kept) between persons and between their leads not yet won; every row that hangs on
them points to `root(origin)` over the edges of merges not undone. So merges can be undone in any order: drop the edges,
point everything to its root again, one UPDATE a table and group. The kept card's empty fields are filled from the
others; what was filled is taken back on undo, unless edited since, and filled again from the cards that remain.

A person has one lead not yet won. Where an undo or a reopened deal leaves two, the later is joined to the earlier
(`unite`): its request would have joined it, had things stood so from the beginning.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection, models, transaction
from django.db.models import Q

from sarnakh.kit.text import fold_key
from sarnakh.leads import answers
from sarnakh.leads.facts import Fact, record_facts, wake
from sarnakh.leads.fields import (
    PERSON_FIELDS,
    Written,
    companies_named,
    keep_history,
    refresh_search,
    save_people,
    set_on_person,
    value_of,
)
from sarnakh.leads.models import (
    DuplicatePair,
    Event,
    Lead,
    LeadSource,
    MaybeOnLead,
    Merge,
    MergeEdge,
    OnLead,
    OnPerson,
    OnVisitor,
    Person,
)
from sarnakh.leads.rules import CUSTOMER, roots
from sarnakh.leads.visitors import place_visits_of

ONE_LEAD = "one_open_lead"  # why `unite` joined leads


class MergeError(Exception):
    """These cards cannot be merged, or this merge not undone; `code` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def merge(keep: int, gone: Sequence[int], *, actor: int | None, at: datetime, reasons: Sequence[str] = ()) -> Merge:
    """Merge the persons of these leads into the person of `keep`; their leads not yet won become one.

    Raises MergeError: no_such_lead, same_person. The kept card's values stay.
    """
    with transaction.atomic():
        people = _lock_whole(lambda: _people_of([keep, *gone]))
        kept, others = people[0], list(dict.fromkeys(people[1:]))
        if kept in others:
            raise MergeError("same_person")
        if not others:
            raise MergeError("no_such_lead")
        row = Merge.objects.create(at=at, actor_id=actor, keep_person_id=kept, reasons=list(reasons))
        leads = _open_leads([kept, *others])
        target = keep if keep in leads.get(kept, ()) else next(iter(leads.get(kept, ())), None)
        lead_edges = []
        for person in others:
            for lead in leads.get(person, ()):
                if target is None:
                    target = lead
                else:
                    lead_edges.append((lead, target))
        MergeEdge.objects.bulk_create(
            [MergeEdge(merge=row, subject="person", gone=person, kept=kept) for person in others]
            + [MergeEdge(merge=row, subject="lead", gone=lead, kept=to) for lead, to in lead_edges]
        )
        anchor = target or keep
        [event] = record_facts(
            [Fact("persons_merged", at, origin=anchor, actor=actor, props={"merge": row.id})], received_at=at
        )
        row.event = event
        row.save(update_fields=["event"])
        _settle([kept, *others], event_id=event.id, at=at)
        DuplicatePair.objects.filter(low__in=[kept, *others], high__in=[kept, *others]).update(state="merged")
    return row


def undo(merge_id: int, *, actor: int | None, at: datetime) -> Merge:
    """Undo one merge, whatever was merged or worked since.

    Raises MergeError: no_such_merge, already_undone; one_lead_a_person for what `unite` joined.
    """
    with transaction.atomic():
        row = Merge.objects.filter(id=merge_id).first()
        if row is None:
            raise MergeError("no_such_merge")
        # The persons before the merge's own row: a merge that holds them writes all merges of theirs.
        component = _lock_whole(lambda: _component(row))
        row.refresh_from_db()
        if row.retracted_at is not None:
            raise MergeError("already_undone")
        if row.reasons == [ONE_LEAD]:
            raise MergeError("one_lead_a_person")
        Merge.objects.filter(id=row.id).update(retracted_at=at)
        row.edges.update(is_active=False)
        anchor = row.event.origin_id if row.event else None
        [event] = record_facts(
            [
                Fact(
                    "merge_undone",
                    at,
                    origin=anchor,
                    actor=actor,
                    props={"merge": row.id},
                    retracts=row.event_id,
                )
            ],
            received_at=at,
        )
        _settle(component, event_id=event.id, at=at)
    row.refresh_from_db()
    return row


# --- what is where ---------------------------------------------------------------------------------------------------


def _people_of(lead_ids: Sequence[int]) -> list[int]:
    found = dict(Lead.objects.filter(id__in=lead_ids).values_list("id", "person_id"))
    if set(lead_ids) - found.keys():
        raise MergeError("no_such_lead")
    return [found[lead] for lead in lead_ids]


def unite(people: Collection[int], *, at: datetime) -> None:
    """Join the leads not yet won of each of these persons, if there are two. Needs a transaction and their locks."""
    _settle_leads(people, at=at)


def lock_person_of(lead_id: int) -> int:
    """Lock the person of a lead, against matching and merging; returns them. Taken before the lead's own lock."""
    return _lock_whole(lambda: _people_of([lead_id]))[0]


def note_fills(kept: int, fills: Mapping[str, Any]) -> None:
    """A card merged into `kept` was given these values and the kept one filled from it: taken back with the merge."""
    row = Merge.objects.filter(keep_person=kept, retracted_at__isnull=True).order_by("-id").first()
    if row is not None and fills:
        row.before.setdefault(str(kept), {}).update({name: [None, value] for name, value in fills.items()})
        row.save(update_fields=["before"])


def _lock_whole(find: Callable[[], list[int]]) -> list[int]:
    """Lock the persons found, with all who were merged into them: nobody matches, merges or undoes these meanwhile.

    Always in id order; where a merge ended while we waited, all locks are let go and taken again.
    """
    while True:
        with transaction.atomic():
            people = find()
            rows = Person.objects.filter(Q(id__in=people) | Q(merged_into__in=people)).order_by("id")
            locked = list(rows.select_for_update(no_key=True).values_list("id", flat=True))
            if find() == people and list(rows.values_list("id", flat=True)) == locked:
                return people
            transaction.set_rollback(True)


def _open_leads(people: Collection[int]) -> dict[int, list[int]]:
    """Leads not yet won by person, the newest first."""
    rows = Lead.objects.filter(person__in=people, hidden_at__isnull=True).exclude(stage=CUSTOMER)
    found: dict[int, list[int]] = defaultdict(list)
    for person, lead in rows.order_by("-created_at", "-id").values_list("person_id", "id"):
        found[person].append(lead)
    return found


def _component(row: Merge) -> list[int]:
    """All persons under the present root of this merge."""
    kept = Person.objects.get(id=row.keep_person_id)
    root = kept.merged_into_id or kept.id
    return sorted(Person.objects.filter(Q(id=root) | Q(merged_into=root)).values_list("id", flat=True))


def _settle(people: Sequence[int], *, event_id: int, at: datetime) -> None:
    """Point everything of these persons to its root over the active edges, and compute what follows from it."""
    members = sorted(Person.objects.filter(Q(id__in=people) | Q(merged_into__in=people)).values_list("id", flat=True))
    person_roots = roots(_edges("person", members), members)
    for group in _groups(person_roots):
        Person.objects.filter(id__in=group.others).update(merged_into=group.root)
        Person.objects.filter(id=group.root).update(merged_into=None)
        for model in OnPerson.__subclasses__():
            model._default_manager.filter(origin__in=group.members).exclude(person=group.root).update(person=group.root)
    _refill(members, event_id=event_id)
    _settle_leads(set(person_roots.values()), at=at)
    pairs = DuplicatePair.objects.filter(low__in=members, high__in=members, state="merged")
    apart = [
        row for row, low, high in pairs.values_list("id", "low", "high") if person_roots[low] != person_roots[high]
    ]
    pairs.filter(id__in=apart).update(state="open")


def _settle_leads(people: Collection[int], *, at: datetime) -> None:
    """Point everything that hangs on the leads of these (kept) persons to its root, with one lead not yet won each."""
    person_of = dict(Lead.objects.filter(person__in=people).values_list("id", "person_id"))
    _cut(person_of)
    lead_roots = roots(_edges("lead", list(person_of)), person_of)
    moved = _follow(lead_roots, at)
    if _join_open(people, at):
        lead_roots = roots(_edges("lead", list(person_of)), person_of)
        moved |= _follow(lead_roots, at)
    refresh_search([lead for lead, root in lead_roots.items() if root == lead])
    touched = moved or person_of.keys()
    if touched:
        wake(touched, at=at)
    place_visits_of(people, received_at=at)


def _follow(lead_roots: Mapping[int, int], at: datetime) -> set[int]:
    moved = _point_leads(lead_roots, at)
    _place_sources(lead_roots)
    answers.recompute(lead_roots.values())
    return moved


def _cut(person_of: Mapping[int, int]) -> None:
    """Take out edges between leads whose persons an undo has parted, of whatever merge."""
    edges = MergeEdge.objects.filter(subject="lead", gone__in=person_of, is_active=True)
    apart = [
        edge for edge, gone, kept in edges.values_list("id", "gone", "kept") if person_of[gone] != person_of.get(kept)
    ]
    MergeEdge.objects.filter(id__in=apart).update(is_active=False)


def _join_open(people: Collection[int], at: datetime) -> bool:
    """Whether someone had two leads not yet won; the later ones now follow the earliest."""
    found = False
    for person, leads in _open_leads(people).items():
        if len(leads) > 1:
            found = True
            row = Merge.objects.create(at=at, keep_person_id=person, reasons=[ONE_LEAD])
            MergeEdge.objects.bulk_create(
                MergeEdge(merge=row, subject="lead", gone=lead, kept=leads[-1]) for lead in leads[:-1]
            )
    return found


def _edges(subject: str, ids: Sequence[int]) -> dict[int, int]:
    rows = MergeEdge.objects.filter(subject=subject, gone__in=ids, is_active=True)
    return dict(rows.values_list("gone", "kept"))


@dataclass(slots=True)
class _Group:
    """Cards under one root."""

    root: int
    members: list[int] = field(default_factory=list)

    @property
    def others(self) -> list[int]:
        return [member for member in self.members if member != self.root]


def _groups(found: Mapping[int, int]) -> Iterator[_Group]:
    groups: dict[int, _Group] = {}
    for member, root in found.items():
        groups.setdefault(root, _Group(root)).members.append(member)
    yield from groups.values()


def _point_leads(lead_roots: Mapping[int, int], at: datetime) -> set[int]:
    """Move what hangs on leads; returns the leads whose merging changed, with the roots they left and joined."""
    before = {
        lead: into or lead for lead, into in Lead.objects.filter(id__in=lead_roots).values_list("id", "merged_into_id")
    }
    changed = {lead for lead, root in lead_roots.items() if before[lead] != root}
    if not changed:
        return set()
    for group in _groups({lead: lead_roots[lead] for lead in changed}):
        Lead.objects.filter(id__in=group.others).update(merged_into=group.root, hidden_at=at)
        for model in _hanging_on_leads():
            model._default_manager.filter(origin__in=group.members).update(lead=group.root)
    back = [lead for lead in changed if lead_roots[lead] == lead]
    Lead.objects.filter(id__in=back).update(merged_into=None, hidden_at=None)
    _point_kinds(sorted(changed))
    return changed | {before[lead] for lead in changed} | {lead_roots[lead] for lead in changed}


def _hanging_on_leads() -> list[type[models.Model]]:
    families: tuple[type[models.Model], ...] = (OnLead, MaybeOnLead, OnVisitor)
    return [model for base in families for model in base.__subclasses__() if not model._meta.abstract]


def _point_kinds(origins: Sequence[int]) -> None:
    marks = ", ".join(["%s"] * len(origins))
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE event_kind SET lead_id = (SELECT lead_id FROM event WHERE event.id = event_kind.event_id) "  # noqa: S608
            f"WHERE event_id IN (SELECT id FROM event WHERE origin_id IN ({marks}))",
            list(origins),
        )


def _place_sources(lead_roots: Mapping[int, int]) -> None:
    """Of merged leads the earliest-created one's source counts."""
    rows = LeadSource.objects.filter(origin__in=lead_roots).order_by("origin__created_at", "origin_id")
    first: dict[int, int] = {}
    for origin in rows.values_list("origin_id", flat=True):
        first.setdefault(lead_roots[origin], origin)
    LeadSource.objects.filter(origin__in=lead_roots).update(lead=None)
    for root, origin in first.items():
        LeadSource.objects.filter(origin=origin).update(lead=root)


# --- filled fields ---------------------------------------------------------------------------------------------------


def _refill(members: Sequence[int], *, event_id: int) -> None:
    """Take back every fill that was not edited since, then fill anew for each merge in force, in order."""
    people = {person.id: person for person in Person.objects.filter(id__in=members).select_related("company")}
    shown = {person: _values(row) for person, row in people.items()}
    own = {person: dict(values) for person, values in shown.items()}
    merges = list(Merge.objects.filter(keep_person__in=members).order_by("id").prefetch_related("edges"))
    for row in reversed(merges):
        for person, fills in row.before.items():
            for name, (before, written) in fills.items():
                values = own.get(int(person), {})
                if values.get(name) == written:
                    _put(values, name, before)
    for row in merges:
        row.before = {}
        if row.retracted_at is None:
            gone = [edge.gone for edge in row.edges.all() if edge.subject == "person"]
            row.before = _fill(own, row.keep_person_id, sorted(gone))
    Merge.objects.bulk_update(merges, ["before"])
    _save(people, shown, own, event_id)


def _fill(own: dict[int, dict[str, Any]], keep: int, gone: Sequence[int]) -> dict[str, Any]:
    fills: dict[str, list[Any]] = {}
    for person in gone:
        for name, value in own.get(person, {}).items():
            if own[keep].get(name) is None:
                own[keep][name] = value
                fills[name] = [None, value]
    return {str(keep): fills} if fills else {}


def _save(
    people: Mapping[int, Person], shown: Mapping[int, dict[str, Any]], now: Mapping[int, dict[str, Any]], event_id: int
) -> None:
    changes = [
        Written(person, name, shown[person].get(name), now[person].get(name))
        for person in people
        for name in sorted(shown[person].keys() | now[person].keys())
        if shown[person].get(name) != now[person].get(name)
    ]
    if not changes:
        return
    event = Event.objects.get(id=event_id)
    companies = companies_named([w.new for w in changes if w.field == "company" and w.new], at=event.at)
    companies |= {fold_key(p.company.name): p.company for p in people.values() if p.company}
    for change in changes:
        set_on_person(people[change.person], change.field, change.new, companies)
    save_people([people[person] for person in {change.person for change in changes}])
    keep_history([(event, changes)])


def _values(person: Person) -> dict[str, Any]:
    names = [*PERSON_FIELDS, *(f"custom.{slug}" for slug in person.custom)]
    return {name: value for name in names if (value := value_of(person, name)) is not None}


def _put(values: dict[str, Any], name: str, value: Any) -> None:
    if value is None:
        values.pop(name, None)
    else:
        values[name] = value
