"""How good a lead is: the kernel, its explanation, the fold of temperature, and what a rule may say.

Decides from columns given in; refuses rules that cannot be answered. What is read from where is in `selectors`,
what is stored and when in `services`. Times are whole microseconds since 1970, UTC.
"""

from sarnakh.score.rules.checks import BEHAVIOUR, PROFILE, RuleError, RuleInput, check_rule, check_thresholds
from sarnakh.score.rules.explanation import Share, explain
from sarnakh.score.rules.fold import (
    Course,
    Temperature,
    fold_temperature,
    plain_temperature,
    settled_temperature,
)
from sarnakh.score.rules.kernel import Axes, Events, axes, headline, letter, score
from sarnakh.score.rules.moments import microseconds, moment
from sarnakh.score.rules.motion import due_at
from sarnakh.score.rules.table import DAY, Caps, Rule, RuleTable

__all__ = [
    "BEHAVIOUR",
    "DAY",
    "PROFILE",
    "Axes",
    "Caps",
    "Course",
    "Events",
    "Rule",
    "RuleError",
    "RuleInput",
    "RuleTable",
    "Share",
    "Temperature",
    "axes",
    "check_rule",
    "check_thresholds",
    "due_at",
    "explain",
    "fold_temperature",
    "headline",
    "letter",
    "microseconds",
    "moment",
    "plain_temperature",
    "score",
    "settled_temperature",
]
