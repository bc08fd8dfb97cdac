"""What a rule may say. Refuses what could not be answered exactly at any moment, naming the field."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any

BEHAVIOUR, PROFILE = "behaviour", "profile"
# A score that read these would feed on itself: they are computed from it, or after it.
CIRCULAR_FIELDS = frozenset(
    {"score", "fit", "engagement", "temperature", "stage", "segment", "chance", "scored_at", "stage_at"}
)
RELATIVE_OPS = frozenset({"within_days", "before_days"})
MOST_POINTS = 1000.0
MOST_DAYS = 3650.0


class RuleError(Exception):
    """A rule or a version that cannot stand. `field` names where, `code` says what, the text is for the reader."""

    def __init__(self, field: str, code: str, message: str) -> None:
        super().__init__(message)
        self.field, self.code, self.message = field, code, message


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
    """Refuse a rule that cannot stand. Raises RuleError. Whether its event and its Filter exist is asked elsewhere."""
    if not rule.name.strip():
        raise RuleError("name", "empty", "A rule needs a name.")
    if rule.kind not in (BEHAVIOUR, PROFILE):
        raise RuleError("kind", "unknown_kind", f"“{rule.kind}” is not a kind of rule: behaviour or profile.")
    if not isfinite(rule.points) or rule.points == 0 or abs(rule.points) > MOST_POINTS:
        raise RuleError("points", "out_of_range", f"Points are from -{MOST_POINTS:g} to {MOST_POINTS:g}, not 0.")
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
    if rule.when is not None:
        raise RuleError("when", "not_here", "A behaviour rule has no profile condition.")
    for field, days in (("half_life_days", rule.half_life_days), ("within_days", rule.within_days)):
        if days is not None and not 0 < days <= MOST_DAYS:
            raise RuleError(field, "out_of_range", f"Days are above 0 and at most {MOST_DAYS:g}.")
    if not 1 <= rule.times <= 1000:
        raise RuleError("times", "out_of_range", "Times are from 1 to 1000.")


def _check_profile(rule: RuleInput) -> None:
    if rule.when is None:
        raise RuleError("when", "empty", "A profile rule has a condition.")
    if rule.event or rule.where or rule.half_life_days or rule.times != 1 or rule.within_days:
        raise RuleError("event", "not_here", "A profile rule has no event, no half-life and no repetition.")
    for path, leaf in _leaves(rule.when, "when"):
        field = leaf.get("field")
        if isinstance(field, str) and field in CIRCULAR_FIELDS:
            raise RuleError(
                f"{path}.field", "circular_field", f"A profile rule may not use “{field}”: it follows from the score."
            )
        if leaf.get("op") in RELATIVE_OPS:
            raise RuleError(
                f"{path}.op", "relative_time", f"A profile rule may not use relative time (“{leaf['op']}”)."
            )
        if leaf.get("within_days") is not None:
            raise RuleError(
                f"{path}.within_days", "relative_time", "A profile rule may not use relative time (“within_days”)."
            )


def _leaves(node: object, path: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    if not isinstance(node, Mapping):
        raise RuleError(path, "malformed", "A condition is an object.")
    for key in ("all", "any"):
        if key in node:
            if not isinstance(node[key], Sequence) or isinstance(node[key], str):
                raise RuleError(f"{path}.{key}", "malformed", f"“{key}” takes a list of conditions.")
            for i, inner in enumerate(node[key]):
                yield from _leaves(inner, f"{path}.{key}[{i}]")
            return
    if "not" in node:
        yield from _leaves(node["not"], f"{path}.not")
    else:
        yield path, node
