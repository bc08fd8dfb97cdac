"""Versions of the rules, made ready for the kernel once a process: their content never changes after publication."""

from __future__ import annotations

import logging
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sarnakh.djangokit.hot import hot
from sarnakh.leads import kinds
from sarnakh.leads.filter import Filter, FilterError, Vocabulary, load_vocabulary, parse
from sarnakh.leads.filter.language import EventIs, FieldIs, leaves
from sarnakh.score.models import Publication, RuleSet, RuleSetState
from sarnakh.score.rules import (
    Rule,
    RuleTable,
    microseconds,
)

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Version:
    """A version of the rules. `profile`: conditions of its profile rules in column order; None never holds."""

    number: int
    table: RuleTable
    profile: tuple[Filter | None, ...]
    counted: frozenset[int]  # kinds that profile conditions count
    fields: frozenset[str]  # fields that profile conditions read
    start: int | None  # microseconds: first publication; None: not yet


class _Ready(NamedTuple):
    table: RuleTable
    profile: tuple[Filter | None, ...]
    counted: frozenset[int]
    fields: frozenset[str]


class InForce(NamedTuple):
    """The version that scores now, and the one being built."""

    published: Version | None
    building: Version | None


_ready: dict[tuple[int, str], _Ready] = {}


_live = hot(
    lambda: RuleSet.objects.filter(state__in=(RuleSetState.PUBLISHED, RuleSetState.BUILDING)).values_list(
        *(field.attname for field in RuleSet._meta.concrete_fields)
    )
)


def in_force() -> InForce:
    """One small query a call, so that every process turns to a new version with the transaction that publishes it."""
    rows = (RuleSet(*values) for values in _live())
    by_state = {row.state: _version(row) for row in rows}
    return InForce(by_state.get(RuleSetState.PUBLISHED), by_state.get(RuleSetState.BUILDING))


def score_reads(facts: Collection[str], fields: Collection[str]) -> bool:
    """Whether the rules in force, or being built, ask for one of these facts or fields."""
    versions = [version for version in in_force() if version]
    asked = frozenset[int]().union(*(version.table.kinds | version.counted for version in versions))
    return any(version.fields & set(fields) for version in versions) or bool(kinds.names_of(asked) & set(facts))


def published_version() -> Version | None:
    """The version in force now; None on a base without rules."""
    return in_force().published


def version_at(at: datetime) -> Version | None:
    """The version that was in force at a moment; None before the first publication."""
    last = Publication.objects.filter(at__lte=at).select_related("rule_set").order_by("-at").first()
    return _version(last.rule_set) if last else None


def version_numbered(number: int) -> Version | None:
    """A version that is, was or will be in force; None for drafts and unknown numbers."""
    row = RuleSet.objects.filter(version=number).exclude(state=RuleSetState.DRAFT).first()
    return _version(row) if row else None


def _version(row: RuleSet) -> Version:
    key = (row.id, row.digest)
    if key not in _ready:
        if len(_ready) > 20:
            _ready.clear()
        _ready[key] = _made_ready(row)
    start = microseconds(row.first_published_at) if row.first_published_at else None
    return Version(row.version, *_ready[key], start)


def _made_ready(row: RuleSet) -> _Ready:
    stored = list(row.rules.order_by("position", "id"))
    table = RuleTable(
        tuple(
            Rule(
                id=rule.id,
                name=rule.name,
                points=rule.points,
                kind=rule.matches_id,
                half_life_days=rule.half_life_days,
                cap=rule.cap,
                times=rule.times,
                within_days=rule.within_days,
                group=rule.group,
                when=rule.when,
            )
            for rule in stored
        ),
        dict(row.group_caps.values_list("group", "cap")),
        row.hot_from,
        row.warm_from,
        (row.a_from, row.b_from, row.c_from),
    )
    if not len(table.profile):
        return _Ready(table, (), frozenset(), frozenset())
    words = load_vocabulary()
    profile = tuple(
        _condition(rule.when, Vocabulary(words.custom, words.segments, rule.counts, words.zone))
        for rule in stored
        if rule.matches_id is None
    )
    said = [leaf for each in profile if each for leaf in leaves(each)]
    return _Ready(
        table,
        profile,
        frozenset(leaf.kind for leaf in said if isinstance(leaf, EventIs)),
        frozenset(leaf.field.name for leaf in said if isinstance(leaf, FieldIs)),
    )


def _condition(when: object, words: Vocabulary) -> Filter | None:
    try:
        return parse(when, words)
    except FilterError as error:  # a field of the organisation's own that is gone since
        log.warning("a profile rule no longer reads: %s: %s", error.path, error.message)
        return None
