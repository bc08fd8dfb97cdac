"""Turn the inbox into events, visitors and touches, in batches; the worker sweeps it.

A batch is one transaction: facts, visitors, touches and captures are written and the inbox rows go, or nothing does.
A row that the database refuses is set apart with the reason, so it never holds up the others.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import DataError, IntegrityError, connection, transaction

from sarnakh.djangokit.bulk import update_rows
from sarnakh.djangokit.hot import hot
from sarnakh.leads.facts import Fact, record_facts
from sarnakh.leads.models import Identity, IdentityKind, Seen, Visitor
from sarnakh.leads.visitors import NOWHERE, Place, Whereabouts, link_devices, visitors_by_key, whereabouts
from sarnakh.track.models import InboxEvent, Touch
from sarnakh.track.ports import CarryIdentify, IdentifyCapture
from sarnakh.track.rules.arrivals import Arrival, Hit, Trail, walk
from sarnakh.track.rules.calls import Reading, capture_body, reading

AT_ONCE = 200  # about 0.1 s of SQLite's one writer; more at once is no faster
_ARRIVAL = ("source", "medium", "campaign", "term", "content")

Read = tuple[InboxEvent, Reading]


_is_any_waiting = hot(lambda: InboxEvent.objects.filter(error="").values_list("id", flat=True)[:1])


def drain(at: datetime, *, carry: CarryIdentify, limit: int = AT_ONCE) -> int:
    """Work on up to `limit` waiting calls; how many there were. `carry` stores what a server's identify brings."""
    if not _is_any_waiting():
        return 0
    waiting = InboxEvent.objects.filter(error="").order_by("id")
    try:
        with transaction.atomic():
            rows = list(
                waiting.select_related("source").select_for_update(
                    of=("self",), skip_locked=connection.features.has_select_for_update_skip_locked
                )[:limit]
            )
            _work_on(rows, at, carry)
            return len(rows)
    except (DataError, IntegrityError):
        ids = list(waiting.values_list("id", flat=True)[:limit])
    for inbox_id in ids:
        _alone(inbox_id, at, carry)
    return len(ids)


def _alone(inbox_id: int, at: datetime, carry: CarryIdentify) -> None:
    try:
        with transaction.atomic():
            rows = InboxEvent.objects.filter(id=inbox_id, error="").select_related("source")
            _work_on(list(rows.select_for_update(of=("self",))), at, carry)
    except (DataError, IntegrityError) as error:
        InboxEvent.objects.filter(id=inbox_id).update(error=f"{type(error).__name__}: {error}"[:300])


def _work_on(rows: Sequence[InboxEvent], at: datetime, carry: CarryIdentify) -> None:
    if not rows:
        return
    known = _known(rows)
    read = [
        (row, reading(row.body, source=row.source_id, received_at=row.received_at, is_server=row.is_server))
        for row in rows
        if (_door(row), row.message_id) not in known
    ]
    visitors = _visitors(read)
    _link_users(read, visitors, at)
    where = whereabouts([visitor.id for visitor in visitors.values()])
    record_facts([_fact(row, said, visitors, where) for row, said in read if said.name], received_at=at)
    _follow(read, visitors, where)
    captures = [capture for capture in (_capture(row, said) for row, said in read) if capture is not None]
    if captures:
        carry(captures)
    InboxEvent.objects.filter(id__in=[row.id for row in rows]).delete()


def _door(row: InboxEvent) -> str:
    return f"tracker:{row.source_id}"


def _known(rows: Sequence[InboxEvent]) -> set[tuple[str, str]]:
    """Those worked on before: their visits must not count again either."""
    found = Seen.objects.filter(
        source__in={_door(row) for row in rows}, message_id__in=[row.message_id for row in rows]
    )
    return set(found.values_list("source", "message_id"))


def _visitors(read: Sequence[Read]) -> dict[str, Visitor]:
    """The devices of these calls, locked, so that a form which links one meanwhile waits for us or we for it."""
    if not read:
        return {}
    found = visitors_by_key({said.visitor for _, said in read}, at=min(said.at for _, said in read))
    rows = Visitor.objects.filter(id__in=[visitor.id for visitor in found.values()]).order_by("id").select_for_update()
    return {visitor.key: visitor for visitor in rows}


def _link_users(read: Sequence[Read], visitors: dict[str, Visitor], at: datetime) -> None:
    """A server names its user: the device is theirs from then on, if we know the user."""
    named = [said for _, said in read if said.user_id]
    if not named:
        return
    people = dict(
        Identity.objects.filter(
            kind=IdentityKind.USER_ID, value__in={said.user_id for said in named}, hidden_at__isnull=True
        ).values_list("value", "origin_id")
    )
    links = [
        (visitors[said.visitor].id, people[said.user_id], said.at)
        for said in sorted(named, key=lambda each: each.at)
        if said.user_id in people
    ]
    if links:
        link_devices(links, received_at=at)


def _fact(row: InboxEvent, said: Reading, visitors: dict[str, Visitor], where: dict[int, Whereabouts]) -> Fact:
    visitor = visitors[said.visitor].id
    place = _place(visitor, said.at, where)
    return Fact(
        said.name,
        said.at,
        origin=place.origin,
        person=place.person,
        visitor=visitor,
        props=said.props,
        source=_door(row),
        message_id=row.message_id,
        value=said.value,
    )


def _place(visitor: int, at: datetime, where: dict[int, Whereabouts]) -> Place:
    return where[visitor].at(at) if visitor in where else NOWHERE


def _follow(read: Sequence[Read], visitors: dict[str, Visitor], where: dict[int, Whereabouts]) -> None:
    """Walk each visitor through what they viewed: touches, the first and the last of them, when last seen."""
    hits: dict[str, list[Hit]] = defaultdict(list)
    seen: dict[str, datetime] = {}
    for _, said in read:
        seen[said.visitor] = max(seen.get(said.visitor, said.at), said.at)
        if said.arrival is not None:
            hits[said.visitor].append(Hit(said.at, said.arrival))
    touches, changes = [], []
    for key, last_seen in seen.items():
        visitor = visitors[key]
        trail, made = walk(_trail(visitor), hits[key])
        touches += [_touch(visitor.id, hit, _place(visitor.id, hit.at, where)) for hit in made]
        changes.append(
            (
                visitor.id,
                max(visitor.seen_at, last_seen),
                _told(trail.first, trail.first_at),
                _told(trail.last, trail.last_at),
            )
        )
    Touch.objects.bulk_create(touches, ignore_conflicts=True)
    update_rows(Visitor, ("seen_at", "first_touch", "last_touch"), changes)


def _trail(visitor: Visitor) -> Trail:
    first, last = visitor.first_touch, visitor.last_touch
    return Trail(
        seen_at=visitor.seen_at if first else None,
        first_at=_moment(first),
        first=_arrival(first),
        last_at=_moment(last),
        last=_arrival(last),
    )


def _touch(visitor: int, hit: Hit, place: Place) -> Touch:
    return Touch(
        visitor_id=visitor,
        person_id=place.person,
        origin_id=place.origin,
        lead_id=place.lead,
        at=hit.at,
        is_direct=hit.arrival.is_direct,
        **{name: getattr(hit.arrival, name) for name in _ARRIVAL},
    )


def _arrival(told: dict[str, Any]) -> Arrival:
    return Arrival(**{name: str(told.get(name) or "") for name in _ARRIVAL})


def _moment(told: dict[str, Any]) -> datetime | None:
    return datetime.fromisoformat(told["at"]) if told.get("at") else None


def _told(arrival: Arrival, at: datetime | None) -> dict[str, str]:
    if at is None:
        return {}
    return {**{name: getattr(arrival, name) for name in _ARRIVAL}, "at": at.isoformat()}


def _capture(row: InboxEvent, said: Reading) -> IdentifyCapture | None:
    body = capture_body(said.traits, said.user_id) if row.is_server and said.traits else {}
    if not body:
        return None
    return IdentifyCapture(
        key=f"identify:{row.source_id}:{row.message_id}",
        source=row.source.name,
        body=body,
        visitor=said.visitor,
        at=said.at,
        received_at=row.received_at,
    )
