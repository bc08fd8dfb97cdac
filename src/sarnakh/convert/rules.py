"""How a deal may move, and what its end means for the lead.

A won deal makes a customer (the fold of `leads.rules` says so); decided here is what losing or reopening asks for.
Refuses by codes; `services` raises.
"""

from __future__ import annotations

from collections.abc import Iterable

from sarnakh.leads.rules import CUSTOMER, DISQUALIFIED, EXITS, SQL

OPEN, WON, LOST = STATUSES = ("open", "won", "lost")

# (slug, Persian, English, chance in percent, days it may stay): the pipeline of a new base.
DEFAULT_PIPELINE = {"fa": "خط فروش", "en": "Sales"}
DEFAULT_STAGES = (
    ("discovery", "نیازسنجی", "Discovery", 20, 14),
    ("demo", "دمو", "Demo", 40, 10),
    ("quote", "پیش‌فاکتور", "Quote", 60, 14),
    ("negotiation", "مذاکره", "Negotiation", 75, 14),
    ("contract", "قرارداد", "Contract", 90, 10),
)

WRONG_INPUT = frozenset(
    {
        "unknown_status",
        "unknown_stage",
        "unknown_currency",
        "amount",
        "reason_required",
        "unknown_reason",
        "too_early",
        "in_the_future",
    }
)
CONFLICTS = frozenset({"reopen_first", "return_first", "already_converted", "not_converted"})


def refusal_of_status(status: str, to: str, *, reason: str) -> str | None:
    """The code of why a deal may not go from `status` to `to`, or None. What is closed is reopened first."""
    if to not in STATUSES:
        return "unknown_status"
    if to == status:
        return None
    if OPEN not in (status, to):
        return "reopen_first"
    if to in (LOST, OPEN) and not reason:
        return "reason_required"
    return None


# What a closed deal keeps until it is reopened.
FIXED_WHEN_CLOSED = ("amount", "stage")


def refusal_of_change(status: str, to: str) -> str | None:
    """Amount and place on the board change while a deal is open, or as it closes or reopens."""
    return "reopen_first" if status != OPEN and to == status else None


def refusal_of_conversion(stage: str, *, is_converted: bool) -> str | None:
    """Why a lead may not be converted: it was already, or it has left and must return first."""
    if is_converted:
        return "already_converted"
    return "return_first" if stage in EXITS else None


def stage_after_loss(others: Iterable[str], *, stage: str) -> str | None:
    """The stage that losing a deal asks for, or None: the last open one lost, none won, refuses the lead.

    `others` are the statuses of the lead's other deals.
    """
    if stage == DISQUALIFIED or any(status in (OPEN, WON) for status in others):
        return None
    return DISQUALIFIED


def stage_after_reopening(others: Iterable[str], *, stage: str) -> str | None:
    """The stage that reopening asks for, or None: back to SQL unless another deal is won or it stands there."""
    if WON in others or stage in (SQL, CUSTOMER):
        return None
    return SQL
