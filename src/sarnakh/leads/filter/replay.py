"""States of leads for the pure evaluator: as they stand, and as they stood at a past moment.

The past is rebuilt from the log and from field history, by the moment things happened, not the moment we heard of them.
What was retracted since (a merge, an import, a consent) is left out of the past too: it is as if it had not been.
Merges not undone count from their own moment: before it, both cards stand apart. About ten queries for any number of
leads; jobs give them by the thousand.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from django.db.models import Min, Q

from sarnakh.kit.text import fold_key
from sarnakh.leads.answers import MOVING
from sarnakh.leads.filter.pure import EventSeen, LeadState
from sarnakh.leads.filter.sql import COLUMNS, CONSENT_PURPOSE, EMAILS, PHONES
from sarnakh.leads.models import (
    Company,
    Consent,
    Event,
    FieldHistory,
    Identity,
    KindMatch,
    Lead,
    LeadSource,
    MergeEdge,
    Person,
)
from sarnakh.leads.rules import Step, fold, roots

CARD = ("name", "job_title", "province", "city")
COMPANY = {"company": "name", **{f"company.{name}": name for name in ("industry", "size", "province")}}
SOURCE = ("source", "medium", "campaign", "term", "content", "direction")


@dataclass(frozen=True, slots=True)
class ScoreNow:
    """What the score says of a lead at one moment."""

    score: float
    fit: float
    engagement: float
    temperature: str


Scored = Callable[[list[int]], Mapping[int, ScoreNow]]


def present_states(
    lead_ids: Iterable[int],
    *,
    at: datetime,
    kinds: Collection[int] | None = None,
    fields: Collection[str] | None = None,
) -> dict[int, LeadState]:
    """The states of these leads as stored, `at` being now.

    `kinds`, `fields`: load events of these definitions, and these fields, only: what is not asked for costs nothing.
    """
    ids = sorted(set(lead_ids))
    columns = {name: path for name, path in COLUMNS.items() if fields is None or name in fields}
    rows = list(Lead.objects.filter(id__in=ids).values("id", "person_id", "person__custom", *set(columns.values())))
    keys = _ways_to_reach({row["person_id"] for row in rows}, at, {}, fields)
    events = _events({row["id"]: row["id"] for row in rows}, at, kinds, by_origin=False)
    return {
        row["id"]: LeadState(
            row["id"],
            {name: row[path] for name, path in columns.items()}
            | {f"custom.{slug}": value for slug, value in row["person__custom"].items()}
            | keys[row["person_id"]],
            tuple(events[row["id"]]),
        )
        for row in rows
    }


def states(
    lead_ids: Iterable[int], *, at: datetime, scored: Scored | None = None, kinds: Collection[int] | None = None
) -> dict[int, LeadState]:
    """The states of these leads as they stood at `at`, by what is known now.

    `scored` gives score, fit, engagement and temperature of that moment; without it they are empty. A lead that was not
    there yet, or was merged into another, is left out. `kinds` as in `present_states`.
    """
    cards = _cards(sorted(set(lead_ids)), at)
    ids = list(cards.leads)
    people = _people({cards.person[id_] for id_ in ids}, at)
    keys = _ways_to_reach(set(cards.person_root), at, cards.person_root)
    stands = _standings(cards, at)
    product_and_source = _lead_fields(cards, at)
    events = _events(cards.root, at, kinds, by_origin=True)
    scores = scored(ids) if scored else {}
    found = {}
    for id_ in ids:
        person = cards.person[id_]
        fields = {
            "created_at": cards.leads[id_],
            **product_and_source[id_],
            **stands.get(id_, {}),
            **people[person],
            **keys[person],
            **(asdict(scores[id_]) if id_ in scores else {}),
        }
        found[id_] = LeadState(id_, fields, tuple(events[id_]))
    return found


# --- who was who -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Cards:
    """Cards of the leads asked for, and of those merged with them at any time, by their merges at one moment."""

    leads: dict[int, datetime]  # the leads asked for that stood then: when made
    person: dict[int, int]  # lead -> the person it was of, then
    root: dict[int, int]  # any card -> the lead it stood on, then
    created: dict[int, datetime]  # any card -> when made
    person_root: dict[int, int]  # any person -> the person they were, then


def _cards(ids: Sequence[int], at: datetime) -> _Cards:
    asked = Lead.objects.filter(id__in=ids).values_list("id", "merged_into_id")
    kept = {merged_into or id_ for id_, merged_into in asked}
    rows = list(
        Lead.objects.filter(Q(id__in=kept) | Q(merged_into__in=kept)).values_list(
            "id", "origin_id", "person_id", "created_at"
        )
    )
    people = {person for _, _, person, _ in rows}
    everybody = Person.objects.filter(Q(id__in=people) | Q(merged_into__in=people)).values_list("id", flat=True)
    root = _roots_at("lead", [row[0] for row in rows], at)
    person_root = _roots_at("person", list(everybody), at)
    wanted = set(ids)
    return _Cards(
        leads={id_: made for id_, _, _, made in rows if id_ in wanted and root[id_] == id_ and made <= at},
        person={id_: person_root[origin] for id_, origin, _, _ in rows},
        root=root,
        created={id_: made for id_, _, _, made in rows},
        person_root=person_root,
    )


def _roots_at(subject: str, ids: Sequence[int], at: datetime) -> dict[int, int]:
    edges = MergeEdge.objects.filter(subject=subject, is_active=True, merge__at__lte=at, gone__in=ids)
    return roots(dict(edges.values_list("gone", "kept")), ids)


# --- card fields -----------------------------------------------------------------------------------------------------

_Rows = Mapping[tuple[int, str], Sequence[tuple[datetime, Any, Any]]]


def _history(owner: str, ids: Collection[int]) -> _Rows:
    rows: dict[tuple[int, str], list[tuple[datetime, Any, Any]]] = defaultdict(list)
    # What a fact wrote that was taken back since, and its taking back, are both left out.
    found = FieldHistory.objects.filter(
        **{f"{owner}__in": ids}, event__retracts__isnull=True, event__retracted_by__isnull=True
    ).order_by("at", "id")
    for id_, field, at, old, new in found.values_list(f"{owner}_id", "field", "at", "old", "new"):
        rows[id_, field].append((at, old, new))
    return rows


def _rewound(rows: Sequence[tuple[datetime, Any, Any]], present: Any, at: datetime) -> Any:
    """The value at a moment: what was last written, else what the first later writing found, else what stands."""
    if not rows or rows[-1][0] <= at:
        return present
    before = [new for moment, _, new in rows if moment <= at]
    return before[-1] if before else rows[0][1]


def _people(ids: Collection[int], at: datetime) -> dict[int, dict[str, Any]]:
    history = _history("person", ids)
    changed: dict[int, set[str]] = defaultdict(set)
    for id_, field in history:
        changed[id_].add(field)
    rows = Person.objects.filter(id__in=ids).values("id", *CARD, "custom", "company_id")
    found: dict[int, dict[str, Any]] = {}
    employer: dict[int, int | str | None] = {}  # an id, or the name that history remembers
    for row in rows:
        values = {name: row[name] for name in CARD}
        values |= {f"custom.{slug}": value for slug, value in row["custom"].items()}
        for field in changed[row["id"]] - {"company", "language"}:
            values[field] = _rewound(history[row["id"], field], values.get(field), at)
        found[row["id"]] = values
        employer[row["id"]] = _rewound(history.get((row["id"], "company"), ()), row["company_id"], at)
    companies = _companies({each for each in employer.values() if each is not None}, at)
    for id_, key in employer.items():
        found[id_] |= companies.get(key, {}) if key is not None else {}
        if isinstance(key, str):
            found[id_]["company"] = key
    return found


def _companies(keys: Collection[int | str], at: datetime) -> dict[int | str, dict[str, Any]]:
    """Fields of companies by id or by name, as they were."""
    names = {fold_key(key): key for key in keys if isinstance(key, str)}
    ids = [key for key in keys if isinstance(key, int)]
    rows = list(
        Company.objects.filter(Q(id__in=ids) | Q(name_key__in=names))
        .order_by("-id")
        .values("id", "name_key", *COMPANY.values())
    )
    history = _history("company", [row["id"] for row in rows])
    found: dict[int | str, dict[str, Any]] = {}
    by_key: dict[str, dict[str, Any]] = {}
    for row in rows:
        values = {
            field: _rewound(history.get((row["id"], field), ()), row[column], at) for field, column in COMPANY.items()
        }
        found[row["id"]] = values
        by_key[row["name_key"]] = values
    for key in keys:
        if isinstance(key, str):
            found[key] = by_key.get(fold_key(key), {})
    return found


def _lead_fields(cards: _Cards, at: datetime) -> dict[int, dict[str, Any]]:
    """Product of the lead itself; source and its like of the earliest card that was merged into it by then."""
    members: dict[int, list[int]] = defaultdict(list)
    for card, lead in cards.root.items():
        members[lead].append(card)
    earliest = {lead: min(members[lead], key=lambda card: (cards.created[card], card)) for lead in cards.leads}
    sources: dict[int, dict[str, Any]] = {
        row["origin_id"]: {name: row[name] for name in SOURCE}
        for row in LeadSource.objects.filter(origin__in=earliest.values()).values("origin_id", *SOURCE)
    }
    products = dict(Lead.objects.filter(id__in=cards.leads).values_list("id", "product__slug"))
    history = _history("origin", cards.leads)
    found = {}
    for lead in cards.leads:
        values = dict(sources.get(earliest[lead], {}))  # fixed at creation
        values["product"] = _rewound(history.get((lead, "product"), ()), products[lead], at)
        found[lead] = values
    return found


# --- facts -----------------------------------------------------------------------------------------------------------


def _standings(cards: _Cards, at: datetime) -> dict[int, dict[str, Any]]:
    rows = Event.objects.filter(origin__in=cards.root, at__lte=at)
    steps: dict[int, list[Step]] = defaultdict(list)
    moving = rows.filter(name__in=MOVING, retracted_by__isnull=True)
    for id_, origin, name, moment, props in moving.values_list("id", "origin_id", "name", "at", "props"):
        root = cards.root[origin]
        steps[root].append(Step(at=moment, id=id_, name=name, is_root=origin == root, props=props))
    first: dict[int, datetime] = {}
    for origin, moment in rows.values_list("origin_id").annotate(first=Min("at")).order_by():
        root = cards.root[origin]
        first[root] = min(first.get(root, moment), moment)
    found = {}
    for lead, of_lead in steps.items():
        stands = asdict(fold(of_lead))
        until = stands.pop("until")
        del stands["created_at"], stands["converted_at"]  # the card's own; no field of a Filter
        found[lead] = stands | {
            "deferred_until": datetime.fromisoformat(until) if until else None,
            "first_touch_at": first.get(lead),
        }
    return found


def _ways_to_reach(
    people: set[int], at: datetime, root: Mapping[int, int], fields: Collection[str] | None = None
) -> dict[int, dict[str, bool]]:
    """has_phone, has_email, consent.*; with `root`, people are as they were then, and rows are theirs by origin."""
    owner = "origin" if root else "person"
    found: dict[int, dict[str, bool]] = {
        person: {"has_phone": False, "has_email": False, "consent.email": False, "consent.sms": False}
        for person in (root.values() if root else people)
    }
    if fields is None or not {"has_phone", "has_email"}.isdisjoint(fields):
        keys = Identity.objects.filter(**{f"{owner}__in": people}, kind__in=PHONES + EMAILS)
        if root:
            keys = keys.filter(Q(hidden_at__isnull=True) | Q(hidden_at__gt=at), created_at__lte=at)
        else:
            keys = keys.filter(hidden_at__isnull=True)
        for person, kind in keys.values_list(f"{owner}_id", "kind").distinct():
            found[root.get(person, person)]["has_phone" if kind in PHONES else "has_email"] = True
    if fields is None or not {"consent.email", "consent.sms"}.isdisjoint(fields):
        said = Consent.objects.filter(
            **{f"{owner}__in": people},
            purpose=CONSENT_PURPOSE,
            channel__in=("email", "sms"),
            retracted_at__isnull=True,
            at__lte=at,
        ).order_by("at", "id")
        for person, channel, is_granted in said.values_list(f"{owner}_id", "channel", "is_granted"):
            found[root.get(person, person)][f"consent.{channel}"] = is_granted
    return found


def _events(
    root: Mapping[int, int], at: datetime, kinds: Collection[int] | None, *, by_origin: bool
) -> dict[int, list[EventSeen]]:
    """Events up to `at` of these cards, by the lead they stand or stood on."""
    found: dict[int, list[EventSeen]] = defaultdict(list)
    if kinds is not None and not kinds:
        return found
    # By the lead of today for the index's sake: a card and the lead it stands on now are both in `root`.
    rows = KindMatch.objects.filter(lead__in=root, at__lte=at)
    if kinds is not None:
        rows = rows.filter(kind__in=kinds)
    owner = "event__origin_id" if by_origin else "lead_id"
    for lead, kind, moment, value, name, props in rows.order_by("at", "event_id").values_list(
        owner, "kind_id", "at", "value", "event__name", "event__props"
    ):
        if lead in root:
            found[root[lead]].append(EventSeen(kind, moment, value, name, props))
    return found
