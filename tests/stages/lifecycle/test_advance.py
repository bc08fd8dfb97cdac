"""`advance` twice equals once: on random lives, over every table."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from factories import AT, make_organisation, make_team, make_user
from sarnakh.accounts.models import Membership
from sarnakh.distribute.services import save_rule
from sarnakh.leads.facts import Fact, record_facts
from sarnakh.leads.matching import take_in
from sarnakh.leads.models import Event, Lead
from sarnakh.leads.ports import Draft, Key, Origin, Permission
from sarnakh.lifecycle import steps
from sarnakh.nurture.models import Template
from sarnakh.project import seeds, tasks
from sarnakh.qualify.models import MqlRule
from sarnakh.score.rules import BEHAVIOUR, RuleInput
from sarnakh.score.services.drafts import add_rule
from sarnakh.score.services.publishing import publish
from snapshots import everything

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def house() -> None:
    tasks.load()
    make_organisation()
    for seed in seeds.SEEDS:
        seed(AT)
    team = make_team("فروش")
    rep = make_user(team=team)
    Membership.objects.create(team=team, user=rep)
    save_rule(None, name="همه", when={}, team=team, user=None, method="round_robin")


hours = st.integers(0, 72)
person = st.integers(0, 2)
happening = st.one_of(
    st.tuples(st.just("send"), hours, person, st.sampled_from(["", "تهران"])),
    st.tuples(st.just("page_viewed"), hours, person, st.sampled_from(["/pricing", "/about"])),
    st.tuples(st.just("stage_changed"), hours, person, st.sampled_from(["deferred", "disqualified", "lead"])),
    st.tuples(st.just("lead_assigned"), hours, person, st.just("")),
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(happening, st.booleans()), min_size=1, max_size=10), st.booleans())
def test_advancing_twice_is_advancing_once(life, has_odd_rules):
    with transaction.atomic():
        if has_odd_rules:
            rules_about_what_machines_do()
        leads: dict[int, int] = {}
        clock = AT
        for (name, at, who, what), is_followed in life:
            clock = max(clock, AT + at * HOUR)
            tell(name, AT + at * HOUR, who, what, leads, clock)
            if is_followed:
                steps.advance(leads.values(), at=clock)
        steps.advance(leads.values(), at=clock)
        once = everything()
        steps.advance(leads.values(), at=clock)
        assert everything() == once
        assert not Lead.objects.filter(advance_due_at__lte=clock).exists()
        transaction.set_rollback(True)


def rules_about_what_machines_do() -> None:
    """Scores that follow from the steps themselves: each step may give another work."""
    add_rule(RuleInput("رسید", BEHAVIOUR, 30, event="lead_assigned"), at=AT)
    add_rule(RuleInput("گرم شد", BEHAVIOUR, 30, event="stage_changed"), at=AT)
    add_rule(RuleInput("وظیفه", BEHAVIOUR, 5, event="task_created"), at=AT)
    publish(actor=None, at=AT)
    MqlRule.objects.create(name={"fa": "امتیاز"}, when={"field": "score", "op": "gte", "value": 30}, position=0)


def tell(name: str, at, who: int, what: str, leads: dict[int, int], clock) -> None:
    if name == "send" or who not in leads:
        fields = {"name": "سارا", "province": what} if what == "تهران" else {}
        keys = (Key("mobile", f"+98912000000{who}", True), Key("email", f"p{who}@example.com", True))
        props = {"form": "demo", "welcome_template": Template.objects.values_list("slug", flat=True)[0]}
        draft = Draft(
            1, keys, fields, Origin(), at, clock, (Permission("marketing", "email", True),),
            event="form_submitted", props=props,
        )  # fmt: skip
        [outcome] = take_in([draft], received_at=clock)
        leads[who] = outcome.lead
        return
    props = {"page_viewed": {"path": what}, "lead_assigned": {"user": None, "team": None}}.get(name) or {
        "to": what,
        "reason": "r",
        "until": (AT + 60 * HOUR).isoformat() if what == "deferred" else None,
    }
    record_facts([Fact(name, at, origin=leads[who], props=props)], received_at=clock)
    assert Event.objects.exists()
