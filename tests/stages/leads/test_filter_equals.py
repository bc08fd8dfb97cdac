"""The Filter says the same of a set of leads in SQL and of each lead's state, on both databases."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from django.db.models import Q
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from factories import make_team, make_user
from sarnakh.accounts.models import Organisation
from sarnakh.catalogue.models import Product
from sarnakh.leads import kinds
from sarnakh.leads.filter import FilterError, Vocabulary, holds, load_vocabulary, matching, next_change, parse
from sarnakh.leads.filter.language import OPS
from sarnakh.leads.filter.replay import present_states
from sarnakh.leads.models import (
    Company,
    Consent,
    CustomField,
    Event,
    EventKind,
    Identity,
    KindMatch,
    Lead,
    LeadMilestone,
    LeadSource,
    Person,
    Segment,
)

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 21, 8, 0, 0, 250, tzinfo=UTC)
DAY = timedelta(days=1)

TEXTS = (
    "تهران",
    "كرج",
    "کرج",
    "Karaj",
    "karaj 12",
    "علی‌رضا",
    "علیرضا",
    "a*b[c]",
    "a?b]",
    "50%_",
    'O\'Brien "x" \\n',
    "İstanbul ß",
    "ناحیهٔ ۱۲",
    "ناحية ١٢",
    "😀",
    "^-",
)
NUMBERS = (0, 1, -1, 5, 5.5, 0.1, 35, 69.999, 70, 1e9, -0.25)
DAYS = ("2026-11-21", "2026-11-20", "2026-11-14", "2026-12-01", "2025-02-29x", "2026-13-45", "tomorrow")
BACK = (-3, 0, 1e-11, 0.5, 1, 6.99, 7, 7.01, 30, 400)
PROPS = (5, 5.0, 5.5, "5", "5.5", "pro", "Pro", "pro plan", "", None, True, False, "true", [], {"a": 1}, -3, 10**400)
PROP_NAMES = ("plan", "Product name", "a.b", "$")


def one_of(chance: random.Random, values: Any, empty: Any = None) -> Any:
    return empty if chance.random() < 0.25 else chance.choice(values)


def moment(chance: random.Random) -> datetime:
    return NOW - chance.choice(BACK) * DAY


def lay_words() -> None:
    Organisation.objects.create(id=1, name="نمونه", created_at=NOW)
    for slug, type_ in CUSTOM.items():
        CustomField.objects.create(slug=slug, type=type_)
    kinds.seed_built_in()
    Segment.objects.create(slug="warm-ones", filter={"field": "score", "op": "gte", "value": 35}, created_at=NOW)
    Segment.objects.create(
        slug="گرم",
        filter={"any": [{"field": "segment", "op": "is", "value": "warm-ones"}, {"event": "page_viewed"}]},
        created_at=NOW,
    )


def write_leads(chance: random.Random, how_many: int) -> None:
    """Leads with anything that may stand in the columns that a Filter reads."""
    team = make_team()
    owners = [make_user(team=team), make_user()]
    products = [Product.objects.create(slug=slug) for slug in ("crm", "پیامک")]
    companies = [
        Company.objects.create(
            name=one_of(chance, TEXTS, ""),
            name_key=str(i),
            industry=one_of(chance, TEXTS, ""),
            size=one_of(chance, (0, 5, 10, 11)),
            province=one_of(chance, TEXTS, ""),
            created_at=NOW,
        )
        for i in range(6)
    ]
    definitions = list(EventKind.objects.filter(slug__in=("page_viewed", "tracked", "call_logged")))
    for _ in range(how_many):
        custom = {
            slug: chance.choice((*TEXTS, *NUMBERS, *DAYS, *DAYS, True, False, True, None, "", [], {}))
            for slug in CUSTOM
            if chance.random() < 0.85
        }
        person = Person.objects.create(
            name=one_of(chance, TEXTS, ""),
            job_title=one_of(chance, TEXTS, ""),
            province=one_of(chance, TEXTS, ""),
            city=one_of(chance, TEXTS, ""),
            company=one_of(chance, companies),
            custom=custom,
            created_at=NOW,
        )
        lead = Lead.objects.create(
            origin=person,
            person=person,
            stage=chance.choice(("lead", "mql", "sql", "customer", "deferred")),
            stage_at=moment(chance),
            reason=one_of(chance, TEXTS, ""),
            deferred_until=one_of(chance, (NOW, NOW + DAY)),
            owner=one_of(chance, owners),
            team=one_of(chance, [team]),
            product=one_of(chance, products),
            score=chance.choice(NUMBERS),
            fit=chance.choice(NUMBERS),
            engagement=chance.choice(NUMBERS),
            temperature=chance.choice(("cold", "warm", "hot")),
            created_at=moment(chance),
            changed_at=NOW,
        )
        if chance.random() < 0.8:
            LeadSource.objects.create(
                origin=lead,
                lead=lead,
                **{name: one_of(chance, TEXTS, "") for name in ("source", "medium", "campaign", "term", "content")},
                direction=chance.choice(("inbound", "outbound")),
            )
        if chance.random() < 0.8:
            LeadMilestone.objects.create(
                lead=lead,
                created_at=lead.created_at,
                **{
                    name: None if chance.random() < 0.4 else moment(chance)
                    for name in ("first_touch_at", "mql_at", "sql_at", "won_at", "disqualified_at")
                },
            )
        for kind in ("mobile", "phone", "email", "messenger"):
            if chance.random() < 0.3:
                Identity.objects.create(
                    origin=person,
                    person=person,
                    kind=kind,
                    value=f"{kind}{person.id}",
                    is_exclusive=False,
                    created_at=NOW,
                    hidden_at=one_of(chance, (None, NOW)),
                )
        for _ in range(chance.randrange(5)):
            Consent.objects.create(
                origin=person,
                person=person,
                purpose=chance.choice(("marketing", "marketing", "service")),
                channel=chance.choice(("email", "sms")),
                is_granted=chance.random() < 0.5,
                at=moment(chance),
                retracted_at=one_of(chance, (None, None, NOW)),
            )
        for number in range(chance.randrange(7)):
            props = {name: chance.choice(PROPS) for name in PROP_NAMES if chance.random() < 0.7}
            of_kind = chance.choice(definitions)
            event = Event.objects.create(
                origin=lead,
                lead=lead,
                at=moment(chance),
                received_at=NOW,
                source="test",
                message_id=f"{lead.id}-{number}",
                name=of_kind.slug,
                props=props,
            )
            KindMatch.objects.create(event=event, kind_id=of_kind.current_id, lead=lead, at=event.at)


# --- any Filter ------------------------------------------------------------------------------------------------------

texts = st.sampled_from((*TEXTS, "ك", "ی", "KAR", "۱", "1", "b", "[", "*", "B]", "-", "هٔ"))
moments = st.sampled_from(
    ("2026-11-21", "2026-11-14", "2026-11-14T08:00:00.000250Z", "2026-11-20T12:00:00+03:30", "2020-01-01")
)
numbers = st.sampled_from((*NUMBERS, 10.5, -0.5))
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "text": texts,
    "number": numbers,
    "ref": st.integers(1, 6),
    "moment": moments,
    "day": st.sampled_from(DAYS[:4]),
    "yes_no": st.booleans(),
    "segment": st.sampled_from(("warm-ones", "گرم")),
    "prop": st.sampled_from((5, 5.5, "5", "5.5", "pro", "Pro", True, "true", "false", -3)),
}
CUSTOM = {"about": "text", "rank": "number", "kind": "choice", "day": "date", "vip": "yes_no"}
FIELDS = Vocabulary(custom=CUSTOM).fields()


@st.composite
def field_leaves(draw: st.DrawFn) -> dict[str, Any]:
    field = draw(st.sampled_from(FIELDS))
    op = draw(st.sampled_from(field.ops))
    choices = field.choices or ("crm", "پیامک", *TEXTS)
    one = st.sampled_from(choices) if field.type == "choice" else VALUES[field.type]
    return {"field": field.name, "op": op} | draw(given_value(op, one))


@st.composite
def given_value(draw: st.DrawFn, op: str, one: st.SearchStrategy[Any]) -> dict[str, Any]:
    if op in ("empty", "not_empty"):
        return {}
    if op in ("within_days", "before_days"):
        return {"value": draw(st.sampled_from((1, 7, 30, 400)))}
    if op in ("in", "not_in"):
        return {"value": draw(st.lists(one, min_size=1, max_size=3))}
    if op == "between":
        return {"value": sorted((draw(one), draw(one)))}
    return {"value": draw(one)}


@st.composite
def event_leaves(draw: st.DrawFn) -> dict[str, Any]:
    leaf: dict[str, Any] = {"event": draw(st.sampled_from(("page_viewed", "tracked", "call_logged", "note_added")))}
    if draw(st.booleans()):
        leaf["within_days"] = draw(st.sampled_from((1, 7, 30, 0.5)))
    if draw(st.booleans()):
        leaf["count"] = {draw(st.sampled_from(("eq", "gt", "gte", "lt", "lte"))): draw(st.integers(0, 3))}
    tests = []
    for _ in range(draw(st.integers(0, 2))):
        op = draw(st.sampled_from(OPS["prop"]))
        if op in ("contains", "starts"):
            one = st.sampled_from(("PRO", "pro ", "5", "t"))
        elif op in OPS["number"] and op not in ("is", "is_not", "in", "not_in"):
            one = numbers
        else:
            one = VALUES["prop"]
        tests.append({"prop": draw(st.sampled_from(PROP_NAMES)), "op": op} | draw(given_value(op, one)))
    return leaf | ({"where": tests} if tests else {})


leaves = st.one_of(field_leaves(), event_leaves())
filters = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.fixed_dictionaries({"all": st.lists(inner, max_size=3)}),
        st.fixed_dictionaries({"any": st.lists(inner, min_size=1, max_size=3)}),
        st.fixed_dictionaries({"not": inner}),
    ),
    max_leaves=6,
)


@pytest.fixture
def population(request: pytest.FixtureRequest) -> Any:
    lay_words()
    write_leads(random.Random(request.param), 40)
    return load_vocabulary(), present_states(Lead.objects.values_list("id", flat=True), at=NOW)


@pytest.mark.parametrize("population", [1, 2], indirect=True)
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(raw=filters)
def test_a_set_and_each_lead_get_the_same_answer(population: Any, raw: dict[str, Any]) -> None:
    words, states = population
    try:
        wanted = parse(raw, words)
    except FilterError as error:
        if error.code not in ("wrong_value", "wrong_order"):  # values are picked without a look at the op
            raise
        return
    in_sql = set(matching(Lead.objects.all(), wanted, at=NOW).values_list("id", flat=True))
    assert in_sql == {id_ for id_, state in states.items() if holds(wanted, state, at=NOW)}


@pytest.mark.parametrize("population", [3], indirect=True)
def test_every_op_of_every_field_is_answered_alike(population: Any) -> None:
    words, states = population
    asked = 0
    for field in words.fields():
        for op in field.ops:
            for value in (
                "کرج",
                5,
                True,
                "2026-11-14",
                "crm",
                "lead",
                "hot",
                "inbound",
                "warm-ones",
                ["کرج"],
                [5],
                None,
            ):
                try:
                    wanted = parse({"field": field.name, "op": op, "value": value}, words)
                except FilterError:
                    continue
                asked += 1
                in_sql = set(matching(Lead.objects.all(), wanted, at=NOW).values_list("id", flat=True))
                assert in_sql == {i for i, s in states.items() if holds(wanted, s, at=NOW)}, (field, op, value)
    assert asked > 250


@pytest.mark.parametrize("population", [4], indirect=True)
def test_the_deepest_filter_that_may_be_said_is_answered(population: Any) -> None:
    _, states = population
    raw: dict[str, Any] = {"field": "custom.about", "op": "contains", "value": "کرج"}
    other = {
        "event": "page_viewed",
        "where": [{"prop": "plan", "op": "in", "value": ["pro", 5, True]}],
        "count": {"gte": 2},
    }
    for level in range(8):
        raw = {"not": raw} if level % 3 == 2 else {("any", "all")[level % 2]: [other, raw]}
    Segment.objects.create(slug="deep", filter=raw, created_at=NOW)
    Segment.objects.create(
        slug="over",
        filter={
            "not": {"any": [other, {"all": [other, {"not": {"field": "segment", "op": "is_not", "value": "deep"}}]}]}
        },
        created_at=NOW,
    )
    wanted = parse({"not": {"field": "segment", "op": "is", "value": "over"}}, load_vocabulary())
    in_sql = set(matching(Lead.objects.filter(Q(hidden_at=None)), wanted, at=NOW).values_list("id", flat=True))
    assert in_sql == {id_ for id_, state in states.items() if holds(wanted, state, at=NOW)}


@pytest.mark.parametrize("population", [5], indirect=True)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(raw=filters)
def test_between_now_and_the_next_change_time_alone_changes_nothing(population: Any, raw: dict[str, Any]) -> None:
    words, states = population
    try:
        wanted = parse(raw, words)
    except FilterError:
        return
    for state in states.values():
        turn = next_change(wanted, state, at=NOW)
        until = (turn - timedelta(microseconds=1)) if turn else NOW + 3000 * DAY
        assert holds(wanted, state, at=until) == holds(wanted, state, at=NOW)


def test_filters_in_a_transaction_ask_as_few_questions_for_many_leads_as_for_one(
    django_assert_num_queries: Any,
) -> None:
    lay_words()
    write_leads(random.Random(6), 12)
    ids = list(Lead.objects.values_list("id", flat=True))
    for some in (ids[:1], ids):
        with transaction.atomic(), django_assert_num_queries(4):
            present_states(some, at=NOW)
