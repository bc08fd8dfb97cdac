"""Putting a version in force: fix what its words mean, build its scores beside the present ones, then flip.

One build at a time: publishing again, or going back, cancels the one under way.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from sarnakh.jobs.services import enqueue
from sarnakh.leads import kinds
from sarnakh.leads.filter import PROFILE_BARRED, Vocabulary, load_vocabulary, parse
from sarnakh.leads.filter.language import EventIs, leaves
from sarnakh.leads.models import Event, EventKind, KindDefinition
from sarnakh.score.models import Phase, Rebuild, Rule, RuleSet, RuleSetState
from sarnakh.score.rules import PROFILE, RuleError, check_thresholds
from sarnakh.score.services.building import REBUILD, flip
from sarnakh.score.services.drafts import read_conditions


@dataclass(frozen=True, slots=True)
class Publishing:
    """A version on its way into force. `job` builds it; None: it is in force already."""

    version: int
    job: int | None


def publish(*, actor: int | None, at: datetime) -> Publishing:
    """Publish the draft. Raises RuleError when there is none, or when a rule no longer reads."""
    with transaction.atomic():
        draft = RuleSet.objects.select_for_update().filter(state=RuleSetState.DRAFT).first()
        if draft is None:
            raise RuleError("version", "nothing_to_publish", "There is no draft to publish.")
        check_thresholds(draft.hot_from, draft.warm_from)
        fresh = _fix_meaning(draft)
        draft.digest = _digest(draft)
        return _build(draft, fresh, actor=actor, at=at)


def go_back(version: int, *, actor: int | None, at: datetime) -> Publishing:
    """Put a version back in force that was before; its own fold of temperature goes on. Raises RuleError."""
    with transaction.atomic():
        found = RuleSet.objects.select_for_update().filter(version=version).first()
        if found is None or found.state not in (RuleSetState.RETIRED, RuleSetState.PUBLISHED):
            raise RuleError("version", "unknown_version", "There is no published version %(version)s.", version=version)
        if found.state == RuleSetState.PUBLISHED:
            _cancel(RuleSet.objects.filter(state=RuleSetState.BUILDING).first())
            return Publishing(version, None)
        return _build(found, [], actor=actor, at=at)


def _build(rule_set: RuleSet, fresh: Sequence[int], *, actor: int | None, at: datetime) -> Publishing:
    _cancel(RuleSet.objects.select_for_update().filter(state=RuleSetState.BUILDING).first())
    rule_set.state = RuleSetState.BUILDING
    rule_set.save()
    Rebuild.objects.filter(rule_set=rule_set).delete()
    Rebuild.objects.create(
        rule_set=rule_set,
        phase=Phase.HISTORY if fresh else Phase.SCORES,
        kinds=list(fresh),
        actor_id=actor,
        started_at=at,
    )
    if not Event.objects.exclude(name="score_published").exists():  # nothing to match, nobody to score
        flip(rule_set.version, at=at)
        return Publishing(rule_set.version, None)
    return Publishing(rule_set.version, enqueue(REBUILD, version=rule_set.version, key=f"{REBUILD}:{rule_set.version}"))


def _cancel(building: RuleSet | None) -> None:
    if building is None:
        return
    was_in_force = building.first_published_at is not None
    building.state = RuleSetState.RETIRED if was_in_force else RuleSetState.CANCELLED
    building.save()
    Rebuild.objects.filter(rule_set=building).delete()
    if not was_in_force:
        enqueue("score.forget", version=building.version)


def _fix_meaning(draft: RuleSet) -> list[int]:
    """Fix the definition behind every event that the rules name; returns those not used before."""
    words = load_vocabulary()
    current = dict(EventKind.objects.values_list("slug", "current_id"))
    rules = list(draft.rules.all())
    wanted: dict[int, dict[str, Any]] = {}
    for rule in rules:
        read_conditions(rule)
        if rule.kind == PROFILE:
            rule.counts = {leaf.event: leaf.kind for leaf in _events_named(rule, words)}
        else:
            wanted[rule.id] = _when(rule, current)
    named = {each for rule in rules for each in rule.counts.values()}
    fresh = set(KindDefinition.objects.filter(id__in=named, is_used=False).values_list("id", flat=True))
    KindDefinition.objects.filter(id__in=fresh).update(is_used=True)
    for rule in rules:
        if rule.id in wanted:
            digest = kinds.digest(wanted[rule.id])
            is_known = KindDefinition.objects.filter(digest=digest, is_used=True).exists()
            rule.matches = kinds.define(wanted[rule.id], is_used=True)
            if not is_known:
                fresh.add(rule.matches.id)
    Rule.objects.bulk_update(rules, ["matches", "counts"])
    if fresh:
        kinds.let_writers_finish()
    return sorted(fresh)


def _events_named(rule: Rule, words: Vocabulary) -> list[EventIs]:
    return [leaf for leaf in leaves(parse(rule.when, words, barred=PROFILE_BARRED)) if isinstance(leaf, EventIs)]


def _when(rule: Rule, current: dict[str, int]) -> dict[str, Any]:
    """The content of a behaviour rule's own definition: its event's, narrowed by its `where`."""
    when = dict(KindDefinition.objects.get(id=current[rule.event]).when)
    if rule.where:
        when["where"] = [*(when.get("where") or ()), *rule.where]
    return when


def _digest(rule_set: RuleSet) -> str:
    content = {
        "rules": list(
            rule_set.rules.order_by("position", "id").values(
                "id",
                "name",
                "group",
                "points",
                "matches_id",
                "half_life_days",
                "cap",
                "times",
                "within_days",
                "when",
                "counts",
            )
        ),
        "caps": dict(rule_set.group_caps.values_list("group", "cap")),
        "bounds": [rule_set.hot_from, rule_set.warm_from, rule_set.a_from, rule_set.b_from, rule_set.c_from],
    }
    return hashlib.sha256(json.dumps(content, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
