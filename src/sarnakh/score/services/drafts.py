"""Writing rules. What is written stands in a draft, a copy of the rules in force, until it is published."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Max

from sarnakh.leads.filter import PROFILE_BARRED, FilterError, load_vocabulary, parse, parse_where
from sarnakh.score.models import Rule, RuleGroupCap, RuleSet, RuleSetState
from sarnakh.score.rules import BEHAVIOUR, RuleError, RuleInput, check_rule, check_thresholds


def add_rule(rule: RuleInput, *, at: datetime) -> Rule:
    """Add a rule to the draft. Raises RuleError."""
    _check(rule)
    with transaction.atomic():
        draft = own_draft(at=at)
        last = draft.rules.aggregate(last=Max("position"))["last"] or 0
        return Rule.objects.create(rule_set=draft, position=last + 1, **_columns(rule))


def update_rule(rule_id: int, rule: RuleInput, *, at: datetime) -> Rule:
    """Replace a rule of the draft; a rule in force is replaced in a draft made now. Raises RuleError."""
    _check(rule)
    with transaction.atomic():
        stored = _in_draft(rule_id, at=at)
        for name, value in _columns(rule).items():
            setattr(stored, name, value)
        stored.save()
        return stored


def remove_rule(rule_id: int, *, at: datetime) -> None:
    """Take a rule out of the draft; a rule in force goes in a draft made now. Raises RuleError."""
    with transaction.atomic():
        _in_draft(rule_id, at=at).delete()


def set_group_cap(group: str, cap: float | None, *, at: datetime) -> None:
    """Limit the sum of a group of rules in the draft; None lifts the limit. Raises RuleError."""
    if not group or cap == 0:
        raise RuleError("cap", "out_of_range", "A cap is a number of points other than 0.")
    with transaction.atomic():
        draft = own_draft(at=at)
        if cap is None:
            draft.group_caps.filter(group=group).delete()
        else:
            RuleGroupCap.objects.update_or_create(rule_set=draft, group=group, defaults={"cap": cap})


def set_bounds(
    *, hot_from: float, warm_from: float, letters: tuple[float, float, float] = (30, 15, 0), at: datetime
) -> RuleSet:
    """Set the draft's thresholds of temperature and the bounds of fit's letters A, B, C. Raises RuleError."""
    check_thresholds(hot_from, warm_from)
    if not letters[0] > letters[1] > letters[2]:
        raise RuleError("letters", "out_of_order", "A begins above B, and B above C.")
    with transaction.atomic():
        draft = own_draft(at=at)
        draft.hot_from, draft.warm_from = hot_from, warm_from
        draft.a_from, draft.b_from, draft.c_from = letters
        draft.save()
        return draft


def discard_draft() -> None:
    """Throw the draft away; the rules in force stay."""
    RuleSet.objects.filter(state=RuleSetState.DRAFT).delete()


def own_draft(*, at: datetime) -> RuleSet:
    """The draft, made now as a copy of the rules being built or in force when there is none."""
    found = RuleSet.objects.select_for_update().filter(state=RuleSetState.DRAFT).first()
    if found is not None:
        return found
    states = (RuleSetState.BUILDING, RuleSetState.PUBLISHED)
    rows = {row.state: row for row in RuleSet.objects.filter(state__in=states)}
    model = next((rows[state] for state in states if state in rows), None)
    last = RuleSet.objects.aggregate(last=Max("version"))["last"] or 0
    draft = RuleSet(version=last + 1, state=RuleSetState.DRAFT, created_at=at)
    if model is not None:
        for name in ("hot_from", "warm_from", "a_from", "b_from", "c_from"):
            setattr(draft, name, getattr(model, name))
    draft.save()
    if model is not None:
        _copy(model, draft)
    return draft


def read_conditions(rule: RuleInput | Rule) -> None:
    """Refuse an event or a condition that does not read. Raises RuleError naming the place."""
    words = load_vocabulary()
    try:
        if rule.when is not None:
            parse(rule.when, words, barred=PROFILE_BARRED)
        else:
            parse_where(list(rule.where))
    except FilterError as error:
        where = "when" if rule.when is not None else ""
        path = f"{where}.{error.path}" if where and error.path else where or error.path
        raise RuleError(path, error.code, error.text, **error.params) from error
    if rule.when is None and rule.event not in words.events:
        raise RuleError("event", "unknown_event", "“%(event)s” is not an event.", event=rule.event)


def _check(rule: RuleInput) -> None:
    check_rule(rule)
    read_conditions(rule)


def _columns(rule: RuleInput) -> dict[str, object]:
    return {
        "name": rule.name.strip(),
        "kind": rule.kind,
        "group": rule.group,
        "points": rule.points,
        "event": rule.event,
        "where": list(rule.where) if rule.kind == BEHAVIOUR else [],
        "half_life_days": rule.half_life_days,
        "cap": rule.cap,
        "times": rule.times,
        "within_days": rule.within_days,
        "when": dict(rule.when) if rule.when is not None else None,
    }


def _copy(model: RuleSet, draft: RuleSet) -> None:
    rules = list(model.rules.order_by("position", "id"))
    for rule in rules:
        rule.pk, rule.rule_set, rule.matches, rule.counts = None, draft, None, {}
        rule._state.adding = True
    Rule.objects.bulk_create(rules)
    RuleGroupCap.objects.bulk_create(
        [RuleGroupCap(rule_set=draft, group=each.group, cap=each.cap) for each in model.group_caps.all()]
    )


def _in_draft(rule_id: int, *, at: datetime) -> Rule:
    """The rule to write; for a rule of the version that a new draft copies, its copy."""
    stored = Rule.objects.select_related("rule_set").filter(id=rule_id).first()
    if stored is not None and stored.rule_set.state == RuleSetState.DRAFT:
        return stored
    has_draft = RuleSet.objects.filter(state=RuleSetState.DRAFT).exists()
    if stored is None or has_draft or stored.rule_set.state == RuleSetState.RETIRED:
        raise RuleError("rule", "unknown_rule", "There is no such rule in the draft.")
    place = list(stored.rule_set.rules.order_by("position", "id").values_list("id", flat=True)).index(rule_id)
    copies = list(own_draft(at=at).rules.order_by("position", "id"))
    if place >= len(copies):
        raise RuleError("rule", "unknown_rule", "There is no such rule in the draft.")
    return copies[place]
