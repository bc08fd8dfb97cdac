"""A rule that could not be answered exactly is refused, and the field is named."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from sarnakh.score.rules import RuleError, RuleInput, check_rule, check_thresholds

BEHAVIOUR = RuleInput("Price page", "behaviour", 10, event="price_page_seen")
PROFILE = RuleInput("Tehran", "profile", 5, when={"field": "province", "op": "is", "value": "تهران"})


@pytest.mark.parametrize("rule", [BEHAVIOUR, PROFILE, replace(BEHAVIOUR, times=3, within_days=7, cap=30)])
def test_a_sound_rule_is_taken(rule: RuleInput) -> None:
    check_rule(rule)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"points": 0}, "points"),
        ({"points": float("nan")}, "points"),
        ({"name": " "}, "name"),
        ({"event": ""}, "event"),
        ({"event": "temperature_changed"}, "event"),
        ({"half_life_days": 0}, "half_life_days"),
        ({"within_days": -1}, "within_days"),
        ({"times": 0}, "times"),
        ({"cap": 0}, "cap"),
        ({"kind": "magic"}, "kind"),
    ],
)
def test_what_makes_no_sense_is_refused_by_name(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(RuleError) as refused:
        check_rule(replace(BEHAVIOUR, **changes))
    assert refused.value.field == field


def test_hot_begins_above_warm() -> None:
    with pytest.raises(RuleError):
        check_thresholds(30, 35)
