"""From a lead to a contact, a company and a deal; and what becomes of the deal.

Winning makes the lead a customer, reopening takes the win back, losing the last open deal refuses the lead. Each is a
fact; where the lead then stands is folded from the log. A person has one lead not yet won: reopening joins a lead that
came after the win. Amounts of closed deals do not change: reopen first.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from sarnakh.accounts.models import Organisation
from sarnakh.convert import rules
from sarnakh.convert.models import Deal, Pipeline, PipelineStage
from sarnakh.convert.ports import Converted, DealChange, NewDeal
from sarnakh.kit.money import Money, MoneyError, parse_money
from sarnakh.leads.answers import MOVING
from sarnakh.leads.facts import Fact, record_facts
from sarnakh.leads.fields import companies_named
from sarnakh.leads.merging import lock_person_of, unite
from sarnakh.leads.models import Company, Contact, Event, Lead, LeadMilestone, Person
from sarnakh.leads.visitors import place_visits_of

MESSAGES = {
    "unknown_status": gettext_noop("A deal is open, won or lost."),
    "unknown_stage": gettext_noop("There is no such stage in this pipeline."),
    "amount": gettext_noop("The amount must be a whole number of the smallest unit, not below zero."),
    "unknown_currency": gettext_noop("There is no such currency."),
    "reason_required": gettext_noop("Say why."),
    "unknown_reason": gettext_noop("Choose one of the reasons in use."),
    "too_early": gettext_noop("The deal was not there yet, or was closed later."),
    "in_the_future": gettext_noop("That moment has not come yet."),
    "reopen_first": gettext_noop("The deal is closed; reopen it first."),
    "return_first": gettext_noop("The lead has left; bring it back first."),
    "already_converted": gettext_noop("The lead is converted already; add another deal to it."),
    "not_converted": gettext_noop("Convert the lead first."),
}


class ConvertError(Exception):
    """A conversion or a change of a deal that is refused; `is_conflict`: the state forbids it (409), else 422."""

    def __init__(self, code: str, *, field: str = "") -> None:
        super().__init__(code)
        self.code, self.field = code, field
        self.is_conflict = code in rules.CONFLICTS

    @property
    def message(self) -> str:
        return _(MESSAGES[self.code])


class AlreadyConverted(ConvertError):
    """The lead was converted before; tells into what."""

    def __init__(self, *, contact: int | None, company: int | None, deal: int | None) -> None:
        super().__init__("already_converted")
        self.contact, self.company, self.deal = contact, company, deal


@transaction.atomic
def convert(
    lead: Lead,
    deal: NewDeal,
    *,
    actor: int | None,
    at: datetime,
    company: str = "",
    source: str = "app",
    received_at: datetime | None = None,
) -> Converted:
    """Make contact, company and deal out of a lead, once. `company` names another than the card does.

    A person who is a customer already keeps the one contact. Raises ConvertError; AlreadyConverted with the ids.
    """
    now = received_at or at
    locked = Lead.objects.select_for_update(no_key=True).get(id=lead.id)
    is_converted = LeadMilestone.objects.filter(lead=locked, converted_at__isnull=False).exists()
    if is_converted:
        raise _already(locked)
    _refuse(rules.refusal_of_conversion(locked.stage, is_converted=is_converted))
    _check_moment(at, earliest=locked.created_at, now=now)
    person = Person.objects.select_related("company").get(id=locked.person_id)
    firm = companies_named([company], at=at).popitem()[1] if company.strip() else person.company
    contact = _contact_of(locked, firm, owner=deal.owner or locked.owner_id, at=at)
    opened = _open(locked, deal, contact=contact, company=firm, at=at)
    converted = Fact(
        "lead_converted",
        at,
        origin=locked.id,
        props={"contact": contact.id, "company": firm and firm.id, "deal": opened.id},
        actor=actor,
        source=source,
    )
    record_facts([_created(opened, actor=actor, source=source), converted], received_at=now)
    return Converted(contact, firm, opened)


@transaction.atomic
def add_deal(
    lead: Lead,
    deal: NewDeal,
    *,
    actor: int | None,
    at: datetime,
    source: str = "app",
    received_at: datetime | None = None,
) -> Deal:
    """Open another deal of a converted lead. Raises ConvertError."""
    now = received_at or at
    locked = Lead.objects.select_for_update(no_key=True).get(id=lead.id)
    first = Deal.objects.filter(lead=locked, hidden_at__isnull=True).order_by("id").first()
    if first is None:
        raise ConvertError("not_converted")
    _refuse(rules.refusal_of_conversion(locked.stage, is_converted=False))
    _check_moment(at, earliest=locked.created_at, now=now)
    opened = _open(locked, deal, contact=first.contact, company=first.company, at=at)
    record_facts([_created(opened, actor=actor, source=source)], received_at=now)
    return opened


@transaction.atomic
def set_deal(
    deal: Deal,
    change: DealChange,
    *,
    actor: int | None,
    at: datetime,
    reasons: Collection[str] | None = None,
    source: str = "app",
    received_at: datetime | None = None,
) -> Deal:
    """Change a deal: win, lose, reopen, move on the board, another amount. Raises ConvertError.

    `reasons`: the refusal reasons a loss may give; None takes any. `at` is when it happened.
    """
    now = received_at or at
    person = lock_person_of(deal.origin_id)  # so that no merge moves the deal meanwhile
    stands_on = Deal.objects.values_list("lead_id", flat=True).get(id=deal.id)
    lead = Lead.objects.select_for_update(no_key=True).get(id=stands_on)
    row = Deal.objects.select_for_update(no_key=True).get(id=deal.id)
    before, to = row.status, change.status or row.status
    _refuse(rules.refusal_of_status(before, to, reason=change.reason), field="status")
    if to == rules.LOST != before and reasons is not None and change.reason not in reasons:
        raise ConvertError("unknown_reason", field="reason")
    _check_moment(at, earliest=row.closed_at or row.created_at, now=now)
    changed = _apply(row, change, at=at)
    if fixed := [field for field in changed if field in rules.FIXED_WHEN_CLOSED]:
        _refuse(rules.refusal_of_change(before, to), field=fixed[0])
    if not changed and to == before:
        return row
    row.changed_at = now
    if changed:
        record_facts([_changed(row, changed, actor=actor, at=at, source=source)], received_at=now)
    if to != before:
        _turn(row, to, reason=change.reason, actor=actor, at=at, received_at=now, source=source)
    row.save()
    if to != before and to != rules.WON:
        _follow(lead, row, reason=change.reason, actor=actor, at=at, received_at=now, source=source)
    if to == rules.OPEN != before:
        unite([person], at=now)
    elif to == rules.WON != before:
        place_visits_of([person], received_at=now)
    return row


@transaction.atomic
def seed_defaults() -> None:
    """Give a new base its pipeline; what is there already stays."""
    if Pipeline.objects.exists():
        return
    pipeline = Pipeline.objects.create(name=rules.DEFAULT_PIPELINE)
    PipelineStage.objects.bulk_create(
        PipelineStage(
            pipeline=pipeline,
            slug=slug,
            name={"fa": fa, "en": en},
            position=position,
            chance=chance,
            limit_days=days,
        )
        for position, (slug, fa, en, chance, days) in enumerate(rules.DEFAULT_STAGES)
    )


def _already(lead: Lead) -> AlreadyConverted:
    told = Event.objects.filter(lead=lead, name="lead_converted", retracted_by__isnull=True).order_by("at", "id")
    props = told.values_list("props", flat=True).first() or {}
    return AlreadyConverted(contact=props.get("contact"), company=props.get("company"), deal=props.get("deal"))


def _contact_of(lead: Lead, company: Company | None, *, owner: int | None, at: datetime) -> Contact:
    """The contact of the lead's person: the one there is, else a new one linked with this lead."""
    there = Contact.objects.filter(person=lead.person_id, hidden_at__isnull=True).order_by("id").first()
    if there is None:
        return Contact.objects.create(
            origin_id=lead.person_id,
            person_id=lead.person_id,
            lead=lead,
            company=company,
            owner_id=owner,
            created_at=at,
        )
    if there.company_id is None and company is not None:
        there.company = company
        there.save(update_fields=["company"])
    return there


def _open(lead: Lead, deal: NewDeal, *, contact: Contact, company: Company | None, at: datetime) -> Deal:
    money = _money(deal.amount, deal.currency or _currency())
    return Deal.objects.create(
        origin=lead,
        lead=lead,
        contact=contact,
        company=company,
        title=deal.title.strip(),
        amount=money.amount,
        currency=money.currency,
        stage=_first_stage(deal.stage),
        stage_at=at,
        owner_id=deal.owner or lead.owner_id,
        created_at=at,
        changed_at=at,
    )


def _first_stage(slug: str) -> PipelineStage:
    stages = PipelineStage.objects.order_by("pipeline__position", "pipeline_id", "position", "id")
    found = stages.filter(slug=slug).first() if slug else stages.first()
    if found is None:
        raise ConvertError("unknown_stage", field="stage")
    return found


def _apply(row: Deal, change: DealChange, *, at: datetime) -> list[str]:
    """Put the wished values on the row; returns the names of what changed."""
    changed = []
    if change.amount is not None or change.currency is not None:
        amount = row.amount if change.amount is None else change.amount
        money = _money(amount, change.currency or row.currency)
        if (money.amount, money.currency) != (row.amount, row.currency):
            row.amount, row.currency = money.amount, money.currency
            changed.append("amount")
    if change.stage is not None and change.stage != row.stage.slug:
        found = PipelineStage.objects.filter(pipeline=row.stage.pipeline_id, slug=change.stage).first()
        if found is None:
            raise ConvertError("unknown_stage", field="stage")
        row.stage, row.stage_at = found, at
        changed.append("stage")
    if change.title is not None and change.title.strip() != row.title:
        row.title = change.title.strip()
        changed.append("title")
    if change.owner is not None and change.owner != row.owner_id:
        row.owner_id = change.owner
        changed.append("owner")
    return changed


def _turn(
    row: Deal, to: str, *, reason: str, actor: int | None, at: datetime, received_at: datetime, source: str
) -> None:
    """Close or reopen the deal itself. The fact stands on the card the deal came with, so that it leaves with it."""
    props: dict[str, Any] = {"deal": row.id, "amount": row.amount, "currency": row.currency}
    if to != rules.WON:
        props["reason"] = reason
    name = {rules.WON: "deal_won", rules.LOST: "deal_lost", rules.OPEN: "deal_reopened"}[to]
    is_unwon = row.status == rules.WON
    fact = Fact(
        name,
        at,
        origin=row.origin_id,
        props=props,
        source=source,
        actor=actor,
        retracts=row.closing_id if is_unwon else None,
        value=float(row.amount) if to == rules.WON else None,
    )
    [event] = record_facts([fact], received_at=received_at)
    row.status = to
    row.closing = None if to == rules.OPEN else event
    row.closed_at = None if to == rules.OPEN else at
    row.reason = reason if to == rules.LOST else ""


def _follow(
    lead: Lead, row: Deal, *, reason: str, actor: int | None, at: datetime, received_at: datetime, source: str
) -> None:
    """Let the lead follow a loss or a reopening. Dated no earlier than any move of it, or a later one would undo it."""
    lead.refresh_from_db(fields=["stage"])
    others = list(
        Deal.objects.filter(lead=lead, hidden_at__isnull=True).exclude(id=row.id).values_list("status", flat=True)
    )
    after = rules.stage_after_loss if row.status == rules.LOST else rules.stage_after_reopening
    to = after(others, stage=lead.stage)
    if to is None:
        return
    props = {"from": lead.stage, "to": to, "reason": reason, "deal": row.id}
    moves = Event.objects.filter(lead=lead, name__in=MOVING, retracted_by__isnull=True)
    latest = moves.aggregate(latest=Max("at"))["latest"]
    fact = Fact("stage_changed", max(at, latest or at), origin=lead.id, props=props, actor=actor, source=source)
    record_facts([fact], received_at=received_at)


def _created(deal: Deal, *, actor: int | None, source: str) -> Fact:
    props = {"deal": deal.id, "amount": deal.amount, "currency": deal.currency}
    return Fact("deal_created", deal.created_at, origin=deal.origin_id, props=props, actor=actor, source=source)


def _changed(row: Deal, fields: list[str], *, actor: int | None, at: datetime, source: str) -> Fact:
    props = {
        "fields": [f"deal.{field}" for field in fields],
        "deal": row.id,
        "amount": row.amount,
        "currency": row.currency,
        "stage": row.stage.slug,
        "owner": row.owner_id,
    }
    return Fact("fields_changed", at, origin=row.origin_id, props=props, actor=actor, source=source)


def _money(amount: int, currency: str) -> Money:
    try:
        return parse_money(amount, currency)
    except MoneyError as error:
        is_currency = error.code == "unknown_currency"
        raise ConvertError(
            "unknown_currency" if is_currency else "amount", field="currency" if is_currency else "amount"
        ) from error


def _currency() -> str:
    return Organisation.objects.values_list("currency", flat=True).first() or "IRR"


def _check_moment(at: datetime, *, earliest: datetime, now: datetime) -> None:
    if at > now:
        raise ConvertError("in_the_future", field="at")
    if at < earliest:
        raise ConvertError("too_early", field="at")


def _refuse(code: str | None, *, field: str = "") -> None:
    if code:
        raise ConvertError(code, field="reason" if "reason" in code else field)
