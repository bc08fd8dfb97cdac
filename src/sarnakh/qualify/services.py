"""Moving a lead between stages, by hand and by rule, and ticking its five points.

Every move is one `stage_changed` fact; where the lead then stands is folded from the log. A customer is made by a deal
and by nothing here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from sarnakh.djangokit.hot import hot
from sarnakh.kit.text import pick
from sarnakh.leads.answers import standings_of
from sarnakh.leads.facts import Fact, record_facts
from sarnakh.leads.filter import first_holding
from sarnakh.leads.models import Event, Lead, LeadMilestone
from sarnakh.leads.rules import DEFERRED, EXITS, LEAD, MQL, SQL
from sarnakh.qualify import rules
from sarnakh.qualify.models import ChecklistItem, MqlRule, RefusalReason
from sarnakh.qualify.selectors import missing_points

MESSAGES = {
    "unknown_stage": gettext_noop("There is no such stage."),
    "reason_required": gettext_noop("Say why."),
    "unknown_reason": gettext_noop("Choose one of the reasons in use."),
    "reason_too_long": gettext_noop("The reason is too long."),
    "until_required": gettext_noop("Say until when."),
    "until_past": gettext_noop("The day of return must be later."),
    "until_unexpected": gettext_noop("Only a deferred lead has a day of return."),
    "before_creation": gettext_noop("The lead did not exist yet at that moment."),
    "in_the_future": gettext_noop("That moment has not come yet."),
    "unknown_item": gettext_noop("There is no such point."),
    "note_too_long": gettext_noop("The note is too long."),
    "same_stage": gettext_noop("The lead is already there."),
    "through_the_deal": gettext_noop("A customer is made and unmade through the deal: win it, or reopen it."),
    "return_first": gettext_noop("The lead has left; bring it back first."),
    "backward": gettext_noop("A lead goes back only to “lead”, with a reason."),
    "points_missing": gettext_noop("Some of the five points are not met yet."),
}


class StageError(Exception):
    """A move that is refused. `code` as in `rules`; `is_conflict`: the lead's state forbids it (409), else 422."""

    def __init__(self, code: str, *, field: str = "to", missing: Sequence[str] = ()) -> None:
        super().__init__(code)
        self.code, self.field, self.missing = code, field, tuple(missing)
        self.is_conflict = code in rules.CONFLICTS

    @property
    def message(self) -> str:
        return _(MESSAGES[self.code])


@transaction.atomic
def set_stage(
    lead: Lead,
    to: str,
    *,
    actor: int | None,
    at: datetime,
    reason: str = "",
    until: datetime | None = None,
    is_checked: bool = False,
    override: str = "",
    any_reason: bool = False,
    source: str = "app",
    received_at: datetime | None = None,
) -> Lead:
    """Move a lead by hand; returns it as it stands now. `received_at` is now where `at` lies back.

    `is_checked`: SQL needs the five points, or says in `override` why it goes without. `any_reason`: a refusal may
    give words of its own, as other systems do; reports show them beside the families. Raises StageError.
    """
    now = received_at or at
    locked = Lead.objects.select_for_update(no_key=True).get(id=lead.id)
    created_at = LeadMilestone.objects.values_list("created_at", flat=True).get(lead=locked)
    stage = _stage_at(locked, at)
    move = rules.Move(stage, to, at, reason, until)
    in_use = None if any_reason else set(RefusalReason.objects.filter(is_active=True).values_list("slug", flat=True))
    code = rules.refusal_of(move, reasons=in_use, created_at=created_at, now=now)
    if code:
        raise StageError(code, field=_field_of(code))
    props: dict[str, Any] = {"from": stage, "to": to, "reason": reason}
    if until is not None:
        props["until"] = until.isoformat()
    missing = missing_points(locked) if to == SQL and is_checked else ()
    if missing:
        if not override:
            raise StageError("points_missing", missing=missing)
        props |= {"reason": override[: rules.REASON_LENGTH], "missing": list(missing)}
    record_facts(
        [Fact("stage_changed", at, origin=locked.id, props=props, actor=actor, source=source)], received_at=now
    )
    locked.refresh_from_db()
    return locked


_active = hot(
    lambda: MqlRule.objects.filter(is_active=True).order_by("position", "id").values_list("id", "when", "name")
)
_waiting = hot(
    lambda ids: (
        Lead.objects.select_for_update(no_key=True)
        .filter(id__in=ids, stage=LEAD, hidden_at__isnull=True)
        .order_by("id")
        .values_list("id", flat=True)
    )
)
_ended = hot(
    lambda ids, at: (
        Lead.objects.select_for_update(no_key=True)
        .filter(id__in=ids, stage=DEFERRED, deferred_until__lte=at, hidden_at__isnull=True)
        .order_by("id")
        .values_list("id", "deferred_until")
    )
)
_turns = hot(
    lambda ids: (
        Event.objects.filter(lead_id__in=ids, name__in=("stage_changed", "lead_returned"), retracted_by__isnull=True)
        .order_by("at", "id")
        .values_list("lead_id", "props", "actor_id")
    )
)


@transaction.atomic(savepoint=False)
def apply_mql(lead_ids: Sequence[int], *, at: datetime) -> list[int]:
    """Make MQL of those of these leads for which a rule holds; returns their ids. Twice changes nothing."""
    active = _active()
    waiting = _waiting(lead_ids) if active else []
    held = first_holding([(rule, when) for rule, when, _name in active], waiting, at=at)
    turns: defaultdict[int, list[rules.Turn]] = defaultdict(list)
    for lead, props, actor in _turns(held):
        turns[lead].append(rules.Turn(str(props.get("to") or LEAD), actor is not None))
    names = {rule: name for rule, _when, name in active}
    facts = [
        Fact("stage_changed", at, origin=lead, props=_by_rule(rule, names[rule]), source="rule")
        for lead, rule in sorted(held.items())
        if rules.may_rise_by_rule(turns[lead])
    ]
    record_facts(facts, received_at=at)
    return [fact.origin for fact in facts if fact.origin]


@transaction.atomic(savepoint=False)
def return_deferred(lead_ids: Sequence[int], *, at: datetime) -> list[int]:
    """Bring back those of these leads whose deferral has ended, to the stage they left; returns their ids.

    The return is dated at the end of the deferral, however late this runs.
    """
    ended = dict(_ended(lead_ids, at))
    left = _stages_left(list(ended))
    facts = [
        Fact("stage_changed", until, origin=lead, props=_return_to(left.get(lead, LEAD)), source="rule")
        for lead, until in ended.items()
    ]
    record_facts(facts, received_at=at)
    return list(ended)


@transaction.atomic
def set_checklist_item(
    lead: Lead,
    item: str,
    is_met: bool,
    *,
    actor: int | None,
    at: datetime,
    note: str = "",
    source: str = "app",
    received_at: datetime | None = None,
) -> ChecklistItem:
    """Say whether one of the five points is met. The note stays on the row, the fact names the point only."""
    if item not in rules.CHECKLIST:
        raise StageError("unknown_item", field="item")
    if len(note) > rules.NOTE_LENGTH:
        raise StageError("note_too_long", field="note")
    Lead.objects.select_for_update(no_key=True).get(id=lead.id)
    before = ChecklistItem.objects.filter(lead=lead, item=item).order_by("-at", "-id").first()
    row, _made = ChecklistItem.objects.update_or_create(
        origin=lead, item=item, defaults={"lead": lead, "is_met": is_met, "note": note, "at": at}
    )
    if before is None or before.is_met != is_met:
        fact = Fact(
            "checklist_set", at, origin=lead.id, props={"item": item, "is_met": is_met}, actor=actor, source=source
        )
        record_facts([fact], received_at=received_at or at)
    return row


@transaction.atomic
def seed_defaults() -> None:
    """Give a new base its reasons and its rule; what is there already stays."""
    RefusalReason.objects.bulk_create(
        [
            RefusalReason(slug=slug, family=family, name={"fa": fa, "en": en}, position=position)
            for position, (slug, family, fa, en) in enumerate(rules.DEFAULT_REASONS)
        ],
        ignore_conflicts=True,
    )
    if not MqlRule.objects.exists():
        MqlRule.objects.create(name=rules.DEFAULT_MQL_NAME, when=rules.DEFAULT_MQL_RULE)


def _stage_at(lead: Lead, at: datetime) -> str:
    """Where the lead stood at `at`; a backdated move starts from there."""
    if at >= lead.stage_at:
        return lead.stage
    standing = standings_of([lead.id], until=at).get(lead.id)
    return standing.stage if standing else LEAD


def _by_rule(rule: int, name: Mapping[str, str]) -> Mapping[str, Any]:
    reason = pick(name, "fa")[: rules.REASON_LENGTH]
    return {"from": LEAD, "to": MQL, "reason": reason, "rule": rule, "name": name}


def _return_to(stage: str) -> Mapping[str, Any]:
    return {"from": DEFERRED, "to": stage, "reason": "deferral_ended"}


def _stages_left(lead_ids: Sequence[int]) -> dict[int, str]:
    """The stage each of these deferred leads had before its deferral."""
    left: dict[int, str] = {}
    for lead, props, _actor in _turns(lead_ids):
        if props.get("to") == DEFERRED and props.get("from") not in EXITS:
            left[lead] = str(props.get("from") or LEAD)
    return left


def _field_of(code: str) -> str:
    if code.startswith("until"):
        return "until"
    if "reason" in code:
        return "reason"
    return "at" if code in ("before_creation", "in_the_future") else "to"
