"""Who gets a lead, and why."""

from collections import Counter
from datetime import timedelta

import pytest
from django.utils import translation

from factories import AT, make_lead, make_team, make_user
from sarnakh.accounts.models import Membership, Team, User
from sarnakh.catalogue.models import Product
from sarnakh.distribute.models import Assignment, AssignmentRule
from sarnakh.distribute.selectors import RETRY_AFTER, assignments_of, explain, next_due, rules_in_order
from sarnakh.distribute.services import AssignError, assign, assign_to, hand_over, save_rule, wake_pool
from sarnakh.leads.fields import change_fields
from sarnakh.leads.models import Event, Lead
from sarnakh.qualify.services import set_stage

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
EVERYONE = {"all": []}


def join(team: Team, *, weight: int = 1, capacity: int | None = None, skills: tuple[str, ...] = (), **user) -> User:
    person = make_user(team=team, **user)
    Membership.objects.create(team=team, user=person, weight=weight, capacity=capacity, skills=list(skills))
    return person


def make_rule(team: Team | None = None, *, when: dict | None = None, **fields) -> AssignmentRule:
    values = {"name": "همه", "user": None, "method": "round_robin", **fields}
    return save_rule(None, when=EVERYONE if when is None else when, team=team, **values)


def owners(leads: list[Lead]) -> list[int | None]:
    by_id = dict(Lead.objects.filter(id__in=[lead.id for lead in leads]).values_list("id", "owner_id"))
    return [by_id[lead.id] for lead in leads]


def test_leads_go_around_the_team_each_with_one_fact_and_its_reason() -> None:
    team = make_team()
    first, second = join(team), join(team)
    rule = make_rule(team)
    leads = [make_lead() for _ in range(4)]
    moved = assign([lead.id for lead in leads], at=AT)
    assert [handover.user for handover in moved] == owners(leads) == [first.id, second.id, first.id, second.id]
    lead = Lead.objects.get(id=leads[0].id)
    assert lead.team_id == team.id
    fact = Event.objects.get(lead=lead, name="lead_assigned")
    assert fact.props == {"user": first.id, "team": team.id, "rule": rule.id}
    kept = assignments_of(lead.id).get()
    assert (kept.event, kept.rule, kept.user, kept.team) == (fact, rule, first, team)


def test_assigning_again_or_editing_never_hands_a_lead_on() -> None:
    team = make_team()
    join(team), join(team)
    make_rule(team)
    lead = make_lead()
    assign([lead.id], at=AT)
    [owner] = owners([lead])
    change_fields(lead, {"province": "تهران"}, actor=None, at=AT, received_at=AT)
    assert assign([lead.id], at=AT + HOUR) == []
    User.objects.filter(id=owner).update(is_available=False)
    assert assign([lead.id], at=AT + HOUR) == []
    assert owners([lead]) == [owner]


def test_the_first_rule_that_holds_decides_and_the_passed_ones_are_named() -> None:
    tehran, rest = make_team(), make_team()
    local, other = join(tehran), join(rest)
    first = make_rule(tehran, when={"field": "province", "op": "is", "value": "تهران"}, name="تهران")
    make_rule(rest)
    here, there = make_lead(), make_lead()
    change_fields(here, {"province": "تهران"}, actor=None, at=AT, received_at=AT)
    assign([here.id, there.id], at=AT)
    assert owners([here, there]) == [local.id, other.id]
    assert assignments_of(there.id).get().reason["passed"] == [first.id]


def test_only_people_who_are_there_with_room_get_leads_and_the_rest_is_told() -> None:
    team = make_team()
    able = join(team, name="سارا")
    away = join(team, is_available=False, name="بابک")
    gone = join(team, is_active=False, name="مریم")
    full = join(team, capacity=1, name="فرید")
    make_lead(owner=full)
    make_rule(team)
    lead = make_lead()
    assign([lead.id], at=AT)
    assert owners([lead]) == [able.id]
    kept = assignments_of(lead.id).get()
    assert {(each["user"], each["why"]) for each in kept.reason["skipped"]} == {
        (away.id, "away"),
        (gone.id, "inactive"),
        (full.id, "full"),
    }
    with translation.override("en"):
        told = explain(kept)
    assert told.headline == "Given to سارا by rule “همه”."
    assert told.considered == ("سارا, 0 open leads",)
    assert "بابک is away" in told.skipped
    assert "فرید has no room: 1 open leads" in told.skipped


def test_capacity_is_kept_within_one_batch_and_closed_leads_make_room() -> None:
    team = make_team()
    person = join(team, capacity=2)
    make_rule(team)
    leads = [make_lead() for _ in range(3)]
    assign([lead.id for lead in leads], at=AT)
    assert owners(leads) == [person.id, person.id, None]
    set_stage(leads[0], "deferred", until=AT + 9 * HOUR, actor=None, at=AT)
    assign([leads[2].id], at=AT + HOUR)
    assert owners(leads) == [person.id] * 3


def test_when_nobody_is_free_the_lead_waits_in_the_pool_of_the_team_and_is_tried_again() -> None:
    team = make_team()
    person = join(team, is_available=False)
    make_rule(team)
    lead = make_lead()
    for hours in range(3):
        assign([lead.id], at=AT + hours * HOUR)
    lead.refresh_from_db()
    assert (lead.owner, lead.team_id) == (None, team.id)
    kept = assignments_of(lead.id).get()  # one reason, not one for each try
    assert kept.reason["outcome"] == "nobody"
    assert next_due([lead.id], at=AT) == {lead.id: AT + RETRY_AFTER}
    with translation.override("en"):
        assert explain(kept).headline == "Rule “همه” holds, but nobody is free; it waits in the pool."

    User.objects.filter(id=person.id).update(is_available=True)
    assert wake_pool(at=AT + 5 * HOUR) == 1
    assign([lead.id], at=AT + 5 * HOUR)
    assert owners([lead]) == [person.id]
    assert next_due([lead.id], at=AT) == {}


def test_without_a_rule_the_lead_stays_with_the_reason_and_without_a_fact() -> None:
    lead = make_lead()
    make_rule(make_team(), when={"field": "score", "op": "gte", "value": 90})
    assign([lead.id], at=AT)
    assign([lead.id], at=AT + HOUR)
    kept = assignments_of(lead.id).get()
    assert (kept.reason["outcome"], kept.event) == ("no_rule", None)
    assert not Event.objects.filter(name="lead_assigned").exists()


def test_leads_that_have_left_are_not_given_out() -> None:
    team = make_team()
    join(team)
    make_rule(team)
    lead = make_lead()
    set_stage(lead, "deferred", until=AT + HOUR, actor=None, at=AT)
    assert assign([lead.id], at=AT) == []


def test_a_rule_may_name_one_person() -> None:
    team = make_team()
    person = make_user(team=team)
    make_rule(user=person)
    lead = make_lead()
    assign([lead.id], at=AT)
    lead.refresh_from_db()
    assert (lead.owner, lead.team) == (person, team)


def test_the_least_loaded_gets_the_next() -> None:
    team = make_team()
    busy, idle = join(team), join(team)
    for _ in range(3):
        make_lead(owner=busy)
    make_rule(team, method="least_loaded")
    leads = [make_lead() for _ in range(4)]
    assign([lead.id for lead in leads], at=AT)
    assert Counter(owners(leads)) == {idle.id: 3, busy.id: 1} or Counter(owners(leads)) == {idle.id: 4}


def test_a_product_goes_to_who_knows_it() -> None:
    product = Product.objects.create(slug="crm", name={"fa": "سی‌آر‌ام"})
    team = make_team()
    join(team)
    expert = join(team, skills=("crm",))
    make_rule(team, method="skill")
    leads = [make_lead(product=product) for _ in range(2)]
    assign([lead.id for lead in leads], at=AT)
    assert owners(leads) == [expert.id, expert.id]


def test_weights_share_out_over_several_batches() -> None:
    team = make_team()
    one, three = join(team), join(team, weight=3)
    make_rule(team)
    leads = [make_lead() for _ in range(16)]
    for start in range(0, 16, 5):
        assign([lead.id for lead in leads[start : start + 5]], at=AT)
    assert Counter(owners(leads)) == {one.id: 4, three.id: 12}


def test_a_batch_takes_a_handful_of_queries(django_assert_max_num_queries) -> None:
    team = make_team()
    for _ in range(5):
        join(team)
    make_rule(team, when={"field": "score", "op": "gte", "value": 90})
    make_rule(team, when={"field": "province", "op": "is", "value": "تهران"})
    make_rule(team)
    leads = [make_lead().id for _ in range(32)]
    assign(leads[:1], at=AT)
    with django_assert_max_num_queries(30):
        assert len(assign(leads, at=AT)) == 31


# --- by hand ---------------------------------------------------------------------------------------------------------


def test_a_hand_over_names_who_did_it_and_why_and_changes_the_team() -> None:
    boss, team = make_user(role="manager"), make_team()
    person = make_user(team=team, name="سارا")
    lead = make_lead()
    moved = assign_to(lead, person, actor=boss.id, at=AT, reason="آشناست")
    assert moved is not None
    lead.refresh_from_db()
    assert (lead.owner, lead.team) == (person, team)
    kept = assignments_of(lead.id).get()
    assert kept.event
    assert kept.event.actor_id == boss.id
    with translation.override("en"):
        told = explain(kept)
    assert (told.headline, told.note) == ("Given to سارا by hand.", "آشناست")
    assert assign_to(lead, person, actor=boss.id, at=AT) is None
    assert assignments_of(lead.id).count() == 1


def test_what_a_person_put_into_the_pool_is_not_given_out_by_rule() -> None:
    team = make_team()
    person = join(team)
    make_rule(team)
    lead = make_lead()
    assign([lead.id], at=AT)
    hand_over([lead.id], None, actor=person.id, at=AT + HOUR)
    assert assign([lead.id], at=AT + 2 * HOUR) == []
    lead.refresh_from_db()
    assert (lead.owner, lead.team) == (None, team)


def test_nobody_gives_a_lead_to_someone_who_left() -> None:
    with pytest.raises(AssignError) as refused:
        assign_to(make_lead(), make_user(is_active=False), actor=None, at=AT)
    assert (refused.value.code, refused.value.field) == ("user_inactive", "owner")
    assert refused.value.message
    assert not Assignment.objects.exists()


def test_a_rule_names_a_team_or_a_person_and_a_known_way_and_goes_last() -> None:
    team = make_team()
    first, second = make_rule(team), make_rule(team)
    assert list(rules_in_order()) == [first, second]
    with pytest.raises(AssignError, match="team_or_user"):
        make_rule(None)
    with pytest.raises(AssignError, match="unknown_method"):
        make_rule(team, method="dice")
