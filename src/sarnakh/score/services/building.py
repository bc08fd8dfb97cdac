"""Building a version in slices, each a short transaction, until it can come into force.

HISTORY: past events are matched against definitions newly in use. SCORES: every lead is scored under the new version,
while `rescore` writes both; a lead that changed while it was read is queued again. When none is left the version comes
into force. COPYING: its scores go to the leads; no temperature is told then, for no lead did anything.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import QuerySet

from sarnakh.leads import kinds
from sarnakh.leads.facts import Fact, record_facts
from sarnakh.leads.models import KindDefinition, Lead, LeadScore
from sarnakh.score.models import Phase, Publication, Rebuild, RuleSet, RuleSetState
from sarnakh.score.rules import microseconds
from sarnakh.score.selectors import events_of, scored, subjects, version_numbered
from sarnakh.score.services.rescoring import store

REBUILD = "score.rebuild"
SLICE = 1000  # leads; a write of them stays under 50 ms
EVENTS = 2000


def build_slice(version: int, *, at: datetime, size: int = SLICE) -> bool:
    """One slice of a version's build; whether there is more to do. May run twice, and beside itself."""
    rebuild = Rebuild.objects.select_related("rule_set").filter(rule_set__version=version).first()
    if rebuild is None or rebuild.phase == Phase.DONE:
        return False
    match rebuild.phase:
        case Phase.HISTORY:
            _history_slice(rebuild)
        case Phase.SCORES:
            _score_slice(rebuild, at=at, size=size)
        case Phase.COPYING:
            _copy_slice(rebuild, at=at, size=size)
    return True


def forget_slice(version: int, *, size: int = SLICE) -> bool:
    """Drop some scores of a version that never came into force; whether there are more."""
    if not RuleSet.objects.filter(version=version, state=RuleSetState.CANCELLED).exists():
        return False
    last = _nth_id(
        LeadScore.objects.filter(version=version).order_by("lead_id").values_list("lead_id", flat=True), size
    )
    if last is None:
        return False
    LeadScore.objects.filter(version=version, lead__lte=last).delete()
    return True


def flip(version: int, *, at: datetime) -> bool:
    """Bring a built version into force, if nothing is left to build. Needs a transaction."""
    rebuild = Rebuild.objects.select_for_update().filter(rule_set__version=version).first()
    rule_set = RuleSet.objects.select_for_update().get(version=version)
    if rebuild is None or rule_set.state != RuleSetState.BUILDING or rebuild.again:
        return False
    if Lead.objects.filter(id__gt=rebuild.done_up_to, hidden_at__isnull=True).exists():
        return False
    last = Publication.objects.order_by("-at").first()
    moment = at if last is None or last.at < at else last.at + timedelta(microseconds=1)
    RuleSet.objects.filter(state=RuleSetState.PUBLISHED).update(state=RuleSetState.RETIRED)
    rule_set.state = RuleSetState.PUBLISHED
    rule_set.first_published_at = rule_set.first_published_at or moment
    rule_set.save()
    Publication.objects.create(rule_set=rule_set, at=moment)
    rebuild.phase, rebuild.done_up_to = Phase.COPYING, 0
    rebuild.save()
    record_facts(
        [Fact("score_published", moment, props={"version": version}, actor=rebuild.actor_id)], received_at=moment
    )
    return True


def _history_slice(rebuild: Rebuild) -> None:
    definition = KindDefinition.objects.get(id=rebuild.kinds[0])
    last = kinds.apply_to_history(definition, after=rebuild.done_up_to, limit=EVENTS)
    with transaction.atomic():
        row = _locked(rebuild)
        if row is None or (row.kinds, row.done_up_to) != (rebuild.kinds, rebuild.done_up_to):
            return
        if last is not None:
            row.done_up_to = last
        else:
            row.kinds, row.done_up_to = row.kinds[1:], 0
            row.phase = Phase.HISTORY if row.kinds else Phase.SCORES
        row.save()


def _score_slice(rebuild: Rebuild, *, at: datetime, size: int) -> None:
    ahead = Lead.objects.filter(id__gt=rebuild.done_up_to, hidden_at__isnull=True).order_by("id")
    ids = list(ahead.values_list("id", flat=True)[:size])
    is_ahead = bool(ids)
    ids = ids or rebuild.again[:size]
    if not ids:
        with transaction.atomic():
            flip(rebuild.rule_set.version, at=at)
        return
    version = version_numbered(rebuild.rule_set.version)
    assert version is not None
    # Their `version` is read first: whatever is recorded after that makes them queue again.
    leads = subjects(ids)
    found = scored(leads, version, microseconds(at), events_of([lead.id for lead in leads], version.table.kinds))
    with transaction.atomic():
        row = _locked(rebuild)
        if row is None or row.done_up_to != rebuild.done_up_to:
            return
        now = {lead.id: lead.facts for lead in subjects(ids, lock=True)}
        store(version.number, [one for one in found if now.get(one.lead) == one.facts], at=at)
        changed = [one.lead for one in found if one.lead in now and now[one.lead] != one.facts]
        if is_ahead:
            row.done_up_to = ids[-1]
            row.again = [*row.again, *changed]
        else:
            row.again = [*(id_ for id_ in row.again if id_ not in set(ids)), *changed]
        row.save()


def _copy_slice(rebuild: Rebuild, *, at: datetime, size: int) -> None:
    version = rebuild.rule_set.version
    ahead = LeadScore.objects.filter(version=version, lead__gt=rebuild.done_up_to).order_by("lead_id")
    last = _nth_id(ahead.values_list("lead_id", flat=True), size)
    with transaction.atomic():
        row = Rebuild.objects.select_for_update().filter(id=rebuild.id, phase=Phase.COPYING).first()
        if row is None or row.done_up_to != rebuild.done_up_to:
            return
        is_in_force = RuleSet.objects.filter(id=row.rule_set_id, state=RuleSetState.PUBLISHED).exists()
        if last is None or not is_in_force:
            row.phase, row.finished_at = Phase.DONE, at
        else:
            _copy(version, row.done_up_to, last)
            row.done_up_to = last
        row.save()


def _copy(version: int, after: int, last: int) -> None:
    """Copy scores to the leads in (after, last], and have each looked at when it next can move."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE lead SET score = s.score, fit = s.fit, engagement = s.engagement, temperature = s.temperature, "
            "scored_at = s.scored_at, advance_due_at = CASE WHEN s.due_at < lead.advance_due_at "
            "OR lead.advance_due_at IS NULL THEN s.due_at ELSE lead.advance_due_at END "
            "FROM lead_score s WHERE s.version = %s AND s.lead_id = lead.id AND lead.id > %s AND lead.id <= %s",
            [version, after, last],
        )


def _locked(rebuild: Rebuild) -> Rebuild | None:
    """The build's row, locked, if it still goes on in the same phase."""
    return (
        Rebuild.objects.select_for_update(of=("self",))
        .filter(id=rebuild.id, phase=rebuild.phase, rule_set__state=RuleSetState.BUILDING)
        .first()
    )


def _nth_id(ids: QuerySet[Any, int], n: int) -> int | None:
    """The last of the first n ids of an ordered query."""
    found = list(ids[:n])
    return found[-1] if found else None
