"""A past moment is answered as it was answered then."""

from __future__ import annotations

import random
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import transaction

from factories import make_team, make_user
from sarnakh.accounts.models import User
from sarnakh.catalogue.models import Product
from sarnakh.leads import merging
from sarnakh.leads.facts import Fact, record_facts
from sarnakh.leads.fields import change_fields
from sarnakh.leads.filter import LeadState, holds, load_vocabulary, parse
from sarnakh.leads.filter.replay import ScoreNow, present_states, states
from sarnakh.leads.matching import take_in
from sarnakh.leads.models import CustomField, FieldHistory, Lead, MergeEdge
from sarnakh.leads.ports import Draft, Key, Origin, Permission

pytestmark = pytest.mark.django_db
START = datetime(2026, 5, 1, 6, tzinfo=UTC)
HOUR = timedelta(hours=1)


class World:
    """A few people whose leads live on, hour by hour, through the services."""

    def __init__(self, seed: int) -> None:
        self.chance, self.at, self.people = random.Random(seed), START, 0
        team = make_team()
        self.owners: list[User] = [make_user(team=team), make_user(team=team)]
        self.products = [Product.objects.create(slug=slug) for slug in ("crm", "sms")]
        CustomField.objects.create(slug="rank", type="number")

    def open_lead(self) -> Lead:
        found = list(Lead.objects.filter(hidden_at=None).order_by("id"))
        return self.chance.choice(found)

    def step(self) -> None:
        self.at += HOUR
        acts = (self.arrives, self.changes, self.changes, self.acts, self.acts, self.moves, self.assigned, self.wishes)
        with transaction.atomic():
            if self.people < 3:
                self.arrives()
            elif self.people > 5 and self.chance.random() < 0.08:
                self.merges()
            else:
                self.chance.choice(acts)()

    def arrives(self) -> None:
        known = self.people > 3 and self.chance.random() < 0.5
        number = self.chance.randint(1, self.people) if known else self.people + 1
        self.people = max(self.people, number)
        keys = [Key("mobile", f"+98912000{number:04d}", True)]
        if self.chance.random() < 0.4:
            keys.append(Key("email", f"p{number}@example.com", True))
        said = [
            Permission("marketing", self.chance.choice(("email", "sms")), self.chance.random() < 0.6)
            for _ in range(self.chance.randrange(2))
        ]
        fields = {name: self.value(name) for name in ("name", "company", "city") if self.chance.random() < 0.5}
        draft = Draft(
            1,
            tuple(keys),
            {name: value for name, value in fields.items() if value},
            Origin(source=self.chance.choice(("google", "instagram")), medium="cpc", channel="form"),
            self.at,
            self.at,
            tuple(said),
            event="form_submitted",
            props={"form": "demo"},
        )
        take_in([draft], received_at=self.at)

    def value(self, field: str) -> Any:
        if field == "custom.rank":
            return self.chance.choice((None, 1, 2.5, 70))
        return self.chance.choice((None, f"{field} یک", f"{field} two", f"{field} ۳"))

    def changes(self) -> None:
        names = self.chance.sample(("name", "job_title", "company", "province", "city", "custom.rank"), 2)
        values = {name: self.value(name) for name in names}
        change_fields(self.open_lead(), values, actor=self.owners[0].id, at=self.at, received_at=self.at)

    def acts(self) -> None:
        name = self.chance.choice(("page_viewed", "tracked", "call_logged"))
        fact = Fact(name, self.at, origin=self.open_lead().id, props={"plan": self.chance.choice(("pro", "basic"))})
        record_facts([fact], received_at=self.at)

    def moves(self) -> None:
        lead = self.open_lead()
        to = self.chance.choice(("mql", "sql", "disqualified", "deferred", "lead"))
        props: dict[str, Any] = {"from": lead.stage, "to": to, "reason": "بودجه"}
        if to == "deferred":
            props["until"] = (self.at + 24 * HOUR).isoformat()
        record_facts([Fact("stage_changed", self.at, origin=lead.id, props=props)], received_at=self.at)

    def assigned(self) -> None:
        owner = self.chance.choice(self.owners)
        props = {"user": owner.id, "team": owner.team_id}
        record_facts([Fact("lead_assigned", self.at, origin=self.open_lead().id, props=props)], received_at=self.at)

    def wishes(self) -> None:
        lead, product = self.open_lead(), self.chance.choice(self.products)
        old = lead.product.slug if lead.product else None
        [event] = record_facts(
            [Fact("fields_changed", self.at, origin=lead.id, props={"fields": ["product"]})], received_at=self.at
        )
        Lead.objects.filter(id=lead.id).update(product=product)
        FieldHistory.objects.create(origin=lead, field="product", at=self.at, old=old, new=product.slug, event=event)

    def merges(self) -> None:
        kept, gone = self.chance.sample(list(Lead.objects.filter(hidden_at=None).order_by("id")), 2)
        if kept.person_id != gone.person_id:
            merging.merge(kept.id, [gone.id], actor=None, at=self.at)


def plain(state: LeadState) -> tuple[Mapping[str, Any], Any]:
    return {name: value for name, value in state.fields.items() if value not in (None, "")}, state.events


def unscored(ids: list[int]) -> dict[int, ScoreNow]:
    return {id_: ScoreNow(0.0, 0.0, 0.0, "cold") for id_ in ids}


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_what_was_so_is_still_said_of_then(seed: int) -> None:
    world = World(seed)
    then: dict[datetime, dict[int, LeadState]] = {}
    for step in range(90):
        world.step()
        if step % 6 == 5:
            open_leads = Lead.objects.filter(hidden_at=None).values_list("id", flat=True)
            then[world.at] = present_states(open_leads, at=world.at)
    everyone = list(Lead.objects.values_list("id", flat=True))
    assert MergeEdge.objects.exists()
    for at, as_it_was in then.items():
        replayed = states(everyone, at=at, scored=unscored)
        assert replayed.keys() == as_it_was.keys()
        for id_, state in as_it_was.items():
            assert plain(replayed[id_]) == plain(state), (at, id_)


def test_a_retracted_fact_is_left_out_of_the_past_too() -> None:
    world = World(1)
    world.step()
    lead = Lead.objects.get()
    with transaction.atomic():
        [view] = record_facts([Fact("page_viewed", START + 3 * HOUR, origin=lead.id)], received_at=START + 3 * HOUR)
    seen = parse({"event": "page_viewed"}, load_vocabulary())
    assert holds(seen, states([lead.id], at=START + 4 * HOUR)[lead.id], at=START + 4 * HOUR)
    with transaction.atomic():
        late = START + 9 * HOUR
        record_facts([Fact("page_viewed", late, origin=lead.id, retracts=view.id)], received_at=late)
    assert not holds(seen, states([lead.id], at=START + 4 * HOUR)[lead.id], at=START + 4 * HOUR)


def test_a_merge_undone_had_never_been() -> None:
    world = World(5)
    for _ in range(3):
        world.step()
    one, two = Lead.objects.order_by("id")[:2]
    with transaction.atomic():
        change_fields(two, {"job_title": "مدیر فروش"}, actor=None, at=world.at, received_at=world.at)
    apart = states([one.id, two.id], at=world.at + HOUR)
    merged = merging.merge(one.id, [two.id], actor=None, at=world.at + 2 * HOUR)
    together = states([one.id, two.id], at=world.at + 3 * HOUR)
    assert together.keys() == {one.id}
    assert together[one.id].fields["job_title"] == "مدیر فروش"
    merging.undo(merged.id, actor=None, at=world.at + 4 * HOUR)
    for hours in (1, 3):
        again = states([one.id, two.id], at=world.at + hours * HOUR)
        assert {id_: state.fields for id_, state in again.items()} == {i: s.fields for i, s in apart.items()}


def test_a_change_told_late_counts_from_when_it_happened() -> None:
    world = World(1)
    world.step()
    lead = Lead.objects.get()
    for at, city in ((START + 10 * HOUR, "شیراز"), (START + 5 * HOUR, "یزد")):
        with transaction.atomic():
            change_fields(lead, {"city": city}, actor=None, at=at, received_at=START + 11 * HOUR)
    cities = [states([lead.id], at=START + hours * HOUR)[lead.id].fields["city"] for hours in (6, 10, 12)]
    assert cities == ["یزد", "شیراز", "شیراز"]


def test_a_lead_was_not_there_before_it_came() -> None:
    World(1).step()
    assert states(Lead.objects.values_list("id", flat=True), at=START) == {}


def test_many_leads_are_replayed_in_as_many_queries_as_one(django_assert_max_num_queries: Any) -> None:
    world = World(4)
    for _ in range(30):
        world.step()
    ids = list(Lead.objects.values_list("id", flat=True))
    with django_assert_max_num_queries(19):
        states(ids, at=world.at)
