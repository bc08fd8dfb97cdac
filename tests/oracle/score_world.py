"""Leads living through time under changing rules, with a journal of their own to count by."""

from __future__ import annotations

import itertools
import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from factories import AT, make_lead
from oracle import score as by_hand
from sarnakh.leads import kinds
from sarnakh.leads.facts import Fact, record_facts
from sarnakh.leads.fields import change_fields
from sarnakh.leads.models import Lead, LeadScore
from sarnakh.score.models import RuleSet
from sarnakh.score.rules import RuleInput, microseconds, moment
from sarnakh.score.selectors import due_moments
from sarnakh.score.services import add_rule, build_slice, discard_draft, publish, rescore
from sarnakh.score.services.drafts import own_draft

OUTCOMES = ("connected", "no_answer")
TITLES = ("مدیر فروش", "کارشناس", "")
# name of the event, what its `where` asks for
BEHAVIOURS = (("form_submitted", None), ("page_viewed", None), ("call_logged", "connected"), ("call_logged", None))
PROFILE = {"field": "job_title", "op": "contains", "value": "مدیر"}


def rules(rng: random.Random) -> list[RuleInput]:
    """Some rules, gains and losses, with caps, repetition and one about the card."""
    found = []
    for event, outcome in BEHAVIOURS:
        times = rng.choice((1, 1, 2))
        found.append(
            RuleInput(
                f"{event} {outcome}",
                "behaviour",
                rng.choice((30.0, 18.0, 25.0, -12.0)),
                event=event,
                where=[{"prop": "outcome", "op": "is", "value": outcome}] if outcome else (),
                half_life_days=rng.choice((None, 2.0, 5.0, 20.0)),
                cap=rng.choice((None, 40.0)),
                times=times,
                within_days=rng.choice((None, 3.0)) if times > 1 else None,
            )
        )
    return [*found, RuleInput("manager", "profile", rng.choice((12.0, -8.0, 20.0)), when=PROFILE)]


@dataclass
class Journal:
    """What the test knows happened to a lead: (id, name, outcome, moment), and when its title became what."""

    events: list[tuple[int, str, str, int]] = field(default_factory=list)
    titles: list[tuple[int, str]] = field(default_factory=list)


class World:
    """Leads, a clock, and the journal."""

    def __init__(self, seed: int, *, leads: int = 3) -> None:
        self.rng = random.Random(seed)
        self.now = AT
        kinds.seed_built_in()
        self.leads = [make_lead(at=AT).id for _ in range(leads)]
        self.journals = {lead: Journal() for lead in self.leads}
        self.inputs: dict[int, list[RuleInput]] = {}
        self.bounds: dict[int, tuple[float, float]] = {}

    def write_rules(self) -> int:
        """Write other rules into a draft; its version."""
        discard_draft()
        draft = own_draft(at=self.now)
        draft.rules.all().delete()
        inputs = rules(self.rng)
        draft.hot_from, draft.warm_from = self.rng.choice(((70.0, 35.0), (50.0, 20.0)))
        draft.save()
        for each in inputs:
            add_rule(each, at=self.now)
        self.inputs[draft.version], self.bounds[draft.version] = inputs, (draft.hot_from, draft.warm_from)
        return draft.version

    def build(self, version: int) -> None:
        for _ in range(200):
            if not build_slice(version, at=self.now, size=2):
                return
        raise AssertionError("the build does not end")

    def publish(self) -> int:
        version = self.write_rules()
        publish(actor=None, at=self.now)
        self.build(version)
        self.work()
        return version

    def pass_time(self, hours: float) -> None:
        """Move the clock; the worker rescores each lead when it is due."""
        until = self.now + timedelta(hours=hours)
        for _ in itertools.repeat(None, 5000):
            self.work()
            due = Lead.objects.filter(advance_due_at__lte=until).order_by("advance_due_at").first()
            if due is None:
                break
            self.now = max(self.now, due.advance_due_at)
        self.now = until
        self.work()

    def work(self) -> None:
        """What `advance` does of score: rescore who is due, and note when each is due next."""
        for _ in range(20):
            ids = list(Lead.objects.filter(advance_due_at__lte=self.now).values_list("id", flat=True))
            if not ids:
                return
            with transaction.atomic():
                rescore(ids, at=self.now)
                for lead in ids:
                    Lead.objects.filter(id=lead).update(advance_due_at=self._due(lead))
        raise AssertionError("the worker does not come to rest")

    def _due(self, lead: int) -> datetime | None:
        return due_moments([lead]).get(lead)

    def act(self, *, late: bool = False) -> None:
        """Something happens to a lead; `late`: days ago, heard of only now."""
        lead = self.rng.choice(self.leads)
        at = self.now - timedelta(hours=self.rng.uniform(1, 200)) if late else self.now
        journal = self.journals[lead]
        choice = self.rng.random()
        if choice < 0.15 and not late:
            title = self.rng.choice(TITLES)
            with transaction.atomic():
                change_fields(Lead.objects.get(id=lead), {"job_title": title}, actor=None, at=at, received_at=self.now)
            journal.titles.append((microseconds(at), title))
        elif choice < 0.25 and journal.events:
            gone = journal.events.pop(self.rng.randrange(len(journal.events)))
            self._record(lead, "note_added", at, retracts=gone[0])
        else:
            name = self.rng.choice(("form_submitted", "page_viewed", "call_logged"))
            outcome = self.rng.choice(OUTCOMES) if name == "call_logged" else ""
            event = self._record(lead, name, at, props={"outcome": outcome} if outcome else {})
            journal.events.append((event, name, outcome, microseconds(at)))
        self.work()

    def _record(self, lead: int, name: str, at: datetime, **fact: Any) -> int:
        with transaction.atomic():
            [event] = record_facts([Fact(name, at, origin=lead, **fact)], received_at=self.now)
        return event.id

    # --- by hand -----------------------------------------------------------------------------------------------------

    def value(self, lead: int, version: int, t: int) -> float:
        journal = self.journals[lead]
        behaviours, happenings = [], []
        for kind, rule in enumerate(r for r in self.inputs[version] if r.kind == "behaviour"):
            wanted = rule.where[0]["value"] if rule.where else None
            behaviours.append(
                by_hand.BehaviourRule(kind, rule.points, rule.half_life_days, rule.cap, rule.times, rule.within_days)
            )
            happenings += [
                by_hand.Happening(kind, at, id_)
                for id_, name, outcome, at in journal.events
                if name == rule.event and wanted in (None, outcome)
            ]
        titles = [title for at, title in journal.titles if at <= t]
        is_manager = bool(titles) and "مدیر" in titles[-1]
        profile = [by_hand.ProfileRule(lambda _t: is_manager, r.points) for r in self.inputs[version] if r.when]
        return by_hand.headline(by_hand.fit(profile, {}, t), by_hand.engagement(behaviours, {}, happenings, t))

    def temperature(self, lead: int, version: int, t: int) -> str | None:
        """By a walk in steps of an hour and every fact; None where such a walk could miss a turn."""
        hot, warm = self.bounds[version]
        published = RuleSet.objects.get(version=version).first_published_at
        assert published is not None
        start = max(microseconds(AT), microseconds(published))
        if t < start:
            start = t
        journal = self.journals[lead]
        facts = [e[3] for e in journal.events] + [at for at, _ in journal.titles]
        moments = sorted(
            {*range(start, t, 3_600_000_000), start, t, *(f + d for f in facts for d in (-1, 0) if start <= f + d <= t)}
        )
        values = {m: self.value(lead, version, m) for m in moments}
        levels = (hot, hot - 5, warm, warm - 5)
        if any(abs(v - level) < 0.05 for v in values.values() for level in levels):
            return None
        return by_hand.temperature(lambda m: values[m], moments, hot, warm)

    def random_moment(self, since: datetime = AT) -> datetime:
        span = (self.now - since).total_seconds()
        return moment(microseconds(since) + int(self.rng.random() * span * 1e6))

    def stored(self, lead: int, version: int) -> LeadScore:
        return LeadScore.objects.get(version=version, lead=lead)
