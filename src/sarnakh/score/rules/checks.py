"""What a rule may say. Refuses what could not be answered exactly at any moment, naming the field."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any

BEHAVIOUR, PROFILE = "behaviour", "profile"
# What follows from the score: a rule on it would feed on itself.
CIRCULAR_EVENTS = frozenset({"temperature_changed", "score_published"})
MOST_POINTS = 1000.0
MOST_DAYS = 3650.0


class RuleError(Exception):
    """A rule or a version that cannot stand: where (`field`), what (`code`), and in words.

    `text % params` is `message`; `text` is the message id to translate.
    """

    def __init__(self, field: str, code: str, text: str, **params: object) -> None:
        super().__init__(text % params)
        self.field, self.code, self.text, self.params, self.message = field, code, text, params, text % params


@dataclass(frozen=True, slots=True)
class RuleInput:
    """A rule as given. `kind`: behaviour (event, where, half_life_days, cap, times, within_days) or profile (when)."""

    name: str
    kind: str
    points: float
    event: str = ""
    where: Sequence[Mapping[str, Any]] = ()
    half_life_days: float | None = None
    cap: float | None = None
    times: int = 1
    within_days: float | None = None
    when: Mapping[str, Any] | None = None
    group: str = ""


def check_rule(rule: RuleInput) -> None:
    """Refuse a rule that cannot stand. Raises RuleError. Its event and its Filter are read where they are known."""
    if not rule.name.strip():
        raise RuleError("name", "empty", "A rule needs a name.")
    if rule.kind not in (BEHAVIOUR, PROFILE):
        raise RuleError(
            "kind", "unknown_kind", "“%(kind)s” is not a kind of rule: behaviour or profile.", kind=rule.kind
        )
    if not isfinite(rule.points) or rule.points == 0 or abs(rule.points) > MOST_POINTS:
        raise RuleError("points", "out_of_range", "Points are from -1000 to 1000, not 0.")
    if rule.cap is not None and (not isfinite(rule.cap) or rule.cap == 0):
        raise RuleError("cap", "out_of_range", "A cap is a number of points other than 0.")
    if rule.kind == BEHAVIOUR:
        _check_behaviour(rule)
    else:
        _check_profile(rule)


def check_thresholds(hot_from: float, warm_from: float) -> None:
    """Refuse thresholds out of order. Raises RuleError."""
    if not 0 < warm_from < hot_from <= 100:
        raise RuleError("hot_from", "out_of_order", "Hot begins above warm, both within 0 and 100.")


def _check_behaviour(rule: RuleInput) -> None:
    if not rule.event:
        raise RuleError("event", "empty", "A behaviour rule names an event.")
    if rule.event in CIRCULAR_EVENTS:
        raise RuleError("event", "circular_event", "“%(event)s” follows from the score.", event=rule.event)
    if rule.when is not None:
        raise RuleError("when", "not_here", "A behaviour rule has no profile condition.")
    for field, days in (("half_life_days", rule.half_life_days), ("within_days", rule.within_days)):
        if days is not None and not 0 < days <= MOST_DAYS:
            raise RuleError(field, "out_of_range", "Days are above 0 and at most 3650.")
    if not 1 <= rule.times <= 1000:
        raise RuleError("times", "out_of_range", "Times are from 1 to 1000.")


def _check_profile(rule: RuleInput) -> None:
    if rule.when is None:
        raise RuleError("when", "empty", "A profile rule has a condition.")
    if rule.event or rule.where or rule.half_life_days or rule.times != 1 or rule.within_days:
        raise RuleError("event", "not_here", "A profile rule has no event, no half-life and no repetition.")
