"""The reports. Each takes (start, end, by, as_of, user): days [start, end) of the organisation, a split or None for
the whole, the moment up to which outcomes count, and who asks; it answers a list of frozen rows.
"""

from sarnakh.learn.selectors.cohorts import (
    ConversionRow,
    CycleRow,
    FlowRow,
    FunnelRow,
    conversion,
    flow,
    funnel,
    sales_cycle,
)
from sarnakh.learn.selectors.economics import EconomicsRow, economics
from sarnakh.learn.selectors.managers import ManagerRow, managers
from sarnakh.learn.selectors.refusals import (
    DisqualificationRow,
    FamilyRow,
    RefusalRow,
    disqualification,
    refusal_families,
    refusals,
)
from sarnakh.learn.selectors.splits import SPLITS, UnknownSplit

__all__ = [
    "SPLITS",
    "ConversionRow",
    "CycleRow",
    "DisqualificationRow",
    "EconomicsRow",
    "FamilyRow",
    "FlowRow",
    "FunnelRow",
    "ManagerRow",
    "RefusalRow",
    "UnknownSplit",
    "conversion",
    "disqualification",
    "economics",
    "flow",
    "funnel",
    "managers",
    "refusal_families",
    "refusals",
    "sales_cycle",
]
