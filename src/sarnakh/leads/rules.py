"""Decisions about a lead's log: where a lead stands, whose it is, what it reached when, which kinds an event matches.

Refuses nothing: it folds what was recorded. What may be recorded is decided by the stages. No clock, no database.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sarnakh.leads.props import PropIs, where_holds

LEAD, MQL, SQL, CUSTOMER = "lead", "mql", "sql", "customer"
DISQUALIFIED, DEFERRED = "disqualified", "deferred"
FORWARD = (LEAD, MQL, SQL, CUSTOMER)
EXITS = (DISQUALIFIED, DEFERRED)
STAGES = (*FORWARD, *EXITS)

# Strongest first; ties are broken by the order in which the values were given.
EXCLUSIVE_KINDS = ("national_id", "mobile", "messenger", "email", "user_id")
SHARED_KINDS = ("phone", "role_email")

# Facts that say: they came to us (again).
REQUESTS = ("lead_created", "capture_joined", "lead_returned")


@dataclass(frozen=True, slots=True)
class Step:
    """A fact that may move the stage or the owner, of any card merged into the lead. Retracted facts are not given."""

    at: datetime
    id: int
    name: str
    is_root: bool  # happened to the kept card itself, or after the merge
    props: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a lead stands: the answers of its log."""

    stage: str
    stage_at: datetime
    reason: str
    until: str | None  # ISO moment a deferral ends
    owner: int | None
    team: int | None
    created_at: datetime
    mql_at: datetime | None
    sql_at: datetime | None
    converted_at: datetime | None
    won_at: datetime | None
    disqualified_at: datetime | None


def reaches(step: Step) -> str | None:
    """The forward stage a fact reaches, or None."""
    if step.name == "deal_won":
        return CUSTOMER
    if step.name == "lead_converted":
        return SQL
    if step.name == "stage_changed" and step.props.get("to") in (MQL, SQL):
        return str(step.props["to"])
    return None


def fold(steps: Iterable[Step]) -> Standing:
    """Fold the facts of a lead, merged cards included, into its standing.

    Facts of merged-away cards move it forward only. A request (a card's creation, a capture that joins it) returns it
    from an exit, whichever card it came to: a refusal stands against what was before it, not against a new request.
    Needs at least one step.
    """
    ordered = sorted(steps, key=lambda s: (s.at, s.id))
    stage, stage_at, reason, until = LEAD, ordered[0].at, "", None
    firsts: dict[str, datetime] = {}
    created_at = converted_at = disqualified_at = None
    owners: dict[bool, Step] = {}
    for step in ordered:
        target = reaches(step)
        if target:
            for reached in FORWARD[1 : FORWARD.index(target) + 1]:
                firsts.setdefault(reached, step.at)
            if stage in EXITS or FORWARD.index(target) > FORWARD.index(stage):
                stage, stage_at, reason, until = target, step.at, str(step.props.get("reason") or ""), None
        if step.name in REQUESTS:
            if step.name == "lead_created":
                created_at = created_at or step.at
            if stage in EXITS:
                stage, stage_at, reason, until = LEAD, step.at, "", None
        elif step.name == "lead_converted":
            converted_at = converted_at or step.at
        elif step.name == "lead_assigned":
            owners[step.is_root] = step
        elif step.name == "stage_changed" and not target:
            to = str(step.props.get("to") or LEAD)
            if to == DISQUALIFIED:
                disqualified_at = step.at
            if step.is_root and stage != CUSTOMER:
                stage, stage_at = to, step.at
                reason, until = str(step.props.get("reason") or ""), step.props.get("until")
    owner = owners.get(True) or owners.get(False)
    return Standing(
        stage=stage,
        stage_at=stage_at,
        reason=reason,
        until=until,
        owner=owner.props.get("user") if owner else None,
        team=owner.props.get("team") if owner else None,
        created_at=created_at or ordered[0].at,
        mql_at=firsts.get(MQL),
        sql_at=firsts.get(SQL),
        converted_at=converted_at,
        won_at=firsts.get(CUSTOMER),
        disqualified_at=disqualified_at,
    )


def roots(edges: Mapping[int, int], ids: Iterable[int]) -> dict[int, int]:
    """root(x) for each id over the active edges {gone: kept}. Edges form a forest."""
    found = {}
    for start in ids:
        at = start
        while at in edges:
            at = edges[at]
        found[start] = at
    return found


# --- kinds -----------------------------------------------------------------------------------------------------------

# What `when.type` of a kind means in the log.
KIND_TYPES = {
    "page": "page_viewed",
    "track": "tracked",
    "form": "form_submitted",
    "call": "call_logged",
    "meeting": "meeting_held",
    "file": "file_downloaded",
    "link": "link_clicked",
}


def kind_matches(when: Mapping[str, Any], where: Sequence[PropIs], name: str, props: Mapping[str, Any]) -> bool:
    """Whether an event (its name and props) matches a kind's definition {type, name, url_contains} and its `where`."""
    kind_type = when.get("type")
    wanted = when.get("name") or ""
    if kind_type == "event":
        if name != wanted:
            return False
    elif kind_type == "email":
        if name != f"email_{wanted or 'clicked'}":
            return False
    else:
        if name != KIND_TYPES.get(str(kind_type)):
            return False
        if wanted and wanted not in (props.get("event"), props.get("form"), props.get("outcome"), props.get("name")):
            return False
    contains = when.get("url_contains")
    if contains and contains not in f"{props.get('url') or ''} {props.get('path') or ''}":
        return False
    return where_holds(where, props)
