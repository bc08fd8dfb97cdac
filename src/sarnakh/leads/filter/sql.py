"""The Filter on sets of leads, as one WHERE: true or false for each lead, never NULL, alike on SQLite and PostgreSQL.

Sets of leads with certain events are asked as a set (`id IN (…)` on SQLite, a semi-join on PostgreSQL): the index
(kind, at, lead) of `event_kind` answers them without looking at each lead. About the present only.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import reduce
from operator import and_, or_
from typing import Any

from django.db.models import BooleanField, Count, Exists, F, FloatField, OuterRef, Q, QuerySet, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast, Coalesce
from django.db.models.lookups import Exact, GreaterThan, GreaterThanOrEqual, In, IsNull, LessThan, LessThanOrEqual

from sarnakh.leads.filter.expressions import Among, JsonDay, JsonFilled, JsonFlag, JsonNumber, JsonText, TextHas
from sarnakh.leads.filter.language import RELATIVE, All, AnyOf, EventIs, FieldIs, Filter, InSegment, Not
from sarnakh.leads.filter.pure import edges
from sarnakh.leads.models import Consent, Identity, KindMatch, Lead
from sarnakh.leads.props import Alternatives, PropIs, fold

# A field's column, from the lead; what is not here is computed below.
COLUMNS = {
    **{name: f"person__{name}" for name in ("name", "job_title", "province", "city")},
    "company": "person__company__name",
    **{f"company.{name}": f"person__company__{name}" for name in ("industry", "size", "province")},
    **{name: f"origin_source__{name}" for name in ("source", "medium", "campaign", "term", "content", "direction")},
    **{name: f"milestone__{name}" for name in ("first_touch_at", "mql_at", "sql_at", "won_at", "disqualified_at")},
    **{
        name: name
        for name in (
            "stage",
            "reason",
            "owner",
            "team",
            "score",
            "fit",
            "engagement",
            "temperature",
            "created_at",
            "stage_at",
            "deferred_until",
        )
    },
    "product": "product__slug",
}
PHONES, EMAILS = ("mobile", "phone"), ("email", "role_email")
CONSENT_PURPOSE = "marketing"

_NEVER = Q(pk__in=[])
_ALWAYS = ~_NEVER  # not Q(): an empty Q vanishes from an OR
_OPPOSITES = {"empty": "not_empty", "is_not": "is", "not_in": "in"}
_ORDERS = {"gt": GreaterThan, "gte": GreaterThanOrEqual, "lt": LessThan, "lte": LessThanOrEqual}


def matching(leads: QuerySet[Lead], filter_: Filter, *, at: datetime) -> QuerySet[Lead]:
    """Those of these leads for which the condition holds at `at` (now)."""
    return leads.filter(to_q(filter_, at=at))


def to_q(filter_: Filter, *, at: datetime) -> Q:
    """The condition as a Q on Lead."""
    match filter_:
        case All(of):
            return reduce(and_, (to_q(part, at=at) for part in of), _ALWAYS)
        case AnyOf(of):
            return reduce(or_, (to_q(part, at=at) for part in of), _NEVER)
        case Not(of):
            return ~to_q(of, at=at)
        case InSegment(_, when):
            return to_q(when, at=at)
        case FieldIs():
            return _field_q(filter_, at)
        case EventIs():
            return _event_q(filter_, at)


# --- fields ----------------------------------------------------------------------------------------------------------


def _field_q(leaf: FieldIs, at: datetime) -> Q:
    name = leaf.field.name
    if name in COLUMNS and name != "company.size":
        return _column_q(leaf, COLUMNS[name], at)
    if leaf.op in _OPPOSITES:
        return ~_field_q(FieldIs(leaf.field, _OPPOSITES[leaf.op], leaf.value), at)
    if name == "company.size" or name.startswith("custom."):
        wanted = edges(leaf, at) if leaf.op in RELATIVE else leaf.value
        return _test(leaf.op, _expression(leaf), wanted)
    if leaf.op == "not_empty":
        return _ALWAYS
    found = _own_consent(name, at) if name.startswith("consent.") else _own_identity(name)
    return found if leaf.value else ~found


def _column_q(leaf: FieldIs, path: str, at: datetime) -> Q:
    """A test of a plain column; Django keeps NULL out of the answer, negated or not."""
    match leaf.op:
        case "empty":
            return _empty(leaf, path)
        case "not_empty":
            return ~_empty(leaf, path)
        case "is":
            return Q((path, leaf.value))
        case "is_not":
            return ~Q((path, leaf.value))
        case "in":
            return Q((f"{path}__in", leaf.value))
        case "not_in":
            return ~Q((f"{path}__in", leaf.value))
        case "contains" | "starts":
            return Q(TextHas(F(path), leaf.value, starts=leaf.op == "starts"))
        case "between":
            return Q((f"{path}__gte", leaf.value[0]), (f"{path}__lte", leaf.value[1]))
        case "within_days":
            since, now = edges(leaf, at)
            return Q((f"{path}__gt", since), (f"{path}__lte", now))
        case "before_days":
            return Q((f"{path}__lte", edges(leaf, at)[0]))
    return Q((f"{path}__{leaf.op}", leaf.value))


def _empty(leaf: FieldIs, path: str) -> Q:
    is_null = Q((f"{path}__isnull", True))
    return is_null | Q((path, "")) if leaf.field.type in ("text", "choice") else is_null


def _expression(leaf: FieldIs) -> Combinable:
    """The value of a computed field: NULL when empty."""
    if leaf.field.name == "company.size":
        return Cast(F(COLUMNS["company.size"]), FloatField())
    custom, slug = F("person__custom"), leaf.field.name.removeprefix("custom.")
    match leaf.field.type:
        case "number":
            return JsonNumber(custom, slug)
        case "yes_no":
            return JsonFlag(custom, slug)
        case "day":
            return JsonDay(custom, slug)
    return JsonText(custom, slug)


def _test(op: str, value: Combinable, wanted: Any) -> Q:
    """A test of an expression, which Django would leave NULL where the expression is."""
    match op:
        case "not_empty":
            return Q(IsNull(value, False))
        case "is":
            return _surely(Exact(value, wanted))
        case "in":
            return _surely(In(value, list(wanted)))
        case "contains" | "starts":
            return Q(TextHas(value, wanted, starts=op == "starts"))
        case "between":
            return _surely(GreaterThanOrEqual(value, wanted[0])) & _surely(LessThanOrEqual(value, wanted[1]))
        case "within_days":
            return _surely(GreaterThan(value, wanted[0])) & _surely(LessThanOrEqual(value, wanted[1]))
        case "before_days":
            return _surely(LessThanOrEqual(value, wanted[0]))
    return _surely(_ORDERS[op](value, wanted))


def _surely(lookup: Combinable) -> Q:
    return Q(Coalesce(lookup, Value(False), output_field=BooleanField()))


def _own_identity(name: str) -> Q:
    kinds = PHONES if name == "has_phone" else EMAILS
    return Q(Exists(Identity.objects.filter(person=OuterRef("person"), kind__in=kinds, hidden_at__isnull=True)))


def _own_consent(name: str, at: datetime) -> Q:
    """The latest word on marketing by this channel was yes: a yes that nothing follows.

    Not "the value of the latest row": PostgreSQL makes joins of EXISTS, and a loop over all leads of a scalar query.
    """
    said = Consent.objects.filter(
        person=OuterRef("person"),
        purpose=CONSENT_PURPOSE,
        channel=name.removeprefix("consent."),
        retracted_at__isnull=True,
        at__lte=at,
    )
    follows = Q(at__gt=OuterRef("at")) | Q(at=OuterRef("at"), id__gt=OuterRef("id"))
    return Q(Exists(said.filter(~Exists(said.filter(follows)), is_granted=True)))


# --- events ----------------------------------------------------------------------------------------------------------


def _event_q(leaf: EventIs, at: datetime) -> Q:
    rows = KindMatch.objects.filter(kind_id=leaf.kind, lead__isnull=False, at__lte=at)
    if leaf.within_days is not None:
        rows = rows.filter(at__gt=at - timedelta(days=leaf.within_days))
    for test in leaf.where:
        rows = rows.filter(_prop_q(test))
    if leaf.low > 0:
        return Q(Among(_leads_with(rows, leaf.low, leaf.high)))
    # Leads without such an event have no row to be found by: ask for those with too many, and take the others.
    return _ALWAYS if leaf.high is None else ~Q(Among(_leads_with(rows, leaf.high + 1, None)))


def _leads_with(rows: QuerySet[KindMatch], low: int, high: int | None) -> QuerySet[KindMatch, Any]:
    ids = rows.order_by().values("lead_id")
    if (low, high) == (1, None):
        return ids
    counted = ids.annotate(number=Count("*")).filter(number__gte=low)
    return (counted if high is None else counted.filter(number__lte=high)).values("lead_id")


def _prop_q(test: PropIs) -> Q:
    props = F("event__props")
    filled = Q(JsonFilled(props, test.prop))
    match test.op:
        case "empty":
            return ~filled
        case "not_empty":
            return filled
        case "is" | "in":
            return _is_one_of(props, test.prop, test.value)
        case "is_not" | "not_in":
            return filled & ~_is_one_of(props, test.prop, test.value)
        case "contains" | "starts":
            return _test(test.op, JsonText(props, test.prop), fold(test.value))
    return _test(test.op, JsonNumber(props, test.prop), test.value)


def _is_one_of(props: F, prop: str, wanted: Alternatives) -> Q:
    found = _NEVER
    if wanted.texts:
        found |= _test("in", JsonText(props, prop), wanted.texts)
    if wanted.numbers:
        found |= _test("in", JsonNumber(props, prop), wanted.numbers)
    if wanted.flags:
        found |= _test("in", JsonFlag(props, prop), wanted.flags)
    return found
