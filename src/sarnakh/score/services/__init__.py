"""What score does: keeps scores up to date, writes rules, puts versions in force."""

from sarnakh.score.services.building import build_slice, forget_slice
from sarnakh.score.services.defaults import seed_default_rules
from sarnakh.score.services.drafts import add_rule, discard_draft, remove_rule, set_bounds, set_group_cap, update_rule
from sarnakh.score.services.publishing import Publishing, go_back, publish
from sarnakh.score.services.rescoring import TemperatureChange, rescore

__all__ = [
    "Publishing",
    "TemperatureChange",
    "add_rule",
    "build_slice",
    "discard_draft",
    "forget_slice",
    "go_back",
    "publish",
    "remove_rule",
    "rescore",
    "seed_default_rules",
    "set_bounds",
    "set_group_cap",
    "update_rule",
]
