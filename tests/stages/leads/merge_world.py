"""Four people whose cards are merged, parted and worked on; or the same life without some of the merges."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db.models import F
from hypothesis import assume
from hypothesis import strategies as st

from sarnakh.capture.models import Capture
from sarnakh.convert.models import Deal
from sarnakh.convert.ports import DealChange, NewDeal
from sarnakh.convert.services import convert, set_deal
from sarnakh.engage.models import Activity, Task
from sarnakh.engage.ports import NextStep, Talk
from sarnakh.engage.services import add_task, complete_task, log_activity
from sarnakh.leads.facts import Fact, record_facts
from sarnakh.leads.fields import change_fields
from sarnakh.leads.matching import take_in
from sarnakh.leads.merging import MergeError, merge, undo
from sarnakh.leads.models import (
    Company,
    Consent,
    Contact,
    Event,
    Identity,
    KindMatch,
    Lead,
    LeadMilestone,
    LeadSource,
    Person,
    Visitor,
    VisitorLink,
)
from sarnakh.leads.ports import Draft, Key, Origin, Permission
from sarnakh.leads.visitors import visitors_by_key, whereabouts
from sarnakh.lifecycle.export import scores
from sarnakh.qualify.models import ChecklistItem
from sarnakh.qualify.services import set_checklist_item
from snapshots import plain, ranks

START = datetime(2026, 11, 1, 8, tzinfo=UTC)
PEOPLE = 4
FIELDS = ("name", "job_title", "city", "company", "custom.size")
Step = tuple[Any, ...]

card = st.fixed_dictionaries({}, optional={name: st.sampled_from(["الف", "ب", "پ"]) for name in FIELDS})
person = st.integers(0, PEOPLE - 1)
steps = st.lists(
    st.one_of(
        st.tuples(st.just("merge"), person, person),
        st.tuples(st.just("merge"), person, person),
        st.tuples(st.just("undo"), st.integers(0, 5)),
        st.tuples(st.just("undo"), st.integers(0, 2)),
        st.tuples(st.just("send"), person, st.sampled_from(["", "d0", "d1"])),
        st.tuples(st.just("browse"), st.sampled_from(["d0", "d1"])),
        st.tuples(st.just("edit"), person, st.sampled_from(FIELDS), st.sampled_from(["ت", "ث", ""])),
        st.tuples(st.just("stage"), person, st.sampled_from(["mql", "sql", "disqualified", "lead", "deferred"])),
        st.tuples(
            st.sampled_from(["visit", "call", "task", "done", "tick", "convert", "win", "lose", "reopen"]), person
        ),
    ),
    max_size=16,
)


@dataclass
class World:
    """One base. `skip`: merges, by number, that are never made here. `told`: what the world with all merges decided."""

    skip: frozenset[int] = frozenset()
    told: list[Any] | None = None
    decided: list[Any] = field(default_factory=list)
    leads: list[int] = field(default_factory=list)
    merges: dict[int, int] = field(default_factory=dict)
    made: int = 0
    clock: datetime = START

    def play(self, cards: list[dict[str, str]], life: list[Step]) -> dict[str, Any]:
        """Live it and say how it ended; each step takes an hour whether it does something or not."""
        for i, fields in enumerate(cards):
            self.clock += timedelta(hours=1)
            self.leads.append(self._take(i, fields))
        for name, *rest in life:
            self.clock += timedelta(hours=1)
            getattr(self, name)(*rest)
        return self.snapshot()

    def decide(self, value: Any) -> Any:
        """What is decided in the world with all merges holds in the other too."""
        if self.told is None:
            self.decided.append(value)
            return value
        return self.told.pop(0)

    def root(self, number: int) -> Lead:
        lead = Lead.objects.get(id=self.leads[number])
        return lead if lead.merged_into_id is None else Lead.objects.get(id=lead.merged_into_id)

    def target(self, number: int) -> Lead:
        """Where a step on this card goes: to the card it stands on."""
        known = self.decide(self.leads.index(self.root(number).id))
        return Lead.objects.get(id=self.leads[known])

    # merges

    def merge(self, keep: int, gone: int) -> None:
        number, self.made = self.made, self.made + 1
        kept, other = self.target(keep), self.target(gone)
        if self.decide(kept.person_id == other.person_id):
            if self.told is None:
                with pytest.raises(MergeError, match="same_person"):
                    merge(kept.id, [other.id], actor=None, at=self.clock)
        elif number not in self.skip:
            self.merges[number] = merge(kept.id, [other.id], actor=None, at=self.clock).id

    def undo(self, number: int) -> None:
        if number in self.merges:
            undo(self.merges.pop(number), actor=None, at=self.clock)

    # work

    def _take(self, number: int, fields: dict[str, str], device: str = "") -> int:
        keys = (Key("mobile", f"+98912000000{number}", True), Key("phone", f"+9821{self.clock:%d%H}", False))
        draft = Draft(
            1, keys, fields, Origin(source=f"s{number}"), self.clock, self.clock,
            permissions=(Permission("marketing", "email", True),), visitor=device,
        )  # fmt: skip
        [outcome] = take_in([draft], received_at=self.clock)
        Capture.objects.create(
            key=f"{self.clock}", channel="form", body={}, at=self.clock, received_at=self.clock, state=outcome.state,
            person_id=outcome.person, origin_id=outcome.origin, lead_id=outcome.lead,
        )  # fmt: skip
        return outcome.lead

    def send(self, number: int, device: str) -> None:
        """A card's owner writes again; not after a win, which opens another lead (see the tests of that)."""
        held = Lead.objects.filter(person=self.root(number).person_id, hidden_at__isnull=True)
        if self.decide(held.exclude(stage="customer").exists()):
            self._take(number, {}, device)

    def browse(self, device: str) -> None:
        visitor = visitors_by_key([device], at=self.clock)[device].id
        at = whereabouts([visitor])[visitor].at(self.clock)
        fact = Fact("page_viewed", self.clock, origin=at.origin, person=at.person, visitor=visitor)
        record_facts([fact], received_at=self.clock)

    def edit(self, number: int, name: str, value: str) -> None:
        change_fields(self.target(number), {name: value}, actor=None, at=self.clock, received_at=self.clock)

    def stage(self, number: int, to: str) -> None:
        props = {"to": to, "reason": "r", "until": START.isoformat() if to == "deferred" else None}
        record_facts([self._fact("stage_changed", number, **props)], received_at=self.clock)

    def visit(self, number: int) -> None:
        record_facts([self._fact("page_viewed", number)], received_at=self.clock)

    def _fact(self, name: str, number: int, **props: object) -> Fact:
        return Fact(name, self.clock, origin=self.target(number).id, props=props)

    def call(self, number: int) -> None:
        log_activity(self.target(number), Talk("note", text="متن"), actor=None, at=self.clock, answers=0)

    def task(self, number: int) -> None:
        add_task(self.target(number), NextStep("call", self.clock), actor=None, at=self.clock)

    def done(self, number: int) -> None:
        """The oldest open task of that very card."""
        found = Task.objects.filter(origin=self.target(number), done_at__isnull=True).order_by("id").first()
        if found:
            complete_task(found, actor=None, at=self.clock)

    def tick(self, number: int) -> None:
        set_checklist_item(self.target(number), "need", True, actor=None, at=self.clock)

    # deals: only where what they mean for the lead is the same with and without the merges

    def convert(self, number: int) -> None:
        lead = self.target(number)
        self.same(lead.stage)
        is_free = not Contact.objects.filter(person=lead.person_id).exists()
        if self.decide(is_free and lead.stage not in ("disqualified", "deferred")):
            convert(lead, NewDeal("الف", 5), actor=None, at=self.clock)

    def win(self, number: int) -> None:
        self._deal(number, "open", "won")

    def lose(self, number: int) -> None:
        self._deal(number, "open", "lost")

    def reopen(self, number: int) -> None:
        self._deal(number, "won", "open")

    def _deal(self, number: int, status: str, to: str) -> None:
        lead = self.target(number)
        deals = list(Deal.objects.filter(lead=lead))
        if self.decide(len(deals) == 1 and deals[0].origin_id == lead.id and deals[0].status == status):
            self.same(lead.stage)
            self.same(Lead.objects.filter(person=lead.person_id, hidden_at__isnull=True).count())
            set_deal(deals[0], DealChange(status=to, reason="r"), actor=None, at=self.clock)

    def same(self, value: object) -> None:
        """A life in which the merges changed what was decided on is no test of undoing them."""
        assume(self.decide(value) == value)

    # the end

    def snapshot(self) -> dict[str, Any]:
        """All that the export calls state, and where each event counts."""
        known = ranks(Person, Lead, Company, Visitor)
        own = ("contact_id", "company_id", "owner_id", "key")  # taken from the merged card when the row was made
        without = {Deal: own, Contact: own, Capture: ("origin_id", "person_id", "key"), VisitorLink: ("is_hidden",)}
        tables = (
            Person, Lead, LeadSource, LeadMilestone, Identity, Consent, Contact, Deal, Task, Activity, ChecklistItem,
            Capture, VisitorLink,
        )  # fmt: skip
        found: dict[str, Any] = {
            model.__name__: plain(model, known, without=without.get(model, ())) for model in tables
        }
        company = dict(Person.objects.values_list("id", "company__name"))
        for row in found["Person"]:
            row.pop("company_id")
        found["companies"] = {known[Person][id_]: name for id_, name in company.items()}
        found["Company"] = sorted(Company.objects.values_list("name", flat=True))
        hidden = {known[Lead][id_] for id_ in Lead.objects.filter(hidden_at__isnull=False).values_list("id", flat=True)}
        found["LeadMilestone"] = [row for row in found["LeadMilestone"] if row["lead_id"] not in hidden]
        found["Lead"] = [row if not row["is_hidden"] else {**row, "stage": "", "stage_at": "", "reason": "",
                         "deferred_until": ""} for row in found["Lead"]]  # fmt: skip
        shown = Lead.objects.filter(hidden_at__isnull=True).order_by("id")
        found["search"] = [sorted(text.split()) for text in shown.values_list("search", flat=True)]
        skip = ("persons_merged", "merge_undone", "capture_joined", "lead_returned", "fields_changed")
        rows = Event.objects.exclude(name__in=skip).values_list("at", "name", "lead_id", "visitor_id", "person_id")
        found["events"] = sorted(
            (at, name, known[Lead].get(lead), known[Visitor].get(visitor), known[Person].get(who))
            for at, name, lead, visitor, who in rows
        )
        found["events"] = [repr(row) for row in found["events"]]
        assert not KindMatch.objects.exclude(lead=F("event__lead")).filter(event__lead__isnull=False).exists()
        found["scores"] = [{**row, "lead": known[Lead][row["lead"]]} for row in scores(at=self.clock)]
        waiting = (
            Lead.objects.filter(hidden_at__isnull=True).exclude(stage="customer").values_list("person_id", flat=True)
        )
        assert len(waiting) == len(set(waiting)), "one lead not yet won a person"
        return found
