"""Whose turn it is: who of a rule's people may take a lead, and which of them gets it.

The rotation is stride scheduling: each person has a place on a line, the one furthest back is next and moves on by
STRIDE / weight. Between people who are there all the time, leads given per unit of weight never differ by more than
one; who was away comes back at the front of the queue, without the leads missed meanwhile. Which rule applies is
decided by its Filter, not here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

STRIDE = 720_720  # divides evenly by every weight up to 16
FRONT = "front"  # key of a turn: how far the rotation has come

ROUND_ROBIN, WEIGHTED, LEAST_LOADED, SKILL = METHODS = ("round_robin", "weighted", "least_loaded", "skill")

# Why someone was passed over.
INACTIVE, AWAY, FULL, UNSKILLED = "inactive", "away", "full", "unskilled"

# How it ended.
GIVEN, NOBODY, NO_RULE, BY_HAND = "given", "nobody", "no_rule", "by_hand"


@dataclass(frozen=True, slots=True)
class Member:
    """Someone who could take a lead. `load` = open leads owned now; no `capacity` means no limit."""

    user: int
    weight: int = 1
    capacity: int | None = None
    load: int = 0
    is_active: bool = True
    is_available: bool = True
    skills: frozenset[str] = field(default_factory=frozenset)


@dataclass(frozen=True, slots=True)
class Choice:
    """Who gets it (None: nobody can), the rotation after it, who could have had it, who could not and why."""

    user: int | None
    turn: Mapping[str, int]
    considered: tuple[Member, ...]
    skipped: tuple[tuple[Member, str], ...]


def obstacle(member: Member, wanted: str = "") -> str | None:
    """Why this person cannot take the lead, or None. `wanted` is the skill the lead asks for; none asks nothing."""
    if not member.is_active:
        return INACTIVE
    if not member.is_available or member.weight < 1:
        return AWAY
    if member.capacity is not None and member.load >= member.capacity:
        return FULL
    if wanted and wanted not in member.skills:
        return UNSKILLED
    return None


def choose(members: Sequence[Member], turn: Mapping[str, int], *, method: str, wanted: str = "") -> Choice:
    """Choose one of the members. `turn` is the rotation as the last choice left it; {} starts one."""
    asked = wanted if method == SKILL else ""
    judged = [(member, obstacle(member, asked)) for member in sorted(members, key=lambda m: m.user)]
    able = tuple(member for member, why in judged if why is None)
    skipped = tuple((member, why) for member, why in judged if why is not None)
    if not able:
        return Choice(None, dict(turn), able, skipped)
    front = turn.get(FRONT, 0)
    places = {member.user: max(turn.get(str(member.user), front), front) for member in able}
    if method == LEAST_LOADED:
        best = min(able, key=lambda m: (m.load / m.weight, places[m.user], m.user))
    else:
        best = min(able, key=lambda m: (places[m.user], m.user))
    return Choice(best.user, _moved_on(turn, places, best), able, skipped)


def reason_of(
    outcome: str,
    *,
    rule: int | None = None,
    method: str = "",
    choice: Choice | None = None,
    passed: Sequence[int] = (),
    note: str = "",
) -> dict[str, Any]:
    """The stored reason of a hand-over, by ids and codes only, so that it reads in any language.

    `passed` are the rules before it whose condition did not hold; `note` is what a person wrote.
    """
    reason: dict[str, Any] = {"outcome": outcome, "rule": rule, "passed": list(passed)}
    if choice is not None:
        reason["method"] = method
        reason["considered"] = [
            {"user": m.user, "load": m.load, "capacity": m.capacity, "weight": m.weight} for m in choice.considered
        ]
        reason["skipped"] = [{"user": m.user, "why": why, "load": m.load} for m, why in choice.skipped]
    if note:
        reason["note"] = note
    return reason


def _moved_on(turn: Mapping[str, int], places: Mapping[int, int], best: Member) -> dict[str, int]:
    """The rotation after `best` had a turn, counted from its front so that the numbers stay small."""
    after = {**turn, **{str(user): place for user, place in places.items()}}
    after[str(best.user)] = places[best.user] + max(1, STRIDE // best.weight)
    after.pop(FRONT, None)
    front = min(places.values())
    return {FRONT: 0, **{user: max(0, place - front) for user, place in after.items()}}
