"""Who may do what, as data; and which leads a person sees, as a pure answer.

Roles are the strings of `models.Role`. A gate on objects is `scope_of` (outside it: 404), a gate on acts is `rights_of`
(outside it: 403). A token's scopes can only narrow what its user may do.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum


class Right(StrEnum):
    """An act that not everyone may do; the values are also the scopes of API tokens."""

    READ = "read"  # what the scope shows; every role has it, a token with scopes may lack it
    READ_ALL = "read_all"
    CREATE_LEADS = "create_leads"  # by hand, by API, by import
    WRITE_LEADS = "write_leads"  # edit, talk, move the stage, convert
    ASSIGN_LEADS = "assign_leads"  # to somebody else
    MERGE_LEADS = "merge_leads"
    EXPORT = "export"
    ERASE = "erase"  # a person's data, for good
    BACKDATE = "backdate"  # say that a fact happened earlier than now
    MANAGE_CAPTURE = "manage_capture"  # forms, pages, sources, junk
    MANAGE_CAMPAIGNS = "manage_campaigns"  # campaigns, costs, broadcasts, journeys, content
    MANAGE_RULES = "manage_rules"  # kinds, segments, scoring, qualification, assignment
    MANAGE_TEAM = "manage_team"  # weights, capacity, availability in the own branch
    MANAGE_USERS = "manage_users"
    MANAGE_SETTINGS = "manage_settings"
    SEE_REPORTS = "see_reports"


_REP = frozenset({Right.READ, Right.CREATE_LEADS, Right.WRITE_LEADS, Right.SEE_REPORTS})
_MANAGER = _REP | {Right.ASSIGN_LEADS, Right.MERGE_LEADS, Right.EXPORT, Right.BACKDATE, Right.MANAGE_TEAM}
_MARKETER = frozenset(
    {
        Right.READ,
        Right.READ_ALL,
        Right.CREATE_LEADS,
        Right.EXPORT,
        Right.MANAGE_CAPTURE,
        Right.MANAGE_CAMPAIGNS,
        Right.MANAGE_RULES,
        Right.SEE_REPORTS,
    }
)
RIGHTS: Mapping[str, frozenset[Right]] = {
    "rep": _REP,
    "manager": _MANAGER,
    "marketer": _MARKETER,
    "admin": frozenset(Right),
}


@dataclass(frozen=True, slots=True)
class Scope:
    """Which leads a person sees: all; or the own ones, all of `teams`, and the unassigned ones of `pools`."""

    sees_all: bool = False
    teams: frozenset[int] = frozenset()
    pools: frozenset[int] = frozenset()


def rights_of(role: str, scopes: Iterable[str] = ()) -> frozenset[Right]:
    """What a role may do, narrowed to a token's scopes when it has any; an unknown role may do nothing."""
    rights = RIGHTS.get(role, frozenset())
    wanted = set(scopes)
    # Not `rights & wanted`: of two equal members the set may keep the plain string.
    return frozenset(right for right in rights if right in wanted) if wanted else rights


def may(role: str, right: Right) -> bool:
    """Whether a role has a right."""
    return right in RIGHTS.get(role, frozenset())


def unknown_scopes(scopes: Iterable[str]) -> list[str]:
    """Those that name no right, sorted."""
    return sorted(set(scopes) - {right.value for right in Right})


def scope_of(role: str, team_id: int | None, branch_ids: Collection[int] = ()) -> Scope:
    """Rep: own, and unassigned of the own team; manager: the branch; marketer and admin: all."""
    if may(role, Right.READ_ALL):
        return Scope(sees_all=True)
    if role == "manager":
        return Scope(teams=frozenset(branch_ids))
    if role == "rep" and team_id is not None:
        return Scope(pools=frozenset({team_id}))
    return Scope()


def branch(parents: Mapping[int, int | None], root: int) -> frozenset[int]:
    """The ids of a team and of all below it; `parents` maps each team to its parent. A cycle does no harm."""
    children: dict[int, list[int]] = {}
    for team, parent in parents.items():
        if parent is not None:
            children.setdefault(parent, []).append(team)
    found: set[int] = set()
    waiting = [root]
    while waiting:
        team = waiting.pop()
        if team not in found:
            found.add(team)
            waiting += children.get(team, ())
    return frozenset(found)
