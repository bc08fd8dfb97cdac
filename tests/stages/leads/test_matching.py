"""Matching against its oracle: nobody is joined by a shared value, and a batch is as good as one by one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction
from django.db.models import Count
from hypothesis import given
from hypothesis import strategies as st

from oracle.matching import Base
from sarnakh.leads.facts import Fact, record_facts
from sarnakh.leads.matching import take_in
from sarnakh.leads.models import (
    Company,
    Consent,
    DuplicatePair,
    Event,
    FieldHistory,
    Identity,
    KindMatch,
    Lead,
    LeadMilestone,
    LeadSource,
    Person,
    SharedValue,
    Visitor,
    VisitorLink,
)
from sarnakh.leads.ports import Draft, Key, Origin, Outcome, Permission
from sarnakh.leads.rules import EXCLUSIVE_KINDS
from snapshots import CARDS, plain, ranks

pytestmark = pytest.mark.django_db
START = datetime(2026, 11, 1, 8, tzinfo=UTC)
VALUES = {
    "national_id": ["0012345679", "0499370899"],
    "mobile": ["+989120000001", "+989120000002", "+989120000003"],
    "messenger": ["tg:1"],
    "email": ["a@example.com", "b@example.com", "c@example.com"],
    "user_id": ["1:a", "1:b"],
    "phone": ["+982188776655", "+982188776656"],
    "role_email": ["info@example.com"],
}
KEYS = [(kind, value) for kind, values in VALUES.items() for value in values]
key = st.sampled_from(KEYS)
keys = st.lists(key, min_size=1, max_size=4, unique=True)
# A batch, or what happens to the n-th lead in between.
step = st.one_of(
    st.tuples(st.just("send"), st.lists(keys, min_size=1, max_size=6)),
    st.tuples(st.sampled_from(["win", "refuse"]), st.integers(0, 6)),
)


def draft(ref: int, given: list[tuple[str, str]], at: datetime, **rest: object) -> Draft:
    return Draft(ref, tuple(Key(k, v, k in EXCLUSIVE_KINDS) for k, v in given), {}, Origin(), at, at, **rest)


def happen(lead: int, what: str, at: datetime) -> None:
    name, props = {"win": ("deal_won", {}), "refuse": ("stage_changed", {"to": "disqualified", "reason": "r"})}[what]
    record_facts([Fact(name, at, origin=lead, props=props)], received_at=at)


@given(st.lists(st.sampled_from([k for k in KEYS if k[0] in EXCLUSIVE_KINDS]), max_size=3), st.lists(step, max_size=8))
def test_matching_does_what_its_oracle_says(marked, steps):
    with transaction.atomic():
        SharedValue.objects.bulk_create(
            [SharedValue(kind=k, value=v, at=START) for k, v in marked], ignore_conflicts=True
        )
        oracle = Base(shared=set(marked))
        people: dict[int, int] = {}  # the oracle's person -> ours
        leads: dict[tuple[int, int], int] = {}
        at = START
        for what, of in steps:
            at += timedelta(hours=1)
            if what == "send":
                outcomes = take_in([draft(i, one, at) for i, one in enumerate(of)], received_at=at)
                for one, outcome in zip(of, outcomes, strict=True):
                    person, lead, is_new = oracle.take(one)
                    assert people.setdefault(person, outcome.person) == outcome.person
                    assert leads.setdefault((person, lead), outcome.lead) == outcome.lead
                    assert outcome.state == ("created" if is_new else "merged")
            elif of < len(leads):
                (person, lead), ours = list(leads.items())[of]
                if oracle.humans[person].leads[lead] != "won":
                    oracle.humans[person].leads[lead] = {"win": "won", "refuse": "refused"}[what]
                    happen(ours, what, at)
        assert len(set(people.values())) == len(people) == Person.objects.count()
        assert len(set(leads.values())) == len(leads) == Lead.objects.count()
        ours = {
            (person, *row)
            for person, id_ in people.items()
            for row in Identity.objects.filter(person=id_).values_list("kind", "value")
        }
        assert ours == {(i, *each) for i, human in enumerate(oracle.humans) for each in human.keys}
        pairs = {frozenset(row) for row in DuplicatePair.objects.values_list("low", "high")}
        assert pairs == {frozenset(people[each] for each in pair) for pair in oracle.pairs}
        stages = {"open": ("lead",), "refused": ("disqualified",), "won": ("customer",)}
        for (person, lead), id_ in leads.items():
            assert Lead.objects.get(id=id_).stage in stages[oracle.humans[person].leads[lead]]
        promises()
        transaction.set_rollback(True)


def promises() -> None:
    """At most one person for an exclusive value, at most one lead not yet won for a person."""
    held = Identity.objects.filter(is_exclusive=True).values("kind", "value").annotate(n=Count("person", distinct=True))
    assert all(row["n"] == 1 for row in held)
    waiting = Lead.objects.filter(hidden_at__isnull=True).exclude(stage="customer").values("person")
    assert all(row["n"] == 1 for row in waiting.annotate(n=Count("id")))


@st.composite
def full_drafts(draw: st.DrawFn) -> list[tuple]:
    """Drafts with all they may bring, some dated back."""
    field = st.sampled_from(["آ", "ب", "پ"])
    fields = st.fixed_dictionaries({}, optional=dict.fromkeys(("name", "company", "city", "custom.size"), field))
    device = st.sampled_from(["", "d1", "d2"])
    consent = st.lists(st.tuples(st.sampled_from(["service", "marketing"]), st.booleans()), max_size=2)
    one = st.tuples(keys, fields, device, consent, st.integers(-30, 0))
    return draw(st.lists(one, min_size=1, max_size=7))


@given(
    st.lists(keys, max_size=3),
    st.lists(st.sampled_from(["win", "refuse", ""]), min_size=3, max_size=3),
    full_drafts(),
)
def test_a_batch_is_taken_in_as_one_by_one(known, fates, sent):
    seen = []
    for is_batch in (True, False):
        with transaction.atomic():
            for i, one in enumerate(known):
                [outcome] = take_in([draft(i, one, START)], received_at=START)
                if fates[i] and Lead.objects.get(id=outcome.lead).stage == "lead":
                    happen(outcome.lead, fates[i], START + timedelta(hours=12))
            drafts = [full(i, *each) for i, each in enumerate(sent)]
            now = START + timedelta(hours=40)
            outcomes: list[Outcome] = []
            for part in [drafts] if is_batch else [[each] for each in drafts]:
                outcomes += take_in(part, received_at=now)
            seen.append(everything_taken(outcomes))
            promises()
            transaction.set_rollback(True)
    assert seen[0] == seen[1]


def full(ref: int, given: list, fields: dict, device: str, consents: list, hours: int) -> Draft:
    at = START + timedelta(hours=40 + hours)
    permissions = tuple(Permission(purpose, "email", yes, "متن") for purpose, yes in consents)
    plain_keys = tuple(Key(k, v, k in EXCLUSIVE_KINDS) for k, v in given)
    return Draft(
        ref, plain_keys, fields, Origin(source=f"s{ref}"), at, at, permissions, visitor=device, event="form_submitted"
    )


def everything_taken(outcomes: list[Outcome]) -> dict[str, object]:
    known = {**ranks(*CARDS), Visitor: dict(Visitor.objects.values_list("id", "key"))}
    tables = (Person, Company, Lead, LeadSource, LeadMilestone, Identity, Consent, Event, FieldHistory, VisitorLink)
    found: dict[str, object] = {model.__name__: plain(model, known, without=("props",)) for model in tables}
    found["search"] = [sorted(text.split()) for text in Lead.objects.order_by("id").values_list("search", flat=True)]
    found["proposals"] = list(Person.objects.order_by("id").values_list("proposals", flat=True))
    found["kinds"] = sorted(
        (at, kind, known[Lead].get(lead or 0))
        for at, kind, lead in KindMatch.objects.values_list("at", "kind__digest", "lead_id")
    )
    found["pairs"] = sorted(
        (known[Person][low], known[Person][high]) for low, high in DuplicatePair.objects.values_list("low", "high")
    )
    found["outcomes"] = [(o.ref, o.state, known[Person][o.person], known[Lead][o.lead]) for o in outcomes]
    return found
