"""The one path after every fact: fact -> what follows. The only place where stages meet; read it from top to bottom.

`advance` is idempotent: twice changes nothing. It runs for leads whose `advance_due_at` has come (the worker's sweep),
and inline where someone waits for the answer. Recording a fact sets `advance_due_at` in the same transaction, so
nothing that happened can be forgotten; a step that fails leaves it set.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from django.db import connection, transaction

from sarnakh.distribute.selectors import next_due
from sarnakh.distribute.services import assign
from sarnakh.djangokit.bulk import update_rows
from sarnakh.djangokit.hot import hot
from sarnakh.engage.services import first_call_tasks
from sarnakh.leads.models import Lead
from sarnakh.nurture.services import welcome
from sarnakh.qualify.selectors import mql_reads
from sarnakh.qualify.services import apply_mql, return_deferred
from sarnakh.score.selectors import due_moments, score_reads
from sarnakh.score.services import rescore

SWEEP = 200
SET_ASIDE = timedelta(minutes=10)
ROUNDS = 5
# What the steps themselves record and move.
OWN_FACTS = ("stage_changed", "lead_assigned", "task_created", "temperature_changed")
OWN_FIELDS = ("owner", "team", "reason", "mql_at")

log = logging.getLogger(__name__)


@transaction.atomic
def advance(lead_ids: Iterable[int], *, at: datetime) -> None:
    """Let every stage follow what happened to these leads, up to `at`: all of it, or nothing."""
    ids = _in_sight(set(lead_ids))
    if not ids:
        return
    _round(ids, at)
    if score_reads(OWN_FACTS, OWN_FIELDS) or mql_reads(OWN_FACTS, OWN_FIELDS):
        _until_still(ids, at)
    _set_due(ids, at)


def _round(ids: Sequence[int], at: datetime) -> None:
    return_deferred(ids, at=at)
    rescore(ids, at=at)
    apply_mql(ids, at=at)
    assign(ids, at=at)
    first_call_tasks(ids, at=at)
    welcome(ids, at=at)


def _until_still(ids: Sequence[int], at: datetime) -> None:
    """Where rules ask for what the steps themselves do, one round gives the next some work."""
    for _ in range(ROUNDS):
        before = _versions(ids)
        _round(ids, at)
        if _versions(ids) == before:
            return
    log.warning("rules that follow each other kept leads %s moving", ids)


def _versions(ids: Sequence[int]) -> list[tuple[int, int]]:
    return list(Lead.objects.filter(id__in=ids).order_by("id").values_list("id", "version"))


def sweep(at: datetime) -> int:
    """Advance leads that are due, in id order; how many. One that cannot be advanced waits, and holds up no other."""
    if not _is_any_due(at):
        return 0  # asked ten times a second: no transaction, and on SQLite no writer's lock, for nothing
    try:
        with transaction.atomic():
            ids = _due(at)
            advance(ids, at=at)
    except Exception:  # whatever one lead's rules or texts do must not stop the others
        log.exception("advancing together failed, now one by one")
        ids = _due(at)
        advance_each(ids, at=at)
    return len(ids)


def advance_each(lead_ids: Iterable[int], *, at: datetime) -> None:
    """Advance leads one by one; one that cannot be advanced is logged and waits."""
    for lead in lead_ids:
        _advance_alone(lead, at)


_is_any_due = hot(
    lambda at: Lead.objects.filter(advance_due_at__lte=at, hidden_at__isnull=True).values_list("id", flat=True)[:1]
)


def _due(at: datetime) -> list[int]:
    rows = Lead.objects.filter(advance_due_at__lte=at, hidden_at__isnull=True).order_by("id")
    if connection.in_atomic_block:
        skips = connection.features.has_select_for_update_skip_locked
        rows = rows.select_for_update(skip_locked=skips, no_key=True)
    return list(rows.values_list("id", flat=True)[:SWEEP])


def _advance_alone(lead: int, at: datetime) -> None:
    try:
        advance([lead], at=at)
    except Exception:  # as above; the lead keeps its place in the queue, later
        log.exception("lead %s cannot be advanced", lead)
        Lead.objects.filter(id=lead).update(advance_due_at=at + SET_ASIDE)


_in_sight = hot(
    lambda ids: (
        Lead.objects.filter(id__in=ids, hidden_at__isnull=True)
        .order_by("id")
        .select_for_update(no_key=True)
        .values_list("id", flat=True)
    )
)
_standing = hot(lambda ids: Lead.objects.filter(id__in=ids).values_list("id", "deferred_until", "owner_id"))


def _set_due(ids: Sequence[int], at: datetime) -> None:
    """When time alone will have something to do: a score decays, a deferral ends, nobody was free. Else never."""
    rows = _standing(ids)
    unowned = [lead for lead, _, owner in rows if owner is None]
    scores, tries = due_moments(ids), next_due(unowned, at=at) if unowned else {}
    update_rows(
        Lead,
        ("advance_due_at",),
        [(lead, _earliest(scores.get(lead), until, tries.get(lead))) for lead, until, _ in rows],
    )


def _earliest(*moments: datetime | None) -> datetime | None:
    return min((moment for moment in moments if moment is not None), default=None)
