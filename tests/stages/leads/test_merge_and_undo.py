"""Merges with work in between, undone in any order, end as if they had never been, plus the work done since."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction
from hypothesis import given
from hypothesis import strategies as st

from sarnakh.leads.facts import Fact, record_facts
from sarnakh.leads.fields import change_fields, value_of
from sarnakh.leads.matching import take_in
from sarnakh.leads.merging import MergeError, merge, undo
from sarnakh.leads.models import Event, Identity, KindMatch, Lead, LeadMilestone, LeadSource, Person
from sarnakh.leads.ports import Draft, Key, Origin

pytestmark = pytest.mark.django_db
START = datetime(2026, 11, 1, 8, tzinfo=UTC)
PEOPLE = 4
FIELDS = ("name", "job_title", "city", "custom.size")


@dataclass
class World:
    """One base with four people; `undone` merges are never made in the world that knows the end."""

    skip: frozenset[int] = frozenset()
    leads: list[int] = field(default_factory=list)
    merges: dict[int, int] = field(default_factory=dict)
    clock: datetime = START

    def tick(self) -> datetime:
        self.clock += timedelta(hours=1)
        return self.clock

    def populate(self, cards: list[dict[str, str]]) -> None:
        for i, card in enumerate(cards):
            self.leads.append(self.send(i, **card))

    def send(self, person: int, **fields: str) -> int:
        at = self.tick()
        given = {name.replace("__", "."): value for name, value in fields.items()}
        [outcome] = take_in(
            [Draft(1, (Key("mobile", f"+98912000000{person}", True),), given, Origin(source=f"s{person}"), at, at)],
            received_at=at,
        )
        return outcome.lead

    def root(self, person: int) -> int:
        lead = Lead.objects.get(id=self.leads[person])
        return lead.merged_into_id or lead.id

    def merge(self, number: int, keep: int, gone: int) -> None:
        at = self.tick()
        if number in self.skip:
            return
        if self.root(keep) == self.root(gone):
            with pytest.raises(MergeError, match="same_person"):
                merge(self.leads[keep], [self.leads[gone]], actor=None, at=at)
        else:
            self.merges[number] = merge(self.leads[keep], [self.leads[gone]], actor=None, at=at).id

    def undo(self, number: int) -> None:
        at = self.tick()
        if number in self.merges and number not in self.skip:
            undo(self.merges.pop(number), actor=None, at=at)

    def edit(self, lead: int, name: str, value: str) -> None:
        at = self.tick()
        change_fields(Lead.objects.get(id=lead), {name: value}, actor=None, at=at, received_at=at)

    def stage(self, lead: int, to: str) -> None:
        at = self.tick()
        record_facts([Fact("stage_changed", at, origin=lead, props={"to": to, "reason": "r"})], received_at=at)

    def visit(self, lead: int) -> None:
        at = self.tick()
        record_facts([Fact("page_viewed", at, origin=lead)], received_at=at)

    def snapshot(self) -> object:
        """All that a user can see, by the number of the person."""
        index = {lead: i for i, lead in enumerate(self.leads)}
        people = {Lead.objects.get(id=lead).origin_id: i for i, lead in enumerate(self.leads)}
        skip = ("persons_merged", "merge_undone")
        return {
            "people": {
                people[p.id]: ({f: value_of(p, f) for f in FIELDS}, people.get(p.merged_into_id or 0))
                for p in Person.objects.select_related("company")
            },
            "leads": {
                index[lead.id]: (
                    people[lead.person_id],
                    index.get(lead.merged_into_id or 0),
                    lead.stage,
                    lead.stage_at,
                    lead.reason,
                    lead.hidden_at is None,
                    lead.search if lead.hidden_at is None else "",
                )
                for lead in Lead.objects.all()
            },
            "identities": {(i.value, people[i.person_id], people[i.origin_id]) for i in Identity.objects.all()},
            "events": sorted(
                (e.at, e.name, index[e.origin_id], index[e.lead_id]) for e in Event.objects.exclude(name__in=skip)
            ),
            "kinds": sorted(
                (k.at, k.kind_id, index[k.lead_id]) for k in KindMatch.objects.exclude(event__name__in=skip)
            ),
            "milestones": {
                index[m.lead_id]: (m.created_at, m.first_touch_at, m.mql_at, m.sql_at, m.disqualified_at)
                for m in LeadMilestone.objects.filter(lead__hidden_at__isnull=True)
            },
            "sources": {(index[s.lead_id], s.source) for s in LeadSource.objects.filter(lead__isnull=False)},
        }


card = st.fixed_dictionaries(
    {}, optional={name.replace(".", "__"): st.sampled_from(["الف", "ب", "پ"]) for name in FIELDS}
)
person = st.integers(0, PEOPLE - 1)
step = st.one_of(
    st.tuples(st.just("merge"), person, person),
    st.tuples(st.just("undo"), st.integers(0, 5)),
    st.tuples(st.just("send"), person),
    st.tuples(st.just("edit"), person, st.sampled_from(FIELDS), st.sampled_from(["ت", "ث"])),
    st.tuples(st.just("stage"), person, st.sampled_from(["mql", "sql", "disqualified", "lead"])),
    st.tuples(st.just("visit"), person),
)


def play(world: World, cards: list[dict[str, str]], steps: list[tuple], roots: list[int] | None) -> list[int]:
    """Run the steps; a step on a card goes to where it stood in the world with merges (`roots`: taken from there)."""
    world.populate(cards)
    addressed: list[int] = []
    made = 0
    for one in steps:
        name = one[0]
        if name == "merge":
            world.merge(made, one[1], one[2])
            made += 1
        elif name == "undo":
            world.undo(one[1])
        elif name == "send":
            world.send(one[1])
        else:
            target = roots[len(addressed)] if roots is not None else world.leads.index(world.root(one[1]))
            addressed.append(target)
            getattr(world, name)(world.leads[target], *one[2:])
    return addressed


@given(st.lists(card, min_size=PEOPLE, max_size=PEOPLE), st.lists(step, max_size=14))
def test_undone_merges_leave_the_world_as_if_they_had_never_been(cards, steps):
    with transaction.atomic():
        with_merges = World()
        roots = play(with_merges, cards, steps, None)
        undone = frozenset(range(10)) - frozenset(with_merges.merges)
        seen = with_merges.snapshot()
        transaction.set_rollback(True)
    with transaction.atomic():
        without = World(skip=undone)
        play(without, cards, [one for one in steps if one[0] != "undo" or one[1] not in undone], roots)
        expected = without.snapshot()
        transaction.set_rollback(True)
    assert untimed(seen) == untimed(expected)


def untimed(snapshot):
    """Undo steps take time of their own; compare the order of moments, not the moments."""
    moments = sorted({at for at, *_ in snapshot["events"]})
    rank = {at: i for i, at in enumerate(moments)}

    def walk(value):
        if isinstance(value, datetime):
            return rank[value]
        if isinstance(value, dict):
            return {key: walk(each) for key, each in value.items()}
        if isinstance(value, set):
            return sorted((walk(each) for each in value), key=repr)
        if isinstance(value, list | tuple):
            return [walk(each) for each in value]
        return value

    return walk(snapshot)


def test_a_merged_id_answers_the_kept_lead_and_its_events_move():
    world = World()
    with transaction.atomic():
        world.populate([{}, {}])
        world.visit(world.leads[1])
        row = merge(world.leads[0], [world.leads[1]], actor=None, at=world.tick())
    assert Lead.objects.get(id=world.leads[1]).merged_into_id == world.leads[0]
    assert not Event.objects.filter(lead=world.leads[1]).exists()
    undo(row.id, actor=None, at=world.tick())
    assert Event.objects.filter(lead=world.leads[1], name="page_viewed").exists()
    with pytest.raises(MergeError):
        undo(row.id, actor=None, at=world.tick())
