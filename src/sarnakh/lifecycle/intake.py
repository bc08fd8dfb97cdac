"""From a capture to a lead with a score and an owner.

T1 stores what arrived (`capture.services.store`). T2 and T3, here in one transaction, match it and let the stages
follow. In a serving process one leader thread takes whatever waits, at most 32 at a time: many captures share one
commit. What it leaves behind when killed is pending and due, and the worker's sweep takes it over. A bad one is set
apart by itself.
"""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import datetime

from django.db import close_old_connections, connection, transaction
from django.utils import timezone

from sarnakh.accounts.selectors import remember_organisation
from sarnakh.capture.models import Capture, CaptureState
from sarnakh.capture.rules import Checked, Known, checked
from sarnakh.capture.services import Arrival, known, mark_failed, store
from sarnakh.catalogue.services import products_named
from sarnakh.djangokit.bulk import update_rows
from sarnakh.djangokit.hot import hot
from sarnakh.leads.matching import take_in
from sarnakh.leads.models import Lead
from sarnakh.leads.ports import Draft, Key, Origin, Permission
from sarnakh.lifecycle import steps

AT_ONCE = 32
GATHER = 0.01

log = logging.getLogger(__name__)


def receive(arrival: Arrival) -> Capture:
    """Store one arrival and carry it through; returns its row as it stands (pending only when something held it up)."""
    if _leader is not None:
        return _leader.submit(arrival).result(timeout=20)
    return receive_many([arrival])[0]


def receive_many(arrivals: Sequence[Arrival]) -> list[Capture]:
    """Store and carry through, here and now; the rows in order.

    All of it is one commit when all goes well. What goes wrong after the storing is undone and taken up one by one, and
    what was stored stays: nothing is answered before it is on disk.
    """
    now = timezone.now()
    remember_organisation()
    try:
        with transaction.atomic():
            rows = store(arrivals, received_at=now)
            _carry(_pending(rows), now)
    except Exception:  # a bug that one of them meets loses none: all are stored, and taken up each by itself
        log.exception("captures one at a time")
        rows = store(arrivals, received_at=now)
        pending = [row.id for row in _pending(rows)]
        _process_each(pending, now)
        fresh = Capture.objects.in_bulk(pending)
        rows = [fresh.get(row.id, row) for row in rows]
    leads = Lead.objects.in_bulk({row.lead_id for row in rows if row.lead_id})
    for row in rows:
        row.lead = leads.get(row.lead_id or 0)
    return rows


def _pending(rows: Sequence[Capture]) -> list[Capture]:
    """Each row that waits, once: two calls with one key may have come together."""
    return list({row.id: row for row in rows if row.state == CaptureState.PENDING}.values())


_overdue = hot(
    lambda at: (
        Capture.objects.filter(state=CaptureState.PENDING, due_at__lte=at)
        .order_by("due_at")
        .values_list("id", flat=True)[:AT_ONCE]
    )
)


def sweep(at: datetime) -> int:
    """Take over captures whose lease ran out; how many."""
    ids = _overdue(at)
    if ids:
        process(ids, at=at)
    return len(ids)


def process(capture_ids: Sequence[int], *, at: datetime) -> None:
    """T2 and T3 of these captures: together, and one at a time where together fails."""
    try:
        _process_together(capture_ids, at)
    except Exception:  # a key taken in between, a value the database refuses, a bug: find out whose
        log.exception("captures one at a time")
        _process_each(capture_ids, at)


def _process_each(capture_ids: Sequence[int], at: datetime) -> None:
    for capture_id in capture_ids:
        try:
            with transaction.atomic():
                leads = _match(_waiting([capture_id]), at)
        except Exception as error:  # whatever it is, it is kept with its reason and taken up again
            log.exception("capture %s", capture_id)
            mark_failed(capture_id, reason=f"{type(error).__name__}: {error}", at=at)
        else:
            steps.advance_each(leads, at=at)


@transaction.atomic
def _process_together(capture_ids: Sequence[int], at: datetime) -> None:
    _carry(_waiting(capture_ids), at)


def _waiting(capture_ids: Sequence[int]) -> list[Capture]:
    rows = Capture.objects.filter(id__in=capture_ids, state=CaptureState.PENDING).select_related("form").order_by("id")
    skips = connection.features.has_select_for_update_skip_locked
    return list(rows.select_for_update(of=("self",), skip_locked=skips))


def _carry(rows: Sequence[Capture], at: datetime) -> None:
    """T2 and T3 of these captures."""
    if rows:
        steps.advance(_match(rows, at), at=at)


def _match(rows: Sequence[Capture], at: datetime) -> list[int]:
    """Match these captures and write how each ended on its row; returns their leads."""
    if not rows:
        return []
    outcomes = take_in(_drafts(rows, at), received_at=at)
    update_rows(
        Capture,
        ("state", "due_at", "reason", "person", "origin", "lead"),
        [(o.ref, o.state, None, "", o.person, o.origin, o.lead) for o in outcomes],
    )
    for row, outcome in zip(rows, outcomes, strict=True):
        row.state, row.due_at, row.reason = outcome.state, None, ""
        row.person_id, row.origin_id, row.lead_id = outcome.person, outcome.origin, outcome.lead
    return [outcome.lead for outcome in outcomes]


def _drafts(rows: Sequence[Capture], at: datetime) -> list[Draft]:
    """Read the stored bodies again; own fields and products are looked up once, and only if any body names them."""
    own = known() if any(row.body.get("custom") for row in rows) else Known()
    read = [checked(row.body, known=own, now=at) for row in rows]
    products = products_named(_product(row, one) for row, one in zip(rows, read, strict=True))
    return [_draft(row, one, products, at) for row, one in zip(rows, read, strict=True)]


def _product(row: Capture, read: Checked) -> str:
    return read.product or (row.form.product if row.form else "")


def _draft(row: Capture, read: Checked, products: Mapping[str, int], at: datetime) -> Draft:
    request, form = row.request, row.form
    given = {**(request.get("utm") or {}), **{name: value for name, value in read.origin.items() if value}}
    page = {"page": str(request["page"])} if request.get("page") else {}
    return Draft(
        ref=row.id,
        keys=tuple(Key(*key) for key in read.keys),
        fields=read.fields,
        origin=Origin(**given, direction=read.direction, channel=row.channel, form=form.slug if form else ""),
        at=row.at,
        received_at=at,
        permissions=tuple(Permission(*consent) for consent in read.consents),
        product=products.get(_product(row, read)),
        visitor=str(request.get("visitor") or ""),
        actor=row.actor,
        event="form_submitted" if form else "",
        props={"form": form.slug, "welcome_template": form.welcome_template, **page} if form else {},
        door=row.channel,
    )


# --- the leader ------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Waiting:
    arrival: Arrival
    answer: Future[Capture]


class Leader:
    """The one thread of a process that commits captures: whatever queued during the last commit is the next batch.

    Clients that were answered together ask again together, yet not at the same instant: as many as came last time are
    waited for, `GATHER` seconds at most. Without it two halves of them take turns, at twice the work for each lead.
    """

    def __init__(self) -> None:
        self._queue: queue.SimpleQueue[_Waiting | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._lead, name="captures", daemon=True)
        self._thread.start()

    def submit(self, arrival: Arrival) -> Future[Capture]:
        """Hand an arrival over; the future answers with its row once it is committed."""
        waiting = _Waiting(arrival, Future())
        self._queue.put(waiting)
        return waiting.answer

    def stop(self) -> None:
        """Answer what waits, then end."""
        self._queue.put(None)
        self._thread.join(timeout=20)

    def _lead(self) -> None:
        company, is_ending = 1, False
        while not is_ending:
            taken = self._gathered(company)
            batch = [each for each in taken if each is not None]
            is_ending = len(batch) < len(taken)
            if not batch:
                continue
            try:
                rows = receive_many([waiting.arrival for waiting in batch])
            except BaseException as error:  # noqa: BLE001  handed to the requests that wait, which raise it
                for waiting in batch:
                    waiting.answer.set_exception(error)
                close_old_connections()
            else:
                for waiting, row in zip(batch, rows, strict=True):
                    waiting.answer.set_result(row)
            company = len(batch) + self._queue.qsize()
        connection.close()

    def _gathered(self, company: int) -> list[_Waiting | None]:
        batch = [self._queue.get()]
        until = time.monotonic() + GATHER
        while len(batch) < AT_ONCE and batch[-1] is not None:
            left = until - time.monotonic() if len(batch) < company else 0.0
            try:
                batch.append(self._queue.get(timeout=left) if left > 0 else self._queue.get_nowait())
            except queue.Empty:
                break
        return batch


_leader: Leader | None = None


def start_leader() -> None:
    """Make captures of this process share commits; a serving process calls it once. Without it they run inline."""
    global _leader
    _leader = _leader or Leader()
