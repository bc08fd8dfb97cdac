"""Which moves between stages are allowed, who becomes MQL by rule, what SQL still lacks.

Decides by codes; refuses nothing itself: `services` raises. Winning is not decided here: a customer comes from a deal.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sarnakh.leads.rules import CUSTOMER, DEFERRED, DISQUALIFIED, EXITS, FORWARD, LEAD, MQL, SQL, STAGES

# The five points of a lead that sales may work on, in the order in which they are asked.
CHECKLIST = ("need", "problem", "budget", "authority", "timeline")

FAMILIES = ("ignored", "would_not_talk", "refused_to_buy")

# (slug, family, Persian, English): what a new base starts with.
DEFAULT_REASONS = (
    ("no_answer", "ignored", "پاسخ نداد", "Never answered"),
    ("wrong_contact", "ignored", "شماره یا نشانی اشتباه", "Wrong number or address"),
    ("not_a_buyer", "ignored", "مشتری نیست", "Not a buyer"),
    ("not_interested", "would_not_talk", "علاقه ندارد", "Not interested"),
    ("no_need", "would_not_talk", "نیاز ندارد", "No need"),
    ("not_the_decider", "would_not_talk", "تصمیم‌گیرنده نیست", "Not the one who decides"),
    ("bad_timing", "would_not_talk", "زمان نامناسب", "Bad timing"),
    ("price_too_high", "refused_to_buy", "قیمت بالا", "Price too high"),
    ("no_budget", "refused_to_buy", "بودجه ندارد", "No budget"),
    ("bought_from_competitor", "refused_to_buy", "خرید از رقیب", "Bought from a competitor"),
    ("product_does_not_fit", "refused_to_buy", "محصول مناسب نبود", "The product does not fit"),
)

DEFAULT_MQL_RULE = {
    "any": [
        {"field": "score", "op": "gte", "value": 40},
        {"field": "temperature", "op": "in", "value": ["warm", "hot"]},
    ]
}
DEFAULT_MQL_NAME = {"fa": "امتیاز ۴۰ یا دمای گرم", "en": "Score of 40, or warm"}

# Codes of a refused move: what was given is wrong (422), or the lead's state does not allow it (409).
WRONG_INPUT = frozenset(
    {
        "unknown_stage",
        "reason_required",
        "unknown_reason",
        "until_required",
        "until_past",
        "until_unexpected",
        "before_creation",
        "in_the_future",
        "reason_too_long",
        "unknown_item",
        "note_too_long",
    }
)
REASON_LENGTH, NOTE_LENGTH = 200, 300
CONFLICTS = frozenset({"same_stage", "through_the_deal", "return_first", "backward", "points_missing"})


@dataclass(frozen=True, slots=True)
class Move:
    """A wish to move a lead: `stage` is where it stands at `at`."""

    stage: str
    to: str
    at: datetime
    reason: str = ""
    until: datetime | None = None


def refusal_of(move: Move, *, reasons: Collection[str] | None, created_at: datetime, now: datetime) -> str | None:
    """The code of why a move is refused, or None. `reasons` are the slugs in use; None: any words will do."""
    if move.to not in STAGES:
        return "unknown_stage"
    if move.at < created_at:
        return "before_creation"
    if move.at > now:
        return "in_the_future"
    return _wrong_exit(move, reasons) or _conflict(move) or _wrong_reason(move)


def missing_points(met: Iterable[str]) -> tuple[str, ...]:
    """Which of the five points are not met yet, in their order."""
    known = set(met)
    return tuple(item for item in CHECKLIST if item not in known)


@dataclass(frozen=True, slots=True)
class Turn:
    """A fact that set a stage: `to` and whether a person did it."""

    to: str
    is_by_person: bool


def may_rise_by_rule(turns: Sequence[Turn]) -> bool:
    """Whether a rule may make this lead MQL: not after a person put it back to `lead`, until it comes back by itself.

    `turns` are the lead's stage changes and returns, oldest first.
    """
    return not (turns and turns[-1].to == LEAD and turns[-1].is_by_person)


def _wrong_exit(move: Move, reasons: Collection[str] | None) -> str | None:
    if move.to == DISQUALIFIED:
        if not move.reason:
            return "reason_required"
        if reasons is not None and move.reason not in reasons:
            return "unknown_reason"
    if move.to == DEFERRED:
        if move.until is None:
            return "until_required"
        if move.until <= move.at:
            return "until_past"
    elif move.until is not None:
        return "until_unexpected"
    return None


def _conflict(move: Move) -> str | None:
    if CUSTOMER in (move.stage, move.to):
        return "through_the_deal"
    if move.stage == move.to and move.to != DEFERRED:
        return "same_stage"
    if move.stage in EXITS and move.to not in (LEAD, move.stage):
        return "return_first"
    if move.to in (MQL, SQL) and FORWARD.index(move.to) < FORWARD.index(move.stage):
        return "backward"
    return None


def _wrong_reason(move: Move) -> str | None:
    if len(move.reason) > REASON_LENGTH:
        return "reason_too_long"
    return "reason_required" if move.to == LEAD and not move.reason else None
